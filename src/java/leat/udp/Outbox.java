package leat.udp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import leat.async.Deferred;
import leat.async.Description;
import leat.async.Sink;
import leat.bytes.Nullable;
import leat.net.Resolver;
import leat.net.UdpChannel;

/**
 * The sink of a UDP socket.
 *
 * <pre>
 *   put ──malformed──► a failed deferred
 *       ──a name──► resolver ──► again, with the address; a failed deferred if there is none
 *       ──an address──► the loop ──► channel, while it is writable; else waiting, until it is
 * </pre>
 */
final class Outbox implements Sink<Object> {
  /** So many datagrams may be on their way to the loop before puts wait for it. */
  private static final int MOST_HANDED = 64;
  private static final int MOST_WAITING = 1024;

  private record Waiting(Datagram datagram, Deferred<Boolean> put) {}

  // Final.
  private final UdpSocket socket;
  private final Function<Object, Datagram> encoder;
  private final Resolver resolver;
  private final Deferred<Boolean> closed = new Deferred<>();
  /** Datagrams in tasks of the loop that have not run. */
  private final AtomicInteger handed = new AtomicInteger();

  // Written by the loop.
  private volatile boolean isCongested;

  // The loop's own.
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(0);

  Outbox(UdpSocket socket, Function<Object, Datagram> encoder, Resolver resolver) {
    this.socket = socket;
    this.encoder = encoder;
    this.resolver = resolver;
  }

  UdpSocket socket() {
    return socket;
  }

  @Override
  public Deferred<Boolean> put(@Nullable Object value) {
    if (isClosed()) {
      return Deferred.succeeded(false);
    }
    Datagram datagram;
    try {
      datagram = encoder.apply(value);
    } catch (Throwable t) {
      return Deferred.failed(t);
    }
    if (!datagram.address().isUnresolved()) {
      return send(datagram);
    }
    Deferred<Boolean> put = new Deferred<>();
    Deferred<List<InetAddress>> found;
    try {
      found = resolver.resolve(datagram.address().getHostString());
    } catch (RuntimeException e) {
      return Deferred.failed(e);
    }
    found.onRealized(
        addresses -> send(resolved(datagram, addresses)).onRealized(put::success, put::error),
        error -> socket.call(() -> put.error(error)));
    return put;
  }

  private static Datagram resolved(Datagram datagram, List<InetAddress> addresses) {
    return new Datagram(new InetSocketAddress(addresses.get(0), datagram.address().getPort()), datagram.bytes());
  }

  private Deferred<Boolean> send(Datagram datagram) {
    UdpChannel channel = socket.channel();
    if (socket.loop().isInside() && handed.get() == 0 && waiting.isEmpty() && channel.isWritable()) {
      channel.send(datagram.address(), datagram.bytes());
      return Deferred.succeeded(true);
    }
    if (!isCongested && handed.get() < MOST_HANDED) {
      handed.incrementAndGet();
      boolean comes = socket.run(() -> {
        handed.decrementAndGet();
        channel.send(datagram.address(), datagram.bytes());
        isCongested = !channel.isWritable();
      });
      return Deferred.succeeded(comes);
    }
    Deferred<Boolean> put = new Deferred<>();
    if (!socket.run(() -> sendOrWait(new Waiting(datagram, put)))) {
      put.success(false);
    }
    return put;
  }

  private void sendOrWait(Waiting next) {
    if (isClosed()) {
      next.put.success(false);
    } else if (waiting.isEmpty() && socket.channel().isWritable()) {
      settle(next);
    } else if (waiting.size() < MOST_WAITING) {
      waiting.addLast(next);
    } else {
      socket.call(() -> next.put.error(
          new IllegalStateException("Expected at most " + MOST_WAITING + " pending puts on a UDP socket.")));
    }
  }

  /** Sends it, unless the put was withdrawn. */
  private void settle(Waiting next) {
    Object token = next.put.claim();
    if (token != null) {
      UdpChannel channel = socket.channel();
      channel.send(next.datagram.address(), next.datagram.bytes());
      isCongested = !channel.isWritable();
      socket.call(() -> next.put.success(true, token));
    }
  }

  /** On the loop: the channel may take more. */
  void writable() {
    isCongested = false;
    while (!waiting.isEmpty() && socket.channel().isWritable()) {
      settle(waiting.removeFirst());
    }
  }

  /** From any thread: nothing more goes in. */
  void end() {
    closed.success(true);
    socket.run(() -> {
      while (!waiting.isEmpty()) {
        Waiting next = waiting.removeFirst();
        socket.call(() -> next.put.success(false));
      }
    });
  }

  @Override
  public void close() {
    socket.close();
  }

  @Override
  public boolean isClosed() {
    return closed.isRealized();
  }

  @Override
  public void onClosed(Runnable listener) {
    closed.onRealized(yes -> listener.run(), error -> listener.run());
  }

  @Override
  public Description description() {
    return Description.sink("udp", isClosed(), -1, -1);
  }

  @Override
  public String toString() {
    return "Sink of " + socket;
  }
}

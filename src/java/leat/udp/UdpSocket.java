package leat.udp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import leat.async.Deferred;
import leat.async.Description;
import leat.async.Link;
import leat.async.Scheduler;
import leat.async.Sink;
import leat.async.Source;
import leat.async.Splice;
import leat.async.Stream;
import leat.async.Views;
import leat.bytes.Nullable;
import leat.net.EventLoop;
import leat.net.LoopTask;
import leat.net.UdpChannel;

/**
 * A UDP socket as a source of the datagrams that come and a sink for those that are to go.
 *
 * <p>A put is true once the datagram was given to the system, or stands in a short queue for it, and is pending while that
 * is full. That says nothing of its arrival. A datagram that the system refuses, since there is no way to its target, is
 * counted in {@link #failedSends()}; one that is malformed or too long fails its put. Neither closes the socket.
 *
 * <p>Datagrams that come while as many wait as the queue holds are dropped, and counted in {@link #dropped()}.
 *
 * <p>Safe from any thread. Closing it closes both ends; what came before can still be taken.
 */
public final class UdpSocket implements Source<Object>, Sink<Object> {
  private final UdpSocketBuilder settings;
  private final EventLoop loop;
  private final Stream<Object> incoming;
  private final Outbox outbox;
  private final Deferred<Boolean> closed = new Deferred<>();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder failedSends = new LongAdder();

  // Written by the loop before the socket is handed out.
  private @Nullable UdpChannel channel;

  private UdpSocket(UdpSocketBuilder settings, EventLoop loop) {
    this.settings = settings;
    this.loop = loop;
    this.incoming = Stream.builder().capacity(settings.queueLength).executor(settings.executor).build();
    this.outbox = new Outbox(this, settings.encoder, settings.resolver);
  }

  /**
   * Begins the description of a socket.
   *
   * @return a builder with all defaults
   */
  public static UdpSocketBuilder builder() {
    return new UdpSocketBuilder();
  }

  static Deferred<UdpSocket> open(UdpSocketBuilder settings, EventLoop loop) {
    Deferred<UdpSocket> result = new Deferred<>();
    UdpSocket socket = new UdpSocket(settings, loop);
    UdpChannel.open(loop, settings.address, settings.broadcast, settings.options, new UdpEvents(socket)).onRealized(
        channel -> {
          socket.channel = channel;
          socket.incoming.onClosed(socket::close);
          socket.call(() -> {
            if (!result.success(socket)) {
              socket.close();
            }
          });
        },
        result::error);
    return result;
  }

  // ---- for the other classes of this package

  EventLoop loop() {
    return loop;
  }

  @Nullable UdpChannel channel() {
    return channel;
  }

  Outbox outbox() {
    return outbox;
  }

  /** Runs a callback where the user wants them. From any thread. */
  void call(Runnable callback) {
    if (settings.executor == null) {
      callback.run();
      return;
    }
    try {
      settings.executor.execute(callback);
    } catch (RejectedExecutionException e) {
      callback.run();
    }
  }

  /** On the loop: a datagram came. */
  void received(Datagram datagram) {
    Deferred<Boolean> put = incoming.put(settings.decoder.apply(datagram));
    // A put that is withdrawn never comes out.
    if (!put.isRealized() && put.success(false)) {
      dropped.increment();
    }
  }

  void sendFailed() {
    failedSends.increment();
  }

  /** On the loop: the end. */
  void ended(@Nullable Throwable cause) {
    incoming.close(cause);
    outbox.end();
    call(() -> closed.success(true));
  }

  /** Runs something on the loop, or gives false if that has ended. */
  boolean run(Runnable task) {
    return loop.offer(new LoopTask() {
      @Override
      public void run() {
        task.run();
      }
    });
  }

  // ---- what it is

  /**
   * The local address, with the actual port.
   *
   * @return the address
   */
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) channel.localAddress();
  }

  /**
   * The local port.
   *
   * @return the actual port
   */
  public int port() {
    return localAddress().getPort();
  }

  /**
   * How many datagrams came that there was no place for.
   *
   * @return the count so far; what the system itself dropped is not in it
   */
  public long dropped() {
    return dropped.sum();
  }

  /**
   * How many datagrams the system refused to send.
   *
   * @return the count so far
   */
  public long failedSends() {
    return failedSends.sum();
  }

  /**
   * Tells when the socket is closed.
   *
   * @return true once it is; it never fails
   */
  public Deferred<Boolean> closed() {
    return closed;
  }

  /**
   * Both ends as a stream for the functions of leat.stream.
   *
   * @return a splice
   */
  public Splice<Object, Object> duplex() {
    return Views.splice(outbox, incoming);
  }

  /**
   * The socket of its stream.
   *
   * @param end a socket or its {@link #duplex()}
   * @return the socket, or null if it is of none
   */
  public static @Nullable UdpSocket of(@Nullable Object end) {
    if (end instanceof Splice<?, ?> splice) {
      return splice.sink() instanceof Outbox outbox ? outbox.socket() : null;
    }
    return end instanceof UdpSocket self ? self : null;
  }

  // ---- multicast

  /**
   * Joins a multicast group.
   *
   * @param group its address
   * @param on the network interface, or null for the first one that is up and does multicast, a real one rather than the
   *     loopback
   * @return a deferred that is true once it is done; it fails with an {@link IOException} that says why not
   */
  public Deferred<Boolean> join(InetAddress group, @Nullable NetworkInterface on) {
    return membership("join", group, on, (there, actual) -> there.join(group, actual));
  }

  /**
   * Leaves a multicast group.
   *
   * @param group its address
   * @param on as for {@link #join}
   * @return a deferred that is true once it is done, also if the socket was not in the group
   */
  public Deferred<Boolean> leave(InetAddress group, @Nullable NetworkInterface on) {
    return membership("leave", group, on, (there, actual) -> there.leave(group, actual));
  }

  private interface Change {
    void make(UdpChannel channel, NetworkInterface on) throws IOException;
  }

  private Deferred<Boolean> membership(String verb, InetAddress group, @Nullable NetworkInterface on, Change change) {
    Deferred<Boolean> result = new Deferred<>();
    boolean comes = run(() -> {
      try {
        if (!group.isMulticastAddress()) {
          throw new IOException("it is not a multicast address");
        }
        if (!channel.isOpen()) {
          throw new IOException("the socket is closed");
        }
        change.make(channel, on == null ? anyInterface() : on);
        call(() -> result.success(true));
      } catch (IOException | RuntimeException e) {
        IOException failure = new IOException(
            "Cannot " + verb + " the group " + group.getHostAddress() + ": " + e.getMessage(), e);
        call(() -> result.error(failure));
      }
    });
    if (!comes) {
      result.error(new IOException("The event loop of the socket has ended"));
    }
    return result;
  }

  private static NetworkInterface anyInterface() throws IOException {
    NetworkInterface loopback = null;
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      if (each.isUp() && each.isLoopback()) {
        loopback = each;
      } else if (each.isUp() && each.supportsMulticast() && !each.isPointToPoint()) {
        return each;
      }
    }
    if (loopback == null) {
      throw new IOException("no network interface does multicast");
    }
    return loopback;
  }

  // ---- the sink

  @Override
  public Deferred<Boolean> put(@Nullable Object value) {
    return outbox.put(value);
  }

  @Override
  public boolean isClosed() {
    return outbox.isClosed();
  }

  @Override
  public void onClosed(Runnable listener) {
    outbox.onClosed(listener);
  }

  // ---- the source

  @Override
  public Deferred<Object> take(@Nullable Object ifDrained) {
    return incoming.take(ifDrained);
  }

  @Override
  public Deferred<Object> take(@Nullable Object ifDrained, long timeoutNanos, @Nullable Object ifTimeout,
      Scheduler scheduler) {
    return incoming.take(ifDrained, timeoutNanos, ifTimeout, scheduler);
  }

  @Override
  public boolean isDrained() {
    return incoming.isDrained();
  }

  @Override
  public void onDrained(Runnable listener) {
    incoming.onDrained(listener);
  }

  @Override
  public void connect(Link link) {
    incoming.connect(link);
  }

  @Override
  public List<Link> downstream() {
    return incoming.downstream();
  }

  // ---- both

  @Override
  public void close() {
    outbox.end();
    incoming.close();
    run(() -> channel.close());
  }

  @Override
  public @Nullable Throwable closeCause() {
    return incoming.closeCause();
  }

  @Override
  public Description description() {
    Description in = incoming.description();
    return new Description("udp", true, true, isClosed(), in.isDrained(), false, in.bufferCapacity(), in.bufferSize(),
        in.pendingPuts(), in.pendingTakes(), closeCause());
  }

  /** The local address and whether it is open. */
  @Override
  public String toString() {
    return "UdpSocket[" + channel.localAddress() + (isClosed() ? ", closed]" : "]");
  }
}

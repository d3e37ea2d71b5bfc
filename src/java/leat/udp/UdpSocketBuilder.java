package leat.udp;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Function;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.net.CallbackThreads;
import leat.net.EventLoops;
import leat.net.Resolver;
import leat.net.SharedLoops;
import leat.net.SocketOptions;

/** Describes a {@link UdpSocket}. Every option has a default. Not safe for several threads. */
public final class UdpSocketBuilder {
  @Nullable SocketAddress address;
  boolean broadcast;
  int queueLength = 1024;
  SocketOptions options = SocketOptions.NONE;
  Resolver resolver = Resolver.system();
  @Nullable Executor executor = CallbackThreads.standard();
  Function<Object, Datagram> encoder = value -> {
    if (value instanceof Datagram datagram) {
      return datagram;
    }
    throw new IllegalArgumentException(
        "Expected a Datagram, got " + (value == null ? "null" : "a " + value.getClass().getName()));
  };
  Function<Datagram, Object> decoder = datagram -> datagram;
  private @Nullable EventLoops loops;

  UdpSocketBuilder() {}

  /**
   * The local address.
   *
   * @param value null, the default, for any free port of all addresses
   * @return this
   */
  public UdpSocketBuilder address(@Nullable SocketAddress value) {
    this.address = value;
    return this;
  }

  /**
   * The local port, on all addresses.
   *
   * @param value 0 for any free one
   * @return this
   * @throws IllegalArgumentException if it is not from 0 to 65535
   */
  public UdpSocketBuilder port(int value) {
    return address(new InetSocketAddress(value));
  }

  /**
   * Whether the socket may send to broadcast addresses.
   *
   * @param value false by default
   * @return this
   */
  public UdpSocketBuilder broadcast(boolean value) {
    this.broadcast = value;
    return this;
  }

  /**
   * How many datagrams wait to be taken; those that come beyond that are dropped, and counted.
   *
   * @param value 1024 by default
   * @return this
   * @throws IllegalArgumentException if it is below 1
   */
  public UdpSocketBuilder queueLength(int value) {
    if (value < 1) {
      throw new IllegalArgumentException("Expected queueLength of 1 at least, got " + value);
    }
    this.queueLength = value;
    return this;
  }

  /**
   * What to set on the socket before it is bound.
   *
   * @param value none by default
   * @return this
   */
  public UdpSocketBuilder socketOptions(SocketOptions value) {
    this.options = Objects.requireNonNull(value, "value");
    return this;
  }

  /**
   * Who looks up the host names of targets.
   *
   * @param value by default the system's resolver with a cache
   * @return this
   */
  public UdpSocketBuilder resolver(Resolver value) {
    this.resolver = Objects.requireNonNull(value, "value");
    return this;
  }

  /**
   * Where listeners run.
   *
   * @param value by default a virtual thread for each call on JDK 21 and later, else a pool of at most 512 threads
   * @return this
   */
  public UdpSocketBuilder executor(Executor value) {
    this.executor = Objects.requireNonNull(value, "value");
    return this;
  }

  /**
   * Runs listeners on the event loop, where they must not block.
   *
   * @return this
   */
  public UdpSocketBuilder onLoop() {
    this.executor = null;
    return this;
  }

  /**
   * What makes datagrams of the values that are put, and values of the datagrams that come.
   *
   * @param toDatagram on the thread that puts; what it throws fails the put, and nothing else
   * @param fromDatagram on the event loop; by default values are {@link Datagram}s
   * @return this
   */
  public UdpSocketBuilder values(Function<Object, Datagram> toDatagram, Function<Datagram, Object> fromDatagram) {
    this.encoder = Objects.requireNonNull(toDatagram, "toDatagram");
    this.decoder = Objects.requireNonNull(fromDatagram, "fromDatagram");
    return this;
  }

  /**
   * The loops of which one owns the socket.
   *
   * @param value by default those that all clients of this JVM share
   * @return this
   */
  public UdpSocketBuilder loops(EventLoops value) {
    this.loops = value;
    return this;
  }

  /**
   * Opens the socket.
   *
   * @return a deferred of the socket; it fails with an {@link java.io.IOException} that names the address
   */
  public Deferred<UdpSocket> open() {
    return UdpSocket.open(this, (loops == null ? SharedLoops.get() : loops).next());
  }
}

package leat.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import leat.async.Deferred;
import leat.bytes.Nullable;

/**
 * Connects to TCP servers and Unix domain sockets without blocking, trying several addresses of a host as RFC 8305 has it
 * ("happy eyeballs"). Immutable; the {@code with} methods return another connector. Safe from any thread.
 *
 * <pre>
 *   name ──► resolver ──► IPv6 and IPv4 in turn ──► an attempt; the next when it fails, or after 250 ms
 *                                                   the first that is connected wins, the others are closed
 * </pre>
 */
public final class Connector {
  /** 10 s for all together, the next address after 250 ms, the system's resolver, no local address, no options. */
  public static final Connector DEFAULT = new Connector(Resolver.system(), Duration.ofSeconds(10).toNanos(),
      Duration.ofMillis(250).toNanos(), null, SocketOptions.NONE);

  final Resolver resolver;
  final long timeoutNanos;
  final long attemptNanos;
  final @Nullable SocketAddress localAddress;
  final SocketOptions options;

  private Connector(Resolver resolver, long timeoutNanos, long attemptNanos, @Nullable SocketAddress localAddress,
      SocketOptions options) {
    this.resolver = Objects.requireNonNull(resolver, "resolver");
    this.timeoutNanos = timeoutNanos;
    this.attemptNanos = attemptNanos;
    this.localAddress = localAddress;
    this.options = Objects.requireNonNull(options, "options");
  }

  /**
   * Says who looks host names up.
   *
   * @param other the resolver
   * @return such a connector
   */
  public Connector withResolver(Resolver other) {
    return new Connector(other, timeoutNanos, attemptNanos, localAddress, options);
  }

  /**
   * Says how long connecting may take, the look-up and all attempts together.
   *
   * @param timeout the time, which must be positive
   * @return such a connector
   * @throws IllegalArgumentException if it is not
   */
  public Connector withTimeout(Duration timeout) {
    return new Connector(resolver, positive(timeout), attemptNanos, localAddress, options);
  }

  /**
   * Says how long an attempt may go on alone before the next address is tried as well (RFC 8305, 5: 250 ms by default,
   * 10 ms at least, 2 s at most).
   *
   * @param delay the time, which must be positive
   * @return such a connector
   * @throws IllegalArgumentException if it is not
   */
  public Connector withAttemptDelay(Duration delay) {
    return new Connector(resolver, timeoutNanos, positive(delay), localAddress, options);
  }

  /**
   * Says from which address to connect.
   *
   * @param address its port may be 0; null for whichever the system takes
   * @return such a connector
   */
  public Connector withLocalAddress(@Nullable SocketAddress address) {
    return new Connector(resolver, timeoutNanos, attemptNanos, address, options);
  }

  /**
   * Says what to set on the socket before it is connected.
   *
   * @param socketOptions the options
   * @return such a connector
   */
  public Connector withOptions(SocketOptions socketOptions) {
    return new Connector(resolver, timeoutNanos, attemptNanos, localAddress, socketOptions);
  }

  private static long positive(Duration time) {
    if (time.isNegative() || time.isZero() || time.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException("Expected a time above 0 and of at most a year, got " + time);
    }
    return time.toNanos();
  }

  /**
   * Connects.
   *
   * @param loop owns the channel
   * @param remote where to: a {@link UnixDomainSocketAddress}, or an {@link InetSocketAddress}, whose name is looked up if
   *     it is unresolved
   * @param handler makes the handler, on the loop, once the connection stands
   * @return a deferred that is realized on the loop, once the handler's {@code onConnected} has returned; it fails with an
   *     {@link java.io.IOException} that names the address. Realizing it from outside gives up, and closes what comes
   */
  public Deferred<TcpChannel> connect(EventLoop loop, SocketAddress remote, Supplier<? extends ChannelHandler> handler) {
    Deferred<TcpChannel> result = new Deferred<>();
    Connecting connecting = new Connecting(this, loop, remote, handler, result);
    if (!loop.offer(new LoopTask.Wrapped(connecting::start))) {
      result.error(Connecting.loopEnded(remote));
    }
    return result;
  }

  /** Alternates the families, beginning with that of the first address (RFC 8305, 4). */
  static List<InetAddress> interleaved(List<InetAddress> addresses) {
    List<InetAddress> same = new ArrayList<>();
    List<InetAddress> other = new ArrayList<>();
    for (InetAddress address : addresses) {
      (address.getClass() == addresses.get(0).getClass() ? same : other).add(address);
    }
    List<InetAddress> order = new ArrayList<>(addresses.size());
    for (int i = 0; i < Math.max(same.size(), other.size()); i++) {
      if (i < same.size()) {
        order.add(same.get(i));
      }
      if (i < other.size()) {
        order.add(other.get(i));
      }
    }
    return order;
  }

  /** Names an address as a user would write it. */
  static String name(SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      String host = inet.isUnresolved() ? inet.getHostString() : inet.getAddress().getHostAddress();
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
    }
    return address instanceof UnixDomainSocketAddress unix ? "the socket " + unix.getPath() : String.valueOf(address);
  }
}

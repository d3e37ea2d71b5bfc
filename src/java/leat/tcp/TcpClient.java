package leat.tcp;

import java.io.EOFException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.net.Connector;
import leat.net.EventLoops;
import leat.net.Resolver;
import leat.net.SharedLoops;
import leat.net.SocketOptions;
import leat.net.TcpChannel;

/**
 * Connects to TCP servers and Unix domain sockets; also the description of how. Not safe for several threads while it is
 * changed.
 *
 * <pre>{@code
 * Deferred<TcpConnection> connection = TcpClient.to("example.org", 7000).connect();
 * }</pre>
 */
public final class TcpClient extends TcpSettings<TcpClient> {
  private final SocketAddress remote;
  private Connector connector = Connector.DEFAULT;
  private @Nullable EventLoops loops;
  private @Nullable String peerName;

  private TcpClient(SocketAddress remote) {
    this.remote = Objects.requireNonNull(remote, "remote");
  }

  @Override
  TcpClient self() {
    return this;
  }

  /**
   * Begins the description of a client.
   *
   * @param host a name, all of whose addresses are tried, or an IP address
   * @param port 1 to 65535
   * @return a client with all defaults
   * @throws IllegalArgumentException if the port is not one
   */
  public static TcpClient to(String host, int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("Expected a port from 1 to 65535, got " + port);
    }
    return new TcpClient(InetSocketAddress.createUnresolved(host, port));
  }

  /**
   * Begins the description of a client.
   *
   * @param address an Internet or Unix domain socket address; looked up first if it is unresolved
   * @return a client with all defaults
   */
  public static TcpClient to(SocketAddress address) {
    return new TcpClient(address);
  }

  /**
   * Begins the description of a client.
   *
   * @param path of a Unix domain socket
   * @return a client with all defaults
   */
  public static TcpClient toUnixSocket(Path path) {
    return new TcpClient(UnixDomainSocketAddress.of(path));
  }

  /**
   * How long connecting may take: the look-up of the name and all attempts together. A TLS handshake has a limit of its own.
   *
   * @param value 10 seconds by default
   * @return this
   */
  public TcpClient connectTimeout(Duration value) {
    connector = connector.withTimeout(value);
    return this;
  }

  /**
   * The address to connect from.
   *
   * @param value by default whichever the system takes
   * @return this
   */
  public TcpClient localAddress(SocketAddress value) {
    connector = connector.withLocalAddress(value);
    return this;
  }

  /**
   * Who looks host names up.
   *
   * @param value by default the system's resolver with a cache
   * @return this
   */
  public TcpClient resolver(Resolver value) {
    connector = connector.withResolver(value);
    return this;
  }

  /**
   * What to set on the socket before it is connected.
   *
   * @param value none by default; TCP_NODELAY is on without it
   * @return this
   */
  public TcpClient socketOptions(SocketOptions value) {
    connector = connector.withOptions(value);
    return this;
  }

  /**
   * The loops that own the connections.
   *
   * @param value by default those that all clients of this JVM share
   * @return this
   */
  public TcpClient loops(EventLoops value) {
    this.loops = value;
    return this;
  }

  /**
   * The name that the certificate of a TLS server must bear.
   *
   * @param value by default the host that is connected to
   * @return this
   */
  public TcpClient peerName(String value) {
    this.peerName = value;
    return this;
  }

  /**
   * Connects, again with each call.
   *
   * @return a deferred of the connection, with TLS established if that was asked for; it fails with an
   *     {@link java.io.IOException} that names the address. Realizing it from outside, as by a timeout, gives up
   */
  public Deferred<TcpConnection> connect() {
    TcpConfig config = config();
    Deferred<TcpConnection> result = new Deferred<>();
    Connected owner = new Connected(result);
    owner.events = new ConnectionEvents(config, owner, config.tls() == null ? null : channel -> secure(config, channel, owner));
    EventLoops those = loops == null ? SharedLoops.get() : loops;
    Deferred<TcpChannel> channel = connector.connect(those.next(), remote, () -> owner.events);
    channel.onRealized(connected -> {}, result::error);
    Runnable giveUp = () -> channel.error(new CancellationException("Nobody waits for the connection any more"));
    result.onRealized(
        connection -> {
          if (connection != owner.connection) {
            giveUp.run();
          }
        },
        error -> giveUp.run());
    return result;
  }

  private void secure(TcpConfig config, TcpChannel channel, Connected owner) {
    InetSocketAddress inet = remote instanceof InetSocketAddress address ? address : null;
    String name = peerName != null || inet == null ? peerName : inet.getHostString();
    if (name == null) {
      channel.close(new IllegalArgumentException("Expected peerName for TLS over a Unix domain socket, got none"));
      return;
    }
    channel.startTls(config.tls(), name, inet == null ? -1 : inet.getPort())
        .onRealized(session -> owner.events.secured(), owner.result::error);
  }

  /** One connection of a client. */
  private static final class Connected implements ConnectionEvents.Owner {
    private final Deferred<TcpConnection> result;
    private ConnectionEvents events;
    private volatile @Nullable TcpConnection connection;

    Connected(Deferred<TcpConnection> result) {
      this.result = result;
    }

    @Override
    public void connected(TcpConnection stands) {
      connection = stands;
      events.call(() -> {
        if (!result.success(stands)) {
          stands.cut();
        }
      });
    }

    @Override
    public void closed(@Nullable TcpConnection ended, @Nullable Throwable cause) {
      result.error(cause != null ? cause : new EOFException("The peer closed the connection before it stood"));
    }
  }
}

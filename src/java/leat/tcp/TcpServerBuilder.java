package leat.tcp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import leat.bytes.Nullable;
import leat.net.ProxyProtocol;
import leat.net.SocketOptions;
import leat.net.TrustedPeers;

/** Describes a {@link TcpServer}. Every option has a default. Not safe for several threads. */
public final class TcpServerBuilder extends TcpSettings<TcpServerBuilder> {
  private @Nullable SocketAddress address;
  private @Nullable ServerSocketChannel listenChannel;
  private @Nullable String host;
  private int port;
  private int backlog = 1024;
  private int loops = Runtime.getRuntime().availableProcessors();
  private int maxConnections = 65_536;
  private Duration shutdownTimeout = Duration.ofSeconds(15);
  private SocketOptions options = SocketOptions.NONE;
  private ProxyProtocol proxyProtocol = new ProxyProtocol(ProxyProtocol.Mode.DISABLED, TrustedPeers.NONE);

  TcpServerBuilder() {}

  @Override
  TcpServerBuilder self() {
    return this;
  }

  /**
   * The address to listen at, instead of host and port.
   *
   * @param value an Internet or Unix domain socket address
   * @return this
   */
  public TcpServerBuilder address(SocketAddress value) {
    this.address = value;
    return this;
  }

  /**
   * The path of a Unix domain socket to listen at, instead of host and port.
   *
   * @param path removed when the server is closed
   * @return this
   */
  public TcpServerBuilder unixSocket(Path path) {
    return address(UnixDomainSocketAddress.of(path));
  }

  /**
   * A socket that is bound already, as a service manager passes it on, instead of an address.
   *
   * @param channel belongs to the server from its start on
   * @return this
   */
  public TcpServerBuilder listenChannel(ServerSocketChannel channel) {
    this.listenChannel = channel;
    return this;
  }

  /**
   * The port to listen at.
   *
   * @param value 0 (the default) for any free port
   * @return this
   * @throws IllegalArgumentException if it is not from 0 to 65535
   */
  public TcpServerBuilder port(int value) {
    if (value < 0 || value > 65_535) {
      throw new IllegalArgumentException("Expected a port from 0 to 65535, got " + value);
    }
    this.port = value;
    return this;
  }

  /**
   * The local address to listen at.
   *
   * @param value a host name or numeric address; by default all addresses
   * @return this
   */
  public TcpServerBuilder host(String value) {
    this.host = value;
    return this;
  }

  /**
   * How many connections may wait to be accepted.
   *
   * @param value 1024 by default
   * @return this
   */
  public TcpServerBuilder backlog(int value) {
    this.backlog = positive("backlog", value);
    return this;
  }

  /**
   * How many event loops serve the connections.
   *
   * @param value the number of processors by default
   * @return this
   */
  public TcpServerBuilder loops(int value) {
    this.loops = positive("loops", value);
    return this;
  }

  /**
   * How many connections may be open; those beyond are closed at once.
   *
   * @param value 65,536 by default
   * @return this
   */
  public TcpServerBuilder maxConnections(int value) {
    this.maxConnections = positive("maxConnections", value);
    return this;
  }

  /**
   * How long connections may go on after {@link TcpServer#closeAsync()}.
   *
   * @param value 15 seconds by default
   * @return this
   */
  public TcpServerBuilder shutdownTimeout(Duration value) {
    this.shutdownTimeout = notNegative("shutdownTimeout", value);
    return this;
  }

  /**
   * What to set on the sockets of connections.
   *
   * @param value none by default; TCP_NODELAY is on without it
   * @return this
   */
  public TcpServerBuilder socketOptions(SocketOptions value) {
    this.options = Objects.requireNonNull(value, "value");
    return this;
  }

  /**
   * Reads PROXY headers.
   *
   * @param mode whether connections begin with one
   * @param trusted whose headers are believed
   * @return this
   * @throws IllegalArgumentException if there are headers, and nobody is trusted
   */
  public TcpServerBuilder proxyProtocol(ProxyProtocol.Mode mode, TrustedPeers trusted) {
    this.proxyProtocol = new ProxyProtocol(mode, trusted);
    return this;
  }

  /**
   * Starts the server.
   *
   * @param handler gets each connection
   * @return the running server
   * @throws IOException if it cannot listen there; the message names the address
   */
  public TcpServer start(TcpHandler handler) throws IOException {
    Objects.requireNonNull(handler, "handler");
    return new TcpServer(this, handler);
  }

  SocketAddress address() throws UnknownHostException {
    if (address != null) {
      return address;
    }
    return host == null ? new InetSocketAddress(port) : new InetSocketAddress(InetAddress.getByName(host), port);
  }

  @Nullable ServerSocketChannel listenChannel() {
    return listenChannel;
  }

  int backlog() {
    return backlog;
  }

  int loops() {
    return loops;
  }

  int maxConnections() {
    return maxConnections;
  }

  long shutdownNanos() {
    return shutdownTimeout.toNanos();
  }

  SocketOptions options() {
    return options;
  }

  ProxyProtocol proxyProtocol() {
    return proxyProtocol;
  }
}

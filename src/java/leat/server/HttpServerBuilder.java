package leat.server;

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
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Function;
import leat.bytes.Nullable;
import leat.http.Headers;
import leat.http.Limits;
import leat.net.ProxyProtocol;
import leat.net.TrustedPeers;
import leat.tls.TlsContext;

/** Describes an {@link HttpServer}. Every option has a default but the handler. Not safe for several threads. */
public final class HttpServerBuilder {
  private static final Duration LONGEST = Duration.ofDays(365);

  private @Nullable SocketAddress address;
  private @Nullable ServerSocketChannel listenChannel;
  private @Nullable TlsContext tls;
  private ProxyProtocol proxyProtocol = new ProxyProtocol(ProxyProtocol.Mode.DISABLED, TrustedPeers.NONE);
  private @Nullable String host;
  private int port;
  private int backlog = 1024;
  private int loops = Runtime.getRuntime().availableProcessors();
  private @Nullable Handler handler;
  private boolean onLoop;
  private @Nullable Executor executor;
  private boolean rawBodies;
  private BiFunction<Request, Throwable, Response> errorHandler =
      (request, cause) -> Response.text(500, "Internal Server Error\n");
  private Function<Request, Response> rejectedHandler = request -> Response.text(503, "Service Unavailable\n");
  private @Nullable Function<Request, Object> continueHandler;
  private Limits limits = Limits.DEFAULT;
  private Duration headTimeout = Duration.ofSeconds(10);
  private Duration idleTimeout = Duration.ofSeconds(60);
  private Duration writeStallTimeout = Duration.ofSeconds(30);
  private long minBodyBytesPerSecond = 240;
  private Duration bodyGrace = Duration.ofSeconds(5);
  private Duration shutdownTimeout = Duration.ofSeconds(15);
  private long maxDrainBytes = 256 * 1024;
  private int maxConnections = 65_536;
  private int maxConnectionsPerAddress = 4096;
  private @Nullable String serverHeader = "leat";
  private boolean dateHeader = true;

  HttpServerBuilder() {}

  /**
   * The address to listen at, instead of host and port.
   *
   * @param value an Internet or Unix domain socket address
   * @return this
   */
  public HttpServerBuilder address(SocketAddress value) {
    this.address = value;
    return this;
  }

  /**
   * The path of a Unix domain socket to listen at, instead of host and port.
   *
   * @param path removed when the server is closed
   * @return this
   */
  public HttpServerBuilder unixSocket(Path path) {
    return address(UnixDomainSocketAddress.of(path));
  }

  /**
   * A socket that is bound already, as a service manager passes it on, instead of an address.
   *
   * @param channel belongs to the server from its start on
   * @return this
   */
  public HttpServerBuilder listenChannel(ServerSocketChannel channel) {
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
  public HttpServerBuilder port(int value) {
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
  public HttpServerBuilder host(String value) {
    this.host = value;
    return this;
  }

  /**
   * Secures all connections with TLS (HTTPS). By ALPN the server agrees on {@code http/1.1}.
   *
   * @param context certificates and everything else; null, as by default, for plain HTTP
   * @return this
   */
  public HttpServerBuilder tls(@Nullable TlsContext context) {
    this.tls = context == null ? null : context.withApplicationProtocols("http/1.1");
    return this;
  }

  /**
   * Reads PROXY headers, versions 1 and 2, at the beginning of connections: what they announce is the remote address then.
   *
   * @param mode whether connections begin with one
   * @param trusted whose headers are believed
   * @return this
   * @throws IllegalArgumentException if there are headers, and nobody is trusted
   */
  public HttpServerBuilder proxyProtocol(ProxyProtocol.Mode mode, TrustedPeers trusted) {
    this.proxyProtocol = new ProxyProtocol(mode, trusted);
    return this;
  }

  /**
   * How many connections may wait to be accepted.
   *
   * @param value 1024 by default
   * @return this
   */
  public HttpServerBuilder backlog(int value) {
    this.backlog = (int) positive("backlog", value);
    return this;
  }

  /**
   * How many event loops serve the connections.
   *
   * @param value the number of processors by default
   * @return this
   */
  public HttpServerBuilder loops(int value) {
    this.loops = (int) positive("loops", value);
    return this;
  }

  /**
   * Answers each request when the function returns.
   *
   * @param function from request to response; it may block unless handlers run on the loop
   * @return this
   */
  public HttpServerBuilder handler(Function<? super Request, Response> function) {
    Objects.requireNonNull(function, "function");
    this.handler = (request, responder) -> responder.respond(function.apply(request));
    return this;
  }

  /**
   * Answers each request when the returned stage completes.
   *
   * @param function from request to a stage of the response
   * @return this
   */
  public HttpServerBuilder asyncHandler(Function<? super Request, ? extends CompletionStage<Response>> function) {
    Objects.requireNonNull(function, "function");
    this.handler = (request, responder) -> function.apply(request).whenComplete((response, error) -> {
      if (error == null) {
        responder.respond(response);
      } else {
        responder.fail(error instanceof CompletionException && error.getCause() != null ? error.getCause() : error);
      }
    });
    return this;
  }

  /**
   * Answers requests through a responder.
   *
   * @param value the handler
   * @return this
   */
  public HttpServerBuilder responderHandler(Handler value) {
    this.handler = Objects.requireNonNull(value, "value");
    return this;
  }

  /**
   * Runs handlers on the event loop, where they must not block: the fastest way for handlers that only compute. A body
   * is then there whole when the handler runs, as far as it fits the buffer of a body.
   *
   * @return this
   */
  public HttpServerBuilder handlersOnLoop() {
    this.onLoop = true;
    return this;
  }

  /**
   * Runs handlers, and blocking response bodies, on an executor of the caller's.
   *
   * @param value not shut down by the server; by default a virtual thread for each request, or a bounded pool before
   *     JDK 21
   * @return this
   */
  public HttpServerBuilder executor(Executor value) {
    this.executor = value;
    return this;
  }

  /**
   * Says that handlers read bodies as sources, so that they run as soon as the head is there, even on the loop.
   *
   * @param value false by default
   * @return this
   */
  public HttpServerBuilder rawBodies(boolean value) {
    this.rawBodies = value;
    return this;
  }

  /**
   * Makes the response when a handler fails.
   *
   * @param function from request and cause to response; by default a short 500
   * @return this
   */
  public HttpServerBuilder errorHandler(BiFunction<Request, Throwable, Response> function) {
    this.errorHandler = Objects.requireNonNull(function, "function");
    return this;
  }

  /**
   * Makes the response when the executor takes no more; runs on the loop and must not block.
   *
   * @param function from request to response; by default a short 503
   * @return this
   */
  public HttpServerBuilder rejectedHandler(Function<Request, Response> function) {
    this.rejectedHandler = Objects.requireNonNull(function, "function");
    return this;
  }

  /**
   * Decides about requests with {@code Expect: 100-continue}, before their handler runs. Without it, 100 is sent when the
   * handler first reads the body.
   *
   * @param function from request to true (go on), false (417), a {@link Response}, or a deferred or stage of one of these
   * @return this
   */
  public HttpServerBuilder continueHandler(Function<Request, Object> function) {
    this.continueHandler = function;
    return this;
  }

  /**
   * The limits on what a request may be.
   *
   * @param value {@link Limits#DEFAULT} by default
   * @return this
   */
  public HttpServerBuilder limits(Limits value) {
    this.limits = Objects.requireNonNull(value, "value");
    return this;
  }

  /**
   * How long a request head may take from its first byte to its last, else 408.
   *
   * @param value 10 s by default
   * @return this
   */
  public HttpServerBuilder headTimeout(Duration value) {
    this.headTimeout = positive("headTimeout", value);
    return this;
  }

  /**
   * How long a connection may stay idle between requests.
   *
   * @param value 60 s by default
   * @return this
   */
  public HttpServerBuilder idleTimeout(Duration value) {
    this.idleTimeout = positive("idleTimeout", value);
    return this;
  }

  /**
   * How long a client may take nothing of what waits to be written to it.
   *
   * @param value 30 s by default
   * @return this
   */
  public HttpServerBuilder writeStallTimeout(Duration value) {
    this.writeStallTimeout = positive("writeStallTimeout", value);
    return this;
  }

  /**
   * How fast a body must arrive while the server is ready to read it, else 408.
   *
   * @param bytesPerSecond 240 by default; 0 for no limit
   * @param grace the time over which it is averaged: 5 s by default
   * @return this
   * @throws IllegalArgumentException if the rate is negative, or the time not above zero
   */
  public HttpServerBuilder minBodyRate(long bytesPerSecond, Duration grace) {
    if (bytesPerSecond < 0) {
      throw new IllegalArgumentException("Expected a body rate of 0 or more, got " + bytesPerSecond);
    }
    this.minBodyBytesPerSecond = bytesPerSecond;
    this.bodyGrace = positive("grace", grace);
    return this;
  }

  /**
   * How long {@link HttpServer#closeAsync()} waits for what runs.
   *
   * @param value 15 s by default; zero to cut at once
   * @return this
   */
  public HttpServerBuilder shutdownTimeout(Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException("Expected a shutdownTimeout of zero or more, got " + value);
    }
    this.shutdownTimeout = value;
    return this;
  }

  /**
   * How much of a body that the handler did not read is read and dropped, so that the connection can be kept.
   *
   * @param value 256 KiB by default; 0 to drop nothing
   * @return this
   * @throws IllegalArgumentException if it is negative
   */
  public HttpServerBuilder maxDrainBytes(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("Expected maxDrainBytes of 0 or more, got " + value);
    }
    this.maxDrainBytes = value;
    return this;
  }

  /**
   * How many connections there may be, in all and from one address; more are answered with 503 and closed.
   *
   * @param inAll 65,536 by default
   * @param perAddress 4,096 by default; Unix domain sockets do not count
   * @return this
   */
  public HttpServerBuilder maxConnections(int inAll, int perAddress) {
    this.maxConnections = (int) positive("maxConnections", inAll);
    this.maxConnectionsPerAddress = (int) positive("maxConnections per address", perAddress);
    return this;
  }

  /**
   * The value of the {@code Server} field.
   *
   * @param value {@code "leat"} by default; null to send none
   * @return this
   */
  public HttpServerBuilder serverHeader(@Nullable String value) {
    if (value != null) {
      Headers.check("server", value);
    }
    this.serverHeader = value;
    return this;
  }

  /**
   * Whether responses carry a {@code Date} field.
   *
   * @param value true by default
   * @return this
   */
  public HttpServerBuilder dateHeader(boolean value) {
    this.dateHeader = value;
    return this;
  }

  /**
   * Starts the server.
   *
   * @return the server, which listens already
   * @throws IOException if the address cannot be bound; the message names it
   * @throws IllegalStateException if there is no handler
   */
  public HttpServer start() throws IOException {
    if (handler == null) {
      throw new IllegalStateException("Expected a handler, got none");
    }
    return HttpServer.start(new ServerConfig(
        listenAddress(), listenChannel, tls, proxyProtocol, backlog, loops, handler, onLoop, executor, rawBodies, errorHandler,
        rejectedHandler, continueHandler, limits, nanos(headTimeout), nanos(idleTimeout),
        nanos(writeStallTimeout), minBodyBytesPerSecond, nanos(bodyGrace), nanos(shutdownTimeout),
        maxDrainBytes, maxConnections, maxConnectionsPerAddress, serverHeader, dateHeader));
  }

  private SocketAddress listenAddress() throws UnknownHostException {
    if (address != null) {
      return address;
    }
    return host == null ? new InetSocketAddress(port) : new InetSocketAddress(InetAddress.getByName(host), port);
  }

  private static long positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("Expected " + name + " to be at least 1, got " + value);
    }
    return value;
  }

  /** Times beyond a year mean never, and would overflow the clock if they were taken literally. */
  private static long nanos(Duration value) {
    return value.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : value.toNanos();
  }

  private static Duration positive(String name, Duration value) {
    if (value.isZero() || value.isNegative()) {
      throw new IllegalArgumentException("Expected a " + name + " above zero, got " + value);
    }
    return value;
  }
}

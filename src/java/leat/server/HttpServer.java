package leat.server;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.net.Acceptor;
import leat.net.ChannelHandler;
import leat.net.EventLoop;
import leat.net.EventLoops;
import leat.net.TcpChannel;

/**
 * An HTTP/1.1 server.
 *
 * <pre>{@code
 * HttpServer server = HttpServer.builder()
 *     .port(8080)
 *     .handler(request -> Response.text("Hello, " + request.path()))
 *     .start();
 * server.close();
 * }</pre>
 *
 * <p>Safe from any thread. Closing it stops listening, finishes what runs, and then ends its threads.
 *
 * <pre>  OPEN ──closeAsync──► DRAINING ──last connection gone, or time over──► CLOSED  </pre>
 */
public final class HttpServer implements Closeable {
  private static final Logger LOG = System.getLogger("leat.server");
  private static final byte[] FULL = ("HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\n"
      + "content-length: 21\r\nconnection: close\r\nretry-after: 1\r\n\r\nToo many connections\n")
      .getBytes(StandardCharsets.US_ASCII);

  private final ServerConfig config;
  private final EventLoops loops;
  private final Dispatch dispatch;
  private final List<LoopContext> contexts = new ArrayList<>();
  private final ConnectionLimits connections;
  private final Acceptor acceptor;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final Deferred<Boolean> drained = new Deferred<>();
  private final Deferred<Boolean> closed = new Deferred<>();
  private final LongAdder requests = new LongAdder();
  private final LongAdder refusedConnections = new LongAdder();
  private final LongAdder rejectedRequests = new LongAdder();
  private final LongAdder protocolErrors = new LongAdder();
  private final LongAdder timeouts = new LongAdder();

  private HttpServer(ServerConfig config) throws IOException {
    this.config = config;
    this.dispatch = new Dispatch(config);
    this.connections = new ConnectionLimits(config.maxConnections(), config.maxConnectionsPerAddress());
    this.loops = EventLoops.start(config.loops());
    for (int i = 0; i < loops.size(); i++) {
      contexts.add(new LoopContext(this, loops.get(i), dispatch));
    }
    try {
      this.acceptor = config.listenChannel() == null
          ? Acceptor.bind(loops, config.address(), config.backlog(), this::accept)
          : Acceptor.adopt(loops, config.listenChannel(), this::accept);
    } catch (IOException | RuntimeException e) {
      loops.close();
      dispatch.close();
      throw e;
    }
  }

  /**
   * Begins the description of a server.
   *
   * @return a builder with all defaults
   */
  public static HttpServerBuilder builder() {
    return new HttpServerBuilder();
  }

  static HttpServer start(ServerConfig config) throws IOException {
    return new HttpServer(config);
  }

  /**
   * The address at which the server listens, with the actual port.
   *
   * @return an Internet or Unix domain socket address
   */
  public SocketAddress address() {
    return acceptor.localAddress();
  }

  /**
   * The port at which the server listens.
   *
   * @return the actual port, or -1 for a Unix domain socket
   */
  public int port() {
    return address() instanceof InetSocketAddress inet ? inet.getPort() : -1;
  }

  /**
   * What the server has done so far.
   *
   * @return counts at this moment
   */
  public ServerStats stats() {
    return new ServerStats(
        connections.count(),
        requests.sum(),
        refusedConnections.sum(),
        rejectedRequests.sum(),
        protocolErrors.sum(),
        timeouts.sum());
  }

  /**
   * Whether closing has begun.
   *
   * @return true from the first call of {@link #closeAsync()} on
   */
  public boolean isClosing() {
    return closing.get();
  }

  /**
   * Tells when the server is closed.
   *
   * @return true once all connections have ended and the port is free
   */
  public Deferred<Boolean> closed() {
    return closed;
  }

  /**
   * Stops listening, ends idle connections, finishes what runs within the shutdown timeout, and cuts what is left then.
   * A second call is harmless.
   *
   * @return true once all connections have ended and the port is free
   */
  public Deferred<Boolean> closeAsync() {
    if (closing.compareAndSet(false, true)) {
      acceptor.close().onRealized(free -> drain(), error -> drain());
    }
    return closed;
  }

  /**
   * Like {@link #closeAsync()}, and waits for it, unless it is called on one of the server's own loops.
   */
  @Override
  public void close() {
    Deferred<Boolean> end = closeAsync();
    for (LoopContext context : contexts) {
      if (context.loop.isInside()) {
        return;
      }
    }
    end.deref();
  }

  private void drain() {
    for (LoopContext context : contexts) {
      context.loop.execute(context::drain);
    }
    if (connections.count() == 0) {
      drained.success(true);
    }
    CompletableFuture<Boolean> all = drained.toCompletableFuture();
    all.orTimeout(config.shutdownTimeoutNanos(), java.util.concurrent.TimeUnit.NANOSECONDS)
        .whenComplete((ok, late) -> finish());
  }

  private void finish() {
    // On a thread of its own: loops are waited for, and may be the ones that called.
    Thread end = new Thread(() -> {
      for (LoopContext context : contexts) {
        context.loop.execute(context::cut);
      }
      loops.close();
      dispatch.close();
      closed.success(true);
    }, "leat-server-close");
    end.setDaemon(true);
    end.start();
  }

  private @Nullable ChannelHandler accept(EventLoop loop, SocketAddress remoteAddress) {
    if (isClosing()) {
      return null;
    }
    if (!connections.acquire(remoteAddress)) {
      refusedConnections.increment();
      LOG.log(Level.DEBUG, () -> "Refused a connection from " + remoteAddress + ": too many connections");
      return new Refusal();
    }
    for (LoopContext context : contexts) {
      if (context.loop == loop) {
        return new Http1Conn(context);
      }
    }
    throw new IllegalStateException("Expected one of the server's loops, got " + loop);
  }

  /** Tells a client that there is no place for it. */
  private static final class Refusal implements ChannelHandler {
    @Override
    public void onConnected(TcpChannel channel) {
      channel.write(FULL, 0, FULL.length);
      channel.closeWhenFlushed();
    }

    @Override
    public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {}
  }

  ServerConfig config() {
    return config;
  }

  void connectionClosed(SocketAddress remoteAddress) {
    connections.release(remoteAddress);
    if (isClosing() && connections.count() == 0) {
      drained.success(true);
    }
  }

  void requestBegan() {
    requests.increment();
  }

  void requestRejected() {
    rejectedRequests.increment();
  }

  void protocolErrorSeen() {
    protocolErrors.increment();
  }

  void timedOut() {
    timeouts.increment();
  }

  /**
   * Address and state.
   *
   * @return for logs and the REPL
   */
  @Override
  public String toString() {
    String state = closed.isRealized() ? "closed" : isClosing() ? "closing" : "open";
    return "HttpServer[" + address() + ", " + state + ", " + connections.count() + " connections]";
  }
}

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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import leat.async.Deferred;
import leat.async.NonBlocking;
import leat.bytes.Nullable;
import leat.net.Acceptor;
import leat.net.ChannelHandler;
import leat.net.EventLoop;
import leat.net.EventLoops;
import leat.net.LoopTask;
import leat.net.TcpChannel;
import leat.tls.TlsException;

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

  /** A refusal holds its socket until the client has seen it, for two seconds at most. */
  private static final int MOST_REFUSALS = 256;

  private static final int CUT_SECONDS = 5;

  private final ServerConfig config;
  private final EventLoops loops;
  private final Dispatch dispatch;
  private final List<LoopContext> contexts = new ArrayList<>();
  private final ConnectionLimits connections;
  private final Acceptor acceptor;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final Deferred<Boolean> drained = new Deferred<>();
  private final Deferred<Boolean> closed = new Deferred<>();
  private final AtomicInteger refusalsUnderWay = new AtomicInteger();
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
      Acceptor.Initializer initializer = config.proxyProtocol().before(this::accept);
      this.acceptor = config.listenChannel() == null
          ? Acceptor.bind(loops, config.address(), config.backlog(), initializer)
          : Acceptor.adopt(loops, config.listenChannel(), initializer);
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
        refusedConnections.sum() + config.proxyProtocol().refused(),
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
   * Like {@link #closeAsync()}, and waits for it, unless it is called on an event loop. A handler that calls it waits for
   * itself, so until the shutdown timeout: it should rather call {@link #closeAsync()}.
   */
  @Override
  public void close() {
    Deferred<Boolean> end = closeAsync();
    if (!(Thread.currentThread() instanceof NonBlocking)) {
      end.deref();
    }
  }

  private void drain() {
    onEachLoop(LoopContext::drain);
    if (connections.count() == 0) {
      drained.success(true);
    }
    drained.toCompletableFuture()
        .orTimeout(config.shutdownTimeoutNanos(), TimeUnit.NANOSECONDS)
        .whenComplete((ok, late) -> finish());
  }

  private void finish() {
    // On a thread of its own: loops are waited for, and may be the ones that called.
    Thread end = new Thread(() -> {
      try {
        // Before the loops end, which would not tell a client whose response has no length that it was cut.
        onEachLoop(LoopContext::cut).await(CUT_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        loops.close();
        dispatch.close();
        closed.success(true);
      }
    }, "leat-server-close");
    end.setDaemon(true);
    end.start();
  }

  /** Runs something on each loop that has not ended. */
  private CountDownLatch onEachLoop(Consumer<LoopContext> action) {
    CountDownLatch done = new CountDownLatch(contexts.size());
    for (LoopContext context : contexts) {
      boolean comes = context.loop.offer(new LoopTask() {
        @Override
        public void run() {
          try {
            action.accept(context);
          } finally {
            done.countDown();
          }
        }
      });
      if (!comes) {
        done.countDown();
      }
    }
    return done;
  }

  private @Nullable ChannelHandler accept(EventLoop loop, SocketAddress remoteAddress) {
    if (isClosing()) {
      return null;
    }
    for (LoopContext context : contexts) {
      if (context.loop == loop) {
        return new Http1Conn(context);
      }
    }
    throw new IllegalStateException("Expected one of the server's loops, got " + loop);
  }

  /** On the loop: takes a place for a connection, or refuses it. */
  boolean admit(TcpChannel channel, Runnable onSecured) {
    if (connections.acquire(channel.remoteAddress())) {
      if (config.tls() != null) {
        // The handshake has a time limit of its own.
        channel.startTls(config.tls()).onRealized(session -> onSecured.run(), error -> {});
      }
      return true;
    }
    refusedConnections.increment();
    LOG.log(Level.DEBUG, () -> "Refused a connection from " + channel.remoteAddress() + ": too many connections");
    Refusal refusal = new Refusal();
    channel.handOver(refusal);
    refusal.onConnected(channel);
    return false;
  }

  /** Tells a client that there is no place for it; those beyond what may be told at once are only closed. */
  private final class Refusal implements ChannelHandler {
    @Override
    public void onConnected(TcpChannel channel) {
      // With TLS, to tell would take a handshake, which is the dearest thing of all.
      if (refusalsUnderWay.incrementAndGet() > MOST_REFUSALS || config.tls() != null) {
        channel.close();
      } else {
        channel.write(FULL, 0, FULL.length);
        channel.closeWhenFlushed();
      }
    }

    @Override
    public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {}

    @Override
    public void onClosed(TcpChannel channel, @Nullable Throwable cause) {
      refusalsUnderWay.decrementAndGet();
    }
  }

  ServerConfig config() {
    return config;
  }

  void connectionClosed(TcpChannel channel, @Nullable Throwable cause) {
    connections.release(channel.remoteAddress());
    if (cause instanceof TlsException failure) {
      tlsFailed(failure.reason());
    }
    if (isClosing() && connections.count() == 0) {
      drained.success(true);
    }
  }

  private void tlsFailed(TlsException.Reason reason) {
    if (reason == TlsException.Reason.TIMEOUT) {
      timedOut();
    } else if (reason != TlsException.Reason.TRUNCATED) {
      // Many clients go away without close_notify: that is no news.
      protocolErrorSeen();
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

package leat.tcp;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import leat.async.Deferred;
import leat.async.NonBlocking;
import leat.bytes.Nullable;
import leat.net.Acceptor;
import leat.net.ChannelHandler;
import leat.net.EventLoop;
import leat.net.EventLoops;
import leat.net.SocketOptions;
import leat.net.TcpChannel;

/**
 * A server for TCP or a Unix domain socket, which gives each connection to a handler.
 *
 * <pre>{@code
 * TcpServer echo = TcpServer.builder().port(7000).start(connection -> connection.connect(connection));
 * echo.close();
 * }</pre>
 *
 * <p>Safe from any thread. Closing it stops listening, ends the sources of its connections, so that handlers come to
 * their end, waits for them to close their connections, and cuts what is left after the shutdown timeout.
 *
 * <pre>  OPEN ──closeAsync──► DRAINING ──last connection gone, or time over──► CLOSED  </pre>
 */
public final class TcpServer implements Closeable {
  private static final Logger LOG = System.getLogger("leat.tcp");

  private final TcpServerBuilder settings;
  private final TcpConfig config;
  private final TcpHandler handler;
  private final EventLoops loops;
  private final Acceptor acceptor;
  /** Handed out and not closed yet. */
  private final Set<TcpConnection> connections = ConcurrentHashMap.newKeySet();
  /** All that were accepted and not closed yet, in handshakes too. */
  private final AtomicInteger channels = new AtomicInteger();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final Deferred<Boolean> drained = new Deferred<>();
  private final Deferred<Boolean> closed = new Deferred<>();

  TcpServer(TcpServerBuilder settings, TcpHandler handler) throws IOException {
    this.settings = settings;
    this.config = settings.config();
    this.handler = handler;
    this.loops = EventLoops.start(settings.loops());
    try {
      Acceptor.Initializer initializer = settings.proxyProtocol().before(this::accept);
      this.acceptor = settings.listenChannel() == null
          ? Acceptor.bind(loops, settings.address(), settings.backlog(), initializer)
          : Acceptor.adopt(loops, settings.listenChannel(), initializer);
    } catch (IOException | RuntimeException e) {
      loops.close();
      throw e;
    }
  }

  /**
   * Begins the description of a server.
   *
   * @return a builder with all defaults
   */
  public static TcpServerBuilder builder() {
    return new TcpServerBuilder();
  }

  // ---- on the loops

  private @Nullable ChannelHandler accept(EventLoop loop, SocketAddress remote) {
    if (closing.get()) {
      return null;
    }
    if (channels.incrementAndGet() > settings.maxConnections()) {
      channelGone();
      refused.increment();
      LOG.log(Level.DEBUG, () -> "Refused a connection from " + remote + ": too many connections");
      return null;
    }
    accepted.increment();
    Accepted owner = new Accepted();
    boolean isReady = config.tls() == null && settings.options() == SocketOptions.NONE;
    ConnectionEvents events = new ConnectionEvents(config, owner, isReady ? null : owner::begin);
    owner.events = events;
    return events;
  }

  /** One connection of this server. */
  private final class Accepted implements ConnectionEvents.Owner {
    private ConnectionEvents events;

    void begin(TcpChannel channel) {
      try {
        channel.setOptions(settings.options());
      } catch (IOException e) {
        channel.close(e);
        return;
      }
      if (config.tls() == null) {
        events.secured();
      } else {
        channel.startTls(config.tls()).onRealized(session -> events.secured(), error -> refused.increment());
      }
    }

    @Override
    public void connected(TcpConnection connection) {
      connections.add(connection);
      if (closing.get()) {
        connection.endInput();
      }
      events.call(() -> handle(connection));
    }

    @Override
    public void closed(@Nullable TcpConnection connection, @Nullable Throwable cause) {
      if (connection != null) {
        connections.remove(connection);
      }
      channelGone();
    }
  }

  private void handle(TcpConnection connection) {
    try {
      handler.handle(connection);
    } catch (Throwable t) {
      LOG.log(Level.ERROR, "The handler failed for " + connection, t);
      connection.close(t);
    }
  }

  private void channelGone() {
    if (channels.decrementAndGet() == 0 && closing.get()) {
      drained.success(true);
    }
  }

  // ---- what it is

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
   * How many connections are open.
   *
   * @return the count at this moment, those in a TLS handshake included
   */
  public int connections() {
    return channels.get();
  }

  /**
   * How many connections were accepted.
   *
   * @return the count so far
   */
  public long accepted() {
    return accepted.sum();
  }

  /**
   * How many connections were refused: for their number, their PROXY header or their TLS handshake.
   *
   * @return the count so far
   */
  public long refused() {
    return refused.sum() + settings.proxyProtocol().refused();
  }

  // ---- the end

  /**
   * Tells when the server is closed.
   *
   * @return true once all connections have ended and the port is free
   */
  public Deferred<Boolean> closed() {
    return closed;
  }

  /**
   * Stops listening, ends the sources of all connections, waits until they are closed within the shutdown timeout, and
   * cuts what is left then. A second call is harmless.
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
    if (channels.get() == 0) {
      drained.success(true);
    }
    connections.forEach(TcpConnection::endInput);
    drained.toCompletableFuture()
        .orTimeout(settings.shutdownNanos(), TimeUnit.NANOSECONDS)
        .whenComplete((ok, late) -> finish());
  }

  private void finish() {
    // On a thread of its own: loops are waited for, and may be the ones that called.
    Thread end = new Thread(() -> {
      try {
        loops.close();
      } finally {
        closed.success(true);
      }
    }, "leat-tcp-close");
    end.setDaemon(true);
    end.start();
  }

  /** Address and state. */
  @Override
  public String toString() {
    String state = closed.isRealized() ? "closed" : closing.get() ? "closing" : "open";
    return "TcpServer[" + address() + ", " + state + ", " + connections() + " connections]";
  }
}

package leat.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import leat.async.Deferred;
import leat.async.TimerWheel;
import leat.bytes.Nullable;

/**
 * One call of {@link Connector#connect}, on its loop.
 *
 * <pre>
 *   RESOLVING ──addresses──► TRYING ──first connected──► DONE         any ──all failed, time over, given up──► DONE
 *                             ▲  │ an attempt failed, or 250 ms passed: the next address
 *                             └──┘
 * </pre>
 */
final class Connecting {
  private static final Logger LOG = System.getLogger("leat.net");
  /** How soon to try again when the backlog of a Unix domain socket is full, for which there is no event. */
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private enum State {
    RESOLVING,
    TRYING,
    DONE
  }

  private final Connector connector;
  private final EventLoop loop;
  private final SocketAddress remote;
  private final Supplier<? extends ChannelHandler> handler;
  private final Deferred<TcpChannel> result;

  // The loop's own.
  private State state = State.RESOLVING;
  private List<SocketAddress> addresses = List.of();
  private int nextAddress;
  private final List<Attempt> open = new ArrayList<>();
  private final List<IOException> failures = new ArrayList<>();
  private final TimerWheel.Timer deadline = new TimerWheel.Timer() {
    @Override
    protected void onTimeout(long nowNanos) {
      fail(timedOut());
    }
  };
  private final TimerWheel.Timer nextAttempt = new TimerWheel.Timer() {
    @Override
    protected void onTimeout(long nowNanos) {
      tryNext();
    }
  };

  Connecting(Connector connector, EventLoop loop, SocketAddress remote, Supplier<? extends ChannelHandler> handler,
      Deferred<TcpChannel> result) {
    this.connector = connector;
    this.loop = loop;
    this.remote = remote;
    this.handler = handler;
    this.result = result;
  }

  static IOException loopEnded(SocketAddress remote) {
    return new IOException("Cannot connect to " + Connector.name(remote) + ": the event loop has ended");
  }

  void start() {
    if (result.isRealized()) {
      return;
    }
    loop.schedule(deadline, connector.timeoutNanos);
    // Whoever realizes the deferred from outside does not want the connection any more.
    result.onRealized(channel -> onLoop(this::giveUp), error -> onLoop(this::giveUp));
    if (!(remote instanceof InetSocketAddress inet && inet.isUnresolved())) {
      begin(List.of(remote));
      return;
    }
    Deferred<List<InetAddress>> found;
    try {
      found = connector.resolver.resolve(inet.getHostString());
    } catch (RuntimeException e) {
      fail(e);
      return;
    }
    found.onRealized(
        all -> onLoop(() -> begin(all, inet.getPort())),
        error -> onLoop(() -> fail(unresolved(error))));
  }

  /** Runs a task on the loop; once that has ended, nothing is left but to say so. */
  private void onLoop(Runnable task) {
    if (!loop.offer(new LoopTask.Wrapped(task))) {
      result.error(loopEnded(remote));
    }
  }

  private IOException unresolved(Throwable cause) {
    UnknownHostException failure =
        new UnknownHostException("Cannot connect to " + Connector.name(remote) + ": " + reason(cause));
    failure.initCause(cause);
    return failure;
  }

  private void begin(List<InetAddress> all, int port) {
    List<SocketAddress> targets = new ArrayList<>();
    for (InetAddress address : Connector.interleaved(all)) {
      targets.add(new InetSocketAddress(address, port));
    }
    begin(targets);
  }

  private void begin(List<SocketAddress> targets) {
    if (state == State.RESOLVING) {
      state = State.TRYING;
      addresses = targets;
      tryNext();
    }
  }

  private void tryNext() {
    while (state == State.TRYING && nextAddress < addresses.size()) {
      SocketAddress address = addresses.get(nextAddress++);
      loop.schedule(nextAttempt, connector.attemptNanos);
      Attempt attempt = new Attempt(address);
      open.add(attempt);
      if (attempt.start()) {
        return;
      }
    }
    if (state == State.TRYING && open.isEmpty()) {
      fail(allFailed());
    }
  }

  private void failed(Attempt attempt, Throwable cause) {
    attempt.close();
    open.remove(attempt);
    failures.add(cause instanceof IOException e ? e : new IOException(reason(cause), cause));
  }

  private void connected(Attempt attempt) {
    open.remove(attempt);
    end();
    TcpChannel channel;
    try {
      channel = TcpChannel.adopt(loop, attempt.socket, (owner, peer) -> handler.get());
    } catch (Throwable t) {
      attempt.close();
      result.error(t instanceof IOException e ? explained(attempt.address, e) : t);
      return;
    }
    if (channel == null) {
      result.error(new IOException("Cannot connect to " + Connector.name(remote) + ": there is no handler"));
    } else if (!result.success(channel)) {
      channel.close();
    }
  }

  private void giveUp() {
    if (state != State.DONE) {
      end();
    }
  }

  private void fail(Throwable cause) {
    if (state != State.DONE) {
      end();
      result.error(cause);
    }
  }

  private void end() {
    state = State.DONE;
    loop.cancel(deadline);
    loop.cancel(nextAttempt);
    open.forEach(Attempt::close);
    open.clear();
  }

  // ---- what went wrong

  private IOException timedOut() {
    long ms = TimeUnit.NANOSECONDS.toMillis(connector.timeoutNanos);
    String tried = state == State.RESOLVING
        ? "its name is still being looked up"
        : "no answer" + (addresses.size() == 1 ? "" : " from any of its " + addresses.size() + " addresses");
    SocketTimeoutException failure = new SocketTimeoutException(
        "Cannot connect to " + Connector.name(remote) + " within " + ms + " ms: " + tried);
    failures.forEach(failure::addSuppressed);
    return failure;
  }

  private IOException allFailed() {
    if (addresses.size() == 1) {
      return explained(addresses.get(0), failures.get(0));
    }
    StringBuilder reasons = new StringBuilder();
    for (int i = 0; i < failures.size() && i < 8; i++) {
      reasons.append(i == 0 ? "" : "; ").append(reason(failures.get(i)));
    }
    IOException failure = sameKind(failures.get(0), "Cannot connect to " + Connector.name(remote) + ": " + reasons);
    failures.forEach(failure::addSuppressed);
    return failure;
  }

  private IOException explained(SocketAddress address, IOException cause) {
    String where = Connector.name(remote);
    String which = Connector.name(address);
    IOException failure = sameKind(cause,
        "Cannot connect to " + where + (which.equals(where) ? "" : " (" + which + ")") + ": " + reason(cause));
    failure.initCause(cause);
    return failure;
  }

  private static IOException sameKind(IOException cause, String message) {
    if (cause instanceof ConnectException) {
      return new ConnectException(message);
    }
    if (cause instanceof BindException) {
      return new BindException(message);
    }
    return cause instanceof NoRouteToHostException ? new NoRouteToHostException(message) : new SocketException(message);
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  /** One socket on its way to one address. */
  private final class Attempt implements Selectable {
    final SocketAddress address;
    @Nullable SocketChannel socket;

    Attempt(SocketAddress address) {
      this.address = address;
    }

    /** Returns whether it is under way or has ended everything; false if it failed, and the next is due. */
    boolean start() {
      try {
        socket = SocketChannel.open(family());
        socket.configureBlocking(false);
        connector.options.set(socket);
        if (connector.localAddress != null) {
          socket.bind(connector.localAddress);
        }
        if (socket.connect(address)) {
          connected(this);
        } else if (address instanceof UnixDomainSocketAddress) {
          retryLater();
        } else {
          loop.register(socket, SelectionKey.OP_CONNECT, this);
        }
        return true;
      } catch (IOException | RuntimeException e) {
        if (address instanceof UnixDomainSocketAddress && String.valueOf(e.getMessage()).contains("temporarily unavailable")) {
          retryLater();
          return true;
        }
        failed(this, e);
        return false;
      }
    }

    private StandardProtocolFamily family() {
      if (address instanceof UnixDomainSocketAddress) {
        return StandardProtocolFamily.UNIX;
      }
      boolean isV6 = address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet6Address;
      return isV6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    /** The backlog is full (EAGAIN): such a socket is never connected, whatever the selector would say. */
    private void retryLater() {
      close();
      open.remove(this);
      nextAddress--;
      loop.schedule(nextAttempt, RETRY_NANOS);
    }

    @Override
    public void onReady(SelectionKey key) {
      if (state == State.DONE) {
        return;
      }
      try {
        if (socket.finishConnect()) {
          key.interestOps(0);
          connected(this);
        }
      } catch (IOException e) {
        failed(this, e);
        tryNext();
      }
    }

    @Override
    public void onFailure(Throwable cause) {
      // Of the loop, or of the code above: nothing more can come of it.
      IOException failure = new IOException("Cannot connect to " + Connector.name(remote) + ": " + reason(cause), cause);
      close();
      fail(failure);
    }

    void close() {
      try {
        if (socket != null) {
          socket.close();
        }
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "Closing a socket failed", e);
      }
    }
  }
}

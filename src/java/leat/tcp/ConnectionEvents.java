package leat.tcp;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import leat.async.Deferred;
import leat.async.Stream;
import leat.async.TimerWheel;
import leat.bytes.Nullable;
import leat.net.ChannelHandler;
import leat.net.LoopTask;
import leat.net.TcpChannel;

/**
 * What a connection is told by its channel, and its one timer. All on the loop, but where it says otherwise.
 *
 * <pre>
 *   incoming: OPEN ──FIN──► closed, what is in it can be taken       outgoing: OPEN ──close, all given to the channel──► ended
 *
 *   outgoing ended, incoming open    ► FIN is sent, reading goes on
 *   outgoing ended, incoming closed  ► FIN is sent, and the channel closes
 *   incoming closed, outgoing open   ► what still comes is dropped; after the peer's FIN with a limit of time
 * </pre>
 */
final class ConnectionEvents extends TimerWheel.Timer implements ChannelHandler {
  private static final Logger LOG = System.getLogger("leat.tcp");
  /** How long a peer may take nothing of what waits while the channel closes. */
  private static final long CLOSE_STALL_NANOS = TimeUnit.SECONDS.toNanos(30);
  /** What a message costs beyond its bytes, so that many small ones count as well. */
  private static final int MESSAGE_BYTES = 64;

  /** Who is told of the beginning and the end. */
  interface Owner {
    /** On the loop: the connection stands, with TLS if that was asked for. */
    void connected(TcpConnection connection);

    /** On the loop: the end, also of one that never stood; exactly once. */
    void closed(@Nullable TcpConnection connection, @Nullable Throwable cause);
  }

  // Final.
  private final TcpConfig config;
  private final Owner owner;
  private final Consumer<TcpChannel> begin;
  private final Stream<Object> incoming;

  // The loop's own.
  private @Nullable TcpChannel channel;
  private @Nullable TcpConnection connection;
  private int unplaced;
  private long activeNanos;
  private boolean inputEnded;

  ConnectionEvents(TcpConfig config, Owner owner, @Nullable Consumer<TcpChannel> secure) {
    this.config = config;
    this.owner = owner;
    this.begin = secure;
    this.incoming = Stream.builder().executor(config.executor())
        .metered(ConnectionEvents::sizeOf, config.readBytes());
  }

  private static long sizeOf(Object message) {
    return MESSAGE_BYTES + (message instanceof byte[] bytes ? bytes.length : ((ByteBuffer) message).remaining());
  }

  TcpConfig config() {
    return config;
  }

  Stream<Object> incoming() {
    return incoming;
  }

  @Override
  public void onConnected(TcpChannel connected) {
    channel = connected;
    activeNanos = connected.loop().nanos();
    connection = new TcpConnection(this, connected);
    incoming.onClosed(() -> onLoop(this::settle));
    if (begin == null) {
      owner.connected(connection);
    } else {
      begin.accept(connected);
    }
    arm();
  }

  /** On the loop: TLS stands. */
  void secured() {
    owner.connected(connection);
  }

  @Override
  public void onRead(TcpChannel from, byte[] bytes, int start, int end) {
    active();
    byte[] copy = Arrays.copyOfRange(bytes, start, end);
    Deferred<Boolean> put = incoming.put(config.rawMessages() ? ByteBuffer.wrap(copy).asReadOnlyBuffer() : copy);
    if (!put.isRealized()) {
      unplaced++;
      from.pauseReading();
      put.onRealized(taken -> onLoop(this::placed), error -> onLoop(this::placed));
    }
  }

  private void placed() {
    if (--unplaced == 0) {
      active();
      channel.resumeReading();
    }
  }

  @Override
  public void onReadEnd(TcpChannel from) {
    active();
    inputEnded = true;
    incoming.close();
    arm();
  }

  @Override
  public void onWritable(TcpChannel from) {
    active();
    connection.outgoing().writable();
  }

  @Override
  public void onClosed(TcpChannel from, @Nullable Throwable cause) {
    from.loop().cancel(this);
    incoming.close(cause);
    if (connection != null) {
      connection.outgoing().dead(cause);
      connection.ended();
    }
    owner.closed(connection, cause);
  }

  /** Does what the ends of both directions call for. */
  void settle() {
    if (!connection.outgoing().hasEnded()) {
      if (incoming.isClosed()) {
        // Nobody wants what still comes, but the FIN is worth seeing.
        channel.resumeReading();
      }
    } else if (incoming.isClosed()) {
      channel.closeWhenFlushed();
    } else {
      channel.finishWriting();
    }
    arm();
  }

  /** Runs something on the loop, at once if this is it. From any thread. */
  void onLoop(Runnable task) {
    if (channel.loop().isInside()) {
      task.run();
    } else {
      run(task);
    }
  }

  /** Runs something on the loop, after what was handed over before. False if the loop has ended. From any thread. */
  boolean run(Runnable task) {
    return channel.loop().offer(new LoopTask() {
      @Override
      public void run() {
        task.run();
      }
    });
  }

  /** Runs a callback where the user wants them. From any thread. */
  void call(Runnable callback) {
    Executor executor = config.executor();
    if (executor == null) {
      callback.run();
      return;
    }
    try {
      executor.execute(callback);
    } catch (RejectedExecutionException e) {
      LOG.log(Level.WARNING, "The executor of a TCP connection refused a callback, which runs on the loop instead", e);
      callback.run();
    }
  }

  // ---- time

  /** On the loop: bytes moved. */
  void active() {
    activeNanos = channel.loop().nanos();
  }

  /** How long nothing may happen in the present state; 0 for ever. */
  private long limitNanos() {
    if (connection.outgoing().hasEnded() && incoming.isClosed()) {
      return CLOSE_STALL_NANOS;
    }
    long idle = config.idleNanos();
    return inputEnded && (idle == 0 || config.halfClosedNanos() < idle) ? config.halfClosedNanos() : idle;
  }

  private void arm() {
    long limit = limitNanos();
    if (limit > 0 && !channel.isClosed()) {
      channel.loop().schedule(this, limit);
    }
  }

  @Override
  protected void onTimeout(long nowNanos) {
    long limit = limitNanos();
    if (limit == 0) {
      return;
    }
    // What waits is still being read, as long as the socket takes something now and then.
    long quiet = nowNanos - activeNanos;
    long idle = channel.pendingBytes() > 0 ? Math.min(quiet, channel.stalledNanos()) : quiet;
    if (idle < limit) {
      channel.loop().schedule(this, limit - idle);
      return;
    }
    TimeoutException cause = new TimeoutException("Nothing moved on the connection with " + channel.remoteAddress()
        + " for " + TimeUnit.NANOSECONDS.toMillis(limit) + " ms");
    if (channel.pendingBytes() > 0) {
      channel.reset(cause);
    } else {
      channel.close(cause);
    }
  }

  /** The channel, for messages. */
  @Override
  public String toString() {
    return String.valueOf(channel);
  }
}

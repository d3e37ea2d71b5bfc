package leat.server;

import java.util.concurrent.TimeUnit;
import leat.async.TimerWheel;
import leat.net.EventLoop;

/**
 * The time limits of one connection, checked by one timer that is set far ahead while the connection is idle, and comes
 * often only while something is under way. A request that is answered at once never touches the timer.
 *
 * <pre>
 *   IDLE ── nothing asked for longer than the keep-alive limit ──► close
 *   HEAD ── a head begun, but not whole in time ──► 408
 *   BODY ── fewer bytes than the least rate, after a grace ──► 408
 *   any  ── bytes wait to be written, and the socket takes none ──► close
 * </pre>
 */
abstract class ConnTimeouts extends TimerWheel.Timer {
  /** What a connection is waiting for. */
  enum Phase {
    IDLE,
    HEAD,
    BODY,
    /** For a handler of ours, or for room to write: no fault of the client's. */
    BUSY
  }

  private static final long LONGEST_INTERVAL = TimeUnit.SECONDS.toNanos(1);
  private static final long SHORTEST_INTERVAL = TimeUnit.MILLISECONDS.toNanos(20);

  private final ServerConfig config;
  private boolean watching;
  private long sinceNanos;
  private int receivedSince;

  ConnTimeouts(ServerConfig config) {
    this.config = config;
  }

  abstract EventLoop loop();

  abstract Phase phase();

  abstract long stalledNanos();

  abstract boolean isClosed();

  abstract void onIdleTimeout();

  abstract void onHeadTimeout();

  abstract void onBodyTooSlow();

  abstract void onWriteStall();

  /** A new phase begins now. */
  final void beginPhase() {
    sinceNanos = loop().nanos();
    receivedSince = 0;
  }

  /** Bytes of a body came. */
  final void received(int byteCount) {
    receivedSince = (int) Math.min(Integer.MAX_VALUE, (long) receivedSince + byteCount);
  }

  /** From the beginning of the connection. */
  final void startTimer() {
    beginPhase();
    loop().schedule(this, config.idleTimeoutNanos());
  }

  /** Something is under way that may last: look often from now on. */
  final void watch() {
    if (!watching) {
      watching = true;
      loop().schedule(this, interval());
    }
  }

  private long interval() {
    long shortest = Math.min(
        Math.min(config.headTimeoutNanos(), config.writeStallTimeoutNanos()),
        Math.min(config.bodyGraceNanos(), config.idleTimeoutNanos()));
    return Math.max(SHORTEST_INTERVAL, Math.min(LONGEST_INTERVAL, shortest / 4));
  }

  @Override
  protected final void onTimeout(long nowNanos) {
    Phase phase = phase();
    long elapsed = nowNanos - sinceNanos;
    long stalled = stalledNanos();
    if (stalled >= config.writeStallTimeoutNanos()) {
      onWriteStall();
    } else if (phase == Phase.IDLE && elapsed >= config.idleTimeoutNanos()) {
      onIdleTimeout();
    } else if (phase == Phase.HEAD && elapsed >= config.headTimeoutNanos()) {
      onHeadTimeout();
    } else if (phase == Phase.BODY && elapsed >= config.bodyGraceNanos() && isTooSlow(elapsed)) {
      onBodyTooSlow();
    } else if (phase == Phase.BUSY) {
      beginPhase();
    }
    if (!isClosed()) {
      watching = phase != Phase.IDLE || stalled > 0;
      loop().schedule(this, watching ? interval() : config.idleTimeoutNanos() - elapsed);
    }
  }

  /** Judges one window of the length of the grace, and begins the next one. */
  private boolean isTooSlow(long elapsedNanos) {
    double leastBytes = (double) config.minBodyBytesPerSecond() * elapsedNanos / TimeUnit.SECONDS.toNanos(1);
    boolean tooSlow = receivedSince < leastBytes;
    beginPhase();
    return tooSlow;
  }
}

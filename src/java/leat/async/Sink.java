package leat.async;

import leat.bytes.Nullable;

/**
 * The end of a sequence of values where they go in. Thread-safe.
 *
 * @param <T> the type of the values
 */
public interface Sink<T> extends Node {

  /**
   * Returns a deferred that is true once {@code value} has found its place, and false if the sink is closed. While it
   * is pending the other side is too slow: whoever heeds it puts nothing more till then. Listeners run on the thread
   * that makes room.
   *
   * @param value the value, which may be null
   * @return the deferred
   */
  Deferred<Boolean> put(@Nullable T value);

  /**
   * Returns a deferred that is true once {@code value} has found its place, if it does so in time, and false if the sink
   * is closed. After that the put is withdrawn, and the value never comes out.
   *
   * @param value        the value, which may be null
   * @param timeoutNanos how long to wait, in nanoseconds; with 0 or less there must be room already
   * @param ifTimeout    the value of the deferred if there was no room in time
   * @param scheduler    what measures the time
   * @return the deferred
   */
  default Deferred<Object> put(@Nullable T value, long timeoutNanos, @Nullable Object ifTimeout, Scheduler scheduler) {
    @SuppressWarnings({"unchecked", "rawtypes"})
    Deferred<Object> put = (Deferred) put(value);
    return Timeouts.limit(put, timeoutNanos, ifTimeout, scheduler);
  }

  /** Ends the sequence: nothing more goes in. A second call does nothing. */
  @Override
  void close();

  /**
   * Tells whether {@link #close()} has been called, from either end.
   *
   * @return true if it has
   */
  boolean isClosed();

  /**
   * Runs {@code listener} once the sequence is closed: on the thread that closes it, or at once if it is closed
   * already.
   *
   * @param listener what to run
   */
  void onClosed(Runnable listener);
}

package leat.async;

import leat.bytes.Nullable;

/**
 * The end of a sequence of values where they come out. Thread-safe.
 *
 * @param <T> the type of the values
 */
public interface Source<T> {

  /**
   * Returns a deferred with the next value: at once if there is one, else when it comes. Values are handed out in
   * order, each to one take. Listeners run on the thread that brings the value.
   *
   * @param ifDrained the value of the deferred if no value will come any more
   * @return the deferred
   */
  Deferred<T> take(@Nullable T ifDrained);

  /**
   * Tells whether no value will come any more: the source is closed and everything in it has been taken.
   *
   * @return true if it is drained
   */
  boolean isDrained();

  /** Ends the sequence: nothing more goes in. What is in it may still be taken. A second call does nothing. */
  void close();

  /**
   * Runs {@code listener} once the sequence is closed: on the thread that closes it, or at once if it is closed
   * already.
   *
   * @param listener what to run
   */
  void onClosed(Runnable listener);
}

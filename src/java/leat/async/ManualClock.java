package leat.async;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that goes on only when it is told to, for tests. Thread-safe.
 */
public final class ManualClock implements Clock {

  private final AtomicLong nanos;

  /** Makes a clock that stands at 0. */
  public ManualClock() {
    this(0);
  }

  /**
   * Makes a clock.
   *
   * @param startNanos where it stands
   */
  public ManualClock(long startNanos) {
    nanos = new AtomicLong(startNanos);
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  /**
   * Moves the clock on.
   *
   * @param byNanos by how many nanoseconds
   * @return the new time
   * @throws IllegalArgumentException if {@code byNanos} is negative: time does not go back
   */
  public long advance(long byNanos) {
    if (byNanos < 0) {
      throw new IllegalArgumentException("Expected byNanos >= 0, actual " + byNanos + ".");
    }
    return nanos.addAndGet(byNanos);
  }

  @Override
  public String toString() {
    return "ManualClock[" + nanos + " ns]";
  }
}

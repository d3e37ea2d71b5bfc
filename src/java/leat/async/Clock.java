package leat.async;

/**
 * Where the time comes from: a number of nanoseconds that grows. It says nothing about the time of day, and only the
 * difference of two readings has a meaning; like {@link System#nanoTime()} it may be negative and may overflow.
 */
@FunctionalInterface
public interface Clock {

  /** The clock of the JVM, {@link System#nanoTime()}. */
  Clock SYSTEM = System::nanoTime;

  /**
   * Returns the time now.
   *
   * @return nanoseconds since an arbitrary moment
   */
  long nanos();
}

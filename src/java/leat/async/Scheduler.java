package leat.async;

/**
 * Runs tasks later, once or again and again. Thread-safe.
 *
 * <p>{@link #system()} is the real one; {@link ManualScheduler} is for tests; {@link ExecutorScheduler} leaves the work
 * to a {@link java.util.concurrent.ScheduledExecutorService}.
 */
public interface Scheduler {

  /**
   * Runs {@code task} once, never early.
   *
   * @param delayNanos when, in nanoseconds from now; 0 or less means as soon as possible
   * @param task       what to run; what it throws is logged
   * @return what cancels it
   */
  ScheduledTask schedule(long delayNanos, Runnable task);

  /**
   * Runs {@code task} again and again at a fixed rate, never twice at once. A run that comes late makes up for it: the
   * runs that it held up follow at once. If the task throws, that is logged, and it does not run any more.
   *
   * @param initialDelayNanos when it runs first, in nanoseconds from now; 0 or less means as soon as possible
   * @param periodNanos       from the start of a run to that of the next, in nanoseconds
   * @param task              what to run
   * @return what cancels it
   * @throws IllegalArgumentException if {@code periodNanos} is not positive
   */
  ScheduledTask scheduleEvery(long initialDelayNanos, long periodNanos, Runnable task);

  /**
   * Returns the scheduler of the JVM. It keeps time by the millisecond on one daemon thread, {@code leat-timer}, which
   * runs no task: tasks run on threads of their own, and a slow one delays no other by more than a few milliseconds.
   *
   * @return the one system scheduler
   */
  static Scheduler system() {
    return SystemScheduler.INSTANCE;
  }
}

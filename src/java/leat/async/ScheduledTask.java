package leat.async;

/** A task that a {@link Scheduler} will run. Thread-safe. */
public interface ScheduledTask {

  /**
   * Keeps the task from running any more. A run that has begun goes on.
   *
   * @return true if this call kept it from running; false if it has run, or begun to, for the last time, or had been
   *     cancelled before
   */
  boolean cancel();
}

package leat.async;

/**
 * A scheduler and the clock that goes with it.
 *
 * @param scheduler what waits
 * @param clock     what tells the time
 */
public record Timing(Scheduler scheduler, Clock clock) {

  /** The time of the JVM. */
  public static final Timing SYSTEM = new Timing(Scheduler.system(), Clock.SYSTEM);

  /**
   * Returns the timing of a scheduler: its own clock, if it is one, or else that of the JVM.
   *
   * @param scheduler what waits
   * @return the timing
   */
  public static Timing of(Scheduler scheduler) {
    return new Timing(scheduler, scheduler instanceof Clock clock ? clock : Clock.SYSTEM);
  }

  long nanos() {
    return clock.nanos();
  }

  /** Returns what is true after a time. */
  Deferred<Boolean> after(long nanos) {
    Deferred<Boolean> due = new Deferred<>();
    scheduler.schedule(nanos, () -> due.success(true));
    return due;
  }
}

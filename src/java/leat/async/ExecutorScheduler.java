package leat.async;

import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A scheduler that leaves the work to a {@link ScheduledExecutorService}: tasks run on its threads. */
public final class ExecutorScheduler implements Scheduler {

  private final ScheduledExecutorService executor;

  /**
   * Makes a scheduler.
   *
   * @param executor what runs the tasks. Shutting it down is up to the caller
   */
  public ExecutorScheduler(ScheduledExecutorService executor) {
    this.executor = Objects.requireNonNull(executor, "executor");
  }

  @Override
  public ScheduledTask schedule(long delayNanos, Runnable task) {
    return cancelling(executor.schedule(logged("A scheduled task", task), delayNanos, TimeUnit.NANOSECONDS));
  }

  @Override
  public ScheduledTask scheduleEvery(long initialDelayNanos, long periodNanos, Runnable task) {
    // What is thrown makes the executor drop the task.
    return cancelling(executor.scheduleAtFixedRate(logged("A repeated task, which will not run any more,", task),
        Math.max(0, initialDelayNanos), periodNanos, TimeUnit.NANOSECONDS));
  }

  private static ScheduledTask cancelling(Future<?> future) {
    return () -> future.cancel(false);
  }

  private static Runnable logged(String name, Runnable task) {
    Objects.requireNonNull(task, "task");
    return () -> {
      try {
        task.run();
      } catch (Throwable thrown) {
        Log.thrown(name, thrown);
        throw thrown;
      }
    };
  }
}

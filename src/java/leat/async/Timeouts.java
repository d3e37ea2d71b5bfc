package leat.async;

import leat.bytes.Nullable;

/** Ties deferreds to scheduled tasks: nothing is left in the scheduler once the deferred is realized. */
public final class Timeouts {

  private Timeouts() {
  }

  /**
   * Cancels {@code task}, which is to realize {@code deferred}, once somebody else has done so, on the thread that did.
   * An error which comes in time to cancel the task was meant to, and counts as seen; any other has yet to be seen by
   * somebody.
   *
   * @param deferred what the task is to realize
   * @param task     the task
   */
  public static void cancelOnceRealized(Deferred<?> deferred, ScheduledTask task) {
    cancel(deferred, new Ending<>(task, true));
  }

  private static <T> void cancel(Deferred<?> deferred, Ending<T> ending) {
    @SuppressWarnings("unchecked") // The ending does not look at the value.
    Deferred<T> any = (Deferred<T>) deferred;
    any.await(ending);
  }

  /**
   * Realizes {@code deferred} itself with {@code ifTimeout} if nobody else has in time.
   *
   * @return {@code deferred}
   */
  static <T> Deferred<T> limit(Deferred<T> deferred, long timeoutNanos, @Nullable T ifTimeout, Scheduler scheduler) {
    if (deferred.isRealized()) {
      return deferred;
    }
    if (timeoutNanos <= 0) {
      deferred.success(ifTimeout);
      return deferred;
    }
    ScheduledTask task = scheduler.schedule(timeoutNanos, () -> deferred.success(ifTimeout));
    deferred.await(new Ending<>(task, false));
    return deferred;
  }

  /** Waits for a deferred only in order to cancel a task: nobody else must take that for an interest in the outcome. */
  private static final class Ending<T> extends Waiter<T> {

    private final ScheduledTask task;
    private final boolean meansIt;

    /** If who fails the deferred {@code meansIt}, an error that cancels the task is no news. */
    Ending(ScheduledTask task, boolean meansIt) {
      this.task = task;
      this.meansIt = meansIt;
    }

    @Override
    protected boolean isDirect() {
      return true;
    }

    @Override
    boolean isPassive() {
      return true;
    }

    @Override
    protected void onSuccess(@Nullable T value) {
      task.cancel();
    }

    @Override
    protected void onFailure(Failure failure) {
      if (task.cancel() && meansIt) {
        failure.look();
      } else {
        failure.watch();
      }
    }
  }
}

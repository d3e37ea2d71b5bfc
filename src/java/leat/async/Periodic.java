package leat.async;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import leat.bytes.Nullable;

/** Puts what a function returns into a stream at a fixed rate, while there is room. */
final class Periodic<T> {

  private final Supplier<? extends T> function;
  private final long periodNanos;
  private final Scheduler scheduler;
  private final Stream<T> stream;
  private volatile @Nullable Run current;

  /** A task may run before the scheduler has returned what cancels it. */
  private final class Run implements Runnable {
    private volatile @Nullable ScheduledTask task;
    private volatile boolean cancelled;

    void setTask(ScheduledTask scheduled) {
      task = scheduled;
      if (cancelled) {
        scheduled.cancel();
      }
    }

    void cancel() {
      cancelled = true;
      ScheduledTask scheduled = task;
      if (scheduled != null) {
        scheduled.cancel();
      }
    }

    @Override
    public void run() {
      if (cancelled) {
        return;
      }
      if (stream.isClosed()) {
        cancel();
        return;
      }
      try {
        follow(stream.put(function.get()));
      } catch (Throwable thrown) {
        cancel();
        Log.thrown("The callback of a periodic stream", thrown);
        stream.close(thrown);
      }
    }

    private void follow(Deferred<Boolean> put) {
      if (!put.isRealized()) {
        cancel();
        Notice.add(put, taken -> {
          if (Boolean.TRUE.equals(taken)) {
            start(untilNext(periodNanos));
          } else {
            stream.close();
          }
        }, stream::close);
      } else if (!Boolean.TRUE.equals(put.getNow())) {
        cancel();
        stream.close();
      }
    }
  }

  Periodic(Supplier<? extends T> function, long periodNanos, Scheduler scheduler, Stream<T> stream) {
    this.function = function;
    this.periodNanos = periodNanos;
    this.scheduler = scheduler;
    this.stream = stream;
  }

  void begin(long initialNanos) {
    stream.onClosed(this::cancel);
    start(initialNanos);
  }

  private void start(long initialNanos) {
    Run run = new Run();
    current = run;
    run.setTask(scheduler.scheduleEvery(initialNanos, periodNanos, run));
    if (stream.isClosed()) {
      run.cancel();
    }
  }

  private void cancel() {
    Run run = current;
    if (run != null) {
      run.cancel();
    }
  }

  /** Until the time of day is next a multiple of the period. */
  private static long untilNext(long periodNanos) {
    return periodNanos - TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) % periodNanos;
  }
}

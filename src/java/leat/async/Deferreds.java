package leat.async;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import leat.bytes.Nullable;

/** What is made of several deferreds, or of a deferred and time. */
public final class Deferreds {

  private Deferreds() {
  }

  // ---- all

  /** The target of an {@link #all}: counts those that are still missing. */
  private static final class Countdown extends AtomicInteger {
    private static final long serialVersionUID = 1L;
    private final transient Object[] values;
    private final transient Derived<Object[]> target;

    Countdown(Object[] values, Derived<Object[]> target) {
      // One more than there can be, until all waiters have been added.
      super(values.length + 1);
      this.values = values;
      this.target = target;
    }

    void down(int count) {
      if (addAndGet(-count) == 0) {
        target.success(values);
      }
    }
  }

  /** Waits for one value of several. */
  private static final class Part extends Waiter<Object> {
    private final Countdown countdown;
    private final int index;

    Part(Countdown countdown, int index) {
      this.countdown = countdown;
      this.index = index;
    }

    @Override
    protected Deferred<?> target() {
      return countdown.target;
    }

    @Override
    protected void onSuccess(@Nullable Object value) {
      if (value instanceof Deferred<?> nested) {
        countdown.target.waitForInstead(countdown.values, index, Deferreds.<Object>cast(nested), this);
        return;
      }
      countdown.values[index] = value;
      countdown.down(1);
    }

    @Override
    protected void onFailure(Failure failure) {
      countdown.target.fail(failure);
    }
  }

  /**
   * Returns a deferred with all values once all of {@code sources} have succeeded, or the first error as soon as one has
   * failed. A source whose value is a deferred again is waited for until there is a plain value.
   *
   * @param sources what to wait for; what is no {@link Deferred} is a value itself. The array becomes that of the result
   * @return a deferred with the values in the order of their sources
   */
  public static Deferred<Object[]> all(Object... sources) {
    int pending = 0;
    for (int i = 0; i < sources.length; i++) {
      Object value = unwrap(sources[i]);
      sources[i] = value;
      if (value instanceof Deferred<?> deferred) {
        Failure failure = deferred.failure();
        if (failure != null) {
          return Deferreds.<Object[]>cast(deferred);
        }
        pending++;
      }
    }
    return pending == 0 ? Deferred.succeeded(sources) : waitForAll(sources, pending);
  }

  private static Deferred<Object[]> waitForAll(Object[] sources, int pending) {
    Derived<Object[]> target = new Derived<>(CurrentExecutor.get());
    Countdown countdown = new Countdown(sources, target);
    target.waitsForAll(sources);
    for (int i = 0; i < sources.length; i++) {
      if (sources[i] instanceof Deferred<?> deferred) {
        Deferreds.<Object>cast(deferred).await(new Part(countdown, i));
      }
    }
    countdown.down(sources.length - pending + 1);
    return target;
  }

  /**
   * Looks through deferreds that have succeeded.
   *
   * @param value any value
   * @return the value itself if it is no deferred, else the innermost value, or the first deferred on the way to it that
   *     is pending or has failed
   */
  public static @Nullable Object unwrap(@Nullable Object value) {
    Object current = value;
    while (current instanceof Deferred<?> deferred) {
      Object inner = deferred.successOrSelf();
      if (inner == deferred) {
        return deferred;
      }
      current = inner;
    }
    return current;
  }

  // ---- any

  private static final class First<T> extends Waiter<T> {
    private final Derived<T> target;
    private final Object[] sources;
    private final int index;

    First(Derived<T> target, Object[] sources, int index) {
      this.target = target;
      this.sources = sources;
      this.index = index;
    }

    @Override
    protected Deferred<?> target() {
      return target;
    }

    @Override
    protected void onSuccess(@Nullable T value) {
      if (value instanceof Deferred<?> nested) {
        target.waitForInstead(sources, index, Deferreds.<T>cast(nested), this);
      } else {
        target.success(value);
      }
    }

    @Override
    protected void onFailure(Failure failure) {
      target.fail(failure);
    }
  }

  /**
   * Returns a deferred with the first outcome among {@code sources}, be it a value or an error. The others go on.
   *
   * @param sources what to wait for; of those that are realized already, the first counts
   * @param <T>     the type of their values
   * @return a deferred, never realized if there are no sources
   */
  @SafeVarargs
  @SuppressWarnings("varargs")
  public static <T> Deferred<T> any(Deferred<? extends T>... sources) {
    return any(new Derived<>(CurrentExecutor.get()), List.of(sources));
  }

  /**
   * Gives {@code target} the first outcome among {@code sources}, be it a value or an error. The others go on.
   *
   * @param target  a pending deferred
   * @param sources what to wait for; of those that are realized already, the first counts
   * @param <T>     the type of their values
   * @return {@code target}
   */
  public static <T> Deferred<T> any(Derived<T> target, List<? extends Deferred<? extends T>> sources) {
    Object[] all = sources.toArray();
    target.waitsForAll(all);
    int index = 0;
    for (Deferred<? extends T> source : sources) {
      if (target.isRealized()) {
        break;
      }
      Deferreds.<T>cast(source).await(new First<>(target, all, index++));
    }
    return target;
  }

  // ---- time

  /** Both the task that ends the waiting, and the waiter that takes the task back. */
  private static final class Timeout<T> extends Waiter<T> implements Runnable {

    private static final VarHandle TASK;

    static {
      try {
        TASK = MethodHandles.lookup().findVarHandle(Timeout.class, "task", Object.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private final @Nullable Object interval;
    private final @Nullable T value;
    /** The deferred, until there is an end to it. */
    private volatile @Nullable Deferred<T> deferred;
    /** Null, then the ScheduledTask. */
    private volatile @Nullable Object task;

    Timeout(Deferred<T> deferred, @Nullable Object interval, @Nullable T value) {
      this.deferred = deferred;
      this.interval = interval;
      this.value = value;
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
    public void run() {
      Deferred<T> current = deferred;
      if (current != null) {
        expire(current, interval, value);
      }
    }

    @Override
    protected void onSuccess(@Nullable T ignored) {
      end();
    }

    @Override
    protected void onFailure(Failure failure) {
      end();
      // To keep the time is not to see the error.
      failure.watch();
    }

    private void end() {
      deferred = null;
      if (TASK.getAndSet(this, this) instanceof ScheduledTask scheduled) {
        scheduled.cancel();
      }
    }

    void start(Scheduler scheduler, long delayNanos) {
      ScheduledTask scheduled = scheduler.schedule(delayNanos, this);
      if (!TASK.compareAndSet(this, null, scheduled)) {
        scheduled.cancel();
      }
    }
  }

  private static <T> void expire(Deferred<T> deferred, @Nullable Object interval, @Nullable T value) {
    Object sources = deferred instanceof Derived<T> derived ? derived.sources() : null;
    TimeoutException error = interval == null && sources == null ? null : new TimeoutException(
        "timed out" + (interval == null ? "" : " after " + interval + " milliseconds"));
    boolean decided = interval == null ? deferred.success(value) : deferred.error(error);
    if (decided && sources != null) {
      Derived.tell(sources, deferred, error);
    }
  }

  private static <T> void limit(
      Deferred<T> deferred, Scheduler scheduler, long nanos, @Nullable Object interval, @Nullable T value) {
    if (deferred.isRealized()) {
      return;
    }
    if (nanos <= 0) {
      expire(deferred, interval, value);
      return;
    }
    Timeout<T> timeout = new Timeout<>(deferred, interval, value);
    timeout.start(scheduler, nanos);
    deferred.await(timeout);
  }

  /**
   * Gives {@code deferred} a {@link TimeoutException} after some time, if it is pending then. If it is derived from
   * others, those that nobody else waits for are told, see {@link Deferred#onAbandoned}.
   *
   * @param deferred  what is not to take too long
   * @param scheduler who keeps the time
   * @param nanos     how long it may take; 0 or less means that its time is up
   * @param interval  how the message of the exception gives that time, in milliseconds
   */
  public static void failAfter(Deferred<?> deferred, Scheduler scheduler, long nanos, Object interval) {
    limit(deferred, scheduler, nanos, interval, null);
  }

  /**
   * Gives {@code deferred} a value after some time, if it is pending then. If it is derived from others, those that
   * nobody else waits for are told, see {@link Deferred#onAbandoned}.
   *
   * @param deferred  what is not to take too long
   * @param scheduler who keeps the time
   * @param nanos     how long it may take; 0 or less means that its time is up
   * @param value     the value after that
   * @param <T>       the type of the value
   */
  public static <T> void succeedAfter(Deferred<T> deferred, Scheduler scheduler, long nanos, @Nullable T value) {
    limit(deferred, scheduler, nanos, null, value);
  }

  @SuppressWarnings("unchecked")
  private static <T> Deferred<T> cast(Deferred<?> deferred) {
    return (Deferred<T>) deferred;
  }
}

package leat.async;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import leat.bytes.Nullable;

/**
 * The real scheduler: a wheel with a lock around it, a thread that turns it, and other threads that run what is due.
 *
 * <pre>
 *   any thread: schedule, cancel        leat-timer                      leat-timer-task-N
 *        |    lock, link, unlock            |
 *        +-------------------------&gt; TimerWheel ---- due ----&gt; queue of TimerThreads ----&gt; task.run()
 *        +--- signal, if it is sooner than all the others
 * </pre>
 *
 * <p>The lock is held for as long as it takes to link or unlink a timer, or to collect what is due. No task runs under
 * it, and none on {@code leat-timer}.
 */
final class SystemScheduler implements Scheduler {

  static final SystemScheduler INSTANCE = new SystemScheduler(Clock.SYSTEM);

  static final long TICK_NANOS = 1_000_000;
  private static final int SLOTS = 1024;
  /** Far enough: 73 years. Deadlines of a wheel must be less than twice this away. */
  private static final long MOST_NANOS = 1L << 61;

  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition sooner = lock.newCondition();

  // Guarded by the lock.
  private final TimerWheel wheel;
  private boolean started;
  /** When the timer thread will look again by itself. */
  private long wakeNanos;

  // Owned by the timer thread.
  private final ArrayDeque<Runnable> due = new ArrayDeque<>();
  private final TimerThreads threads = new TimerThreads();

  SystemScheduler(Clock clock) {
    this.clock = clock;
    wheel = new TimerWheel(TICK_NANOS, SLOTS, clock.nanos());
  }

  @Override
  public ScheduledTask schedule(long delayNanos, Runnable task) {
    Once once = new Once(this, Objects.requireNonNull(task, "task"));
    hang(once, clock.nanos() + inRange(delayNanos));
    return once;
  }

  @Override
  public ScheduledTask scheduleEvery(long initialDelayNanos, long periodNanos, Runnable task) {
    if (periodNanos <= 0) {
      throw new IllegalArgumentException("Expected periodNanos >= 1, actual " + periodNanos + ".");
    }
    Objects.requireNonNull(task, "task");
    long firstNanos = clock.nanos() + inRange(initialDelayNanos);
    Repeated repeated = new Repeated(this, inRange(periodNanos), firstNanos, task);
    hang(repeated, firstNanos);
    return repeated;
  }

  private static long inRange(long delayNanos) {
    return Math.min(Math.max(delayNanos, 0), MOST_NANOS);
  }

  private void hang(TimerWheel.Timer timer, long deadlineNanos) {
    lock.lock();
    try {
      wheel.schedule(timer, deadlineNanos);
      if (!started) {
        start();
      } else if (deadlineNanos - wakeNanos < 0) {
        // Until it has looked, nobody needs to signal again for what is not sooner still.
        wakeNanos = deadlineNanos;
        sooner.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void unhang(TimerWheel.Timer timer) {
    lock.lock();
    try {
      wheel.cancel(timer);
    } finally {
      lock.unlock();
    }
  }

  private void start() {
    Thread thread = new Thread(null, this::turnForEver, "leat-timer", 0, false);
    thread.setDaemon(true);
    thread.start();
    wakeNanos = clock.nanos();
    started = true;
  }

  private void turnForEver() {
    while (true) {
      try {
        turn();
      } catch (Throwable thrown) {
        // Such as no memory for another thread. What is still due is handed over in the next turn.
        Log.thrown("The timer thread", thrown);
      }
    }
  }

  private void turn() {
    boolean waiting = threads.relieve(clock.nanos());
    lock.lock();
    try {
      long now = clock.nanos();
      wheel.poll(now);
      if (due.isEmpty()) {
        long nanos = Math.min(wheel.nanosToNext(now), waiting ? TICK_NANOS : MOST_NANOS);
        wakeNanos = now + nanos;
        sooner.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      // Nobody may end this thread.
    } finally {
      lock.unlock();
    }
    Runnable task = due.peek();
    while (task != null) {
      threads.execute(task);
      due.remove();
      task = due.peek();
    }
  }

  /** A task that runs once. */
  private static final class Once extends TimerWheel.Timer implements ScheduledTask, Runnable {

    private static final VarHandle TASK;

    static {
      try {
        TASK = MethodHandles.lookup().findVarHandle(Once.class, "task", Runnable.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private final SystemScheduler scheduler;
    /** Whoever takes it away decides: the run, or the cancelling. */
    private volatile @Nullable Runnable task;

    Once(SystemScheduler scheduler, Runnable task) {
      this.scheduler = scheduler;
      this.task = task;
    }

    @Override
    protected void onTimeout(long nowNanos) {
      scheduler.due.add(this);
    }

    @Override
    public void run() {
      Runnable taken = (Runnable) TASK.getAndSet(this, null);
      if (taken != null) {
        try {
          taken.run();
        } catch (Throwable thrown) {
          Log.thrown("A scheduled task", thrown);
        }
      }
    }

    @Override
    public boolean cancel() {
      if (task == null || TASK.getAndSet(this, null) == null) {
        return false;
      }
      scheduler.unhang(this);
      return true;
    }
  }

  /** A task that runs again and again. */
  private static final class Repeated extends TimerWheel.Timer implements ScheduledTask, Runnable {

    private final SystemScheduler scheduler;
    private final long periodNanos;
    /** Null once it will not run any more. */
    private volatile @Nullable Runnable task;

    // Owned by the run: there is one at a time, and the queue orders one before the next.
    private long dueNanos;

    Repeated(SystemScheduler scheduler, long periodNanos, long firstNanos, Runnable task) {
      this.scheduler = scheduler;
      this.periodNanos = periodNanos;
      this.dueNanos = firstNanos;
      this.task = task;
    }

    @Override
    protected void onTimeout(long nowNanos) {
      scheduler.due.add(this);
    }

    @Override
    public void run() {
      do {
        Runnable current = task;
        if (current == null) {
          return;
        }
        try {
          current.run();
        } catch (Throwable thrown) {
          task = null;
          Log.thrown("A repeated task, which will not run any more,", thrown);
          return;
        }
        dueNanos += periodNanos;
      } while (scheduler.clock.nanos() - dueNanos >= 0);
      hangAgain();
    }

    private void hangAgain() {
      scheduler.lock.lock();
      try {
        // Under the lock, so that a cancelling comes before this or finds it hung.
        if (task != null) {
          scheduler.hang(this, dueNanos);
        }
      } finally {
        scheduler.lock.unlock();
      }
    }

    @Override
    public boolean cancel() {
      scheduler.lock.lock();
      try {
        boolean wasOn = task != null;
        task = null;
        scheduler.wheel.cancel(this);
        return wasOn;
      } finally {
        scheduler.lock.unlock();
      }
    }
  }
}

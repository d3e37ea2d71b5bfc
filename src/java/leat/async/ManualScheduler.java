package leat.async;

import java.util.Objects;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;
import leat.bytes.Nullable;

/**
 * A scheduler whose time goes on only when it is told to, for tests. Thread-safe.
 *
 * <p>Tasks run on the thread that calls {@link #advance}, each with the clock standing at its own time, in the order of
 * their times and, for the same time, in the order in which they were scheduled. A task that is due at once runs before
 * {@link #schedule} returns.
 */
public final class ManualScheduler implements Scheduler, Clock {

  /** The end of time. Nothing runs then. */
  private static final long NEVER = Long.MAX_VALUE;

  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private long nowNanos;
  private long count;

  /** Makes a scheduler that stands at 0. */
  public ManualScheduler() {
    this(0);
  }

  /**
   * Makes a scheduler.
   *
   * @param startNanos where it stands
   */
  public ManualScheduler(long startNanos) {
    nowNanos = startNanos;
  }

  @Override
  public long nanos() {
    lock.lock();
    try {
      return nowNanos;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns how many tasks wait for their time.
   *
   * @return the number of tasks that are scheduled
   */
  public int size() {
    lock.lock();
    try {
      return tasks.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Moves the time on, and runs on this thread what comes due on the way, including what such tasks schedule.
   *
   * @param byNanos by how many nanoseconds
   * @throws IllegalArgumentException if {@code byNanos} is negative: time does not go back
   */
  public void advance(long byNanos) {
    if (byNanos < 0) {
      throw new IllegalArgumentException("Expected byNanos >= 0, actual " + byNanos + ".");
    }
    runUntil(later(nanos(), byNanos));
  }

  @Override
  public ScheduledTask schedule(long delayNanos, Runnable task) {
    return add(new Task(0, task), delayNanos);
  }

  @Override
  public ScheduledTask scheduleEvery(long initialDelayNanos, long periodNanos, Runnable task) {
    if (periodNanos <= 0) {
      throw new IllegalArgumentException("Expected periodNanos >= 1, actual " + periodNanos + ".");
    }
    return add(new Task(periodNanos, task), initialDelayNanos);
  }

  private static long later(long nanos, long byNanos) {
    long sum = nanos + byNanos;
    return sum < nanos ? NEVER : sum;
  }

  private Task add(Task task, long delayNanos) {
    long now;
    lock.lock();
    try {
      now = nowNanos;
      task.put(later(now, Math.max(0, delayNanos)));
    } finally {
      lock.unlock();
    }
    if (delayNanos <= 0) {
      runUntil(now);
    }
    return task;
  }

  private void runUntil(long limitNanos) {
    Task task = next(limitNanos);
    while (task != null) {
      task.run();
      task = next(limitNanos);
    }
  }

  /** Takes the first task that is due by {@code limitNanos} and puts the clock to its time, or to the limit. */
  private @Nullable Task next(long limitNanos) {
    lock.lock();
    try {
      Task first = tasks.peek();
      boolean isDue = first != null && first.atNanos <= limitNanos && first.atNanos != NEVER;
      nowNanos = Math.max(nowNanos, isDue ? first.atNanos : limitNanos);
      return isDue ? tasks.poll() : null;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return "ManualScheduler[" + nanos() + " ns, " + size() + " tasks]";
  }

  private final class Task implements ScheduledTask, Comparable<Task> {

    private final long periodNanos;
    private final Runnable task;

    // Guarded by the lock.
    private long atNanos;
    private long number;
    private boolean over;

    /** A period of 0 means once. */
    Task(long periodNanos, Runnable task) {
      this.periodNanos = periodNanos;
      this.task = Objects.requireNonNull(task, "task");
    }

    private void put(long newAtNanos) {
      atNanos = newAtNanos;
      number = count++;
      tasks.add(this);
    }

    private void run() {
      if (periodNanos == 0 && !cancel()) {
        return;
      }
      try {
        task.run();
      } catch (Throwable thrown) {
        cancel();
        Log.thrown(periodNanos == 0 ? "A scheduled task" : "A repeated task, which will not run any more,", thrown);
      }
      again();
    }

    private void again() {
      lock.lock();
      try {
        if (!over) {
          put(later(atNanos, periodNanos));
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public boolean cancel() {
      lock.lock();
      try {
        boolean wasOn = !over;
        over = true;
        tasks.remove(this);
        return wasOn;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public int compareTo(Task other) {
      return atNanos == other.atNanos ? Long.compare(number, other.number) : Long.compare(atNanos, other.atNanos);
    }
  }
}

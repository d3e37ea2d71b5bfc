package leat.async;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import leat.bytes.Nullable;

/**
 * The threads that run what is due. Few of them serve a burst of quick tasks; when nobody has taken the first task of
 * the queue for a whole tick, because all threads are held up by slow tasks, there are twice as many from then on, until
 * they have been idle for a while. The queue holds no more than the timers that exist.
 *
 * <p>Owned by the timer thread, but for the tasks.
 */
final class TimerThreads {

  private static final int FEWEST = 2;
  /** Tasks that never end must not take all memory: with this many of them, others wait. */
  private static final int MOST = 1024;
  private static final long IDLE_SECONDS = 10;

  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final ThreadPoolExecutor pool;
  /** What was first in the queue at {@link #firstNanos}. */
  private @Nullable Runnable first;
  private long firstNanos;
  private boolean warned;

  TimerThreads() {
    AtomicInteger count = new AtomicInteger();
    pool = new ThreadPoolExecutor(FEWEST, MOST, IDLE_SECONDS, TimeUnit.SECONDS, queue, task -> {
      Thread thread = new Thread(null, task, "leat-timer-task-" + count.incrementAndGet(), 0, false);
      thread.setDaemon(true);
      return thread;
    });
    pool.allowCoreThreadTimeOut(true);
  }

  void execute(Runnable task) {
    pool.execute(task);
  }

  /**
   * Adds threads if the queue stands still. To be called at each tick while something waits.
   *
   * @param nowNanos the time now
   * @return whether something waits
   */
  boolean relieve(long nowNanos) {
    Runnable head = queue.peek();
    if (head == null) {
      if (first != null) {
        first = null;
        pool.setCorePoolSize(FEWEST);
      }
      return false;
    }
    if (head != first) {
      first = head;
      firstNanos = nowNanos;
    } else if (nowNanos - firstNanos >= SystemScheduler.TICK_NANOS) {
      firstNanos = nowNanos;
      grow();
    }
    return true;
  }

  private void grow() {
    int size = pool.getPoolSize();
    if (size < MOST) {
      int wanted = Math.min(MOST, Math.max(2 * size, FEWEST));
      if (wanted > pool.getCorePoolSize()) {
        // This starts as many threads as there are tasks for.
        pool.setCorePoolSize(wanted);
      } else {
        pool.prestartCoreThread();
      }
    } else if (!warned) {
      warned = true;
      System.getLogger("leat.async").log(System.Logger.Level.WARNING, MOST
          + " scheduled tasks run at once and do not end: others have to wait for them.");
    }
  }
}

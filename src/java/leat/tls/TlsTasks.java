package leat.tls;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs the long tasks of TLS handshakes, such as signatures, on daemon threads: one for each processor at most, which end
 * when they have nothing to do. A connection has one task at a time, so that no more wait than there are connections.
 */
public final class TlsTasks {
  private static final int IDLE_SECONDS = 10;

  private TlsTasks() {}

  /** Made when it is first needed. */
  private static final class Pool {
    static final ThreadPoolExecutor INSTANCE = make();

    private static ThreadPoolExecutor make() {
      AtomicInteger count = new AtomicInteger();
      int threads = Runtime.getRuntime().availableProcessors();
      ThreadPoolExecutor pool = new ThreadPoolExecutor(
          threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "leat-tls-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
          });
      pool.allowCoreThreadTimeOut(true);
      return pool;
    }
  }

  /**
   * Runs a task. Safe from any thread.
   *
   * @param task what to run; it does not throw
   */
  public static void run(Runnable task) {
    Pool.INSTANCE.execute(task);
  }
}

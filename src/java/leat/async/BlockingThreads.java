package leat.async;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads for what may block: as many as there are blocked, kept for a while. */
final class BlockingThreads {

  private static final class Pool {
    static final ThreadPoolExecutor INSTANCE = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS,
        new SynchronousQueue<>(), WaitThreads.factory("leat-stream-wait-"));
  }

  private BlockingThreads() {
  }

  static void execute(Runnable task) {
    Pool.INSTANCE.execute(task);
  }
}

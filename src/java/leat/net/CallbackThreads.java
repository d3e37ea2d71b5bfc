package leat.net;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import leat.bytes.Nullable;

/** Where handlers and listeners of users run if they say nothing else: they may block there. */
public final class CallbackThreads {
  /** So many handlers may block at a time where there are no virtual threads. */
  private static final int MOST_THREADS = 512;

  private static final @Nullable MethodHandle START = findStart();

  private CallbackThreads() {}

  /** A thread that is idle goes before a new one, and a new one before waiting. */
  private static final class IdleFirst extends LinkedTransferQueue<Runnable> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean offer(Runnable task) {
      return tryTransfer(task);
    }
  }

  private static final class Pool {
    private static final AtomicInteger COUNT = new AtomicInteger();
    static final ThreadPoolExecutor INSTANCE = new ThreadPoolExecutor(0, MOST_THREADS, 10, TimeUnit.SECONDS,
        new IdleFirst(), Pool::daemon, (task, pool) -> ((IdleFirst) pool.getQueue()).put(task));

    private static Thread daemon(Runnable task) {
      Thread thread = new Thread(task, "leat-callback-" + COUNT.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    }
  }

  /**
   * The executor: a virtual thread for each task, or before JDK 21 a pool of at most 512 daemon threads.
   *
   * @return an executor that nobody needs to close
   */
  public static Executor standard() {
    return START == null ? Pool.INSTANCE : CallbackThreads::startVirtual;
  }

  private static void startVirtual(Runnable task) {
    try {
      Thread ignored = (Thread) START.invokeExact(task);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static @Nullable MethodHandle findStart() {
    try {
      return MethodHandles.publicLookup()
          .findStatic(Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class));
    } catch (NoSuchMethodException | IllegalAccessException beforeJdk21) {
      return null;
    }
  }
}

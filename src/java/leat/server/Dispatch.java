package leat.server;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import leat.bytes.Nullable;

/**
 * Decides on which thread a handler runs, and on which the blocking bodies of responses are pumped.
 *
 * <p>By default that is a virtual thread for each request where the JDK has them (21 and later), else a bounded pool of
 * daemon threads, sized to the machine. Handlers may also run on the loop; blocking bodies never do.
 */
final class Dispatch {
  private static final @Nullable MethodHandle START_VIRTUAL_THREAD = startVirtualThread();
  private static final int THREADS_PER_PROCESSOR = 16;
  private static final int LEAST_THREADS = 32;
  private static final int QUEUE = 1024;

  private final Handler handler;
  private final boolean onLoop;
  private final boolean awaitsWholeBodies;
  private final Executor executor;
  private final @Nullable ThreadPoolExecutor ownPool;

  Dispatch(ServerConfig config) {
    this.handler = config.handler();
    this.onLoop = config.onLoop();
    this.awaitsWholeBodies = config.onLoop() && !config.rawBodies();
    if (config.executor() != null) {
      this.ownPool = null;
      this.executor = config.executor();
    } else if (START_VIRTUAL_THREAD != null) {
      this.ownPool = null;
      this.executor = Dispatch::startVirtually;
    } else {
      this.ownPool = pool();
      this.executor = ownPool;
    }
  }

  /** Whether handlers could not wait for more of a body, so that they run when it is whole. */
  boolean awaitsWholeBodies() {
    return awaitsWholeBodies;
  }

  /**
   * Runs the handler for an exchange. Loop only.
   *
   * @throws RejectedExecutionException if the executor is full
   */
  void dispatch(Exchange exchange) {
    if (onLoop) {
      exchange.runHandler(handler);
    } else {
      executor.execute(() -> exchange.runHandler(handler));
      exchange.conn.loop().awaitSoon();
    }
  }

  /** A step of a handler that may fail as handlers do. */
  interface Step {
    void run() throws Exception;
  }

  /** Goes on with an exchange whose handler had to wait, where handlers run; any thread. */
  void resume(Exchange exchange, Step step) {
    Runnable guarded = () -> {
      try {
        step.run();
      } catch (Throwable t) {
        exchange.fail(t);
      }
    };
    try {
      (onLoop ? exchange.conn.loop() : executor).execute(guarded);
    } catch (RejectedExecutionException e) {
      exchange.respond(exchange.conn.rejectedResponse(exchange));
    }
  }

  /**
   * Runs something that blocks.
   *
   * @throws RejectedExecutionException if the executor is full
   */
  void executeBlocking(Runnable task) {
    executor.execute(task);
  }

  void close() {
    if (ownPool != null) {
      ownPool.shutdown();
    }
  }

  private static void startVirtually(Runnable task) {
    try {
      Thread ignored = (Thread) START_VIRTUAL_THREAD.invokeExact(task);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static @Nullable MethodHandle startVirtualThread() {
    try {
      return MethodHandles.publicLookup()
          .findStatic(Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class));
    } catch (NoSuchMethodException | IllegalAccessException beforeJdk21) {
      return null;
    }
  }

  private static ThreadPoolExecutor pool() {
    int threads = Math.max(LEAST_THREADS, THREADS_PER_PROCESSOR * Runtime.getRuntime().availableProcessors());
    AtomicInteger count = new AtomicInteger();
    ThreadPoolExecutor pool = new ThreadPoolExecutor(
        threads,
        threads,
        10,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(QUEUE),
        task -> {
          Thread thread = new Thread(task, "leat-handler-" + count.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}

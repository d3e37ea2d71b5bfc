package leat.server;

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
  private static final int THREADS_PER_PROCESSOR = 16;
  private static final int LEAST_THREADS = 32;
  private static final int QUEUE = 1024;

  /** Where handlers run. */
  private enum Where {
    ON_LOOP,
    ON_VIRTUAL_THREADS,
    ON_EXECUTOR
  }

  private final Handler handler;
  private final Where where;
  private final boolean awaitsWholeBodies;
  private final Executor executor;
  private final @Nullable ThreadPoolExecutor ownPool;

  Dispatch(ServerConfig config) {
    this.handler = config.handler();
    this.awaitsWholeBodies = config.onLoop() && !config.rawBodies();
    boolean virtual = config.executor() == null && VirtualThreads.exist();
    this.where = config.onLoop() ? Where.ON_LOOP : virtual ? Where.ON_VIRTUAL_THREADS : Where.ON_EXECUTOR;
    this.ownPool = config.executor() == null && !virtual ? pool() : null;
    this.executor = config.executor() != null ? config.executor() : virtual ? VirtualThreads::start : ownPool;
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
    switch (where) {
      case ON_LOOP -> exchange.runHandler(handler);
      case ON_VIRTUAL_THREADS -> exchange.conn.context().virtualThreads.handle(exchange);
      default -> {
        executor.execute(() -> exchange.runHandler(handler));
        exchange.conn.loop().awaitSoon();
      }
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
      (where == Where.ON_LOOP ? exchange.conn.loop() : executor).execute(guarded);
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

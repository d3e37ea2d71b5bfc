package leat.async;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import leat.async.ExecutorStats.Metric;
import leat.bytes.Nullable;

/**
 * An executor that knows what it is doing: how long tasks wait and run, how fast they come, how busy its threads are.
 * It measures only while somebody listens, or a {@link Controller} decides how many threads there are.
 *
 * <p>A task goes to a thread that is idle; else into the queue; else to a new thread, if the controller allows one; else
 * it is refused with a {@link RejectedExecutionException}. Below the number of core threads a task starts a new thread
 * first of all. Threads above that number end after 10 s without a task. What a task throws is
 * logged and does its thread no harm.
 */
public final class InstrumentedExecutor extends AbstractExecutorService {

  /** Decides how many threads there are. */
  public interface Controller {

    /**
     * Tells whether there may be another thread. Called by the thread that brings a task.
     *
     * @param threadCount how many threads there are
     * @return true for one more
     */
    boolean shouldIncrement(int threadCount);

    /**
     * Tells how many threads to add or to let go. Called once in each control period, on a thread of the scheduler.
     *
     * @param stats what was measured in this period
     * @return how many more (which {@link #shouldIncrement} may still forbid), or how many fewer if negative
     */
    int adjustment(ExecutorStats stats);
  }

  /** How to make an executor. Not thread-safe. */
  public static final class Builder {
    private @Nullable ThreadFactory threadFactory;
    private @Nullable Controller controller;
    private EnumSet<Metric> metrics = EnumSet.allOf(Metric.class);
    private int queueLength;
    private int coreThreads = 1;
    private int maxThreads = Integer.MAX_VALUE;
    private long sampleMs = 25;
    private long controlMs = 10_000;
    private long idleMs = 10_000;

    Builder() {
    }

    /**
     * Sets what makes the threads. By default they are daemons called {@code leat-pool-N}.
     *
     * @param factory what makes the threads
     * @return this
     */
    public Builder threadFactory(ThreadFactory factory) {
      threadFactory = Objects.requireNonNull(factory, "factory");
      return this;
    }

    /**
     * Sets who decides how many threads there are. By default there may be {@link #maxThreads}.
     *
     * @param newController the controller
     * @return this
     */
    public Builder controller(Controller newController) {
      controller = Objects.requireNonNull(newController, "newController");
      return this;
    }

    /**
     * Sets what is measured; everything by default.
     *
     * @param newMetrics the metrics
     * @return this
     */
    public Builder metrics(Collection<Metric> newMetrics) {
      metrics = EnumSet.noneOf(Metric.class);
      metrics.addAll(newMetrics);
      return this;
    }

    /**
     * Sets how many tasks may wait; 0 by default, which means that a task waits for nobody.
     *
     * @param taskCount the number of tasks
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Builder queueLength(int taskCount) {
      queueLength = atLeast(0, "queueLength", taskCount);
      return this;
    }

    /**
     * Sets how many threads stay even if they are idle; 1 by default.
     *
     * @param threadCount the number of threads
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Builder coreThreads(int threadCount) {
      coreThreads = atLeast(0, "coreThreads", threadCount);
      return this;
    }

    /**
     * Sets how many threads there may be. Without limit by default.
     *
     * @param threadCount the number of threads
     * @return this
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder maxThreads(int threadCount) {
      maxThreads = atLeast(1, "maxThreads", threadCount);
      return this;
    }

    /**
     * Sets how often to look at the queue and the threads; every 25 ms by default.
     *
     * @param periodMs the time between two samples in milliseconds
     * @return this
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder samplePeriodMs(long periodMs) {
      sampleMs = atLeast(1, "samplePeriodMs", Math.toIntExact(periodMs));
      return this;
    }

    /**
     * Sets how often to sum up; every 10,000 ms by default.
     *
     * @param periodMs the length of a control period in milliseconds
     * @return this
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder controlPeriodMs(long periodMs) {
      controlMs = atLeast(1, "controlPeriodMs", Math.toIntExact(periodMs));
      return this;
    }

    /** Sets after what time without a task a thread ends that is not of the core. For tests. */
    Builder idleMs(long newIdleMs) {
      idleMs = newIdleMs;
      return this;
    }

    /**
     * Makes the executor.
     *
     * @return a new executor, which somebody has to shut down
     */
    public InstrumentedExecutor build() {
      return new InstrumentedExecutor(this);
    }

    private static int atLeast(int least, String name, int value) {
      if (value < least) {
        throw new IllegalArgumentException("Expected " + name + " >= " + least + ", actual " + value + ".");
      }
      return value;
    }
  }

  private static final AtomicInteger EXECUTORS = new AtomicInteger();

  private final ThreadPoolExecutor pool;
  private final ThreadFactory threadFactory;
  private final @Nullable Controller controller;
  private final EnumSet<Metric> metrics;
  private final long sampleNanos;
  private final long controlNanos;
  private final int queueLimit;

  /** Counted before a thread starts and after it ends, so that a controller never allows one too many. */
  private final AtomicInteger threads = new AtomicInteger();
  private final Map<Thread, ExecutorSampler.Meter> meters = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<Consumer<? super ExecutorStats>> listeners = new CopyOnWriteArrayList<>();

  private final ReentrantLock samplerLock = new ReentrantLock();
  /** Null while nobody wants to know. Written under the lock. */
  private volatile @Nullable ExecutorSampler sampler;
  private @Nullable ScheduledTask sampling;

  private InstrumentedExecutor(Builder builder) {
    controller = builder.controller;
    metrics = builder.metrics;
    sampleNanos = TimeUnit.MILLISECONDS.toNanos(builder.sampleMs);
    controlNanos = TimeUnit.MILLISECONDS.toNanos(builder.controlMs);
    queueLimit = builder.queueLength;
    threadFactory = builder.threadFactory != null ? builder.threadFactory : daemons();
    int core = Math.min(builder.coreThreads, builder.maxThreads);
    pool = new ThreadPoolExecutor(core, builder.maxThreads, builder.idleMs, TimeUnit.MILLISECONDS, queue(queueLimit),
        this::newThread, (task, from) -> refuse());
    adjustSampling();
  }

  /**
   * Returns how to make an executor.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  private static BlockingQueue<Runnable> queue(int limit) {
    return limit == 0 ? new SynchronousQueue<>()
        : limit <= 1024 ? new ArrayBlockingQueue<>(limit) : new LinkedBlockingQueue<>(limit);
  }

  private static ThreadFactory daemons() {
    int number = EXECUTORS.incrementAndGet();
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(null, task, "leat-pool-" + number + "-" + count.incrementAndGet(), 0, false);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Returns null if the controller allows none, which makes the pool refuse the task. */
  private @Nullable Thread newThread(Runnable worker) {
    int count;
    do {
      count = threads.get();
      if (controller != null && !controller.shouldIncrement(count)) {
        return null;
      }
    } while (!threads.compareAndSet(count, count + 1));
    Thread thread = null;
    try {
      thread = threadFactory.newThread(() -> {
        meters.put(Thread.currentThread(), new ExecutorSampler.Meter());
        try {
          worker.run();
        } finally {
          meters.remove(Thread.currentThread());
          threads.decrementAndGet();
        }
      });
    } finally {
      if (thread == null) {
        threads.decrementAndGet();
      }
    }
    return thread;
  }

  private void refuse() {
    ExecutorSampler current = sampler;
    if (current != null) {
      current.rejections.increment();
    }
    throw new RejectedExecutionException(pool.isShutdown() ? "The executor has been shut down."
        : "All " + threadCount() + " threads of the executor are busy, there may be no more, and its queue of "
            + queueLimit + " is full.");
  }

  // ---- running tasks

  @Override
  public void execute(Runnable task) {
    Objects.requireNonNull(task, "task");
    ExecutorSampler current = sampler;
    if (current != null) {
      current.arrivals.increment();
    }
    pool.execute(new Task(task, current));
  }

  /** A task with the time at which it came. */
  private final class Task implements Runnable {
    private final Runnable task;
    private final @Nullable ExecutorSampler measuring;
    private final long cameNanos;

    Task(Runnable task, @Nullable ExecutorSampler measuring) {
      this.task = task;
      this.measuring = measuring;
      cameNanos = measuring == null ? 0 : System.nanoTime();
    }

    @Override
    public void run() {
      if (measuring != null) {
        runMeasured(measuring);
      } else {
        runLogged();
      }
    }

    private void runMeasured(ExecutorSampler into) {
      ExecutorSampler.Meter meter = meters.get(Thread.currentThread());
      long began = System.nanoTime();
      into.add(Metric.QUEUE_LATENCY, began - cameNanos);
      meter.begin(began);
      runLogged();
      long ended = System.nanoTime();
      meter.end(ended);
      into.add(Metric.TASK_LATENCY, ended - cameNanos);
      into.completions.increment();
    }

    private void runLogged() {
      try {
        task.run();
      } catch (Throwable thrown) {
        // What shutdownNow interrupts is meant to end so.
        if (!(thrown instanceof InterruptedException && pool.isShutdown())) {
          Log.thrown("A task of an executor", thrown);
        }
      }
    }
  }

  // ---- measuring

  /**
   * Calls {@code listener} with the stats of each control period, on a thread of the scheduler.
   *
   * @param listener whom to call
   */
  public void addStatsListener(Consumer<? super ExecutorStats> listener) {
    listeners.add(Objects.requireNonNull(listener, "listener"));
    adjustSampling();
  }

  /**
   * Does not call {@code listener} any more.
   *
   * @param listener what was given to {@link #addStatsListener}
   */
  public void removeStatsListener(Consumer<? super ExecutorStats> listener) {
    listeners.remove(listener);
    adjustSampling();
  }

  private void adjustSampling() {
    samplerLock.lock();
    try {
      boolean wanted = !pool.isShutdown() && (controller != null || !listeners.isEmpty());
      if (wanted && sampler == null) {
        ExecutorSampler fresh = new ExecutorSampler(this, metrics, sampleNanos, controlNanos);
        sampling = Scheduler.system().scheduleEvery(sampleNanos, sampleNanos, fresh);
        sampler = fresh;
      } else if (!wanted && sampler != null) {
        sampling.cancel();
        sampling = null;
        sampler = null;
      }
    } finally {
      samplerLock.unlock();
    }
  }

  /**
   * Returns what was measured since the current control period began.
   *
   * @return the stats so far; without metrics while nobody listens and there is no controller
   */
  public ExecutorStats stats() {
    ExecutorSampler current = sampler;
    return current == null ? new ExecutorStats(threadCount(), Map.of()) : current.stats();
  }

  /**
   * Returns how many threads there are.
   *
   * @return the number of threads, busy or idle
   */
  public int threadCount() {
    return threads.get();
  }

  /**
   * Returns how many tasks wait.
   *
   * @return the number of tasks in the queue
   */
  public int queueLength() {
    return pool.getQueue().size();
  }

  Collection<ExecutorSampler.Meter> meters() {
    return meters.values();
  }

  /** The end of a control period: lets the controller decide and tells the listeners. */
  void report(ExecutorStats stats) {
    if (controller != null) {
      adjust(controller.adjustment(stats));
    }
    for (Consumer<? super ExecutorStats> listener : listeners) {
      try {
        listener.accept(stats);
      } catch (Throwable thrown) {
        Log.thrown("A listener to the stats of an executor", thrown);
      }
    }
  }

  private void adjust(int difference) {
    if (difference != 0) {
      pool.setCorePoolSize(Math.max(1, Math.min(threadCount() + difference, pool.getMaximumPoolSize())));
      for (int i = 0; i < difference && pool.prestartCoreThread(); i++) {
        // Each turn has started one.
      }
    }
  }

  // ---- ending

  @Override
  public void shutdown() {
    pool.shutdown();
    adjustSampling();
  }

  @Override
  public List<Runnable> shutdownNow() {
    List<Runnable> tasks = new ArrayList<>();
    pool.shutdownNow().forEach(waiting -> tasks.add(((Task) waiting).task));
    adjustSampling();
    return tasks;
  }

  @Override
  public boolean isShutdown() {
    return pool.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return pool.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return pool.awaitTermination(timeout, unit);
  }

  @Override
  public String toString() {
    return "InstrumentedExecutor[" + threadCount() + " threads, " + queueLength() + " waiting]";
  }
}

package leat.async;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import leat.async.ExecutorStats.Metric;

/**
 * Measures an {@link InstrumentedExecutor}: counts what goes in and out, looks at the queue and the threads at each
 * sample, and sums up at the end of each control period.
 */
final class ExecutorSampler implements Runnable {

  /** How long one thread has been busy. Written by that thread, read by the sampler. */
  static final class Meter {
    private final AtomicLong busyNanos = new AtomicLong();
    /** When the task that runs now began; 0 while there is none. */
    private volatile long beganNanos;

    // Owned by the sampler.
    private long seenNanos;

    void begin(long nowNanos) {
      beganNanos = nowNanos == 0 ? 1 : nowNanos;
    }

    void end(long nowNanos) {
      busyNanos.addAndGet(nowNanos - beganNanos);
      beganNanos = 0;
    }

    /** Returns how long it was busy since the last call. Reading while a task ends can be wrong by that task. */
    private long busySinceLast(long nowNanos) {
      long began = beganNanos;
      long total = busyNanos.get() + (began == 0 ? 0 : nowNanos - began);
      long busy = Math.max(0, total - seenNanos);
      seenNanos = Math.max(seenNanos, total);
      return busy;
    }
  }

  private final InstrumentedExecutor executor;
  private final EnumSet<Metric> metrics;
  private final long samplesPerPeriod;
  private final long sampleNanos;

  final LongAdder arrivals = new LongAdder();
  final LongAdder completions = new LongAdder();
  final LongAdder rejections = new LongAdder();
  private volatile Map<Metric, Reservoir> reservoirs;

  // Owned by the run: there is one at a time.
  private final Map<Metric, Long> countsSeen = new EnumMap<>(Metric.class);
  private long lastNanos = System.nanoTime();
  private long samples;

  ExecutorSampler(InstrumentedExecutor executor, EnumSet<Metric> metrics, long sampleNanos, long controlNanos) {
    this.executor = executor;
    this.metrics = metrics;
    this.sampleNanos = sampleNanos;
    samplesPerPeriod = Math.max(1, controlNanos / sampleNanos);
    reservoirs = empty();
  }

  private Map<Metric, Reservoir> empty() {
    Map<Metric, Reservoir> fresh = new EnumMap<>(Metric.class);
    metrics.forEach(metric -> fresh.put(metric, new Reservoir()));
    return fresh;
  }

  void add(Metric metric, long value) {
    Reservoir reservoir = reservoirs.get(metric);
    if (reservoir != null) {
      reservoir.add(value);
    }
  }

  ExecutorStats stats() {
    return new ExecutorStats(executor.threadCount(), reservoirs);
  }

  @Override
  public void run() {
    long now = System.nanoTime();
    long elapsed = now - lastNanos;
    // A run that makes up for a late one has nothing to look at.
    if (elapsed >= sampleNanos / 2) {
      lastNanos = now;
      sample(now, elapsed);
    }
    if (++samples % samplesPerPeriod == 0) {
      ExecutorStats stats = stats();
      reservoirs = empty();
      executor.report(stats);
    }
  }

  private void sample(long now, long elapsed) {
    add(Metric.QUEUE_LENGTH, executor.queueLength());
    addRate(Metric.TASK_ARRIVAL_RATE, arrivals, elapsed);
    addRate(Metric.TASK_COMPLETION_RATE, completions, elapsed);
    addRate(Metric.TASK_REJECTION_RATE, rejections, elapsed);
    for (Meter meter : executor.meters()) {
      add(Metric.UTILIZATION, (long) (Math.min(1.0, (double) meter.busySinceLast(now) / elapsed) / Metric.UTILIZATION.unit));
    }
  }

  private void addRate(Metric metric, LongAdder counter, long elapsed) {
    long count = counter.sum();
    Long before = countsSeen.put(metric, count);
    add(metric, (long) ((count - (before == null ? 0 : before)) * 1e9 / elapsed / metric.unit));
  }
}

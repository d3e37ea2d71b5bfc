package leat.async;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/** What an {@link InstrumentedExecutor} has been doing over one control period. Immutable. */
public final class ExecutorStats {

  /** What can be measured. */
  public enum Metric {
    /** The number of tasks in the queue, at each sample. */
    QUEUE_LENGTH(1),
    /** How long a task waited before it began, in nanoseconds. */
    QUEUE_LATENCY(1),
    /** How long a task waited and ran, in nanoseconds. */
    TASK_LATENCY(1),
    /** Tasks given to the executor per second, between two samples. */
    TASK_ARRIVAL_RATE(1e-3),
    /** Tasks that ended per second, between two samples. */
    TASK_COMPLETION_RATE(1e-3),
    /** Tasks that were refused per second, between two samples. */
    TASK_REJECTION_RATE(1e-3),
    /** The part of the time, from 0 to 1, for which a thread was busy, of each thread between two samples. */
    UTILIZATION(1e-6);

    /** The value of 1 in a reservoir, which holds whole numbers. */
    final double unit;

    Metric(double unit) {
      this.unit = unit;
    }
  }

  private final int threadCount;
  private final Map<Metric, long[]> sorted;

  ExecutorStats(int threadCount, Map<Metric, Reservoir> reservoirs) {
    this.threadCount = threadCount;
    sorted = new EnumMap<>(Metric.class);
    reservoirs.forEach((metric, reservoir) -> sorted.put(metric, reservoir.sorted()));
  }

  /**
   * Returns how many threads the executor had at the end of the period.
   *
   * @return the number of threads
   */
  public int threadCount() {
    return threadCount;
  }

  /**
   * Returns what was measured.
   *
   * @return the metrics
   */
  public Set<Metric> metrics() {
    return Collections.unmodifiableSet(sorted.keySet());
  }

  /**
   * Returns a quantile of what was measured, between two samples by linear interpolation.
   *
   * @param metric   of what
   * @param quantile from 0 for the least to 1 for the most; 0.5 is the median
   * @return the quantile in the unit of the metric, or 0 if nothing was measured
   * @throws IllegalArgumentException if {@code quantile} is not in 0..1
   */
  public double quantile(Metric metric, double quantile) {
    if (!(quantile >= 0 && quantile <= 1)) {
      throw new IllegalArgumentException("Expected quantile in 0..1, actual " + quantile + ".");
    }
    long[] values = sorted.getOrDefault(metric, new long[0]);
    if (values.length == 0) {
      return 0;
    }
    double place = (values.length - 1) * quantile;
    int below = (int) place;
    int above = Math.min(below + 1, values.length - 1);
    return metric.unit * (values[below] + (values[above] - values[below]) * (place - below));
  }

  /**
   * Returns the mean of what was measured.
   *
   * @param metric of what
   * @return the mean in the unit of the metric, or 0 if nothing was measured
   */
  public double mean(Metric metric) {
    double sum = 0;
    long[] values = sorted.getOrDefault(metric, new long[0]);
    for (long value : values) {
      sum += value;
    }
    return values.length == 0 ? 0 : metric.unit * sum / values.length;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("ExecutorStats[").append(threadCount).append(" threads");
    for (Metric metric : sorted.keySet()) {
      text.append(", ").append(metric).append(" p50 ").append(quantile(metric, 0.5));
    }
    return text.append(']').toString();
  }
}

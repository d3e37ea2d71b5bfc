package leat.async;

import java.util.Objects;
import leat.bytes.Nullable;

/**
 * How a {@link Source} feeds a {@link Sink}. Immutable; the methods that set something return another link.
 *
 * <p>When the source is drained, the sink is closed, unless {@link #downstream} says no. When the sink is closed, the
 * link goes away at once; with the last link the source is closed, and with any other link only if {@link #upstream} says
 * so. A sink that fails, or is slower than the timeout, is closed and loses its link as well.
 */
public final class Link {

  private final Sink<?> sink;
  private final boolean upstream;
  private final boolean downstream;
  private final long timeoutNanos;
  private final @Nullable Scheduler scheduler;
  private final @Nullable Object description;

  private Link(Sink<?> sink, boolean upstream, boolean downstream, long timeoutNanos, @Nullable Scheduler scheduler,
      @Nullable Object description) {
    this.sink = sink;
    this.upstream = upstream;
    this.downstream = downstream;
    this.timeoutNanos = timeoutNanos;
    this.scheduler = scheduler;
    this.description = description;
  }

  /**
   * Returns a link into {@code sink} that closes it when the source is drained, and waits for it as long as it takes.
   *
   * @param sink where the values go
   * @return the link
   */
  public static Link to(Sink<?> sink) {
    return new Link(Objects.requireNonNull(sink, "sink"), false, true, -1, null, null);
  }

  /**
   * Says whether closing the sink always closes the source, even if it has other links.
   *
   * @param yes whether it does; false by default
   * @return such a link
   */
  public Link upstream(boolean yes) {
    return new Link(sink, yes, downstream, timeoutNanos, scheduler, description);
  }

  /**
   * Says whether the sink is closed when the source is drained.
   *
   * @param yes whether it is; true by default
   * @return such a link
   */
  public Link downstream(boolean yes) {
    return new Link(sink, upstream, yes, timeoutNanos, scheduler, description);
  }

  /**
   * Says how long one put may take. After that the link is cut, and its sink closed if the link closes sinks.
   *
   * @param nanos         the time in nanoseconds
   * @param timeScheduler what measures it
   * @return such a link
   */
  public Link timeout(long nanos, Scheduler timeScheduler) {
    return new Link(sink, upstream, downstream, Math.max(0, nanos), Objects.requireNonNull(timeScheduler), description);
  }

  /**
   * Gives the link a description, for whoever looks at the graph.
   *
   * @param what anything
   * @return such a link
   */
  public Link described(@Nullable Object what) {
    return new Link(sink, upstream, downstream, timeoutNanos, scheduler, what);
  }

  /**
   * Returns where the values go.
   *
   * @return the sink
   */
  public Sink<?> sink() {
    return sink;
  }

  /**
   * Tells whether closing the sink always closes the source.
   *
   * @return true if it does
   */
  public boolean isUpstream() {
    return upstream;
  }

  /**
   * Tells whether the sink is closed when the source is drained.
   *
   * @return true if it is
   */
  public boolean isDownstream() {
    return downstream;
  }

  /**
   * Returns how long one put may take.
   *
   * @return the time in nanoseconds, or -1 if there is no limit
   */
  public long timeoutNanos() {
    return timeoutNanos;
  }

  /**
   * Returns the description that the link was given.
   *
   * @return the description, or null
   */
  public @Nullable Object description() {
    return description;
  }

  /** Returns a link into another sink with the same options. */
  Link into(Sink<?> other) {
    return new Link(other, upstream, downstream, timeoutNanos, scheduler, description);
  }

  Scheduler scheduler() {
    return Objects.requireNonNull(scheduler);
  }
}

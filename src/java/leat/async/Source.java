package leat.async;

import java.util.concurrent.Flow;
import leat.bytes.Nullable;

/**
 * The end of a sequence of values where they come out. Thread-safe.
 *
 * <p>It is a publisher in the sense of Reactive Streams as well, which adds a link for each subscriber.
 *
 * @param <T> the type of the values
 */
public interface Source<T> extends Node, Flow.Publisher<T> {

  /**
   * Returns a deferred with the next value: at once if there is one, else when it comes. Values are handed out in
   * order, each to one take. Listeners run on the thread that brings the value.
   *
   * @param ifDrained the value of the deferred if no value will come any more
   * @return the deferred
   */
  Deferred<T> take(@Nullable T ifDrained);

  /**
   * Returns a deferred with the next value if it comes in time. After that the take is withdrawn, and loses no value.
   *
   * @param ifDrained    the value of the deferred if no value will come any more
   * @param timeoutNanos how long to wait, in nanoseconds; with 0 or less there must be a value already
   * @param ifTimeout    the value of the deferred if none comes in time
   * @param scheduler    what measures the time
   * @return the deferred
   */
  default Deferred<T> take(@Nullable T ifDrained, long timeoutNanos, @Nullable T ifTimeout, Scheduler scheduler) {
    return Timeouts.limit(take(ifDrained), timeoutNanos, ifTimeout, scheduler);
  }

  /**
   * Tells whether no value will come any more: the source is closed and everything in it has been taken.
   *
   * @return true if it is drained
   */
  boolean isDrained();

  /** Ends the sequence: nothing more goes in. What is in it may still be taken. A second call does nothing. */
  @Override
  void close();

  /**
   * Runs {@code listener} once the sequence is closed: on the thread that closes it, or at once if it is closed
   * already.
   *
   * @param listener what to run
   */
  void onClosed(Runnable listener);

  /**
   * Runs {@code listener} once this source is drained: on the thread that takes the last value or closes it, or at once
   * if it is drained already. A source that cannot tell runs it when it is closed.
   *
   * @param listener what to run
   */
  default void onDrained(Runnable listener) {
    onClosed(listener);
  }

  /**
   * Feeds this source into a sink, one value after another, each once the last one has found its place. A source with
   * several links gives each value to all of them, and goes on when all have taken it. When the sink of the only link is
   * closed, so is this source; see {@link Link} for more.
   *
   * <p>Here, in a source that does not know its links, each link takes values for itself.
   *
   * @param link where to, and how
   */
  default void connect(Link link) {
    new Pump<>(this).connect(link);
  }

  /**
   * Feeds this source into {@code sink}, with the options that {@link Link#to} sets.
   *
   * @param sink where to
   */
  default void connect(Sink<? super T> sink) {
    connect(Link.to(sink));
  }

  /**
   * Feeds this source into a subscriber, which gets values as fast as it asks for them; one value may wait for it. If
   * there are other subscribers or sinks, each of them gets all values. A subscription that is cancelled is a sink that
   * is closed: with the last one the source is closed, too. Null among the values is an error.
   *
   * @param subscriber where the values go; it is called by one thread at a time
   */
  @Override
  default void subscribe(Flow.Subscriber<? super T> subscriber) {
    connect(Link.to(Sinks.of(subscriber)).described("subscriber"));
  }
}

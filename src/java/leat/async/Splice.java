package leat.async;

import java.util.List;
import java.util.Objects;
import leat.bytes.Nullable;

/**
 * A sink and a source that look like the two ends of one stream. Closing it closes both.
 *
 * @param <A> the type of the values that go in
 * @param <B> the type of the values that come out
 */
public final class Splice<A, B> extends Views.Referable implements Sink<A>, Source<B> {

  private final Sink<A> sink;
  private final Source<B> source;

  Splice(Sink<A> sink, Source<B> source) {
    this.sink = Objects.requireNonNull(sink, "sink");
    this.source = Objects.requireNonNull(source, "source");
  }

  /**
   * Returns where values go in.
   *
   * @return the sink
   */
  public Sink<A> sink() {
    return sink;
  }

  /**
   * Returns where values come out.
   *
   * @return the source
   */
  public Source<B> source() {
    return source;
  }

  @Override
  public Deferred<Boolean> put(@Nullable A value) {
    return sink.put(value);
  }

  @Override
  public Deferred<Object> put(@Nullable A value, long timeoutNanos, @Nullable Object ifTimeout, Scheduler scheduler) {
    return sink.put(value, timeoutNanos, ifTimeout, scheduler);
  }

  @Override
  public boolean isClosed() {
    return sink.isClosed();
  }

  @Override
  public void onClosed(Runnable listener) {
    sink.onClosed(listener);
  }

  @Override
  public Deferred<B> take(@Nullable B ifDrained) {
    return source.take(ifDrained);
  }

  @Override
  public Deferred<B> take(@Nullable B ifDrained, long timeoutNanos, @Nullable B ifTimeout, Scheduler scheduler) {
    return source.take(ifDrained, timeoutNanos, ifTimeout, scheduler);
  }

  @Override
  public boolean isDrained() {
    return source.isDrained();
  }

  @Override
  public void onDrained(Runnable listener) {
    source.onDrained(listener);
  }

  @Override
  public void connect(Link link) {
    source.connect(link);
  }

  @Override
  public void close() {
    source.close();
    sink.close();
  }

  @Override
  public void close(@Nullable Throwable cause) {
    source.close(cause);
    sink.close(cause);
  }

  @Override
  public @Nullable Throwable closeCause() {
    Throwable cause = sink.closeCause();
    return cause == null ? source.closeCause() : cause;
  }

  @Override
  public Description description() {
    return new Description("splice", true, true, isClosed(), isDrained(), false, -1, -1, -1, -1, closeCause());
  }

  @Override
  public List<Link> downstream() {
    return source.downstream();
  }

  @Override
  public List<Node> upstream() {
    return sink.upstream();
  }

  @Override
  public boolean isSynchronous() {
    return sink.isSynchronous() || source.isSynchronous();
  }

  @Override
  public String toString() {
    return "Splice of " + sink + " and " + source;
  }
}

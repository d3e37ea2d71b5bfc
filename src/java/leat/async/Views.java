package leat.async;

import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.IReference;
import clojure.lang.ISeq;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import leat.bytes.Nullable;

/** Views of streams: one end only, or two ends of different streams as one. They hold nothing themselves. */
public final class Views {

  private Views() {
  }

  /**
   * Returns a view of a source that is nothing but a source.
   *
   * @param source what to view
   * @param <T>    the type of the values
   * @return the view
   */
  public static <T> Source<T> sourceOnly(Source<T> source) {
    return new SourceView<>(source);
  }

  /**
   * Returns a view of a sink that is nothing but a sink.
   *
   * @param sink what to view
   * @param <T>  the type of the values
   * @return the view
   */
  public static <T> Sink<T> sinkOnly(Sink<T> sink) {
    return new SinkView<>(sink);
  }

  /**
   * Returns a sink and a source as if they were the two ends of one stream.
   *
   * @param sink   where values go in
   * @param source where values come out
   * @param <A>    the type of the values that go in
   * @param <B>    the type of the values that come out
   * @return the view
   */
  public static <A, B> Splice<A, B> splice(Sink<A> sink, Source<B> source) {
    return new Splice<>(sink, source);
  }

  /** Returns the sink behind a view of it, or {@code sink} itself. */
  static Sink<?> sinkOf(Sink<?> sink) {
    Sink<?> found = sink;
    while (true) {
      if (found instanceof SinkView<?> view) {
        found = view.sink;
      } else if (found instanceof Splice<?, ?> splice) {
        found = splice.sink();
      } else {
        return found;
      }
    }
  }

  /** Returns the node behind a view of it, of a splice the sink if {@code isFed}, or {@code node} itself. */
  static Node nodeOf(Node node, boolean isFed) {
    Node found = node;
    while (true) {
      if (found instanceof SourceView<?> view) {
        found = view.source;
      } else if (found instanceof SinkView<?> view) {
        found = view.sink;
      } else if (found instanceof Splice<?, ?> splice) {
        found = isFed ? splice.sink() : splice.source();
      } else {
        return found;
      }
    }
  }

  /** Metadata for Clojure. */
  abstract static class Referable implements IReference {
    private final AtomicReference<IPersistentMap> meta = new AtomicReference<>();

    @Override
    public final @Nullable IPersistentMap meta() {
      return meta.get();
    }

    @Override
    public final @Nullable IPersistentMap alterMeta(IFn change, @Nullable ISeq arguments) {
      return meta.updateAndGet(before ->
          (IPersistentMap) (arguments == null ? change.invoke(before) : change.applyTo(arguments.cons(before))));
    }

    @Override
    public final @Nullable IPersistentMap resetMeta(@Nullable IPersistentMap newMeta) {
      meta.set(newMeta);
      return newMeta;
    }
  }

  private static final class SourceView<T> extends Referable implements Source<T> {
    private final Source<T> source;

    SourceView(Source<T> source) {
      this.source = Objects.requireNonNull(source, "source");
    }

    @Override
    public Deferred<T> take(@Nullable T ifDrained) {
      return source.take(ifDrained);
    }

    @Override
    public Deferred<T> take(@Nullable T ifDrained, long timeoutNanos, @Nullable T ifTimeout, Scheduler scheduler) {
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
    public void onClosed(Runnable listener) {
      source.onClosed(listener);
    }

    @Override
    public void connect(Link link) {
      source.connect(link);
    }

    @Override
    public void close() {
      source.close();
    }

    @Override
    public void close(@Nullable Throwable cause) {
      source.close(cause);
    }

    @Override
    public @Nullable Throwable closeCause() {
      return source.closeCause();
    }

    @Override
    public Description description() {
      return source.description();
    }

    @Override
    public List<Link> downstream() {
      return source.downstream();
    }

    @Override
    public List<Node> upstream() {
      return source.upstream();
    }

    @Override
    public boolean isSynchronous() {
      return source.isSynchronous();
    }

    @Override
    public String toString() {
      return "Source of " + source;
    }
  }

  private static final class SinkView<T> extends Referable implements Sink<T> {
    private final Sink<T> sink;

    SinkView(Sink<T> sink) {
      this.sink = Objects.requireNonNull(sink, "sink");
    }

    @Override
    public Deferred<Boolean> put(@Nullable T value) {
      return sink.put(value);
    }

    @Override
    public Deferred<Object> put(@Nullable T value, long timeoutNanos, @Nullable Object ifTimeout, Scheduler scheduler) {
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
    public void close() {
      sink.close();
    }

    @Override
    public void close(@Nullable Throwable cause) {
      sink.close(cause);
    }

    @Override
    public @Nullable Throwable closeCause() {
      return sink.closeCause();
    }

    @Override
    public Description description() {
      return sink.description();
    }

    @Override
    public List<Link> downstream() {
      return sink.downstream();
    }

    @Override
    public List<Node> upstream() {
      return sink.upstream();
    }

    @Override
    public boolean isSynchronous() {
      return sink.isSynchronous();
    }

    @Override
    public String toString() {
      return "Sink of " + sink;
    }
  }
}

package leat.async;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import leat.bytes.Nullable;

/**
 * Transformations of streams: each connects a source to a new one. Values go on as fast as the new one is taken from, and
 * no faster; when one end is closed, so is the other.
 *
 * <p>Callbacks run on the thread that brings the value. When one throws, that is logged, the new stream is closed with
 * the error as its {@link Node#closeCause()}, and the source too if nothing else is connected to it.
 */
public final class Streams {

  private Streams() {
  }

  /**
   * Makes a stream with the executor of this thread.
   *
   * @param capacity how many values may be in it without anybody taking them
   * @param <T>      the type of the values
   * @return a new stream
   */
  public static <T> Stream<T> fresh(int capacity) {
    return new Stream<>(capacity, false, CurrentExecutor.get(), null);
  }

  // ---- consuming

  /**
   * Calls {@code callback} with each value of a source.
   *
   * @param callback what to call
   * @param source   where the values come from
   * @param <T>      the type of the values
   * @return a deferred that is true when the source is drained, or the callback has thrown
   */
  public static <T> Deferred<Boolean> consume(Consumer<? super T> callback, Source<T> source) {
    return connect(source, new Stages.OfConsumer<>(callback), null);
  }

  /**
   * Calls {@code callback} with each value of a source, or its value if it is a deferred, each time after what the
   * callback returned for the last one is realized. If that is false, there are no more calls.
   *
   * @param callback what to call; it returns a deferred of true or false
   * @param source   where the values come from
   * @param <T>      the type of the values
   * @return a deferred that is true when the source is drained, or the callback has returned false or thrown
   */
  public static <T> Deferred<Boolean> consumeAsync(Function<? super T, ?> callback, Source<T> source) {
    return connect(source, new Stages.OfAsyncConsumer<>(callback), null);
  }

  /**
   * Calls {@code callback} with each value of a source, which puts it into the sink of a link in some form. The sink is
   * closed when the source is drained.
   *
   * @param source   where the values come from
   * @param callback what to call; it returns a deferred of true, or of false if the sink is closed
   * @param options  the options of a link to the sink
   * @param <T>      the type of the values
   * @return a deferred that is true when the source is drained, or the callback has returned false or thrown
   */
  public static <T> Deferred<Boolean> connectVia(Source<T> source, Function<? super T, ?> callback, Link options) {
    return connect(source, new Stages.OfCallback<>(callback, options.sink()), options);
  }

  /**
   * Puts all values of a source into a sink, which stays open.
   *
   * @param source where the values come from
   * @param sink   where they go
   * @param <T>    the type of the values
   * @return a deferred that is true when the source is drained or the sink is closed
   */
  public static <T> Deferred<Boolean> drainInto(Source<T> source, Sink<? super T> sink) {
    return connect(source, new Stages.OfDrain<>(sink), Link.to(sink).described("drain-into"));
  }

  /**
   * Puts values into a sink, each once the last one has found its place.
   *
   * @param values what to put
   * @param sink   where to
   * @return a deferred that is true when all have found their place, and false as soon as the sink is closed
   */
  public static Deferred<Boolean> putAll(Iterator<?> values, Sink<?> sink) {
    return PutAll.from(values, sink, 0);
  }

  private static <T> Deferred<Boolean> connect(Source<?> source, Stage<T> stage, @Nullable Link options) {
    source.connect(options == null ? Link.to(stage) : options.into(stage));
    return stage.complete;
  }

  private static <T> Source<T> connect(Source<?> source, Stage<?> stage, Stream<T> out, Object description) {
    source.connect(Link.to(stage).described(description));
    return Views.sourceOnly(out);
  }

  /** Connects a source to {@code in} so that it looks as if it were connected to {@code out}. */
  private static void connect(Source<?> source, Stream<?> in, Stream<?> out, Object description) {
    source.connect(Link.to(new Stages.OfProxy<>(in, out)).described(description));
  }

  // ---- value by value

  /**
   * Returns a source of what a function makes of each value.
   *
   * @param function    what to call
   * @param source      where the values come from
   * @param description of the link
   * @param <A>         the type of the values
   * @param <B>         the type of what the function makes
   * @return a new source
   */
  public static <A, B> Source<B> map(Function<? super A, ? extends B> function, Source<A> source, Object description) {
    Stream<B> out = fresh(0);
    return connect(source, new Stages.OfMap<A, B>(function, out), out, description);
  }

  /**
   * Returns a source of those values for which a predicate is true.
   *
   * @param predicate   what to call
   * @param source      where the values come from
   * @param description of the link
   * @param <T>         the type of the values
   * @return a new source
   */
  public static <T> Source<T> filter(Predicate<? super T> predicate, Source<T> source, Object description) {
    Stream<T> out = fresh(0);
    return connect(source, new Stages.OfFilter<>(predicate, out), out, description);
  }

  /**
   * Returns a source of everything in what a function makes of each value.
   *
   * @param function    what to call
   * @param source      where the values come from
   * @param description of the link
   * @param <A>         the type of the values
   * @param <B>         the type of what the function makes
   * @return a new source
   */
  public static <A, B> Source<B> mapcat(Function<? super A, ? extends Iterator<? extends B>> function,
      Source<A> source, Object description) {
    Stream<B> out = fresh(0);
    return connect(source, new Stages.OfMapcat<A, B>(function, out), out, description);
  }

  /**
   * Returns a source of the values of deferreds. What is not a deferred goes through as it is.
   *
   * @param source      where the deferreds come from
   * @param description of the link
   * @param <T>         the type of the values
   * @return a new source
   */
  public static <T> Source<T> realizeEach(Source<?> source, Object description) {
    Stream<T> out = fresh(0);
    return connect(source, new Stages.OfRealizing<>(out), out, description);
  }

  /**
   * Returns a source of what a function makes of each value and of what it made before. Both, and what the function
   * returns, may be deferreds.
   *
   * @param function    what to call
   * @param hasFirst    whether there is something before the first value
   * @param first       that, which comes out first
   * @param source      where the values come from
   * @param description of the link
   * @return a new source
   */
  public static Source<Object> reductions(BiFunction<Object, Object, ?> function, boolean hasFirst,
      @Nullable Object first, Source<?> source, Object description) {
    Stream<Object> out = fresh(0);
    return connect(source, new Stages.OfReductions<>(function, hasFirst, first, out), out, description);
  }

  /**
   * Returns what a function makes of all values of a source. It takes for itself, and closes nothing.
   *
   * @param function what to call with what it made before and the next value; it may return {@link #done}
   * @param hasFirst whether there is something before the first value, which else is the first value itself
   * @param first    that; if it is a deferred, its value
   * @param ifNone   what to return if there is neither
   * @param source   where the values come from
   * @return a deferred
   */
  public static Deferred<Object> reduce(BiFunction<Object, Object, ?> function, boolean hasFirst,
      @Nullable Object first, Supplier<?> ifNone, Source<?> source) {
    @SuppressWarnings("unchecked")
    Source<Object> objects = (Source<Object>) source;
    Deferred<Object> result = new Deferred<>();
    Deferred<?> start = Stages.whenRealized(hasFirst ? first : objects.take(Loops.DRAINED), 0,
        (value, depth) -> Deferred.succeeded(value));
    Notice.add(start, value -> {
      if (value == Loops.DRAINED) {
        finish(ifNone, result);
        return;
      }
      Loops.Reduce loop = new Loops.Reduce(function, value, objects);
      loop.result.onRealized(result::success, result::error);
      loop.start();
    }, result::error);
    return result;
  }

  private static void finish(Supplier<?> ifNone, Deferred<Object> result) {
    try {
      result.success(ifNone.get());
    } catch (Throwable thrown) {
      result.error(thrown);
    }
  }

  /**
   * Returns what the function of a reduction returns when it wants no more values.
   *
   * @param value the result
   * @return what says so
   */
  public static Object done(@Nullable Object value) {
    return new Loops.Done(value);
  }

  // ---- many values

  /**
   * Returns a source of what a function makes of one value of each source. It is drained as soon as one of them is, and
   * then closes the others.
   *
   * @param function    what to call
   * @param sources     where the values come from
   * @param description of the links
   * @param <T>         the type of what the function makes
   * @return a new source
   */
  @SuppressWarnings("unchecked")
  public static <T> Source<T> zip(Function<Object[], ? extends T> function, List<? extends Source<?>> sources,
      Object description) {
    Stream<T> out = fresh(0);
    List<Stream<Object>> between = new ArrayList<>();
    for (Source<?> source : sources) {
      Stream<Object> in = fresh(0);
      between.add(in);
      connect(source, in, out, description);
    }
    new Loops.Zip(between, function, (Stream<Object>) out).begin();
    return Views.sourceOnly(out);
  }

  /**
   * Returns a source of all the values of the sources that come out of a source, one source after another.
   *
   * @param coercion    makes a source of what comes out
   * @param sources     where the sources come from
   * @param description of the link
   * @return a new source
   */
  public static Source<Object> concat(Function<Object, Source<Object>> coercion, Source<?> sources,
      Object description) {
    Stream<Object> in = fresh(0);
    Stream<Object> out = fresh(0);
    connect(sources, in, out, description);
    new Loops.Concat(in, out, coercion).begin();
    return Views.sourceOnly(out);
  }

  /**
   * Returns a source of sources: a new one begins where a function makes something else of a value than of the one
   * before. If one of them is not taken to its end, the next one never comes.
   *
   * @param function    what to call
   * @param isSame      compares what the function makes
   * @param source      where the values come from
   * @param description of the link
   * @return a new source
   */
  public static Source<Object> partition(Function<Object, ?> function, BiPredicate<Object, Object> isSame,
      Source<?> source, Object description) {
    Stream<Object> in = fresh(0);
    Stream<Object> out = fresh(0);
    connect(source, in, out, description);
    new Loops.Partition(in, out, function, isSame).begin();
    return Views.sourceOnly(out);
  }

  /**
   * Returns a source of batches of values. A batch goes out as soon as the sum of the sizes of its values has reached
   * {@code maxSize}; a value that would make it greater begins the next one. A value that is greater by itself goes alone.
   *
   * @param metric      the size of a value
   * @param function    makes a batch of a list of values
   * @param maxSize     the greatest sum of sizes, 1 or more
   * @param maxNanos    after this time from its first value a batch goes out as it is; negative for no limit
   * @param timing      what measures the time
   * @param source      where the values come from
   * @param description of the link
   * @param <T>         the type of a batch
   * @return a new source
   * @throws IllegalArgumentException if {@code maxSize} is not positive
   */
  @SuppressWarnings("unchecked")
  public static <T> Source<T> batch(ToLongFunction<Object> metric, Function<List<Object>, ? extends T> function,
      long maxSize, long maxNanos, Timing timing, Source<?> source, Object description) {
    if (maxSize <= 0) {
      throw new IllegalArgumentException("Expected a greatest size >= 1, actual " + maxSize + ".");
    }
    Stream<Object> in = fresh(0);
    Stream<T> out = fresh(0);
    connect(source, in, out, description);
    new Loops.Batch(in, (Stream<Object>) out, metric, function, maxSize, maxNanos, timing).begin();
    return Views.sourceOnly(out);
  }

  /**
   * Returns a source of the same values, of which no more than {@code maxRate} come out in a second.
   *
   * @param maxRate     values for each second
   * @param maxBacklog  how many values may come out at once after a long time without any
   * @param timing      what measures the time
   * @param source      where the values come from
   * @param description of the link
   * @param <T>         the type of the values
   * @return a new source
   * @throws IllegalArgumentException if {@code maxRate} is not positive
   */
  @SuppressWarnings("unchecked")
  public static <T> Source<T> throttle(double maxRate, double maxBacklog, Timing timing, Source<T> source,
      Object description) {
    if (!(maxRate > 0)) {
      throw new IllegalArgumentException("Expected a rate > 0, actual " + maxRate + ".");
    }
    Stream<Object> in = fresh(0);
    Stream<T> out = fresh(0);
    connect(source, in, out, description);
    new Loops.Throttle(in, (Stream<Object>) out, maxRate, maxBacklog, timing).begin();
    return Views.sourceOnly(out);
  }

  /**
   * Feeds a source into a stream, and drops values for which that has no room: the new ones or the oldest ones.
   *
   * @param source     where the values come from
   * @param stream     where they go
   * @param dropOldest whether the oldest value makes room for the new one, which else is dropped
   * @param <T>        the type of the values
   */
  public static <T> void connectLossy(Source<T> source, Stream<T> stream, boolean dropOldest) {
    Function<T, Object> callback = value -> {
      Deferred<Boolean> put = stream.put(value);
      while (dropOldest && !put.isRealized()) {
        Deferred<T> oldest = stream.take(null);
        if (!oldest.isRealized()) {
          // Somebody else has taken meanwhile: this one must not wait for the next value.
          oldest.success(null);
        }
      }
      // True: the value is lost, and the next one is welcome.
      return put.isRealized() || !put.success(true) ? put : Stream.TRUE;
    };
    connectVia(source, callback, Link.to(stream).upstream(true));
  }

  /**
   * Puts what a function returns into a stream, again and again; as long as the stream has no room, it is not called.
   * When the stream is closed, or the function throws, that is the end.
   *
   * @param function     what to call
   * @param initialNanos when, in nanoseconds from now
   * @param periodNanos  from one call to the next, in nanoseconds
   * @param scheduler    what measures the time
   * @param stream       where the values go
   * @param <T>          the type of the values
   */
  public static <T> void periodically(Supplier<? extends T> function, long initialNanos, long periodNanos,
      Scheduler scheduler, Stream<T> stream) {
    new Periodic<>(function, periodNanos, scheduler, stream).begin(initialNanos);
  }
}

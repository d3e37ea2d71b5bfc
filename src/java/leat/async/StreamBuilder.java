package leat.async;

import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import leat.bytes.Nullable;

/** Makes streams with other options than the capacity alone. Not thread-safe. */
public final class StreamBuilder {

  private int capacity;
  private boolean permanent;
  private @Nullable Executor executor;
  private @Nullable Object label;

  StreamBuilder() {
  }

  /**
   * Says how many values may be in the stream without anybody taking them.
   *
   * @param values the number; 0 by default
   * @return this builder
   */
  public StreamBuilder capacity(int values) {
    capacity = values;
    return this;
  }

  /**
   * Says whether the stream cannot be closed.
   *
   * @param yes true if it cannot; false by default
   * @return this builder
   */
  public StreamBuilder permanent(boolean yes) {
    permanent = yes;
    return this;
  }

  /**
   * Says where the listeners of puts and takes run, and where values go on into sinks.
   *
   * @param where the executor, or null for the thread that makes it happen
   * @return this builder
   */
  public StreamBuilder executor(@Nullable Executor where) {
    executor = where;
    return this;
  }

  /**
   * Attaches something to the stream, which {@link Stream#label()} returns.
   *
   * @param anything what to attach
   * @return this builder
   */
  public StreamBuilder label(@Nullable Object anything) {
    label = anything;
    return this;
  }

  /**
   * Makes the stream.
   *
   * @param <T> the type of the values
   * @return a new stream
   * @throws IllegalArgumentException if the capacity is negative
   */
  public <T> Stream<T> build() {
    return new Stream<>(capacity, permanent, executor, label);
  }

  /**
   * Makes a stream that changes what is put into it.
   *
   * @param transform makes what changes the values
   * @param <T>       the type of the values
   * @return a new stream
   * @throws IllegalArgumentException if the capacity is negative
   */
  public <T> Stream<T> transformed(Supplier<? extends Transform> transform) {
    return new TransformedStream<>(capacity, permanent, executor, label, transform.get());
  }

  /**
   * Makes a stream whose capacity is not a number of values but the sum of their sizes. It takes every value, even one
   * beyond the capacity, but puts are pending for as long as the sum is above it.
   *
   * @param metric the size of a value, 0 or more; called once for each, by the thread that puts it
   * @param limit  the greatest sum of sizes with which puts are not pending
   * @param <T>    the type of the values
   * @return a new stream
   */
  public <T> Stream<T> metered(ToLongFunction<? super T> metric, long limit) {
    return new MeteredStream<>(permanent, executor, label, metric, limit);
  }
}

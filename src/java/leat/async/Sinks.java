package leat.async;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import leat.bytes.Nullable;

/** Makes sinks of what else takes values one after another. */
public final class Sinks {

  private Sinks() {
  }

  /**
   * Returns a sink into a queue, which does not take null. A thread waits while a put finds the queue full. Closing the
   * sink does nothing to the queue.
   *
   * @param queue where the values go
   * @param <T>   the type of the values
   * @return a new sink
   */
  public static <T> Sink<T> of(BlockingQueue<? super T> queue) {
    return new OfQueue<>(queue);
  }

  /**
   * Returns a sink that gives a deferred its value: the first put, if nobody else has before.
   *
   * @param deferred where the value goes
   * @param <T>      the type of the value
   * @return a new sink
   */
  public static <T> Sink<T> of(Deferred<? super T> deferred) {
    return new OfDeferred<>(deferred);
  }

  /**
   * Returns a sink of bytes into an output stream: byte arrays, {@link ByteBuffer}s, and text, which becomes UTF-8. They
   * are written on threads of the sink's own, and flushed one by one. Closing the sink closes the output stream once all
   * is written; an error of the stream closes the sink.
   *
   * @param output where the bytes go
   * @return a new sink
   */
  public static Sink<Object> of(OutputStream output) {
    return new OfOutputStream(output);
  }

  /**
   * Returns a sink that gives values to a subscriber as fast as it asks for them. Closing the sink completes the
   * subscriber, or gives it the error with which the sink is closed; when it cancels, the sink is closed.
   *
   * @param subscriber where the values go; it is called by one thread at a time
   * @param <T>        the type of the values; null among them is an error
   * @return a new sink
   */
  public static <T> Sink<T> of(Flow.Subscriber<? super T> subscriber) {
    Stream<T> stream = Streams.fresh(0);
    Sources.<T>publisher(stream).subscribe(subscriber);
    return Views.sinkOnly(stream);
  }

  /**
   * Returns a subscriber that puts what it gets into a sink, and closes that in the end. It asks for at most 16 values
   * ahead of the sink; when the sink is closed, it cancels its subscription.
   *
   * @param sink where the values go
   * @param <T>  the type of the values
   * @return a new subscriber, for one subscription
   */
  public static <T> Flow.Subscriber<T> subscriber(Sink<? super T> sink) {
    return new SinkSubscriber<>(sink);
  }

  private static final class OfQueue<T> extends SerialSink<T> {
    private final BlockingQueue<? super T> queue;

    OfQueue(BlockingQueue<? super T> queue) {
      this.queue = queue;
    }

    @Override
    protected Outcome tryPush(T value) {
      return queue.offer(Objects.requireNonNull(value, "A BlockingQueue takes no null.")) ? Outcome.TAKEN
          : Outcome.NOT_NOW;
    }

    @Override
    protected Outcome push(T value) throws Exception {
      try {
        return Interruption.call(waiting(), () -> {
          queue.put(value);
          return Outcome.TAKEN;
        });
      } catch (InterruptedException e) {
        return Outcome.NOT_NOW;
      }
    }

    @Override
    protected void takeBack(T value) {
      queue.remove(value);
    }

    @Override
    public Description description() {
      int size = queue.size();
      return Description.sink(queue.getClass().getName(), isClosed(), (long) queue.remainingCapacity() + size, size);
    }
  }

  private static final class OfDeferred<T> extends SerialSink<T> {
    private final Deferred<? super T> deferred;

    OfDeferred(Deferred<? super T> deferred) {
      this.deferred = deferred;
    }

    @Override
    protected Outcome tryPush(@Nullable T value) {
      boolean first = deferred.success(value);
      close();
      return first ? Outcome.TAKEN : Outcome.CLOSED;
    }

    @Override
    protected Outcome push(@Nullable T value) {
      return tryPush(value);
    }

    @Override
    public boolean isSynchronous() {
      return false;
    }

    @Override
    public Description description() {
      return Description.sink("deferred", isClosed(), -1, -1);
    }
  }

  private static final class OfOutputStream extends SerialSink<Object> {
    private final OutputStream output;

    OfOutputStream(OutputStream output) {
      this.output = output;
    }

    @Override
    protected Outcome tryPush(@Nullable Object value) {
      return Outcome.NOT_NOW;
    }

    @Override
    protected Outcome push(@Nullable Object value) throws Exception {
      output.write(bytes(value));
      output.flush();
      return Outcome.TAKEN;
    }

    private static byte[] bytes(@Nullable Object value) {
      if (value instanceof byte[] bytes) {
        return bytes;
      }
      if (value instanceof ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
      }
      if (value instanceof CharSequence text) {
        return text.toString().getBytes(StandardCharsets.UTF_8);
      }
      throw new IllegalArgumentException("Expected a byte array, a ByteBuffer or text, actual "
          + (value == null ? "null" : value.getClass().getName()) + ".");
    }

    @Override
    protected void onEnd() throws Exception {
      output.close();
    }
  }
}

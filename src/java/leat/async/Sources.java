package leat.async;

import java.io.InputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.BaseStream;
import leat.bytes.Nullable;

/** Makes sources of what else gives values one after another. */
public final class Sources {

  private static final int CHUNK_BYTES = 8192;

  private Sources() {
  }

  /**
   * Returns a source of what is left in an iterator. Since that may block, or work for long, it is called on threads of
   * its own, one at a time and only for those who take. Closing the source closes the iterator if it can be closed.
   *
   * @param iterator where the values come from
   * @param <T>      the type of the values
   * @return a new source
   */
  public static <T> Source<T> of(Iterator<? extends T> iterator) {
    return new OfIterator<>(iterator, iterator instanceof AutoCloseable closeable ? closeable : null, false);
  }

  /**
   * Returns a source of what is in a collection, or anything else whose iterators neither block nor work.
   *
   * @param values where the values come from
   * @param <T>    the type of the values
   * @return a new source
   */
  public static <T> Source<T> of(Iterable<? extends T> values) {
    return new OfIterator<>(values.iterator(), null, true);
  }

  /**
   * Returns a source of what is in a stream of {@code java.util.stream}, as {@link #of(Iterator)} does. Closing the
   * source closes the stream.
   *
   * @param values where the values come from
   * @param <T>    the type of the values
   * @return a new source
   */
  public static <T> Source<T> of(BaseStream<T, ?> values) {
    return new OfIterator<>(values.iterator(), values, false);
  }

  /**
   * Returns a source of what is put into a queue. It is never drained, unless it is closed. A thread waits while a take
   * finds the queue empty.
   *
   * @param queue where the values come from
   * @param <T>   the type of the values
   * @return a new source
   */
  public static <T> Source<T> of(BlockingQueue<? extends T> queue) {
    return new OfQueue<>(queue);
  }

  /**
   * Returns a source of one value, that of a deferred. The deferred itself is what the first take returns.
   *
   * @param deferred where the value comes from
   * @param <T>      the type of the value
   * @return a new source
   */
  public static <T> Source<T> of(Deferred<T> deferred) {
    return new OfDeferred<>(deferred);
  }

  /**
   * Returns a source of the bytes of an input stream, in arrays of up to 8 KiB as they come. It is read on threads of
   * its own, only for those who take. Closing the source closes the input stream.
   *
   * @param input where the bytes come from
   * @return a new source
   */
  public static Source<byte[]> of(InputStream input) {
    return new OfInputStream(input);
  }

  /**
   * Returns a source of what a publisher gives. At most 16 values are asked for ahead of those who take. Closing the
   * source cancels the subscription; an error of the publisher is the cause with which the source is closed.
   *
   * @param publisher where the values come from
   * @param <T>       the type of the values
   * @return a new source
   */
  public static <T> Source<T> of(Flow.Publisher<? extends T> publisher) {
    Stream<T> stream = Streams.fresh(0);
    publisher.subscribe(new SinkSubscriber<>(stream));
    return Views.sourceOnly(stream);
  }

  /**
   * Returns a publisher of what a source gives, for one subscriber; any other gets an error. Cancelling the subscription
   * closes the source.
   *
   * @param source where the values come from; null among them is an error
   * @param <T>    the type of the values
   * @return a new publisher
   */
  public static <T> Flow.Publisher<T> publisher(Source<? extends T> source) {
    return new SourcePublisher<>(source);
  }

  private static final class OfIterator<T> extends SerialSource<T> {
    private final Iterator<? extends T> iterator;
    private final @Nullable AutoCloseable closeable;
    private final boolean isReady;

    OfIterator(Iterator<? extends T> iterator, @Nullable AutoCloseable closeable, boolean isReady) {
      this.iterator = iterator;
      this.closeable = closeable;
      this.isReady = isReady;
    }

    @Override
    protected @Nullable Object tryPull() {
      return isReady ? pull() : NOT_NOW;
    }

    @Override
    protected @Nullable Object pull() {
      return iterator.hasNext() ? iterator.next() : END;
    }

    @Override
    protected void onEnd() throws Exception {
      if (closeable != null) {
        closeable.close();
      }
    }

    @Override
    public boolean isSynchronous() {
      return !isReady;
    }

    @Override
    public Description description() {
      return Description.source("iterator", isDrained(), -1);
    }
  }

  private static final class OfQueue<T> extends SerialSource<T> {
    private final BlockingQueue<? extends T> queue;

    OfQueue(BlockingQueue<? extends T> queue) {
      this.queue = queue;
    }

    @Override
    protected Object tryPull() {
      T value = queue.poll();
      return value == null ? NOT_NOW : value;
    }

    @Override
    protected Object pull() throws Exception {
      Deferred<?> first = waiting();
      while (first != null) {
        try {
          return Interruption.call(first, queue::take);
        } catch (InterruptedException e) {
          // That one was withdrawn; another one may be waiting.
          first = waiting();
        }
      }
      return NOT_NOW;
    }

    @Override
    public Description description() {
      return Description.source(queue.getClass().getName(), isDrained(), queue.size());
    }
  }

  private static final class OfDeferred<T> extends AbstractNode implements Source<T> {
    private final Deferred<T> deferred;
    private final AtomicBoolean isTaken = new AtomicBoolean();
    private final Pump<T> pump;

    OfDeferred(Deferred<T> deferred) {
      this.deferred = deferred;
      pump = new Pump<>(this);
    }

    @Override
    public Deferred<T> take(@Nullable T ifDrained) {
      if (!isTaken.compareAndSet(false, true)) {
        return Deferred.succeeded(ifDrained);
      }
      finish(null);
      return deferred;
    }

    @Override
    public Deferred<T> take(@Nullable T ifDrained, long timeoutNanos, @Nullable T ifTimeout, Scheduler scheduler) {
      if (isTaken.get() || deferred.isRealized()) {
        return take(ifDrained);
      }
      Deferred<T> own = new Deferred<>();
      Registration<T> registration = Registration.add(deferred, new Deferred.Listener<>() {
        @Override
        public void onSuccess(T value) {
          decide(own, ifDrained, token -> own.success(value, token));
        }

        @Override
        public void onError(Throwable error) {
          decide(own, ifDrained, token -> own.error(error, token));
        }
      });
      Hook end = hook(() -> own.success(ifDrained));
      addCloseHook(end);
      own.onRealized(value -> forget(registration, end), error -> forget(registration, end));
      return Timeouts.limit(own, timeoutNanos, ifTimeout, scheduler);
    }

    /** Gives a take the value if it still wants it: what has been withdrawn leaves the value to others. */
    private void decide(Deferred<T> take, @Nullable T ifDrained, Consumer<Object> outcome) {
      Object token = take.claim();
      if (token != null) {
        if (isTaken.compareAndSet(false, true)) {
          outcome.accept(token);
          finish(null);
        } else {
          take.success(ifDrained, token);
        }
      }
    }

    private void forget(Registration<T> registration, Hook end) {
      registration.cancel();
      removeCloseHook(end);
    }

    private void finish(@Nullable Throwable cause) {
      isTaken.set(true);
      lock();
      boolean first = end(cause);
      Hook hooks = first ? closeHooks() : null;
      unlock();
      run(hooks);
    }

    @Override
    public boolean isDrained() {
      return isTaken.get();
    }

    @Override
    public void close() {
      finish(null);
    }

    @Override
    public void close(@Nullable Throwable cause) {
      finish(cause);
    }

    @Override
    public void onClosed(Runnable listener) {
      addCloseHook(hook(listener));
    }

    @Override
    public void connect(Link link) {
      pump.connect(link);
    }

    @Override
    public Description description() {
      return Description.source("deferred", isDrained(), -1);
    }
  }

  private static final class OfInputStream extends SerialSource<byte[]> {
    private final InputStream input;

    OfInputStream(InputStream input) {
      this.input = input;
    }

    @Override
    protected Object tryPull() {
      return NOT_NOW;
    }

    @Override
    protected Object pull() throws Exception {
      byte[] bytes = new byte[CHUNK_BYTES];
      int count = input.read(bytes);
      while (count == 0) {
        count = input.read(bytes);
      }
      return count < 0 ? END : count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
    }

    @Override
    protected void onEnd() throws Exception {
      input.close();
    }
  }
}

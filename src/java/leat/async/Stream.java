package leat.async;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import leat.bytes.Nullable;

/**
 * A bounded queue of values with both ends, a {@link Sink} and a {@link Source}.
 *
 * <pre>
 *    put --&gt; [ pending puts ] --&gt; [ buffer, at most capacity ] --&gt; [ pending takes ] --&gt; take
 *             only if the buffer                                    only if there are neither
 *             is full                                               values nor puts
 * </pre>
 *
 * <p>Puts beyond the capacity stay pending until somebody takes. After {@link #close()} later puts give false, puts
 * that were pending stay in the queue until they are taken, takes get what is there and then their {@code ifDrained}.
 *
 * <p>The deferred of a pending put or take may be realized by whoever has it, for instance by a timeout: the put or
 * take is withdrawn then. A withdrawn take loses no value; the value of a withdrawn put never comes out.
 *
 * <p>Nothing here grows without bound: with {@value #MAX_PENDING} puts pending the next put fails with an
 * {@link IllegalStateException}, and so does a take.
 *
 * <p>Thread-safe. Listeners run on the thread whose call made them due, after it has left the lock.
 *
 * @param <T> the type of the values, which may be null
 */
public final class Stream<T> implements Source<T>, Sink<T> {

  /** How many puts, and how many takes, may be pending at a time. */
  public static final int MAX_PENDING = 16384;

  /** Withdrawn puts and takes are swept out when a queue has grown to this size, and again when it has doubled. */
  private static final int FIRST_SWEEP = 64;

  /** Stands for the value null, which an ArrayDeque refuses. */
  private static final Object NULL = new Object();

  // Realized for ever, so that one will do for all.
  private static final Deferred<Boolean> TRUE = Deferred.succeeded(true);
  private static final Deferred<Boolean> FALSE = Deferred.succeeded(false);

  private static final class PendingPut extends Deferred<Boolean> {
    private final Object value;

    PendingPut(Object value) {
      this.value = value;
    }
  }

  private static final class PendingTake<T> extends Deferred<T> {
    private final @Nullable T ifDrained;

    PendingTake(@Nullable T ifDrained) {
      this.ifDrained = ifDrained;
    }
  }

  // Final.
  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Deferred<Boolean> closed = new Deferred<>();

  // Guarded by lock. A live put is pending only if the buffer is full; a live take only if there is no value at all.
  private final ArrayDeque<Object> buffer;
  private final ArrayDeque<PendingPut> puts = new ArrayDeque<>(1);
  private final ArrayDeque<PendingTake<T>> takes = new ArrayDeque<>(1);
  private int nextSweepOfPuts = FIRST_SWEEP;
  private int nextSweepOfTakes = FIRST_SWEEP;

  /**
   * Makes an open, empty stream.
   *
   * @param capacity how many values may be in it without anybody taking them; with 0 a put is pending until its value
   *                 is taken
   * @throws IllegalArgumentException if {@code capacity} is negative
   */
  public Stream(int capacity) {
    if (capacity < 0) {
      throw new IllegalArgumentException("Expected capacity >= 0, actual " + capacity + ".");
    }
    this.capacity = capacity;
    buffer = new ArrayDeque<>(Math.min(capacity, 16));
  }

  /**
   * {@inheritDoc}
   *
   * <p>The deferred fails with an {@link IllegalStateException} if {@value #MAX_PENDING} puts are pending already.
   */
  @Override
  public Deferred<Boolean> put(@Nullable T value) {
    Object waiting;
    lock.lock();
    try {
      if (closed.isRealized()) {
        return FALSE;
      }
      waiting = handOver(value);
      if (waiting == null) {
        return enqueue(value == null ? NULL : value);
      }
    } finally {
      lock.unlock();
    }
    Deferred.announce(waiting, value);
    return TRUE;
  }

  /** Gives {@code value} to the first live take. Returns those who wait for it, or null if there is no such take. */
  private @Nullable Object handOver(@Nullable T value) {
    PendingTake<T> take = takes.poll();
    while (take != null) {
      Object waiting = take.settleSuccess(value);
      if (waiting != null) {
        return waiting;
      }
      take = takes.poll();
    }
    return null;
  }

  private Deferred<Boolean> enqueue(Object boxed) {
    if (buffer.size() < capacity) {
      buffer.add(boxed);
      return TRUE;
    }
    if (puts.size() >= nextSweepOfPuts) {
      puts.removeIf(Deferred::isRealized);
      nextSweepOfPuts = nextSweep(puts.size());
      if (puts.size() >= MAX_PENDING) {
        return tooMany("puts");
      }
    }
    PendingPut put = new PendingPut(boxed);
    puts.add(put);
    return put;
  }

  private static int nextSweep(int size) {
    return Math.min(MAX_PENDING, Math.max(FIRST_SWEEP, 2 * size));
  }

  private static <V> Deferred<V> tooMany(String what) {
    return Deferred.failed(new IllegalStateException(
        "Expected at most " + MAX_PENDING + " pending " + what + " on a stream."));
  }

  /**
   * {@inheritDoc}
   *
   * <p>The deferred fails with an {@link IllegalStateException} if {@value #MAX_PENDING} takes are pending already.
   */
  @Override
  public Deferred<T> take(@Nullable T ifDrained) {
    Object boxed;
    Object waiting = null;
    lock.lock();
    try {
      boxed = buffer.poll();
      PendingPut put = puts.poll();
      while (put != null) {
        waiting = put.settleSuccess(true);
        if (waiting != null) {
          break;
        }
        put = puts.poll();
      }
      if (boxed == null && put == null) {
        return closed.isRealized() ? Deferred.succeeded(ifDrained) : await(ifDrained);
      }
      if (boxed == null) {
        boxed = put.value;
      } else if (put != null) {
        buffer.add(put.value);
      }
    } finally {
      lock.unlock();
    }
    Deferred.announce(waiting, true);
    return Deferred.succeeded(unboxed(boxed));
  }

  private Deferred<T> await(@Nullable T ifDrained) {
    if (takes.size() >= nextSweepOfTakes) {
      takes.removeIf(Deferred::isRealized);
      nextSweepOfTakes = nextSweep(takes.size());
      if (takes.size() >= MAX_PENDING) {
        return tooMany("takes");
      }
    }
    PendingTake<T> take = new PendingTake<>(ifDrained);
    takes.add(take);
    return take;
  }

  @SuppressWarnings("unchecked")
  private @Nullable T unboxed(Object boxed) {
    return boxed == NULL ? null : (T) boxed;
  }

  @Override
  public void close() {
    Object waiting;
    lock.lock();
    try {
      waiting = closed.settleSuccess(true);
    } finally {
      lock.unlock();
    }
    if (waiting == null) {
      return;
    }
    // Nobody adds or serves a take any more, but they may still be counted.
    PendingTake<T> take = nextTake();
    while (take != null) {
      take.success(take.ifDrained);
      take = nextTake();
    }
    Deferred.announce(waiting, true);
  }

  private @Nullable PendingTake<T> nextTake() {
    lock.lock();
    try {
      return takes.poll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isClosed() {
    return closed.isRealized();
  }

  @Override
  public boolean isDrained() {
    lock.lock();
    try {
      if (!closed.isRealized() || !buffer.isEmpty()) {
        return false;
      }
      PendingPut put = puts.peek();
      while (put != null && put.isRealized()) {
        puts.remove();
        put = puts.peek();
      }
      return put == null;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onClosed(Runnable listener) {
    Objects.requireNonNull(listener, "listener");
    closed.onRealized(yes -> listener.run(), never -> { });
  }

  @Override
  public String toString() {
    lock.lock();
    try {
      return "Stream[" + buffer.size() + " of " + capacity + " values, " + puts.size() + " pending puts, "
          + takes.size() + " pending takes" + (closed.isRealized() ? ", closed]" : "]");
    } finally {
      lock.unlock();
    }
  }
}

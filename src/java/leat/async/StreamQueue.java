package leat.async;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import leat.bytes.Nullable;

/**
 * The queues of a {@link Stream}: its buffer, and the puts and takes that wait. All of it is guarded by the lock.
 *
 * <p>A live put is pending only if the buffer is full; a live take only if there is no value at all. Most streams need
 * but one of the queues, so each is made when it is needed.
 */
abstract class StreamQueue<T> extends AbstractNode {

  /** Stands for the value null, which an ArrayDeque refuses. */
  private static final Object NULL = new Object();

  // Realized for ever, so that one will do for all.
  static final Deferred<Boolean> TRUE = Deferred.succeeded(true);
  static final Deferred<Boolean> FALSE = Deferred.succeeded(false);

  // Final.
  private final int capacity;
  final @Nullable Executor executor;

  // Guarded by the lock.
  private @Nullable ArrayDeque<Object> buffer;
  private @Nullable PendingQueue puts;
  private @Nullable PendingQueue takes;
  /** What the last {@link #poll} has settled and its caller must announce, or null. */
  @Nullable Pending<Boolean> released;
  /** How many takes came before the pipe while that waits. */
  int takesAhead;

  StreamQueue(int capacity, @Nullable Executor executor) {
    if (capacity < 0) {
      throw new IllegalArgumentException("Expected capacity >= 0, actual " + capacity + ".");
    }
    this.capacity = capacity;
    this.executor = executor;
  }

  // ---- answers

  final Deferred<Boolean> yes() {
    return executor == null ? TRUE : answerOn(true);
  }

  final Deferred<Boolean> no() {
    return executor == null ? FALSE : answerOn(false);
  }

  final <V> Deferred<V> answerOn(@Nullable V answer) {
    Deferred<V> deferred = new Derived<>(executor);
    deferred.success(answer);
    return deferred;
  }

  /** What stands for a value in the queues. */
  Object box(@Nullable T value) {
    return value == null ? NULL : value;
  }

  @SuppressWarnings("unchecked")
  @Nullable T unboxed(Object box) {
    return box == NULL ? null : (T) box;
  }

  // ---- puts

  /** Under the lock: queues a value that nobody waits for. */
  Deferred<Boolean> store(Object box) {
    if (capacity > 0) {
      ArrayDeque<Object> values = buffer();
      if (values.size() < capacity) {
        values.add(box);
        return yes();
      }
    }
    if (puts == null) {
      puts = new PendingQueue();
    }
    puts.sweep(0);
    if (puts.isFull()) {
      return tooMany("puts");
    }
    Pending<Boolean> put = Pending.put(box, executor);
    puts.add(put);
    return put;
  }

  final ArrayDeque<Object> buffer() {
    if (buffer == null) {
      buffer = new ArrayDeque<>(Math.min(capacity, 16));
    }
    return buffer;
  }

  static <V> Deferred<V> tooMany(String what) {
    return Deferred.failed(new IllegalStateException(
        "Expected at most " + Stream.MAX_PENDING + " pending " + what + " on a stream."));
  }

  /** Under the lock: takes the first value, and lets the first put into its place. Sets {@link #released}. */
  @Nullable Object poll() {
    Object box = buffer == null ? null : buffer.poll();
    Pending<Boolean> put = puts == null ? null : puts.poll();
    while (put != null && !put.settle(true)) {
      put = puts.poll();
    }
    if (put == null) {
      return box;
    }
    released = put;
    if (box == null) {
      return put.takeSlot();
    }
    buffer.add(put.takeSlot());
    return box;
  }

  /** Returns the first put that waits, or null. */
  final @Nullable Pending<?> firstPut() {
    return puts != null && puts.hasLive() ? puts.peek() : null;
  }

  // ---- takes

  /** Under the lock: queues a take. */
  final Deferred<T> await(@Nullable T ifDrained) {
    if (takes == null) {
      takes = new PendingQueue();
    }
    takesAhead -= takes.sweep(takesAhead);
    if (takes.isFull()) {
      return tooMany("takes");
    }
    Pending<T> take = Pending.take(ifDrained, executor);
    takes.add(take);
    return take;
  }

  final @Nullable Pending<T> nextTake() {
    if (takes == null) {
      return null;
    }
    if (takesAhead > 0) {
      takesAhead--;
    }
    return takes.poll();
  }

  final boolean hasTakes() {
    return takes != null && !takes.isEmpty();
  }

  final boolean hasValues() {
    return buffer != null && !buffer.isEmpty() || puts != null && puts.hasLive();
  }

  final int takeCount() {
    return takes == null ? 0 : takes.size();
  }

  final Description describe(boolean permanent) {
    return new Description("stream", true, true, hasEnded(), hasEnded() && !hasValues(), permanent, capacity,
        buffer == null ? 0 : buffer.size(), puts == null ? 0 : puts.live(), takes == null ? 0 : takes.live(), closeCause());
  }

  /** Without the lock: takes away a take of a stream that has ended. */
  final @Nullable Pending<T> lastTakes() {
    lock();
    try {
      return takes == null ? null : takes.poll();
    } finally {
      unlock();
    }
  }
}

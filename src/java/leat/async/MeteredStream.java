package leat.async;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.ToLongFunction;
import leat.bytes.Nullable;

/**
 * A stream whose capacity is a sum of sizes. Puts that come while the sum is too great are pending
 * till it no longer is. The value of a put that is withdrawn comes out all the same.
 *
 * @param <T> the type of the values
 */
final class MeteredStream<T> extends Stream<T> {

  private record Sized(@Nullable Object value, long size) {
  }

  private final ToLongFunction<? super T> metric;
  private final long limit;

  // Guarded by the lock.
  private long sum;
  private List<Deferred<Boolean>> waiting = new ArrayList<>();
  private @Nullable Pending<Boolean> room;

  MeteredStream(boolean permanent, @Nullable Executor executor, @Nullable Object label,
      ToLongFunction<? super T> metric, long limit) {
    super(0, permanent, executor, label);
    this.metric = Objects.requireNonNull(metric, "metric");
    this.limit = limit;
  }

  @Override
  Object box(@Nullable T value) {
    long size = metric.applyAsLong(value);
    if (size < 0) {
      throw new IllegalArgumentException("Expected a size >= 0, actual " + size + ".");
    }
    return new Sized(value, size);
  }

  @Override
  @SuppressWarnings("unchecked")
  @Nullable T unboxed(Object box) {
    return (T) ((Sized) box).value;
  }

  @Override
  Deferred<Boolean> store(Object box) {
    if (waiting.size() >= MAX_PENDING) {
      waiting.removeIf(Deferred::isRealized);
      if (waiting.size() >= MAX_PENDING) {
        return tooMany("puts");
      }
    }
    buffer().add(box);
    sum += ((Sized) box).size;
    if (sum <= limit) {
      return yes();
    }
    if (room == null) {
      room = Pending.put(box, null);
    }
    // Each put has a deferred of its own, because it may be withdrawn.
    Deferred<Boolean> put = executor == null ? new Deferred<>() : new Derived<>(executor);
    waiting.add(put);
    room.onRealized(put::success, put::error);
    return put;
  }

  @Override
  @Nullable Object poll() {
    Object box = super.poll();
    if (box != null) {
      sum -= ((Sized) box).size;
      if (sum <= limit && room != null) {
        room.settle(true);
        released = room;
        room = null;
        waiting = new ArrayList<>();
      }
    }
    return box;
  }

  @Override
  public Description description() {
    Description plain = super.description();
    long now;
    int puts;
    lock();
    now = sum;
    puts = (int) waiting.stream().filter(put -> !put.isRealized()).count();
    unlock();
    return new Description(plain.type(), true, true, plain.isClosed(), plain.isDrained(), plain.isPermanent(), limit,
        now, puts, plain.pendingTakes(), plain.cause());
  }
}

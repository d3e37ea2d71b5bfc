package leat.async;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import leat.bytes.Nullable;

/** The transformations of streams that take for themselves, because not each value that comes is one that goes. */
final class Loops {

  /** Stands for the end of a source. */
  static final Object DRAINED = new Object();

  private static final Object TIMEOUT = new Object();

  private Loops() {
  }

  /** A loop between streams that it closes when it is over. */
  private abstract static class Between extends Steps {
    final Stream<Object> in;
    final Stream<Object> out;

    Between(Stream<Object> in, Stream<Object> out) {
      this.in = in;
      this.out = out;
    }

    /** Begins, and ends the way in when the way out is closed. */
    void begin() {
      out.onClosedThrough(List.of(in), () -> in.close(out.closeCause()));
      start();
    }

    final void over() {
      out.close(in.closeCause());
      in.close();
    }

    @Override
    final void failed(Throwable error) {
      Log.thrown("A callback of a stream", error);
      closeInner(error);
      out.close(error);
      in.close(error);
    }

    /** Closes what has been handed on and is not at its end yet. */
    void closeInner(@Nullable Throwable cause) {
      // Most hand on nothing.
    }
  }

  // ---- reduce

  /** Ends a reduction early: what a function returns then. */
  record Done(@Nullable Object value) {
  }

  static final class Reduce extends Steps {
    private final BiFunction<Object, Object, ?> function;
    private final Source<Object> source;
    final Deferred<Object> result = new Deferred<>();
    private @Nullable Object value;
    private boolean isTaking;

    Reduce(BiFunction<Object, Object, ?> function, @Nullable Object first, Source<Object> source) {
      this.function = function;
      this.source = source;
      this.value = first;
    }

    @Override
    @Nullable Deferred<?> next(@Nullable Object last) {
      if (isTaking) {
        if (last == DRAINED) {
          result.success(value);
          return null;
        }
        value = function.apply(value, last);
        if (value instanceof Done done) {
          result.success(done.value);
          return null;
        }
      }
      isTaking = true;
      return source.take(DRAINED);
    }

    @Override
    void failed(Throwable error) {
      result.error(error);
    }
  }

  // ---- zip

  static final class Zip extends Steps {
    private final List<Stream<Object>> sources;
    private final Function<Object[], ?> function;
    private final Stream<Object> out;
    private boolean isTaking;

    Zip(List<Stream<Object>> sources, Function<Object[], ?> function, Stream<Object> out) {
      this.sources = sources;
      this.function = function;
      this.out = out;
    }

    void begin() {
      out.onClosedThrough(sources, this::closeSources);
      start();
    }

    @Override
    @Nullable Deferred<?> next(@Nullable Object last) {
      if (Boolean.FALSE.equals(last) || last == DRAINED) {
        Throwable cause = null;
        for (Stream<Object> source : sources) {
          cause = cause == null ? source.closeCause() : cause;
        }
        out.close(cause);
        return null;
      }
      isTaking = !isTaking;
      return isTaking ? takeAll() : out.put(function.apply((Object[]) last));
    }

    private Deferred<?> takeAll() {
      Join join = new Join(sources.size());
      for (int i = 0; i < sources.size(); i++) {
        join.put(i, sources.get(i).take(DRAINED));
      }
      return join.result;
    }

    private void closeSources() {
      sources.forEach(source -> source.close(out.closeCause()));
    }

    @Override
    void failed(Throwable error) {
      Log.thrown("A callback of a stream", error);
      out.close(error);
    }
  }

  /** Several values, each taken from its own source; DRAINED as soon as one of them is. */
  private static final class Join {
    private final Object[] values;
    private final AtomicInteger missing;
    final Deferred<Object> result = new Deferred<>();

    Join(int count) {
      values = new Object[count];
      missing = new AtomicInteger(count);
    }

    void put(int index, Deferred<Object> value) {
      Notice.add(value, now -> arrived(index, now), result::error);
    }

    private void arrived(int index, @Nullable Object now) {
      values[index] = now;
      if (now == DRAINED) {
        result.success(DRAINED);
      } else if (missing.decrementAndGet() == 0) {
        result.success(values);
      }
    }
  }

  // ---- batch

  static final class Batch extends Between {
    private final ToLongFunction<Object> metric;
    private final Function<List<Object>, ?> function;
    private final long maxSize;
    private final long maxNanos;
    private final Timing timing;
    private List<Object> values = new ArrayList<>();
    private long size;
    private long lastSize;
    private long sinceNanos;
    private boolean isTaking;
    private boolean isLast;

    /** {@code maxNanos} is negative if there is no limit. */
    Batch(Stream<Object> in, Stream<Object> out, ToLongFunction<Object> metric, Function<List<Object>, ?> function,
        long maxSize, long maxNanos, Timing timing) {
      super(in, out);
      this.metric = metric;
      this.function = function;
      this.maxSize = maxSize;
      this.maxNanos = maxNanos;
      this.timing = timing;
    }

    @Override
    @Nullable Deferred<?> next(@Nullable Object last) {
      if (isLast || !isTaking && Boolean.FALSE.equals(last)) {
        over();
        return null;
      }
      if (!isTaking) {
        return takeOrPut();
      }
      isTaking = false;
      if (last == DRAINED || last == TIMEOUT) {
        isLast = last == DRAINED;
        return values.isEmpty() ? next(null) : put(values.size());
      }
      add(last);
      return takeOrPut();
    }

    private void add(@Nullable Object value) {
      if (values.isEmpty()) {
        sinceNanos = timing.nanos();
      }
      values.add(value);
      lastSize = metric.applyAsLong(value);
      size += lastSize;
    }

    private Deferred<?> takeOrPut() {
      int count = values.size();
      if (size == maxSize && count > 0 || size > maxSize && count == 1) {
        return put(count);
      }
      if (size > maxSize) {
        return put(count - 1);
      }
      isTaking = true;
      if (maxNanos < 0 || count == 0) {
        return in.take(DRAINED);
      }
      return in.take(DRAINED, maxNanos - (timing.nanos() - sinceNanos), TIMEOUT, timing.scheduler());
    }

    private Deferred<?> put(int count) {
      List<Object> full = values;
      values = new ArrayList<>();
      size = 0;
      if (count < full.size()) {
        values.add(full.remove(count));
        size = lastSize;
        sinceNanos = timing.nanos();
      }
      return out.put(function.apply(full));
    }
  }

  // ---- throttle

  static final class Throttle extends Between {
    private enum Turn { TAKE, PUT, WAIT }

    private final double periodNanos;
    private final double maxBacklog;
    private final Timing timing;
    private Turn turn = Turn.TAKE;
    private double backlog;
    private long sinceNanos;

    Throttle(Stream<Object> in, Stream<Object> out, double maxRate, double maxBacklog, Timing timing) {
      super(in, out);
      this.periodNanos = 1e9 / maxRate;
      this.maxBacklog = maxBacklog;
      this.timing = timing;
    }

    @Override
    @Nullable Deferred<?> next(@Nullable Object last) {
      switch (turn) {
        case TAKE:
          turn = Turn.PUT;
          sinceNanos = timing.nanos();
          return in.take(DRAINED);
        case PUT:
          if (last == DRAINED) {
            over();
            return null;
          }
          turn = Turn.WAIT;
          return out.put(last);
        default:
          if (Boolean.FALSE.equals(last)) {
            over();
            return null;
          }
          turn = Turn.TAKE;
          return pause();
      }
    }

    private Deferred<?> pause() {
      double elapsedNanos = timing.nanos() - sinceNanos;
      double now = Math.min(backlog + elapsedNanos / periodNanos - 1, maxBacklog);
      if (now >= 1) {
        backlog = now - 1;
        return Stream.TRUE;
      }
      backlog = 0;
      return timing.after((long) Math.max(0, periodNanos - elapsedNanos));
    }
  }

  // ---- concat

  static final class Concat extends Between {
    private volatile @Nullable Source<Object> current;
    private boolean isPutting;
    private final Function<Object, Source<Object>> coercion;

    Concat(Stream<Object> in, Stream<Object> out, Function<Object, Source<Object>> coercion) {
      super(in, out);
      this.coercion = coercion;
    }

    @Override
    void begin() {
      out.onClosedThrough(List.of(in), () -> {
        in.close(out.closeCause());
        closeInner(out.closeCause());
      });
      start();
    }

    @Override
    void closeInner(@Nullable Throwable cause) {
      Source<Object> left = current;
      if (left != null) {
        left.close(cause);
      }
    }

    @Override
    @Nullable Deferred<?> next(@Nullable Object last) {
      if (isPutting) {
        isPutting = false;
        if (Boolean.FALSE.equals(last)) {
          closeInner(out.closeCause());
          over();
          return null;
        }
        return current.take(DRAINED);
      }
      if (current == null) {
        return last == null ? in.take(DRAINED) : enter(last);
      }
      if (last == DRAINED) {
        Throwable cause = current.closeCause();
        if (cause != null) {
          out.close(cause);
          in.close(cause);
          return null;
        }
        current = null;
        return in.take(DRAINED);
      }
      isPutting = true;
      return out.put(last);
    }

    private @Nullable Deferred<?> enter(Object last) {
      if (last == DRAINED) {
        over();
        return null;
      }
      current = coercion.apply(last);
      if (out.isClosed()) {
        closeInner(out.closeCause());
        over();
        return null;
      }
      return current.take(DRAINED);
    }
  }

  // ---- partition

  static final class Partition extends Between {
    private enum Turn { TAKE, LOOK, PUT_STREAM, PUT_VALUE }

    private final Function<Object, ?> function;
    private final BiPredicate<Object, Object> isSame;
    private Turn turn = Turn.TAKE;
    private @Nullable Stream<Object> current;
    private @Nullable Object key;
    private @Nullable Object value;

    Partition(Stream<Object> in, Stream<Object> out, Function<Object, ?> function,
        BiPredicate<Object, Object> isSame) {
      super(in, out);
      this.function = function;
      this.isSame = isSame;
    }

    @Override
    @Nullable Deferred<?> next(@Nullable Object last) {
      switch (turn) {
        case LOOK:
          return look(last);
        case PUT_STREAM:
          turn = Turn.TAKE;
          if (Boolean.FALSE.equals(last)) {
            current.close();
            over();
            return null;
          }
          return current.put(value);
        default:
          turn = Turn.LOOK;
          return in.take(DRAINED);
      }
    }

    private @Nullable Deferred<?> look(@Nullable Object taken) {
      if (taken == DRAINED) {
        closeInner(in.closeCause());
        over();
        return null;
      }
      value = taken;
      Object newKey = function.apply(taken);
      if (current != null && isSame.test(key, newKey)) {
        turn = Turn.TAKE;
        return current.put(taken);
      }
      closeInner(null);
      key = newKey;
      current = Streams.fresh(0);
      turn = Turn.PUT_STREAM;
      return out.put(current);
    }

    @Override
    void closeInner(@Nullable Throwable cause) {
      if (current != null) {
        current.close(cause);
      }
    }
  }
}

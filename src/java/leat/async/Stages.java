package leat.async;

import java.util.Iterator;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import leat.bytes.Nullable;

/** The kinds of {@link Stage}. */
final class Stages {

  private Stages() {
  }

  static final class OfConsumer<A> extends Stage<A> {
    private final Consumer<? super A> callback;

    OfConsumer(Consumer<? super A> callback) {
      super(null);
      this.callback = callback;
    }

    @Override
    Deferred<?> accept(A value, int depth) {
      Detour detour = Detour.current();
      int outer = detour.enter(depth);
      try {
        callback.accept(value);
      } finally {
        detour.leave(outer);
      }
      return Stream.TRUE;
    }

    @Override
    String name() {
      return "The callback of consume";
    }
  }

  static final class OfMap<A, B> extends Stage<A> {
    private final Function<? super A, ? extends B> function;
    private final Stream<B> to;

    OfMap(Function<? super A, ? extends B> function, Stream<B> to) {
      super(to);
      this.function = function;
      this.to = to;
    }

    @Override
    Deferred<?> accept(A value, int depth) {
      return to.push(function.apply(value), depth);
    }

    @Override
    String name() {
      return "The function of map";
    }
  }

  static final class OfFilter<A> extends Stage<A> {
    private final Predicate<? super A> predicate;
    private final Stream<A> to;

    OfFilter(Predicate<? super A> predicate, Stream<A> to) {
      super(to);
      this.predicate = predicate;
      this.to = to;
    }

    @Override
    Deferred<?> accept(A value, int depth) {
      return predicate.test(value) ? to.push(value, depth) : Stream.TRUE;
    }

    @Override
    String name() {
      return "The predicate of filter";
    }
  }

  /** Hands each value to a callback that sees to the rest, and answers true, false, or a deferred of these. */
  static final class OfCallback<A> extends Stage<A> {
    private final Function<? super A, ?> callback;

    OfCallback(Function<? super A, ?> callback, @Nullable Sink<?> out) {
      super(out);
      this.callback = callback;
    }

    @Override
    Deferred<?> accept(A value, int depth) {
      return caught(this, callForeign(callback, value, depth));
    }

    @Override
    String name() {
      return "The callback of connect-via";
    }
  }

  /** Hands on each value, once it is realized if it is a deferred, to a callback. */
  static final class OfAsyncConsumer<A> extends Stage<A> {
    private final Function<? super A, ?> callback;

    OfAsyncConsumer(Function<? super A, ?> callback) {
      super(null);
      this.callback = callback;
    }

    @Override
    @SuppressWarnings("unchecked")
    Deferred<?> accept(A value, int depth) {
      return caught(this, whenRealized(value, depth, (realized, now) -> callForeign(callback, (A) realized, now)));
    }

    @Override
    String name() {
      return "The callback of consume-async";
    }
  }

  /** Puts into one sink on behalf of another, which the values reach on another way. */
  static final class OfProxy<A> extends Stage<A> {
    private final Stream<A> proxy;

    OfProxy(Stream<A> proxy, Sink<?> out) {
      super(out);
      this.proxy = proxy;
    }

    @Override
    Deferred<?> accept(A value, int depth) {
      return proxy.push(value, depth);
    }

    @Override
    void closeOut(@Nullable Throwable cause) {
      proxy.close(cause);
    }

    @Override
    AbstractNode endsWith() {
      return proxy;
    }
  }

  /** Puts into a sink and leaves it open. */
  static final class OfDrain<A> extends Stage<A> {
    private final Sink<A> to;

    OfDrain(Sink<A> to) {
      super(to);
      this.to = to;
    }

    @Override
    Deferred<?> accept(A value, int depth) {
      return to instanceof Stream<A> stream ? stream.push(value, depth) : to.put(value);
    }

    @Override
    void closeOut(@Nullable Throwable cause) {
      // It is not ours.
    }
  }

  /** Puts all that comes of a value. */
  static final class OfMapcat<A, B> extends Stage<A> {
    private final Function<? super A, ? extends Iterator<? extends B>> function;
    private final Stream<B> to;

    OfMapcat(Function<? super A, ? extends Iterator<? extends B>> function, Stream<B> to) {
      super(to);
      this.function = function;
      this.to = to;
    }

    @Override
    Deferred<?> accept(A value, int depth) {
      return caught(this, PutAll.from(function.apply(value), to, depth));
    }

    @Override
    String name() {
      return "The function of mapcat";
    }
  }

  static final class OfRealizing<A> extends Stage<Object> {
    private final Stream<A> to;

    OfRealizing(Stream<A> to) {
      super(to);
      this.to = to;
    }

    @Override
    String name() {
      return "A deferred that went through a stream";
    }

    @Override
    Deferred<?> accept(Object value, int depth) {
      return caught(this, whenRealized(value, depth, to::push));
    }
  }

  /** Puts what a function makes of each value and of what it made before. One value at a time. */
  static final class OfReductions<A> extends Stage<Object> {
    private static final Object NOTHING = new Object();

    private final BiFunction<Object, Object, ?> function;
    private final Stream<A> to;
    private @Nullable Object last;
    /** The put of what comes before the first value, until that has come. */
    private @Nullable Deferred<?> start;

    OfReductions(BiFunction<Object, Object, ?> function, boolean hasFirst, @Nullable Object first, Stream<A> to) {
      super(to);
      this.function = function;
      this.to = to;
      last = hasFirst ? first : NOTHING;
      start = hasFirst ? to.push(first, 0) : null;
    }

    @Override
    Deferred<?> accept(Object value, int depth) {
      if (start != null) {
        Deferred<?> begun = start;
        start = null;
        return caught(this, whenRealized(begun, depth, (yes, now) -> accept(value, now)));
      }
      if (last == NOTHING) {
        last = value;
        return to.push(value, depth);
      }
      return caught(this, whenRealized(value, depth,
          (realized, now) -> whenRealized(function.apply(last, realized), now, this::next)));
    }

    private Deferred<?> next(@Nullable Object result, int depth) {
      last = result;
      return to.push(result, depth);
    }

    @Override
    String name() {
      return "The function of reductions";
    }
  }

  /** Calls what may put into any stream. */
  private static <A> Deferred<?> callForeign(Function<? super A, ?> callback, A value, int depth) {
    Detour detour = Detour.current();
    int outer = detour.enter(depth);
    try {
      return asAnswer(callback.apply(value));
    } finally {
      detour.leave(outer);
    }
  }

  /** Returns the answer of a callback as a deferred. Everything but false and a deferred of it means yes. */
  static Deferred<?> asAnswer(@Nullable Object answer) {
    if (answer instanceof Deferred<?> deferred) {
      return deferred;
    }
    if (answer instanceof CompletionStage<?> stage) {
      return Deferred.from(stage);
    }
    return Boolean.FALSE.equals(answer) ? Stream.FALSE : Stream.TRUE;
  }

  /** What is done with a value that has been waited for; {@code depth} is as for {@link AbstractNode#push}. */
  interface Next {
    Deferred<?> apply(@Nullable Object value, int depth);
  }

  /**
   * Calls {@code next} with {@code value}, or with the value of that if it is a deferred, once it has one. The depth is
   * {@code depth} if that is at once, and else 0, since it is on another stack.
   */
  static Deferred<?> whenRealized(@Nullable Object value, int depth, Next next) {
    Object now = value;
    while (now instanceof Deferred<?> deferred) {
      if (!deferred.isRealized()) {
        return later(deferred, next);
      }
      if (deferred.failure() != null) {
        return deferred;
      }
      now = deferred.getNow();
    }
    return next.apply(now, depth);
  }

  private static <V> Deferred<?> later(Deferred<V> value, Next next) {
    Deferred<Object> answer = new Deferred<>();
    Notice.add(value, realized -> {
      try {
        connect(whenRealized(realized, 0, next), answer);
      } catch (Throwable thrown) {
        answer.error(thrown);
      }
    }, answer::error);
    return answer;
  }

  private static <V> void connect(Deferred<V> from, Deferred<Object> to) {
    Notice.add(from, to::success, to::error);
  }

  /** Lets the stage fail if the answer is, or will be, an error. */
  private static <V> Deferred<?> caught(Stage<?> stage, Deferred<V> answer) {
    if (answer.isRealized()) {
      Throwable error = answer.errorValue(null);
      return error == null ? answer : stage.fail(error);
    }
    Deferred<Object> safe = new Deferred<>();
    Notice.add(answer, safe::success, error -> {
      stage.fail(error);
      safe.success(false);
    });
    return safe;
  }
}

package leat.clj;

import clojure.lang.IFn;
import leat.async.Deferred;
import leat.async.Deferreds;
import leat.async.Derived;
import leat.async.Failure;
import leat.async.Waiter;
import leat.bytes.Nullable;

/** What {@code catch} and {@code finally} are to code that waits. */
public final class Recover {

  private Recover() {
  }

  private static final class Catch extends Waiter<Object> {
    private final Derived<Object> target;
    private final boolean coerce;
    private final @Nullable Class<?> type;
    private final IFn handler;

    Catch(Derived<Object> target, boolean coerce, @Nullable Class<?> type, IFn handler) {
      this.target = target;
      this.coerce = coerce;
      this.type = type;
      this.handler = handler;
    }

    @Override
    protected Deferred<?> target() {
      return target;
    }

    @Override
    protected void onSuccess(@Nullable Object value) {
      Object plain = coerce ? Coerce.unwrap(value) : Deferreds.unwrap(value);
      if (plain instanceof Deferred<?> deferred) {
        target.waitFor(Chain.cast(deferred), this);
      } else {
        target.success(plain);
      }
    }

    @Override
    protected void onFailure(Failure failure) {
      if (target.isRealized()) {
        failure.look();
        return;
      }
      if (!catches(failure, type)) {
        target.fail(failure);
        return;
      }
      Object result;
      try {
        result = handler.invoke(ErrorValue.raw(failure.look()));
      } catch (Throwable thrown) {
        target.error(thrown);
        return;
      }
      Chain.into(target, coerce, result);
    }
  }

  private static boolean catches(Failure failure, @Nullable Class<?> type) {
    return type == null || type.isInstance(ErrorValue.raw(failure.peek()));
  }

  /**
   * Returns a deferred with the value of {@code source}, or what {@code handler} makes of its error.
   *
   * @param coerce  whether to wait for values that are no deferred but can become one
   * @param source  what may fail
   * @param type    of which class an error must be, or null for any error
   * @param handler called with the error; its result is the value, or is waited for
   * @return {@code source} itself if it is realized and there is nothing to catch
   */
  public static Deferred<?> recover(boolean coerce, Deferred<?> source, @Nullable Class<?> type, IFn handler) {
    if (source.failure() != null && Chain.runsElsewhere(source)) {
      return later(coerce, source, type, handler);
    }
    Object value = coerce ? Coerce.unwrap(source) : Deferreds.unwrap(source);
    if (!(value instanceof Deferred<?> inner)) {
      return source.successOrSelf() == value ? source : new Settled(value);
    }
    Failure failure = inner.failure();
    if (failure == null) {
      return later(coerce, inner, type, handler);
    }
    if (!catches(failure, type)) {
      return inner;
    }
    try {
      return Chain.chain(coerce, handler.invoke(ErrorValue.raw(failure.look())));
    } catch (Throwable thrown) {
      return Settled.because(thrown);
    }
  }

  private static Deferred<?> later(boolean coerce, Deferred<?> source, @Nullable Class<?> type, IFn handler) {
    DerivedPromise target = new DerivedPromise();
    target.waitFor(Chain.cast(source), new Catch(target, coerce, type, handler));
    return target;
  }

  private static final class Finally extends Waiter<Object> {
    private final Derived<Object> target;
    private final IFn after;

    Finally(Derived<Object> target, IFn after) {
      this.target = target;
      this.after = after;
    }

    @Override
    protected Deferred<?> target() {
      return target;
    }

    @Override
    protected boolean isIdle() {
      return false;
    }

    @Override
    protected void onSuccess(@Nullable Object value) {
      try {
        after.invoke();
      } catch (Throwable thrown) {
        target.error(thrown);
        return;
      }
      target.success(value);
    }

    @Override
    protected void onFailure(Failure failure) {
      try {
        after.invoke();
      } catch (Throwable thrown) {
        failure.look().addSuppressed(thrown);
        target.error(thrown);
        return;
      }
      target.fail(failure);
    }
  }

  /**
   * Calls a function once {@code source} is realized, be it with a value or an error, also if nobody waits for the result
   * any more.
   *
   * @param source what to wait for
   * @param after  called without arguments; what it throws becomes the error of the result
   * @return a deferred with the outcome of {@code source}; that itself if it is realized
   */
  public static Deferred<?> afterwards(Deferred<?> source, IFn after) {
    if (source.isRealized() && !Chain.runsElsewhere(source)) {
      try {
        after.invoke();
        return source;
      } catch (Throwable thrown) {
        source.errorValue(null);
        return Settled.because(thrown);
      }
    }
    DerivedPromise target = new DerivedPromise();
    target.waitFor(Chain.cast(source), new Finally(target, after));
    return target;
  }
}

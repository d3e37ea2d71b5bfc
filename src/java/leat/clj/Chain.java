package leat.clj;

import clojure.lang.IFn;
import clojure.lang.ISeq;
import java.util.concurrent.Executor;
import leat.async.CurrentExecutor;
import leat.async.Deferred;
import leat.async.Deferreds;
import leat.async.Derived;
import leat.async.Failure;
import leat.async.Waiter;
import leat.bytes.Nullable;

/**
 * Functions one after another, each with what came of the one before. As long as there is nothing to wait for, they are
 * simply called. From the first pending deferred on, one {@code Chain} carries on what is left to do, however many
 * deferreds it has to wait for.
 *
 * <p>Coercing chains wait for everything that {@link Coerce} knows, the others only for a {@link Deferred}.
 */
public final class Chain extends Waiter<Object> {

  private final Derived<Object> target;
  private final boolean coerce;

  /** What is left to do: null means the end. Changed only while this waits for nothing. */
  private @Nullable IFn first;
  private @Nullable IFn second;
  private @Nullable IFn third;
  private @Nullable ISeq more;

  private Chain(Derived<Object> target, boolean coerce) {
    this.target = target;
    this.coerce = coerce;
  }

  /**
   * Returns a deferred with the plain value that comes of {@code x}.
   *
   * @param coerce whether to wait for what is no deferred but can become one
   * @param x      a value, or what to wait for
   * @return {@code x} itself if it is realized and its value is plain, else a new deferred
   */
  public static Deferred<?> chain(boolean coerce, @Nullable Object x) {
    if (isPlain(coerce, x)) {
      return new Settled(x);
    }
    if (x instanceof Deferred<?> deferred) {
      Object value = deferred.successOrSelf();
      if (value == deferred ? deferred.failure() != null : isPlain(coerce, value)) {
        return deferred;
      }
    }
    return run(coerce, x, null, null, null, null);
  }

  /**
   * Returns a deferred with the value of a function.
   *
   * @param coerce whether to wait for what is no deferred but can become one
   * @param x      the argument, or what to wait for
   * @param f      the function
   * @return a new deferred
   */
  public static Deferred<?> chain(boolean coerce, @Nullable Object x, @Nullable Object f) {
    // The usual case in few words, so that the compiler can take it into the caller, and may need no objects at all.
    Object value = x instanceof Deferred<?> deferred && deferred.executor() == null ? deferred.successOrSelf() : x;
    if (!isPlain(coerce, value) || !(f instanceof IFn function)) {
      return run(coerce, x, step(f, "1st"), null, null, null);
    }
    Object result;
    try {
      result = function.invoke(value);
    } catch (Throwable thrown) {
      return Settled.because(thrown);
    }
    return isPlain(coerce, result) ? new Settled(result) : chain(coerce, result);
  }

  private static boolean isPlain(boolean coerce, @Nullable Object value) {
    return !(value instanceof Deferred) && !(coerce && Coerce.isCoercible(value));
  }

  /**
   * Returns a deferred with the value of two functions, one after the other.
   *
   * @param coerce whether to wait for what is no deferred but can become one
   * @param x      the argument of {@code f}, or what to wait for
   * @param f      the first function
   * @param g      the second function
   * @return a new deferred
   */
  public static Deferred<?> chain(boolean coerce, @Nullable Object x, @Nullable Object f, @Nullable Object g) {
    return run(coerce, x, step(f, "1st"), step(g, "2nd"), null, null);
  }

  /**
   * Returns a deferred with the value of functions, one after another.
   *
   * @param coerce whether to wait for what is no deferred but can become one
   * @param x      the argument of {@code f}, or what to wait for
   * @param f      the first function
   * @param g      the second function
   * @param h      the third function
   * @param fs     all others, or null
   * @return a new deferred; or if something on the way has failed already, that
   */
  public static Deferred<?> chain(boolean coerce, @Nullable Object x, @Nullable Object f, @Nullable Object g,
      @Nullable Object h, @Nullable ISeq fs) {
    return run(coerce, x, step(f, "1st"), step(g, "2nd"), step(h, "3rd"), fs);
  }

  /** Returns {@code f}, or if that is no function, one that fails and says so, since a chain throws nothing. */
  private static IFn step(@Nullable Object f, String which) {
    return f instanceof IFn function ? function : (OneArgument) value -> {
      throw new IllegalArgumentException("Expected a function as the " + which + " step of chain, actual "
          + (f == null ? "nil" : f.getClass().getName()) + ".");
    };
  }

  /** Tells whether what waits for {@code x}, even if that is realized, is to be called on an executor. */
  static boolean runsElsewhere(@Nullable Object x) {
    if (!(x instanceof Deferred<?> deferred)) {
      return false;
    }
    Executor executor = deferred.executor();
    return executor != null && executor != CurrentExecutor.get();
  }

  private static Deferred<?> run(boolean coerce, @Nullable Object x, @Nullable IFn f, @Nullable IFn g, @Nullable IFn h,
      @Nullable ISeq fs) {
    Object value = x;
    IFn first = f;
    IFn second = g;
    IFn third = h;
    ISeq more = fs;
    try {
      while (true) {
        if (first != null && runsElsewhere(value)) {
          return suspend(coerce, (Deferred<?>) value, first, second, third, more);
        }
        value = coerce ? Coerce.unwrap(value) : Deferreds.unwrap(value);
        if (value instanceof Deferred<?> deferred) {
          return deferred.failure() != null ? deferred : suspend(coerce, deferred, first, second, third, more);
        }
        if (first == null) {
          return new Settled(value);
        }
        value = first.invoke(value);
        first = second;
        second = third;
        third = more == null ? null : step(more.first(), "next");
        more = more == null ? null : more.next();
      }
    } catch (Throwable thrown) {
      return Settled.because(thrown);
    }
  }

  private static Deferred<?> suspend(boolean coerce, Deferred<?> deferred, @Nullable IFn first, @Nullable IFn second,
      @Nullable IFn third, @Nullable ISeq more) {
    DerivedPromise target = new DerivedPromise();
    Chain chain = new Chain(target, coerce);
    chain.first = first;
    chain.second = second;
    chain.third = third;
    chain.more = more;
    target.waitFor(cast(deferred), chain);
    return target;
  }

  /** Gives {@code target} the plain value that comes of {@code x}. */
  static void into(Derived<Object> target, boolean coerce, @Nullable Object x) {
    new Chain(target, coerce).onSuccess(x);
  }

  @Override
  protected Deferred<?> target() {
    return target;
  }

  @Override
  protected void onFailure(Failure failure) {
    target.fail(failure);
  }

  @Override
  protected void onSuccess(@Nullable Object x) {
    Object value = x;
    try {
      while (true) {
        if (first != null && runsElsewhere(value)) {
          target.waitFor(cast((Deferred<?>) value), this);
          return;
        }
        value = coerce ? Coerce.unwrap(value) : Deferreds.unwrap(value);
        if (value instanceof Deferred<?> deferred) {
          Failure failure = deferred.failure();
          if (failure != null) {
            target.fail(failure);
            return;
          }
          if (target.waitIfPending(cast(deferred), this)) {
            return;
          }
          continue;
        }
        if (first == null || target.isRealized()) {
          break;
        }
        IFn next = first;
        first = second;
        second = third;
        third = more == null ? null : step(more.first(), "next");
        more = more == null ? null : more.next();
        value = next.invoke(value);
      }
    } catch (Throwable thrown) {
      target.error(thrown);
      return;
    }
    target.success(value);
  }

  @SuppressWarnings("unchecked")
  static Deferred<Object> cast(Deferred<?> deferred) {
    return (Deferred<Object>) deferred;
  }
}

package leat.clj;

import clojure.lang.AFn;
import clojure.lang.ArraySeq;
import clojure.lang.IFn;
import clojure.lang.PersistentList;
import clojure.lang.Var;
import leat.async.Deferred;
import leat.async.Deferreds;
import leat.async.Derived;
import leat.async.Failure;
import leat.async.Waiter;
import leat.bytes.Nullable;

/**
 * A function of several values that may be there later: what {@code zip} and {@code let-flow} are made of. If all are
 * there, the function is called at once. If not, it is called where the last one is realized, with the dynamic bindings
 * of the thread that asked for it.
 */
public final class Flow extends Waiter<Object[]> {

  private static final IFn LIST = new AFn() {
    @Override
    public Object invoke(Object values) {
      Object[] array = (Object[]) values;
      return array.length == 0 ? PersistentList.EMPTY : ArraySeq.create(array);
    }
  };

  private final Derived<Object> target;
  private final boolean coerce;
  private final IFn function;
  private final @Nullable Object bindings;

  private Flow(Derived<Object> target, boolean coerce, IFn function, @Nullable Object bindings) {
    this.target = target;
    this.coerce = coerce;
    this.function = function;
    this.bindings = bindings;
  }

  /**
   * Returns a deferred with the values of all {@code sources} as a sequence.
   *
   * @param coerce  whether to wait for what is no deferred but can become one
   * @param sources values, or what to wait for; taken
   * @return a new deferred, or if one of them has failed already, that
   */
  public static Deferred<?> zip(boolean coerce, Object[] sources) {
    return run(coerce, sources, LIST, null);
  }

  /**
   * Returns a deferred with the value of {@code function}.
   *
   * @param coerce   whether to wait for what is no deferred but can become one
   * @param sources  values, or what to wait for; taken
   * @param function called with an array of the values; its result is waited for as well
   * @return a new deferred, or if one of the sources has failed already, that
   */
  public static Deferred<?> flow(boolean coerce, Object[] sources, IFn function) {
    return run(coerce, sources, function, function);
  }

  /**
   * Coerces a value for several who will wait for it.
   *
   * @param x any value
   * @return a deferred if {@code x} can become one, else {@code x} itself
   */
  public static @Nullable Object once(@Nullable Object x) {
    Deferred<?> deferred = Coerce.toDeferred(x);
    return deferred == null ? x : deferred;
  }

  /**
   * Returns an array.
   *
   * @param a the first element
   * @return a new array
   */
  public static Object[] array(Object a) {
    return new Object[] {a};
  }

  /**
   * Returns an array.
   *
   * @param a the first element
   * @param b the second element
   * @return a new array
   */
  public static Object[] array(Object a, Object b) {
    return new Object[] {a, b};
  }

  /**
   * Returns an array.
   *
   * @param a the first element
   * @param b the second element
   * @param c the third element
   * @return a new array
   */
  public static Object[] array(Object a, Object b, Object c) {
    return new Object[] {a, b, c};
  }

  /**
   * Returns an array.
   *
   * @param a the first element
   * @param b the second element
   * @param c the third element
   * @param d the fourth element
   * @return a new array
   */
  public static Object[] array(Object a, Object b, Object c, Object d) {
    return new Object[] {a, b, c, d};
  }

  /** Runs with the bindings of this thread unless {@code bound} is null. */
  private static Deferred<?> run(boolean coerce, Object[] sources, IFn function, @Nullable Object bound) {
    try {
      Object waiting = settle(coerce, sources);
      if (waiting instanceof Deferred<?> failed) {
        return failed;
      }
      if (waiting == null) {
        return Chain.chain(coerce, function.invoke(sources));
      }
      DerivedPromise target = new DerivedPromise();
      Object bindings = bound == null ? null : Var.cloneThreadBindingFrame();
      target.waitFor(Deferreds.all(sources), new Flow(target, coerce, function, bindings));
      return target;
    } catch (Throwable thrown) {
      return Settled.because(thrown);
    }
  }

  /** Puts values in the place of sources; returns null if all are there, a deferred that has failed, or something else. */
  private static @Nullable Object settle(boolean coerce, Object[] sources) {
    Object waiting = null;
    for (int i = 0; i < sources.length; i++) {
      Object value = coerce ? Coerce.unwrap(sources[i]) : Deferreds.unwrap(sources[i]);
      sources[i] = value;
      if (value instanceof Deferred<?> deferred) {
        if (deferred.failure() != null) {
          return deferred;
        }
        waiting = sources;
      }
    }
    return waiting;
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
  protected void onSuccess(Object[] values) {
    if (target.isRealized()) {
      return;
    }
    Object result;
    try {
      Object waiting = settle(coerce, values);
      if (waiting instanceof Deferred<?> failed) {
        target.fail(failed.failure());
        return;
      }
      if (waiting != null) {
        target.waitFor(Deferreds.all(values), this);
        return;
      }
      result = call(values);
    } catch (Throwable thrown) {
      target.error(thrown);
      return;
    }
    Chain.into(target, coerce, result);
  }

  private Object call(Object[] values) {
    if (bindings == null) {
      return function.invoke(values);
    }
    Object before = Var.getThreadBindingFrame();
    Var.resetThreadBindingFrame(bindings);
    try {
      return function.invoke(values);
    } finally {
      Var.resetThreadBindingFrame(before);
    }
  }
}

package leat.clj;

import clojure.lang.IFn;
import clojure.lang.IPending;
import leat.async.Deferred;
import leat.async.Failure;
import leat.async.Registration;
import leat.async.Waiter;
import leat.bytes.Nullable;

/** Clojure functions as listeners. */
public final class Callbacks {

  private Callbacks() {
  }

  private static final class OnRealized extends Waiter<Object> {
    private final @Nullable IFn onSuccess;
    private final @Nullable IFn onError;

    OnRealized(@Nullable IFn onSuccess, @Nullable IFn onError) {
      this.onSuccess = onSuccess;
      this.onError = onError;
    }

    @Override
    protected void onSuccess(@Nullable Object value) {
      if (onSuccess != null) {
        onSuccess.invoke(value);
      }
    }

    @Override
    protected void onFailure(Failure failure) {
      Throwable error = failure.look();
      if (onError != null) {
        onError.invoke(ErrorValue.raw(error));
      }
    }
  }

  private static final class FnListener implements Deferred.Listener<Object> {
    private final @Nullable IFn onValue;
    private final @Nullable IFn onThrowable;
    /** Where this was added last: the only place, as a rule, and found there without a search. */
    private volatile @Nullable Registration<?> last;

    FnListener(@Nullable IFn onValue, @Nullable IFn onThrowable) {
      this.onValue = onValue;
      this.onThrowable = onThrowable;
    }

    @Override
    public void onSuccess(@Nullable Object value) {
      if (onValue != null) {
        onValue.invoke(value);
      }
    }

    @Override
    public void onError(Throwable error) {
      if (onThrowable != null) {
        onThrowable.invoke(ErrorValue.raw(error));
      }
    }
  }

  /**
   * Returns a deferred as what it is.
   *
   * @param x      a deferred
   * @param caller the Clojure function that got it
   * @return {@code x}
   * @throws IllegalArgumentException if it is something else
   */
  @SuppressWarnings("unchecked")
  public static Deferred<Object> deferred(@Nullable Object x, String caller) {
    if (x instanceof Deferred<?> deferred) {
      return (Deferred<Object>) deferred;
    }
    throw new IllegalArgumentException("Expected a deferred for " + caller + ", actual "
        + (x == null ? "nil" : x.getClass().getName())
        + (x instanceof IPending && x instanceof IFn ? "; for a promise of Clojure use deliver." : "."));
  }

  /**
   * Tells whether a deferred has its outcome.
   *
   * @param deferred a deferred
   * @return true if it has
   */
  public static boolean isRealized(@Nullable Object deferred) {
    return deferred(deferred, "realized?").isRealized();
  }

  /**
   * Calls one of two functions once {@code deferred} is realized.
   *
   * @param deferred  what to wait for
   * @param onSuccess called with the value, unless it is null
   * @param onError   called with the error, unless it is null; a null counts as having looked all the same
   * @return {@code deferred}
   */
  public static Deferred<?> onRealized(@Nullable Object deferred, @Nullable IFn onSuccess, @Nullable IFn onError) {
    Deferred<Object> source = deferred(deferred, "on-realized");
    source.await(new OnRealized(onSuccess, onError));
    return source;
  }

  /**
   * Makes a listener of two functions, either of which may be null.
   *
   * @param onSuccess called with the value
   * @param onError   called with the error
   * @return a listener that equals only itself
   */
  public static Deferred.Listener<Object> listener(@Nullable IFn onSuccess, @Nullable IFn onError) {
    return new FnListener(onSuccess, onError);
  }

  /**
   * Has {@code listener} called once {@code deferred} is realized.
   *
   * @param deferred what to wait for
   * @param listener whom to call
   * @return true
   * @throws IllegalArgumentException if one of the two is something else
   */
  @SuppressWarnings("unchecked")
  public static boolean add(@Nullable Object deferred, @Nullable Object listener) {
    Deferred<Object> source = deferred(deferred, "add-listener!");
    if (listener instanceof FnListener own) {
      own.last = Registration.add(source, own);
    } else if (listener instanceof Deferred.Listener<?> other) {
      source.onRealized((Deferred.Listener<Object>) other);
    } else {
      throw new IllegalArgumentException("Expected a listener, as leat.deferred/listener makes it, actual "
          + (listener == null ? "nil" : listener.getClass().getName()) + ".");
    }
    return true;
  }

  /**
   * Takes back what was given to {@link #add}.
   *
   * @param deferred what it waits for
   * @param listener whom not to call
   * @return true if it will not be called; false if it is unknown, or has been called, or is being called
   */
  public static boolean cancel(@Nullable Object deferred, @Nullable Object listener) {
    Deferred<Object> source = deferred(deferred, "cancel-listener!");
    Registration<?> last = listener instanceof FnListener own ? own.last : null;
    return last != null && last.deferred() == source && last.cancel()
        || listener instanceof Deferred.Listener<?> other && source.cancelListener(other);
  }
}

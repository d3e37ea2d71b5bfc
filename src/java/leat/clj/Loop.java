package leat.clj;

import clojure.lang.IFn;
import leat.async.Deferred;
import leat.async.Deferreds;
import leat.async.Derived;
import leat.async.Failure;
import leat.async.Waiter;
import leat.bytes.Nullable;

/**
 * A loop whose turns may have to wait. It takes one turn after another on the same stack while there is nothing to wait
 * for, and one object, this, for all that it waits for.
 */
public final class Loop extends Waiter<Object> {

  private final Derived<Object> target;
  private final IFn body;

  private Loop(Derived<Object> target, IFn body) {
    this.target = target;
    this.body = body;
  }

  /**
   * Calls {@code body} again and again as long as it returns a {@link Recur}, or a deferred with one.
   *
   * @param first the arguments of the first turn
   * @param body  one turn
   * @return a deferred with what the last turn returned, or with the first error; realized if no turn had to wait
   */
  public static Deferred<?> start(Recur first, IFn body) {
    Recur next = first;
    try {
      while (true) {
        Object result = next.turn(body);
        if (result instanceof Deferred<?> deferred) {
          // One step by itself: where a chain had nothing to wait for, the compiler may need no object for its result.
          result = deferred.successOrSelf();
          if (result instanceof Deferred) {
            result = Deferreds.unwrap(result);
            if (result instanceof Deferred<?> inner) {
              return inner.failure() != null ? inner : suspend(inner, body);
            }
          }
        }
        if (!(result instanceof Recur again)) {
          return new Settled(result);
        }
        next = again;
      }
    } catch (Throwable thrown) {
      return Settled.because(thrown);
    }
  }

  private static Deferred<?> suspend(Deferred<?> deferred, IFn body) {
    DerivedPromise target = new DerivedPromise();
    target.waitFor(Chain.cast(deferred), new Loop(target, body));
    return target;
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
  protected void onSuccess(@Nullable Object value) {
    Object result = value;
    try {
      while (true) {
        result = Deferreds.unwrap(result);
        if (result instanceof Deferred<?> deferred) {
          Failure failure = deferred.failure();
          if (failure != null) {
            target.fail(failure);
            return;
          }
          if (target.waitIfPending(Chain.cast(deferred), this)) {
            return;
          }
          continue;
        }
        // A loop that was cancelled, or whose time is up, takes no more turns.
        if (!(result instanceof Recur next) || target.isRealized()) {
          break;
        }
        result = next.turn(body);
      }
    } catch (Throwable thrown) {
      target.error(thrown);
      return;
    }
    target.success(result);
  }
}

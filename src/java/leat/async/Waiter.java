package leat.async;

import leat.bytes.Nullable;

/**
 * One who waits for a {@link Deferred}: an element of the stack of waiters that the deferred holds while it is pending.
 * Plain listeners need not know of it, see {@link Deferred#onRealized}. To extend this class saves an object for each
 * wait; it is meant for code that derives deferreds from others.
 *
 * <p>One of {@link #onSuccess} and {@link #onFailure} is called, once, for each time the waiter was added. It may be
 * added again, to this or another deferred, from then on, but never to two at once. While it waits, it may be replaced
 * by a shallow copy of itself, so its fields must not change then.
 *
 * @param <T> the type of the value waited for
 */
public abstract class Waiter<T> implements Cloneable {

  /** The one below in the stack. */
  @Nullable Waiter<T> next;

  /** For subclasses. */
  protected Waiter() {
  }

  /**
   * Called with the value. What it throws is logged.
   *
   * @param value the value, null if that is it
   */
  protected abstract void onSuccess(@Nullable T value);

  /**
   * Called with the failure. What it throws is logged. The failure counts as seen only once somebody looks at its
   * error: to pass it on is not to see it.
   *
   * @param failure what went wrong
   */
  protected abstract void onFailure(Failure failure);

  /**
   * Returns the deferred for which this one waits, if there is one: once it is realized, nobody waits any more.
   *
   * @return the deferred that is derived from the one waited for, or null
   */
  protected @Nullable Deferred<?> target() {
    return null;
  }

  /**
   * Tells whether this must be called on the thread that realizes the deferred, even if the deferred has an executor.
   *
   * @return true if so; false by default
   */
  protected boolean isDirect() {
    return false;
  }

  /**
   * Tells whether nobody waits through this any more, so that it need not be called.
   *
   * @return true if so; by default, if the {@link #target()} is realized
   */
  protected boolean isIdle() {
    Deferred<?> target = target();
    return target != null && target.isRealized();
  }

  /** Whether this only looks on: it does not keep a deferred from being abandoned. */
  boolean isPassive() {
    return false;
  }

  /** Called if the executor of the deferred does not take the call, be it that it refuses it, or has no more threads. */
  void onRejected(Throwable rejection) {
    Deferred<?> target = target();
    if (target == null) {
      Log.thrown("The executor of a deferred", rejection);
    } else {
      target.error(rejection);
    }
  }

  @SuppressWarnings("unchecked")
  final Waiter<T> copy(@Nullable Waiter<T> below) {
    try {
      Waiter<T> copy = (Waiter<T>) clone();
      copy.next = below;
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }
}

package leat.async;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import leat.bytes.Nullable;

/**
 * The outcome of a deferred that has failed. Deferreds that are derived from a failed one share its failure, so an error
 * counts as seen once somebody has looked at it anywhere. If nobody ever does, {@link DroppedErrors} tells.
 */
public final class Failure {

  private static final Object SEEN = new Object();

  private static final VarHandle WATCH;

  static {
    try {
      WATCH = MethodHandles.lookup().findVarHandle(Failure.class, "watch", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Throwable error;

  /** Null: nobody has looked, and nobody watches; a {@link DroppedErrors.Watch}; or SEEN. */
  private volatile @Nullable Object watch;

  /**
   * Makes a failure that nobody has seen yet.
   *
   * @param error what went wrong
   */
  public Failure(Throwable error) {
    this.error = Objects.requireNonNull(error, "error");
  }

  /**
   * Returns the error, and takes note that somebody has seen it.
   *
   * @return what went wrong
   */
  public Throwable look() {
    Object current = watch;
    if (current != SEEN) {
      Object last = WATCH.getAndSet(this, SEEN);
      if (last instanceof DroppedErrors.Watch pending) {
        pending.forget();
      }
    }
    return error;
  }

  /**
   * Returns the error, without taking note.
   *
   * @return what went wrong
   */
  public Throwable peek() {
    return error;
  }

  /**
   * Returns this failure. From now on it is noticed when nobody can look any more: for a deferred that has failed while
   * nobody waits for it.
   *
   * @return this
   */
  public Failure watched() {
    watch();
    return this;
  }

  /** From now on it is noticed when nobody can look any more. A cancellation is no news to whoever asked for it. */
  void watch() {
    watch(null);
  }

  /** The same, for a deferred of which somebody knows where it was made. */
  void watch(@Nullable Throwable made) {
    if (watch == null && !(error instanceof CancellationException) && DroppedErrors.isSampled()) {
      DroppedErrors.Watch fresh = new DroppedErrors.Watch(this, made);
      if (WATCH.compareAndSet(this, null, fresh)) {
        fresh.begin();
      }
    }
  }
}

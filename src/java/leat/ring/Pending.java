package leat.ring;

import clojure.lang.IBlockingDeref;
import clojure.lang.IDeref;
import clojure.lang.IFn;
import clojure.lang.IPending;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import leat.async.Deferred;
import leat.async.NonBlocking;
import leat.bytes.Nullable;

/** Values that come later: finds out what is one, and makes a {@link Deferred} of it. */
final class Pending {
  private final @Nullable IFn coercion;

  /**
   * @param coercion gives a Deferred or CompletionStage for values of types that only it knows, and nil for others
   */
  Pending(@Nullable IFn coercion) {
    this.coercion = coercion;
  }

  /**
   * The value as a deferred. Promises, futures and delays of Clojure can only be read by blocking: this waits for them,
   * and refuses to on an event loop.
   *
   * @return null when the value is there already, being none of these
   */
  @Nullable Deferred<?> of(@Nullable Object value) {
    if (value instanceof Deferred<?> deferred) {
      return deferred;
    }
    if (value instanceof CompletionStage<?> stage) {
      return Deferred.from(stage);
    }
    Object coerced = coercion == null || value == null ? null : coercion.invoke(value);
    if (coerced != null && coerced != value) {
      return of(coerced);
    }
    if (value instanceof IDeref reference && (value instanceof IPending || value instanceof IBlockingDeref)) {
      boolean isThere = value instanceof IPending pending && pending.isRealized();
      refuseOnLoop(value, isThere);
      return settled(reference::deref);
    }
    if (value instanceof Future<?> future) {
      refuseOnLoop(value, future.isDone());
      return settled(future::get);
    }
    return null;
  }

  private static void refuseOnLoop(Object value, boolean isThere) {
    if (!isThere && Thread.currentThread() instanceof NonBlocking) {
      throw RingError.wouldBlock(value);
    }
  }

  private static Deferred<Object> settled(Callable<?> read) {
    try {
      return Deferred.succeeded(read.call());
    } catch (Exception e) {
      return Deferred.failed(e);
    }
  }

  /** The error itself, without what futures wrap around it. */
  static Throwable unwrap(Throwable error) {
    boolean isWrapper = error instanceof ExecutionException || error instanceof CompletionException;
    return isWrapper && error.getCause() != null ? error.getCause() : error;
  }
}

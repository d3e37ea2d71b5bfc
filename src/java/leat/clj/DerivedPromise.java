package leat.clj;

import java.util.concurrent.Executor;
import leat.async.CurrentExecutor;
import leat.async.Derived;
import leat.bytes.Nullable;

/**
 * A deferred as Clojure code derives it from others: {@code deliver} works on it. A call with a value returns the
 * deferred itself if that decided the outcome, else null.
 */
public final class DerivedPromise extends Derived<Object> implements OneArgument {

  /** Makes a pending deferred on the executor of this thread, if it has one. */
  DerivedPromise() {
    this(CurrentExecutor.get());
  }

  /** Makes a pending deferred whose listeners run on {@code executor}, or for null on the thread that realizes it. */
  DerivedPromise(@Nullable Executor executor) {
    super(executor);
  }

  @Override
  public @Nullable Object invoke(@Nullable Object value) {
    return success(value) ? this : null;
  }
}

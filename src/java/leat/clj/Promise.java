package leat.clj;

import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.IReference;
import clojure.lang.ISeq;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Executor;
import leat.async.CurrentExecutor;
import leat.async.Deferred;
import leat.bytes.Nullable;

/**
 * A deferred as Clojure code makes it: may have an executor and metadata, and {@code deliver} works on it. A call with a
 * value returns the deferred itself if that decided the outcome, else null.
 */
public final class Promise extends Deferred<Object> implements OneArgument, IReference {

  private static final VarHandle META;

  static {
    try {
      META = MethodHandles.lookup().findVarHandle(Promise.class, "meta", IPersistentMap.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Executor executor;
  private volatile @Nullable IPersistentMap meta;

  /** Makes a pending deferred on the executor of this thread, if it has one. */
  public Promise() {
    this(CurrentExecutor.get());
  }

  /**
   * Makes a pending deferred.
   *
   * @param executor where its listeners will run, or null for the thread that realizes it
   */
  public Promise(@Nullable Executor executor) {
    this.executor = executor;
  }

  @Override
  public @Nullable Executor executor() {
    return executor;
  }

  @Override
  public @Nullable Object invoke(@Nullable Object value) {
    return success(value) ? this : null;
  }

  @Override
  public @Nullable IPersistentMap meta() {
    return meta;
  }

  @Override
  public @Nullable IPersistentMap alterMeta(IFn function, ISeq arguments) {
    while (true) {
      IPersistentMap current = meta;
      IPersistentMap next = (IPersistentMap) function.applyTo(clojure.lang.RT.cons(current, arguments));
      if (META.compareAndSet(this, current, next)) {
        return next;
      }
    }
  }

  @Override
  public @Nullable IPersistentMap resetMeta(@Nullable IPersistentMap map) {
    meta = map;
    return map;
  }
}

package leat.clj;

import clojure.lang.IBlockingDeref;
import clojure.lang.IDeref;
import clojure.lang.IFn;
import clojure.lang.IPending;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import leat.async.Deferred;
import leat.async.Interruption;
import leat.bytes.Nullable;

/**
 * Makes deferreds of what else may come later: a {@link CompletionStage}; a {@link Future}; what Clojure calls pending,
 * such as a promise or a delay; a channel of core.async, for its first value; and what the protocol {@code Deferrable} is
 * extended to. Which of these an object is, depends on its class alone and is remembered with it.
 */
public final class Coerce {

  private enum Kind { PLAIN, EXTENDED, STAGE, FUTURE, PENDING, CHANNEL }

  /** A channel from which one can take. The class is known by name, so that core.async is not loaded for the question. */
  private static final String CHANNEL = "clojure.core.async.impl.protocols.ReadPort";

  private static volatile ClassValue<Kind> kinds = new Kinds();
  private static volatile @Nullable IFn isExtended;
  private static volatile @Nullable IFn fromExtended;
  private static volatile @Nullable IFn fromChannel;
  private static volatile @Nullable IFn waitPool;

  private Coerce() {
  }

  private static final class Kinds extends ClassValue<Kind> {
    @Override
    protected Kind computeValue(Class<?> type) {
      IFn test = isExtended;
      if (test != null && Boolean.TRUE.equals(test.invoke(type))) {
        return Kind.EXTENDED;
      }
      if (CompletionStage.class.isAssignableFrom(type)) {
        return Kind.STAGE;
      }
      if (Future.class.isAssignableFrom(type)) {
        return Kind.FUTURE;
      }
      if (IPending.class.isAssignableFrom(type) && IDeref.class.isAssignableFrom(type)) {
        return Kind.PENDING;
      }
      return isChannel(type) ? Kind.CHANNEL : Kind.PLAIN;
    }

    private static boolean isChannel(@Nullable Class<?> type) {
      for (Class<?> each = type; each != null; each = each.getSuperclass()) {
        for (Class<?> face : each.getInterfaces()) {
          if (face.getName().equals(CHANNEL) || isChannel(face)) {
            return true;
          }
        }
      }
      return false;
    }
  }

  /**
   * Says how to do what takes Clojure.
   *
   * @param extended tells of a class whether the protocol is extended to it
   * @param convert  gives a deferred for an object of such a class
   * @param channel  gives a deferred for a channel of core.async
   * @param pool     gives an executor for tasks that block
   */
  public static void install(IFn extended, IFn convert, IFn channel, IFn pool) {
    isExtended = extended;
    fromExtended = convert;
    fromChannel = channel;
    waitPool = pool;
    forget();
  }

  /** Forgets which classes are what, because the protocol has been extended. */
  public static void forget() {
    kinds = new Kinds();
  }

  /**
   * Tells whether there can be a deferred for a value.
   *
   * @param x any value
   * @return true if it is a deferred, or can become one
   */
  public static boolean isDeferrable(@Nullable Object x) {
    return x instanceof Deferred || isCoercible(x);
  }

  static boolean isCoercible(@Nullable Object x) {
    return x != null && !(x instanceof Number) && !(x instanceof String) && !(x instanceof Recur)
        && kinds.get(x.getClass()) != Kind.PLAIN;
  }

  /**
   * Returns a deferred for a value.
   *
   * @param x any value
   * @return the value itself if it is a deferred, a new deferred if it can become one, or null
   */
  public static @Nullable Deferred<?> toDeferred(@Nullable Object x) {
    if (x instanceof Deferred<?> deferred) {
      return deferred;
    }
    if (x == null || x instanceof Number || x instanceof String) {
      return null;
    }
    Kind kind = kinds.get(x.getClass());
    return kind == Kind.PLAIN ? null : convert(kind, x);
  }

  private static @Nullable Deferred<?> convert(Kind kind, Object x) {
    switch (kind) {
      case STAGE:
        return Deferred.from((CompletionStage<?>) x);
      case FUTURE:
        return ((Future<?>) x).isDone() ? now(kind, x) : later(kind, x);
      case PENDING:
        return ((IPending) x).isRealized() ? now(kind, x) : later(kind, x);
      case CHANNEL:
        return viaClojure(fromChannel, x);
      default:
        return viaClojure(fromExtended, x);
    }
  }

  private static Deferred<?> viaClojure(@Nullable IFn convert, Object x) {
    if (convert == null) {
      throw new IllegalStateException("Expected leat.deferred to be loaded before something is coerced, actual: "
          + x.getClass().getName() + ".");
    }
    return (Deferred<?>) convert.invoke(x);
  }

  private static Deferred<Object> now(Kind kind, Object x) {
    try {
      return Deferred.succeeded(read(kind, x));
    } catch (Throwable thrown) {
      return Deferred.failed(cause(thrown));
    }
  }

  private static Deferred<Object> later(Kind kind, Object x) {
    IFn pool = waitPool;
    if (pool == null) {
      throw new IllegalStateException("Expected leat.deferred to be loaded before something is coerced.");
    }
    // What can be waited for only without end, such as a delay, is made by the thread that waits: let that be.
    boolean onlyWaits = kind == Kind.FUTURE || x instanceof IBlockingDeref;
    Deferred<Object> result = onlyWaits ? new Awaited() : new Deferred<>();
    ((Executor) pool.invoke()).execute(() -> {
      try {
        result.success(onlyWaits ? Interruption.call(result, () -> read(kind, x)) : read(kind, x));
      } catch (Throwable thrown) {
        result.error(cause(thrown));
      }
    });
    return result;
  }

  private static @Nullable Object read(Kind kind, Object x) throws Exception {
    return kind == Kind.FUTURE ? ((Future<?>) x).get() : ((IDeref) x).deref();
  }

  /** What went wrong counts, not the wrapping that tells that it did on another thread. */
  private static Throwable cause(Throwable thrown) {
    return thrown instanceof ExecutionException && thrown.getCause() != null ? thrown.getCause() : thrown;
  }

  /**
   * Looks through what has succeeded.
   *
   * @param x any value
   * @return the value itself if there cannot be a deferred for it, else the innermost value, or the first deferred on the
   *     way to it that is pending or has failed
   */
  public static @Nullable Object unwrap(@Nullable Object x) {
    Object current = x;
    while (true) {
      Deferred<?> deferred = toDeferred(current);
      if (deferred == null) {
        return current;
      }
      Object inner = deferred.successOrSelf();
      if (inner == deferred) {
        return deferred;
      }
      current = inner;
    }
  }
}

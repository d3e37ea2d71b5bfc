package leat.async;

import clojure.lang.IBlockingDeref;
import clojure.lang.IDeref;
import clojure.lang.IPending;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import leat.bytes.Nullable;

/**
 * One value, or one error, that comes later. The first call of {@link #success} or {@link #error} decides; all later
 * ones do nothing and return false.
 *
 * <pre>
 *                 onRealized             success(v)
 *   pending ---&gt; pending with listeners -----------&gt; succeeded
 *      |               |        error(e)
 *      |               +---------------------------&gt; failed
 *      +--------------------------------------------&gt; either, with no listener to call
 * </pre>
 *
 * <p>Thread-safe and lock-free. Listeners run in the order in which they were added, on the thread that realizes the
 * deferred, before its call returns; a listener that is added later runs at once on the thread that adds it. What a
 * listener throws is logged and keeps nobody else from being called.
 *
 * <p>The class may be extended to carry more fields; what it does cannot be changed.
 *
 * @param <T> the type of the value, which may be null
 */
public class Deferred<T> implements IDeref, IBlockingDeref, IPending {

  /**
   * What wants to know the outcome of a {@link Deferred}. One of its two methods is called, once.
   *
   * @param <T> the type of the value
   */
  public interface Listener<T> {

    /**
     * Called with the value.
     *
     * @param value the value of the deferred, null if that is its value
     */
    void onSuccess(T value);

    /**
     * Called with the error.
     *
     * @param error the error of the deferred
     */
    void onError(Throwable error);
  }

  /** A listener with a link: one element of the stack of those who wait. An object of this type is never a value. */
  abstract static class Waiter<T> implements Listener<T> {
    @Nullable Waiter<T> next;
  }

  private static final class ListenerWaiter<T> extends Waiter<T> {
    private final Listener<? super T> listener;

    ListenerWaiter(Listener<? super T> listener) {
      this.listener = listener;
    }

    @Override
    public void onSuccess(T value) {
      listener.onSuccess(value);
    }

    @Override
    public void onError(Throwable error) {
      listener.onError(error);
    }
  }

  private static final class ConsumerWaiter<T> extends Waiter<T> {
    private final Consumer<? super T> onValue;
    private final Consumer<? super Throwable> onThrowable;

    ConsumerWaiter(Consumer<? super T> onValue, Consumer<? super Throwable> onThrowable) {
      this.onValue = onValue;
      this.onThrowable = onThrowable;
    }

    @Override
    public void onSuccess(T value) {
      onValue.accept(value);
    }

    @Override
    public void onError(Throwable error) {
      onThrowable.accept(error);
    }
  }

  /** What all blocked threads of one deferred wait for. There is at most one, however often somebody times out. */
  private static final class LatchWaiter<T> extends Waiter<T> {
    private final CountDownLatch latch = new CountDownLatch(1);

    @Override
    public void onSuccess(T value) {
      latch.countDown();
    }

    @Override
    public void onError(Throwable error) {
      latch.countDown();
    }
  }

  private static final class FutureWaiter<T> extends Waiter<T> {
    private final CompletableFuture<T> future = new CompletableFuture<>();

    @Override
    public void onSuccess(T value) {
      future.complete(value);
    }

    @Override
    public void onError(Throwable error) {
      future.completeExceptionally(error);
    }
  }

  private static final class Failure {
    private final Throwable error;

    Failure(Throwable error) {
      this.error = error;
    }
  }

  /** What {@link #settle} returns if there was nobody waiting. */
  static final Object NOBODY = new Object();

  /** Stands for the value null. */
  private static final Object NULL = new Object();

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Deferred.class, "state", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * Everything there is, in one field, so that every step is one compare-and-set: null = pending and nobody waits;
   * a Waiter = pending, the top of the stack of those who wait; a Failure = failed; NULL = succeeded with null;
   * anything else = succeeded with that value.
   */
  private volatile @Nullable Object state;

  /** Makes a pending deferred. */
  public Deferred() {
  }

  private Deferred(Object outcome) {
    // A plain write would do for whoever gets this object safely; release makes it right for the others too.
    STATE.setRelease(this, outcome);
  }

  /**
   * Returns a new deferred that has succeeded already.
   *
   * @param value its value
   * @param <T>   the type of the value
   * @return the deferred
   */
  public static <T> Deferred<T> succeeded(@Nullable T value) {
    return new Deferred<>(value == null ? NULL : value);
  }

  /**
   * Returns a new deferred that has failed already.
   *
   * @param error its error
   * @param <T>   the type of the value it does not have
   * @return the deferred
   */
  public static <T> Deferred<T> failed(Throwable error) {
    return new Deferred<>(new Failure(Objects.requireNonNull(error, "error")));
  }

  /**
   * Returns a new deferred with the outcome of {@code stage}, realized on the thread that completes it. Realizing the
   * deferred does nothing to the stage. The cause of a {@link CompletionException} counts, not its wrapping.
   *
   * @param stage where the outcome comes from
   * @param <T>   the type of the value
   * @return the deferred
   */
  public static <T> Deferred<T> from(CompletionStage<? extends T> stage) {
    Deferred<T> deferred = new Deferred<>();
    stage.whenComplete((value, error) -> {
      if (error == null) {
        deferred.success(value);
      } else {
        Throwable cause = error instanceof CompletionException ? error.getCause() : null;
        deferred.error(cause == null ? error : cause);
      }
    });
    return deferred;
  }

  // ---- realizing

  /**
   * Gives this deferred its value, if it is still pending, and calls all listeners.
   *
   * @param value the value, which may be null
   * @return true if this call decided the outcome, false if it had been decided before
   */
  public final boolean success(@Nullable T value) {
    Object outcome = value == null ? NULL : value;
    Object waiting = settle(outcome);
    if (waiting == null) {
      return false;
    }
    if (waiting != NOBODY) {
      callAll(waiting, outcome);
    }
    return true;
  }

  /**
   * Gives this deferred its error, if it is still pending, and calls all listeners.
   *
   * @param error the error
   * @return true if this call decided the outcome, false if it had been decided before
   */
  public final boolean error(Throwable error) {
    Object outcome = new Failure(Objects.requireNonNull(error, "error"));
    Object waiting = settle(outcome);
    if (waiting == null) {
      return false;
    }
    if (waiting != NOBODY) {
      callAll(waiting, outcome);
    }
    return true;
  }

  /**
   * The first half of {@link #success}, for code that holds a lock: decides, but calls nobody. The caller must hand
   * the result to {@link #announce} with the same value once it holds no lock.
   *
   * @return null if the outcome had been decided before; else those who wait, or {@link #NOBODY}
   */
  final @Nullable Object settleSuccess(@Nullable T value) {
    return settle(value == null ? NULL : value);
  }

  /** The second half of {@link #success}: calls those who {@link #settleSuccess} said were waiting. */
  static void announce(@Nullable Object waiting, @Nullable Object value) {
    if (waiting != null && waiting != NOBODY) {
      callAll(waiting, value == null ? NULL : value);
    }
  }

  private @Nullable Object settle(Object outcome) {
    while (true) {
      Object current = state;
      if (isOutcome(current)) {
        return null;
      }
      if (STATE.compareAndSet(this, current, outcome)) {
        return current == null ? NOBODY : current;
      }
    }
  }

  private static boolean isOutcome(@Nullable Object state) {
    return state != null && !(state instanceof Waiter);
  }

  private static void callAll(Object stack, Object outcome) {
    // The stack has the last one on top. It belongs to this thread now: turn it round.
    Waiter<Object> first = null;
    Waiter<Object> waiter = asWaiter(stack);
    while (waiter != null) {
      Waiter<Object> below = waiter.next;
      waiter.next = first;
      first = waiter;
      waiter = below;
    }
    while (first != null) {
      Waiter<Object> next = first.next;
      // An old waiter must not keep younger ones from being collected.
      first.next = null;
      call(first, outcome);
      first = next;
    }
  }

  private static <T> void call(Listener<? super T> listener, Object outcome) {
    try {
      if (outcome instanceof Failure failure) {
        listener.onError(failure.error);
      } else {
        listener.onSuccess(Deferred.<T>asValue(outcome));
      }
    } catch (Throwable thrown) {
      Log.thrown("A listener of a deferred", thrown);
    }
  }

  @SuppressWarnings("unchecked")
  private static <T> Waiter<T> asWaiter(@Nullable Object state) {
    return (Waiter<T>) state;
  }

  @SuppressWarnings("unchecked")
  private static <T> T asValue(Object outcome) {
    return outcome == NULL ? null : (T) outcome;
  }

  // ---- listening

  /**
   * Calls {@code listener} once this deferred is realized: on the thread that realizes it, or at once if it is
   * realized already.
   *
   * @param listener whom to call
   */
  public final void onRealized(Listener<? super T> listener) {
    Objects.requireNonNull(listener, "listener");
    Object current = state;
    if (isOutcome(current)) {
      call(listener, current);
    } else {
      add(new ListenerWaiter<>(listener));
    }
  }

  /**
   * Calls one of two functions once this deferred is realized: on the thread that realizes it, or at once if it is
   * realized already.
   *
   * @param onSuccess called with the value
   * @param onError   called with the error
   */
  public final void onRealized(Consumer<? super T> onSuccess, Consumer<? super Throwable> onError) {
    Objects.requireNonNull(onSuccess, "onSuccess");
    Objects.requireNonNull(onError, "onError");
    add(new ConsumerWaiter<T>(onSuccess, onError));
  }

  private void add(Waiter<T> waiter) {
    while (true) {
      Object current = state;
      if (isOutcome(current)) {
        waiter.next = null;
        call(waiter, current);
        return;
      }
      waiter.next = asWaiter(current);
      if (STATE.compareAndSet(this, current, waiter)) {
        return;
      }
    }
  }

  // ---- looking

  /**
   * Tells whether there is an outcome, a value or an error.
   *
   * @return true if there is
   */
  @Override
  public final boolean isRealized() {
    return isOutcome(state);
  }

  /**
   * Returns the value if there is one now. Never blocks, never throws the error.
   *
   * @return the value, or null if this deferred is pending or has failed
   */
  public final @Nullable T getNow() {
    return successValue(null);
  }

  /**
   * Returns the value if there is one now. Never blocks, never throws the error.
   *
   * @param otherwise what to return if there is none
   * @return the value, or {@code otherwise} if this deferred is pending or has failed
   */
  public final @Nullable T successValue(@Nullable T otherwise) {
    Object current = state;
    return isOutcome(current) && !(current instanceof Failure) ? Deferred.<T>asValue(current) : otherwise;
  }

  /**
   * Returns the error if there is one now. Never blocks.
   *
   * @param otherwise what to return if there is none
   * @return the error, or {@code otherwise} if this deferred is pending or has succeeded
   */
  public final @Nullable Throwable errorValue(@Nullable Throwable otherwise) {
    return state instanceof Failure failure ? failure.error : otherwise;
  }

  /**
   * Blocks until there is an outcome; returns the value, or throws the error as it is, checked or not. Throws
   * {@link InterruptedException}, undeclared, if the thread is interrupted.
   *
   * @return the value
   * @throws IllegalStateException if it would have to wait on a {@link NonBlocking} thread
   */
  @Override
  public final @Nullable T deref() {
    Object current = state;
    if (!isOutcome(current)) {
      CountDownLatch latch = latch();
      if (latch != null) {
        try {
          latch.await();
        } catch (InterruptedException e) {
          throw Deferred.<RuntimeException>unchecked(e);
        }
      }
      current = state;
    }
    return valueOrThrow(current);
  }

  /**
   * Blocks until there is an outcome, but not longer than {@code timeoutMs} milliseconds; returns the value, or
   * throws the error as it is, checked or not. Throws {@link InterruptedException}, undeclared, if the thread is
   * interrupted. This deferred itself goes on after a timeout.
   *
   * @param timeoutMs how long to wait in milliseconds; 0 or less does not wait
   * @param ifTimeout what to return after that time
   * @return the value or {@code ifTimeout}
   * @throws IllegalStateException if it would have to wait on a {@link NonBlocking} thread
   */
  @Override
  public final @Nullable Object deref(long timeoutMs, @Nullable Object ifTimeout) {
    Object current = state;
    if (!isOutcome(current)) {
      if (timeoutMs <= 0) {
        return ifTimeout;
      }
      CountDownLatch latch = latch();
      if (latch != null) {
        try {
          if (!latch.await(timeoutMs, TimeUnit.MILLISECONDS)) {
            return ifTimeout;
          }
        } catch (InterruptedException e) {
          throw Deferred.<RuntimeException>unchecked(e);
        }
      }
      current = state;
    }
    return valueOrThrow(current);
  }

  /**
   * Returns the one latch of this deferred, or null if it has been realized meanwhile. A new latch gets in only if
   * nobody has been added since the stack was searched, so there are never two.
   */
  private @Nullable CountDownLatch latch() {
    NonBlocking.refuse("Waiting for a deferred");
    LatchWaiter<T> fresh = null;
    while (true) {
      Object current = state;
      if (isOutcome(current)) {
        return null;
      }
      // The links are read while somebody may be realizing the deferred and turning them round. The search can
      // then miss the latch, but not go wrong: the compare-and-set fails, and the next turn sees the outcome.
      for (Waiter<T> waiter = asWaiter(current); waiter != null; waiter = waiter.next) {
        if (waiter instanceof LatchWaiter<T> found) {
          return found.latch;
        }
      }
      if (fresh == null) {
        fresh = new LatchWaiter<>();
      }
      fresh.next = asWaiter(current);
      if (STATE.compareAndSet(this, current, fresh)) {
        return fresh.latch;
      }
    }
  }

  private static <T> T valueOrThrow(@Nullable Object outcome) {
    if (outcome instanceof Failure failure) {
      throw Deferred.<RuntimeException>unchecked(failure.error);
    }
    return Deferred.<T>asValue(Objects.requireNonNull(outcome));
  }

  /** Throws any throwable as it is: the compiler takes E for a RuntimeException, the JVM does not care. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> E unchecked(Throwable error) throws E {
    throw (E) error;
  }

  /**
   * Returns a future with the outcome of this deferred, completed on the thread that realizes it. Completing or
   * cancelling the future does nothing to the deferred.
   *
   * @return a new future
   */
  public final CompletableFuture<T> toCompletableFuture() {
    FutureWaiter<T> waiter = new FutureWaiter<>();
    add(waiter);
    return waiter.future;
  }

  /**
   * Returns the state in words; of the value only the class, because a value may be large or secret.
   *
   * @return such as {@code Deferred[pending]}
   */
  @Override
  public String toString() {
    Object current = state;
    if (!isOutcome(current)) {
      return "Deferred[pending]";
    }
    if (current instanceof Failure failure) {
      return "Deferred[failed: " + failure.error + "]";
    }
    Object value = asValue(current);
    return "Deferred[succeeded: " + (value == null ? "null" : value.getClass().getName()) + "]";
  }
}

package leat.async;

import clojure.lang.IBlockingDeref;
import clojure.lang.IDeref;
import clojure.lang.IPending;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import leat.bytes.Nullable;

/**
 * One value, or one error, that comes later. The first call of {@link #success(Object)} or {@link #error(Throwable)}
 * decides; all later ones do nothing and return false. Whoever {@link #claim() claims} a pending deferred is the only
 * one who can decide from then on.
 *
 * <pre>
 *                 onRealized             success(v)
 *   pending ---&gt; pending with waiters --------------&gt; succeeded
 *      |               |        error(e)
 *      |               +---------------------------&gt; failed
 *      +--------------------------------------------&gt; either, with nobody to call
 * </pre>
 *
 * <p>Thread-safe and lock-free. Listeners run in the order in which they were added, on the thread that realizes the
 * deferred, before its call returns; a listener that is added later runs at once on the thread that adds it. Only where
 * deferreds realize each other from listener to listener, more than 32 deep, the rest is called as soon as the outermost
 * call is through, so that no chain is too long for the stack. A deferred with an {@link #executor()} calls each listener
 * there. What a listener throws is logged and keeps nobody else from being called.
 *
 * <p>An error that nobody has looked at by the time that it is collected as garbage is logged, see
 * {@link DroppedErrors}.
 *
 * <p>A deferred is a {@link CompletionStage}: what is derived from it gets the error as it is, never in a
 * {@link CompletionException}. It is a {@link java.util.concurrent.Future} too: to cancel it is to give it a
 * {@link java.util.concurrent.CancellationException}. That travels from a derived deferred to the pending one that it
 * waits for, if nobody else waits for it.
 *
 * <p>The class may be extended: to carry more fields, to have an executor, or to hear that it was abandoned. Everything
 * else that it does cannot be changed.
 *
 * @param <T> the type of the value, which may be null, but is never a {@link Waiter} or a {@link Failure}
 */
public class Deferred<T> extends DeferredStage<T> implements IDeref, IBlockingDeref, IPending {

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
   * a Waiter = pending, the top of the stack of those who wait (a Claim if somebody has claimed it); a Failure = failed;
   * NULL = succeeded with null; anything else = succeeded with that value.
   */
  private volatile @Nullable Object state;

  /** Makes a pending deferred. */
  @SuppressWarnings("this-escape") // As below.
  public Deferred() {
    if (Waiters.Made.isTraced) {
      STATE.setRelease(this, new Waiters.Made<T>());
    }
  }

  /**
   * Makes a deferred that is realized already.
   *
   * @param outcome a {@link Failure}, or the value, which may be null
   */
  @SuppressWarnings("this-escape") // A plain write would do for who gets this safely; release makes it right for others.
  protected Deferred(@Nullable Object outcome) {
    STATE.setRelease(this, outcome == null ? NULL : outcome);
  }

  /**
   * Returns a new deferred that has succeeded already.
   *
   * @param value its value
   * @param <T>   the type of the value
   * @return the deferred
   */
  public static <T> Deferred<T> succeeded(@Nullable T value) {
    return new Deferred<>(value);
  }

  /**
   * Returns a new deferred that has failed already.
   *
   * @param error its error
   * @param <T>   the type of the value it does not have
   * @return the deferred
   */
  public static <T> Deferred<T> failed(Throwable error) {
    return new Deferred<>(new Failure(error).watched());
  }

  /**
   * Returns a deferred with the outcome of {@code stage}, realized on the thread that completes it: the stage itself if
   * it is a deferred, else a new one. Realizing the new one does nothing to the stage. The cause of a
   * {@link CompletionException} counts, not its wrapping.
   *
   * @param stage where the outcome comes from
   * @param <T>   the type of the value
   * @return the deferred
   */
  @SuppressWarnings("unchecked")
  public static <T> Deferred<T> from(CompletionStage<? extends T> stage) {
    if (stage instanceof Deferred<?> deferred) {
      return (Deferred<T>) deferred;
    }
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
   * Gives this deferred its value, if it is still pending and not claimed, and calls all listeners.
   *
   * @param value the value, which may be null
   * @return true if this call decided the outcome, false if it had been decided before, or is claimed
   */
  public final boolean success(@Nullable T value) {
    return decide(value == null ? NULL : value, null);
  }

  /**
   * Gives this deferred its error, if it is still pending and not claimed, and calls all listeners.
   *
   * @param error the error
   * @return true if this call decided the outcome, false if it had been decided before, or is claimed
   */
  public final boolean error(Throwable error) {
    return isRealized() ? false : decide(new Failure(error), null);
  }

  /**
   * Passes on a failure, if this deferred is still pending and not claimed, and calls all listeners. If it is not, the
   * failure counts as seen.
   *
   * @param failure the failure of another deferred
   * @return true if this call decided the outcome, false if it had been decided before, or is claimed
   */
  public final boolean fail(Failure failure) {
    if (decide(failure, null)) {
      return true;
    }
    failure.look();
    return false;
  }

  /**
   * Claims a pending deferred: only who has the token can decide its outcome from then on.
   *
   * @return the token, or null if the deferred has been realized or claimed before
   */
  public final @Nullable Object claim() {
    Object token = new Object();
    while (true) {
      Object current = state;
      if (isOutcome(current) || current instanceof Waiters.Claim) {
        return null;
      }
      if (STATE.compareAndSet(this, current, new Waiters.Claim<T>(token, asWaiter(current)))) {
        return token;
      }
    }
  }

  /**
   * Gives a claimed deferred its value, and calls all listeners.
   *
   * @param value the value, which may be null
   * @param token what {@link #claim()} returned
   * @return true
   * @throws IllegalStateException if the deferred is not claimed with this token, or is realized
   */
  public final boolean success(@Nullable T value, Object token) {
    return decideClaimed(value == null ? NULL : value, token);
  }

  /**
   * Gives a claimed deferred its error, and calls all listeners.
   *
   * @param error the error
   * @param token what {@link #claim()} returned
   * @return true
   * @throws IllegalStateException if the deferred is not claimed with this token, or is realized
   */
  public final boolean error(Throwable error, Object token) {
    return decideClaimed(new Failure(error), token);
  }

  private boolean decideClaimed(Object outcome, Object token) {
    Objects.requireNonNull(token, "token");
    if (!(state instanceof Waiters.Claim)) {
      throw new IllegalStateException("Expected a claimed deferred, actual " + this + ".");
    }
    if (!decide(outcome, token)) {
      throw new IllegalStateException("Expected the token with which the deferred was claimed, actual another one.");
    }
    return true;
  }

  private boolean decide(Object outcome, @Nullable Object token) {
    Object waiting = settle(outcome, token);
    if (waiting == null) {
      return false;
    }
    settled(outcome);
    if (waiting != NOBODY) {
      Turn.callAll(asWaiter(waiting), outcome, executor());
    } else if (outcome instanceof Failure failure) {
      failure.watch();
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
    return settle(value == null ? NULL : value, null);
  }

  /**
   * The second half of {@link #success}: calls those who {@link #settleSuccess} said were waiting, without regard to an
   * executor.
   */
  static void announce(@Nullable Object waiting, @Nullable Object value) {
    if (waiting != null && waiting != NOBODY) {
      Turn.callAll(asWaiter(waiting), value == null ? NULL : value, null);
    }
  }

  private @Nullable Object settle(Object outcome, @Nullable Object token) {
    while (true) {
      Object current = state;
      if (isOutcome(current) || current instanceof Waiters.Claim<?> claim && claim.token != token) {
        return null;
      }
      if (STATE.compareAndSet(this, current, outcome)) {
        return current == null ? NOBODY : current;
      }
    }
  }

  /** Called when this deferred has just been decided, before any listener. */
  void settled(Object outcome) {
    // Only a derived deferred has something to do here.
  }

  static boolean isOutcome(@Nullable Object state) {
    return state != null && !(state instanceof Waiter);
  }

  @SuppressWarnings("unchecked")
  static <T> Waiter<T> asWaiter(@Nullable Object state) {
    return (Waiter<T>) state;
  }

  @SuppressWarnings("unchecked")
  static <T> T asValue(Object outcome) {
    return outcome == NULL ? null : (T) outcome;
  }

  // ---- listening

  /**
   * Calls {@code listener} once this deferred is realized: on its executor, or else on the thread that realizes it, or
   * at once if it is realized already.
   *
   * @param listener whom to call
   */
  public final void onRealized(Listener<? super T> listener) {
    await(new Waiters.OfListener<T>(Objects.requireNonNull(listener, "listener")));
  }

  /**
   * Calls one of two functions once this deferred is realized: on its executor, or else on the thread that realizes it,
   * or at once if it is realized already.
   *
   * @param onSuccess called with the value
   * @param onError   called with the error
   */
  public final void onRealized(Consumer<? super T> onSuccess, Consumer<? super Throwable> onError) {
    Objects.requireNonNull(onSuccess, "onSuccess");
    Objects.requireNonNull(onError, "onError");
    await(new Waiters.OfConsumers<T>(onSuccess, onError));
  }

  /**
   * Removes a listener that was given to {@link #onRealized(Listener)}, which is found by identity; if it was added more
   * than once, the youngest.
   *
   * @param listener whom not to call
   * @return true if it will not be called; false if it is unknown, or has been called, or is being called
   */
  public final boolean cancelListener(Listener<?> listener) {
    return WaiterStack.cancel(this, listener);
  }

  /**
   * Adds a waiter, which is called like a listener. It must not wait for anything else at the same time.
   *
   * @param waiter whom to call
   */
  public final void await(Waiter<T> waiter) {
    if (!awaitIfPending(waiter)) {
      Turn.callOn(executor(), waiter, state);
    }
  }

  /**
   * Adds a waiter if this deferred is pending. It must not wait for anything else at the same time.
   *
   * @param waiter whom to call
   * @return true if it was added; false if this deferred is realized, and the waiter will not be called
   */
  public final boolean awaitIfPending(Waiter<T> waiter) {
    while (true) {
      Object current = state;
      if (isOutcome(current)) {
        waiter.next = null;
        return false;
      }
      if (STATE.compareAndSet(this, current, WaiterStack.push(asWaiter(current), waiter))) {
        return true;
      }
    }
  }

  /** Puts {@code next} in the place of {@code current}, if that is still the state. For {@link WaiterStack}. */
  final boolean replaceState(@Nullable Object current, @Nullable Object next) {
    return STATE.compareAndSet(this, current, next);
  }

  /** Returns the state, to be handed to {@link #replaceState}. */
  final @Nullable Object state() {
    return state;
  }

  /**
   * Returns where the listeners run. When it refuses one, that is logged; what is derived from this deferred fails with
   * the refusal.
   *
   * @return the executor, or null for the thread that realizes this deferred
   */
  public @Nullable Executor executor() {
    return null;
  }

  /**
   * Called if whoever waited for this deferred has given up, nobody else waits for it, and it is pending. This may
   * happen more than once, and others may come to wait later. If it was cancelled, this method gives this deferred the
   * same error, {@code why}; otherwise it does nothing. Whoever makes a deferred for work that can be stopped overrides
   * it to stop the work and to call {@link #error(Throwable)}.
   *
   * @param why a {@link java.util.concurrent.CancellationException} or a {@link java.util.concurrent.TimeoutException}
   */
  protected void onAbandoned(Throwable why) {
    if (why instanceof CancellationException) {
      error(why);
    }
  }

  // ---- looking

  @Override
  final Deferred<T> self() {
    return this;
  }

  /**
   * Returns the failure, without looking at its error, to be passed on to another deferred.
   *
   * @return the failure, or null if this deferred is pending or has succeeded
   */
  public final @Nullable Failure failure() {
    return state instanceof Failure failure ? failure : null;
  }

  /**
   * Returns the value if there is one now, which tells null from none.
   *
   * @return the value, or this deferred if it is pending or has failed
   */
  public final @Nullable Object successOrSelf() {
    Object current = state;
    return isOutcome(current) && !(current instanceof Failure) ? asValue(current) : this;
  }

  final boolean failureIs(Class<? extends Throwable> type) {
    return state instanceof Failure failure && type.isInstance(failure.peek());
  }

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
    return state instanceof Failure failure ? failure.look() : otherwise;
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
    if (!isOutcome(state)) {
      try {
        await();
      } catch (InterruptedException e) {
        throw Deferred.<RuntimeException>unchecked(e);
      }
    }
    return valueOrThrow(state);
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
    try {
      return await(timeoutMs, TimeUnit.MILLISECONDS) ? valueOrThrow(state) : ifTimeout;
    } catch (InterruptedException e) {
      throw Deferred.<RuntimeException>unchecked(e);
    }
  }

  private static <T> T valueOrThrow(@Nullable Object outcome) {
    if (outcome instanceof Failure failure) {
      throw Deferred.<RuntimeException>unchecked(failure.look());
    }
    return Deferred.<T>asValue(Objects.requireNonNull(outcome));
  }

  /** Throws any throwable as it is: the compiler takes E for a RuntimeException, the JVM does not care. */
  @SuppressWarnings("unchecked")
  static <E extends Throwable> E unchecked(Throwable error) throws E {
    throw (E) error;
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
      return current instanceof Waiters.Claim ? "Deferred[pending, claimed]" : "Deferred[pending]";
    }
    if (current instanceof Failure failure) {
      return "Deferred[failed: " + failure.peek() + "]";
    }
    Object value = asValue(current);
    return "Deferred[succeeded: " + (value == null ? "null" : value.getClass().getName()) + "]";
  }
}

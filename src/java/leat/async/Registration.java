package leat.async;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import leat.bytes.Nullable;

/**
 * One adding of a listener to a deferred, which can be taken back without a search among those who wait, however many
 * there are.
 *
 * @param <T> the type of the value of the deferred
 */
public final class Registration<T> {

  /** Calls the listener, unless that has been taken back. All copies share the registration. */
  static final class Waiting<T> extends Waiter<T> {
    final Registration<T> registration;

    Waiting(Registration<T> registration) {
      this.registration = registration;
    }

    @Override
    protected boolean isIdle() {
      return registration.state != WAITING;
    }

    @Override
    protected void onSuccess(@Nullable T value) {
      if (registration.decide(CALLED)) {
        registration.listener.onSuccess(value);
      }
    }

    @Override
    protected void onFailure(Failure failure) {
      if (registration.decide(CALLED)) {
        registration.listener.onError(failure.look());
      } else {
        failure.watch();
      }
    }
  }

  private static final int WAITING = 0;
  private static final int CALLED = 1;
  private static final int CANCELLED = 2;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Registration.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Deferred<T> deferred;
  private final Deferred.Listener<? super T> listener;
  private volatile int state = WAITING;

  private Registration(Deferred<T> deferred, Deferred.Listener<? super T> listener) {
    this.deferred = deferred;
    this.listener = listener;
  }

  /**
   * Calls {@code listener} once {@code deferred} is realized, as {@link Deferred#onRealized(Deferred.Listener)} does.
   *
   * @param deferred what to wait for
   * @param listener whom to call
   * @param <T>      the type of the value
   * @return the registration, to take it back
   */
  public static <T> Registration<T> add(Deferred<T> deferred, Deferred.Listener<? super T> listener) {
    Registration<T> registration = new Registration<>(deferred, Objects.requireNonNull(listener, "listener"));
    deferred.await(new Waiting<>(registration));
    return registration;
  }

  /**
   * Returns what the listener waits for.
   *
   * @return the deferred
   */
  public Deferred<T> deferred() {
    return deferred;
  }

  /**
   * Takes the listener back.
   *
   * @return true if it will not be called; false if it has been called, is being called, or was taken back before
   */
  public boolean cancel() {
    if (!decide(CANCELLED)) {
      return false;
    }
    WaiterStack.sweep(deferred, deferred);
    return true;
  }

  boolean isOf(Deferred.Listener<?> other) {
    return listener == other && state == WAITING;
  }

  private boolean decide(int next) {
    return STATE.compareAndSet(this, WAITING, next);
  }
}

package leat.async;

import java.util.function.Consumer;
import leat.bytes.Nullable;

/**
 * Calls a listener once a deferred is realized: on its executor, but if that refuses, all the same. For what would stop
 * for ever if it were never called. Immutable, so that the deferred may copy it; whatever changes is in the listener.
 */
final class Notice extends Waiter<Object> {

  private final Deferred<Object> deferred;
  private final Deferred.Listener<Object> listener;

  private Notice(Deferred<Object> deferred, Deferred.Listener<Object> listener) {
    this.deferred = deferred;
    this.listener = listener;
  }

  /** Calls {@code listener} once {@code deferred} is realized, or at once if it is. */
  @SuppressWarnings("unchecked") // The listener takes anything.
  static void add(Deferred<?> deferred, Deferred.Listener<Object> listener) {
    Deferred<Object> any = (Deferred<Object>) deferred;
    any.await(new Notice(any, listener));
  }

  /** Calls one of two functions once {@code deferred} is realized, or at once if it is. */
  static void add(Deferred<?> deferred, Consumer<Object> onValue, Consumer<Throwable> onThrowable) {
    add(deferred, new Deferred.Listener<>() {
      @Override
      public void onSuccess(Object value) {
        onValue.accept(value);
      }

      @Override
      public void onError(Throwable error) {
        onThrowable.accept(error);
      }
    });
  }

  @Override
  protected void onSuccess(@Nullable Object value) {
    listener.onSuccess(value);
  }

  @Override
  protected void onFailure(Failure failure) {
    listener.onError(failure.look());
  }

  @Override
  void onRejected(Throwable rejection) {
    Log.thrown("The executor of a stream", rejection);
    try {
      Throwable error = deferred.errorValue(null);
      if (error == null) {
        listener.onSuccess(deferred.getNow());
      } else {
        listener.onError(error);
      }
    } catch (Throwable thrown) {
      Log.thrown("A listener of a deferred", thrown);
    }
  }
}

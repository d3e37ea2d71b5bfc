package leat.async;

import leat.bytes.Nullable;

/**
 * A loop that waits for a deferred between its turns: on no thread if it is pending, and on no stack if it is not.
 */
abstract class Steps implements Deferred.Listener<Object> {

  /**
   * The next turn.
   *
   * @param last the value of the deferred that the turn before has returned; null for the first
   * @return what to wait for, or null if the loop is over
   */
  abstract @Nullable Deferred<?> next(@Nullable Object last) throws Throwable;

  /** The loop is over because a turn threw, or what it waited for failed. */
  abstract void failed(Throwable error);

  /** Called before a turn that does not follow the one before on the same stack. */
  void resumed() {
    // Most need not know.
  }

  final void start() {
    run(null);
  }

  @SuppressWarnings("unchecked")
  private void run(@Nullable Object first) {
    Object last = first;
    while (true) {
      Deferred<Object> awaited;
      try {
        awaited = (Deferred<Object>) next(last);
      } catch (Throwable thrown) {
        failed(thrown);
        return;
      }
      if (awaited == null) {
        return;
      }
      Object value = awaited.successOrSelf();
      if (value == awaited) {
        Notice.add(awaited, this);
        return;
      }
      last = value;
    }
  }

  @Override
  public final void onSuccess(@Nullable Object value) {
    resumed();
    run(value);
  }

  @Override
  public final void onError(Throwable error) {
    failed(error);
  }
}

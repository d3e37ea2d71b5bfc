package leat.async;

import java.util.Objects;
import leat.bytes.Nullable;

/**
 * Is told that a deferred is realized, but has no interest in its outcome: it does not keep the deferred from being
 * abandoned, and does not see its error.
 *
 * @param <T> the type of the value
 */
public final class Onlooker<T> extends Waiter<T> {

  private final Runnable action;

  private Onlooker(Runnable action) {
    this.action = Objects.requireNonNull(action, "action");
  }

  /**
   * Calls {@code action} once {@code deferred} is realized, on the thread that realizes it, also if the deferred has an
   * executor; at once if it is realized already.
   *
   * @param deferred what to look at
   * @param action   called once; must neither block nor take long
   * @param <T>      the type of the value
   */
  public static <T> void add(Deferred<T> deferred, Runnable action) {
    deferred.await(new Onlooker<T>(action));
  }

  @Override
  protected boolean isDirect() {
    return true;
  }

  @Override
  boolean isPassive() {
    return true;
  }

  @Override
  protected void onSuccess(@Nullable T value) {
    action.run();
  }

  @Override
  protected void onFailure(Failure failure) {
    failure.watch();
    action.run();
  }
}

package leat.async;

import java.util.Objects;
import java.util.concurrent.Executor;
import leat.bytes.Nullable;

/** From one deferred to one that is derived from it. */
final class StageStep<S, T> extends Waiter<S> {

  /** What is done on the way. What it throws becomes the error of the target. */
  interface Body<S, T> {
    void run(@Nullable S value, @Nullable Failure failure, Derived<T> target);
  }

  private final Derived<T> target;
  private final Body<S, T> body;
  private final @Nullable Executor executor;

  private StageStep(Derived<T> target, Body<S, T> body, @Nullable Executor executor) {
    this.target = target;
    this.body = body;
    this.executor = executor;
  }

  static <S, T> Deferred<T> start(Deferred<S> source, @Nullable Executor executor, Body<S, T> body) {
    Derived<T> target = new Derived<>(CurrentExecutor.get());
    target.waitFor(source, new StageStep<>(target, body, executor));
    return target;
  }

  /** Makes {@code target} wait for {@code source}, to have the same outcome. */
  static <T> void convey(Deferred<T> source, Derived<T> target) {
    target.waitFor(source, new StageStep<T, T>(target, (value, failure, same) -> {
      if (failure == null) {
        same.success(value);
      } else {
        same.fail(failure);
      }
    }, null));
  }

  static <V> V check(@Nullable V argument) {
    return Objects.requireNonNull(argument);
  }

  @Override
  protected Deferred<?> target() {
    return target;
  }

  @Override
  protected boolean isDirect() {
    return executor != null;
  }

  @Override
  protected void onSuccess(@Nullable S value) {
    run(value, null);
  }

  @Override
  protected void onFailure(Failure failure) {
    run(null, failure);
  }

  private void run(@Nullable S value, @Nullable Failure failure) {
    if (executor == null) {
      runHere(value, failure);
      return;
    }
    try {
      executor.execute(() -> runHere(value, failure));
    } catch (Throwable rejection) {
      // An executor may throw an Error as well: there are no more threads.
      if (failure != null) {
        failure.watch();
      }
      onRejected(rejection);
    }
  }

  private void runHere(@Nullable S value, @Nullable Failure failure) {
    if (target.isRealized()) {
      if (failure != null) {
        failure.look();
      }
      return;
    }
    try {
      body.run(value, failure, target);
    } catch (Throwable thrown) {
      target.error(thrown);
    }
  }
}

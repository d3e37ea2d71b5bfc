package leat.async;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import leat.bytes.Nullable;

/**
 * What a {@link Deferred} is by the interfaces of the JDK. A function that is derived from it runs where a listener of
 * the deferred runs; one of the {@code ...Async} forms on the given executor, or on the {@link CurrentExecutor}, or else
 * where a {@link CompletableFuture} runs its own. A result is a {@link Deferred}, and has the current executor of the
 * thread that makes it.
 */
abstract class DeferredStage<T> implements CompletionStage<T>, Future<T> {

  DeferredStage() {
  }

  abstract Deferred<T> self();

  private static Executor pool() {
    Executor current = CurrentExecutor.get();
    return current == null ? new CompletableFuture<>().defaultExecutor() : current;
  }

  final <U> Deferred<U> step(@Nullable Executor executor, StageStep.Body<T, U> body) {
    return StageStep.start(self(), executor, body);
  }

  final <U> Deferred<U> map(@Nullable Executor executor, Function<? super T, ? extends U> function) {
    return step(executor, (value, failure, target) -> {
      if (failure == null) {
        target.success(function.apply(value));
      } else {
        target.fail(failure);
      }
    });
  }

  private static <T> Function<T, Void> call(Consumer<? super T> consumer) {
    StageStep.check(consumer);
    return value -> {
      consumer.accept(value);
      return null;
    };
  }

  private static <T> Function<T, Void> call(Runnable runnable) {
    StageStep.check(runnable);
    return value -> {
      runnable.run();
      return null;
    };
  }

  // ---- when this is done

  @Override
  public final <U> Deferred<U> thenApply(Function<? super T, ? extends U> function) {
    return map(null, StageStep.check(function));
  }

  @Override
  public final <U> Deferred<U> thenApplyAsync(Function<? super T, ? extends U> function) {
    return map(pool(), StageStep.check(function));
  }

  @Override
  public final <U> Deferred<U> thenApplyAsync(Function<? super T, ? extends U> function, Executor executor) {
    return map(StageStep.check(executor), StageStep.check(function));
  }

  @Override
  public final Deferred<Void> thenAccept(Consumer<? super T> consumer) {
    return map(null, call(consumer));
  }

  @Override
  public final Deferred<Void> thenAcceptAsync(Consumer<? super T> consumer) {
    return map(pool(), call(consumer));
  }

  @Override
  public final Deferred<Void> thenAcceptAsync(Consumer<? super T> consumer, Executor executor) {
    return map(StageStep.check(executor), call(consumer));
  }

  @Override
  public final Deferred<Void> thenRun(Runnable runnable) {
    return map(null, call(runnable));
  }

  @Override
  public final Deferred<Void> thenRunAsync(Runnable runnable) {
    return map(pool(), call(runnable));
  }

  @Override
  public final Deferred<Void> thenRunAsync(Runnable runnable, Executor executor) {
    return map(StageStep.check(executor), call(runnable));
  }

  private <U> Deferred<U> compose(@Nullable Executor executor, Function<? super T, ? extends CompletionStage<U>> function) {
    StageStep.check(function);
    return step(executor, (value, failure, target) -> {
      if (failure == null) {
        StageStep.convey(Deferred.from(function.apply(value)), target);
      } else {
        target.fail(failure);
      }
    });
  }

  @Override
  public final <U> Deferred<U> thenCompose(Function<? super T, ? extends CompletionStage<U>> function) {
    return compose(null, function);
  }

  @Override
  public final <U> Deferred<U> thenComposeAsync(Function<? super T, ? extends CompletionStage<U>> function) {
    return compose(pool(), function);
  }

  @Override
  public final <U> Deferred<U> thenComposeAsync(
      Function<? super T, ? extends CompletionStage<U>> function, Executor executor) {
    return compose(StageStep.check(executor), function);
  }

  private <U> Deferred<U> handle(@Nullable Executor executor, BiFunction<? super T, Throwable, ? extends U> function) {
    StageStep.check(function);
    return step(executor, (value, failure, target) ->
        target.success(function.apply(value, failure == null ? null : failure.look())));
  }

  @Override
  public final <U> Deferred<U> handle(BiFunction<? super T, Throwable, ? extends U> function) {
    return handle(null, function);
  }

  @Override
  public final <U> Deferred<U> handleAsync(BiFunction<? super T, Throwable, ? extends U> function) {
    return handle(pool(), function);
  }

  @Override
  public final <U> Deferred<U> handleAsync(
      BiFunction<? super T, Throwable, ? extends U> function, Executor executor) {
    return handle(StageStep.check(executor), function);
  }

  private Deferred<T> whenComplete(@Nullable Executor executor, BiConsumer<? super T, ? super Throwable> consumer) {
    StageStep.check(consumer);
    return step(executor, (value, failure, target) -> {
      if (failure == null) {
        consumer.accept(value, null);
        target.success(value);
        return;
      }
      try {
        consumer.accept(null, failure.look());
      } finally {
        target.fail(failure);
      }
    });
  }

  @Override
  public final Deferred<T> whenComplete(BiConsumer<? super T, ? super Throwable> consumer) {
    return whenComplete(null, consumer);
  }

  @Override
  public final Deferred<T> whenCompleteAsync(BiConsumer<? super T, ? super Throwable> consumer) {
    return whenComplete(pool(), consumer);
  }

  @Override
  public final Deferred<T> whenCompleteAsync(BiConsumer<? super T, ? super Throwable> consumer, Executor executor) {
    return whenComplete(StageStep.check(executor), consumer);
  }

  @Override
  public final Deferred<T> exceptionally(Function<Throwable, ? extends T> function) {
    StageStep.check(function);
    return step(null, (value, failure, target) ->
        target.success(failure == null ? value : function.apply(failure.look())));
  }

  // ---- when this and another are done

  private <U, V> Deferred<V> combine(@Nullable Executor executor, CompletionStage<? extends U> other,
      BiFunction<? super T, ? super U, ? extends V> function) {
    StageStep.check(function);
    Deferred<U> second = Deferred.from(StageStep.check(other));
    return Deferreds.all(self(), second).step(executor, (values, failure, target) -> {
      if (failure == null) {
        target.success(function.apply(self().getNow(), second.getNow()));
      } else {
        target.fail(failure);
      }
    });
  }

  private static <T, U> BiFunction<T, U, Void> call(BiConsumer<? super T, ? super U> consumer) {
    StageStep.check(consumer);
    return (first, second) -> {
      consumer.accept(first, second);
      return null;
    };
  }

  private static <T, U> BiFunction<T, U, Void> callAfter(Runnable runnable) {
    StageStep.check(runnable);
    return (first, second) -> {
      runnable.run();
      return null;
    };
  }

  @Override
  public final <U, V> Deferred<V> thenCombine(
      CompletionStage<? extends U> other, BiFunction<? super T, ? super U, ? extends V> function) {
    return combine(null, other, function);
  }

  @Override
  public final <U, V> Deferred<V> thenCombineAsync(
      CompletionStage<? extends U> other, BiFunction<? super T, ? super U, ? extends V> function) {
    return combine(pool(), other, function);
  }

  @Override
  public final <U, V> Deferred<V> thenCombineAsync(
      CompletionStage<? extends U> other, BiFunction<? super T, ? super U, ? extends V> function, Executor executor) {
    return combine(StageStep.check(executor), other, function);
  }

  @Override
  public final <U> Deferred<Void> thenAcceptBoth(
      CompletionStage<? extends U> other, BiConsumer<? super T, ? super U> consumer) {
    return combine(null, other, DeferredStage.<T, U>call(consumer));
  }

  @Override
  public final <U> Deferred<Void> thenAcceptBothAsync(
      CompletionStage<? extends U> other, BiConsumer<? super T, ? super U> consumer) {
    return combine(pool(), other, DeferredStage.<T, U>call(consumer));
  }

  @Override
  public final <U> Deferred<Void> thenAcceptBothAsync(
      CompletionStage<? extends U> other, BiConsumer<? super T, ? super U> consumer, Executor executor) {
    return combine(StageStep.check(executor), other, DeferredStage.<T, U>call(consumer));
  }

  @Override
  public final Deferred<Void> runAfterBoth(CompletionStage<?> other, Runnable runnable) {
    return combine(null, other, callAfter(runnable));
  }

  @Override
  public final Deferred<Void> runAfterBothAsync(CompletionStage<?> other, Runnable runnable) {
    return combine(pool(), other, callAfter(runnable));
  }

  @Override
  public final Deferred<Void> runAfterBothAsync(CompletionStage<?> other, Runnable runnable, Executor executor) {
    return combine(StageStep.check(executor), other, callAfter(runnable));
  }

  // ---- when this or another is done

  private <U> Deferred<U> either(
      @Nullable Executor executor, CompletionStage<? extends T> other, Function<? super T, ? extends U> function) {
    StageStep.check(function);
    return Deferreds.<T>any(self(), Deferred.from(StageStep.check(other))).map(executor, function);
  }

  @Override
  public final <U> Deferred<U> applyToEither(CompletionStage<? extends T> other, Function<? super T, U> function) {
    return either(null, other, function);
  }

  @Override
  public final <U> Deferred<U> applyToEitherAsync(CompletionStage<? extends T> other, Function<? super T, U> function) {
    return either(pool(), other, function);
  }

  @Override
  public final <U> Deferred<U> applyToEitherAsync(
      CompletionStage<? extends T> other, Function<? super T, U> function, Executor executor) {
    return either(StageStep.check(executor), other, function);
  }

  @Override
  public final Deferred<Void> acceptEither(CompletionStage<? extends T> other, Consumer<? super T> consumer) {
    return either(null, other, DeferredStage.<T>call(consumer));
  }

  @Override
  public final Deferred<Void> acceptEitherAsync(CompletionStage<? extends T> other, Consumer<? super T> consumer) {
    return either(pool(), other, DeferredStage.<T>call(consumer));
  }

  @Override
  public final Deferred<Void> acceptEitherAsync(
      CompletionStage<? extends T> other, Consumer<? super T> consumer, Executor executor) {
    return either(StageStep.check(executor), other, DeferredStage.<T>call(consumer));
  }

  private Deferred<Void> afterEither(@Nullable Executor executor, CompletionStage<?> other, Runnable runnable) {
    Deferred<Object> second = Deferred.from(StageStep.check(other));
    return Deferreds.<Object>any(self(), second).map(executor, call(runnable));
  }

  @Override
  public final Deferred<Void> runAfterEither(CompletionStage<?> other, Runnable runnable) {
    return afterEither(null, other, runnable);
  }

  @Override
  public final Deferred<Void> runAfterEitherAsync(CompletionStage<?> other, Runnable runnable) {
    return afterEither(pool(), other, runnable);
  }

  @Override
  public final Deferred<Void> runAfterEitherAsync(CompletionStage<?> other, Runnable runnable, Executor executor) {
    return afterEither(StageStep.check(executor), other, runnable);
  }

  // ---- waiting

  /** Blocks until there is an outcome. */
  final void await() throws InterruptedException {
    Waiters.Gate gate = gate();
    if (gate != null) {
      gate.pass();
    }
  }

  /** Blocks until there is an outcome or the time is up; returns whether there is one. */
  final boolean await(long timeout, TimeUnit unit) throws InterruptedException {
    if (timeout <= 0) {
      return isDone();
    }
    Waiters.Gate gate = gate();
    return gate == null || gate.pass(timeout, unit);
  }

  /** Returns the one gate of this deferred, or null if it is realized. */
  private @Nullable Waiters.Gate gate() {
    if (isDone()) {
      return null;
    }
    NonBlocking.refuse("Waiting for a deferred");
    Turn.beforeBlocking();
    Detour.beforeBlocking();
    return WaiterStack.gate(self());
  }

  // ---- futures

  /**
   * Returns a future with the outcome of this deferred, completed on the thread that realizes it. Completing or
   * cancelling the future does nothing to the deferred.
   *
   * @return a new future
   */
  @Override
  public final CompletableFuture<T> toCompletableFuture() {
    Waiters.OfFuture<T> waiter = new Waiters.OfFuture<>();
    self().await(waiter);
    return waiter.future;
  }

  /**
   * Gives this deferred a {@link CancellationException}, if it is pending and not claimed. If it is derived from others,
   * those get the same error, if nobody else waits for them. No thread is interrupted.
   *
   * @param mayInterruptIfRunning without effect
   * @return true if this call decided the outcome
   */
  @Override
  public final boolean cancel(boolean mayInterruptIfRunning) {
    return !self().isRealized() && self().error(new CancellationException("The deferred was cancelled."));
  }

  @Override
  public final boolean isCancelled() {
    return self().failureIs(CancellationException.class);
  }

  @Override
  public final boolean isDone() {
    return self().isRealized();
  }

  /**
   * Blocks until there is an outcome, and returns the value. Since Clojure 1.12 an {@code IDeref} is a
   * {@link java.util.function.Supplier} too, which is why nothing is declared here. It throws all the same what
   * {@link Future#get()} says: an {@link ExecutionException} with the error, or an {@link InterruptedException}.
   *
   * @return the value
   * @throws CancellationException if this deferred was cancelled
   */
  @Override
  public final @Nullable T get() {
    try {
      self().await();
      return report();
    } catch (InterruptedException | ExecutionException e) {
      throw Deferred.<RuntimeException>unchecked(e);
    }
  }

  @Override
  public final @Nullable T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (!self().await(timeout, unit)) {
      throw new TimeoutException("The deferred was not realized within " + timeout + " " + unit + ".");
    }
    return report();
  }

  private @Nullable T report() throws ExecutionException {
    Throwable error = self().errorValue(null);
    if (error instanceof CancellationException cancelled) {
      throw cancelled;
    }
    if (error != null) {
      throw new ExecutionException(error);
    }
    return self().getNow();
  }
}

package leat.async;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import leat.bytes.Nullable;

/** The waiters that end in something else than a deferred: listeners, blocked threads and futures; and the marks. */
final class Waiters {

  private Waiters() {
  }

  static final class OfListener<T> extends Waiter<T> {
    final Deferred.Listener<? super T> listener;

    OfListener(Deferred.Listener<? super T> listener) {
      this.listener = listener;
    }

    @Override
    protected void onSuccess(@Nullable T value) {
      listener.onSuccess(value);
    }

    @Override
    protected void onFailure(Failure failure) {
      listener.onError(failure.look());
    }
  }

  static final class OfConsumers<T> extends Waiter<T> {
    private final Consumer<? super T> onValue;
    private final Consumer<? super Throwable> onThrowable;

    OfConsumers(Consumer<? super T> onValue, Consumer<? super Throwable> onThrowable) {
      this.onValue = onValue;
      this.onThrowable = onThrowable;
    }

    @Override
    protected void onSuccess(@Nullable T value) {
      onValue.accept(value);
    }

    @Override
    protected void onFailure(Failure failure) {
      onThrowable.accept(failure.look());
    }
  }

  /** What all blocked threads of one deferred wait at. Knows how many there are. */
  static final class Gate extends CountDownLatch {
    private final AtomicInteger blocked = new AtomicInteger();

    Gate() {
      super(1);
    }

    /** Blocks until the gate opens. */
    void pass() throws InterruptedException {
      blocked.incrementAndGet();
      try {
        await();
      } finally {
        blocked.decrementAndGet();
      }
    }

    /** Blocks until the gate opens or the time is up; returns whether it is open. */
    boolean pass(long timeout, TimeUnit unit) throws InterruptedException {
      blocked.incrementAndGet();
      try {
        return await(timeout, unit);
      } finally {
        blocked.decrementAndGet();
      }
    }
  }

  /**
   * Opens the gate for all blocked threads. There is at most one, however often somebody comes; it stays when they have
   * gone, but then nobody waits through it.
   */
  static final class OfThreads<T> extends Waiter<T> {
    final Gate gate = new Gate();

    @Override
    protected boolean isDirect() {
      return true;
    }

    @Override
    boolean isPassive() {
      return gate.blocked.get() == 0;
    }

    @Override
    protected void onSuccess(@Nullable T value) {
      gate.countDown();
    }

    @Override
    protected void onFailure(Failure failure) {
      // Whoever is still blocked will look; it may be that nobody is, or that their time is up just now.
      failure.watch();
      gate.countDown();
    }
  }

  static final class OfFuture<T> extends Waiter<T> {
    final CompletableFuture<T> future = new CompletableFuture<>();

    @Override
    protected boolean isIdle() {
      return future.isDone();
    }

    @Override
    protected void onSuccess(@Nullable T value) {
      future.complete(value);
    }

    @Override
    protected void onFailure(Failure failure) {
      if (future.isDone()) {
        failure.watch();
      } else {
        future.completeExceptionally(failure.look());
      }
    }

    @Override
    void onRejected(Throwable rejection) {
      future.completeExceptionally(rejection);
    }
  }

  /** A mark in the stack, which waits for nothing. */
  private abstract static class Mark<T> extends Waiter<T> {
    @Override
    boolean isPassive() {
      return true;
    }

    @Override
    protected boolean isDirect() {
      return true;
    }

    @Override
    protected void onSuccess(@Nullable T value) {
      // The mark has done its work.
    }

    @Override
    protected void onFailure(Failure failure) {
      failure.watch();
    }
  }

  /** At the bottom of the stack while dropped errors are traced: knows where the deferred was made. */
  static final class Made<T> extends Mark<T> {
    /** Stands here, so that the first deferred need not load {@link DroppedErrors}. */
    static volatile boolean isTraced;

    private final Throwable place = new Throwable("The deferred was made here");

    @Override
    protected void onFailure(Failure failure) {
      failure.watch(place);
    }
  }

  /**
   * On top of the stack: only who has the token may decide. Whoever is added to a claimed deferred gets under a new
   * claim with the same token.
   */
  static final class Claim<T> extends Mark<T> {
    final Object token;

    Claim(Object token, @Nullable Waiter<T> below) {
      this.token = token;
      this.next = below;
    }
  }

  /** In a deep stack: how many waited below when somebody last looked, and how many of those have given up since. */
  static final class Tally<T> extends Mark<T> {
    final int live;
    final AtomicInteger givenUp;

    Tally(int live, int givenUp) {
      this.live = live;
      this.givenUp = new AtomicInteger(givenUp);
    }

    boolean mostStillWait(int count) {
      return count < live - count;
    }

    @Override
    protected boolean isIdle() {
      // The next search takes it out, and puts in another one if need be.
      return true;
    }
  }
}

package leat.async;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import leat.bytes.Nullable;

/**
 * Keeps the stack of a thread small, however long the chain of deferreds is that realize each other: where the calls are
 * nested too deeply, a deferred is still decided at once, but its waiters are called when the outermost call is through.
 * All waiters are called from here.
 */
final class Turn {

  /** How many deferreds may realize each other, each from a waiter of the one before, on one stack. */
  private static final int MAX_DEPTH = 32;

  private static final ThreadLocal<Turn> CURRENT = ThreadLocal.withInitial(Turn::new);

  /** Stands for no executor, since the queue takes no null. */
  private static final Object NONE = new Object();

  private int depth;

  /** Stacks, outcomes and executors in turn, or null if there never were any. */
  private @Nullable ArrayDeque<Object> later;

  private Turn() {
  }

  /** Calls all of {@code stack}, which belongs to this thread now, with {@code outcome}: before it returns or later. */
  static void callAll(Waiter<Object> stack, Object outcome, @Nullable Executor executor) {
    Turn turn = CURRENT.get();
    if (turn.depth >= MAX_DEPTH) {
      turn.putOff(stack, outcome, executor);
      return;
    }
    turn.depth++;
    try {
      callEach(stack, outcome, executor);
    } finally {
      if (turn.depth == 1 && turn.later != null) {
        turn.catchUp();
      }
      turn.depth--;
    }
  }

  /**
   * Calls what this thread has put off. It must do so before it blocks: it might wait for just that.
   */
  static void beforeBlocking() {
    Turn turn = CURRENT.get();
    if (turn.later != null) {
      turn.catchUp();
    }
  }

  private void putOff(Waiter<Object> stack, Object outcome, @Nullable Executor executor) {
    if (later == null) {
      later = new ArrayDeque<>();
    }
    later.add(stack);
    later.add(outcome);
    later.add(executor == null ? NONE : executor);
  }

  private void catchUp() {
    // A call may get here again when it blocks; each turn looks at the field anew for that.
    ArrayDeque<Object> queue;
    while ((queue = later) != null && !queue.isEmpty()) {
      Object stack = queue.poll();
      Object outcome = queue.poll();
      Executor executor = queue.poll() instanceof Executor some ? some : null;
      callEach(Deferred.asWaiter(stack), outcome, executor);
    }
    later = null;
  }

  /** Calls all of a stack that belongs to this thread now. */
  private static void callEach(Waiter<Object> stack, Object outcome, @Nullable Executor executor) {
    Waiter<Object> first = stack;
    if (first.next != null) {
      // The stack has the last one on top: turn it round.
      first = null;
      Waiter<Object> waiter = stack;
      while (waiter != null) {
        Waiter<Object> below = waiter.next;
        waiter.next = first;
        first = waiter;
        waiter = below;
      }
    }
    while (first != null) {
      Waiter<Object> next = first.next;
      // An old waiter must not keep younger ones from being collected.
      first.next = null;
      if (executor == null) {
        call(first, outcome);
      } else {
        callOn(executor, first, outcome);
      }
      first = next;
    }
  }

  /** Calls one waiter, on the executor if there is one. */
  static <T> void callOn(@Nullable Executor executor, Waiter<T> waiter, Object outcome) {
    if (executor == null || waiter.isDirect()) {
      call(waiter, outcome);
      return;
    }
    try {
      executor.execute(() -> call(waiter, outcome));
    } catch (Throwable rejection) {
      // Refused, or there are no more threads, which is an Error.
      if (outcome instanceof Failure failure) {
        failure.watch();
      }
      waiter.onRejected(rejection);
    }
  }

  private static <T> void call(Waiter<T> waiter, Object outcome) {
    try {
      if (outcome instanceof Failure failure) {
        waiter.onFailure(failure);
      } else {
        waiter.onSuccess(Deferred.<T>asValue(outcome));
      }
    } catch (Throwable thrown) {
      Log.thrown("A listener of a deferred", thrown);
    }
  }
}

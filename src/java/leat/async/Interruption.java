package leat.async;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** Interrupts the thread that waits for something on behalf of a deferred, once nobody needs that any more. */
public final class Interruption {

  // WAITING -> OVER, or WAITING -> INTERRUPTING -> INTERRUPTED: the thread leaves only when nobody will interrupt it.
  private static final int WAITING = 0;
  private static final int OVER = 1;
  private static final int INTERRUPTING = 2;
  private static final int INTERRUPTED = 3;

  private final Thread thread = Thread.currentThread();
  private final AtomicInteger state = new AtomicInteger(WAITING);

  private Interruption() {
  }

  /**
   * Calls what waits, on this thread.
   *
   * @param until   ends the waiting once it is realized
   * @param waiting what waits, and can be interrupted
   * @param <V>     the type of what comes of the waiting
   * @return what came of it
   * @throws InterruptedException if {@code until} was realized first
   * @throws Exception what {@code waiting} throws
   */
  public static <V> V call(Deferred<?> until, Callable<V> waiting) throws Exception {
    Interruption interruption = new Interruption();
    Onlooker.add(until, interruption::interrupt);
    try {
      return waiting.call();
    } finally {
      interruption.over();
    }
  }

  private void interrupt() {
    if (state.compareAndSet(WAITING, INTERRUPTING)) {
      thread.interrupt();
      state.set(INTERRUPTED);
    }
  }

  private void over() {
    if (!state.compareAndSet(WAITING, OVER)) {
      while (state.get() != INTERRUPTED) {
        Thread.onSpinWait();
      }
      Thread.interrupted();
    }
  }
}

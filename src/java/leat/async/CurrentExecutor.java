package leat.async;

import java.util.concurrent.Executor;
import leat.bytes.Nullable;

/**
 * The executor on which the deferreds and streams of the current thread are made: their listeners run there. None by
 * default, which means that listeners run on the thread that makes their event happen.
 *
 * <p>Threads of an {@link InstrumentedExecutor} may have their own executor here, so that what a task makes stays on the
 * executor that runs it.
 */
public final class CurrentExecutor {

  /** A thread-local that remembers whether it was ever used, and leaves nothing behind in a thread that has none. */
  private static final class Slot extends ThreadLocal<Executor> {
    @Override
    public void set(@Nullable Executor executor) {
      if (executor != null) {
        inUse = true;
        super.set(executor);
      } else if (inUse) {
        remove();
      }
    }
  }

  /** False until the first executor is set: most programs never do, and then {@link #get} costs one read. */
  private static volatile boolean inUse;

  private static final ThreadLocal<Executor> SLOT = new Slot();

  private CurrentExecutor() {
  }

  /**
   * Returns the executor of the current thread.
   *
   * @return the executor, or null if there is none
   */
  public static @Nullable Executor get() {
    return inUse ? SLOT.get() : null;
  }

  /**
   * Sets the executor of the current thread.
   *
   * @param executor the executor, or null for none
   */
  public static void set(@Nullable Executor executor) {
    SLOT.set(executor);
  }

  /**
   * Returns the place where the executor of each thread is kept. It must be read and written through this object or
   * the methods of this class only.
   *
   * @return the one thread-local
   */
  public static ThreadLocal<Executor> threadLocal() {
    return SLOT;
  }
}

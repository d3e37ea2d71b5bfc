package leat.async;

import leat.bytes.Nullable;

/**
 * Work that blocks, on a thread that may block. What follows from it on the same thread, such as the next value for
 * somebody who waits, is done there as well, one after another, and needs no other thread; unless this one blocks first.
 */
final class BlockingRun implements Runnable {

  private static final ThreadLocal<BlockingRun> CURRENT = new ThreadLocal<>();

  // Owned by the thread that runs this, but that others compare the first with themselves.
  private volatile @Nullable Thread thread;
  private @Nullable Runnable next;

  private BlockingRun(Runnable first) {
    next = first;
  }

  /** Does {@code work} after what {@code current} does now, if that is this thread; else on another one. Returns which. */
  static BlockingRun execute(@Nullable BlockingRun current, Runnable work) {
    if (isHere(current)) {
      current.next = work;
      return current;
    }
    BlockingRun fresh = new BlockingRun(work);
    BlockingThreads.execute(fresh);
    return fresh;
  }

  /** Whether {@code run} is what this thread does. */
  static boolean isHere(@Nullable BlockingRun run) {
    return run != null && run.thread == Thread.currentThread();
  }

  /** Hands on what this thread would do next. It must do so before it blocks: it might wait for just that. */
  static void beforeBlocking() {
    BlockingRun here = CURRENT.get();
    if (here != null && here.next != null) {
      Runnable work = here.next;
      here.next = null;
      BlockingThreads.execute(new BlockingRun(work));
    }
  }

  @Override
  public void run() {
    thread = Thread.currentThread();
    CURRENT.set(this);
    try {
      Runnable work = next;
      while (work != null) {
        next = null;
        work.run();
        work = next;
      }
    } finally {
      CURRENT.remove();
      thread = null;
    }
  }
}

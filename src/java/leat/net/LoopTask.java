package leat.net;

import leat.bytes.Nullable;

/**
 * A task for an event loop that carries its own link, so that handing it over allocates nothing. One instance may be
 * handed over again only after it has run.
 */
public abstract class LoopTask implements Runnable {
  /** The task that was handed over before this one. */
  @Nullable LoopTask next;

  /** For subclasses. */
  protected LoopTask() {}

  /** Wraps any other task. */
  static final class Wrapped extends LoopTask {
    private final Runnable task;

    Wrapped(Runnable task) {
      this.task = task;
    }

    @Override
    public void run() {
      task.run();
    }
  }
}

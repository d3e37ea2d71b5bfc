package leat.async;

import java.util.ArrayDeque;
import leat.bytes.Nullable;

/**
 * Keeps the stack of a thread small, however many streams lead into one another: where too many of them carry a value,
 * or end, within one another, the rest waits until the outermost one is through. Callbacks that put into the next stream
 * count as well.
 */
final class Detour {

  private record Load<T>(Stream<T> stream, @Nullable T value) {
    void carry() {
      stream.carryHere(value, 1);
    }
  }

  /** False until the first way was too long: few programs have one, and the others need not look into threads. */
  private static volatile boolean inUse;

  /** False until the first end was put off. */
  private static volatile boolean endsWait;

  private static final ThreadLocal<Detour> CURRENT = ThreadLocal.withInitial(Detour::new);

  /** So many streams may end within one another on one stack. */
  private static final int MAX_ENDS = 16;

  /** From this depth of callbacks on, puts ask how deep they are. */
  private static final int MANY_CALLBACKS = 8;

  private final ArrayDeque<Load<?>> later = new ArrayDeque<>(1);
  private final ArrayDeque<Runnable> laterEnds = new ArrayDeque<>(1);
  private int ends;
  private int depth;
  private boolean isFinishing;

  private Detour() {
  }

  static boolean isInUse() {
    return inUse;
  }

  /** Returns the depth of a put on this thread that comes from outside of this package. */
  static int depth() {
    return inUse ? CURRENT.get().depth : 0;
  }

  static Detour current() {
    return CURRENT.get();
  }

  /** Before the callback of a stage, which may put. Returns what must be given to {@link #leave} after it. */
  int enter(int stageDepth) {
    int outer = depth;
    // As long as puts do not ask, each of them counts from 0 again.
    depth = inUse ? stageDepth : outer + stageDepth;
    if (depth > MANY_CALLBACKS) {
      inUse = true;
    }
    return outer;
  }

  void leave(int outer) {
    depth = outer;
  }

  /** Carries a value now if this is the outermost call, else later. */
  static <T> void carry(Stream<T> stream, @Nullable T value, int depth) {
    inUse = true;
    Detour detour = CURRENT.get();
    if (depth > 0) {
      detour.later.add(new Load<>(stream, value));
    } else if (detour.isFinishing) {
      stream.carryHere(value, 1);
    } else {
      detour.isFinishing = true;
      try {
        stream.carryHere(value, 1);
        detour.carryLater();
      } finally {
        detour.isFinishing = false;
      }
    }
  }

  /** Carries what has been left for later, unless an outer call will. */
  static void finish() {
    Detour detour = CURRENT.get();
    if (!detour.isFinishing) {
      detour.isFinishing = true;
      try {
        detour.carryLater();
      } finally {
        detour.isFinishing = false;
      }
    }
  }

  /** Does what is to be done at the end of a stream: now, or when the outermost end is through. */
  static void end(Runnable rest) {
    Detour detour = CURRENT.get();
    if (detour.ends == MAX_ENDS) {
      endsWait = true;
      detour.laterEnds.add(rest);
      return;
    }
    detour.ends++;
    try {
      rest.run();
      while (detour.ends == 1 && !detour.laterEnds.isEmpty()) {
        detour.laterEnds.poll().run();
      }
    } finally {
      detour.ends--;
    }
  }

  /** Does what this thread has put off. It must do so before it blocks: it might wait for just that. */
  static void beforeBlocking() {
    BlockingRun.beforeBlocking();
    if (inUse || endsWait) {
      Detour detour = CURRENT.get();
      Runnable rest;
      do {
        // An end may put off what is to be carried.
        detour.carryLater();
        rest = detour.laterEnds.poll();
        if (rest != null) {
          rest.run();
        }
      } while (rest != null);
    }
  }

  private void carryLater() {
    Load<?> load = later.poll();
    while (load != null) {
      load.carry();
      load = later.poll();
    }
  }
}

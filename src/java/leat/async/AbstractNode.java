package leat.async;

import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.IReference;
import clojure.lang.ISeq;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import leat.bytes.Nullable;

/**
 * What the nodes of this package share: a lock, the end, those who wait for it, and metadata for Clojure.
 *
 * <p>The lock is one int. It is held for a few memory accesses at a time, never while foreign code runs or anything is
 * waited for, so whoever finds it taken spins, and then yields. It is not reentrant.
 */
abstract class AbstractNode implements Node, IReference {

  /** Somebody who waits for the end; an element of a doubly linked ring. */
  abstract static class Hook {
    @Nullable Hook previous;
    @Nullable Hook next;

    abstract void onEnd(@Nullable Throwable cause);

    /** Adds the nodes that feed this one, if that is who waits. Called under the lock of this one. */
    void addFeeders(List<Node> feeders) {
      // Most only listen.
    }

    /** Whether nobody is there any more who could be told. */
    boolean isGone() {
      return false;
    }
  }

  private static class RunnableHook extends Hook {
    private final Runnable listener;

    RunnableHook(Runnable listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
    }

    @Override
    void onEnd(@Nullable Throwable cause) {
      listener.run();
    }
  }

  /** What {@link #ended} holds; its own class, so that a Throwable without stack is not needed for most. */
  private record End(@Nullable Throwable cause) {
  }

  private static final End WITHOUT_CAUSE = new End(null);
  private static final int FIRST_SWEEP = 64;
  private static final int SPINS = 64;
  private static final int YIELDS = 1024;

  private static final VarHandle LOCK;
  private static final VarHandle META;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LOCK = lookup.findVarHandle(AbstractNode.class, "locked", int.class);
      META = lookup.findVarHandle(AbstractNode.class, "meta", IPersistentMap.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // Atomic: the lock itself, and metadata that has nothing to do with all the rest.
  @SuppressWarnings("unused")
  private int locked;
  private volatile @Nullable IPersistentMap meta;

  // Written under the lock, read without: it is set once.
  private volatile @Nullable End ended;

  // Guarded by the lock. The first of a ring, or null.
  private @Nullable Hook closeHooks;
  private @Nullable Hook drainHooks;
  private int hookCount;
  private int sweepAt = FIRST_SWEEP;

  // ---- the lock

  final void lock() {
    if (!LOCK.compareAndSet(this, 0, 1)) {
      lockSlowly();
    }
  }

  final void unlock() {
    LOCK.setRelease(this, 0);
  }

  private void lockSlowly() {
    int turns = 0;
    while ((int) LOCK.getOpaque(this) != 0 || !LOCK.compareAndSet(this, 0, 1)) {
      turns++;
      if (turns < SPINS) {
        Thread.onSpinWait();
      } else if (turns < YIELDS) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(50_000);
      }
    }
  }

  // ---- the end

  final boolean hasEnded() {
    return ended != null;
  }

  /** Under the lock: marks the end, unless it has come before. Returns whether this call did it. */
  final boolean end(@Nullable Throwable cause) {
    if (ended != null) {
      return false;
    }
    ended = cause == null ? WITHOUT_CAUSE : new End(cause);
    return true;
  }

  @Override
  public final @Nullable Throwable closeCause() {
    End end = ended;
    return end == null ? null : end.cause;
  }

  // ---- hooks

  /** Under the lock: takes away all those who wait for the closing, to be run with {@link #run}. */
  final @Nullable Hook closeHooks() {
    Hook first = closeHooks;
    closeHooks = null;
    return first;
  }

  /** Under the lock: takes away all those who wait for the draining, to be run with {@link #run}. */
  final @Nullable Hook drainHooks() {
    Hook first = drainHooks;
    drainHooks = null;
    return first;
  }

  /** Under the lock: whether somebody waits for the draining. */
  final boolean hasDrainHooks() {
    return drainHooks != null;
  }

  /** Without the lock: tells a ring of hooks, in the order in which they were added. */
  final void run(@Nullable Hook first) {
    if (first == null) {
      return;
    }
    Hook hook = first;
    do {
      Hook next = hook.next;
      hook.previous = null;
      hook.next = null;
      call(hook);
      hook = next;
    } while (hook != first && hook != null);
  }

  final void call(Hook hook) {
    try {
      hook.onEnd(closeCause());
    } catch (Throwable thrown) {
      Log.thrown("A listener for the end of a stream", thrown);
    }
  }

  /** Adds one who waits for the closing. Calls it at once if that has been. */
  final void addCloseHook(Hook hook) {
    lock();
    boolean late = ended != null;
    if (!late) {
      closeHooks = appended(closeHooks, hook);
      if (++hookCount >= sweepAt) {
        sweep();
      }
    }
    unlock();
    if (late) {
      call(hook);
    }
  }

  /** Adds one who waits for the draining, unless that has been. Under the lock. */
  final void addDrainHook(Hook hook) {
    drainHooks = appended(drainHooks, hook);
  }

  final void removeCloseHook(Hook hook) {
    lock();
    if (hook.next != null && closeHooks != null) {
      closeHooks = without(closeHooks, hook);
      hookCount--;
    }
    unlock();
  }

  private static Hook appended(@Nullable Hook first, Hook hook) {
    if (first == null) {
      hook.previous = hook;
      hook.next = hook;
      return hook;
    }
    Hook last = first.previous;
    hook.previous = last;
    hook.next = first;
    last.next = hook;
    first.previous = hook;
    return first;
  }

  private static @Nullable Hook without(Hook first, Hook hook) {
    Hook next = hook.next;
    hook.previous.next = next;
    next.previous = hook.previous;
    hook.previous = null;
    hook.next = null;
    return hook != first ? first : next == hook ? null : next;
  }

  /** Removes the hooks of sources that have been collected. */
  private void sweep() {
    Hook hook = closeHooks;
    int left = 0;
    for (int i = hookCount; i > 0; i--) {
      Hook next = hook.next;
      if (hook.isGone()) {
        closeHooks = without(closeHooks, hook);
      } else {
        left++;
      }
      hook = next;
    }
    hookCount = left;
    sweepAt = Math.max(FIRST_SWEEP, 2 * left);
  }

  @Override
  public final List<Node> upstream() {
    List<Node> feeders = new ArrayList<>();
    lock();
    try {
      Hook hook = closeHooks;
      while (hook != null) {
        hook.addFeeders(feeders);
        hook = hook.next == closeHooks ? null : hook.next;
      }
    } finally {
      unlock();
    }
    return List.copyOf(feeders);
  }

  static Hook hook(Runnable listener) {
    return new RunnableHook(listener);
  }

  /** Runs {@code listener} at the end of this node, which shows what feeds {@code proxies} as what feeds itself. */
  final void onClosedThrough(List<? extends AbstractNode> proxies, Runnable listener) {
    addCloseHook(new RunnableHook(listener) {
      @Override
      void addFeeders(List<Node> feeders) {
        proxies.forEach(proxy -> feeders.addAll(proxy.upstream()));
      }
    });
  }

  // ---- what the pipe of another node uses

  /** Puts a value; {@code depth} counts the streams that hand it on within one another on this thread's stack. */
  Deferred<?> push(@Nullable Object value, int depth) {
    throw new UnsupportedOperationException();
  }

  // ---- metadata

  @Override
  public final @Nullable IPersistentMap meta() {
    return meta;
  }

  @Override
  public final @Nullable IPersistentMap alterMeta(IFn change, @Nullable ISeq arguments) {
    while (true) {
      IPersistentMap before = meta;
      Object after = arguments == null ? change.invoke(before) : change.applyTo(arguments.cons(before));
      if (META.compareAndSet(this, before, (IPersistentMap) after)) {
        return (IPersistentMap) after;
      }
    }
  }

  @Override
  public final @Nullable IPersistentMap resetMeta(@Nullable IPersistentMap newMeta) {
    meta = newMeta;
    return newMeta;
  }
}

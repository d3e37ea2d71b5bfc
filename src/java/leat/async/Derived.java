package leat.async;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import leat.bytes.Nullable;

/**
 * A deferred that waits for others. While it is pending it knows them, so that a cancellation, or the news that its time
 * is up, finds the way to whoever does the work.
 *
 * <pre>
 *   work  &lt;--knows--  derived  &lt;--knows--  derived  &lt;-- cancel()
 *     |                  ^   |                ^
 *     +----its waiter----+   +---its waiter---+
 * </pre>
 *
 * <p>The class may be extended, to be something else as well.
 *
 * @param <T> the type of the value
 */
public class Derived<T> extends Deferred<T> {

  private static final VarHandle SOURCES;

  static {
    try {
      SOURCES = MethodHandles.lookup().findVarHandle(Derived.class, "sources", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Executor executor;

  /** A Deferred, an Object[] that holds some, or null. */
  private volatile @Nullable Object sources;

  /**
   * Makes a pending deferred.
   *
   * @param executor where its listeners will run, or null for the thread that realizes it
   */
  public Derived(@Nullable Executor executor) {
    this.executor = executor;
  }

  @Override
  public final @Nullable Executor executor() {
    return executor;
  }

  /**
   * Waits for {@code source}, and from now on only for that.
   *
   * @param source what this deferred waits for
   * @param waiter whose {@link Waiter#target()} is this; it is added to {@code source}
   * @param <S>    the type of the value of the source
   */
  public final <S> void waitFor(Deferred<S> source, Waiter<S> waiter) {
    sources = source;
    source.await(waiter);
    if (isRealized()) {
      release(cancellation());
    }
  }

  /**
   * Waits for {@code source} if that is pending, and from now on only for that.
   *
   * @param source what this deferred waits for
   * @param waiter whose {@link Waiter#target()} is this; it is added to {@code source}
   * @param <S>    the type of the value of the source
   * @return true if it was added; false if the source is realized, and the waiter will not be called
   */
  public final <S> boolean waitIfPending(Deferred<S> source, Waiter<S> waiter) {
    sources = source;
    boolean added = source.awaitIfPending(waiter);
    if (isRealized()) {
      release(cancellation());
    }
    return added;
  }

  /**
   * Takes note that this deferred waits for several others. The caller has yet to add a waiter with this as its
   * {@link Waiter#target()} to each.
   *
   * @param all holds those deferreds, among other things; not to be changed while this deferred is pending, except that
   *     what is not needed any more may be taken out
   */
  public final void waitsForAll(Object[] all) {
    sources = all;
  }

  /**
   * Waits for {@code source} in the place of one of those given to {@link #waitsForAll}, whose value it was.
   *
   * @param all    what was given
   * @param index  which of them is realized
   * @param waiter whose {@link Waiter#target()} is this; it is added to {@code source}
   */
  final <S> void waitForInstead(Object[] all, int index, Deferred<S> source, Waiter<S> waiter) {
    all[index] = source;
    source.await(waiter);
    // Either whoever realizes this finds the source in the array, or this thread sees that it is realized.
    VarHandle.fullFence();
    if (isRealized()) {
      tell(source, this, cancellation());
    }
  }

  /** Returns what this deferred waits for, to be handed to {@link #tell}. */
  final @Nullable Object sources() {
    return sources;
  }

  @Override
  final void settled(Object outcome) {
    if (sources != null) {
      release(cancellation());
    }
  }

  /** Returns why this was cancelled; or null, if it was not. */
  private @Nullable Throwable cancellation() {
    Failure failure = failure();
    return failure != null && failure.peek() instanceof CancellationException cancelled ? cancelled : null;
  }

  private void release(@Nullable Throwable why) {
    Object last = SOURCES.getAndSet(this, null);
    if (last != null) {
      tell(last, this, why);
    }
  }

  /**
   * Tells all {@code sources} that {@code target} does not wait for them any more, and, if nobody else does, those for
   * whom they wait, and so on.
   *
   * @param why a cancellation realizes the derived deferreds on its way; another error only passes through; null stops
   *     at the sources themselves
   */
  static void tell(Object sources, Deferred<?> target, @Nullable Throwable why) {
    ArrayDeque<Object> todo = null;
    Object next = sources;
    Deferred<?> gone = target;
    while (next != null) {
      Object[] several = next instanceof Object[] array ? array : null;
      for (int i = 0; i < (several == null ? 1 : several.length); i++) {
        Object source = several == null ? next : several[i];
        Object more = source instanceof Deferred<?> deferred ? abandon(deferred, gone, why) : null;
        if (more != null) {
          todo = todo == null ? new ArrayDeque<>() : todo;
          todo.add(more);
          todo.add(source);
        }
      }
      next = todo == null ? null : todo.poll();
      gone = next == null ? null : (Deferred<?>) todo.poll();
    }
  }

  /** Returns what {@code source} waits for, if it is to be told as well. */
  private static @Nullable Object abandon(Deferred<?> source, Deferred<?> gone, @Nullable Throwable why) {
    if (source.isRealized() || !WaiterStack.sweep(source, gone) || why == null) {
      return null;
    }
    if (!(source instanceof Derived<?> derived)) {
      source.onAbandoned(why);
      return null;
    }
    if (!(why instanceof CancellationException)) {
      return derived.sources;
    }
    Object more = SOURCES.getAndSet(derived, null);
    derived.error(why);
    return more;
  }
}

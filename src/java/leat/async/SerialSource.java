package leat.async;

import java.util.List;
import java.util.function.Consumer;
import leat.bytes.Nullable;

/**
 * A source over something that gives one value at a time, such as an iterator or a queue: the base class for sources
 * beyond streams. A take that is withdrawn loses no value: what comes for it goes to the next one.
 *
 * <p>Subclasses are called by one thread at a time, under no lock; but {@link #onEnd()} as soon as this is closed, even
 * while {@link #pull()} waits on another thread.
 *
 * @param <T> the type of the values
 */
public abstract class SerialSource<T> extends AbstractNode implements Source<T> {

  /** What {@link #tryPull()} returns if there is no value without waiting. */
  protected static final Object NOT_NOW = new Object();

  /** What {@link #tryPull()}, {@link #pull()} and the callback of {@link #pullLater} give at the end. */
  protected static final Object END = new Object();

  private static final Object NOTHING = new Object();

  /** So many values a thread that came for one gives to others. */
  private static final int MAX_TURNS = 64;

  // Guarded by the lock.
  private final PendingQueue takes = new PendingQueue();
  private boolean busy;
  /** Who tells a take of its value, and goes on with the next unless another take comes on that thread. */
  private @Nullable Thread giver;
  private volatile @Nullable BlockingRun run;
  private boolean over;
  private Object leftover = NOTHING;
  private @Nullable Pump<T> pump;

  /** For subclasses. */
  protected SerialSource() {
  }

  /**
   * Returns the next value if that takes neither waiting nor work.
   *
   * @return the value, {@link #NOT_NOW} or {@link #END}
   * @throws Exception ends the source with this cause
   */
  protected abstract @Nullable Object tryPull() throws Exception;

  /**
   * Waits for the next value. Called on a thread that may block, unless {@link #pullLater} is overridden.
   *
   * @return the value or {@link #END}; {@link #NOT_NOW} if nobody {@linkplain #isWanted() wants} it any more
   * @throws Exception ends the source with this cause
   */
  protected abstract @Nullable Object pull() throws Exception;

  /**
   * Arranges that {@code done} is called with the next value, {@link #END}, or {@link #NOT_NOW} if nobody wants it any
   * more: once, on any thread. Here on a thread that calls {@link #pull()}.
   *
   * @param done takes the value
   */
  protected void pullLater(Consumer<Object> done) {
    elsewhere(() -> {
      Object value;
      try {
        value = pull();
      } catch (Throwable thrown) {
        fail(thrown);
        value = END;
      }
      done.accept(value);
    });
  }

  private void elsewhere(Runnable work) {
    run = BlockingRun.execute(run, work);
  }

  /**
   * Called once when nobody wants more: frees what is behind. What it throws is logged.
   *
   * @throws Exception is logged
   */
  protected void onEnd() throws Exception {
    // Most have nothing to free.
  }

  /**
   * Tells whether somebody waits for a value.
   *
   * @return true if so
   */
  protected final boolean isWanted() {
    lock();
    try {
      return !over && takes.hasLive();
    } finally {
      unlock();
    }
  }

  /**
   * Returns the deferred of the first take that waits, which somebody may withdraw.
   *
   * @return the deferred, or null if nobody waits
   */
  protected final @Nullable Deferred<?> waiting() {
    lock();
    try {
      return !over && takes.hasLive() ? takes.peek() : null;
    } finally {
      unlock();
    }
  }

  /**
   * Ends this source because of an error, and logs that.
   *
   * @param cause the error
   */
  protected final void fail(Throwable cause) {
    if (!hasEnded()) {
      Log.thrown("A source", cause);
      finish(cause);
    }
  }

  @Override
  @SuppressWarnings("unchecked")
  public final Deferred<T> take(@Nullable T ifDrained) {
    Pending<T> take = null;
    Hook drained = null;
    boolean goesOn = false;
    lock();
    try {
      if (leftover != NOTHING) {
        T value = (T) leftover;
        leftover = NOTHING;
        drained = over ? drainHooks() : null;
        return Deferred.succeeded(value);
      }
      if (over) {
        return Deferred.succeeded(ifDrained);
      }
      if (busy) {
        takes.sweep(0);
        if (takes.isFull()) {
          return Stream.tooMany("takes");
        }
        take = Pending.take(ifDrained, null);
        takes.add(take);
        goesOn = giver == Thread.currentThread() && BlockingRun.isHere(run);
        giver = goesOn ? null : giver;
        return take;
      }
      busy = true;
    } finally {
      unlock();
      run(drained);
      if (goesOn) {
        // Whoever is told of a value takes the next one, and may wait for it: that cannot wait for him.
        elsewhere(this::serve);
      }
    }
    Object value = tryPullSafely();
    if (value != NOT_NOW && value != END) {
      serve();
      return Deferred.succeeded((T) value);
    }
    take = Pending.take(ifDrained, null);
    lock();
    takes.add(take);
    boolean late = over;
    unlock();
    if (value == END || late) {
      finish(null);
      endTakes();
    } else {
      pullLater(this::arrived);
    }
    return take;
  }

  private @Nullable Object tryPullSafely() {
    try {
      return tryPull();
    } catch (Throwable thrown) {
      fail(thrown);
      return END;
    }
  }

  private void arrived(@Nullable Object value) {
    if (value == END) {
      finish(null);
      endTakes();
      return;
    }
    if (value == NOT_NOW || give(value)) {
      serve();
    }
  }

  /** Gives a value to the first one who wants it. Returns false if another call goes on from there. */
  private boolean give(@Nullable Object value) {
    while (true) {
      Pending<Object> take;
      lock();
      try {
        take = takes.poll();
        if (take == null) {
          // At the end nobody wants it any more, who took has been told so.
          leftover = over ? NOTHING : value;
          return true;
        }
        giver = Thread.currentThread();
      } finally {
        unlock();
      }
      boolean given = take.success(value);
      lock();
      boolean mine = giver == Thread.currentThread();
      giver = mine ? null : giver;
      unlock();
      if (given || !mine) {
        return mine;
      }
    }
  }

  /** Pulls for those who wait, until nobody does. Those who come again and again must not hold a thread for ever. */
  private void serve() {
    for (int turns = 0; turns < MAX_TURNS; turns++) {
      lock();
      boolean ended = over;
      boolean idle = ended || !takes.hasLive();
      busy = !idle;
      unlock();
      if (ended) {
        // A take may have come while this was closed.
        endTakes();
      }
      if (idle) {
        return;
      }
      Object value = tryPullSafely();
      if (value == END) {
        finish(null);
        endTakes();
      } else if (value == NOT_NOW) {
        pullLater(this::arrived);
        return;
      } else if (!give(value)) {
        return;
      }
    }
    elsewhere(this::serve);
  }

  private boolean finish(@Nullable Throwable cause) {
    Hook closed;
    Hook drained;
    lock();
    try {
      if (over) {
        return false;
      }
      over = true;
      end(cause);
      closed = closeHooks();
      drained = leftover == NOTHING ? drainHooks() : null;
    } finally {
      unlock();
    }
    try {
      onEnd();
    } catch (Throwable thrown) {
      Log.thrown("The end of a source", thrown);
    }
    endTakes();
    run(closed);
    run(drained);
    return true;
  }

  private void endTakes() {
    while (true) {
      Pending<T> take;
      lock();
      take = takes.poll();
      unlock();
      if (take == null) {
        return;
      }
      take.end();
    }
  }

  @Override
  public final void close() {
    finish(null);
  }

  @Override
  public final void close(@Nullable Throwable cause) {
    finish(cause);
  }

  @Override
  public final boolean isDrained() {
    lock();
    try {
      return over && leftover == NOTHING;
    } finally {
      unlock();
    }
  }

  @Override
  public final void onClosed(Runnable listener) {
    addCloseHook(hook(listener));
  }

  @Override
  public final void onDrained(Runnable listener) {
    Hook hook = hook(listener);
    boolean late;
    lock();
    try {
      late = over && leftover == NOTHING;
      if (!late) {
        addDrainHook(hook);
      }
    } finally {
      unlock();
    }
    if (late) {
      call(hook);
    }
  }

  @Override
  public final void connect(Link link) {
    Pump<T> into;
    lock();
    if (pump == null) {
      pump = new Pump<>(this);
    }
    into = pump;
    unlock();
    into.connect(link);
  }

  @Override
  public final List<Link> downstream() {
    lock();
    Pump<T> current = pump;
    unlock();
    return current == null ? List.of() : current.links();
  }

  @Override
  public boolean isSynchronous() {
    return true;
  }

  @Override
  public Description description() {
    return Description.source(getClass().getSimpleName(), isDrained(), -1);
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + (isDrained() ? "[drained]" : "[]");
  }
}

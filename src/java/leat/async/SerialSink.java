package leat.async;

import java.util.function.Consumer;
import leat.bytes.Nullable;

/**
 * A sink over something that takes one value at a time, such as a queue: the base class for sinks beyond streams. The
 * value of a put that is withdrawn in time goes nowhere.
 *
 * <p>Subclasses are called by one thread at a time, under no lock.
 *
 * @param <T> the type of the values
 */
public abstract class SerialSink<T> extends AbstractNode implements Sink<T> {

  /** How a value has fared. */
  protected enum Outcome {
    /** It has found its place. */
    TAKEN,
    /** There is no room without waiting, or nobody wants to wait any more. */
    NOT_NOW,
    /** Nothing more goes in. */
    CLOSED
  }

  /** So many values a thread that came with one puts for others. */
  private static final int MAX_TURNS = 64;

  // Guarded by the lock.
  private final PendingQueue puts = new PendingQueue();
  private boolean busy;
  private volatile @Nullable BlockingRun run;
  private volatile @Nullable Pending<Boolean> current;

  /** For subclasses. */
  protected SerialSink() {
  }

  /**
   * Puts a value if that takes no waiting.
   *
   * @param value the value
   * @return how it has fared
   * @throws Exception closes the sink with this cause
   */
  protected abstract Outcome tryPush(@Nullable T value) throws Exception;

  /**
   * Waits until a value has found its place. Called on a thread that may block, unless {@link #pushLater} is overridden.
   *
   * @param value the value
   * @return how it has fared; NOT_NOW if it is not {@linkplain #isWanted() wanted} any more
   * @throws Exception closes the sink with this cause
   */
  protected abstract Outcome push(@Nullable T value) throws Exception;

  /**
   * Arranges that a value finds its place, and that {@code done} is called then: once, on any thread. Here on a thread
   * that calls {@link #push(Object)}.
   *
   * @param value the value
   * @param done  takes how it has fared
   */
  protected void pushLater(@Nullable T value, Consumer<Outcome> done) {
    elsewhere(() -> done.accept(pushSafely(value)));
  }

  private void elsewhere(Runnable work) {
    run = BlockingRun.execute(run, work);
  }

  private Outcome pushSafely(@Nullable T value) {
    try {
      return push(value);
    } catch (Throwable thrown) {
      fail(thrown);
      return Outcome.CLOSED;
    }
  }

  /**
   * Called if a value has found its place just when its put was withdrawn: takes it out again, if that can be done.
   *
   * @param value the value
   */
  protected void takeBack(@Nullable T value) {
    // Most cannot.
  }

  /**
   * Called once, after the last value: closes what is behind. What it throws is logged.
   *
   * @throws Exception is logged
   */
  protected void onEnd() throws Exception {
    // Most have nothing to close.
  }

  /**
   * Tells whether the put that is waited for is still wanted.
   *
   * @return true if it is
   */
  protected final boolean isWanted() {
    Pending<Boolean> waiting = current;
    return waiting != null && !waiting.isRealized();
  }

  /**
   * Returns the deferred of the put that is waited for, which somebody may withdraw.
   *
   * @return the deferred
   */
  protected final Deferred<Boolean> waiting() {
    return current;
  }

  private void fail(Throwable cause) {
    if (!hasEnded()) {
      Log.thrown("A sink", cause);
      finish(cause);
    }
  }

  @Override
  public final Deferred<Boolean> put(@Nullable T value) {
    Pending<Boolean> put = null;
    lock();
    try {
      if (hasEnded()) {
        return Stream.FALSE;
      }
      if (busy) {
        puts.sweep(0);
        if (puts.isFull()) {
          return Stream.tooMany("puts");
        }
        put = Pending.put(boxed(value), null);
        puts.add(put);
        return put;
      }
      busy = true;
    } finally {
      unlock();
    }
    Outcome outcome = tryPushSafely(value);
    if (outcome == Outcome.NOT_NOW) {
      put = Pending.put(boxed(value), null);
      current = put;
      pushLater(value, given -> arrived(value, given));
      return put;
    }
    if (outcome == Outcome.CLOSED) {
      finish(null);
    }
    serve();
    return outcome == Outcome.TAKEN ? Stream.TRUE : Stream.FALSE;
  }

  private static Object boxed(@Nullable Object value) {
    return value == null ? Outcome.NOT_NOW : value;
  }

  private Outcome tryPushSafely(@Nullable T value) {
    try {
      return tryPush(value);
    } catch (Throwable thrown) {
      fail(thrown);
      return Outcome.CLOSED;
    }
  }

  private void arrived(@Nullable T value, Outcome outcome) {
    Pending<Boolean> put = current;
    current = null;
    settle(put, value, outcome);
    serve();
  }

  private void settle(Pending<Boolean> put, @Nullable T value, Outcome outcome) {
    if (outcome == Outcome.CLOSED) {
      finish(null);
    }
    if (!put.success(outcome == Outcome.TAKEN) && outcome == Outcome.TAKEN) {
      takeBack(value);
    }
  }

  /** Puts what waits, until nothing does. Those who come again and again must not hold a thread for ever. */
  @SuppressWarnings("unchecked")
  private void serve() {
    for (int turns = 0; turns < MAX_TURNS; turns++) {
      Pending<Boolean> put;
      boolean last;
      lock();
      try {
        put = puts.poll();
        last = put == null && hasEnded();
        busy = put != null || last;
      } finally {
        unlock();
      }
      if (put == null) {
        if (last) {
          endQuietly();
        }
        return;
      }
      if (!put.isRealized()) {
        Object box = put.takeSlot();
        T value = box == Outcome.NOT_NOW ? null : (T) box;
        Outcome outcome = tryPushSafely(value);
        if (outcome == Outcome.NOT_NOW) {
          current = put;
          pushLater(value, given -> arrived(value, given));
          return;
        }
        settle(put, value, outcome);
      }
    }
    elsewhere(this::serve);
  }

  private void endQuietly() {
    try {
      onEnd();
    } catch (Throwable thrown) {
      Log.thrown("The end of a sink", thrown);
    }
  }

  private boolean finish(@Nullable Throwable cause) {
    Hook closed;
    boolean idle;
    lock();
    try {
      if (!end(cause)) {
        return false;
      }
      closed = closeHooks();
      idle = !busy;
      busy = true;
    } finally {
      unlock();
    }
    run(closed);
    if (idle) {
      endQuietly();
    }
    return true;
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
  public final boolean isClosed() {
    return hasEnded();
  }

  @Override
  public final void onClosed(Runnable listener) {
    addCloseHook(hook(listener));
  }

  @Override
  public boolean isSynchronous() {
    return true;
  }

  @Override
  public Description description() {
    return Description.sink(getClass().getSimpleName(), isClosed(), -1, -1);
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + (isClosed() ? "[closed]" : "[]");
  }
}

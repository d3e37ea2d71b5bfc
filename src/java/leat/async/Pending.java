package leat.async;

import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import leat.bytes.Nullable;

/** A put or a take that waits in the queue of a stream: its deferred and its place in the list are one object. */
abstract class Pending<T> extends Deferred<T> {

  /** Of a put the value; of a take what it gets at the end. */
  private @Nullable Object slot;

  /** While it is in the queue, the next one; once it is settled, those who wait for it. */
  @Nullable Object link;

  Pending(@Nullable Object slot) {
    this.slot = slot;
  }

  /** Makes a put that is pending. */
  static Pending<Boolean> put(Object box, @Nullable Executor executor) {
    return executor == null ? new Put(box) : new PutOn(box, executor);
  }

  /** Makes a take that is pending. */
  static <T> Pending<T> take(@Nullable T ifDrained, @Nullable Executor executor) {
    return executor == null ? new Take<>(ifDrained) : new TakeOn<>(ifDrained, executor);
  }

  private static class Put extends Pending<Boolean> {
    Put(Object box) {
      super(box);
    }

    @Override
    final boolean isTake() {
      return false;
    }
  }

  private static final class PutOn extends Put {
    private final Executor executor;

    PutOn(Object box, Executor executor) {
      super(box);
      this.executor = executor;
    }

    @Override
    public Executor executor() {
      return executor;
    }
  }

  private static class Take<T> extends Pending<T> {
    Take(@Nullable T ifDrained) {
      super(ifDrained);
    }

    @Override
    final boolean isTake() {
      return true;
    }
  }

  private static final class TakeOn<T> extends Take<T> {
    private final Executor executor;

    TakeOn(@Nullable T ifDrained, Executor executor) {
      super(ifDrained);
      this.executor = executor;
    }

    @Override
    public Executor executor() {
      return executor;
    }
  }

  abstract boolean isTake();

  /** Nobody waits for this any more, so it is withdrawn. A cancellation is not reported as an error that was dropped. */
  @Override
  protected final void onAbandoned(Throwable why) {
    error(why instanceof CancellationException ? why
        : new CancellationException("Nobody waited any more for this " + (isTake() ? "take." : "put.")));
  }

  /** Decides the outcome, but calls nobody. Returns false if somebody has withdrawn this. */
  final boolean settle(@Nullable T value) {
    if (executor() == null) {
      link = settleSuccess(value);
    } else {
      link = claim();
      if (isTake()) {
        slot = value;
      }
    }
    return link != null;
  }

  /** Calls those who wait for the outcome that {@link #settle} has decided. */
  @SuppressWarnings("unchecked")
  final void announce() {
    Object waiting = link;
    link = null;
    if (executor() == null) {
      announce(waiting, successValue(null));
    } else {
      success((T) (isTake() ? slot : Boolean.TRUE), waiting);
    }
  }

  /** Lets a take have what it gets at the end. */
  @SuppressWarnings("unchecked")
  final void end() {
    success((T) slot);
  }

  /** Returns the value of a put, which forgets it. */
  final Object takeSlot() {
    Object value = slot;
    slot = null;
    return value;
  }
}

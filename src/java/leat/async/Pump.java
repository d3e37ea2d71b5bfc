package leat.async;

import java.util.concurrent.atomic.AtomicBoolean;
import leat.bytes.Nullable;

/**
 * Moves the values of any source into its links: takes one, delivers it, takes the next. A loop, so that the stack stays
 * flat, which a value or a sink that comes later leaves and enters again.
 *
 * @param <T> the type of the values
 */
final class Pump<T> extends Pipe<T> implements Deferred.Listener<Object> {

  private static final Object DRAINED = new Object();

  private final Source<Object> source;
  /** Whether some thread is in the loop, or a listener will get into it. */
  private final AtomicBoolean running = new AtomicBoolean();

  @SuppressWarnings("unchecked")
  Pump(Source<T> source) {
    this.source = (Source<Object>) source;
  }

  void connect(Link link) {
    Object added = add(link);
    watch(added);
    startUnlessRunning();
  }

  private void startUnlessRunning() {
    if (!isUnused() && running.compareAndSet(false, true)) {
      loop();
    }
  }

  @Override
  void resume() {
    loop();
  }

  /** Belongs to one thread at a time: the one that took or delivered the last value. */
  @SuppressWarnings("unchecked")
  private void loop() {
    while (true) {
      if (isUnused()) {
        running.set(false);
        // A link may have come in between.
        if (isUnused() || !running.compareAndSet(false, true)) {
          return;
        }
      }
      Deferred<Object> taken = take();
      if (!taken.isRealized()) {
        Notice.add(taken, this);
        return;
      }
      Throwable error = taken.errorValue(null);
      if (error != null) {
        failed(error);
        return;
      }
      Object value = taken.getNow();
      if (value == DRAINED) {
        over(source.closeCause());
        return;
      }
      if (!deliver((T) value, 0)) {
        return;
      }
    }
  }

  private Deferred<Object> take() {
    try {
      return source.take(DRAINED);
    } catch (Throwable thrown) {
      return Deferred.failed(thrown);
    }
  }

  @Override
  @SuppressWarnings("unchecked")
  public void onSuccess(Object value) {
    if (value == DRAINED) {
      over(source.closeCause());
    } else if (deliver((T) value, 0)) {
      loop();
    }
  }

  @Override
  public void onError(Throwable error) {
    failed(error);
  }

  private void failed(Throwable error) {
    Log.thrown("A source that feeds a stream", error);
    over(error);
  }

  private void over(@Nullable Throwable cause) {
    running.set(false);
    ended(cause);
    startUnlessRunning();
  }

  @Override
  void closeSource(@Nullable Throwable cause) {
    closeSafely(source, cause);
  }

  @Override
  Node source() {
    return source;
  }

  @Override
  void unused() {
    // The loop finds out before it takes again.
  }
}

package leat.async;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import leat.bytes.Nullable;

/**
 * A stream that changes what is put into it. Foreign code runs under a lock of its own, one value at a time; nobody is
 * told of anything under it. When that code throws, it is the end of the stream; but of one that is permanent only the
 * put fails, and the next value gets another chance.
 *
 * @param <T> the type of the values
 */
final class TransformedStream<T> extends Stream<T> {

  private final ReentrantLock turn = new ReentrantLock();

  // Guarded by turn.
  private final Transform transform;
  private boolean isFinished;

  TransformedStream(int capacity, boolean permanent, @Nullable Executor executor, @Nullable Object label,
      Transform transform) {
    super(capacity, permanent, executor, label);
    this.transform = transform;
  }

  /** The places that the values which came of one put have found. */
  private final class Places {
    private final List<Object> found = new ArrayList<>(2);
    private final List<T> values = new ArrayList<>(2);

    @SuppressWarnings("unchecked")
    void add(Object value) {
      T typed = (T) value;
      found.add(receive(typed, box(typed)));
      values.add(typed);
    }

    /** Tells whoever gets the values. Returns the answer to the last one. */
    Deferred<Boolean> follow(int depth) {
      Deferred<Boolean> answer = yes();
      for (int i = 0; i < found.size(); i++) {
        answer = TransformedStream.this.follow(found.get(i), values.get(i), depth);
      }
      return answer;
    }
  }

  @Override
  Deferred<Boolean> push(@Nullable Object value, int depth) {
    Places places = new Places();
    boolean more;
    Throwable error = null;
    turn.lock();
    try {
      if (isFinished || isClosed()) {
        return FALSE;
      }
      more = transform.step(value, places::add);
    } catch (Throwable thrown) {
      Log.thrown("The transducer of a stream", thrown);
      error = thrown;
      isFinished = !isPermanent();
      more = false;
    } finally {
      turn.unlock();
    }
    Deferred<Boolean> answer = places.follow(depth);
    if (more) {
      return answer;
    }
    if (error != null && isPermanent()) {
      return Deferred.failed(error);
    }
    close(error);
    return FALSE;
  }

  @Override
  public void close(@Nullable Throwable cause) {
    Places places = new Places();
    Throwable error = cause;
    turn.lock();
    try {
      if (!isFinished && !isClosed() && !isPermanent()) {
        isFinished = true;
        transform.finish(places::add);
      }
    } catch (Throwable thrown) {
      Log.thrown("The transducer of a stream", thrown);
      error = cause == null ? thrown : cause;
    } finally {
      turn.unlock();
    }
    places.follow(0);
    finish(error);
  }
}

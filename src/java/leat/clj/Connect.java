package leat.clj;

import java.util.concurrent.Executor;
import leat.async.Deferred;
import leat.async.Derived;
import leat.async.Failure;
import leat.async.Waiter;
import leat.bytes.Nullable;

/** From one deferred into another that is already there. What happens to that one does not travel back. */
public final class Connect extends Waiter<Object> {

  private final Deferred<Object> sink;

  private Connect(Deferred<Object> sink) {
    this.sink = sink;
  }

  /**
   * Conveys the outcome of {@code source}, once it is there, into {@code sink}.
   *
   * @param source a value, or what to wait for
   * @param sink   gets the plain value or the error
   * @return false if {@code sink} has its outcome already, else true
   */
  public static boolean connect(@Nullable Object source, Deferred<Object> sink) {
    Object value = Coerce.unwrap(source);
    if (!(value instanceof Deferred<?> deferred)) {
      return sink.success(value);
    }
    if (sink.isRealized()) {
      return false;
    }
    Chain.cast(deferred).await(new Connect(sink));
    return true;
  }

  /**
   * Returns a deferred with the outcome of another whose listeners run on an executor.
   *
   * @param source   the other
   * @param executor where listeners run, or null for the thread that realizes the deferred
   * @return {@code source} itself if it is on that executor
   */
  public static Deferred<?> onto(Deferred<?> source, @Nullable Executor executor) {
    if (source.executor() == executor) {
      return source;
    }
    DerivedPromise target = new DerivedPromise(executor);
    Chain.into(target, true, source);
    return target;
  }

  @Override
  protected Deferred<?> target() {
    return sink;
  }

  @Override
  protected void onSuccess(@Nullable Object value) {
    connect(value, sink);
  }

  @Override
  protected void onFailure(Failure failure) {
    sink.fail(failure);
  }
}

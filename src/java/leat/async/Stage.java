package leat.async;

import java.util.List;
import leat.bytes.Nullable;

/**
 * A sink that hands each value to code at once and holds none: what stands between a source and the stream that a
 * transformation returns. When its code throws, that is logged, the stream behind it is closed with the error, and the
 * link from the source goes away.
 */
abstract class Stage<A> extends AbstractNode implements Sink<A> {

  /** Where the values go in the end, in some form, or null. */
  final @Nullable Sink<?> out;

  /** True once nothing more comes. */
  final Deferred<Boolean> complete = new Deferred<>();

  private volatile @Nullable Throwable failure;

  Stage(@Nullable Sink<?> out) {
    this.out = out;
  }

  /** Takes a value: the answer is as for {@link Sink#put}. */
  abstract Deferred<?> accept(A value, int depth) throws Throwable;

  /** What failed, for the log. */
  String name() {
    return "A callback of a stream";
  }

  /** Called when the source is drained, or the code has thrown: closes what is behind. */
  void closeOut(@Nullable Throwable cause) {
    if (out != null) {
      Pipe.closeSafely(out, cause);
    }
  }

  /** What closes the way: its end cuts the link at once. Null if that cannot be told. */
  @Nullable AbstractNode endsWith() {
    return out != null && Views.sinkOf(out) instanceof AbstractNode node ? node : null;
  }

  @Override
  @SuppressWarnings("unchecked")
  final Deferred<?> push(@Nullable Object value, int depth) {
    try {
      return accept((A) value, depth);
    } catch (Throwable thrown) {
      return fail(thrown);
    }
  }

  final Deferred<Boolean> fail(Throwable thrown) {
    failure = thrown;
    Log.thrown(name(), thrown);
    close(thrown);
    return Stream.FALSE;
  }

  final @Nullable Throwable failure() {
    return failure;
  }

  /** Called when the link from the source has gone. */
  final void severed() {
    complete.success(true);
  }

  @Override
  @SuppressWarnings("unchecked")
  public final Deferred<Boolean> put(@Nullable A value) {
    return (Deferred<Boolean>) push(value, 0);
  }

  @Override
  public final void close() {
    close(null);
  }

  @Override
  public final void close(@Nullable Throwable cause) {
    closeOut(cause);
    complete.success(true);
  }

  @Override
  public final boolean isClosed() {
    return out == null ? complete.isRealized() : out.isClosed();
  }

  @Override
  public final void onClosed(Runnable listener) {
    if (out != null) {
      out.onClosed(listener);
    } else {
      complete.onRealized(yes -> listener.run(), never -> { });
    }
  }

  @Override
  public final List<Link> downstream() {
    return out == null ? List.of() : List.of(Link.to(out));
  }

  @Override
  public final Description description() {
    return Description.of("callback");
  }

  @Override
  public final String toString() {
    return "Callback";
  }
}

package leat.async;

import java.util.Iterator;
import leat.bytes.Nullable;

/** Puts everything from an iterator into a sink, each once the last one has found its place. */
final class PutAll extends Steps {

  private final Iterator<?> values;
  private final Sink<Object> sink;
  private final Deferred<Boolean> result = new Deferred<>();
  private int depth;

  private PutAll(Iterator<?> values, Sink<Object> sink, int depth) {
    this.values = values;
    this.sink = sink;
    this.depth = depth;
  }

  /**
   * Puts all. What the iterator throws is the error of the deferred. {@code depth} is as for {@link AbstractNode#push}.
   *
   * @return true once all have their place, or false as soon as the sink is closed
   */
  @SuppressWarnings("unchecked")
  static Deferred<Boolean> from(Iterator<?> values, Sink<?> sink, int depth) {
    try {
      if (!values.hasNext()) {
        return Stream.TRUE;
      }
    } catch (Throwable thrown) {
      return Deferred.failed(thrown);
    }
    PutAll all = new PutAll(values, (Sink<Object>) sink, depth);
    all.start();
    return all.result;
  }

  @Override
  @Nullable Deferred<?> next(@Nullable Object last) {
    if (Boolean.FALSE.equals(last) || !values.hasNext()) {
      result.success(!Boolean.FALSE.equals(last));
      return null;
    }
    return sink instanceof Stream<Object> stream ? stream.push(values.next(), depth) : sink.put(values.next());
  }

  @Override
  void resumed() {
    depth = 0;
  }

  @Override
  void failed(Throwable error) {
    result.error(error);
  }
}

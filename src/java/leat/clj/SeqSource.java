package leat.clj;

import clojure.lang.Counted;
import clojure.lang.IChunk;
import clojure.lang.IChunkedSeq;
import clojure.lang.IPending;
import clojure.lang.ISeq;
import clojure.lang.RT;
import leat.async.Description;
import leat.async.SerialSource;
import leat.bytes.Nullable;

/**
 * A source of the elements of a sequence. What is not realized yet is worked out on a thread that may block, and only
 * when somebody takes it.
 */
public final class SeqSource extends SerialSource<Object> {

  /** What comes after the chunk. */
  private volatile @Nullable Object rest;

  /** Elements that are there: to go through them makes no objects, as it does to go through a sequence. Null if none. */
  private volatile @Nullable IChunk chunk;

  /** The next one of the chunk. Only for the thread that pulls; others see it late. */
  private int index;

  /**
   * Makes a source.
   *
   * @param elements a sequence or anything seqable
   */
  public SeqSource(Object elements) {
    rest = elements;
  }

  @Override
  protected Object tryPull() {
    return isSynchronous() ? NOT_NOW : pull();
  }

  @Override
  protected Object pull() {
    IChunk current = chunk;
    if (current == null) {
      ISeq elements = RT.seq(rest);
      if (elements == null) {
        return END;
      }
      if (!(elements instanceof IChunkedSeq chunked)) {
        Object value = elements.first();
        rest = elements.more();
        return value;
      }
      current = chunked.chunkedFirst();
      rest = chunked.chunkedMore();
      chunk = current;
      index = 0;
    }
    Object value = current.nth(index++);
    if (index == current.count()) {
      chunk = null;
    }
    return value;
  }

  @Override
  protected void onEnd() throws Exception {
    Object left = rest;
    rest = null;
    chunk = null;
    if (left instanceof AutoCloseable closeable) {
      closeable.close();
    }
  }

  @Override
  public boolean isSynchronous() {
    return chunk == null && rest instanceof IPending pending && !pending.isRealized();
  }

  @Override
  public Description description() {
    IChunk current = chunk;
    int here = current == null ? 0 : Math.max(0, current.count() - index);
    return Description.source("seq", isDrained(), rest instanceof Counted counted ? here + counted.count() : -1);
  }
}

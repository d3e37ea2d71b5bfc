package leat.convert;

import clojure.lang.ASeq;
import clojure.lang.IPersistentMap;
import clojure.lang.ISeq;
import clojure.lang.Obj;
import clojure.lang.RT;
import java.io.Closeable;
import leat.bytes.Nullable;

/** A sequence that closes something at its end, or before when it is closed itself. */
final class ClosingSeq extends ASeq implements Closeable {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial")
  private final ISeq elements;
  @SuppressWarnings("serial")
  private final Runnable close;

  private ClosingSeq(@Nullable IPersistentMap meta, ISeq elements, Runnable close) {
    super(meta);
    this.elements = elements;
    this.close = close;
  }

  /** Returns the sequence, or null if there is nothing in it, which is the end. */
  static @Nullable ISeq of(@Nullable ISeq elements, Runnable close) {
    ISeq there = RT.seq(elements);
    if (there == null) {
      close.run();
      return null;
    }
    return new ClosingSeq(null, there, close);
  }

  @Override
  public Object first() {
    return elements.first();
  }

  @Override
  public @Nullable ISeq next() {
    return of(elements.next(), close);
  }

  @Override
  public Obj withMeta(IPersistentMap meta) {
    return new ClosingSeq(meta, elements, close);
  }

  @Override
  public void close() {
    close.run();
  }
}

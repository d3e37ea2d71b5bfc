package leat.server;

import leat.bytes.Nullable;
import leat.http.Limits;
import leat.http1.HeadParser;
import leat.http1.RequestHead;

/**
 * What a connection has read, but cannot consume yet: a head that came in part, or requests whose turn has not come. It
 * exists only as long as there is such a thing. Loop only.
 *
 * <pre>  bytes: [ consumed | from ... to | room ]      doubles from 4 KiB on; shrinks when little is left </pre>
 */
final class HeldBytes {
  private static final int LEAST_CAPACITY = 4 * 1024;

  private final Limits limits;
  private byte[] bytes;
  private int from;
  private int to;
  /** Goes on where it stopped, so that a head that comes byte by byte is read in linear time; null until it is needed. */
  private @Nullable HeadParser parser;

  HeldBytes(Limits limits, byte[] source, int sourceFrom, int sourceTo) {
    this.limits = limits;
    this.bytes = new byte[capacity(sourceTo - sourceFrom)];
    append(source, sourceFrom, sourceTo);
  }

  private static int capacity(int byteCount) {
    return byteCount <= LEAST_CAPACITY ? LEAST_CAPACITY : Integer.highestOneBit(byteCount - 1) << 1;
  }

  byte[] bytes() {
    return bytes;
  }

  int from() {
    return from;
  }

  int to() {
    return to;
  }

  int capacity() {
    return bytes.length;
  }

  void append(byte[] source, int sourceFrom, int sourceTo) {
    int added = sourceTo - sourceFrom;
    if (added > bytes.length - to) {
      move(capacity(to - from + added));
    }
    System.arraycopy(source, sourceFrom, bytes, to, added);
    to += added;
  }

  /** Drops what stands before an index. Copies only when that gives back most of the memory, so seldom. */
  void keepFrom(int index) {
    from = index;
    int capacity = capacity(to - from);
    if (capacity <= bytes.length / 4) {
      move(capacity);
    }
  }

  private void move(int capacity) {
    byte[] target = capacity == bytes.length ? bytes : new byte[capacity];
    System.arraycopy(bytes, from, target, 0, to - from);
    bytes = target;
    to -= from;
    from = 0;
  }

  /** Parses the head that begins at an index, the same one until it is whole; null if it is not whole yet. */
  @Nullable RequestHead parseHead(int index) {
    if (parser == null) {
      parser = new HeadParser(limits);
    }
    return parser.parse(bytes, index, to);
  }

  /** How many bytes the head took that was parsed last. */
  int consumed() {
    return parser.consumed();
  }

  /** Whether no byte of a head has come; an empty line before it is nothing (RFC 9112, 2.2). */
  boolean isHeadEmpty() {
    return parser != null && parser.isEmpty();
  }
}

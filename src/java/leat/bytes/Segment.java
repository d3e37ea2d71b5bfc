package leat.bytes;

/**
 * A byte array of fixed size with two indexes: the bytes in it are {@code data[from] .. data[to - 1]}.
 *
 * <pre>
 *   0            from               to            SIZE
 *   |  consumed   |  bytes to read   |  free room  |
 * </pre>
 *
 * <p>Segments come from a {@link SegmentPool} and go back to it. A segment belongs to one event loop, and at any moment
 * to exactly one owner: the pool, one {@link Buf}, or the code that took it.
 */
public final class Segment {

  /** The size of every segment in bytes. */
  public static final int SIZE = 8192;

  /** The bytes; its length is {@link #SIZE}. */
  public final byte[] data = new byte[SIZE];

  /** Index of the first byte to read. */
  public int from;

  /** Index after the last byte to read, and of the first free one. */
  public int to;

  /** The segment behind this one in a {@link Buf} or in the pool. */
  @Nullable Segment next;

  Segment() {
  }

  /**
   * Returns how many bytes there are to read.
   *
   * @return {@code to - from}
   */
  public int size() {
    return to - from;
  }

  /**
   * Returns how many bytes fit behind the last one.
   *
   * @return {@code SIZE - to}
   */
  public int room() {
    return SIZE - to;
  }

  @Override
  public String toString() {
    return "Segment[" + from + ".." + to + "]";
  }
}

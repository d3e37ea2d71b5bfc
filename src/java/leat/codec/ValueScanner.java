package leat.codec;

import java.util.Arrays;
import leat.frame.FrameError;

/**
 * Walks over one value in a binary format, item by item, without recursion, and keeps its place when more bytes are
 * needed. It allocates in the measure of depth alone, never of what the bytes declare: a declared length or count must
 * have its bytes within the limit before anything goes on.
 *
 * <p>A subclass reads one item at a time: {@link #item} says how many bytes it has, and how many values follow that belong
 * to it.
 */
public abstract class ValueScanner {

  /** What {@link #follow} takes for values up to an item that {@link #endOfList()} ends. */
  protected static final int UNTIL_END = -1;

  /** A level of no special kind. */
  protected static final int PLAIN = 0;

  private final String format;
  private final int maxBytes;
  private final int maxDepth;

  // How far it got, from the first byte of the value.
  private int at;

  // The items that are not complete: how many values of each are still to come, and of what kind it is.
  private int depth;
  private int[] left = new int[8];
  private int[] kinds = new int[8];

  // What the current item said.
  private long follow;
  private int followKind;
  private boolean counts;
  private boolean ends;

  /**
   * Makes a scanner.
   *
   * @param format   the name of the format, for messages
   * @param maxBytes how many bytes a value has at most
   * @param maxDepth how many items are within one another at most
   */
  protected ValueScanner(String format, int maxBytes, int maxDepth) {
    this.format = format;
    this.maxBytes = maxBytes;
    this.maxDepth = maxDepth;
    begin();
  }

  /**
   * Looks at the value that begins at {@code bytes[from]}. What an earlier call since {@link #reset()} saw is there again,
   * with more after it.
   *
   * @param bytes the bytes
   * @param from  index of the first byte of the value
   * @param to    index after the last byte that has come
   * @return how many bytes the value has; or if it is not whole, a negative number: with fewer than that many bytes there
   *     is no use in another call
   * @throws FrameError if this is no value, or one that is not allowed; its position is an index into {@code bytes}
   */
  public final int scan(byte[] bytes, int from, int to) {
    while (true) {
      while (depth > 0 && left[depth - 1] == 0) {
        depth--;
        completed(kinds[depth]);
      }
      if (depth == 0) {
        return at;
      }
      int start = from + at;
      follow = 0;
      followKind = PLAIN;
      counts = true;
      ends = false;
      long size = start < to ? item(bytes, start, to, kinds[depth - 1], left[depth - 1]) : 1;
      if (size > maxBytes - at) {
        throw tooLarge(start, at + size);
      }
      if (size > to - start) {
        return -(at + (int) size);
      }
      at += (int) size;
      if (ends) {
        if (left[depth - 1] != UNTIL_END) {
          throw malformed(start, "a value", "the end of a list");
        }
        left[depth - 1] = 0;
        continue;
      }
      if (counts && left[depth - 1] > 0) {
        left[depth - 1]--;
      }
      if (follow != 0) {
        push(start);
      }
    }
  }

  private void push(int start) {
    if (follow > maxBytes - at) {
      throw tooLarge(start, at + follow);
    }
    if (depth > maxDepth) {
      throw new FrameError(FrameError.Kind.TOO_LARGE, start,
          format + " values at most " + maxDepth + " deep", "a deeper one");
    }
    if (depth == left.length) {
      left = Arrays.copyOf(left, 2 * depth);
      kinds = Arrays.copyOf(kinds, 2 * depth);
    }
    left[depth] = (int) follow;
    kinds[depth] = followKind;
    depth++;
  }

  /** Forgets the value, to begin with another. */
  public final void reset() {
    begin();
    forget();
  }

  private void begin() {
    at = 0;
    depth = 1;
    left[0] = 1;
    kinds[0] = PLAIN;
  }

  // ---- what a format says

  /**
   * Reads one item. It must not look at {@code bytes[to]} or behind.
   *
   * @param bytes the bytes
   * @param at    index of its first byte
   * @param to    index after the last byte that has come, greater than {@code at}
   * @param kind  the kind of the item to which this one belongs
   * @param left  how many values of that one are still to come, this one included, or {@link #UNTIL_END}
   * @return how many bytes the item has, with what it declares; if it is not all there yet, as many as are known to be
   *     needed
   */
  protected abstract long item(byte[] bytes, int at, int to, int kind, int left);

  /**
   * Called when all values of an item have come.
   *
   * @param kind its kind
   */
  protected void completed(int kind) {
    // Most formats have nothing to remember.
  }

  /** Called to forget what was remembered beyond one item. */
  protected void forget() {
    // Most formats have nothing to remember.
  }

  /**
   * Says that values follow the current item that belong to it.
   *
   * @param count how many, or {@link #UNTIL_END}
   * @param kind  {@link #PLAIN}, or what {@link #item} is to be told with each of them
   */
  protected final void follow(long count, int kind) {
    follow = count;
    followKind = kind;
  }

  /** Says that the current item ends a list, and is no value. */
  protected final void endOfList() {
    ends = true;
  }

  /** Says that the current item is no value, but stands before one. */
  protected final void isNoValue() {
    counts = false;
  }

  /**
   * Returns an integer in the byte order of networks, or -1 if it is not all there yet.
   *
   * @param bytes the bytes
   * @param at    index of its first byte
   * @param to    index after the last byte that has come
   * @param width how many bytes, 1 to 4
   * @return the unsigned integer
   */
  protected static long unsigned(byte[] bytes, int at, int to, int width) {
    if (to - at < width) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < width; i++) {
      value = value << 8 | bytes[at + i] & 0xff;
    }
    return value;
  }

  /**
   * Returns an error.
   *
   * @param position index of the byte that is wrong
   * @param expected what should be there
   * @param actual   what is there
   * @return the error
   */
  protected final FrameError malformed(int position, String expected, String actual) {
    return new FrameError(FrameError.Kind.MALFORMED, position, expected + " in " + format, actual);
  }

  private FrameError tooLarge(int position, long size) {
    return new FrameError(FrameError.Kind.TOO_LARGE, position, "a " + format + " value of at most " + maxBytes + " bytes",
        "at least " + size + " bytes");
  }
}

package leat.frame;

import leat.bytes.Nullable;

/**
 * Looks for the end of a frame. It belongs to one decoder, and remembers how far it got, so that bytes which come one by
 * one are not looked at again and again.
 *
 * @param <T> what is in a frame
 */
public abstract class FrameScanner<T> {

  /** For subclasses. */
  protected FrameScanner() {
  }

  /**
   * Looks at a frame that begins at {@code bytes[from]}. What an earlier call since {@link #reset()} saw is there again,
   * perhaps in another array, with more after it. Allocates nothing in the measure of what the bytes say.
   *
   * @param bytes the bytes, which this does not change
   * @param from  index of the first byte of the frame
   * @param to    index after the last byte that has come, which may belong to later frames
   * @return how many bytes the frame has, if it is whole; else a negative number: with fewer than that many bytes from
   *     {@code from} on there is no use in another call
   * @throws FrameError if this is no frame; its position is an index into {@code bytes}
   */
  public abstract int scan(byte[] bytes, int from, int to);

  /**
   * Returns what is in the frame that {@link #scan} has found whole. Keeps no reference to the array.
   *
   * @param bytes the bytes, which this does not change
   * @param from  index of the first byte of the frame
   * @return the value
   * @throws FrameError if there cannot be such a frame; its position is an index into {@code bytes}
   */
  public abstract @Nullable T frame(byte[] bytes, int from);

  /** Forgets the frame, to begin with another. */
  public abstract void reset();
}

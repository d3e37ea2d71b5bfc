package leat.frame;

import java.util.Arrays;
import java.util.Objects;

/** The bytes of a frame that is being made: an array that grows. It belongs to one thread. */
public final class FrameBytes {

  private static final byte[] NONE = new byte[0];
  private static final int LEAST_BYTES = 32;
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private byte[] data = NONE;
  private int size;

  /** Makes an empty one. */
  public FrameBytes() {
  }

  /**
   * Returns how many bytes have been written.
   *
   * @return the number of bytes
   */
  public int size() {
    return size;
  }

  /**
   * Makes room for bytes to come, so that the array need not grow on the way.
   *
   * @param byteCount how many; a guess is good enough
   */
  public void reserve(int byteCount) {
    long needed = (long) size + Math.max(0, byteCount);
    if (needed <= data.length) {
      return;
    }
    if (needed > MAX_BYTES) {
      throw new FrameError(FrameError.Kind.TOO_LARGE, -1, "at most " + MAX_BYTES + " bytes in a frame", needed + " bytes");
    }
    // The first time exactly: most frames know their size.
    long grown = data.length == 0 ? needed : Math.max(needed, Math.min(MAX_BYTES, Math.max(LEAST_BYTES, 2L * data.length)));
    data = Arrays.copyOf(data, (int) grown);
  }

  /**
   * Appends one byte.
   *
   * @param b the byte; only its low 8 bits count
   */
  public void writeByte(int b) {
    reserve(1);
    data[size++] = (byte) b;
  }

  /**
   * Appends a copy of all of {@code bytes}.
   *
   * @param bytes the bytes, which stay the caller's
   */
  public void write(byte[] bytes) {
    write(bytes, 0, bytes.length);
  }

  /**
   * Appends a copy of {@code bytes[from] .. bytes[to - 1]}.
   *
   * @param bytes the bytes, which stay the caller's
   * @param from  index of the first
   * @param to    index after the last
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public void write(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    reserve(to - from);
    System.arraycopy(bytes, from, data, size, to - from);
    size += to - from;
  }

  /**
   * Appends an integer of a fixed width.
   *
   * @param value           the number, of which the low bytes count
   * @param width           how many bytes, 1 to 8
   * @param littleEndian    whether the least significant byte comes first
   */
  public void writeInteger(long value, int width, boolean littleEndian) {
    skip(width);
    setInteger(size - width, value, width, littleEndian);
  }

  /** Appends bytes that are set later. */
  void skip(int byteCount) {
    reserve(byteCount);
    size += byteCount;
  }

  void set(int index, int b) {
    data[index] = (byte) b;
  }

  void setInteger(int index, long value, int width, boolean littleEndian) {
    for (int i = 0; i < width; i++) {
      int shift = 8 * (littleEndian ? i : width - 1 - i);
      data[index + i] = (byte) (value >>> shift);
    }
  }

  /** Takes away bytes before {@code index}; what is behind them moves up. */
  void cutBefore(int index, int byteCount) {
    System.arraycopy(data, index, data, index - byteCount, size - index);
    size -= byteCount;
  }

  /** Takes away all bytes from {@code index} on. */
  void cutFrom(int index) {
    size = index;
  }

  /** Returns the array itself, for whoever looks and does not write. */
  byte[] data() {
    return data;
  }

  /**
   * Returns the bytes, and gives them away: this is empty afterwards.
   *
   * @return an array of exactly their size
   */
  public byte[] take() {
    byte[] bytes = size == data.length ? data : Arrays.copyOf(data, size);
    data = NONE;
    size = 0;
    return bytes;
  }

  @Override
  public String toString() {
    return "FrameBytes[" + size + " bytes]";
  }
}

package leat.frame;

/**
 * How the length of a frame stands before it. Immutable; the methods that set something return another one.
 *
 * <pre>
 *   | length field |        payload         |      number = payload - adjustment
 *   |&lt;--------- number, if it counts itself --------&gt;|
 * </pre>
 */
public final class LengthField {

  /** A varint of more bytes would be a number that no frame has. */
  private static final int MAX_VARINT_BYTES = 5;

  private final int width; // in bytes; 0 is a varint
  private final boolean littleEndian;
  private final boolean countsItself;
  private final int adjustment;

  private LengthField(int width, boolean littleEndian, boolean countsItself, int adjustment) {
    this.width = width;
    this.littleEndian = littleEndian;
    this.countsItself = countsItself;
    this.adjustment = adjustment;
  }

  /**
   * Returns an unsigned number of fixed width, the most significant byte first.
   *
   * @param byteCount how many bytes it has: 1, 2, 3, 4 or 8
   * @return the field
   * @throws IllegalArgumentException if it is another number
   */
  public static LengthField ofBytes(int byteCount) {
    if (byteCount < 1 || byteCount > 4 && byteCount != 8) {
      throw new IllegalArgumentException("Expected 1, 2, 3, 4 or 8 bytes for a length, actual " + byteCount + ".");
    }
    return new LengthField(byteCount, false, false, 0);
  }

  /**
   * Returns a number in groups of 7 bits, the least significant first, each in a byte of which the high bit says whether
   * another follows, as in Protocol Buffers. It has 5 bytes at most.
   *
   * @return the field
   */
  public static LengthField varint() {
    return new LengthField(0, false, false, 0);
  }

  /**
   * Says that the least significant byte comes first; of a varint it always does.
   *
   * @return such a field
   */
  public LengthField littleEndian() {
    return new LengthField(width, true, countsItself, adjustment);
  }

  /**
   * Says that the number counts the bytes of this field as well as those after it.
   *
   * @return such a field
   */
  public LengthField countingItself() {
    return new LengthField(width, littleEndian, true, adjustment);
  }

  /**
   * Says that the number is not quite that of the bytes that follow.
   *
   * @param byteCount what must be added to the number to get that
   * @return such a field
   */
  public LengthField adjusted(int byteCount) {
    return new LengthField(width, littleEndian, countsItself, byteCount);
  }

  /** Returns how many bytes the field has at most. */
  int maxWidth() {
    return width == 0 ? MAX_VARINT_BYTES : width;
  }

  /** Returns how many bytes the field has, or if that is not known yet, the negative number of bytes that tell. */
  int scan(byte[] bytes, int from, int to) {
    if (width > 0) {
      return to - from < width ? -width : width;
    }
    int end = Math.min(to, from + MAX_VARINT_BYTES);
    for (int i = from; i < end; i++) {
      if (bytes[i] >= 0) {
        return i + 1 - from;
      }
    }
    if (end - from == MAX_VARINT_BYTES) {
      throw FrameError.malformed(from + MAX_VARINT_BYTES - 1, "the last byte of a varint of at most 5", bytes[end - 1]);
    }
    return -(end - from + 1);
  }

  /** Returns how many bytes follow a field whose size is known. */
  int payloadBytes(byte[] bytes, int from, int fieldBytes, int maxBytes) {
    long number = width == 0 ? readVarint(bytes, from, fieldBytes) : readInteger(bytes, from, width, littleEndian);
    // Negative: a number of 8 bytes with the top bit set.
    if (number < 0 || number > 2L * Integer.MAX_VALUE + 2L * Math.abs((long) adjustment)) {
      throw FrameError.tooLarge(from, maxBytes, "a length of " + Long.toUnsignedString(number));
    }
    long count = number + adjustment - (countsItself ? fieldBytes : 0);
    if (count < 0) {
      throw FrameError.malformed(from, "a length of at least " + (number - count), "a length of " + number);
    }
    if (count > maxBytes) {
      throw FrameError.tooLarge(from, maxBytes, count + " bytes");
    }
    return (int) count;
  }

  static long readInteger(byte[] bytes, int from, int width, boolean littleEndian) {
    long number = 0;
    for (int i = 0; i < width; i++) {
      number = number << 8 | bytes[littleEndian ? from + width - 1 - i : from + i] & 0xFF;
    }
    return number;
  }

  private static long readVarint(byte[] bytes, int from, int fieldBytes) {
    long number = 0;
    for (int i = fieldBytes - 1; i >= 0; i--) {
      number = number << 7 | bytes[from + i] & 0x7F;
    }
    return number;
  }

  /**
   * Puts the field before a payload that has been written after a gap of {@link #maxWidth()} bytes.
   *
   * @param out   where both are
   * @param start index of the first byte of the gap
   */
  void writeBefore(FrameBytes out, int start, int maxBytes) {
    int gap = maxWidth();
    int payload = out.size() - start - gap;
    if (payload > maxBytes) {
      throw FrameError.tooLarge(-1, maxBytes, payload + " bytes");
    }
    long number = (long) payload - adjustment;
    int fieldBytes = width;
    if (width == 0) {
      fieldBytes = varintBytes(number, countsItself);
      out.cutBefore(start + gap, gap - fieldBytes);
    }
    number += countsItself ? fieldBytes : 0;
    long most = width == 8 ? Long.MAX_VALUE : (1L << (width == 0 ? 32 : 8 * width)) - 1;
    if (number < 0 || number > most) {
      throw FrameError.unencodable("a length in 0.." + most, String.valueOf(number));
    }
    if (width > 0) {
      out.setInteger(start, number, width, littleEndian);
    } else {
      setVarint(out, start, number, fieldBytes);
    }
  }

  private static int varintBytes(long number, boolean countsItself) {
    int count = 1;
    // The number grows with the field if it counts that too.
    while (count < MAX_VARINT_BYTES && number + (countsItself ? count : 0) >= 1L << (7 * count)) {
      count++;
    }
    return count;
  }

  private static void setVarint(FrameBytes out, int start, long number, int fieldBytes) {
    for (int i = 0; i < fieldBytes; i++) {
      int bits = (int) (number >>> (7 * i)) & 0x7F;
      out.set(start + i, i < fieldBytes - 1 ? bits | 0x80 : bits);
    }
  }

  @Override
  public String toString() {
    return "LengthField[" + (width == 0 ? "varint" : width + (littleEndian ? " bytes, little-endian" : " bytes"))
        + (countsItself ? ", counting itself" : "") + (adjustment == 0 ? "" : ", adjusted by " + adjustment) + "]";
  }
}

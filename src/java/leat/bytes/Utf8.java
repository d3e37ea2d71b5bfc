package leat.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * UTF-8 (RFC 3629): counting, encoding, checking. Thread-safe, without state.
 */
public final class Utf8 {

  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;

  private Utf8() {
  }

  /**
   * Returns how many bytes {@code text} takes in UTF-8. A surrogate without its partner counts as one byte, the
   * {@code ?} that stands for it.
   *
   * @param text the text
   * @return the number of bytes, which may be more than an array can hold
   */
  public static long byteCount(String text) {
    int length = text.length();
    long count = length;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        continue;
      }
      if (c < 0x800) {
        count += 1;
      } else if (!Character.isSurrogate(c)) {
        count += 2;
      } else if (isPair(text, i, length)) {
        // Two chars, four bytes.
        count += 2;
        i++;
      }
    }
    return count;
  }

  /**
   * Returns {@code text} in UTF-8. A surrogate without its partner becomes {@code ?}.
   *
   * @param text the text
   * @return a new array
   */
  public static byte[] encode(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Writes {@code text} at {@code target[at]} and returns the index after it. There must be room: 3 bytes a char. */
  static int encode(String text, byte[] target, int at) {
    int length = text.length();
    int to = at;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        target[to++] = (byte) c;
      } else if (c < 0x800) {
        target[to++] = (byte) (0xC0 | c >> 6);
        target[to++] = (byte) (0x80 | c & 0x3F);
      } else if (!Character.isSurrogate(c)) {
        target[to++] = (byte) (0xE0 | c >> 12);
        target[to++] = (byte) (0x80 | c >> 6 & 0x3F);
        target[to++] = (byte) (0x80 | c & 0x3F);
      } else if (isPair(text, i, length)) {
        int point = Character.toCodePoint(c, text.charAt(++i));
        target[to++] = (byte) (0xF0 | point >> 18);
        target[to++] = (byte) (0x80 | point >> 12 & 0x3F);
        target[to++] = (byte) (0x80 | point >> 6 & 0x3F);
        target[to++] = (byte) (0x80 | point & 0x3F);
      } else {
        target[to++] = '?';
      }
    }
    return to;
  }

  private static boolean isPair(String text, int i, int length) {
    return Character.isHighSurrogate(text.charAt(i)) && i + 1 < length
        && Character.isLowSurrogate(text.charAt(i + 1));
  }

  /**
   * Tells whether {@code bytes[from] .. bytes[to - 1]} is well-formed UTF-8: no overlong form, no surrogate, nothing
   * above U+10FFFF, and no character cut off at the end.
   *
   * @param bytes the bytes
   * @param from  index of the first
   * @param to    index after the last
   * @return true if it is
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public static boolean isValid(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    int i = from;
    while (true) {
      // Eight ASCII bytes at a step.
      while (i + Long.BYTES <= to && ((long) LONGS.get(bytes, i) & HIGH_BITS) == 0) {
        i += Long.BYTES;
      }
      if (i >= to) {
        return true;
      }
      int size = sequenceSize(bytes, i, to);
      if (size == 0) {
        return false;
      }
      i += size;
    }
  }

  // RFC 3629 section 4, the syntax of UTF-8 byte sequences:
  //
  //   00..7F
  //   C2..DF  80..BF
  //   E0      A0..BF  80..BF          (below A0: overlong)
  //   E1..EF  80..BF  80..BF          (but ED 80..9F: no surrogates)
  //   F0      90..BF  80..BF  80..BF  (below 90: overlong)
  //   F1..F4  80..BF  80..BF  80..BF  (but F4 80..8F: up to U+10FFFF)
  //
  // Returns the size of the sequence at index i, or 0 if there is no whole and legal one.
  private static int sequenceSize(byte[] bytes, int i, int to) {
    int first = bytes[i] & 0xFF;
    if (first < 0x80) {
      return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
      return 0;
    }
    int size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (to - i < size) {
      return 0;
    }
    int second = bytes[i + 1] & 0xFF;
    int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    int most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (second < least || second > most) {
      return 0;
    }
    for (int k = 2; k < size; k++) {
      if ((bytes[i + k] & 0xC0) != 0x80) {
        return 0;
      }
    }
    return size;
  }
}

package leat.bytes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * The letters of text protocols: classes of bytes, case, numbers. Thread-safe, without state.
 *
 * <p>Where a method takes an {@code int} it may be a byte as it comes out of an array (-128..127), a byte without sign
 * (0..255) or a char; a char above U+00FF belongs to no class.
 */
public final class Ascii {

  private static final byte TOKEN = 1;
  private static final byte FIELD_VALUE = 2;

  // Indexed by b + 128, so that signed and unsigned bytes both find their place without a mask that would let
  // chars above U+00FF through.
  private static final int BIAS = 128;
  private static final int TABLE_SIZE = BIAS + 256;
  private static final byte[] CLASSES = new byte[TABLE_SIZE];
  private static final byte[] HEX_VALUES = new byte[TABLE_SIZE];

  static {
    // RFC 9110 5.6.2: tchar
    mark("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", TOKEN);
    // RFC 9110 5.5: field-vchar = VCHAR / obs-text, with SP and HTAB between
    CLASSES['\t' + BIAS] |= FIELD_VALUE;
    for (int b = ' '; b <= 0xFF; b++) {
      if (b != 0x7F) {
        CLASSES[b + BIAS] |= FIELD_VALUE;
      }
    }
    Arrays.fill(HEX_VALUES, (byte) -1);
    for (int value = 0; value < 16; value++) {
      HEX_VALUES[Character.forDigit(value, 16) + BIAS] = (byte) value;
      HEX_VALUES[Character.toUpperCase(Character.forDigit(value, 16)) + BIAS] = (byte) value;
    }
    // -128..-1 are the signed form of 128..255.
    System.arraycopy(CLASSES, BIAS + 128, CLASSES, 0, BIAS);
  }

  private Ascii() {
  }

  private static void mark(String letters, byte flag) {
    for (int i = 0; i < letters.length(); i++) {
      CLASSES[letters.charAt(i) + BIAS] |= flag;
    }
  }

  /**
   * Tells whether {@code b} may be part of a token, such as a method or a field name (RFC 9110 5.6.2, tchar).
   *
   * @param b a byte or a char
   * @return true if it may
   */
  public static boolean isToken(int b) {
    int i = b + BIAS;
    return i >= 0 && i < TABLE_SIZE && (CLASSES[i] & TOKEN) != 0;
  }

  /**
   * Tells whether {@code b} may be part of a field value: HTAB, SP, VCHAR or obs-text (RFC 9110 5.5).
   *
   * @param b a byte or a char
   * @return true if it may
   */
  public static boolean isFieldValueByte(int b) {
    int i = b + BIAS;
    return i >= 0 && i < TABLE_SIZE && (CLASSES[i] & FIELD_VALUE) != 0;
  }

  /**
   * Tells whether {@code b} is one of {@code 0..9}.
   *
   * @param b a byte or a char
   * @return true if it is
   */
  public static boolean isDigit(int b) {
    return b >= '0' && b <= '9';
  }

  /**
   * Returns the value of a hexadecimal digit of either case.
   *
   * @param b a byte or a char
   * @return 0..15, or -1 if it is not a hexadecimal digit
   */
  public static int hexValue(int b) {
    int i = b + BIAS;
    return i >= 0 && i < TABLE_SIZE ? HEX_VALUES[i] : -1;
  }

  /**
   * Returns {@code b} in lower case if it is one of {@code A..Z}, else {@code b}.
   *
   * @param b a byte or a char
   * @return the letter
   */
  public static int lower(int b) {
    return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
  }

  /**
   * Returns {@code text} with {@code A..Z} in lower case and everything else as it is: the very same instance if
   * there is nothing to change.
   *
   * @param text the text
   * @return the text in lower case
   */
  public static String toLower(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        char[] chars = text.toCharArray();
        for (int k = i; k < length; k++) {
          chars[k] = (char) lower(chars[k]);
        }
        return new String(chars);
      }
    }
    return text;
  }

  /**
   * Tells whether {@code bytes[from] .. bytes[to - 1]} is {@code lower}, the case of {@code A..Z} left aside.
   *
   * @param bytes the bytes
   * @param from  index of the first
   * @param to    index after the last
   * @param lower the text to compare with, in lower case already
   * @return true if it is
   */
  public static boolean equalsIgnoreCase(byte[] bytes, int from, int to, String lower) {
    int length = to - from;
    if (length != lower.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(bytes[from + i] & 0xFF) != lower.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns {@code bytes[from] .. bytes[to - 1]} as text in Latin-1 (ISO 8859-1), one char a byte.
   *
   * @param bytes the bytes
   * @param from  index of the first
   * @param to    index after the last
   * @return the text
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public static String latin1(byte[] bytes, int from, int to) {
    return from == to ? "" : new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /**
   * Returns {@code bytes[from] .. bytes[to - 1]} as text in Latin-1 with {@code A..Z} in lower case.
   *
   * @param bytes the bytes
   * @param from  index of the first
   * @param to    index after the last
   * @return the text
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public static String lowerLatin1(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    for (int i = from; i < to; i++) {
      if (bytes[i] >= 'A' && bytes[i] <= 'Z') {
        byte[] copy = Arrays.copyOfRange(bytes, from, to);
        for (int k = i - from; k < copy.length; k++) {
          copy[k] = (byte) lower(copy[k]);
        }
        return new String(copy, StandardCharsets.ISO_8859_1);
      }
    }
    return latin1(bytes, from, to);
  }

  /**
   * Returns the number that {@code bytes[from] .. bytes[to - 1]} spells in decimal digits: 1*DIGIT, without sign,
   * space or anything else; leading zeros are allowed.
   *
   * @param bytes the bytes
   * @param from  index of the first
   * @param to    index after the last
   * @return the number, or -1 if it is not one, or is greater than 2^63 - 1
   */
  public static long parseDecimal(byte[] bytes, int from, int to) {
    if (from >= to) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}

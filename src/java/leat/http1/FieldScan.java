package leat.http1;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import leat.bytes.Ascii;
import leat.http.ProtocolError;

/** The inner loops over field lines (RFC 9110 5.1, 5.5; RFC 9112 5), shared by heads and trailers. */
final class FieldScan {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long EACH_01 = 0x0101010101010101L;
  private static final long EACH_20 = EACH_01 * 0x20;
  private static final long EACH_7F = EACH_01 * 0x7F;
  private static final long EACH_80 = EACH_01 * 0x80;

  private static final long HTTP_1_1 =
      (long) LONGS.get("HTTP/1.1".getBytes(StandardCharsets.US_ASCII), 0);

  private static final boolean[] TOKEN = new boolean[256];

  static {
    for (int b = 0; b < 256; b++) {
      TOKEN[b] = Ascii.isToken(b);
    }
  }

  private FieldScan() {}

  /** Returns the index of the first byte that is no tchar, or {@code end}. */
  static int tokenEnd(byte[] bytes, int from, int end) {
    int p = from;
    while (p + 8 <= end) {
      long others = ~plainLetters((long) LONGS.get(bytes, p)) & EACH_80;
      if (others != 0) {
        p += Long.numberOfTrailingZeros(others) >>> 3;
        break;
      }
      p += 8;
    }
    while (p < end && TOKEN[bytes[p] & 0xFF]) {
      p++;
    }
    return p;
  }

  /** Returns the top bit of each of eight bytes that is a letter or a hyphen, as nearly all of a name are. */
  private static long plainLetters(long eight) {
    // Seven bits of each byte, so that no sum carries into its neighbour; letters in lower case.
    long lower = (eight | EACH_20) & EACH_7F;
    long fromA = lower + EACH_01 * (0x80 - 'a');
    long beyondZ = lower + EACH_01 * (0x7F - 'z');
    long notHyphen = (eight & EACH_7F ^ EACH_01 * '-') + EACH_7F;
    return (fromA & ~beyondZ | ~notHyphen) & ~eight & EACH_80;
  }

  /** Returns the index of the first byte that no value may hold (its CR, if all is well), or {@code end}. */
  static int valueEnd(byte[] bytes, int from, int end) {
    int p = from;
    for (;;) {
      while (p + 8 <= end) {
        long eight = (long) LONGS.get(bytes, p);
        // The lowest bit of the first is right even where a borrow spoils those above it, and so for the other.
        long below20 = eight - EACH_20 & ~eight & EACH_80;
        long is7f = (eight ^ EACH_7F) - EACH_01 & ~(eight ^ EACH_7F) & EACH_80;
        long stops = below20 | is7f;
        if (stops != 0) {
          p += Long.numberOfTrailingZeros(stops) >>> 3;
          break;
        }
        p += 8;
      }
      while (p < end && isPlain(bytes[p])) {
        p++;
      }
      if (p >= end || bytes[p] != '\t') {
        return p;
      }
      p++;
    }
  }

  private static boolean isPlain(byte b) {
    return b >= ' ' && b != 0x7F || b < 0;
  }

  /** Tells whether the ten bytes from {@code from} on, which must be there, are {@code HTTP/1.1} and CR LF. */
  static boolean isVersion11(byte[] bytes, int from) {
    return (long) LONGS.get(bytes, from) == HTTP_1_1 && bytes[from + 8] == '\r' && bytes[from + 9] == '\n';
  }

  /** Returns the index of the first byte that is neither SP nor HTAB, or {@code end}. */
  static int skipSpace(byte[] bytes, int from, int end) {
    int p = from;
    while (p < end && (bytes[p] == ' ' || bytes[p] == '\t')) {
      p++;
    }
    return p;
  }

  /** Returns the index after the last byte that is neither SP nor HTAB, or {@code from}. */
  static int trimEnd(byte[] bytes, int from, int end) {
    int p = end;
    while (p > from && (bytes[p - 1] == ' ' || bytes[p - 1] == '\t')) {
      p--;
    }
    return p;
  }

  /** The error for the byte that ended a name and is not its colon. */
  static ProtocolError badName(byte b, boolean isFirst) {
    if (isFirst && (b == ' ' || b == '\t')) {
      return bad("Expected a field name, but the line begins with white space (RFC 9112 5.2)", b);
    }
    if (isFirst && b == ':') {
      return bad("Expected a field name, but it is empty (RFC 9110 5.1)", b);
    }
    return bad("Expected a field name and then at once a colon (RFC 9112 5.1)", b);
  }

  /** The error for the byte that ended a value and is not its CR. */
  static ProtocolError badValue(byte b) {
    return bad("Expected a field value up to CR LF (RFC 9110 5.5)", b);
  }

  /** The error for a byte in the place of the LF after a CR. */
  static ProtocolError badLineEnd(byte b) {
    return bad("Expected LF after CR (RFC 9112 2.2)", b);
  }

  /** An error with status 400 that shows the one byte at fault. */
  static ProtocolError bad(String expected, byte b) {
    return ProtocolError.remote(400, expected + ", got byte 0x"
        + Character.forDigit(b >> 4 & 15, 16) + Character.forDigit(b & 15, 16) + ".");
  }
}

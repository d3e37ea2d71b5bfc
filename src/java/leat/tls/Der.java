package leat.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import leat.bytes.Nullable;

/**
 * As much of DER (ITU-T X.690) as keys and a self-signed certificate need: writes values, and finds values in others.
 *
 * <pre>
 *   value:  tag (1 byte) | length (1 byte below 128, else 0x80 + n and n bytes) | content
 * </pre>
 */
final class Der {
  static final int INTEGER = 0x02;
  static final int OCTET_STRING = 0x04;
  static final int OBJECT_ID = 0x06;
  static final int SEQUENCE = 0x30;
  static final int SET = 0x31;
  private static final int BIT_STRING = 0x03;
  private static final int UTF8_STRING = 0x0C;
  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int CONSTRUCTED_CONTEXT = 0xA0;
  private static final int CONTEXT = 0x80;

  /** Certificates say years up to 2049 in two digits (RFC 5280, 4.1.2.5). */
  private static final int LAST_UTC_YEAR = 2049;

  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter GENERALIZED =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private Der() {}

  // ---- Writing

  static byte[] value(int tag, byte[]... contents) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int length = 0;
    for (byte[] content : contents) {
      length += content.length;
    }
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else {
      int lengthBytes = (39 - Integer.numberOfLeadingZeros(length)) / 8;
      out.write(0x80 | lengthBytes);
      for (int shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8) {
        out.write(length >>> shift);
      }
    }
    for (byte[] content : contents) {
      out.writeBytes(content);
    }
    return out.toByteArray();
  }

  static byte[] sequence(byte[]... values) {
    return value(SEQUENCE, values);
  }

  static byte[] set(byte[]... values) {
    return value(SET, values);
  }

  static byte[] integer(BigInteger number) {
    return value(INTEGER, number.toByteArray());
  }

  static byte[] integer(long number) {
    return integer(BigInteger.valueOf(number));
  }

  static byte[] octetString(byte[] content) {
    return value(OCTET_STRING, content);
  }

  /**
   * Bits, of which some at the end of the last byte do not count.
   *
   * @param unusedBits from 0 to 7
   */
  static byte[] bitString(byte[] content, int unusedBits) {
    return value(BIT_STRING, new byte[] {(byte) unusedBits}, content);
  }

  static byte[] utf8(String text) {
    return value(UTF8_STRING, text.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] bool(boolean value) {
    return new byte[] {0x01, 0x01, (byte) (value ? 0xFF : 0)};
  }

  static byte[] nothing() {
    return new byte[] {0x05, 0x00};
  }

  static byte[] time(Instant instant) {
    boolean utc = instant.atZone(ZoneOffset.UTC).getYear() <= LAST_UTC_YEAR;
    String text = (utc ? UTC : GENERALIZED).format(instant);
    return value(utc ? UTC_TIME : GENERALIZED_TIME, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** A value in a tag of its own: [number] EXPLICIT. */
  static byte[] explicit(int number, byte[]... values) {
    return value(CONSTRUCTED_CONTEXT | number, values);
  }

  /** A primitive value whose tag another one replaces: [number] IMPLICIT. */
  static byte[] implicit(int number, byte[] content) {
    return value(CONTEXT | number, content);
  }

  /** An object identifier, given as "1.2.840.10045.2.1". */
  static byte[] objectId(String dotted) {
    String[] arcs = dotted.split("\\.");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writeArc(out, Long.parseLong(arcs[0]) * 40 + Long.parseLong(arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      writeArc(out, Long.parseLong(arcs[i]));
    }
    return value(OBJECT_ID, out.toByteArray());
  }

  /** Seven bits a byte; the top bit says that more follow. */
  private static void writeArc(ByteArrayOutputStream out, long arc) {
    int shift = 0;
    while (arc >>> shift >= 0x80) {
      shift += 7;
    }
    for (; shift > 0; shift -= 7) {
      out.write((int) (arc >>> shift & 0x7F | 0x80));
    }
    out.write((int) (arc & 0x7F));
  }

  // ---- Finding

  /**
   * The content of the first value with a tag among values that follow each other.
   *
   * @param values zero or more values
   * @return the content, or null if there is no such value, or the bytes are no DER
   */
  static @Nullable byte[] find(byte[] values, int tag) {
    int at = 0;
    while (at + 2 <= values.length) {
      int found = values[at] & 0xFF;
      int length = values[at + 1] & 0xFF;
      int start = at + 2;
      if (length > 0x80 && length <= 0x83) {
        int lengthBytes = length & 0x7F;
        length = 0;
        for (int i = 0; i < lengthBytes && start < values.length; i++) {
          length = length << 8 | (values[start++] & 0xFF);
        }
      } else if (length >= 0x80) {
        return null;
      }
      if (length > values.length - start) {
        return null;
      }
      if (found == tag) {
        return Arrays.copyOfRange(values, start, start + length);
      }
      at = start + length;
    }
    return null;
  }

  /** The same for [number] EXPLICIT. */
  static @Nullable byte[] findExplicit(byte[] values, int number) {
    return find(values, CONSTRUCTED_CONTEXT | number);
  }
}

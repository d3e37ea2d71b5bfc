package leat.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AsciiTest {

  /** Ints that look like a letter once the upper bits are cut off, and the ends of the range. */
  private static final int[] OUTSIDE = {0x100, 0x161, 'a' + 0x10000, -129, -256 + 'a' - 256, Integer.MAX_VALUE,
    Integer.MIN_VALUE, Integer.MAX_VALUE - 127};

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void knowsTokens() {
    // RFC 9110 5.6.2: any VCHAR except delimiters
    String delimiters = "\"(),/:;<=>?@[\\]{}";
    for (int b = 0; b < 256; b++) {
      boolean expected = b > ' ' && b < 0x7F && delimiters.indexOf(b) < 0;
      assertEquals(expected, Ascii.isToken(b), "byte " + b);
      assertEquals(expected, Ascii.isToken((byte) b), "signed byte " + (byte) b);
    }
    for (int b : OUTSIDE) {
      assertFalse(Ascii.isToken(b), "int " + b);
    }
  }

  @Test
  void knowsFieldValueBytes() {
    for (int b = 0; b < 256; b++) {
      boolean expected = b == '\t' || b >= ' ' && b != 0x7F;
      assertEquals(expected, Ascii.isFieldValueByte(b), "byte " + b);
      assertEquals(expected, Ascii.isFieldValueByte((byte) b), "signed byte " + (byte) b);
    }
    for (int b : OUTSIDE) {
      assertFalse(Ascii.isFieldValueByte(b), "int " + b);
    }
  }

  @Test
  void knowsDigits() {
    for (int b = -128; b < 256; b++) {
      boolean hex = b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F';
      assertEquals(b >= '0' && b <= '9', Ascii.isDigit(b), "byte " + b);
      assertEquals(hex ? Integer.parseInt("" + (char) b, 16) : -1, Ascii.hexValue(b), "byte " + b);
    }
    for (int b : OUTSIDE) {
      assertEquals(-1, Ascii.hexValue(b), "int " + b);
      assertFalse(Ascii.isDigit(b), "int " + b);
    }
  }

  @Test
  void lowersOnlyAsciiLetters() {
    for (int b = -128; b < 512; b++) {
      assertEquals(b >= 'A' && b <= 'Z' ? b + 32 : b, Ascii.lower(b), "int " + b);
    }
  }

  @Test
  void lowersStringsAndKeepsThoseThatAreLower() {
    String lower = "content-length \u00c9";
    assertSame(lower, Ascii.toLower(lower));
    assertSame("", Ascii.toLower(""));
    assertEquals("content-length \u00c9\u0130", Ascii.toLower("Content-LENGTH \u00c9\u0130"));
    assertEquals("az", Ascii.toLower("AZ"));
  }

  @ParameterizedTest
  @CsvSource({"Host, host, true", "HOST, host, true", "host, host, true", "hos, host, false", "hosts, host, false",
    "Hos4, host, false", "[ost, {ost, false", "@, `, false", "\u00c9, \u00e9, false", "\u00e9, \u00e9, true"})
  void comparesWithoutCase(String text, String lower, boolean expected) {
    byte[] bytes = latin1("<" + text + ">");
    assertEquals(expected, Ascii.equalsIgnoreCase(bytes, 1, bytes.length - 1, lower));
  }

  @Test
  void comparesNothingWithNothing() {
    assertTrue(Ascii.equalsIgnoreCase(new byte[1], 1, 1, ""));
    assertFalse(Ascii.equalsIgnoreCase(new byte[1], 0, 1, ""));
  }

  @Test
  void readsLatin1() {
    byte[] bytes = latin1("<Ab\u00c9\u00ff>");
    assertEquals("Ab\u00c9\u00ff", Ascii.latin1(bytes, 1, 5));
    assertEquals("ab\u00c9\u00ff", Ascii.lowerLatin1(bytes, 1, 5));
    assertEquals("b\u00c9", Ascii.lowerLatin1(bytes, 2, 4));
    assertEquals("", Ascii.latin1(bytes, 2, 2));
    assertEquals("", Ascii.lowerLatin1(bytes, 2, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> Ascii.latin1(bytes, 1, 7));
    assertThrows(IndexOutOfBoundsException.class, () -> Ascii.lowerLatin1(bytes, 1, 7));
    assertNotSame(bytes, latin1(Ascii.latin1(bytes, 0, 6)));
    assertEquals('A', bytes[1]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "7", "10", "0000000000000000000000000000042", "9223372036854775807",
    "9223372036854775799", "00009223372036854775807"})
  void readsDecimals(String text) {
    byte[] bytes = latin1("1" + text + "1");
    assertEquals(Long.parseLong(text), Ascii.parseDecimal(bytes, 1, bytes.length - 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+5", "-1", "5,5", " 5", "5 ", "5 6", "0x5", "5a", "_5", "5.0", "9223372036854775808",
    "9223372036854775810", "18446744073709551616", "18446744073709551617", "99999999999999999999", "\u00b2"})
  void refusesWhatIsNotOneOrMoreDigits(String text) {
    byte[] bytes = latin1("1" + text + "1");
    assertEquals(-1, Ascii.parseDecimal(bytes, 1, bytes.length - 1));
  }
}

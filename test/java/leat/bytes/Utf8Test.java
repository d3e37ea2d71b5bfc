package leat.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "\u007f", "\u0080", "\u07ff", "\u0800", "\uffff", "\ud7ff\ue000", "\ud83d\ude00",
    "\udbff\udfff", "\ud83d", "\ude00", "\ud83dx", "\ud83d\ud83d\ude00", "\ude00\ud83d",
    "a\u00e9\u20ac\ud83d\ude00"})
  void countsAndEncodesAsTheJdkDoes(String text) {
    byte[] expected = text.getBytes(StandardCharsets.UTF_8);
    assertEquals(expected.length, Utf8.byteCount(text));
    assertArrayEquals(expected, Utf8.encode(text));
    byte[] target = new byte[3 * text.length() + 1];
    assertEquals(1 + expected.length, Utf8.encode(text, target, 1));
    assertEquals(ByteBuffer.wrap(expected), ByteBuffer.wrap(target, 1, expected.length));
  }

  @ParameterizedTest
  @CsvSource({"one byte, 00", "one byte, 7f", "two bytes, c280", "two bytes, dfbf", "three bytes, e0a080",
    "three bytes, ed9fbf", "three bytes, ee8080", "three bytes, efbfbf", "four bytes, f0908080",
    "four bytes, f48fbfbf", "eight ASCII bytes, 4142434445464748", "nine ASCII bytes, 414243444546474849",
    "a sequence across a step, 41424344454647c2a9"})
  void acceptsWellFormedBytes(String rule, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertTrue(Utf8.isValid(bytes, 0, bytes.length), rule);
  }

  @ParameterizedTest
  @CsvSource({"continuation first, 80", "continuation first, bf", "overlong two, c080", "overlong two, c1bf",
    "overlong three, e08080", "overlong three, e09fbf", "surrogate, eda080", "surrogate, edbfbf",
    "overlong four, f0808080", "overlong four, f08fbfbf", "above U+10FFFF, f4908080", "above U+10FFFF, f5808080",
    "never a byte, fe", "never a byte, ff", "cut off, c2", "cut off, e0a0", "cut off, f09080", "no second, c241",
    "no second, c2c2", "no third, e0a041", "no fourth, f0908041", "no fourth, f09080c0",
    "after ASCII, 414243444546474880", "cut off after ASCII, 4142434445464748e282"})
  void refusesMalformedBytes(String rule, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertFalse(Utf8.isValid(bytes, 0, bytes.length), rule);
  }

  @Test
  void looksOnlyAtTheRange() {
    byte[] bytes = HexFormat.of().parseHex("80c2a980");
    assertTrue(Utf8.isValid(bytes, 1, 3));
    assertFalse(Utf8.isValid(bytes, 1, 2));
    assertTrue(Utf8.isValid(bytes, 4, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> Utf8.isValid(bytes, 1, 5));
  }

  @Test
  void agreesWithTheJdkOnAllShortSequences() {
    byte[] bytes = new byte[3];
    for (int value = 0; value < 1 << 24; value += value < 1 << 16 ? 1 : 37) {
      bytes[0] = (byte) value;
      bytes[1] = (byte) (value >> 8);
      bytes[2] = (byte) (value >> 16);
      // Decoding and encoding again restores well-formed bytes only.
      byte[] again = new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
      boolean expected = java.util.Arrays.equals(bytes, again);
      if (expected != Utf8.isValid(bytes, 0, 3)) {
        assertEquals(expected, Utf8.isValid(bytes, 0, 3), HexFormat.of().formatHex(bytes));
      }
    }
  }

  @Test
  void agreesWithTheJdkOnRandomBytes() {
    long seed = Long.getLong("leat.seed", System.nanoTime());
    System.out.println("Utf8Test.agreesWithTheJdkOnRandomBytes: -Dleat.seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = randomText(random).getBytes(StandardCharsets.UTF_8);
      if (bytes.length > 0 && random.nextBoolean()) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      boolean expected = true;
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      } catch (CharacterCodingException e) {
        expected = false;
      }
      assertEquals(expected, Utf8.isValid(bytes, 0, bytes.length),
          () -> "seed " + seed + ": " + HexFormat.of().formatHex(bytes));
    }
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(24);
    for (int i = 0; i < length; i++) {
      int point = random.nextInt(1 << (7 + random.nextInt(14)));
      text.appendCodePoint(Math.min(point, Character.MAX_CODE_POINT));
    }
    return text.toString();
  }
}

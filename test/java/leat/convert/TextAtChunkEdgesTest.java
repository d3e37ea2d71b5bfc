package leat.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import clojure.lang.ILookup;
import clojure.lang.Keyword;
import clojure.lang.RT;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Text that is cut anywhere, in the middle of characters too, is the same text. */
class TextAtChunkEdgesTest {

  private static final String TEXT = "a\u00e9\u00df \u0416\u4e01\u65e5\u672c "
      + "\ud83d\ude00\ud83c\udff3\ufe0f\u200d\ud83c\udf08 \uff76\u0000z";

  private static final List<String> CHARSETS = List.of("UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "GB18030",
      "Shift_JIS", "EUC-JP", "ISO-2022-JP", "Big5", "ISO-8859-1", "US-ASCII", "IBM037", "UTF-7x");

  private static ILookup options(Object... keysAndValues) {
    Object[] all = keysAndValues.clone();
    for (int i = 0; i < all.length; i += 2) {
      all[i] = Keyword.intern((String) all[i]);
    }
    return (ILookup) RT.map(all);
  }

  private static Stream<Charset> charsets() {
    return CHARSETS.stream().filter(Charset::isSupported).map(Charset::forName);
  }

  private static String decode(Charset charset, byte[] bytes, int... cuts) throws CharacterCodingException {
    TextDecoder decoder = new TextDecoder(options("encoding", charset));
    StringBuilder text = new StringBuilder();
    int from = 0;
    for (int cut : cuts) {
      text.append(decoder.decode(ByteBuffer.wrap(bytes, from, cut - from)));
      from = cut;
    }
    return text.append(decoder.decode(ByteBuffer.wrap(bytes, from, bytes.length - from))).append(decoder.finish())
        .toString();
  }

  private static byte[] encode(Charset charset, String text, int... cuts) throws CharacterCodingException {
    TextEncoder encoder = new TextEncoder(options("encoding", charset));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int from = 0;
    for (int cut : cuts) {
      out.writeBytes(Bytes.array(encoder.encode(text.substring(from, cut))));
      from = cut;
    }
    out.writeBytes(Bytes.array(encoder.encode(text.substring(from))));
    out.writeBytes(Bytes.array(encoder.finish()));
    return out.toByteArray();
  }

  private static int[] each(int count) {
    int[] cuts = new int[count];
    Arrays.setAll(cuts, i -> i);
    return cuts;
  }

  @TestFactory
  Stream<DynamicTest> bytesThatAreCut() {
    return charsets().map(charset -> DynamicTest.dynamicTest(charset.name(), () -> {
      byte[] bytes = TEXT.getBytes(charset);
      String text = new String(bytes, charset);
      for (int cut = 0; cut <= bytes.length; cut++) {
        assertEquals(text, decode(charset, bytes, cut), "cut at " + cut);
      }
      assertEquals(text, decode(charset, bytes, each(bytes.length)), "byte by byte");
    }));
  }

  @TestFactory
  Stream<DynamicTest> textThatIsCut() {
    return charsets().map(charset -> DynamicTest.dynamicTest(charset.name(), () -> {
      byte[] bytes = TEXT.getBytes(charset);
      for (int cut = 0; cut <= TEXT.length(); cut++) {
        assertArrayEquals(bytes, encode(charset, TEXT, cut), "cut at " + cut);
      }
      assertArrayEquals(bytes, encode(charset, TEXT, each(TEXT.length())), "char by char");
    }));
  }

  @Test
  void whatIsNoTextIsReplacedAsStringsDoIt() throws CharacterCodingException {
    byte[] bytes = {'a', (byte) 0xE4, (byte) 0xB8, 'b', (byte) 0xFF, (byte) 0xE4, (byte) 0xB8};
    Charset utf8 = Charset.forName("UTF-8");
    for (int cut = 0; cut <= bytes.length; cut++) {
      assertEquals(new String(bytes, utf8), decode(utf8, bytes, cut));
    }
    assertArrayEquals("a\ud83d".getBytes(utf8), encode(utf8, "a\ud83d", 1));
    assertArrayEquals("\ude00a".getBytes(utf8), encode(utf8, "\ude00a", 1));
  }

  @Test
  void whatIsNoTextIsReportedOrIgnoredIfWanted() throws CharacterCodingException {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {'a', (byte) 0xFF, 'b'});
    assertThrows(CharacterCodingException.class,
        () -> Bytes.string(bytes, options("on-encoding-error", Keyword.intern("report"))));
    assertEquals("ab", Bytes.string(bytes, options("on-encoding-error", Keyword.intern("ignore"))));
    assertThrows(CharacterCodingException.class, () -> Bytes.encode("\u4e01",
        options("on-encoding-error", Keyword.intern("report"), "encoding", "US-ASCII")));
    assertEquals("Expected :report, :ignore or :replace as :on-encoding-error, actual :retry.",
        assertThrows(IllegalArgumentException.class,
            () -> Bytes.string(bytes, options("on-encoding-error", Keyword.intern("retry")))).getMessage());
  }
}

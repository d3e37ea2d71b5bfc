package leat.frame;

import static leat.frame.Fed.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import leat.bytes.Slice;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each codec with bytes that are frames and bytes that are none: whole, byte by byte and at each split. */
class FrameCodecsTest {

  private static final Payload<byte[]> BYTES = Payload.BYTES;
  private static final Payload<String> TEXT = Payload.text(StandardCharsets.UTF_8);

  private static FrameCodec<byte[]> prefixed(LengthField field) {
    return Frames.lengthPrefixed(field, BYTES, 1000);
  }

  private static FrameCodec<byte[]> delimited(int maxBytes, String... delimiters) {
    return Frames.delimited(Stream.of(delimiters).map(Fed::bytes).toList(), BYTES, maxBytes);
  }

  private static FrameCodec<Tlv> tlv() {
    return Frames.tlv(TagField.ofBytes(1), LengthField.ofBytes(1), tag -> tag >= 0xE0, 100, 3, 5);
  }

  private record Row(String rule, FrameCodec<?> codec, String bytes, List<?> frames, String error, int kept) {
  }

  private static Row good(String rule, FrameCodec<?> codec, String bytes, Object... frames) {
    return new Row(rule, codec, bytes, List.of(frames), "", 0);
  }

  private static Row partial(String rule, FrameCodec<?> codec, String bytes, int kept, Object... frames) {
    return new Row(rule, codec, bytes, List.of(frames), "", kept);
  }

  private static Row bad(String rule, FrameCodec<?> codec, String bytes, String error, Object... frames) {
    return new Row(rule, codec, bytes, List.of(frames), error, 0);
  }

  private static Stream<Row> lengthRows() {
    return Stream.of(
        good("fixed", Frames.fixed(3, BYTES), "abcdef", "abc", "def"),
        partial("fixed: a part", Frames.fixed(3, BYTES), "abcd", 1, "abc"),
        good("1 byte", prefixed(LengthField.ofBytes(1)), "\3abc\0\1d", "abc", "", "d"),
        good("2 bytes", prefixed(LengthField.ofBytes(2)), "\0\3abc\0\0", "abc", ""),
        good("2 bytes, little-endian", prefixed(LengthField.ofBytes(2).littleEndian()), "\3\0abc", "abc"),
        good("3 bytes", prefixed(LengthField.ofBytes(3)), "\0\0\3abc", "abc"),
        good("3 bytes, little-endian", prefixed(LengthField.ofBytes(3).littleEndian()), "\3\0\0abc", "abc"),
        good("4 bytes", prefixed(LengthField.ofBytes(4)), "\0\0\0\3abc", "abc"),
        good("4 bytes, little-endian", prefixed(LengthField.ofBytes(4).littleEndian()), "\3\0\0\0abc", "abc"),
        good("8 bytes", prefixed(LengthField.ofBytes(8)), "\0\0\0\0\0\0\0\3abc", "abc"),
        good("8 bytes, little-endian", prefixed(LengthField.ofBytes(8).littleEndian()), "\3\0\0\0\0\0\0\0abc", "abc"),
        good("a length that counts itself", prefixed(LengthField.ofBytes(2).countingItself()), "\0\5abc\0\2", "abc", ""),
        good("an adjusted length", prefixed(LengthField.ofBytes(1).adjusted(2)), "\1abc", "abc"),
        good("a length adjusted downwards", prefixed(LengthField.ofBytes(1).adjusted(-2)), "\5abc", "abc"),
        partial("half a length", prefixed(LengthField.ofBytes(4)), "\0\0\0", 3),
        partial("half a payload", prefixed(LengthField.ofBytes(2)), "\0\3ab", 4),
        bad("a length beyond the limit", prefixed(LengthField.ofBytes(2)), "\0\1a\3\u00e9",
            "Expected a payload of at most 1000 bytes, actual 1001 bytes at byte 3.", "a"),
        bad("a length beyond all arrays", prefixed(LengthField.ofBytes(4)), "\u00ff\u00ff\u00ff\u00ff",
            "Expected a payload of at most 1000 bytes, actual a length of 4294967295 at byte 0."),
        bad("a length of 8 bytes with the top bit", prefixed(LengthField.ofBytes(8)), "\u0080\0\0\0\0\0\0\1",
            "Expected a payload of at most 1000 bytes, actual a length of 9223372036854775809 at byte 0."),
        bad("a length that counts itself and is too small", prefixed(LengthField.ofBytes(2).countingItself()), "\0\1",
            "Expected a length of at least 2, actual a length of 1 at byte 0."),
        bad("a length too small for its adjustment", prefixed(LengthField.ofBytes(1).adjusted(-2)), "\1",
            "Expected a length of at least 2, actual a length of 1 at byte 0."),
        good("a varint", prefixed(LengthField.varint()), "\3abc\0\u0083\0abc", "abc", "", "abc"),
        good("a varint of two bytes", prefixed(LengthField.varint()), "\u0080\1" + "x".repeat(128), "x".repeat(128)),
        good("a varint that counts itself", prefixed(LengthField.varint().countingItself()), "\4abc", "abc"),
        bad("a varint of 6 bytes", prefixed(LengthField.varint()), "\u0080\u0080\u0080\u0080\u0080\0",
            "Expected the last byte of a varint of at most 5, actual byte 0x80 at byte 4."),
        bad("a varint beyond the limit", prefixed(LengthField.varint()), "\u00e9\7",
            "Expected a payload of at most 1000 bytes, actual 1001 bytes at byte 0."));
  }

  private static Stream<Row> delimiterRows() {
    return Stream.of(
        good("a delimiter", delimited(10, "|"), "ab||c|", "ab", "", "c"),
        partial("no delimiter yet", delimited(10, "|"), "ab|c", 1, "ab"),
        good("a long delimiter", delimited(10, "--x"), "a-b---x--x", "a-b-", ""),
        good("the delimiter that ends first", delimited(10, "\n\n", "\n"), "a\n\nb\n", "a", "", "b"),
        good("the longest that ends there", delimited(10, "\n", "\r\n"), "a\r\nb\n\r\n", "a", "b", ""),
        good("a delimiter does not reach into the frame before", delimited(10, "aa"), "aaaxaa", "", "ax"),
        good("a payload of just the limit", delimited(3, "--"), "abc--a-b--", "abc", "a-b"),
        bad("a payload beyond the limit", delimited(3, "--"), "abcd--",
            "Expected a payload of at most 3 bytes, actual no delimiter within 5 bytes at byte 0."),
        bad("a payload beyond the limit before a short delimiter", delimited(3, "---", "+"), "+abcd+",
            "Expected a payload of at most 3 bytes, actual 4 bytes at byte 1.", ""),
        good("delimiters that are kept", Frames.delimitedKeeping(List.of(bytes(";")), BYTES, 10), "ab;;", "ab;", ";"),
        good("lines", Frames.line(), "abc\r\n\n\u00c3\u00a9\ra\n", "abc", "", "\u00e9\ra"),
        bad("lines that are no text", Frames.line(), "a\n\u00c3\n",
            "Expected text in UTF-8, actual bytes that are none at byte 2.", "a"),
        good("lines that are no text, replaced",
            Frames.line(Payload.lenientText(StandardCharsets.UTF_8), Frames.LineEnd.LF, 9), "\u00c3\n", "\ufffd"),
        good("netstrings", Frames.netstring(BYTES, 100), "3:abc,0:,2:,,,", "abc", "", ",,"),
        partial("half a netstring", Frames.netstring(BYTES, 100), "3:abc,3:abc", 5, "abc"),
        partial("half the length of a netstring", Frames.netstring(BYTES, 100), "10", 2),
        bad("a netstring without a comma", Frames.netstring(BYTES, 100), "3:abc;",
            "Expected a comma after a netstring, actual byte 0x3b at byte 5."),
        bad("a netstring with a zero before its length", Frames.netstring(BYTES, 100), "03:abc,",
            "Expected a colon after the length 0, actual byte 0x33 at byte 1."),
        bad("a netstring without a length", Frames.netstring(BYTES, 100), ":,",
            "Expected a digit, actual byte 0x3a at byte 0."),
        bad("a netstring with a sign", Frames.netstring(BYTES, 100), "-1:,", "Expected a digit, actual byte 0x2d at byte 0."),
        bad("a netstring with a space", Frames.netstring(BYTES, 100), "1 :,",
            "Expected a digit or a colon, actual byte 0x20 at byte 1."),
        bad("a netstring beyond the limit", Frames.netstring(BYTES, 100), "1:a,101:",
            "Expected a payload of at most 100 bytes, actual 101 bytes at byte 4.", "a"),
        bad("a netstring with a length of too many digits", Frames.netstring(BYTES, 100), "1000",
            "Expected a payload of at most 100 bytes, actual a length of more than 3 digits at byte 0."));
  }

  private static Stream<Row> composedRows() {
    FrameCodec<String> line = Frames.line();
    return Stream.of(
        good("a tag with bytes", tlv(), "\1\2ab\2\0", Tlv.of(1, Slice.wrap(bytes("ab"))), Tlv.of(2, Slice.EMPTY)),
        good("a tag with elements", tlv(), "\u00e0\5\1\1a\2\0",
            Tlv.of(0xE0, List.of(Tlv.of(1, Slice.wrap(bytes("a"))), Tlv.of(2, Slice.EMPTY)))),
        good("a tag without elements", tlv(), "\u00e0\0", Tlv.of(0xE0, List.of())),
        partial("half an element", tlv(), "\u00e0\5\1\1a", 5),
        bad("an element that reaches beyond the one around it", tlv(), "\u00e0\3\1\2ab",
            "Expected the rest of an element in the value of tag 224, actual the end after 3 of at least 4 bytes at byte 5."),
        bad("half a head within an element", tlv(), "\u00e0\1\1",
            "Expected the rest of an element in the value of tag 224, actual the end after 1 of at least 2 bytes at byte 3."),
        bad("elements that are too deep", tlv(), "\u00e0\6\u00e0\4\u00e0\2\u00e0\0",
            "Expected elements at most 3 deep, actual more at byte 8."),
        bad("too many elements", tlv(), "\u00e0\12\1\0\1\0\1\0\1\0\1\0",
            "Expected at most 5 elements in a frame, actual more at byte 12."),
        bad("an element beyond the limit", tlv(), "\1\145", 
            "Expected a payload of at most 100 bytes, actual 101 bytes at byte 1."),
        good("a sequence", Frames.sequence(Frames.fixed(2, BYTES), line, prefixed(LengthField.ofBytes(1))),
            "ababc\n\2xyABc\n\0", List.of("ab", "abc", "xy"), List.of("AB", "c", "")),
        good("alternatives", Frames.tagged(TagField.ofBytes(1), Map.of(1L, line, 2L, Frames.fixed(2, BYTES))),
            "\1abc\n\2\n\n\1\n", List.of(1L, "abc"), List.of(2L, "\n\n"), List.of(1L, "")),
        bad("an unknown alternative", Frames.tagged(TagField.ofBytes(2), Map.of(1L, line)), "\0\1\n\0\2\n",
            "Expected one of 1 tags, actual the unknown tag 2 at byte 3.", List.of(1L, "")),
        good("a frame in a frame", Frames.lengthPrefixed(LengthField.ofBytes(1), Payload.one(line), 100), "\3ab\n", "ab"),
        bad("less than a frame in a frame", Frames.lengthPrefixed(LengthField.ofBytes(1), Payload.one(line), 100), "\2ab",
            "Expected the rest of a frame in a payload, actual the end after 2 of at least 3 bytes at byte 3."),
        bad("more than a frame in a frame", Frames.lengthPrefixed(LengthField.ofBytes(1), Payload.one(line), 100), "\4a\nbc",
            "Expected the end of a payload of one frame, actual 2 more bytes at byte 3."),
        good("frames in a frame", Frames.netstring(Payload.many(Frames.netstring(TEXT, 10)), 100), "8:1:a,1:b,,0:,",
            List.of("a", "b"), List.of()),
        bad("too many frames in a frame", Frames.netstring(Payload.many(line, 2), 100), "3:\n\n\n,",
            "Expected at most 2 frames in a payload, actual more at byte 4."),
        good("other values", line.map(Integer::valueOf, String::valueOf), "12\n7\n", 12, 7),
        bad("no such other value", line.map(Integer::valueOf, String::valueOf), "1\nx\n",
            "Expected what can be decoded, actual what fails with java.lang.NumberFormatException at byte 2.", 1));
  }

  @TestFactory
  Stream<DynamicTest> framesAreTheSameAtAnySplit() {
    return Stream.of(lengthRows(), delimiterRows(), composedRows()).flatMap(rows -> rows)
        .map(row -> DynamicTest.dynamicTest(row.rule(), () -> {
          Fed fed = Fed.allWays(row.codec(), bytes(row.bytes()));
          assertEquals(row.error(), fed.sentence());
          assertEquals(row.frames(), fed.frames());
          assertEquals(row.kept(), fed.kept());
        }));
  }

  @TestFactory
  Stream<DynamicTest> whatIsReadIsWrittenTheSame() {
    return Stream.of(lengthRows(), delimiterRows(), composedRows()).flatMap(rows -> rows)
        .filter(row -> row.error().isEmpty() && row.kept() == 0)
        // Of these there are several ways to write them.
        .filter(row -> !List.of("a varint", "the delimiter that ends first", "the longest that ends there", "lines",
            "lines that are no text, replaced").contains(row.rule()))
        .map(row -> DynamicTest.dynamicTest(row.rule(), () -> rewrites(row.codec(), bytes(row.bytes()))));
  }

  private static <T> void rewrites(FrameCodec<T> codec, byte[] bytes) {
    FrameBytes out = new FrameBytes();
    codec.decoder().decode(bytes, 0, bytes.length, frame -> codec.write(frame, out));
    assertArrayEquals(bytes, out.take());
  }

  private static <T> void refuses(String message, FrameCodec<T> codec, T value) {
    FrameError error = assertThrows(FrameError.class, () -> codec.encode(value));
    assertEquals(message, error.getMessage());
    assertEquals(-1, error.position());
    assertEquals(0, error.getStackTrace().length);
  }

  @Test
  void refusesPayloadsThatDoNotFit() {
    refuses("Expected a payload of 3 bytes, actual 2 bytes.", Frames.fixed(3, BYTES), bytes("ab"));
    refuses("Expected a payload of at most 1000 bytes, actual 1001 bytes.", prefixed(LengthField.ofBytes(2)), new byte[1001]);
    refuses("Expected a length in 0..255, actual 256.", prefixed(LengthField.ofBytes(1)), new byte[256]);
    refuses("Expected a length in 0..255, actual -1.", prefixed(LengthField.ofBytes(1).adjusted(3)), new byte[2]);
    refuses("Expected a payload of at most 100 bytes, actual 101 bytes.", Frames.netstring(BYTES, 100), new byte[101]);
    refuses("Expected a payload of at most 3 bytes, actual 4 bytes.", delimited(3, "|"), bytes("abcd"));
    refuses("Expected a payload of at most 100 bytes, actual 101 bytes.", tlv(), Tlv.of(1, Slice.wrap(new byte[101])));
    refuses("Expected a byte array, actual null.", prefixed(LengthField.varint()), null);
  }

  @Test
  void refusesPayloadsThatWouldBeReadOtherwise() {
    refuses("Expected a payload without a delimiter, actual one that ends at byte 2.",
        delimited(9, "|"), bytes("a|b"));
    refuses("Expected a payload without a delimiter, actual one that ends at byte 3.",
        delimited(9, "aa"), bytes("xa"));
    refuses("Expected a payload without a delimiter, actual one that ends at byte 4.", Frames.line(), "ab\r");
    refuses("Expected a payload with a delimiter at its end only, actual none.",
        Frames.delimitedKeeping(List.of(bytes(";")), BYTES, 10), bytes("ab"));
    refuses("Expected a payload with a delimiter at its end only, actual one that ends at byte 2.",
        Frames.delimitedKeeping(List.of(bytes(";")), BYTES, 10), bytes("a;b;"));
    refuses("Expected characters of UTF-8, actual others.", Frames.line(), "\ud800");
    refuses("Expected characters of US-ASCII, actual others.",
        Frames.line(Payload.text(StandardCharsets.US_ASCII), Frames.LineEnd.LF, 9), "\u00e9");
    refuses("Expected bytes for tag 1, actual elements.", tlv(), Tlv.of(1, List.of()));
    refuses("Expected a tag in 0..255, actual 256.", Frames.tlv(TagField.ofBytes(1), LengthField.varint(), tag -> false, 9),
        Tlv.of(256, Slice.EMPTY));
    refuses("Expected a list of 2 values, actual 1 values.", Frames.sequence(Frames.line(), Frames.line()), List.of("a"));
    refuses("Expected one of 1 tags, actual the unknown tag 7.",
        Frames.tagged(TagField.ofBytes(1), Map.of(1L, Frames.line())), new Tagged(7, "a"));
  }

  @Test
  void aVarintThatCountsItselfFindsItsSize() {
    FrameCodec<byte[]> codec = Frames.lengthPrefixed(LengthField.varint().countingItself(), BYTES, 100_000);
    for (int size : new int[] {0, 1, 125, 126, 127, 128, 129, 16_380, 16_381, 16_382, 16_383, 16_384}) {
      byte[] frame = codec.encode(new byte[size]);
      Fed fed = Fed.whole(codec, frame);
      assertEquals("", fed.sentence());
      assertEquals(List.of("\0".repeat(size)), fed.frames());
    }
  }

  @Test
  void codecsThatCannotBeAreRefused() {
    assertEquals("Expected byteCount in 1..2147418111, actual 0.",
        assertThrows(IllegalArgumentException.class, () -> Frames.fixed(0, BYTES)).getMessage());
    assertEquals("Expected 1, 2, 3, 4 or 8 bytes for a length, actual 5.",
        assertThrows(IllegalArgumentException.class, () -> LengthField.ofBytes(5)).getMessage());
    assertEquals("Expected a delimiter of at least one byte, actual none.",
        assertThrows(IllegalArgumentException.class, () -> delimited(9, "")).getMessage());
    assertEquals("Expected at least one delimiter, actual none.",
        assertThrows(IllegalArgumentException.class, () -> delimited(9)).getMessage());
    assertEquals("Expected at least one codec, actual none.",
        assertThrows(IllegalArgumentException.class, Frames::sequence).getMessage());
    assertEquals("Expected maxBytes in 0..2147418111, actual -1.",
        assertThrows(IllegalArgumentException.class, () -> delimited(-1, "|")).getMessage());
  }
}

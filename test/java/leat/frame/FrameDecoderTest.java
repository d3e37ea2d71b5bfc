package leat.frame;

import static leat.frame.Fed.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {

  private static final int MIB = 1 << 20;

  private final FrameCodec<byte[]> prefixed = Frames.lengthPrefixed(LengthField.ofBytes(4), Payload.BYTES, 4 * MIB);

  private static int memory(FrameDecoder<?> decoder) throws ReflectiveOperationException {
    Field kept = FrameDecoder.class.getDeclaredField("kept");
    kept.setAccessible(true);
    return ((byte[]) kept.get(decoder)).length;
  }

  @Test
  void takesNoMemoryForADeclaredLength() throws ReflectiveOperationException {
    FrameDecoder<byte[]> decoder = prefixed.decoder();
    assertFalse(decoder.decode(new byte[] {0, 0x3f, 0, 0, 1}, 0, 5));
    assertEquals(4096, memory(decoder));
  }

  @Test
  void memoryForAPartOfAFrameGrowsByTiersWithWhatHasCome() throws ReflectiveOperationException {
    byte[] frame = prefixed.encode(new byte[3 * MIB]);
    FrameDecoder<byte[]> decoder = prefixed.decoder();
    Set<Integer> tiers = new TreeSet<>();
    for (int i = 0; i < frame.length - 1; i += 1000) {
      assertFalse(decoder.decode(frame, i, Math.min(frame.length - 1, i + 1000)));
      int memory = memory(decoder);
      tiers.add(memory);
      assertTrue(memory <= Math.max(128 << 10, 2 * decoder.keptBytes()), memory + " for " + decoder.keptBytes());
    }
    assertEquals(Set.of(4 << 10, 128 << 10, 256 << 10, 512 << 10, MIB, 2 * MIB, 4 * MIB), tiers);
    assertTrue(decoder.decode(frame, frame.length - 1, frame.length));
    assertEquals(0, memory(decoder), "no memory between frames");
  }

  @Test
  void aFrameThatComesWholeIsReadWhereItIs() throws ReflectiveOperationException {
    FrameDecoder<byte[]> decoder = prefixed.decoder();
    byte[] two = Arrays.copyOf(prefixed.encode(bytes("abc")), 14);
    System.arraycopy(two, 0, two, 7, 7);
    assertTrue(decoder.decode(two, 0, 14));
    assertEquals(7, decoder.consumed());
    assertTrue(decoder.decode(two, 7, 14));
    assertEquals("abc", Fed.latin1(decoder.frame()));
    assertEquals(0, memory(decoder));
    assertEquals(14, decoder.position());
    assertFalse(decoder.decode(two, 14, 14));
    assertEquals(null, decoder.frame());
    assertEquals(0, decoder.consumed());
  }

  @Test
  void noMoreThanTheFrameIsConsumedWhenAPartOfItWasKept() {
    FrameDecoder<String> decoder = Frames.line().decoder();
    byte[] rest = bytes("c\n" + "x\n".repeat(5000));
    assertFalse(decoder.decode(bytes("ab"), 0, 2));
    assertTrue(decoder.decode(rest, 0, rest.length));
    assertEquals("abc", decoder.frame());
    assertEquals(2, decoder.consumed());
  }

  /** With a time that grows with the square of the size this would take minutes. */
  @Test
  void eachByteIsLookedAtOnceEvenIfTheyComeOneByOne() {
    byte[] line = new byte[4 * MIB];
    Arrays.fill(line, (byte) 'a');
    line[line.length - 1] = '\n';
    FrameCodec<byte[]> codec = Frames.line(Payload.BYTES, Frames.LineEnd.LF, 4 * MIB);
    for (FrameCodec<?> each : List.of(codec, Frames.sequence(codec, Frames.fixed(1, Payload.BYTES)))) {
      FrameDecoder<?> decoder = each.decoder();
      for (int i = 0; i < line.length - 1; i++) {
        assertFalse(decoder.decode(line, i, i + 1));
      }
      assertEquals(line.length - 1, decoder.keptBytes());
    }
  }

  @Test
  void anErrorStays() {
    FrameDecoder<byte[]> decoder = Frames.netstring(Payload.BYTES, 10).decoder();
    assertTrue(decoder.decode(bytes("1:a,x"), 0, 5));
    FrameError error = assertThrows(FrameError.class, () -> decoder.decode(bytes("x"), 0, 1));
    assertEquals(FrameError.Kind.MALFORMED, error.kind());
    assertEquals(4, error.position());
    assertEquals("a digit", error.expected());
    assertEquals("byte 0x78", error.actual());
    assertEquals(0, error.getStackTrace().length);
    assertSame(error, assertThrows(FrameError.class, () -> decoder.decode(bytes("1:a,"), 0, 4)));
    assertSame(error, assertThrows(FrameError.class, decoder::finish));
  }

  @Test
  void anErrorKnowsItsPlaceAcrossPieces() {
    FrameDecoder<byte[]> decoder = Frames.netstring(Payload.BYTES, 10).decoder();
    assertTrue(decoder.decode(bytes("1:a,"), 0, 4));
    assertFalse(decoder.decode(bytes("2:b"), 0, 3));
    FrameError error = assertThrows(FrameError.class, () -> decoder.decode(bytes("-b;"), 1, 3));
    assertEquals("Expected a comma after a netstring, actual byte 0x3b at byte 8.", error.getMessage());
  }

  @Test
  void theEndIsFineBetweenFramesOnly() {
    FrameDecoder<byte[]> decoder = Frames.netstring(Payload.BYTES, 10).decoder();
    decoder.finish();
    assertTrue(decoder.decode(bytes("1:a,"), 0, 4));
    decoder.finish();
    assertFalse(decoder.decode(bytes("2:b"), 0, 3));
    FrameError error = assertThrows(FrameError.class, decoder::finish);
    assertEquals(FrameError.Kind.TRUNCATED, error.kind());
    assertEquals("Expected the rest of a frame, actual the end after 3 of at least 5 bytes at byte 7.", error.getMessage());
  }

  @Test
  void whatHasStalledIsAnError() {
    FrameDecoder<byte[]> decoder = Frames.netstring(Payload.BYTES, 10).decoder();
    assertFalse(decoder.decode(bytes("2:b"), 0, 3));
    FrameError error = decoder.stalled("30000 ms");
    assertEquals(FrameError.Kind.STALLED, error.kind());
    assertEquals("Expected the rest of a frame within 30000 ms, actual 3 of at least 5 bytes at byte 3.", error.getMessage());
    assertSame(error, assertThrows(FrameError.class, () -> decoder.decode(bytes("b,"), 0, 2)));
  }
}

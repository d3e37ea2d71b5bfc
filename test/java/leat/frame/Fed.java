package leat.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import leat.bytes.Nullable;

/**
 * What a decoder made of some bytes.
 *
 * @param frames what was in the frames, byte arrays as text in Latin-1
 * @param error  the error that ended it, or null
 * @param kept   how many bytes of a frame were left over
 */
record Fed(List<Object> frames, @Nullable FrameError error, int kept) {

  /** Feeds the bytes in pieces that begin at {@code cuts}, from arrays that are overwritten afterwards. */
  static Fed cutAt(FrameCodec<?> codec, byte[] bytes, int... cuts) {
    FrameDecoder<?> decoder = codec.decoder();
    List<Object> frames = new ArrayList<>();
    int start = 0;
    try {
      for (int i = 0; i <= cuts.length; i++) {
        int end = i < cuts.length ? cuts[i] : bytes.length;
        // With other bytes around it, to see that nobody looks there.
        byte[] piece = new byte[end - start + 6];
        Arrays.fill(piece, (byte) ',');
        System.arraycopy(bytes, start, piece, 3, end - start);
        decoder.decode(piece, 3, piece.length - 3, frame -> frames.add(readable(frame)));
        Arrays.fill(piece, (byte) 0x55);
        start = end;
      }
    } catch (FrameError e) {
      return new Fed(frames, e, decoder.keptBytes());
    }
    return new Fed(frames, null, decoder.keptBytes());
  }

  static Fed whole(FrameCodec<?> codec, byte[] bytes) {
    return cutAt(codec, bytes);
  }

  static Fed byteByByte(FrameCodec<?> codec, byte[] bytes) {
    int[] cuts = new int[Math.max(0, bytes.length - 1)];
    Arrays.setAll(cuts, i -> i + 1);
    return cutAt(codec, bytes, cuts);
  }

  static Fed atRandom(FrameCodec<?> codec, byte[] bytes, Random random) {
    int[] cuts = random.ints(random.nextInt(8), 0, bytes.length + 1).sorted().toArray();
    return cutAt(codec, bytes, cuts);
  }

  /** Feeds the bytes whole, byte by byte and at each split, and returns what all of these gave. */
  static Fed allWays(FrameCodec<?> codec, byte[] bytes) {
    Fed whole = whole(codec, bytes);
    whole.assertSame(byteByByte(codec, bytes), "byte by byte");
    for (int cut = 0; cut <= bytes.length; cut++) {
      whole.assertSame(cutAt(codec, bytes, cut), "cut at " + cut);
    }
    return whole;
  }

  /** Checks that another way of feeding gave the same. */
  void assertSame(Fed other, String how) {
    assertEquals(frames, other.frames, how);
    assertEquals(sentence(), other.sentence(), how);
    assertEquals(kept, other.kept, how);
  }

  /** Returns the message of the error, or nothing. */
  String sentence() {
    return error == null ? "" : error.getMessage();
  }

  static Object readable(@Nullable Object frame) {
    if (frame instanceof byte[] bytes) {
      return latin1(bytes);
    }
    if (frame instanceof List<?> list) {
      return list.stream().map(Fed::readable).toList();
    }
    return frame instanceof Tagged tagged ? List.of(tagged.tag(), readable(tagged.value())) : frame;
  }

  static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }
}

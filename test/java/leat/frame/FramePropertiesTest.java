package leat.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import leat.bytes.Slice;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** For every codec and any composition of them: decode(encode(x)) = x at any split, and any bytes at all are taken. */
class FramePropertiesTest {

  private static final long SEED = Long.getLong("leat.seed", System.nanoTime());
  private static final int ROUNDS = 60;

  /** A codec with a generator of values for it. */
  private record Sample<T>(String name, FrameCodec<T> codec, Function<Random, T> values) {
    byte[] encode(Object value) {
      @SuppressWarnings("unchecked")
      T typed = (T) value;
      return codec.encode(typed);
    }
  }

  private static byte[] someBytes(Random random, int most) {
    byte[] bytes = new byte[random.nextInt(most + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String someText(Random random) {
    return random.ints(random.nextInt(20), 0, 0x11000)
        .filter(c -> c != '\n' && c != '\r' && (c < 0xD800 || c > 0xDFFF))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
  }

  private static Tlv someTlv(Random random, int depth) {
    if (depth == 0 || random.nextBoolean()) {
      return Tlv.of(random.nextInt(200), Slice.wrap(someBytes(random, 12)));
    }
    return Tlv.of(200 + random.nextInt(56),
        IntStream.range(0, random.nextInt(4)).mapToObj(i -> someTlv(random, depth - 1)).toList());
  }

  private static List<LengthField> fields() {
    List<LengthField> fields = new ArrayList<>(List.of(LengthField.varint(), LengthField.varint().countingItself()));
    for (int width : new int[] {1, 2, 3, 4, 8}) {
      LengthField field = LengthField.ofBytes(width);
      fields.addAll(List.of(field, field.littleEndian(), field.countingItself(), field.adjusted(-3).littleEndian()));
    }
    return fields;
  }

  private static List<Sample<?>> simple() {
    List<Sample<?>> samples = new ArrayList<>();
    for (LengthField field : fields()) {
      samples.add(new Sample<>(field.toString(), Frames.lengthPrefixed(field, Payload.BYTES, 300),
          random -> someBytes(random, 200)));
      samples.add(new Sample<>("tlv with " + field, Frames.tlv(TagField.ofBytes(1 + field.maxWidth() % 2), field,
          tag -> tag >= 200, 1 << 20), random -> someTlv(random, field.maxWidth() == 1 ? 1 : 5)));
    }
    samples.add(new Sample<>("fixed", Frames.fixed(5, Payload.BYTES), random -> {
      byte[] bytes = new byte[5];
      random.nextBytes(bytes);
      return bytes;
    }));
    samples.add(new Sample<>("netstring", Frames.netstring(Payload.BYTES, 300), random -> someBytes(random, 300)));
    samples.add(new Sample<>("line", Frames.line(), FramePropertiesTest::someText));
    samples.add(new Sample<>("line of UTF-16 in a netstring",
        Frames.netstring(Payload.text(StandardCharsets.UTF_16LE), 300), FramePropertiesTest::someText));
    samples.add(new Sample<>("delimiter", Frames.delimited(List.of(Fed.bytes("\0\1\0")), Payload.BYTES, 300), random -> {
      byte[] bytes = someBytes(random, 300);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (bytes[i] == 1 ? 2 : bytes[i] & 3);
        bytes[i] = bytes[i] == 1 ? 0 : bytes[i];
      }
      return bytes;
    }));
    return samples;
  }

  private static <T> Sample<?> nest(Sample<T> inner, int how) {
    Function<Random, List<T>> lists = random ->
        IntStream.range(0, random.nextInt(4)).mapToObj(i -> inner.values().apply(random)).toList();
    return switch (how) {
      case 0 -> new Sample<>("one " + inner.name(),
          Frames.lengthPrefixed(LengthField.varint(), Payload.one(inner.codec()), 1 << 16), inner.values());
      case 1 -> new Sample<>("many " + inner.name(),
          Frames.netstring(Payload.many(inner.codec()), 1 << 16), lists);
      case 2 -> new Sample<>("sequence with " + inner.name(),
          Frames.sequence(inner.codec(), Frames.line(), inner.codec()),
          random -> List.of(inner.values().apply(random), someText(random), inner.values().apply(random)));
      default -> new Sample<>("alternatives with " + inner.name(),
          Frames.tagged(TagField.ofBytes(2).littleEndian(), Map.of(1L, Frames.line(), 700L, inner.codec())),
          random -> random.nextBoolean() ? new Tagged(1, someText(random))
              : new Tagged(700, inner.values().apply(random)));
    };
  }

  private static Stream<Sample<?>> samples() {
    Random random = new Random(SEED);
    List<Sample<?>> samples = simple();
    int count = samples.size();
    for (int i = 0; i < 100; i++) {
      // Anything so far may be nested again.
      samples.add(nest(samples.get(i < 10 ? random.nextInt(count) : count + random.nextInt(i)), i % 4));
    }
    return samples.stream().filter(sample -> sample.name().length() < 200);
  }

  private static DynamicTest test(Sample<?> sample, BiConsumer<Sample<?>, Random> check) {
    return DynamicTest.dynamicTest(sample.name() + ", seed " + SEED, () -> check.accept(sample, new Random(SEED)));
  }

  @TestFactory
  Stream<DynamicTest> whatWasWrittenIsRead() {
    return samples().map(sample -> test(sample, FramePropertiesTest::roundTrips));
  }

  private static void roundTrips(Sample<?> sample, Random random) {
    for (int round = 0; round < ROUNDS; round++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      List<Object> values = new ArrayList<>();
      for (int i = random.nextInt(5); i > 0; i--) {
        Object value = sample.values().apply(random);
        byte[] frame = sample.encode(value);
        assertTrue(frame.length <= sample.codec().maxFrameBytes());
        values.add(Fed.readable(value));
        out.writeBytes(frame);
      }
      byte[] bytes = out.toByteArray();
      Fed expected = new Fed(values, null, 0);
      expected.assertSame(Fed.whole(sample.codec(), bytes), "whole");
      expected.assertSame(Fed.byteByByte(sample.codec(), bytes), "byte by byte");
      expected.assertSame(Fed.atRandom(sample.codec(), bytes, random), "at random");
    }
  }

  @TestFactory
  Stream<DynamicTest> anyBytesGiveFramesOrNeedMoreOrAreAnError() {
    return samples().map(sample -> test(sample, FramePropertiesTest::takesGarbage));
  }

  private static void takesGarbage(Sample<?> sample, Random random) {
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = round % 3 == 0 ? someBytes(random, 60) : sample.encode(sample.values().apply(random));
      for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      Fed whole = Fed.whole(sample.codec(), bytes);
      whole.assertSame(Fed.byteByByte(sample.codec(), bytes), "byte by byte");
      whole.assertSame(Fed.atRandom(sample.codec(), bytes, random), "at random");
      if (whole.error() != null) {
        assertTrue(whole.error().position() >= 0 && whole.error().position() <= bytes.length, whole.sentence());
        assertEquals(0, whole.error().getStackTrace().length);
      }
    }
  }
}

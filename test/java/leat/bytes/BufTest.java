package leat.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BufTest {

  private final SegmentPool pool = new SegmentPool(8);
  private final Buf buf = new Buf(pool);

  @AfterEach
  void givesAllSegmentsBackWhenCleared() {
    buf.clear();
    assertEquals(0, buf.size());
    assertTrue(buf.isEmpty());
    assertEquals(pool.taken(), pool.recycled());
  }

  private long segmentsInUse() {
    return pool.taken() - pool.recycled();
  }

  private String text() {
    return new String(buf.toByteArray(), StandardCharsets.ISO_8859_1);
  }

  private static byte[] pattern(int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (i * 31 + (i >> 8));
    }
    return bytes;
  }

  @Test
  void ownsNothingWhileEmpty() {
    assertEquals(0, pool.taken());
    assertTrue(buf.isEmpty());
    assertEquals(0, buf.toByteArray().length);
    assertEquals(0, buf.copyTo(ByteBuffer.allocate(4)));
    buf.write(new byte[0]);
    buf.write(new byte[3], 1, 1);
    buf.write(ByteBuffer.allocate(0));
    buf.writeLatin1("");
    buf.writeUtf8("");
    buf.skip(0);
    assertEquals(0, pool.taken());
  }

  @Test
  void givesTheLastSegmentBackWhenDrained() {
    buf.writeByte('a');
    buf.writeByte('b');
    assertEquals(1, segmentsInUse());
    buf.skip(1);
    assertEquals(1, segmentsInUse());
    buf.skip(1);
    assertEquals(0, segmentsInUse());
  }

  @Test
  void appendsInOrder() {
    buf.writeByte('a');
    buf.write(new byte[] {'b', 'c'});
    buf.write(new byte[] {'x', 'd', 'e', 'x'}, 1, 3);
    buf.write(ByteBuffer.wrap(new byte[] {'x', 'f', 'g'}, 1, 2));
    buf.writeLatin1("hi\u00e9");
    buf.writeUtf8("\u00e9");
    buf.writeDecimal(-12);
    buf.writeHex(0x1F);
    assertEquals("abcdefghi\u00e9\u00c3\u00a9-121f", text());
    assertEquals(17, buf.size());
    assertEquals(1, segmentsInUse());
  }

  @Test
  void writesOnlyTheLowBitsOfAByte() {
    buf.writeByte(0x1FF);
    assertArrayEquals(new byte[] {-1}, buf.toByteArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, Segment.SIZE - 1, Segment.SIZE, Segment.SIZE + 1, 3 * Segment.SIZE, 3 * Segment.SIZE + 7})
  void splitsWhateverIsLongerThanASegment(int size) {
    byte[] bytes = pattern(size);
    String latin1 = new String(bytes, StandardCharsets.ISO_8859_1);
    buf.writeByte('<');
    buf.write(bytes);
    buf.write(bytes, 0, size);
    buf.write(ByteBuffer.wrap(bytes));
    buf.writeLatin1(latin1);
    buf.writeByte('>');
    assertEquals(4L * size + 2, buf.size());
    String all = text();
    assertEquals("<" + latin1 + latin1 + latin1 + latin1 + ">", all);
    assertEquals((4L * size + 2 + Segment.SIZE - 1) / Segment.SIZE, segmentsInUse());
  }

  @Test
  void consumesTheByteBufferItWrites() {
    ByteBuffer source = ByteBuffer.wrap(pattern(10000), 5, 9000);
    buf.write(source);
    assertEquals(0, source.remaining());
    assertArrayEquals(Arrays.copyOfRange(pattern(10000), 5, 9005), buf.toByteArray());
  }

  @Test
  void writesDirectAndReadOnlyByteBuffers() {
    ByteBuffer direct = ByteBuffer.allocateDirect(3).put(new byte[] {1, 2, 3}).flip();
    buf.write(direct);
    buf.write(ByteBuffer.wrap(new byte[] {4, 5}).asReadOnlyBuffer());
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, buf.toByteArray());
  }

  @Test
  void refusesRangesOutsideTheArray() {
    assertThrows(IndexOutOfBoundsException.class, () -> buf.write(new byte[3], 1, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> buf.write(new byte[3], -1, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> buf.write(new byte[3], 2, 1));
    assertEquals(0, pool.taken());
  }

  @Test
  void refusesCharsBeyondLatin1AndWritesNothing() {
    buf.writeLatin1("ok\u00ff");
    Exception e = assertThrows(IllegalArgumentException.class, () -> buf.writeLatin1("ab\u010ac"));
    assertEquals("Expected only chars up to U+00FF, actual U+010A at index 2.", e.getMessage());
    String longText = "x".repeat(Segment.SIZE + 5) + "\u0100";
    assertThrows(IllegalArgumentException.class, () -> buf.writeLatin1(longText));
    assertEquals("ok\u00ff", text());
  }

  @Test
  void writesUtf8AsTheJdkDoes() {
    String[] texts = {"plain", "\u00e9\u07ff\u0800\uffff", "\ud83d\ude00!",
      "\ud83d", "\ude00x", "\ud83dx", "\ude00\ud83d", "\u20ac".repeat(128), "\u20ac".repeat(129),
      "\ud83d\ude00".repeat(64), "y".repeat(20000), "z".repeat(128)};
    for (String text : texts) {
      for (int room : new int[] {1, 200, 300, 383, 384}) {
        buf.clear();
        buf.write(new byte[Segment.SIZE - room]);
        buf.writeUtf8(text);
        buf.skip(Segment.SIZE - room);
        assertArrayEquals(text.getBytes(StandardCharsets.UTF_8), buf.toByteArray());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 9, 10, 11, 99, 100, 12345, Integer.MAX_VALUE, 999_999_999_999_999_999L,
    1_000_000_000_000_000_000L, Long.MAX_VALUE, -1, -9, -10, -99, -100, Integer.MIN_VALUE,
    -1_000_000_000_000_000_000L, Long.MIN_VALUE})
  void writesNumbers(long value) {
    buf.writeDecimal(value);
    buf.writeByte(' ');
    buf.writeHex(value);
    assertEquals(value + " " + Long.toHexString(value), text());
  }

  @Test
  void writesNumbersOfAnyLength() {
    for (int shift = 0; shift < 64; shift++) {
      for (long near = -1; near <= 1; near++) {
        long value = (1L << shift) + near;
        buf.clear();
        buf.writeDecimal(value);
        buf.writeHex(value);
        assertEquals(value + Long.toHexString(value), text());
      }
    }
  }

  @Test
  void givesRoomInTheTailAndCountsIt() {
    buf.writeByte('a');
    Segment segment = buf.writable(Segment.SIZE - 1);
    assertEquals(1, segmentsInUse());
    segment.data[segment.to] = 'b';
    segment.data[segment.to + 1] = 'c';
    buf.advance(2);
    assertEquals("abc", text());
    assertEquals(3, buf.size());
    assertSame(segment, buf.writable(Segment.SIZE - 3));
  }

  @Test
  void givesANewSegmentWhenTheTailIsTooFull() {
    buf.writeByte('a');
    Segment second = buf.writable(Segment.SIZE);
    assertEquals(2, segmentsInUse());
    second.data[0] = 'b';
    buf.advance(1);
    assertEquals("ab", text());
    buf.skip(1);
    assertEquals("b", text());
    assertEquals(1, segmentsInUse());
  }

  @Test
  void takesAnUnusedSegmentBack() {
    buf.writable(10);
    assertEquals(1, segmentsInUse());
    buf.advance(0);
    assertEquals(0, segmentsInUse());
    buf.advance(0);
    buf.writable(10);
    buf.skip(0);
    assertEquals(0, segmentsInUse());
    buf.writeByte('a');
    buf.writable(Segment.SIZE);
    buf.skip(1);
    assertEquals(0, segmentsInUse());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, Segment.SIZE + 1, Integer.MAX_VALUE})
  void refusesRoomThatNoSegmentHas(int minBytes) {
    assertThrows(IllegalArgumentException.class, () -> buf.writable(minBytes));
    buf.writeByte('a');
    assertThrows(IllegalArgumentException.class, () -> buf.writable(minBytes));
    assertEquals("a", text());
  }

  @Test
  void refusesToAdvanceBeyondTheRoom() {
    assertThrows(IllegalArgumentException.class, () -> buf.advance(1));
    buf.writeByte('a');
    assertThrows(IllegalArgumentException.class, () -> buf.advance(Segment.SIZE));
    assertThrows(IllegalArgumentException.class, () -> buf.advance(-1));
    assertEquals("a", text());
    assertEquals(1, buf.size());
  }

  @Test
  void copiesWhatFitsAndConsumesNothing() {
    byte[] bytes = pattern(2 * Segment.SIZE + 10);
    buf.write(bytes);
    for (int room : new int[] {0, 1, Segment.SIZE, Segment.SIZE + 1, bytes.length, bytes.length + 5}) {
      ByteBuffer target = ByteBuffer.allocateDirect(room);
      int count = Math.min(room, bytes.length);
      assertEquals(count, buf.copyTo(target));
      assertEquals(count, target.position());
      byte[] copied = new byte[count];
      target.flip().get(copied);
      assertArrayEquals(Arrays.copyOf(bytes, count), copied);
    }
    assertArrayEquals(bytes, buf.toByteArray());
  }

  @Test
  void skipsAcrossSegmentsAndGivesThemBack() {
    byte[] bytes = pattern(3 * Segment.SIZE);
    buf.write(bytes);
    buf.skip(Segment.SIZE - 1);
    assertEquals(3, segmentsInUse());
    buf.skip(1);
    assertEquals(2, segmentsInUse());
    buf.skip(Segment.SIZE + 1);
    assertEquals(1, segmentsInUse());
    assertArrayEquals(Arrays.copyOfRange(bytes, 2 * Segment.SIZE + 1, bytes.length), buf.toByteArray());
    assertEquals(Segment.SIZE - 1, buf.size());
  }

  @Test
  void refusesToSkipWhatIsNotThere() {
    buf.writeLatin1("abc");
    Exception e = assertThrows(IllegalArgumentException.class, () -> buf.skip(4));
    assertEquals("Expected a count of 0..3 bytes, actual 4.", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> buf.skip(-1));
    assertEquals("abc", text());
  }

  @Test
  void takesSegmentsOverWithoutCopying() {
    Buf other = new Buf(pool);
    buf.writeLatin1("ab");
    other.writeLatin1("cd");
    Segment moved = other.writable(1);
    long taken = pool.taken();
    buf.takeAll(other);
    assertEquals("abcd", text());
    assertEquals(4, buf.size());
    assertSame(moved, buf.writable(1));
    assertTrue(other.isEmpty());
    assertEquals(taken, pool.taken());
    other.writeLatin1("new");
    assertEquals("abcd", text());
    buf.takeAll(other);
    assertEquals("abcdnew", text());
  }

  @Test
  void takesSegmentsOverFromAndIntoEmptyQueues() {
    Buf other = new Buf(pool);
    buf.takeAll(other);
    assertTrue(buf.isEmpty());
    other.writeLatin1("x");
    buf.writable(1);
    buf.takeAll(other);
    assertEquals("x", text());
    assertEquals(1, segmentsInUse());
    other.writable(1);
    buf.takeAll(other);
    assertEquals("x", text());
    assertEquals(1, segmentsInUse());
    buf.writeByte('y');
    assertEquals("xy", text());
  }

  @Test
  void refusesItselfAndQueuesOfOtherPools() {
    buf.writeLatin1("a");
    Buf foreign = new Buf(new SegmentPool(1));
    foreign.writeLatin1("b");
    assertThrows(IllegalArgumentException.class, () -> buf.takeAll(buf));
    assertThrows(IllegalArgumentException.class, () -> buf.takeAll(foreign));
    assertEquals("a", text());
    assertFalse(foreign.isEmpty());
  }

  @Test
  void returnsACopy() {
    buf.writeLatin1("abc");
    byte[] copy = buf.toByteArray();
    copy[0] = 'X';
    assertNotSame(copy, buf.toByteArray());
    assertEquals("abc", text());
  }

  @Test
  void behavesAsAByteArrayUnderRandomOperations() {
    long seed = Long.getLong("leat.seed", System.nanoTime());
    System.out.println("BufTest.behavesAsAByteArrayUnderRandomOperations: -Dleat.seed=" + seed);
    Random random = new Random(seed);
    byte[] expected = new byte[0];
    Buf other = new Buf(pool);
    for (int step = 0; step < 4000; step++) {
      if (expected.length > 100_000 || random.nextInt(5) == 0) {
        int count = random.nextInt(expected.length + 1);
        buf.skip(count);
        expected = Arrays.copyOfRange(expected, count, expected.length);
      } else {
        byte[] more = new byte[random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(50)];
        random.nextBytes(more);
        append(random.nextInt(6), more, other);
        int before = expected.length;
        expected = Arrays.copyOf(expected, before + more.length);
        System.arraycopy(more, 0, expected, before, more.length);
      }
      assertEquals(expected.length, buf.size(), "seed " + seed);
      ByteBuffer target = ByteBuffer.allocate(random.nextInt(200));
      buf.copyTo(target);
      assertEquals(ByteBuffer.wrap(expected, 0, target.position()), target.flip(), "seed " + seed);
      if (step % 50 == 0) {
        assertArrayEquals(expected, buf.toByteArray(), "seed " + seed);
      }
      assertTrue(expected.length > 0 || segmentsInUse() == 0, "seed " + seed);
    }
    assertArrayEquals(expected, buf.toByteArray(), "seed " + seed);
  }

  private void append(int way, byte[] more, Buf other) {
    switch (way) {
      case 0 -> buf.write(more);
      case 1 -> buf.write(ByteBuffer.wrap(more));
      case 2 -> buf.writeLatin1(new String(more, StandardCharsets.ISO_8859_1));
      case 3 -> {
        for (byte b : more) {
          buf.writeByte(b);
        }
      }
      case 4 -> {
        other.write(more);
        buf.takeAll(other);
      }
      default -> {
        int count = Math.min(more.length, Segment.SIZE);
        Segment segment = buf.writable(count);
        System.arraycopy(more, 0, segment.data, segment.to, count);
        buf.advance(count);
        buf.write(more, count, more.length);
      }
    }
  }
}

package leat.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SliceTest {

  private static final byte[] ABCDE = {'a', 'b', 'c', 'd', 'e'};

  @Test
  void keepsACopy() {
    byte[] bytes = ABCDE.clone();
    Slice slice = Slice.copyOf(bytes, 1, 4);
    bytes[1] = 'X';
    assertEquals("bcd", slice.latin1());
    assertEquals("Xbcde".length(), Slice.copyOf(bytes).size());
  }

  @Test
  void sharesWhatItTakes() {
    byte[] bytes = ABCDE.clone();
    Slice slice = Slice.wrap(bytes, 1, 4);
    bytes[1] = 'X';
    assertEquals("Xcd", slice.latin1());
    assertEquals("aXcde", Slice.wrap(bytes).latin1());
  }

  @Test
  void readsBytesByIndex() {
    Slice slice = Slice.wrap(ABCDE, 1, 4);
    assertEquals(3, slice.size());
    assertFalse(slice.isEmpty());
    assertEquals('b', slice.get(0));
    assertEquals('d', slice.get(2));
    assertThrows(IndexOutOfBoundsException.class, () -> slice.get(3));
    assertThrows(IndexOutOfBoundsException.class, () -> slice.get(-1));
  }

  @Test
  void refusesRangesOutside() {
    assertThrows(IndexOutOfBoundsException.class, () -> Slice.wrap(ABCDE, 1, 6));
    assertThrows(IndexOutOfBoundsException.class, () -> Slice.copyOf(ABCDE, -1, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> Slice.wrap(ABCDE, 1, 4).part(0, 4));
  }

  @Test
  void hasParts() {
    Slice slice = Slice.wrap(ABCDE, 1, 5);
    assertEquals("cd", slice.part(1, 3).latin1());
    assertEquals(Slice.EMPTY, slice.part(4, 4));
  }

  @Test
  void isEmptyWithoutBytes() {
    assertSame(Slice.EMPTY, Slice.wrap(ABCDE, 2, 2));
    assertSame(Slice.EMPTY, Slice.copyOf(new byte[0]));
    assertTrue(Slice.EMPTY.isEmpty());
    assertEquals("", Slice.EMPTY.latin1());
  }

  @Test
  void givesCopies() {
    Slice slice = Slice.wrap(ABCDE.clone(), 1, 4);
    byte[] copy = slice.toByteArray();
    assertArrayEquals(new byte[] {'b', 'c', 'd'}, copy);
    copy[0] = 'X';
    assertEquals("bcd", slice.latin1());
  }

  @Test
  void givesReadOnlyBuffers() {
    Slice slice = Slice.wrap(ABCDE, 1, 4);
    ByteBuffer buffer = slice.asByteBuffer();
    assertTrue(buffer.isReadOnly());
    assertEquals(0, buffer.position());
    assertEquals(3, buffer.capacity());
    assertEquals(ByteBuffer.wrap(new byte[] {'b', 'c', 'd'}), buffer);
    assertThrows(ReadOnlyBufferException.class, () -> buffer.put(0, (byte) 0));
    buffer.get();
    assertEquals(3, slice.asByteBuffer().remaining());
  }

  @Test
  void writesItselfToAQueue() {
    Buf buf = new Buf(new SegmentPool(1));
    Slice.wrap(ABCDE, 1, 4).writeTo(buf);
    assertArrayEquals(new byte[] {'b', 'c', 'd'}, buf.toByteArray());
  }

  @Test
  void readsAsText() {
    Slice slice = Slice.copyOf("\u00e9\u20ac".getBytes(StandardCharsets.UTF_8));
    assertEquals("\u00e9\u20ac", slice.toString(StandardCharsets.UTF_8));
    assertEquals("\u00c3\u00a9\u00e2\u0082\u00ac", slice.latin1());
    assertEquals("Slice[5 bytes]", slice.toString());
  }

  @Test
  void equalsByContent() {
    Slice slice = Slice.wrap(ABCDE, 1, 4);
    Slice same = Slice.copyOf(new byte[] {'b', 'c', 'd'});
    assertEquals(slice, same);
    assertEquals(slice.hashCode(), same.hashCode());
    assertNotEquals(slice, Slice.wrap(ABCDE, 1, 3));
    assertNotEquals(slice, Slice.wrap(ABCDE, 0, 3));
    assertNotEquals(slice.hashCode(), Slice.wrap(ABCDE, 0, 3).hashCode());
    assertFalse(slice.equals(null));
    assertFalse(slice.equals((Object) "bcd"));
  }
}

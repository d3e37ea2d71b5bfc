package leat.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BytesTest {

  private static final long SEED = Long.getLong("leat.seed", System.nanoTime());

  private final Random random = new Random(SEED);

  /** Gives a few bytes at a time, and says that it has as many as it is told to say. */
  private final class Trickling extends InputStream {
    private final ByteArrayInputStream bytes;
    private final int said;
    private boolean isClosed;

    Trickling(byte[] bytes, int said) {
      this.bytes = new ByteArrayInputStream(bytes);
      this.said = said;
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] target, int from, int count) {
      return bytes.read(target, from, Math.min(count, 1 + random.nextInt(5000)));
    }

    @Override
    public int available() {
      return said;
    }

    @Override
    public void close() {
      isClosed = true;
    }
  }

  private byte[] someBytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void readsStreamsWhateverTheySayTheyHave() throws IOException {
    for (int size : new int[] {0, 1, 4095, 4096, 65_535, 65_536, 65_537, 300_000}) {
      byte[] bytes = someBytes(size);
      for (int said : new int[] {0, 1, size - 1, size, size + 1, 1 << 30}) {
        Trickling in = new Trickling(bytes, said);
        assertArrayEquals(bytes, Bytes.readAll(in), size + " bytes, " + said + " said, seed " + SEED);
        assertEquals(false, in.isClosed);
      }
    }
  }

  @Test
  void readsTextWhateverTheStreamSaysThatItHas() throws IOException {
    for (int size : new int[] {0, 1, 4096, 65_535, 65_536, 65_537, 200_000}) {
      byte[] bytes = new byte[size];
      for (int i = 0; i < size; i++) {
        bytes[i] = (byte) ('a' + i % 26);
      }
      for (int said : new int[] {0, size, 1 << 30}) {
        Trickling in = new Trickling(bytes, said);
        assertEquals(new String(bytes), Bytes.readText(in, null));
        assertEquals(true, in.isClosed);
      }
    }
  }

  @Test
  void zeroIsAByteLikeAnyOther() throws IOException {
    for (int size : new int[] {1, 65_536, 65_537, 65_538}) {
      assertEquals("\0".repeat(size), Bytes.readText(new Trickling(new byte[size], 0), null));
      assertEquals(size, Bytes.readAll(new Trickling(new byte[size], 0)).length);
      assertEquals(size, Bytes.readAll(new Trickling(new byte[size], size - 1)).length);
    }
  }

  @Test
  void aStreamThatFailsIsClosedToo() {
    boolean[] isClosed = {false};
    InputStream failing = new InputStream() {
      @Override
      public int read() throws IOException {
        throw new IOException("broken");
      }

      @Override
      public void close() {
        isClosed[0] = true;
      }
    };
    assertThrows(IOException.class, () -> Bytes.readText(failing, null));
    assertTrue(isClosed[0]);
  }

  @Test
  void theArrayOfABufferIsTakenOnlyIfItHasNothingElse() {
    byte[] bytes = {1, 2, 3};
    assertSame(bytes, Bytes.array(ByteBuffer.wrap(bytes)));
    assertArrayEquals(new byte[] {2, 3}, Bytes.array(ByteBuffer.wrap(bytes, 1, 2)));
    assertArrayEquals(new byte[] {2}, Bytes.array(ByteBuffer.wrap(bytes, 1, 1).slice()));
    assertArrayEquals(bytes, Bytes.array(ByteBuffer.wrap(bytes).asReadOnlyBuffer()));
    ByteBuffer buffer = ByteBuffer.allocateDirect(3).put(bytes).flip().position(1);
    assertArrayEquals(new byte[] {2, 3}, Bytes.array(buffer));
    assertEquals(1, buffer.position());
  }

  private Iterator<ByteBuffer> cut(byte[] bytes) {
    List<ByteBuffer> parts = new ArrayList<>();
    int from = 0;
    while (from < bytes.length) {
      int count = Math.min(bytes.length - from, random.nextInt(5));
      parts.add(ByteBuffer.wrap(bytes, from, count));
      from += count;
    }
    return parts.iterator();
  }

  @Test
  void comparesAsUnsignedHoweverTheBytesAreCut() {
    for (int round = 0; round < 20_000; round++) {
      byte[] a = someBytes(random.nextInt(12));
      byte[] b = Arrays.copyOf(a, random.nextInt(12));
      if (b.length > 0 && random.nextBoolean()) {
        b[random.nextInt(b.length)] = (byte) random.nextInt();
      }
      int expected = Integer.signum(Arrays.compareUnsigned(a, b));
      assertEquals(expected, Integer.signum(Bytes.compare(ByteBuffer.wrap(a), ByteBuffer.wrap(b))), "seed " + SEED);
      assertEquals(expected, Integer.signum(Bytes.compare(cut(a), cut(b))), "seed " + SEED);
    }
  }

  @Test
  void chunksAreReadOneAfterAnother() throws IOException {
    byte[] bytes = someBytes(10_000);
    List<String> closed = new ArrayList<>();
    ChunkInputStream in = new ChunkInputStream(cut(bytes), () -> closed.add("closed"));
    assertEquals(bytes[0] & 0xFF, in.read());
    assertEquals(0, in.read(new byte[0], 0, 0));
    in.skipNBytes(99);
    assertArrayEquals(Arrays.copyOfRange(bytes, 100, 10_000), in.readAllBytes());
    assertEquals(-1, in.read());
    assertEquals(-1, in.read(new byte[1], 0, 1));
    in.close();
    in.close();
    assertEquals(List.of("closed"), closed);
    assertEquals("Expected an open stream, actual a closed one.",
        assertThrows(IOException.class, in::read).getMessage());
  }

  @Test
  void aBufferIsReadAndStaysAsItIs() throws IOException {
    byte[] bytes = someBytes(100);
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 10, 50);
    BufferInputStream in = new BufferInputStream(buffer);
    assertEquals(50, in.available());
    assertEquals(bytes[10] & 0xFF, in.read());
    in.mark(1);
    assertEquals(9, in.skip(9));
    assertArrayEquals(Arrays.copyOfRange(bytes, 20, 60), in.readAllBytes());
    assertEquals(-1, in.read());
    assertEquals(0, in.skip(1));
    in.reset();
    assertEquals(bytes[11] & 0xFF, in.read());
    assertEquals(10, buffer.position());
  }
}

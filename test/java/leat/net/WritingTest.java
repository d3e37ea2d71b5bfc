package leat.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes to the socket, in which order, and with how many system calls. */
@Timeout(60)
class WritingTest {
  private static final byte[] HUGE = Rig.pattern(8 * 1024 * 1024);
  private static final int SMALL = 8 * 1024;

  /** Says when the socket is full. */
  private static class Blocking extends Recorder {
    @Override
    public void onWriteBlocked(TcpChannel channel) {
      add("writeBlocked");
    }
  }

  // ---- System calls

  @Test
  void aRequestCostsOneReadAndOneWrite() throws Exception {
    try (Rig rig = new Rig(Echo::new)) {
      Socket client = rig.client();
      rig.turns(1);
      long reads = rig.call(() -> rig.loop().reads);
      long writes = rig.call(() -> rig.loop().writes);
      for (int i = 0; i < 100; i++) {
        client.getOutputStream().write("request".getBytes());
        assertEquals("request", new String(client.getInputStream().readNBytes(7)));
      }
      assertEquals(100, rig.call(() -> rig.loop().reads) - reads);
      assertEquals(100, rig.call(() -> rig.loop().writes) - writes);
    }
  }

  @Test
  void manySmallWritesInOneTurnAreOne() throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        for (int i = 0; i < 1_000; i++) {
          channel.output().writeDecimal(i % 10);
          channel.flush();
          channel.write(new byte[] {'-'}, 0, 1);
          channel.write(ByteBuffer.wrap(new byte[] {'+'}));
        }
      });
      assertEquals("0-+1-+2-+3-+", new String(client.getInputStream().readNBytes(3_000)).substring(0, 12));
      assertEquals(1, rig.call(() -> rig.loop().writes));
    }
  }

  @Test
  void aHeadAndItsLargeBodyAreOneWrite() throws Exception {
    Recorder recorder = new Recorder();
    byte[] body = Rig.pattern(20_000);
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        channel.output().writeLatin1("head");
        channel.write(body, 0, body.length);
        channel.output().writeLatin1("tail");
        channel.flush();
      });
      assertEquals("head", new String(client.getInputStream().readNBytes(4)));
      assertArrayEquals(body, client.getInputStream().readNBytes(body.length));
      assertEquals("tail", new String(client.getInputStream().readNBytes(4)));
      assertEquals(1, rig.call(() -> rig.loop().writes));
    }
  }

  @Test
  void aFullSocketIsNotTriedAgainUntilItIsWritable() throws Exception {
    Blocking recorder = new Blocking();
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client(SMALL);
      TcpChannel channel = recorder.channel();
      rig.run(() -> channel.write(HUGE, 0, HUGE.length));
      recorder.awaitEvent("writeBlocked");
      long turns = 1_000;
      long writes = rig.call(() -> rig.loop().writes);
      for (int i = 0; i < turns; i++) {
        rig.run(() -> {
          channel.output().writeByte('x');
          channel.flush();
        });
      }
      long more = rig.call(() -> rig.loop().writes) - writes;
      // The kernel opens its window a few times, for the client that does not read.
      assertTrue(more < turns / 2, more + " writes in " + turns + " turns");
      assertArrayEquals(HUGE, client.getInputStream().readNBytes(HUGE.length));
      assertEquals("x".repeat(1_000), new String(client.getInputStream().readNBytes(1_000)));
    }
  }

  @Test
  void aBlockedChannelWatchesForWritabilityAndNoLonger() throws Exception {
    Blocking recorder = new Blocking();
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client(SMALL);
      TcpChannel channel = recorder.channel();
      rig.run(() -> channel.write(HUGE, 0, HUGE.length));
      recorder.awaitEvent("writeBlocked");
      assertArrayEquals(HUGE, client.getInputStream().readNBytes(HUGE.length));
      long turns = EventLoopTest.idleTurns(rig.loop());
      assertTrue(turns < 20, turns + " turns with nothing to write");
    }
  }

  @Test
  void anIdleChannelHoldsNothing() throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        channel.output().writeLatin1("x");
        channel.flush();
      });
      client.getInputStream().read();
      rig.run(() -> {
        // Asked for, and not used.
        channel.output().writable(100);
        channel.flush();
      });
      assertEquals(0, rig.call(() -> rig.loop().pool().taken() - rig.loop().pool().recycled()));
    }
  }

  // ---- Order

  @Test
  void everythingIsSentInOrder() throws Exception {
    Recorder recorder = new Recorder();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    List<ByteBuffer> buffers = new ArrayList<>();
    int[] sizes = {0, 1, 8_191, 8_192, 8_193, 16_383, 16_384, 65_535, 65_536, 65_537, 300_000};
    for (int size : sizes) {
      byte[] bytes = Rig.pattern(size);
      ByteBuffer direct = ByteBuffer.allocateDirect(size + 10).position(3);
      direct.put(bytes).flip().position(3);
      buffers.add(ByteBuffer.wrap(bytes).asReadOnlyBuffer());
      buffers.add(direct);
      for (int i = 0; i < 2; i++) {
        expected.write(bytes);
        expected.write(size);
      }
    }
    byte[] surrounded = Rig.pattern(100_000);
    expected.write(surrounded, 10, 99_000);
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        for (ByteBuffer buffer : buffers) {
          int size = buffer.remaining();
          channel.write(buffer);
          channel.output().writeByte(size);
          channel.flush();
        }
        channel.write(surrounded, 10, 99_010);
        assertEquals(expected.size(), channel.pendingBytes());
        assertThrows(IndexOutOfBoundsException.class, () -> channel.write(surrounded, 10, 100_001));
      });
      byte[] all = expected.toByteArray();
      assertArrayEquals(all, client.getInputStream().readNBytes(all.length));
      assertEquals(0, rig.call(channel::pendingBytes));
    }
  }

  // ---- Water marks

  @Test
  void tellsOnceWhenItIsWritableAgain() throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onWritable(TcpChannel channel) {
        assertTrue(channel.pendingBytes() <= TcpChannel.LOW_WATER);
        assertTrue(channel.isWritable());
        super.onWritable(channel);
      }
    };
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client(SMALL);
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        channel.write(HUGE, 0, TcpChannel.HIGH_WATER - 1);
        assertTrue(channel.isWritable());
        channel.write(HUGE, TcpChannel.HIGH_WATER - 1, HUGE.length);
        assertFalse(channel.isWritable());
      });
      assertArrayEquals(HUGE, client.getInputStream().readNBytes(HUGE.length));
      rig.turns(2);
      assertEquals(List.of("connected", "writable"), recorder.events());
      rig.run(() -> channel.write(HUGE, 0, TcpChannel.HIGH_WATER - 1));
      client.getInputStream().readNBytes(TcpChannel.HIGH_WATER - 1);
      rig.turns(2);
      assertEquals(List.of("connected", "writable"), recorder.events());
    }
  }

  @Test
  void aHandlerMayWriteAsSoonAsItHearsThatItMay() throws Exception {
    int part = 300_000;
    Recorder recorder = new Recorder() {
      private int at;

      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        next(channel);
      }

      @Override
      public void onWritable(TcpChannel channel) {
        next(channel);
      }

      private void next(TcpChannel channel) {
        int to = Math.min(HUGE.length, at + part);
        channel.write(HUGE, at, to);
        at = to;
        if (at == HUGE.length) {
          channel.closeWhenFlushed();
        } else {
          assertFalse(channel.isWritable());
        }
      }
    };
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      client.getOutputStream().write(1);
      assertArrayEquals(HUGE, client.getInputStream().readAllBytes());
      client.shutdownOutput();
      assertNull(recorder.cause());
    }
  }

  /** Two channels of which each writes in the flush of the other would keep the loop from its sockets for ever. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatAFlushBringsForthIsFlushedInTheNextTurn(boolean taskComes) throws Exception {
    CompletableFuture<Long> waitedInNextTurn = new CompletableFuture<>();
    Recorder second = new Recorder();
    Recorder first = new Recorder() {
      @Override
      public void onWritable(TcpChannel channel) {
        second.channel().write(new byte[] {42}, 0, 1);
        if (taskComes) {
          // Runs after this turn's flushes, and before those of the next.
          channel.loop().execute(() -> waitedInNextTurn.complete(second.channel().pendingBytes()));
        }
      }
    };
    Iterator<ChannelHandler> handlers = List.<ChannelHandler>of(first, second).iterator();
    try (Rig rig = new Rig(handlers::next)) {
      Socket firstClient = rig.client();
      TcpChannel channel = first.channel();
      Socket secondClient = rig.client();
      second.channel();
      rig.run(() -> {
        channel.write(HUGE, 0, TcpChannel.HIGH_WATER);
        channel.isWritable();
      });
      firstClient.getInputStream().readNBytes(TcpChannel.HIGH_WATER);
      if (taskComes) {
        assertEquals(1, Rig.await(waitedInNextTurn));
      }
      assertEquals(42, secondClient.getInputStream().read());
    }
  }

  // ---- Files

  @Test
  void sendsRegionsOfFilesAmongOtherBytes(@TempDir Path folder) throws Exception {
    Path path = Files.write(folder.resolve("file"), HUGE);
    Recorder recorder = new Recorder();
    List<FileChannel> files = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      files.add(FileChannel.open(path));
    }
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.call(() -> {
        channel.output().writeLatin1("head");
        channel.write(files.get(0), 0, HUGE.length);
        channel.write(files.get(1), 5, 0);
        channel.write(files.get(2), 100, 20);
        channel.output().writeLatin1("tail");
        channel.write(files.get(3), 1_000_000, 1_000_000);
        channel.closeWhenFlushed();
        return null;
      });
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      expected.write("head".getBytes());
      expected.write(HUGE);
      expected.write(HUGE, 100, 20);
      expected.write("tail".getBytes());
      expected.write(HUGE, 1_000_000, 1_000_000);
      assertArrayEquals(expected.toByteArray(), client.getInputStream().readAllBytes());
      client.shutdownOutput();
      assertNull(recorder.cause());
      files.forEach(file -> assertFalse(file.isOpen()));
    }
  }

  @Test
  void aFileThatWasTruncatedCutsTheChannel(@TempDir Path folder) throws Exception {
    Path path = Files.write(folder.resolve("file"), HUGE);
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(() -> recorder); FileChannel file = FileChannel.open(path)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.call(() -> {
        channel.write(file, 0, HUGE.length + 1);
        return null;
      });
      assertArrayEquals(HUGE, client.getInputStream().readAllBytes());
      assertInstanceOf(EOFException.class, recorder.cause());
      assertFalse(file.isOpen());
    }
  }

  @Test
  void aFileThatIsTruncatedOnItsWayCutsTheChannel(@TempDir Path folder) throws Exception {
    Path path = Files.write(folder.resolve("file"), HUGE);
    Blocking recorder = new Blocking();
    try (Rig rig = new Rig(() -> recorder); FileChannel file = FileChannel.open(path)) {
      Socket client = rig.client(SMALL);
      TcpChannel channel = recorder.channel();
      rig.call(() -> {
        channel.write(file, 0, HUGE.length);
        return null;
      });
      recorder.awaitEvent("writeBlocked");
      try (FileChannel truncating = FileChannel.open(path, StandardOpenOption.WRITE)) {
        truncating.truncate(100);
      }
      // What is on its way shares the memory of the file, so that its content may have changed as well.
      assertTrue(client.getInputStream().readAllBytes().length < HUGE.length);
      assertInstanceOf(EOFException.class, recorder.cause());
      assertFalse(file.isOpen());
    }
  }

  @Test
  void aFileIsSentThoughTheThreadIsInterrupted(@TempDir Path folder) throws Exception {
    Path path = Files.write(folder.resolve("file"), "content".getBytes());
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(() -> recorder); FileChannel file = FileChannel.open(path)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.call(() -> {
        channel.write(file, 0, 7);
        Thread.currentThread().interrupt();
        return null;
      });
      assertEquals("content", new String(client.getInputStream().readNBytes(7)));
    }
  }

  @Test
  void aFileIsClosedWithTheChannel(@TempDir Path folder) throws Exception {
    Path path = Files.write(folder.resolve("file"), HUGE);
    Blocking recorder = new Blocking();
    try (Rig rig = new Rig(() -> recorder);
        FileChannel first = FileChannel.open(path);
        FileChannel second = FileChannel.open(path)) {
      rig.client(SMALL);
      TcpChannel channel = recorder.channel();
      rig.call(() -> {
        channel.write(first, 0, HUGE.length);
        channel.write(second, 0, HUGE.length);
        return null;
      });
      recorder.awaitEvent("writeBlocked");
      rig.run(channel::close);
      assertFalse(first.isOpen());
      assertFalse(second.isOpen());
      assertEquals(0, rig.call(channel::pendingBytes));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE})
  void aRegionThatCannotBeIsRefused(long negative, @TempDir Path folder) throws Exception {
    Path path = Files.write(folder.resolve("file"), new byte[10]);
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(() -> recorder);
        FileChannel first = FileChannel.open(path);
        FileChannel second = FileChannel.open(path)) {
      rig.client();
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        assertThrows(IllegalArgumentException.class, () -> channel.write(first, negative, 5));
        assertThrows(IllegalArgumentException.class, () -> channel.write(second, 0, negative));
      });
      assertFalse(first.isOpen());
      assertFalse(second.isOpen());
      assertTrue(rig.call(channel::isOpen));
    }
  }
}

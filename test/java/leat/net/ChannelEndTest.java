package leat.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import leat.async.Clock;
import leat.async.ManualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a channel ends: closed, reset, flushed and lingering, and what is written meanwhile. */
@Timeout(60)
class ChannelEndTest {
  private static final byte[] HUGE = Rig.pattern(8 * 1024 * 1024);
  /** A receive buffer with which a client that reads nothing is sure to block the server. */
  private static final int SMALL = 8 * 1024;

  @Test
  void resetByThePeerIsTheCause() throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      recorder.channel();
      client.setSoLinger(true, 0);
      client.close();
      assertInstanceOf(IOException.class, recorder.cause());
    }
  }

  @Test
  void resetByThePeerIsSeenWhileBytesWaitAndReadingIsPaused() throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onConnected(TcpChannel channel) {
        channel.pauseReading();
        channel.write(HUGE, 0, HUGE.length);
        super.onConnected(channel);
      }

      @Override
      public void onWriteBlocked(TcpChannel channel) {
        add("writeBlocked");
      }
    };
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client(SMALL);
      recorder.awaitEvent("writeBlocked");
      client.setSoLinger(true, 0);
      client.close();
      assertInstanceOf(IOException.class, recorder.cause());
    }
  }

  @Test
  void resetIsSeenByThePeer() throws Exception {
    Recorder recorder = new Recorder();
    IOException cause = new IOException("test");
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.run(() -> channel.reset(cause));
      assertThrows(IOException.class, () -> client.getInputStream().read());
      assertSame(cause, recorder.cause());
    }
  }

  @Test
  void tellsNothingMoreToAHandlerThatClosesWhenFlushed() throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        super.onRead(channel, bytes, from, to);
        channel.write(HUGE, 0, HUGE.length);
        channel.isWritable();
        channel.closeWhenFlushed();
        channel.pauseReading();
        assertFalse(channel.isOpen());
        assertFalse(channel.isClosed());
      }
    };
    try (Rig rig = new Rig(1, new ManualClock(), () -> recorder)) {
      Socket client = rig.client(SMALL);
      client.getOutputStream().write(1);
      recorder.awaitEvent("read");
      client.getOutputStream().write(new byte[100_000]);
      client.shutdownOutput();
      assertArrayEquals(HUGE, client.getInputStream().readAllBytes());
      assertNull(recorder.cause());
      assertEquals(List.of("connected", "read", "closed"), recorder.events());
      assertEquals(1, recorder.text().length());
    }
  }

  @Test
  void aResponseToARequestThatIsStillOnItsWayArrivesWhole() throws Exception {
    byte[] response = "HTTP/1.1 413 Content Too Large\r\n\r\n".getBytes();
    ManualClock clock = new ManualClock();
    Recorder recorder = new Recorder() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        super.onRead(channel, bytes, from, to);
        channel.write(response, 0, response.length);
        channel.closeWhenFlushed();
      }
    };
    try (Rig rig = new Rig(1, clock, () -> recorder)) {
      Socket client = rig.client();
      client.getOutputStream().write(1);
      recorder.awaitEvent("read");
      // Without lingering these would be answered by RST, and the next write or the read would fail.
      for (int i = 0; i < 50; i++) {
        client.getOutputStream().write(new byte[10_000]);
        rig.turns(1);
      }
      assertArrayEquals(response, client.getInputStream().readAllBytes());
      client.shutdownOutput();
      assertNull(recorder.cause());
    }
  }

  @Test
  void lingersForALimitedTime() throws Exception {
    ManualClock clock = new ManualClock();
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(1, clock, () -> recorder)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.run(channel::closeWhenFlushed);
      assertEquals(-1, client.getInputStream().read());
      rig.turns(3);
      assertFalse(recorder.closed.isDone());
      assertTrue(channel.toString().contains("LINGERING"), channel::toString);
      clock.advance(TimeUnit.SECONDS.toNanos(3));
      assertNull(recorder.cause());
    }
  }

  @Test
  void lingersForALimitedNumberOfBytes() throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(1, new ManualClock(), () -> recorder)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.run(channel::closeWhenFlushed);
      assertThrows(IOException.class, () -> {
        for (int i = 0; i < 10_000; i++) {
          client.getOutputStream().write(new byte[10_000]);
        }
      });
      assertNull(recorder.cause());
    }
  }

  @Test
  void aResetWhileItLingersIsAnOrderlyEndForTheSuccessorToo() throws Exception {
    Recorder recorder = new Recorder();
    Recorder successor = new Recorder();
    try (Rig rig = new Rig(1, new ManualClock(), () -> recorder)) {
      Socket client = rig.client();
      TcpChannel channel = recorder.channel();
      rig.run(channel::closeWhenFlushed);
      assertEquals(-1, client.getInputStream().read());
      rig.run(() -> channel.handOver(successor));
      client.getOutputStream().write(1);
      rig.turns(3);
      client.setSoLinger(true, 0);
      client.close();
      assertNull(successor.cause());
      assertEquals(List.of("closed"), successor.events());
      assertEquals(List.of("connected"), recorder.events());
    }
  }

  /** The states in which writes are dropped. */
  @ParameterizedTest
  @ValueSource(strings = {"FLUSHING", "LINGERING", "CLOSED"})
  void writesAreDroppedOnceClosingHasBegun(String state, @TempDir Path folder) throws Exception {
    Path path = Files.write(folder.resolve("file"), new byte[1_000]);
    boolean blocked = state.equals("FLUSHING");
    byte[] before = blocked ? HUGE : "before".getBytes();
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(1, Clock.SYSTEM, () -> recorder); FileChannel file = FileChannel.open(path)) {
      Socket client = rig.client(SMALL);
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        channel.write(before, 0, before.length);
        channel.closeWhenFlushed();
      });
      if (!blocked) {
        assertArrayEquals(before, client.getInputStream().readAllBytes());
      }
      if (state.equals("CLOSED")) {
        rig.run(() -> channel.close());
      }
      long taken = rig.call(() -> {
        assertTrue(channel.toString().contains(state), channel::toString);
        long waiting = channel.pendingBytes();
        long segments = rig.loop().pool().taken() - rig.loop().pool().recycled();
        channel.write(new byte[20_000], 0, 20_000);
        channel.write(new byte[20], 0, 20);
        channel.write(ByteBuffer.allocate(20_000));
        channel.write(file, 0, 1_000);
        channel.output().write(new byte[20_000]);
        channel.flush();
        assertEquals(waiting, channel.pendingBytes());
        return rig.loop().pool().taken() - rig.loop().pool().recycled() - segments;
      });
      assertEquals(0, taken, "segments kept");
      assertFalse(file.isOpen());
      rig.turns(3);
      if (blocked) {
        assertArrayEquals(before, client.getInputStream().readAllBytes());
      }
      client.shutdownOutput();
      assertNull(recorder.cause());
    }
  }

  @Test
  void tellsForHowLongThePeerHasTakenNothing() throws Exception {
    ManualClock clock = new ManualClock(1);
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(1, clock, () -> recorder)) {
      Socket client = rig.client(SMALL);
      TcpChannel channel = recorder.channel();
      assertEquals(0, rig.call(channel::stalledNanos));
      rig.run(() -> channel.write(HUGE, 0, HUGE.length));
      rig.turns(2);
      // The kernel may still take a little, at times.
      long elapsed = 0;
      long stalled = 0;
      while (stalled < 5_000) {
        clock.advance(1_000);
        elapsed += 1_000;
        stalled = rig.call(channel::stalledNanos);
        assertTrue(stalled <= elapsed, stalled + " of " + elapsed);
      }
      assertArrayEquals(HUGE, client.getInputStream().readNBytes(HUGE.length));
      rig.turns(2);
      clock.advance(1_000);
      assertEquals(0, rig.call(channel::stalledNanos));
      clock.advance(1_000);
      assertEquals(0, rig.call(() -> {
        channel.write(HUGE, 0, 1);
        return channel.stalledNanos();
      }));
    }
  }
}

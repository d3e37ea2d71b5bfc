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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import leat.async.ManualClock;
import leat.bytes.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The life of a channel: its events, its adoption, reading on and off. */
@Timeout(60)
class TcpChannelTest {
  private static final byte[] HUGE = Rig.pattern(8 * 1024 * 1024);
  /** A receive buffer with which a client that reads nothing is sure to block the server. */
  private static final int SMALL = 8 * 1024;

  /** Stays open when the peer sends no more. */
  static class HalfOpen extends Recorder {
    @Override
    public void onReadEnd(TcpChannel channel) {
      add("readEnd");
    }
  }

  // ---- Events

  @Test
  void eventsComeInOrder() throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(1, new ManualClock(), () -> recorder)) {
      Socket client = rig.client();
      client.getOutputStream().write("hello".getBytes());
      client.shutdownOutput();
      assertEquals(-1, client.getInputStream().read());
      assertNull(recorder.cause());
      assertEquals(List.of("connected", "read", "readEnd", "closed"), recorder.events());
      assertEquals("hello", recorder.text());
      assertTrue(recorder.channel().isClosed());
    }
  }

  private enum Callback {
    CONNECTED,
    READ,
    READ_END,
    WRITABLE,
    WRITE_BLOCKED,
    CLOSED
  }

  /** Does something in one of its callbacks, after whatever leads to it. */
  private static final class In extends Recorder {
    private final Callback callback;
    private final Consumer<TcpChannel> deed;

    In(Callback callback, Consumer<TcpChannel> deed) {
      this.callback = callback;
      this.deed = deed;
    }

    private void in(Callback now, TcpChannel channel) {
      if (now == callback) {
        deed.accept(channel);
      }
    }

    @Override
    public void onConnected(TcpChannel channel) {
      super.onConnected(channel);
      in(Callback.CONNECTED, channel);
    }

    @Override
    public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
      super.onRead(channel, bytes, from, to);
      if (callback == Callback.WRITABLE || callback == Callback.WRITE_BLOCKED) {
        channel.write(HUGE, 0, HUGE.length);
        assertFalse(channel.isWritable());
      }
      in(Callback.READ, channel);
    }

    @Override
    public void onReadEnd(TcpChannel channel) {
      add("readEnd");
      in(Callback.READ_END, channel);
      if (callback == Callback.CLOSED) {
        channel.close();
      }
    }

    @Override
    public void onWritable(TcpChannel channel) {
      super.onWritable(channel);
      in(Callback.WRITABLE, channel);
    }

    @Override
    public void onWriteBlocked(TcpChannel channel) {
      add("writeBlocked");
      in(Callback.WRITE_BLOCKED, channel);
    }

    @Override
    public void onClosed(TcpChannel channel, @Nullable Throwable cause) {
      super.onClosed(channel, cause);
      in(Callback.CLOSED, channel);
    }
  }

  /** A client that leads to every callback but READ_END, which would come before the others. */
  private static void provoke(Socket client, Callback callback) throws IOException {
    client.getOutputStream().write(1);
    if (callback == Callback.READ_END || callback == Callback.CLOSED) {
      client.shutdownOutput();
    }
    if (callback != Callback.WRITE_BLOCKED) {
      try {
        client.getInputStream().readAllBytes();
      } catch (IOException reset) {
        // Closed with bytes that nobody read.
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Callback.class)
  void whatACallbackThrowsCostsItsChannelAndNoOther(Callback callback) throws Exception {
    for (Throwable thrown : List.of(new IllegalStateException("callback"), new StackOverflowError("callback"))) {
      In failing = new In(callback, channel -> EventLoopTest.sneak(thrown));
      CompletableFuture<ChannelHandler> next = new CompletableFuture<>();
      try (LogCapture log = new LogCapture(); Rig rig = new Rig(() -> next.getNow(new Echo()))) {
        Socket other = rig.client();
        other.getOutputStream().write(1);
        assertEquals(1, other.getInputStream().read());
        next.complete(failing);
        provoke(rig.client(SMALL), callback);
        Throwable cause = failing.cause();
        rig.turns(3);
        if (callback != Callback.CLOSED) {
          assertSame(thrown, cause);
        }
        assertEquals(1, failing.events().stream().filter("closed"::equals).count(), () -> "" + failing.events());
        assertEquals("closed", failing.events().get(failing.events().size() - 1));
        assertTrue(log.thrown().contains(thrown));
        other.getOutputStream().write(2);
        assertEquals(2, other.getInputStream().read());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Callback.class)
  void closingInACallbackIsTheLastEvent(Callback callback) throws Exception {
    In closing = new In(callback, channel -> {
      channel.write(HUGE, 0, HUGE.length);
      channel.close();
      channel.close(new IOException("twice"));
    });
    try (LogCapture log = new LogCapture(); Rig rig = new Rig(() -> closing)) {
      provoke(rig.client(SMALL), callback);
      assertNull(closing.cause());
      rig.turns(3);
      assertEquals(1, closing.events().stream().filter("closed"::equals).count(), () -> "" + closing.events());
      assertEquals("closed", closing.events().get(closing.events().size() - 1), () -> "" + closing.events());
      assertEquals(List.of(), log.thrown());
    }
  }

  @Test
  void aChannelMayBeClosedByAnotherOnesHandlerInTheSameTurn() throws Exception {
    List<Recorder> recorders = new CopyOnWriteArrayList<>();
    try (LogCapture log = new LogCapture(); Rig rig = new Rig(() -> {
      Recorder recorder = new Recorder() {
        @Override
        public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
          super.onRead(channel, bytes, from, to);
          recorders.forEach(any -> any.channel().close());
        }
      };
      recorders.add(recorder);
      return recorder;
    })) {
      List<Socket> clients = List.of(rig.client(), rig.client(), rig.client());
      while (recorders.size() < 3) {
        rig.turns(1);
      }
      CountDownLatch goOn = EventLoopTest.holdLoop(rig.loop());
      for (Socket client : clients) {
        client.getOutputStream().write(1);
      }
      goOn.countDown();
      for (Recorder recorder : recorders) {
        assertNull(recorder.cause());
      }
      rig.turns(3);
      assertEquals(1, recorders.stream().filter(any -> any.events().contains("read")).count());
      assertEquals(List.of(), log.thrown());
    }
  }

  @Test
  void aChannelMayBePausedByAnotherOnesHandlerInTheSameTurn() throws Exception {
    List<Recorder> recorders = new CopyOnWriteArrayList<>();
    try (Rig rig = new Rig(() -> {
      Recorder recorder = new Recorder() {
        @Override
        public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
          super.onRead(channel, bytes, from, to);
          recorders.forEach(any -> any.channel().pauseReading());
        }
      };
      recorders.add(recorder);
      return recorder;
    })) {
      List<Socket> clients = List.of(rig.client(), rig.client(), rig.client());
      while (recorders.size() < 3) {
        rig.turns(1);
      }
      CountDownLatch goOn = EventLoopTest.holdLoop(rig.loop());
      for (Socket client : clients) {
        client.getOutputStream().write(1);
      }
      goOn.countDown();
      rig.turns(3);
      assertEquals(1, recorders.stream().filter(any -> any.events().contains("read")).count());
    }
  }

  @Test
  void handsOverToASuccessor() throws Exception {
    Recorder successor = new Recorder();
    Recorder recorder = new Recorder() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        super.onRead(channel, bytes, from, to);
        channel.handOver(successor);
        channel.output().writeByte('!');
        channel.flush();
      }
    };
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      client.getOutputStream().write("first".getBytes());
      assertEquals('!', client.getInputStream().read());
      client.getOutputStream().write("second".getBytes());
      client.shutdownOutput();
      assertNull(successor.cause());
      assertEquals(List.of("connected", "read"), recorder.events());
      assertEquals(List.of("read", "readEnd", "closed"), successor.events());
      assertEquals("second", successor.text());
    }
  }

  @Test
  void refusesOtherThreads() throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(() -> recorder)) {
      rig.client();
      TcpChannel channel = recorder.channel();
      assertThrows(IllegalStateException.class, channel::output);
      assertThrows(IllegalStateException.class, channel::flush);
      assertThrows(IllegalStateException.class, () -> channel.write(new byte[1], 0, 1));
      assertThrows(IllegalStateException.class, () -> channel.write(ByteBuffer.allocate(1)));
      assertThrows(IllegalStateException.class, channel::pauseReading);
      assertThrows(IllegalStateException.class, channel::resumeReading);
      assertThrows(IllegalStateException.class, channel::closeWhenFlushed);
      assertThrows(IllegalStateException.class, channel::close);
      assertThrows(IllegalStateException.class, () -> channel.reset(new IOException("test")));
      assertThrows(IllegalStateException.class, () -> channel.handOver(recorder));
      assertFalse(Rig.call(rig.loop(), channel::isClosed));
    }
  }

  // ---- Adoption

  @Test
  void anEndedLoopAdoptsNothing() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      EventLoops loops = EventLoops.start(1);
      try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
        SocketChannel socket = server.accept();
        CountDownLatch goOn = EventLoopTest.holdLoop(loops.get(0));
        AtomicInteger asked = new AtomicInteger();
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        loops.get(0).close();
        loops.get(0).execute(() -> refused.complete(assertThrows(IOException.class, () ->
            TcpChannel.adopt(loops.get(0), socket, (loop, address) -> {
              asked.incrementAndGet();
              return new Recorder();
            }))));
        goOn.countDown();
        Rig.await(refused);
        assertEquals(0, asked.get());
        assertFalse(socket.isOpen());
        assertEquals(-1, client.read(ByteBuffer.allocate(1)));
      }
      loops.close();
    }
  }

  @Test
  void whatAHandlerOpensAtTheEndIsClosedToo() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      EventLoops loops = EventLoops.start(1);
      EventLoop loop = loops.get(0);
      try (SocketChannel client = SocketChannel.open(server.getLocalAddress());
          SocketChannel secondClient = SocketChannel.open(server.getLocalAddress())) {
        SocketChannel socket = server.accept();
        SocketChannel secondSocket = server.accept();
        Recorder second = new Recorder();
        Recorder first = new Recorder() {
          @Override
          public void onClosed(TcpChannel channel, @Nullable Throwable cause) {
            super.onClosed(channel, cause);
            try {
              TcpChannel.adopt(loop, secondSocket, (sameLoop, address) -> second);
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
        };
        Rig.call(loop, () -> TcpChannel.adopt(loop, socket, (sameLoop, address) -> first));
        loops.close();
        assertInstanceOf(IOException.class, first.cause());
        assertInstanceOf(IOException.class, second.cause());
        assertEquals(-1, client.read(ByteBuffer.allocate(1)));
        assertEquals(-1, secondClient.read(ByteBuffer.allocate(1)));
      }
    }
  }

  // ---- Reading on and off, half-close

  @Test
  void pausedChannelsReadNothingAndCostNothing() throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onConnected(TcpChannel channel) {
        channel.pauseReading();
        super.onConnected(channel);
      }
    };
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      client.getOutputStream().write("while paused".getBytes());
      client.shutdownOutput();
      TcpChannel channel = recorder.channel();
      long turns = EventLoopTest.idleTurns(rig.loop());
      assertEquals(List.of("connected"), recorder.events());
      assertTrue(turns < 20, turns + " turns while bytes and FIN wait");
      rig.run(channel::resumeReading);
      assertNull(recorder.cause());
      assertEquals(List.of("connected", "read", "readEnd", "closed"), recorder.events());
      assertEquals("while paused", recorder.text());
    }
  }

  @Test
  void halfOpenChannelsWriteOnAndCostNothing() throws Exception {
    HalfOpen recorder = new HalfOpen();
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      client.shutdownOutput();
      recorder.awaitEvent("readEnd");
      long turns = EventLoopTest.idleTurns(rig.loop());
      assertTrue(turns < 20, turns + " turns after FIN");
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        channel.pauseReading();
        channel.resumeReading();
        channel.write("after the end".getBytes(), 0, 13);
      });
      assertEquals("after the end", new String(client.getInputStream().readNBytes(13)));
      rig.run(channel::closeWhenFlushed);
      assertNull(recorder.cause());
      assertEquals(-1, client.getInputStream().read());
      assertEquals(List.of("connected", "readEnd", "closed"), recorder.events());
    }
  }

  @Test
  void writesEverythingBeforeItClosesAfterTheEndOfItsInput() throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onReadEnd(TcpChannel channel) {
        channel.write(HUGE, 0, HUGE.length);
        super.onReadEnd(channel);
      }
    };
    try (Rig rig = new Rig(1, new ManualClock(), () -> recorder)) {
      Socket client = rig.client();
      client.shutdownOutput();
      assertArrayEquals(HUGE, client.getInputStream().readAllBytes());
      assertNull(recorder.cause());
    }
  }
}

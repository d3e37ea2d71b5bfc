package leat.tcp;

import static leat.tcp.Tcp.await;
import static leat.tcp.Tcp.latin1;
import static leat.tcp.Tcp.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import leat.async.Deferred;
import leat.async.NonBlocking;
import leat.async.Sources;
import leat.bytes.Slice;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections as streams, with callbacks on other threads and on the loop. */
@SuppressWarnings("try")
class TcpConnectionTest {

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsPutComesOutAtTheOtherEnd(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      peer.getOutputStream().write(latin1("hello"));
      assertEquals("hello", text(connection));
      ByteBuffer buffer = ByteBuffer.wrap(latin1("xByz"), 1, 2);
      for (Object message : new Object[] {latin1("A"), buffer, "ä", new StringBuilder("C"), Slice.wrap(latin1("D")), new byte[0]}) {
        assertEquals(true, await(connection.put(message)));
      }
      assertEquals(2, buffer.remaining(), "the caller's buffer is as it was");
      assertEquals("AByäCD", new String(peer.getInputStream().readNBytes(7), "UTF-8"));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientAndServerEcho(boolean onLoop) throws IOException {
    byte[] sent = Tcp.pattern(3_000_000);
    try (Tcp tcp = new Tcp(onLoop)) {
      TcpConnection client = tcp.client(onLoop);
      TcpConnection server = tcp.accepted();
      server.connect(server.duplex());
      Deferred<Boolean> all = Deferred.from(CompletableFuture.supplyAsync(() -> {
        boolean fine = true;
        for (int i = 0; i < sent.length; i += 10_000) {
          fine &= await(client.put(Arrays.copyOfRange(sent, i, i + 10_000)));
        }
        client.closeOutput();
        return fine;
      }));
      assertArrayEquals(sent, Tcp.take(client, sent.length + 1));
      assertTrue(await(all));
      assertEquals("END", text(client));
      assertTrue(await(client.closed()));
      assertTrue(await(server.closed()));
      assertNull(client.closeCause());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void putsWaitWhileThePeerDoesNotRead(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket(65_536)) {
      TcpConnection connection = tcp.accepted();
      byte[] message = Tcp.pattern(50_000);
      int count = 0;
      Deferred<Boolean> put = connection.put(message);
      while (put.isRealized() || put.deref(200, null) != null) {
        assertEquals(true, put.getNow());
        count++;
        assertTrue(count < 1000, "50 MB went to a peer that does not read");
        put = connection.put(message);
      }
      List<Deferred<Boolean>> more = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        more.add(connection.put(message));
      }
      assertFalse(more.stream().anyMatch(Deferred::isRealized));
      connection.closeOutput();
      byte[] all = peer.getInputStream().readAllBytes();
      assertEquals((count + 21) * 50_000, all.length);
      assertEquals(true, await(put));
      for (Deferred<Boolean> each : more) {
        assertEquals(true, await(each));
      }
      assertEquals(false, await(connection.put("late")));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingIsReadWhileNobodyTakes(boolean onLoop) throws IOException {
    byte[] sent = Tcp.pattern(20_000_000);
    try (Tcp tcp = new Tcp(onLoop, builder -> builder.readBuffer(32 * 1024)); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
        try {
          peer.getOutputStream().write(sent);
          peer.shutdownOutput();
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      });
      long buffered = 0;
      for (int unchanged = 0; unchanged < 20; unchanged++) {
        assertThrows(TimeoutException.class, () -> writing.get(10, TimeUnit.MILLISECONDS));
        long now = connection.description().bufferSize();
        unchanged = now == buffered ? unchanged : 0;
        buffered = now;
      }
      assertTrue(buffered > 32 * 1024 && buffered < 3 * 64 * 1024, buffered + " bytes wait to be taken");
      assertArrayEquals(sent, Tcp.take(connection, sent.length));
      assertEquals("END", text(connection));
      await(writing);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pressureTravelsThroughAnEcho(boolean onLoop) throws IOException {
    byte[] sent = Tcp.pattern(50_000_000);
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      connection.connect(connection.duplex());
      CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
        try {
          peer.getOutputStream().write(sent);
          peer.shutdownOutput();
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      });
      assertThrows(TimeoutException.class, () -> writing.get(500, TimeUnit.MILLISECONDS), "50 MB wait for a peer that does not read");
      assertArrayEquals(sent, peer.getInputStream().readAllBytes());
      await(writing);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoClosesAFullSourceStillSeesTheEnd(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop, builder -> builder.readBuffer(1000)); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      peer.getOutputStream().write(new byte[200_000]);
      while (connection.description().bufferSize() <= 1000) {
        Thread.onSpinWait();
      }
      connection.source().close();
      peer.getOutputStream().write(new byte[20_000_000]);
      peer.shutdownOutput();
      connection.closeOutput();
      assertTrue(await(connection.closed()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void thePeersEndEndsTheSourceAndNothingElse(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      peer.getOutputStream().write(latin1("question"));
      peer.shutdownOutput();
      assertEquals("question", text(connection));
      assertEquals("END", text(connection));
      assertTrue(connection.isDrained());
      assertFalse(connection.isClosed());
      assertEquals(true, await(connection.put("answer")));
      connection.closeOutput();
      assertEquals("answer", new String(peer.getInputStream().readAllBytes()));
      assertTrue(await(connection.closed()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closingTheSinkSendsTheEndAndTheSourceGoesOn(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      connection.put("question");
      connection.sink().close();
      assertEquals("question", new String(peer.getInputStream().readAllBytes()));
      assertEquals(false, await(connection.put("more")));
      assertFalse(connection.closed().isRealized());
      peer.getOutputStream().write(latin1("answer"));
      assertEquals("answer", text(connection));
      peer.close();
      assertEquals("END", text(connection));
      assertTrue(await(connection.closed()));
      assertNull(connection.closeCause());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closingBothEndsSendsWhatWasPut(boolean onLoop) throws IOException {
    byte[] sent = Tcp.pattern(2_000_000);
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket(65_536)) {
      TcpConnection connection = tcp.accepted();
      connection.put(sent);
      connection.put("end");
      connection.close();
      assertTrue(connection.isClosed());
      assertEquals("END", text(connection));
      assertEquals(2_000_003, peer.getInputStream().readAllBytes().length);
      peer.close();
      assertTrue(await(connection.closed()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResetEndsBothAndLeavesNothingPending(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket(65_536)) {
      TcpConnection connection = tcp.accepted();
      Deferred<Object> take = connection.take(Tcp.END);
      List<Deferred<Boolean>> puts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        puts.add(connection.put(new byte[50_000]));
      }
      peer.setSoLinger(true, 0);
      peer.close();
      assertSame(Tcp.END, await(take));
      assertTrue(await(connection.closed()));
      assertEquals(false, await(puts.get(199)));
      for (Deferred<Boolean> put : puts) {
        assertNotNull(await(put));
      }
      assertEquals(false, await(connection.put("late")));
      assertInstanceOf(IOException.class, connection.closeCause());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theEndOfTheLoopsLeavesNothingPending(boolean onLoop) throws IOException {
    Tcp tcp = new Tcp(onLoop, builder -> builder.shutdownTimeout(Duration.ZERO));
    try (Socket peer = tcp.socket(65_536)) {
      TcpConnection connection = tcp.accepted();
      Deferred<Object> take = connection.take(Tcp.END);
      List<Deferred<Boolean>> puts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        puts.add(connection.put(new byte[50_000]));
      }
      assertTrue(await(tcp.server.closeAsync()));
      assertSame(Tcp.END, await(take));
      for (Deferred<Boolean> put : puts) {
        assertNotNull(await(put));
      }
      assertEquals(false, await(connection.put("late")));
      assertTrue(await(connection.closed()));
      assertTrue(peer.isConnected());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cuttingLosesWhatWaits(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket(65_536)) {
      TcpConnection connection = tcp.accepted();
      Deferred<Boolean> last = null;
      for (int i = 0; i < 100; i++) {
        last = connection.put(new byte[100_000]);
      }
      connection.cut();
      assertEquals(false, await(last));
      assertTrue(await(connection.closed()));
      assertTrue(peer.isConnected());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closingWithACauseResets(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      IllegalStateException cause = new IllegalStateException("on purpose");
      connection.close(cause);
      assertThrows(SocketException.class, () -> peer.getInputStream().readAllBytes());
      assertTrue(await(connection.closed()));
      assertSame(cause, connection.closeCause());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anIdleConnectionIsClosed(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop, builder -> builder.idleTimeout(Duration.ofMillis(100))); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      assertEquals(-1, peer.getInputStream().read());
      assertEquals("END", text(connection));
      assertTrue(await(connection.closed()));
      assertInstanceOf(TimeoutException.class, connection.closeCause());
      assertEquals("Nothing moved on the connection with " + connection.remoteAddress() + " for 100 ms",
          connection.closeCause().getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHalfClosedConnectionThatNobodyClosesIsClosedInTheEnd(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop, builder -> builder.halfClosedTimeout(Duration.ofMillis(100))); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      peer.shutdownOutput();
      assertEquals(-1, peer.getInputStream().read());
      assertTrue(await(connection.closed()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoClosesTheSourceStillSeesTheEnd(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop, builder -> builder.readBuffer(1000)); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      connection.source().close();
      peer.getOutputStream().write(new byte[5_000_000]);
      peer.shutdownOutput();
      connection.put("bye");
      connection.closeOutput();
      assertEquals("bye", new String(peer.getInputStream().readAllBytes()));
      assertTrue(await(connection.closed()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void callbacksRunWhereTheyShould(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket(65_536)) {
      TcpConnection connection = tcp.accepted();
      Deferred<Boolean> onTake = new Deferred<>();
      connection.take(null).onRealized(
          message -> onTake.success(Thread.currentThread() instanceof NonBlocking), onTake::error);
      peer.getOutputStream().write(1);
      assertEquals(onLoop, await(onTake));
      Deferred<Boolean> onPut = new Deferred<>();
      Deferred<Boolean> put = connection.put(new byte[10_000]);
      for (int i = 0; i < 1000 && put.isRealized(); i++) {
        put = connection.put(new byte[100_000]);
      }
      put.onRealized(taken -> onPut.success(Thread.currentThread() instanceof NonBlocking), onPut::error);
      Deferred<Boolean> onEnd = new Deferred<>();
      connection.closed().onRealized(
          closed -> onEnd.success(Thread.currentThread() instanceof NonBlocking), onEnd::error);
      connection.close();
      peer.getInputStream().readAllBytes();
      peer.close();
      // On the loop there may have been room again before the listener was there.
      assertFalse(!onLoop && await(onPut));
      assertEquals(onLoop, await(onEnd));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rawMessagesAreReadOnlyBuffers(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop, builder -> builder.rawMessages(true)); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      peer.getOutputStream().write(latin1("hello"));
      ByteBuffer message = (ByteBuffer) await(connection.take(null));
      assertTrue(message.isReadOnly());
      assertEquals(5, message.remaining());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void otherValuesGoThroughTheEncoderWithPressure(boolean onLoop) throws IOException {
    TcpEncoder encoder = value -> {
      List<byte[]> chunks = new ArrayList<>();
      for (int i = 0; i < (Integer) value; i++) {
        chunks.add(Tcp.pattern(10_000));
      }
      return Sources.of(chunks);
    };
    try (Tcp tcp = new Tcp(onLoop, builder -> builder.encoder(encoder)); Socket peer = tcp.socket(65_536)) {
      TcpConnection connection = tcp.accepted();
      Deferred<Boolean> number = connection.put(300);
      connection.put("end");
      connection.closeOutput();
      assertEquals(3_000_003, peer.getInputStream().readAllBytes().length);
      assertEquals(true, await(number));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aValueThatIsNoBytesCutsTheConnectionWithAReason(boolean onLoop) throws IOException {
    try (LogOff ignored = new LogOff("leat.async"); Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      assertEquals(false, await(connection.put(42)));
      assertThrows(SocketException.class, () -> peer.getInputStream().readAllBytes());
      assertEquals("Expected a byte array, ByteBuffer or text, got a java.lang.Integer", connection.closeCause().getMessage());
      await(connection.closed());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itKnowsItself(boolean onLoop) throws IOException {
    try (Tcp tcp = new Tcp(onLoop); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      assertEquals(peer.getLocalSocketAddress(), connection.remoteAddress());
      assertEquals(tcp.server.port(), ((InetSocketAddress) connection.localAddress()).getPort());
      assertSame(connection, TcpConnection.of(connection.duplex()));
      assertSame(connection, TcpConnection.of(connection.sink()));
      assertSame(connection, TcpConnection.of(connection));
      assertNull(TcpConnection.of("no"));
      assertNull(connection.tlsSession());
      assertTrue(connection.toString().startsWith("TcpConnection[/127.0.0.1:"), connection.toString());
    }
  }
}

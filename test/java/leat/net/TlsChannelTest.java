package leat.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import leat.async.Deferred;
import leat.tls.TlsContext;
import leat.tls.TlsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A channel with TLS, against sockets and engines of the JDK: what a handler sees is what it would see without. */
@Timeout(60)
class TlsChannelTest {
  private static final byte[] LARGE = Rig.pattern(3_000_000);
  private static final int SMALL = 8 * 1024;

  /** Stays open when the peer sends no more. */
  private static class HalfOpen extends Recorder {
    @Override
    public void onReadEnd(TcpChannel channel) {
      add("readEnd");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void eventsComeInOrder(String version) throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      SSLSocket client = TlsRig.client(rig, version);
      client.getOutputStream().write("hello".getBytes());
      client.shutdownOutput();
      assertEquals(-1, client.getInputStream().read());
      assertNull(recorder.cause());
      assertEquals(List.of("connected", "read", "readEnd", "closed"), recorder.events());
      assertEquals("hello", recorder.text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void echoesMuch(String version) throws Exception {
    try (Rig rig = TlsRig.rig(Echo::new)) {
      SSLSocket client = TlsRig.client(rig, version);
      CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> TlsRig.unchecked(() -> {
        client.getOutputStream().write(LARGE);
        return null;
      }));
      assertArrayEquals(LARGE, client.getInputStream().readNBytes(LARGE.length));
      Rig.await(sent);
    }
  }

  @Test
  void whatIsWrittenBeforeTheHandshakeIsSentAfterIt() throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onConnected(TcpChannel channel) {
        super.onConnected(channel);
        channel.write(LARGE, 0, LARGE.length);
        channel.closeWhenFlushed();
        assertTrue(channel.pendingBytes() >= LARGE.length);
      }
    };
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      SSLSocket client = TlsRig.client(rig, "TLSv1.3");
      assertArrayEquals(LARGE, client.getInputStream().readAllBytes());
      client.close();
      assertNull(recorder.cause());
    }
  }

  /** Every kind of write: small, by reference, buffers, files. */
  @Test
  void filesAndBuffersAreSealedInOrder(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("file"), LARGE);
    Recorder recorder = new Recorder() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        TlsRig.unchecked(() -> {
          channel.output().write("start".getBytes());
          channel.write(FileChannel.open(file), 10, LARGE.length - 20);
          channel.write(ByteBuffer.wrap(LARGE, 0, 50_000));
          channel.output().write("end".getBytes());
          channel.flush();
          return null;
        });
      }
    };
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      SSLSocket client = TlsRig.client(rig, "TLSv1.3");
      client.getOutputStream().write(1);
      assertEquals("start", new String(client.getInputStream().readNBytes(5)));
      byte[] content = client.getInputStream().readNBytes(LARGE.length - 20);
      assertTrue(Arrays.equals(LARGE, 10, LARGE.length - 10, content, 0, content.length));
      byte[] buffer = client.getInputStream().readNBytes(50_000);
      assertTrue(Arrays.equals(LARGE, 0, 50_000, buffer, 0, 50_000));
      assertEquals("end", new String(client.getInputStream().readNBytes(3)));
    }
  }

  @Test
  void aHandlerMayPauseBeforeTheHandshakeIsDone() throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onConnected(TcpChannel channel) {
        channel.pauseReading();
        super.onConnected(channel);
      }
    };
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      // The client's last message and its data go in one write, and so are read at once.
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      peer.handshake(1 << 20);
      peer.send(peer.seal("hello".getBytes()), 1 << 20);
      TcpChannel channel = recorder.channel();
      rig.turns(5);
      assertEquals(List.of("connected"), recorder.events());
      rig.run(channel::resumeReading);
      recorder.awaitEvent("read");
      peer.send(peer.seal(" again".getBytes()), 1 << 20);
      peer.send(peer.sealGoodbye(), 1 << 20);
      assertNull(recorder.cause());
      assertEquals("hello again", recorder.text());
    }
  }

  @Test
  void theEndWaitsWhileTheHandlerHasPaused() throws Exception {
    HalfOpen recorder = new HalfOpen() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        super.onRead(channel, bytes, from, to);
        channel.pauseReading();
      }
    };
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      peer.handshake(1 << 20);
      peer.send(concat(peer.seal("hello".getBytes()), peer.sealGoodbye()), 1 << 20);
      recorder.awaitEvent("read");
      rig.turns(3);
      assertEquals(List.of("connected", "read"), recorder.events());
      rig.run(recorder.channel()::resumeReading);
      recorder.awaitEvent("readEnd");
      rig.run(recorder.channel()::close);
      assertNull(recorder.cause());
    }
  }

  /** Pausing is pressure: the client is soon unable to write. */
  @Test
  void pausingHoldsWhatComes() throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        super.onRead(channel, bytes, from, to);
        channel.pauseReading();
        // Comes back as a task, so that the rest of what was read waits meanwhile.
        channel.loop().execute(channel::resumeReading);
      }
    };
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      SSLSocket client = TlsRig.client(rig, "TLSv1.3");
      client.getOutputStream().write(LARGE);
      client.close();
      assertNull(recorder.cause());
      assertEquals(new String(LARGE, StandardCharsets.ISO_8859_1), recorder.text());
    }
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.2, 1", "TLSv1.3, 1", "TLSv1.2, 3", "TLSv1.3, 7", "TLSv1.3, 1000"})
  void recordsMayComeInPieces(String version, int step) throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      Socket socket = rig.client();
      socket.setTcpNoDelay(true);
      TlsRig.Peer peer = new TlsRig.Peer(socket, version);
      peer.handshake(step);
      peer.send(peer.seal("hello ".getBytes()), step);
      peer.send(peer.seal("world".getBytes()), step);
      peer.send(peer.sealGoodbye(), step);
      assertNull(recorder.cause());
      assertEquals("hello world", recorder.text());
      assertEquals(List.of("connected", "read", "readEnd", "closed"), recorder.events());
    }
  }

  /** As every split of what one read brings: a record that is cut anywhere waits for its rest. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aRecordMayBeCutAnywhere(String version) throws Exception {
    for (int cut = 1; cut < 60; cut++) {
      Recorder each = new Recorder();
      try (Rig rig = TlsRig.rig(() -> each)) {
        TlsRig.Peer peer = new TlsRig.Peer(rig.client(), version);
        peer.handshake(1 << 20);
        byte[] records = concat(peer.seal("ab".getBytes()), peer.seal("cd".getBytes()));
        int at = Math.min(cut, records.length - 1);
        peer.send(Arrays.copyOfRange(records, 0, at), 1 << 20);
        rig.turns(2);
        peer.send(Arrays.copyOfRange(records, at, records.length), 1 << 20);
        peer.send(peer.sealGoodbye(), 1 << 20);
        assertNull(each.cause());
        assertEquals("abcd", each.text());
      }
    }
  }

  private static byte[] concat(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  // ---- What a channel tells

  @Test
  void tellsSessionCertificateAndProtocol() throws Exception {
    CompletableFuture<String> told = new CompletableFuture<>();
    TlsContext context = TlsRig.CONTEXT.withApplicationProtocols("echo/2", "echo/1");
    Recorder recorder = new Recorder() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        told.complete(channel.tlsSession().getProtocol() + " " + channel.applicationProtocol() + " "
            + channel.peerCertificate() + " " + channel.isSecured());
      }
    };
    try (Rig rig = new Rig(() -> TlsRig.server(context, recorder))) {
      SSLSocket client = TlsRig.client(rig, "TLSv1.3");
      var parameters = client.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"echo/1", "other"});
      client.setSSLParameters(parameters);
      client.getOutputStream().write(1);
      assertEquals("TLSv1.3 echo/1 null true", Rig.await(told));
      assertEquals("echo/1", client.getApplicationProtocol());
    }
  }

  @Test
  void anIdleConnectionHoldsNoBuffer() throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      SSLSocket client = TlsRig.client(rig, "TLSv1.3");
      client.getOutputStream().write(LARGE, 0, 100_000);
      recorder.awaitEvent("read");
      TcpChannel channel = recorder.channel();
      while (rig.call(() -> recorder.text().length()) < 100_000) {
        rig.turns(1);
      }
      rig.run(() -> channel.write(LARGE, 0, 100_000));
      assertEquals(100_000, client.getInputStream().readNBytes(100_000).length);
      rig.turns(2);
      long inUse = rig.call(() -> {
        channel.loop().scrap();
        return channel.loop().pool().taken() - channel.loop().pool().recycled();
      });
      assertEquals(0, inUse);
      assertEquals(0, channel.pendingBytes());
    }
  }

  @Test
  void aBlockedSocketBlocksSealing() throws Exception {
    CompletableFuture<Void> writable = new CompletableFuture<>();
    Recorder recorder = new Recorder() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        for (int i = 0; i < 20; i++) {
          channel.write(LARGE, 0, LARGE.length);
        }
        assertFalse(channel.isWritable());
        super.onRead(channel, bytes, from, to);
      }

      @Override
      public void onWritable(TcpChannel channel) {
        writable.complete(null);
      }

      @Override
      public void onWriteBlocked(TcpChannel channel) {
        add("blocked");
      }
    };
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      SSLSocket client =
          TlsRig.secured(TlsRig.CONTEXT.sslContext(), rig.client(SMALL), rig.port(), "TLSv1.3");
      client.getOutputStream().write(1);
      recorder.awaitEvent("blocked");
      TcpChannel channel = recorder.channel();
      rig.turns(20);
      assertTrue(rig.call(channel::pendingBytes) > 10L * LARGE.length);
      for (int i = 0; i < 20; i++) {
        assertArrayEquals(LARGE, client.getInputStream().readNBytes(LARGE.length));
      }
      Rig.await(writable);
    }
  }

  // ---- The end

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void closingSaysGoodbye(String version) throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), version);
      peer.handshake(1 << 20);
      peer.send(peer.seal("x".getBytes()), 1 << 20);
      recorder.awaitEvent("read");
      rig.run(recorder.channel()::close);
      assertEquals(0, peer.read(1).length);
      assertTrue(peer.engine.isInboundDone());
      assertNull(recorder.cause());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void closingWhenFlushedSaysGoodbyeLast(String version) throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        channel.write("bye".getBytes(), 0, 3);
        channel.closeWhenFlushed();
      }
    };
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), version);
      peer.handshake(1 << 20);
      peer.send(peer.seal("x".getBytes()), 1 << 20);
      assertEquals("bye", new String(peer.read(10)));
      peer.socket.close();
      assertNull(recorder.cause());
    }
  }

  /** TLS 1.3 can end one direction; in TLS 1.2 the answer to close_notify ends both. */
  @Test
  void halfOfTheConnectionMayEnd() throws Exception {
    HalfOpen recorder = new HalfOpen();
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      peer.handshake(1 << 20);
      peer.send(peer.sealGoodbye(), 1 << 20);
      recorder.awaitEvent("readEnd");
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        channel.write("late".getBytes(), 0, 4);
        channel.finishWriting();
      });
      assertEquals("late", new String(peer.read(100)));
      assertNull(recorder.cause());
    }
  }

  @Test
  void finishedWritingGoesOnReading() throws Exception {
    HalfOpen recorder = new HalfOpen();
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      peer.handshake(1 << 20);
      TcpChannel channel = recorder.channel();
      rig.run(() -> {
        channel.write("all".getBytes(), 0, 3);
        channel.finishWriting();
        channel.write("dropped".getBytes(), 0, 7);
      });
      assertEquals("all", new String(peer.read(100)));
      peer.send(peer.seal("more".getBytes()), 1 << 20);
      peer.send(peer.sealGoodbye(), 1 << 20);
      assertNull(recorder.cause());
      assertEquals("more", recorder.text());
      assertEquals(List.of("connected", "read", "readEnd", "closed"), recorder.events());
    }
  }

  @Test
  void tls12CannotWriteAfterThePeerHasEnded() throws Exception {
    HalfOpen recorder = new HalfOpen();
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.2");
      peer.handshake(1 << 20);
      peer.send(peer.sealGoodbye(), 1 << 20);
      recorder.awaitEvent("readEnd");
      rig.run(() -> recorder.channel().write("late".getBytes(), 0, 4));
      assertEquals(TlsException.Reason.CLOSED, assertInstanceOf(TlsException.class, recorder.cause()).reason());
    }
  }

  // ---- Client

  /** Connects a channel of ours to a rig's server. */
  static void connect(EventLoop loop, int port, ChannelHandler handler) {
    loop.execute(() -> TlsRig.unchecked(() -> {
      SocketChannel socket = SocketChannel.open(TlsRig.loopback(port));
      return TcpChannel.adopt(loop, socket, (l, remote) -> handler);
    }));
  }

  private static final class Client extends Recorder {
    final CompletableFuture<Deferred<SSLSession>> secured = new CompletableFuture<>();
    private final TlsContext context;
    private final String host;

    Client(TlsContext context, String host) {
      this.context = context;
      this.host = host;
    }

    @Override
    public void onConnected(TcpChannel channel) {
      super.onConnected(channel);
      secured.complete(channel.startTls(context, host, 1));
      channel.write("hello".getBytes(), 0, 5);
    }
  }

  @Test
  void aClientOfOursTalksToAServerOfOurs() throws Exception {
    Client client = new Client(TlsRig.CONTEXT, "localhost");
    try (Rig rig = TlsRig.rig(Echo::new)) {
      connect(rig.loop(), rig.port(), client);
      client.awaitEvent("read");
      assertEquals("hello", client.text());
      SSLSession session = Rig.await(Rig.await(client.secured).toCompletableFuture());
      assertNotNull(session);
      rig.run(() -> assertEquals(TlsRig.CONTEXT.certificates().get(0), client.channel().peerCertificate()));
      rig.run(client.channel()::closeWhenFlushed);
      assertNull(client.cause());
    }
  }

  @Test
  void aClientRefusesACertificateForAnotherHost() throws Exception {
    Client client = new Client(TlsRig.CONTEXT, "example.com");
    Recorder server = new Recorder();
    try (Rig rig = TlsRig.rig(() -> server)) {
      connect(rig.loop(), rig.port(), client);
      TlsException error = assertThrows(TlsException.class, () -> Rig.await(client.secured).deref(20_000, null));
      assertEquals(TlsException.Reason.CERTIFICATE, error.reason());
      assertTrue(error.getMessage().contains("example.com"), error.getMessage());
      assertEquals(error, client.cause());
      // The server is told why.
      TlsException told = assertInstanceOf(TlsException.class, server.cause());
      assertTrue(told.getMessage().contains("certificate"), told.getMessage());
    }
  }

  @Test
  void aClientRefusesAnUnknownIssuer() throws Exception {
    Client client = new Client(TlsContext.selfSigned(), "localhost");
    try (Rig rig = TlsRig.rig(Recorder::new)) {
      connect(rig.loop(), rig.port(), client);
      assertEquals(TlsException.Reason.CERTIFICATE, assertInstanceOf(TlsException.class, client.cause()).reason());
    }
  }

  // ---- STARTTLS

  @Test
  void startsTlsAfterWhatWasWrittenBefore() throws Exception {
    Recorder recorder = new Recorder() {
      private boolean secured;

      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        super.onRead(channel, bytes, from, to);
        if (!secured) {
          secured = true;
          channel.write(LARGE, 0, LARGE.length);
          channel.output().write("220 ready".getBytes());
          channel.startTls(TlsRig.CONTEXT);
          channel.output().write("secret".getBytes());
          channel.flush();
        }
      }
    };
    try (Rig rig = new Rig(() -> recorder)) {
      Socket plain = rig.client();
      plain.getOutputStream().write("STARTTLS".getBytes());
      assertArrayEquals(LARGE, plain.getInputStream().readNBytes(LARGE.length));
      assertEquals("220 ready", new String(plain.getInputStream().readNBytes(9)));
      SSLSocket client = TlsRig.secured(TlsRig.CONTEXT.sslContext(), plain, rig.port(), "TLSv1.3");
      client.getOutputStream().write("hello".getBytes());
      assertEquals("secret", new String(client.getInputStream().readNBytes(6)));
      client.close();
      assertNull(recorder.cause());
      assertEquals("STARTTLShello", recorder.text());
    }
  }

  @Test
  void aChannelIsSecuredOnce() throws Exception {
    CompletableFuture<Throwable> error = new CompletableFuture<>();
    Recorder recorder = new Recorder() {
      @Override
      public void onConnected(TcpChannel channel) {
        error.complete(assertThrows(IllegalStateException.class, () -> channel.startTls(TlsRig.CONTEXT)));
      }
    };
    try (Rig rig = TlsRig.rig(() -> recorder)) {
      rig.client();
      assertTrue(Rig.await(error).getMessage().contains("plain channel"));
    }
  }

  @Test
  void aChannelThatIsClosingIsNotSecured() throws Exception {
    CompletableFuture<Deferred<SSLSession>> refused = new CompletableFuture<>();
    Recorder recorder = new Recorder() {
      @Override
      public void onConnected(TcpChannel channel) {
        channel.closeWhenFlushed();
        refused.complete(channel.startTls(TlsRig.CONTEXT));
      }
    };
    try (Rig rig = new Rig(() -> recorder)) {
      rig.client();
      assertThrows(TlsException.class, () -> Rig.await(refused).deref(TimeUnit.SECONDS.toMillis(20), null));
    }
  }

  /** What a proxy's handler has read too much of is given back, and goes through TLS. */
  @Test
  void receivesWhatSomebodyElseHasRead() throws Exception {
    Recorder recorder = new Recorder();
    ChannelHandler proxy = new ChannelHandler() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        byte[] rest = Arrays.copyOfRange(bytes, from + 5, to);
        channel.handOver(recorder);
        channel.announce(TlsRig.loopback(7), null);
        channel.startTls(TlsRig.CONTEXT);
        recorder.onConnected(channel);
        channel.receive(rest, 0, rest.length);
      }
    };
    try (Rig rig = new Rig(() -> proxy)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      peer.engine.beginHandshake();
      peer.send(concat("PROXY".getBytes(), peer.seal(new byte[0])), 1 << 20);
      peer.handshake(1 << 20);
      peer.send(peer.seal("hello".getBytes()), 1 << 20);
      recorder.awaitEvent("read");
      assertEquals("hello", recorder.text());
      assertEquals(TlsRig.loopback(7), recorder.channel().remoteAddress());
    }
  }
}

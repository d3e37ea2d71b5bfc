package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLSession;
import leat.async.Deferred;
import leat.async.ManualClock;
import leat.bytes.Nullable;
import leat.tls.TlsContext;
import leat.tls.TlsException;
import leat.tls.TlsException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a peer may do to TLS: end its own connection, and nothing else. */
@Timeout(60)
class TlsHostileTest {
  private static final int ALL = 1 << 20;

  /** Keeps what startTls gave, beside what a recorder keeps. */
  private static final class Told extends Recorder {
    final CompletableFuture<Deferred<SSLSession>> secured = new CompletableFuture<>();
    private final TlsContext context;

    Told(TlsContext context) {
      this.context = context;
    }

    Told() {
      this(TlsRig.CONTEXT);
    }

    @Override
    public void onConnected(TcpChannel channel) {
      super.onConnected(channel);
      secured.complete(channel.startTls(context));
    }

    /** Both must hear of the end, of the same. */
    Reason reason() {
      TlsException cause = assertInstanceOf(TlsException.class, cause());
      return cause.reason();
    }

    @Nullable Throwable handshakeError() {
      CompletableFuture<SSLSession> future = Rig.await(secured).toCompletableFuture();
      return future.handle((session, error) -> error).join();
    }
  }

  private interface Attack {
    void on(Rig rig, TlsRig.Peer peer) throws Exception;
  }

  /** Attacks before any handshake; the reason must be this, for the handler and for the deferred. */
  private static void refuses(Reason reason, Attack attack) throws Exception {
    Told told = new Told();
    try (Rig rig = new Rig(() -> told)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      told.channel();
      attack.on(rig, peer);
      assertEquals(reason, told.reason());
      assertEquals(told.cause(), told.handshakeError());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\0", "\u0016\u0002", "SSH-2.0-x\r\n", "\u0080\u002e\u0001\u0000\u0002"})
  void refusesWhatIsNoTls(String garbage) throws Exception {
    refuses(Reason.RECORD, (rig, peer) -> {
      peer.send(garbage.getBytes(StandardCharsets.ISO_8859_1), ALL);
      peer.socket.getInputStream().readAllBytes();
      peer.socket.close();
    });
  }

  /** CVE-2026-45416: a header of five bytes must cost nothing. */
  @Test
  void aHugeDeclaredLengthIsRefusedAtOnce() throws Exception {
    refuses(Reason.RECORD, (rig, peer) -> {
      peer.send(new byte[] {22, 3, 1, (byte) 0xFF, (byte) 0xFF}, ALL);
      peer.socket.getInputStream().readAllBytes();
      peer.socket.close();
    });
  }

  @Test
  void aDeclaredLengthAllocatesNothing() throws Exception {
    Told told = new Told();
    try (Rig rig = new Rig(() -> told)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      told.channel();
      // The largest record that is allowed; its first bytes.
      peer.send(new byte[] {22, 3, 1, 0x40, 0, 1, 0, 0x3F, (byte) 0xFC}, ALL);
      rig.turns(3);
      rig.run(() -> told.channel().loop().scrap());
      assertEquals(1, rig.call(() -> told.channel().loop().pool().taken() - told.channel().loop().pool().recycled()));
      peer.socket.close();
      assertEquals(Reason.HANDSHAKE, told.reason());
    }
  }

  @Test
  void randomRecordsAreRefused() throws Exception {
    Random random = new Random(Long.getLong("leat.seed", System.nanoTime()));
    for (int i = 0; i < 50; i++) {
      byte[] record = new byte[5 + 1 + random.nextInt(300)];
      random.nextBytes(record);
      record[0] = (byte) (20 + random.nextInt(4));
      record[1] = 3;
      record[2] = 3;
      record[3] = (byte) (record.length - 5 >> 8);
      record[4] = (byte) (record.length - 5);
      Told told = new Told();
      try (Rig rig = new Rig(() -> told)) {
        Socket socket = rig.client();
        socket.getOutputStream().write(record);
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
        socket.close();
        assertNotNull(told.reason());
        assertNotNull(told.handshakeError());
      }
    }
  }

  @Test
  void aHandshakeThatNeverEndsIsCut() throws Exception {
    ManualClock clock = new ManualClock();
    Told told = new Told(TlsContext.builder().selfSigned().handshakeTimeout(Duration.ofSeconds(3)).build());
    try (Rig rig = new Rig(1, clock, () -> told)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      told.channel();
      peer.engine.beginHandshake();
      peer.send(Arrays.copyOf(peer.seal(new byte[0]), 50), 1);
      clock.advance(TimeUnit.SECONDS.toNanos(2));
      rig.turns(2);
      assertTrue(told.channel().isOpen());
      clock.advance(TimeUnit.SECONDS.toNanos(2));
      rig.turns(2);
      assertEquals(Reason.TIMEOUT, told.reason());
      assertEquals(told.cause(), told.handshakeError());
    }
  }

  @Test
  void theTimeLimitEndsWithTheHandshake() throws Exception {
    ManualClock clock = new ManualClock();
    Told told = new Told();
    try (Rig rig = new Rig(1, clock, () -> told)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      peer.handshake(ALL);
      peer.send(peer.seal("x".getBytes()), ALL);
      told.awaitEvent("read");
      clock.advance(TimeUnit.HOURS.toNanos(1));
      rig.turns(3);
      assertTrue(told.channel().isOpen());
      assertNull(told.handshakeError());
    }
  }

  // ---- The end of the peer

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void anEndWithoutCloseNotifyIsAnError(String version) throws Exception {
    Told told = new Told();
    try (Rig rig = new Rig(() -> told)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), version);
      peer.handshake(ALL);
      peer.send(peer.seal("hello".getBytes()), ALL);
      told.awaitEvent("read");
      peer.socket.shutdownOutput();
      assertEquals(Reason.TRUNCATED, told.reason());
      assertEquals("hello", told.text());
      assertEquals(-1, told.events().indexOf("readEnd"));
    }
  }

  @Test
  void anEndWithinARecordIsAnError() throws Exception {
    Told told = new Told();
    try (Rig rig = new Rig(() -> told)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      peer.handshake(ALL);
      byte[] record = peer.seal("hello".getBytes());
      peer.send(Arrays.copyOf(record, record.length - 1), ALL);
      peer.socket.shutdownOutput();
      assertEquals(Reason.TRUNCATED, told.reason());
      assertEquals("", told.text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aRecordThatWasChangedIsAnErrorAfterThoseBefore(String version) throws Exception {
    Told told = new Told();
    try (Rig rig = new Rig(() -> told)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), version);
      peer.handshake(ALL);
      byte[] good = peer.seal("good".getBytes());
      byte[] bad = peer.seal("bad".getBytes());
      bad[bad.length - 1] ^= 1;
      byte[] both = Arrays.copyOf(good, good.length + bad.length);
      System.arraycopy(bad, 0, both, good.length, bad.length);
      peer.send(both, ALL);
      assertThrows(IOException.class, () -> peer.read(1));
      peer.socket.close();
      assertEquals(Reason.RECORD, told.reason());
      assertEquals("good", told.text());
    }
  }

  // ---- After the handshake

  @Test
  void renegotiationIsRefused() throws Exception {
    Told told = new Told();
    try (Rig rig = new Rig(() -> told)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.2");
      peer.handshake(ALL);
      peer.send(peer.seal("x".getBytes()), ALL);
      told.awaitEvent("read");
      peer.engine.beginHandshake();
      peer.send(peer.seal(new byte[0]), ALL);
      // A close_notify, in the middle of what the peer takes for a handshake.
      assertThrows(IOException.class, () -> peer.read(1));
      peer.socket.close();
      assertEquals(Reason.RENEGOTIATION, told.reason());
    }
  }

  /** A client may ask for new keys (RFC 8446, 4.6.3), and is answered; but not again and again. */
  @Test
  void keyUpdatesWithoutDataAreCounted() throws Exception {
    Told told = new Told();
    try (Rig rig = new Rig(() -> told)) {
      TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
      peer.handshake(ALL);
      updateKeys(peer, 32);
      peer.send(peer.seal("x".getBytes()), ALL);
      told.awaitEvent("read");
      rig.run(() -> told.channel().write("y".getBytes(), 0, 1));
      assertEquals("y", new String(peer.read(1)));
      updateKeys(peer, 33);
      assertEquals(0, peer.read(1).length);
      peer.socket.close();
      assertEquals(Reason.RECORD, told.reason());
    }
  }

  private static void updateKeys(TlsRig.Peer peer, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      peer.engine.beginHandshake();
      peer.send(peer.seal(new byte[0]), ALL);
    }
  }

  // ---- Engines that do nothing

  /** An engine of a provider that has lost its way. */
  private static final class IdleEngine extends SSLEngine {
    private final HandshakeStatus status;
    private final Status result;

    IdleEngine(HandshakeStatus status, Status result) {
      this.status = status;
      this.result = result;
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target) {
      return new SSLEngineResult(result, status, 0, 0);
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length) {
      return new SSLEngineResult(result, status, 0, 0);
    }

    @Override
    public HandshakeStatus getHandshakeStatus() {
      return status;
    }

    @Override
    public @Nullable Runnable getDelegatedTask() {
      return null;
    }

    @Override
    public void closeInbound() {}

    @Override
    public void closeOutbound() {}

    @Override
    public boolean isInboundDone() {
      return false;
    }

    @Override
    public boolean isOutboundDone() {
      return false;
    }

    @Override
    public void beginHandshake() {}

    @Override
    public @Nullable SSLSession getSession() {
      return null;
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return new String[0];
    }

    @Override
    public String[] getEnabledCipherSuites() {
      return new String[0];
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {}

    @Override
    public String[] getSupportedProtocols() {
      return new String[0];
    }

    @Override
    public String[] getEnabledProtocols() {
      return new String[0];
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {}

    @Override
    public void setUseClientMode(boolean mode) {}

    @Override
    public boolean getUseClientMode() {
      return false;
    }

    @Override
    public void setNeedClientAuth(boolean need) {}

    @Override
    public boolean getNeedClientAuth() {
      return false;
    }

    @Override
    public void setWantClientAuth(boolean want) {}

    @Override
    public boolean getWantClientAuth() {
      return false;
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {}

    @Override
    public boolean getEnableSessionCreation() {
      return true;
    }
  }

  private enum Idle {
    WRAPS_NOTHING(HandshakeStatus.NEED_WRAP, Status.OK),
    WRAPS_TOO_MUCH(HandshakeStatus.NEED_WRAP, Status.BUFFER_OVERFLOW),
    WANTS_A_TASK_IT_HAS_NOT(HandshakeStatus.NEED_TASK, Status.OK),
    UNWRAPS_NOTHING(HandshakeStatus.NEED_UNWRAP, Status.OK),
    WANTS_MORE_THAN_A_RECORD(HandshakeStatus.NEED_UNWRAP, Status.BUFFER_UNDERFLOW),
    WANTS_MORE_ROOM(HandshakeStatus.NEED_UNWRAP, Status.BUFFER_OVERFLOW);

    private final HandshakeStatus status;
    private final Status result;

    Idle(HandshakeStatus status, Status result) {
      this.status = status;
      this.result = result;
    }
  }

  @ParameterizedTest
  @EnumSource(Idle.class)
  void anEngineWithoutProgressIsAnError(Idle idle) throws Exception {
    CompletableFuture<Deferred<SSLSession>> secured = new CompletableFuture<>();
    Recorder recorder = new Recorder() {
      @Override
      public void onConnected(TcpChannel channel) {
        super.onConnected(channel);
        secured.complete(channel.startTls(new IdleEngine(idle.status, idle.result), TimeUnit.HOURS.toNanos(1)));
      }
    };
    try (Rig rig = new Rig(() -> recorder)) {
      Socket socket = rig.client();
      socket.getOutputStream().write(new byte[] {22, 3, 1, 0, 1, 1});
      socket.getInputStream().readAllBytes();
      socket.close();
      TlsException cause = assertInstanceOf(TlsException.class, recorder.cause());
      assertEquals(Reason.NO_PROGRESS, cause.reason());
      assertThrows(TlsException.class, () -> Rig.await(secured).deref());
    }
  }

  /** One that never has anything to say at the end, when it has been asked to. */
  @Test
  void anEngineThatNeverSaysGoodbyeIsAnError() throws Exception {
    Recorder recorder = new Recorder() {
      @Override
      public void onConnected(TcpChannel channel) {
        channel.startTls(new IdleEngine(HandshakeStatus.NOT_HANDSHAKING, Status.OK), TimeUnit.HOURS.toNanos(1));
        channel.closeWhenFlushed();
      }
    };
    try (Rig rig = new Rig(() -> recorder)) {
      rig.client();
      assertEquals(Reason.NO_PROGRESS, assertInstanceOf(TlsException.class, recorder.cause()).reason());
    }
  }

  // ---- The end in each phase: no deferred and no handler is left untold

  private enum When {
    BEFORE_ANYTHING,
    IN_THE_TASK,
    BEFORE_THE_LAST_MESSAGE,
    SECURE,
    PAUSED_WITH_DATA
  }

  private enum How {
    CLOSE(null),
    CLOSE_WHEN_FLUSHED(null),
    CLOSE_WITH_CAUSE(new IOException("test")),
    RESET(new IOException("test")),
    PEER_RESETS(null),
    LOOP_ENDS(null);

    private final @Nullable IOException cause;

    How(@Nullable IOException cause) {
      this.cause = cause;
    }
  }

  @ParameterizedTest
  @EnumSource(When.class)
  void theEndIsToldInEachPhase(When when) throws Exception {
    for (How how : How.values()) {
      Told told = new Told();
      try (Rig rig = new Rig(() -> told)) {
        TlsRig.Peer peer = new TlsRig.Peer(rig.client(), "TLSv1.3");
        TcpChannel channel = told.channel();
        reach(when, rig, channel, peer);
        end(how, rig, channel, peer);
        told.cause();
        boolean secured = when.compareTo(When.SECURE) >= 0;
        assertEquals(secured, told.handshakeError() == null, when + " " + how);
        assertEquals("closed", told.events().get(told.events().size() - 1));
        assertEquals(1, told.events().stream().filter("closed"::equals).count());
        if (how.cause != null) {
          assertEquals(how.cause, told.cause());
        }
      }
    }
  }

  private static void reach(When when, Rig rig, TcpChannel channel, TlsRig.Peer peer) throws Exception {
    if (when == When.BEFORE_ANYTHING) {
      return;
    }
    if (when == When.IN_THE_TASK) {
      peer.engine.beginHandshake();
      byte[] hello = peer.seal(new byte[0]);
      // Within the turn that reads it, the task has only begun: the end comes as the next task of the loop.
      peer.send(hello, ALL);
      while (!rig.call(() -> !channel.wantsRead())) {
        if (rig.call(() -> channel.pendingBytes() > 0 || peer.socket.getInputStream().available() > 0)) {
          return;
        }
      }
      return;
    }
    if (when == When.BEFORE_THE_LAST_MESSAGE) {
      peer.engine.beginHandshake();
      peer.send(peer.seal(new byte[0]), ALL);
      peer.open();
      return;
    }
    if (when == When.PAUSED_WITH_DATA) {
      rig.run(channel::pauseReading);
    }
    peer.handshake(ALL);
    peer.send(peer.seal("data".getBytes()), ALL);
    while (rig.call(() -> channel.tlsSession() == null)) {
      rig.turns(1);
    }
  }

  private static void end(How how, Rig rig, TcpChannel channel, TlsRig.Peer peer) throws IOException {
    switch (how) {
      case CLOSE -> rig.run(channel::close);
      case CLOSE_WHEN_FLUSHED -> {
        rig.run(channel::closeWhenFlushed);
        peer.socket.close();
      }
      case CLOSE_WITH_CAUSE -> rig.run(() -> channel.close(how.cause));
      case RESET -> rig.run(() -> channel.reset(how.cause));
      case PEER_RESETS -> {
        rig.run(channel::resumeReading);
        peer.socket.setSoLinger(true, 0);
        peer.socket.close();
      }
      default -> rig.loops.close();
    }
  }
}

package leat.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import leat.async.Deferred;
import leat.async.TimerWheel;
import leat.bytes.Buf;
import leat.bytes.Nullable;
import leat.tls.TlsException;
import leat.tls.TlsException.Reason;
import leat.tls.TlsTasks;

/**
 * TLS on one channel, between its handler and its socket. Loop only; the engine's long tasks run elsewhere, and nothing
 * touches the engine meanwhile.
 *
 * <pre>
 *   Phase:  HANDSHAKING ◄──done── TASK        HANDSHAKING ──done──► SECURE
 *               └──long task──────►            any ──error──► FAILED: the alert is sent, what comes is dropped
 *
 *   reading:  socket ──► held + what came ──unwrap──► cleartext of all whole records ──► handler
 *                         ▲── a partial record, or what may not be opened yet ──┘
 *   writing:  handler ──► channel's queue ──wrap, at each write──► sealed ──► socket
 * </pre>
 *
 * <p>Nothing is allocated from a length that the peer declares: {@code held} grows by what came, to one record at most,
 * or to one read while a handshake task runs or the handler has paused reading, when nothing more is read. What is
 * {@code sealed} and was not taken by the socket is one write at most, and what the engine had to say by itself. An idle
 * connection holds neither.
 */
final class TlsFilter extends TimerWheel.Timer {
  /** Records in a row that bring no data (empty ones, key updates, tickets). Go's crypto/tls stops at 16. */
  private static final int MOST_IDLE_RECORDS = 32;

  /** What the engine says at the end: one alert or two. */
  private static final int MOST_REPLIES = 4;

  private static final int HANDSHAKE_RECORD = 22;
  private static final int RECORD_HEADER = 5;

  private enum Phase {
    HANDSHAKING,
    TASK,
    SECURE,
    FAILED
  }

  // Final.
  private final TcpChannel channel;
  private final EventLoop loop;
  private final SSLEngine engine;
  private final TlsSealer sealer;
  private final Deferred<SSLSession> secured = new Deferred<>();

  // The loop's own.
  private Phase phase = Phase.HANDSHAKING;
  private @Nullable Buf held;
  /** Whether held has more than the beginning of a record: nothing is read until it has been opened. */
  private boolean stuck;
  /** Whether the peer has ended its side while the handler had paused reading, so that it is still to be told. */
  private boolean endWaits;
  /** Whether records are being opened right now: the handler is called from within. */
  private boolean opening;

  private int idleRecords;
  private int idleSteps;
  private @Nullable TlsException failure;
  private @Nullable SSLSession session;
  private @Nullable X509Certificate peerCertificate;
  private @Nullable String applicationProtocol;

  TlsFilter(TcpChannel channel, SSLEngine engine) {
    this.channel = channel;
    this.loop = channel.loop();
    this.engine = engine;
    this.sealer = new TlsSealer(channel, engine);
    // Whoever does not look at it hears of an error from onClosed.
    secured.onRealized(ok -> {}, error -> {});
  }

  // ---- Beginning and end

  /** The channel is closing already. */
  Deferred<SSLSession> refuse() {
    secured.error(new TlsException(Reason.HANDSHAKE, "Expected an open channel for TLS, got one that is closing"));
    return secured;
  }

  Deferred<SSLSession> start(long handshakeTimeoutNanos) {
    loop.schedule(this, handshakeTimeoutNanos);
    try {
      engine.beginHandshake();
    } catch (IOException | RuntimeException e) {
      fail(e);
      return secured;
    }
    open(TlsBuffers.NOTHING);
    channel.scheduleFlush();
    return secured;
  }

  @Override
  protected void onTimeout(long nowNanos) {
    if (phase == Phase.FAILED) {
      channel.close(failure);
    } else if (phase != Phase.SECURE) {
      failure = new TlsException(Reason.TIMEOUT, "The TLS handshake was not done in time");
      channel.close(failure);
    }
  }

  private void handshakeDone() throws SSLPeerUnverifiedException {
    phase = Phase.SECURE;
    loop.cancel(this);
    session = engine.getSession();
    applicationProtocol = agreedProtocol();
    if (engine.getUseClientMode() || engine.getNeedClientAuth() || engine.getWantClientAuth()) {
      peerCertificate = certificate(session);
    }
    channel.scheduleFlush();
    secured.success(session);
  }

  private @Nullable String agreedProtocol() {
    try {
      String protocol = engine.getApplicationProtocol();
      return protocol == null || protocol.isEmpty() ? null : protocol;
    } catch (UnsupportedOperationException e) {
      // A provider that does not know of ALPN.
      return null;
    }
  }

  private static @Nullable X509Certificate certificate(SSLSession session) {
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate first ? first : null;
    } catch (SSLPeerUnverifiedException e) {
      // The client was asked for one, and had none.
      return null;
    }
  }

  /** Something is wrong: tells the peer, if it takes it, and ends the channel. */
  private void fail(Throwable cause) {
    if (phase == Phase.FAILED || channel.isClosed()) {
      return;
    }
    failure = cause instanceof TlsException own ? own : TlsException.of(cause, phase == Phase.SECURE);
    boolean engineIsFree = phase != Phase.TASK;
    phase = Phase.FAILED;
    dropHeld();
    sealer.dropClear();
    if (engineIsFree) {
      sealAlert();
    }
    // The alert may find the socket full.
    loop.schedule(this, Linger.LINGER_NANOS);
    channel.failTls();
    secured.error(failure);
  }

  private void sealAlert() {
    try {
      engine.closeOutbound();
      sealReplies();
    } catch (IOException | RuntimeException e) {
      // The engine cannot even say that: the end of the connection must do.
    }
  }

  @Nullable TlsException failure() {
    return failure;
  }

  /** The channel closes in good order: says so, if nothing is cut by it and the socket takes it. */
  void sayGoodbye() {
    if (phase != Phase.SECURE || !sealer.isEmpty() || !channel.out.isEmpty() || engine.isOutboundDone()) {
      return;
    }
    try {
      engine.closeOutbound();
      sealControl();
      if (!sealer.isEmpty()) {
        writeTo(channel.socket);
      }
    } catch (IOException | RuntimeException e) {
      // It was a courtesy.
    }
  }

  /** The channel is closed. */
  void onClosed(@Nullable Throwable cause) {
    loop.cancel(this);
    dropHeld();
    sealer.clear();
    if (!secured.isRealized()) {
      secured.error(cause != null ? cause
          : new TlsException(Reason.HANDSHAKE, "The channel was closed during the TLS handshake"));
    }
  }

  private void dropHeld() {
    Buf buf = held;
    held = null;
    stuck = false;
    if (buf != null) {
      buf.clear();
      loop.recycleBuf(buf);
    }
  }

  // ---- What the channel asks

  @Nullable SSLSession session() {
    return session;
  }

  @Nullable X509Certificate peerCertificate() {
    return peerCertificate;
  }

  @Nullable String applicationProtocol() {
    return applicationProtocol;
  }

  boolean wantsRead(boolean handlerReads) {
    return switch (phase) {
      case HANDSHAKING -> !stuck;
      case TASK -> false;
      case SECURE -> handlerReads && !stuck;
      case FAILED -> true;
    };
  }

  long pendingBytes() {
    return sealer.pendingBytes();
  }

  /** Whether something can be sent now. */
  boolean hasOutput() {
    return !sealer.isEmpty() || (phase == Phase.SECURE && (!channel.out.isEmpty() || sealer.owesGoodbye()));
  }

  /** Given that nothing can be sent, and the channel's queue is empty: whether all is said. */
  boolean isFlushed() {
    // A handshake with nothing to say after it is not worth waiting for, unless the peer's answer is.
    return phase == Phase.SECURE || phase == Phase.FAILED || channel.state == ChannelOutput.State.FLUSHING;
  }

  // ---- Writing

  /** Offers the socket one write; returns whether it may take more. */
  boolean writeTo(SocketChannel socket) throws IOException {
    return sealer.writeTo(socket);
  }

  private void sealControl() throws IOException {
    SSLEngineResult result = sealer.sealControl();
    noteStep(result);
    if (result.getHandshakeStatus() == HandshakeStatus.FINISHED && phase == Phase.HANDSHAKING) {
      handshakeDone();
    }
  }

  private void sealReplies() throws IOException {
    for (int n = 0; n < MOST_REPLIES && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP; n++) {
      sealControl();
    }
  }

  // ---- Reading

  /** The socket brought bytes. */
  void received(ByteBuffer bytes) {
    if (phase == Phase.FAILED || (channel.state == ChannelOutput.State.FLUSHING && phase == Phase.SECURE)) {
      return;
    }
    if (phase == Phase.TASK || stuck || opening) {
      hold(bytes);
      return;
    }
    byte[] records = loop.tlsBuffers().records;
    int count = takeHeld(records);
    int fresh = bytes.remaining();
    bytes.get(records, count, fresh);
    open(ByteBuffer.wrap(records, 0, count + fresh));
  }

  /** Moves what is held to the beginning of the records to open. */
  private int takeHeld(byte[] records) {
    Buf buf = held;
    if (buf == null) {
      return 0;
    }
    int count = buf.copyTo(ByteBuffer.wrap(records));
    dropHeld();
    return count;
  }

  private void hold(ByteBuffer bytes) {
    if (bytes.hasRemaining()) {
      if (held == null) {
        held = loop.takeBuf();
      }
      held.write(bytes);
      if (held.size() > TlsBuffers.MAX_RECORD + EventLoop.IO_BYTES) {
        fail(new TlsException(Reason.RECORD, "More came than there can be before a TLS handshake goes on"));
      }
    }
  }

  /** The handler reads again. */
  void resume() {
    if (stuck && !opening) {
      // Not at once: the handler does not expect to be called from within a call of its own.
      loop.execute(new LoopTask() {
        @Override
        public void run() {
          openHeld();
        }
      });
    }
  }

  /** Whether the channel neither reads nor writes through this any more. */
  private boolean isOver() {
    return channel.state.compareTo(ChannelOutput.State.FLUSHING) > 0;
  }

  private void openHeld() {
    if (phase == Phase.TASK || phase == Phase.FAILED || opening || isOver()) {
      return;
    }
    try {
      if (endWaits) {
        endWaits = false;
        stuck = false;
        endInput();
      } else {
        byte[] records = loop.tlsBuffers().records;
        open(ByteBuffer.wrap(records, 0, takeHeld(records)));
      }
      channel.scheduleFlush();
      channel.updateInterest();
    } catch (Throwable t) {
      channel.close(t);
      throw t;
    }
  }

  /** Opens all whole records, as far as that is possible now, gives the handler what was in them, and keeps the rest. */
  private void open(ByteBuffer source) {
    ByteBuffer opened = loop.tlsBuffers().opened.clear();
    opening = true;
    boolean ended = false;
    Throwable error = null;
    try {
      ended = openRecords(source, opened);
    } catch (IOException | RuntimeException e) {
      error = e;
    }
    try {
      deliver(opened);
    } finally {
      opening = false;
    }
    if (channel.isClosed() || phase == Phase.FAILED) {
      return;
    }
    if (error != null) {
      fail(error);
    } else if (ended) {
      dropHeld();
      if (channel.wantsCleartext() || phase != Phase.SECURE) {
        endInput();
      } else {
        endWaits = true;
        stuck = true;
        channel.updateInterest();
      }
    } else {
      hold(source);
      // The handler may have resumed reading, or may have paused it, when it got what was opened.
      if (stuck && channel.wantsCleartext()) {
        resume();
      }
      channel.updateInterest();
    }
  }

  private void deliver(ByteBuffer opened) {
    int count = opened.position();
    if (count > 0 && !channel.isClosed()) {
      opened.clear();
      channel.deliver(opened.array(), 0, count);
    }
  }

  /** Returns whether the peer has ended its side. */
  private boolean openRecords(ByteBuffer source, ByteBuffer opened) throws IOException {
    idleSteps = 0;
    while ((phase == Phase.HANDSHAKING || phase == Phase.SECURE) && !channel.isClosed()) {
      HandshakeStatus status = engine.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_TASK) {
        stuck = source.hasRemaining();
        startTask();
        return false;
      }
      if (status == HandshakeStatus.NEED_WRAP) {
        sealControl();
      } else if (phase == Phase.HANDSHAKING && status == HandshakeStatus.NOT_HANDSHAKING) {
        handshakeDone();
      } else if (phase == Phase.SECURE && !channel.wantsCleartext()) {
        stuck = source.hasRemaining();
        return false;
      } else if (!isNextRecordWhole(source)) {
        return false;
      } else if (openRecord(source, opened)) {
        return true;
      }
    }
    return false;
  }

  /** Looks at the header of a record, before anything is made of it. */
  private boolean isNextRecordWhole(ByteBuffer source) throws TlsException {
    int at = source.position();
    int type = source.hasRemaining() ? source.get(at) : HANDSHAKE_RECORD;
    if (type < 20 || type > 24 || (source.remaining() > 1 && source.get(at + 1) != 3)) {
      throw new TlsException(Reason.RECORD, "Expected a TLS record, got something else");
    }
    if (source.remaining() < RECORD_HEADER) {
      return false;
    }
    int length = (source.get(at + 3) & 0xFF) << 8 | (source.get(at + 4) & 0xFF);
    if (RECORD_HEADER + length > TlsBuffers.MAX_RECORD) {
      throw new TlsException(Reason.RECORD, "Expected a TLS record of 2^14 bytes at most, got one of " + length);
    }
    if (type == HANDSHAKE_RECORD && phase == Phase.SECURE) {
      // From TLS 1.3 on, what comes after the handshake looks like data on the wire.
      throw new TlsException(Reason.RENEGOTIATION, "The peer tries to renegotiate, which is refused");
    }
    return source.remaining() >= RECORD_HEADER + length;
  }

  /** Opens a whole record; returns whether the peer has ended its side by it. */
  private boolean openRecord(ByteBuffer source, ByteBuffer opened) throws IOException {
    SSLEngineResult result = engine.unwrap(source, opened);
    if (result.getStatus() == Status.BUFFER_OVERFLOW && opened.position() > 0) {
      deliver(opened);
      return false;
    }
    if (result.getStatus() == Status.CLOSED || engine.isInboundDone()) {
      return true;
    }
    if (result.getStatus() != Status.OK) {
      throw TlsException.noProgress("unwrap", result);
    }
    noteStep(result);
    if (phase == Phase.SECURE) {
      idleRecords = result.bytesProduced() > 0 ? 0 : idleRecords + 1;
      if (idleRecords > MOST_IDLE_RECORDS) {
        throw new TlsException(Reason.RECORD, "The peer sends one record after another without data");
      }
    } else if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
      handshakeDone();
    }
    return false;
  }

  /** An engine that neither takes nor gives anything, again and again, would be asked for ever. */
  private void noteStep(SSLEngineResult result) throws TlsException {
    if (result.bytesConsumed() > 0 || result.bytesProduced() > 0) {
      idleSteps = 0;
    } else if (++idleSteps > 4) {
      throw TlsException.noProgress("handshake", result);
    }
  }

  private void startTask() throws TlsException {
    Runnable first = engine.getDelegatedTask();
    if (first == null) {
      throw new TlsException(Reason.NO_PROGRESS, "The TLS engine waits for a task, but has none");
    }
    phase = Phase.TASK;
    channel.updateInterest();
    TlsTasks.run(() -> {
      Throwable thrown = null;
      try {
        for (Runnable task = first; task != null; task = engine.getDelegatedTask()) {
          task.run();
        }
      } catch (Throwable t) {
        thrown = t;
      }
      Throwable error = thrown;
      loop.offer(new LoopTask() {
        @Override
        public void run() {
          taskDone(error);
        }
      });
    });
  }

  private void taskDone(@Nullable Throwable error) {
    if (phase != Phase.TASK || isOver()) {
      return;
    }
    phase = Phase.HANDSHAKING;
    if (error != null) {
      fail(error);
    } else {
      openHeld();
    }
  }

  /** The peer has said that it sends no more. */
  private void endInput() {
    if (phase != Phase.SECURE) {
      fail(new TlsException(Reason.HANDSHAKE, "The peer ended the connection during the TLS handshake"));
      return;
    }
    try {
      // TLS 1.2 answers at once, and can say nothing more.
      sealReplies();
    } catch (IOException | RuntimeException e) {
      fail(e);
      return;
    }
    channel.endInput();
  }

  /** The socket brought FIN. */
  void socketEnded() {
    if (phase == Phase.FAILED || (channel.state == ChannelOutput.State.FLUSHING && phase == Phase.SECURE)) {
      channel.endInput();
    } else {
      failure = phase == Phase.SECURE
          ? new TlsException(Reason.TRUNCATED, "The peer ended the connection without close_notify: it may be cut short")
          : new TlsException(Reason.HANDSHAKE, "The peer ended the connection during the TLS handshake");
      channel.close(failure);
    }
  }
}

package leat.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.tls.TlsContext;

/**
 * A connected stream socket (TCP, or a Unix domain socket) on one loop, plain or secured by TLS. All methods are for the
 * loop's thread.
 *
 * <pre>
 *   State:  OPEN ──closeWhenFlushed──► FLUSHING ──all written──► LINGERING ──FIN, cap or time──► CLOSED
 *            ├──finishWriting──► FINISHING ──all written──► FINISHED ──FIN──────────────────────────▲
 *            └──────────────────────────── close, error ────────────────────────────────────────────┘
 *   Input:  READING ◄──read on/off──► PAUSED        either ──FIN, or close_notify──► ENDED
 * </pre>
 *
 * <p>Writes are gathered and go to the socket once for each turn of the loop: at the end of the channel's own read event,
 * or at the end of the turn. What the socket does not take waits, and only then is the channel watched for writability.
 * Nothing is lost by that: the handler sees {@link #isWritable()} turn false above {@value #HIGH_WATER} bytes and hears
 * {@link ChannelHandler#onWritable} below {@value #LOW_WATER}. What is written once closing has begun is dropped.
 *
 * <p>FINISHING and FINISHED still read, as OPEN does. LINGERING has sent FIN and reads what the peer still sends without
 * looking at it, so that a reset does not destroy the last response on its way (RFC 9112, 9.6).
 *
 * <p>TLS lies between the handler and the socket, see {@link TlsFilter}: the handler reads and writes cleartext, and need
 * not know.
 */
public final class TcpChannel extends ChannelOutput {
  /** Above this number of waiting bytes {@link #isWritable()} is false. */
  public static final int HIGH_WATER = 256 * 1024;

  /** At or below this number of waiting bytes {@link ChannelHandler#onWritable} is called. */
  public static final int LOW_WATER = 64 * 1024;

  private static final Logger LOG = System.getLogger("leat.net");

  private enum Input {
    READING,
    PAUSED,
    ENDED
  }

  // Final.
  private final boolean unix;

  // The loop's own.
  /** Null only before the initializer was asked. */
  private @Nullable ChannelHandler handler;

  private SocketAddress localAddress;
  private SocketAddress remoteAddress;
  private Input input = Input.READING;

  private TcpChannel(EventLoop loop, SocketChannel socket) throws IOException {
    super(loop, socket);
    this.localAddress = socket.getLocalAddress();
    this.remoteAddress = socket.getRemoteAddress();
    this.unix = localAddress instanceof UnixDomainSocketAddress;
  }

  /**
   * Adopts a connected socket: everything that can fail by itself first, and then the handler, which from then on hears
   * of the end whatever happens. Loop only.
   *
   * @param loop the loop that owns it from now on
   * @param socket connected; closed if this throws
   * @param initializer makes the handler
   * @return the channel, or null if the initializer refused it
   * @throws IOException if the socket cannot be configured or has gone
   */
  static @Nullable TcpChannel adopt(EventLoop loop, SocketChannel socket, Acceptor.Initializer initializer)
      throws IOException {
    loop.assertInside();
    TcpChannel channel = null;
    try {
      socket.configureBlocking(false);
      channel = new TcpChannel(loop, socket);
      if (!channel.unix) {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      channel.key = loop.register(socket, SelectionKey.OP_READ, channel);
      channel.handler = initializer.accept(loop, channel.remoteAddress);
    } finally {
      if (channel == null || channel.handler == null) {
        abandon(channel, socket);
      }
    }
    if (channel.handler == null) {
      return null;
    }
    try {
      channel.handler.onConnected(channel);
      channel.flushNow();
    } catch (Throwable t) {
      channel.close(t);
      throw t;
    }
    return channel;
  }

  private static void abandon(@Nullable TcpChannel channel, SocketChannel socket) throws IOException {
    if (channel != null) {
      channel.state = State.CLOSED;
    }
    socket.close();
  }

  /**
   * The loop that owns the channel.
   *
   * @return the loop
   */
  public EventLoop loop() {
    return loop;
  }

  /**
   * The address of this end.
   *
   * @return as it was when the channel was connected, or was announced since
   */
  public SocketAddress localAddress() {
    return localAddress;
  }

  /**
   * The address of the peer.
   *
   * @return as it was when the channel was connected, or was announced since
   */
  public SocketAddress remoteAddress() {
    return remoteAddress;
  }

  /**
   * Takes over the addresses that a proxy in front, which is trusted, has announced.
   *
   * @param remote the address of the peer of the proxy
   * @param local the address at which the proxy was reached, or null if it did not say
   */
  public void announce(SocketAddress remote, @Nullable SocketAddress local) {
    loop.assertInside();
    remoteAddress = remote;
    if (local != null) {
      localAddress = local;
    }
  }

  /**
   * Sets options of the socket.
   *
   * @param options by name
   * @throws IOException if the socket does not take one
   */
  public void setOptions(SocketOptions options) throws IOException {
    loop.assertInside();
    options.set(socket);
  }

  /**
   * Hands the channel over to another handler, which is not told that it is connected.
   *
   * @param successor told what happens from now on
   */
  public void handOver(ChannelHandler successor) {
    loop.assertInside();
    if (handler instanceof Linger linger) {
      linger.closed = successor;
    } else {
      handler = successor;
    }
  }

  /**
   * Whether the channel takes part in events and writes.
   *
   * @return false once closing, or finishing to write, has begun
   */
  public boolean isOpen() {
    return state == State.OPEN;
  }

  /**
   * Whether the socket is closed.
   *
   * @return true after the end
   */
  public boolean isClosed() {
    return state == State.CLOSED;
  }

  // ---- Reading

  /** Stops reading: the pressure goes back to the peer through TCP. Nothing changes once closing has begun. */
  public void pauseReading() {
    loop.assertInside();
    if (input == Input.READING && state.compareTo(State.FINISHED) <= 0) {
      input = Input.PAUSED;
      updateInterest();
    }
  }

  /** Goes on reading. */
  public void resumeReading() {
    loop.assertInside();
    if (input == Input.PAUSED) {
      input = Input.READING;
      if (tls != null) {
        tls.resume();
      }
      updateInterest();
    }
  }

  /**
   * Takes bytes as if they had come from the socket just now, through TLS if the channel has it: what was read with
   * something else, such as the header of a proxy.
   *
   * @param bytes taken: not to be changed any more
   * @param from index of the first byte
   * @param to index after the last byte
   */
  public void receive(byte[] bytes, int from, int to) {
    loop.assertInside();
    if (from == to || state == State.CLOSED) {
      return;
    }
    if (tls != null && state != State.LINGERING) {
      for (int at = from; at < to && state != State.CLOSED; at += EventLoop.IO_BYTES) {
        tls.received(ByteBuffer.wrap(bytes, at, Math.min(EventLoop.IO_BYTES, to - at)));
      }
      scheduleFlush();
    } else {
      deliver(bytes, from, to);
    }
  }

  @Override
  public void onReady(SelectionKey readyKey) {
    if (state == State.CLOSED) {
      // By the handler of another channel, in this very turn.
      return;
    }
    int ready = readyKey.readyOps();
    beginEvent((ready & SelectionKey.OP_WRITE) != 0);
    try {
      if ((ready & SelectionKey.OP_READ) != 0 && wantsRead()) {
        read();
      }
      flushNow();
    } catch (IOException e) {
      close(e);
    }
  }

  @Override
  boolean wantsRead() {
    return tls == null || state == State.LINGERING
        ? input == Input.READING
        : input != Input.ENDED && tls.wantsRead(input == Input.READING);
  }

  /** Whether the handler reads, or nobody does any more, so that what comes is dropped. */
  boolean wantsCleartext() {
    return input != Input.PAUSED;
  }

  private void read() throws IOException {
    ByteBuffer direct = loop.direct;
    direct.clear();
    int n = socket.read(direct);
    loop.reads++;
    if (n > 0) {
      if (tls == null || state == State.LINGERING) {
        direct.get(0, loop.input, 0, n);
        deliver(loop.input, 0, n);
      } else {
        tls.received(direct.flip());
      }
    } else if (n < 0) {
      if (tls == null || state == State.LINGERING) {
        endInput();
      } else {
        tls.socketEnded();
      }
    }
  }

  /** Gives cleartext to the handler. */
  void deliver(byte[] bytes, int from, int to) {
    if (state != State.FLUSHING) {
      handler.onRead(this, bytes, from, to);
    }
  }

  /** The peer sends no more. */
  void endInput() {
    input = Input.ENDED;
    updateInterest();
    if (state != State.FLUSHING) {
      handler.onReadEnd(this);
    }
    if (state == State.FINISHED) {
      close(null);
    }
  }

  // ---- The end

  /**
   * Sends what waits, and then FIN; later writes are dropped. Reading goes on. The channel is closed when the peer has
   * sent FIN as well, or had before.
   */
  public void finishWriting() {
    loop.assertInside();
    if (state == State.OPEN) {
      state = State.FINISHING;
      scheduleFlush();
    }
  }

  /** Sends what waits, then FIN, and closes when the peer has seen it. Later reads and writes are dropped. */
  public void closeWhenFlushed() {
    loop.assertInside();
    if (state.compareTo(State.FINISHED) > 0) {
      return;
    }
    boolean finished = state == State.FINISHED;
    state = State.FLUSHING;
    if (input == Input.PAUSED) {
      input = Input.READING;
    }
    if (finished) {
      linger();
    } else {
      if (tls != null) {
        tls.resume();
      }
      updateInterest();
      scheduleFlush();
    }
  }

  @Override
  void onFlushed() {
    if (state == State.FLUSHING) {
      if (input == Input.ENDED || sendFin()) {
        linger();
      }
    } else if (state == State.FINISHING) {
      state = State.FINISHED;
      if (input == Input.ENDED) {
        close(null);
      } else if (sendFin()) {
        updateInterest();
      }
    } else {
      updateInterest();
    }
  }

  /** Returns false if that failed, and the channel is closed. */
  private boolean sendFin() {
    try {
      socket.shutdownOutput();
      return true;
    } catch (IOException e) {
      close(e);
      return false;
    }
  }

  private void linger() {
    Throwable failure = tls == null ? null : tls.failure();
    if (input == Input.ENDED) {
      close(failure);
      return;
    }
    state = State.LINGERING;
    updateInterest();
    handler = new Linger(this, handler, failure);
  }

  /** Closes at once; what waits is lost. */
  public void close() {
    close(null);
  }

  /**
   * Closes at once; what waits is lost. A peer that speaks TLS is told of an orderly end, if nothing is lost.
   *
   * @param cause given to {@link ChannelHandler#onClosed}; null for an orderly end
   */
  @Override
  public void close(@Nullable Throwable cause) {
    loop.assertInside();
    if (state == State.CLOSED) {
      return;
    }
    if (tls != null && cause == null && state.compareTo(State.FLUSHING) <= 0) {
      tls.sayGoodbye();
    }
    state = State.CLOSED;
    Throwable told = tls == null || tls.failure() == null ? cause : tls.failure();
    try {
      socket.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "Closing a socket failed", e);
    }
    dropOutput();
    try {
      if (tls != null) {
        tls.onClosed(told);
      }
    } finally {
      handler.onClosed(this, told);
    }
  }

  /**
   * Closes at once with a reset (RST), so that the peer cannot take what it has for the whole.
   *
   * @param cause given to {@link ChannelHandler#onClosed}
   */
  public void reset(Throwable cause) {
    if (state != State.CLOSED && !unix) {
      try {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "A socket could not be reset", e);
      }
    }
    close(cause);
  }

  @Override
  public void onFailure(Throwable cause) {
    close(cause);
  }

  @Override
  void tellWritable() {
    handler.onWritable(this);
  }

  @Override
  void tellWriteBlocked() {
    handler.onWriteBlocked(this);
  }

  // ---- TLS

  /**
   * Secures the channel with TLS, as the server: at once, or after a command such as STARTTLS. What was written before is
   * still sent in the clear; what is written from now on waits for the handshake. Bytes that the handler was given in the
   * clear behind such a command are not to be believed: it should close the channel rather than secure it.
   *
   * @param context certificates and everything else
   * @return the session once the handshake is done, before anything is read; or the error that ends the channel
   * @throws IllegalStateException if the channel is secured already
   */
  public Deferred<SSLSession> startTls(TlsContext context) {
    return startTls(context.serverEngine(), context.handshakeTimeoutNanos());
  }

  /**
   * Secures the channel with TLS, as the client.
   *
   * @param context trust and everything else
   * @param peerHost the name the certificate of the server must be for, which the server is told (SNI)
   * @param peerPort for the cache of sessions
   * @return the session once the handshake is done, before anything is read; or the error that ends the channel
   * @throws IllegalStateException if the channel is secured already
   */
  public Deferred<SSLSession> startTls(TlsContext context, String peerHost, int peerPort) {
    return startTls(context.clientEngine(peerHost, peerPort), context.handshakeTimeoutNanos());
  }

  /** Secures the channel with an engine of anybody's. */
  Deferred<SSLSession> startTls(SSLEngine engine, long handshakeTimeoutNanos) {
    loop.assertInside();
    if (tls != null) {
      throw new IllegalStateException("Expected a plain channel, got one that is secured: " + this);
    }
    TlsFilter filter = new TlsFilter(this, engine);
    if (state != State.OPEN) {
      return filter.refuse();
    }
    tls = filter;
    return filter.start(handshakeTimeoutNanos);
  }

  /** TLS has failed: once the peer was told, the channel ends. */
  void failTls() {
    dropOutput();
    state = State.FLUSHING;
    scheduleFlush();
  }

  /**
   * Whether TLS was begun on the channel.
   *
   * @return true as soon as it was
   */
  public boolean isSecured() {
    return tls != null;
  }

  /**
   * Whether a TLS handshake is under way.
   *
   * @return true from the beginning of TLS until the handshake is done
   */
  public boolean isHandshaking() {
    return tls != null && tls.session() == null;
  }

  /**
   * The TLS session.
   *
   * @return null on a plain channel, and until the handshake is done
   */
  public @Nullable SSLSession tlsSession() {
    return tls == null ? null : tls.session();
  }

  /**
   * The certificate that the peer has shown.
   *
   * @return null if there is none, or not yet
   */
  public @Nullable X509Certificate peerCertificate() {
    return tls == null ? null : tls.peerCertificate();
  }

  /**
   * The protocol that was agreed on by ALPN (RFC 7301).
   *
   * @return such as {@code "h2"}; null if there is none, or not yet
   */
  public @Nullable String applicationProtocol() {
    return tls == null ? null : tls.applicationProtocol();
  }

  /** Tells protocol, addresses and state. */
  @Override
  public String toString() {
    return "TcpChannel[" + localAddress + " <- " + remoteAddress + (tls == null ? ", " : ", TLS, ") + state + ", "
        + pendingBytes() + " bytes wait]";
  }
}

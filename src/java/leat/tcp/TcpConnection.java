package leat.tcp;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import leat.async.Deferred;
import leat.async.Description;
import leat.async.Link;
import leat.async.Node;
import leat.async.Scheduler;
import leat.async.Sink;
import leat.async.Source;
import leat.async.Splice;
import leat.async.Views;
import leat.bytes.Nullable;
import leat.net.TcpChannel;
import leat.tls.TlsContext;

/**
 * A TCP connection, or one over a Unix domain socket, as one object with two ends: a source of what the peer sends, and a
 * sink for what it is to get.
 *
 * <p>Messages that come out are byte arrays, or read-only ByteBuffers if that was asked for; they belong to whoever takes
 * them, and have no meaning as units. Into the sink go byte arrays, ByteBuffers, texts (as UTF-8), {@link leat.bytes.Slice}s
 * and whatever the {@link TcpEncoder} knows. Arrays and buffers are not to be changed after that.
 *
 * <p>Pressure: not more is read than what fits the queue of messages that nobody has taken (128 KiB by default), and a put
 * is pending while the peer does not read.
 *
 * <p>The ends: {@link #closeOutput()}, or closing the {@link #sink()}, sends FIN after all that was put; the source goes on.
 * The source ends with the peer's FIN. {@link #close()} ends both: it sends what was put, and FIN, and drops what still
 * comes. An error, such as a reset, ends both at once, and is their {@link #closeCause()}.
 *
 * <p>Safe from any thread. Listeners run on the executor of the server or client.
 */
public final class TcpConnection implements Source<Object>, Sink<Object> {
  private final ConnectionEvents events;
  private final TcpChannel channel;
  private final Outgoing outgoing;
  private final Deferred<Boolean> closed = new Deferred<>();
  private final SocketAddress localAddress;
  private final SocketAddress remoteAddress;

  // Written by the loop before the connection is handed out.
  private @Nullable Splice<Object, Object> duplex;

  TcpConnection(ConnectionEvents events, TcpChannel channel) {
    this.events = events;
    this.channel = channel;
    this.outgoing = new Outgoing(events, this, channel);
    this.localAddress = channel.localAddress();
    this.remoteAddress = channel.remoteAddress();
  }

  // ---- what it is

  /**
   * The address of this end.
   *
   * @return an Internet or Unix domain socket address
   */
  public SocketAddress localAddress() {
    return localAddress;
  }

  /**
   * The address of the peer, or what a trusted proxy says it is.
   *
   * @return an Internet or Unix domain socket address
   */
  public SocketAddress remoteAddress() {
    return remoteAddress;
  }

  /**
   * The TLS session.
   *
   * @return the session, or null while the connection is plain
   */
  public @Nullable SSLSession tlsSession() {
    return channel.tlsSession();
  }

  /**
   * The protocol that was agreed on with ALPN.
   *
   * @return such as {@code "h2"}, or null if there is none
   */
  public @Nullable String applicationProtocol() {
    return channel.applicationProtocol();
  }

  /**
   * Tells when the socket is closed.
   *
   * @return true once it is; it never fails
   */
  public Deferred<Boolean> closed() {
    return closed;
  }

  /**
   * The end where values go in, to be closed by itself.
   *
   * @return the sink
   */
  public Sink<Object> sink() {
    return outgoing;
  }

  /**
   * The end where values come out.
   *
   * @return the source
   */
  public Source<Object> source() {
    return events.incoming();
  }

  /**
   * Both ends as a stream for the functions of leat.stream.
   *
   * @return a splice of {@link #sink()} and {@link #source()}
   */
  public Splice<Object, Object> duplex() {
    Splice<Object, Object> both = duplex;
    if (both == null) {
      both = Views.splice(outgoing, events.incoming());
      duplex = both;
    }
    return both;
  }

  /**
   * The connection of an end of it.
   *
   * @param end a connection, its {@link #sink()} or its {@link #duplex()}
   * @return the connection, or null if it is of none
   */
  public static @Nullable TcpConnection of(@Nullable Object end) {
    if (end instanceof Splice<?, ?> splice) {
      return of(splice.sink());
    }
    return end instanceof Outgoing outgoing ? outgoing.connection() : end instanceof TcpConnection self ? self : null;
  }

  // ---- ends

  /** Ends the sink: sends what was put, and then FIN. What the peer sends still comes out of the source. */
  public void closeOutput() {
    outgoing.close();
  }

  /** Ends both directions: sends what was put, and then FIN; what still comes is dropped. */
  @Override
  public void close() {
    outgoing.close();
    events.incoming().close();
  }

  /**
   * Cuts the connection with a reset, if there is a cause; else like {@link #close()}.
   *
   * @param cause the error
   */
  @Override
  public void close(@Nullable Throwable cause) {
    outgoing.close(cause);
    events.incoming().close(cause);
  }

  /** Closes the socket at once; what waits to be written is lost. */
  public void cut() {
    events.onLoop(channel::close);
  }

  /** Takes no more from the peer: the source ends with what has come so far. */
  void endInput() {
    events.onLoop(events.incoming()::close);
  }

  /** On the loop: the socket is closed. */
  void ended() {
    events.call(() -> closed.success(true));
  }

  Outgoing outgoing() {
    return outgoing;
  }

  // ---- TLS on a plain connection

  /**
   * Goes on in TLS as the server of the connection, as after a command like STARTTLS.
   *
   * @param context certificates and rules
   * @param lastPlain sent before that in plain, without anything in between: the answer to the command; null for nothing
   * @return a deferred that is realized when the handshake is done. It fails, and the connection is closed, if the peer has
   *     sent more in plain, which nobody is to take for protected (CVE-2011-0411), or if the handshake fails
   */
  public Deferred<SSLSession> startTls(TlsContext context, @Nullable byte[] lastPlain) {
    return startTls(lastPlain, () -> channel.startTls(context));
  }

  /**
   * Goes on in TLS as the client of the connection.
   *
   * @param context certificates and rules
   * @param peerHost the name of the server, which its certificate must bear
   * @param peerPort its port
   * @return a deferred that is realized when the handshake is done; it fails, and the connection is closed, otherwise
   */
  public Deferred<SSLSession> startTls(TlsContext context, String peerHost, int peerPort) {
    return startTls(null, () -> channel.startTls(context, peerHost, peerPort));
  }

  private Deferred<SSLSession> startTls(@Nullable byte[] lastPlain, Supplier<Deferred<SSLSession>> start) {
    Deferred<SSLSession> result = new Deferred<>();
    boolean comes = events.run(() -> {
      if (channel.tlsSession() != null || channel.isHandshaking()) {
        result.error(new IllegalStateException("Expected a connection in plain to start TLS on, actual one in TLS"));
        return;
      }
      if (channel.isClosed() || events.incoming().description().bufferSize() > 0) {
        IOException refused = new IOException(channel.isClosed()
            ? "Expected an open connection to start TLS on, but it is closed"
            : "Expected nothing more in plain before TLS, but the peer has sent some");
        result.error(refused);
        channel.close(refused);
        return;
      }
      if (lastPlain != null) {
        channel.write(lastPlain, 0, lastPlain.length);
      }
      try {
        start.get().onRealized(
            session -> events.call(() -> result.success(session)), error -> events.call(() -> result.error(error)));
      } catch (RuntimeException e) {
        result.error(e);
        channel.close(e);
      }
    });
    if (!comes) {
      result.error(new IOException("The event loop of the connection has ended"));
    }
    return result;
  }

  // ---- the sink

  @Override
  public Deferred<Boolean> put(@Nullable Object value) {
    return outgoing.put(value);
  }

  @Override
  public boolean isClosed() {
    return outgoing.isClosed();
  }

  @Override
  public void onClosed(Runnable listener) {
    outgoing.onClosed(listener);
  }

  @Override
  public List<Node> upstream() {
    return outgoing.upstream();
  }

  // ---- the source

  @Override
  public Deferred<Object> take(@Nullable Object ifDrained) {
    return events.incoming().take(ifDrained);
  }

  @Override
  public Deferred<Object> take(@Nullable Object ifDrained, long timeoutNanos, @Nullable Object ifTimeout,
      Scheduler scheduler) {
    return events.incoming().take(ifDrained, timeoutNanos, ifTimeout, scheduler);
  }

  @Override
  public boolean isDrained() {
    return events.incoming().isDrained();
  }

  @Override
  public void onDrained(Runnable listener) {
    events.incoming().onDrained(listener);
  }

  @Override
  public void connect(Link link) {
    events.incoming().connect(link);
  }

  @Override
  public List<Link> downstream() {
    return events.incoming().downstream();
  }

  // ---- both

  @Override
  public @Nullable Throwable closeCause() {
    Throwable cause = outgoing.closeCause();
    return cause == null ? events.incoming().closeCause() : cause;
  }

  @Override
  public boolean isSynchronous() {
    return false;
  }

  @Override
  public Description description() {
    Description in = events.incoming().description();
    return new Description("tcp", true, true, outgoing.isClosed(), in.isDrained(), false, in.bufferCapacity(),
        in.bufferSize(), in.pendingPuts(), in.pendingTakes(), closeCause());
  }

  /** Both addresses, and whether it is open. */
  @Override
  public String toString() {
    return "TcpConnection[" + localAddress + " <-> " + remoteAddress
        + (closed.isRealized() ? ", closed]" : outgoing.isClosed() ? ", output closed]" : "]");
  }
}

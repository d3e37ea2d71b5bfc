package leat.server;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import javax.net.ssl.SSLSession;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.http.Headers;
import leat.http1.RequestHead;
import leat.net.ChannelHandler;
import leat.net.LoopTask;

/**
 * One request with its response. It is the request and the responder that the handler sees, and the task that takes the
 * answer back to the loop, all in one object.
 *
 * <pre>
 *   outcome (any thread, once):  null ──respond, fail, upgrade──► Response | Upgrade
 *   phase (loop):  WAITING ──outcome──► ANSWERED ──its turn──► WRITING ──last byte queued──► DONE
 *                     └─────────────────── the channel closes ────────────────────────────────▲
 * </pre>
 */
final class Exchange extends LoopTask implements Request, Responder, Runnable {
  private static final Logger LOG = System.getLogger("leat.server");
  private static final VarHandle OUTCOME;
  private static final VarHandle CLOSED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      OUTCOME = lookup.findVarHandle(Exchange.class, "outcome", Object.class);
      CLOSED = lookup.findVarHandle(Exchange.class, "closed", Deferred.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  enum Phase {
    WAITING,
    ANSWERED,
    WRITING,
    DONE
  }

  /** The answer of an exchange that gives its connection away. */
  record Upgrade(Headers headers, ChannelHandler successor) {}

  // Final.
  final Http1Conn conn;
  private final @Nullable RequestHead head;
  private final @Nullable RequestBody body;

  // Shared: each goes from null to its value once.
  @SuppressWarnings("unused")
  private volatile @Nullable Object outcome;

  @SuppressWarnings("unused")
  private volatile @Nullable Deferred<Boolean> closed;

  // The loop's own.
  Phase phase = Phase.WAITING;
  @Nullable Exchange following;
  boolean keepAlive;
  private boolean endedByClient;
  /** What the response's body needs while it is being written. */
  @Nullable BodyWriting writing;

  /** How the end of a body that is written in parts is told. */
  ResponseWriter.Framing framing = ResponseWriter.Framing.CHUNKED;

  /** What is left of the Content-Length of such a body. */
  long promisedBytes;

  Exchange(Http1Conn conn, @Nullable RequestHead head, @Nullable RequestBody body, boolean keepAlive) {
    this.conn = conn;
    this.head = head;
    this.body = body;
    this.keepAlive = keepAlive;
  }

  /** Whether later requests may be handled before this one is answered (RFC 9112, 9.3.2). */
  boolean isParallel() {
    return head != null && isParallel(head);
  }

  static boolean isParallel(RequestHead head) {
    return head.method().isSafe() && head.bodyLength().isEmpty() && !head.isUpgrade();
  }

  /** The request was so broken that there is no head: only an error response is to be written. */
  boolean isHeadless() {
    return head == null;
  }

  @Override
  public RequestHead head() {
    return head;
  }

  @Override
  public @Nullable RequestBody body() {
    return body;
  }

  @Override
  public String scheme() {
    return conn.channel().isSecured() ? "https" : "http";
  }

  @Override
  public String remoteAddress() {
    return numeric(conn.channel().remoteAddress(), "");
  }

  /** The address without the zone of a link-local one. */
  private static String numeric(SocketAddress address, String otherwise) {
    if (!(address instanceof InetSocketAddress inet)) {
      return otherwise;
    }
    String text = inet.getAddress().getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  @Override
  public String serverName() {
    String host = head.host();
    return host == null ? numeric(conn.channel().localAddress(), "localhost") : host;
  }

  @Override
  public int serverPort() {
    int port = head.port();
    if (port >= 0) {
      return port;
    }
    if (head.host() == null && conn.channel().localAddress() instanceof InetSocketAddress inet) {
      return inet.getPort();
    }
    return conn.channel().isSecured() ? 443 : 80;
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return conn.channel().tlsSession();
  }

  @Override
  public @Nullable X509Certificate clientCertificate() {
    return conn.channel().peerCertificate();
  }

  @Override
  public Deferred<Boolean> closed() {
    Deferred<Boolean> deferred = closed;
    if (deferred == null) {
      deferred = new Deferred<>();
      if (!CLOSED.compareAndSet(this, null, deferred)) {
        deferred = closed;
      } else if (!conn.loop().offer(new ClosedCheck())) {
        deferred.success(true);
      }
    }
    return deferred;
  }

  @Override
  public boolean respond(Response response) {
    if (response == null) {
      return fail(new NullPointerException("Expected a response to " + this + ", the handler gave null"));
    }
    if (!OUTCOME.compareAndSet(this, null, response)) {
      response.body().close();
      return false;
    }
    deliver(response.body());
    return true;
  }

  @Override
  public boolean fail(Throwable cause) {
    if (outcome != null) {
      Level level = BodyCut.isBehind(cause) ? Level.DEBUG : Level.WARNING;
      LOG.log(level, "A handler failed after its exchange was answered: " + this, cause);
      return false;
    }
    return respond(conn.errorResponse(this, cause));
  }

  @Override
  public boolean upgrade(Headers headers, ChannelHandler successor) {
    if (!head.isUpgrade() || body != null) {
      throw new IllegalStateException("Expected a request with Connection: upgrade and without a body, got " + this);
    }
    if (headers.get("upgrade") == null) {
      // RFC 9110, 7.8: a 101 response names the protocol.
      throw new IllegalArgumentException("Expected an upgrade field among the headers of a 101 response, got none");
    }
    Objects.requireNonNull(successor, "successor");
    if (!OUTCOME.compareAndSet(this, null, new Upgrade(headers, successor))) {
      return false;
    }
    deliver(Body.EMPTY);
    return true;
  }

  private void deliver(Body responseBody) {
    if (conn.loop().isInside()) {
      conn.answered(this);
    } else if (!conn.loop().offer(this)) {
      responseBody.close();
    }
  }

  /** On the loop: the answer arrives. */
  @Override
  public void run() {
    try {
      conn.answered(this);
    } catch (Throwable t) {
      conn.broken(t);
    }
  }

  @Nullable Object outcome() {
    return outcome;
  }

  /** On a thread of the executor, or on the loop: runs the handler. */
  void runHandler(Handler handler) {
    try {
      Function<Request, Object> continueHandler = conn.context().config.continueHandler();
      if (continueHandler != null && body != null && body.isExpectationOpen()) {
        continueAsDecided(handler, continueHandler.apply(this));
      } else {
        handler.handle(this, this);
      }
    } catch (Throwable t) {
      fail(t);
    }
  }

  /** What the continue handler said: true to go on, false for 417, a response, or a deferred of one of these. */
  private void continueAsDecided(Handler handler, @Nullable Object decision) throws Exception {
    if (decision instanceof Response response) {
      respond(response);
    } else if (decision instanceof CompletionStage<?> later) {
      Deferred.from(later).onRealized(
          decided -> conn.dispatch().resume(this, () -> continueAsDecided(handler, decided)), this::fail);
    } else if (Boolean.FALSE.equals(decision) || decision == null) {
      respond(Response.text(417, "Expectation Failed\n"));
    } else if (!conn.dispatch().awaitsWholeBodies() || !conn.continueToWholeBody(this)) {
      body.demand();
      handler.handle(this, this);
    }
  }

  /** On the loop: the exchange is over; {@link #tellEnd} is still to come, since those told may do anything. */
  void end(boolean clientGone) {
    phase = Phase.DONE;
    endedByClient = clientGone;
  }

  /** On the loop: tells who asked that the exchange is over. */
  void tellEnd() {
    tellClosed(endedByClient);
  }

  /** On the loop: the client will send no more, and has probably gone. */
  void tellClosed(boolean clientGone) {
    Deferred<Boolean> deferred = closed;
    if (deferred != null) {
      deferred.success(clientGone);
    }
  }

  @Override
  public String toString() {
    return head == null ? "a request that could not be read" : head.method().name() + " " + head.path();
  }

  /** Realizes the deferred for somebody who asked when it was already over. */
  private final class ClosedCheck extends LoopTask {
    @Override
    public void run() {
      if (phase == Phase.DONE) {
        tellEnd();
      } else if (conn.isInputEnded()) {
        tellClosed(true);
      }
    }
  }
}

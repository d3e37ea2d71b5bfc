package leat.server;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Function;
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
    return "http";
  }

  @Override
  public String remoteAddress() {
    return conn.remoteAddress();
  }

  @Override
  public String serverName() {
    String host = head.host();
    return host == null ? conn.localName() : host;
  }

  @Override
  public int serverPort() {
    int port = head.port();
    if (port >= 0) {
      return port;
    }
    return head.host() == null ? conn.localPort() : 80;
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
      LOG.log(Level.WARNING, "A handler failed after its exchange was answered: " + this, cause);
      return false;
    }
    return respond(conn.errorResponse(this, cause));
  }

  @Override
  public boolean upgrade(Headers headers, ChannelHandler successor) {
    if (!head.isUpgrade()) {
      throw new IllegalStateException("Expected a request with Connection: upgrade, got " + this);
    }
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
    conn.answered(this);
  }

  @Nullable Object outcome() {
    return outcome;
  }

  /** On a thread of the executor, or on the loop: runs the handler. */
  void runHandler(Handler handler) {
    try {
      Function<Request, Object> continueHandler = conn.context().config.continueHandler();
      if (continueHandler != null && body != null && body.awaitsContinue()) {
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
    } else if (decision instanceof Deferred<?> later) {
      later.onRealized(decided -> conn.dispatch().resume(this, () -> continueAsDecided(handler, decided)), this::fail);
    } else if (Boolean.FALSE.equals(decision) || decision == null) {
      respond(Response.text(417, "Expectation Failed\n"));
    } else {
      conn.bodyDemanded(body);
      body.continueSettled();
      handler.handle(this, this);
    }
  }

  /** On the loop: tells who asked that the exchange is over. */
  void finish(boolean clientGone) {
    phase = Phase.DONE;
    tellClosed(clientGone);
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
      if (phase == Phase.DONE || conn.isInputEnded()) {
        tellClosed(conn.isInputEnded());
      }
    }
  }
}

package leat.server;

import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.RejectedExecutionException;
import leat.bytes.Nullable;
import leat.http.Method;
import leat.http.ProtocolError;
import leat.http1.BodyReader;
import leat.http1.RequestHead;
import leat.net.ChannelHandler;
import leat.net.TcpChannel;

/**
 * HTTP/1.1 on one channel (RFC 9112): reads requests and has them handled; {@link ExchangeQueue} writes the responses.
 * Loop only, but for the methods that the reader of a body calls.
 *
 * <pre>
 *   Reading:  HEAD ──head──► BODY ──last byte──► HEAD
 *              │ ▲            └──exchange over──► DRAINING ──last byte──► HEAD       (over the cap: close)
 *              ▼ │
 *            BLOCKED: the next request may not begin yet (RFC 9112, 9.3.2), or the client does not read
 *              └──101──► UPGRADED
 *
 *   any ──error, last request, FIN──► STOPPED: what still comes is dropped
 * </pre>
 *
 * <p>An idle connection owns no buffer: heads are parsed where the loop has read them, and only a partial one is kept.
 */
final class Http1Conn extends ExchangeQueue implements ChannelHandler {
  private static final Logger LOG = System.getLogger("leat.server");

  private enum Reading {
    HEAD,
    BODY,
    DRAINING,
    BLOCKED,
    UPGRADED,
    STOPPED
  }

  // The loop's own.
  private Reading reading = Reading.HEAD;
  private boolean consuming;
  private boolean inputEnded;
  /** What was read and not consumed yet; null as a rule. */
  private @Nullable HeldBytes held;

  /** A head that was read, but whose request may not begin yet. */
  private @Nullable RequestHead parked;
  /** The body that is arriving. */
  private @Nullable Incoming incoming;

  // The context's list of connections.
  @Nullable Http1Conn nextOfLoop;
  @Nullable Http1Conn previousOfLoop;

  Http1Conn(LoopContext context) {
    super(context);
  }

  @Override
  boolean isInputEnded() {
    return inputEnded;
  }

  @Override
  boolean isConsuming() {
    return consuming;
  }

  // ---- Channel events ----

  @Override
  public void onConnected(TcpChannel connected) {
    setChannel(connected);
    if (context().server.admit(connected, this::beginPhase)) {
      context().add(this);
      startTimer();
    }
  }

  @Override
  public void onRead(TcpChannel source, byte[] bytes, int from, int to) {
    boolean begun = isHeadBegun();
    if (held != null) {
      held.append(bytes, from, to);
      consumeHeld();
    } else {
      int at = consume(bytes, from, to);
      if (at < to && reading != Reading.STOPPED) {
        held = new HeldBytes(context().config.limits(), bytes, at, to);
        if (reading == Reading.HEAD) {
          held.parseHead(held.from());
        }
      }
    }
    if (!begun && first() == null && isHeadBegun()) {
      beginPhase();
    }
    watchIfBusy();
  }

  private boolean isHeadBegun() {
    return held != null && reading == Reading.HEAD && !held.isHeadEmpty();
  }

  @Override
  public void onReadEnd(TcpChannel source) {
    inputEnded = true;
    Incoming cut = incoming;
    if (cut != null && cut.exchange.phase != Exchange.Phase.DONE) {
      channel().close(new EOFException("The client went away in the middle of a request body"));
    } else if (first() == null) {
      stopReading("The client went away");
      channel().closeWhenFlushed();
    } else {
      // The client may only have closed its side: what it asked for is still answered.
      stopReading("The client went away");
      makeLast();
      tellClientGone();
    }
  }

  @Override
  public void onWritable(TcpChannel source) {
    writeOn();
    unblock();
  }

  @Override
  public void onWriteBlocked(TcpChannel source) {
    watch();
  }

  @Override
  public void onClosed(TcpChannel source, @Nullable Throwable cause) {
    inputEnded = true;
    context().loop.cancel(this);
    context().remove(this);
    context().server.connectionClosed(source, cause);
    Throwable reason = cause == null ? new IOException("The connection is closed") : cause;
    LOG.log(Level.DEBUG, () -> "Connection from " + source.remoteAddress() + " closed: " + reason);
    reading = Reading.STOPPED;
    held = null;
    parked = null;
    Incoming cut = incoming;
    incoming = null;
    drop(reason);
    if (cut != null) {
      cut.body.fail(new BodyCut("The client went away: " + reason.getMessage(), reason));
    }
  }

  // ---- Reading ----

  /** Consumes what it can, and returns the index of the first byte that must be kept. */
  private int consume(byte[] bytes, int from, int to) {
    int at = from;
    consuming = true;
    try {
      for (boolean goesOn = true; goesOn && at < to; ) {
        int before = at;
        Reading state = reading;
        switch (state) {
          case HEAD -> at = readHead(bytes, at, to);
          case BODY, DRAINING -> at = readBody(bytes, at, to);
          case STOPPED -> at = to;
          default -> {}
        }
        goesOn = at != before || reading != state;
      }
      dispatchIncoming();
    } catch (ProtocolError e) {
      at = to;
      refuse(e);
    } finally {
      consuming = false;
    }
    return at;
  }

  private void consumeHeld() {
    HeldBytes now = held;
    int at = consume(now.bytes(), now.from(), now.to());
    if (at >= now.to() || reading == Reading.STOPPED) {
      held = null;
    } else {
      now.keepFrom(at);
    }
  }

  private int readHead(byte[] bytes, int from, int to) {
    if (isFull()) {
      block();
      return from;
    }
    RequestHead head;
    int consumed;
    if (held == null) {
      head = context().parser.parse(bytes, from, to);
      consumed = context().parser.consumed();
    } else {
      head = held.parseHead(from);
      consumed = held.consumed();
    }
    if (head == null) {
      if (held == null) {
        context().parser.reset();
      }
      return from;
    }
    if (mayBegin(head)) {
      begin(head);
    } else {
      parked = head;
      block();
    }
    return from + consumed;
  }

  /** Requests overlap only while all of them are safe and without a body (RFC 9112, 9.3.2). */
  private boolean mayBegin(RequestHead head) {
    return first() == null || (first().isParallel() && Exchange.isParallel(head));
  }

  private boolean isFull() {
    return inFlight() >= context().config.limits().maxPipelined() || !isWritable();
  }

  private void block() {
    reading = Reading.BLOCKED;
    channel().pauseReading();
  }

  @Override
  void stopReading(String reason) {
    reading = Reading.STOPPED;
    Incoming cut = incoming;
    if (cut != null) {
      incoming = null;
      cut.body.cut(reason);
    }
  }

  @Override
  void afterExchanges() {
    if (first() == null) {
      beginPhase();
    }
    if (reading == Reading.BLOCKED) {
      unblock();
    }
  }

  /** Goes on reading, if what blocked it has passed. */
  private void unblock() {
    if (reading != Reading.BLOCKED || consuming || isFull() || (first() != null && !first().isParallel())) {
      return;
    }
    RequestHead head = parked;
    if (head != null && !mayBegin(head)) {
      return;
    }
    reading = Reading.HEAD;
    if (head != null) {
      parked = null;
      beginParked(head);
    }
    if (held != null) {
      consumeHeld();
    }
    if (reading != Reading.BLOCKED && (incoming == null || !incoming.body.isPaused())) {
      channel().resumeReading();
    }
    watchIfBusy();
  }

  private void beginParked(RequestHead head) {
    consuming = true;
    try {
      begin(head);
      if (held == null) {
        dispatchIncoming();
      }
    } catch (ProtocolError e) {
      refuse(e);
    } finally {
      consuming = false;
    }
  }

  private void begin(RequestHead head) {
    context().server.requestBegan();
    if (head.method() == Method.CONNECT) {
      throw ProtocolError.remote(501, "CONNECT is not supported by this server.");
    }
    boolean keepAlive = head.keepAlive() && !context().server.isClosing();
    if (head.bodyLength().isEmpty()) {
      beginWithoutBody(head, keepAlive);
      return;
    }
    BodyReader reader = BodyReader.of(head.bodyLength(), context().config.limits());
    RequestBody body = new RequestBody(this, head.expectsContinue());
    Exchange exchange = new Exchange(this, head, body, keepAlive);
    append(exchange);
    incoming = new Incoming(exchange, body, reader);
    reading = Reading.BODY;
    beginPhase();
  }

  private void beginWithoutBody(RequestHead head, boolean keepAlive) {
    Exchange exchange = new Exchange(this, head, null, keepAlive);
    append(exchange);
    reading = keepAlive ? Reading.HEAD : Reading.STOPPED;
    if (!head.isUpgrade()) {
      dispatch(exchange);
      return;
    }
    // What follows may belong to the other protocol: it waits until the handler has decided.
    block();
    dispatch(exchange);
    if (first() == null && reading == Reading.BLOCKED) {
      reading = Reading.HEAD;
      channel().resumeReading();
    }
  }

  /**
   * Runs the handler of a request whose body is arriving: after what is at hand has been taken in, so that a small body
   * is there whole. On the loop, where a handler cannot wait, it runs once the body is whole or fills its buffer; but
   * whether the client is to send it at all is asked before.
   */
  private void dispatchIncoming() {
    Incoming now = incoming;
    if (now == null || now.dispatched) {
      return;
    }
    if (dispatch().awaitsWholeBodies() && !now.body.isPaused()) {
      if (context().config.continueHandler() == null) {
        now.body.demand();
        return;
      }
      if (!now.body.isExpectationOpen()) {
        return;
      }
    }
    now.dispatched = true;
    dispatch(now.exchange);
  }

  /** The client may send its body, and the handler is to wait until it is whole; false if it cannot wait for more. */
  boolean continueToWholeBody(Exchange exchange) {
    if (incoming == null || incoming.exchange != exchange || incoming.body.isPaused()) {
      return false;
    }
    incoming.dispatched = false;
    incoming.body.demand();
    return true;
  }

  private void dispatch(Exchange exchange) {
    try {
      dispatch().dispatch(exchange);
    } catch (RejectedExecutionException e) {
      exchange.respond(rejectedResponse(exchange));
    } catch (Throwable t) {
      exchange.fail(t);
    }
  }

  private int readBody(byte[] bytes, int from, int to) {
    Incoming now = incoming;
    int at = now.read(bytes, from, to);
    received(at - from);
    if (now.isDone()) {
      if (incoming == now) {
        // Else a reader who got the last bytes has ended the exchange, or all of the connection.
        incoming = null;
        reading = now.exchange.keepAlive ? Reading.HEAD : Reading.STOPPED;
      }
      now.complete();
      if (!now.dispatched) {
        dispatch(now.exchange);
      } else if (first() == null) {
        beginPhase();
      }
    } else if (incoming != now) {
      return to;
    } else if (reading == Reading.DRAINING) {
      now.drained += at - from;
      if (now.drained > context().config.maxDrainBytes()) {
        stopDraining(now);
      }
    } else if (now.body.pauseIfFull()) {
      channel().pauseReading();
    }
    return at;
  }

  /** More is left of a body that nobody reads than is worth reading: the connection ends with this exchange. */
  private void stopDraining(Incoming now) {
    stopReading("More of the body was left than the server drops");
    now.exchange.keepAlive = false;
    if (now.exchange.phase == Exchange.Phase.DONE) {
      channel().closeWhenFlushed();
    }
  }

  /** The bytes break a rule: answer, if that is still possible, and close (RFC 9112, 9.6). */
  private void refuse(ProtocolError error) {
    context().server.protocolErrorSeen();
    LOG.log(Level.DEBUG, () -> "Refused a request from " + channel().remoteAddress() + ": " + error.getMessage());
    Incoming broken = incoming;
    incoming = null;
    reading = Reading.STOPPED;
    Response response = Response.text(error.status(), error.getMessage() + "\n");
    if (broken == null) {
      Exchange exchange = new Exchange(this, null, null, false);
      append(exchange);
      exchange.respond(response);
      return;
    }
    if (broken.exchange.phase == Exchange.Phase.DONE) {
      channel().closeWhenFlushed();
    } else {
      broken.exchange.keepAlive = false;
      broken.exchange.respond(response);
    }
    // After the response, which a handler that hears of it must not forestall.
    broken.body.fail(new BodyCut(error.getMessage(), error));
  }

  // ---- Bodies, as their readers ask ----

  /** The reader of a body asks for something; any thread. */
  void ask(RequestBody body, RequestBody.Wish wish) {
    if (loop().isInside()) {
      grant(body, wish);
      return;
    }
    loop().offer(new ConnTask(this) {
      @Override
      void step() {
        grant(body, wish);
      }
    });
  }

  private void grant(RequestBody body, RequestBody.Wish wish) {
    if (incoming == null || incoming.body != body) {
      return;
    }
    switch (wish) {
      case MORE -> {
        beginPhase();
        channel().resumeReading();
      }
      case CONTINUE -> {
        beginPhase();
        if (incoming.exchange.phase == Exchange.Phase.WAITING) {
          continueIfAwaited(incoming.exchange);
        } else if (incoming.isUncertain()) {
          incoming.body.cut("The response began before the client was asked for the body");
        }
      }
      default -> {
        if (reading == Reading.BODY) {
          drainIncoming();
        }
      }
    }
  }

  private void drainIncoming() {
    reading = Reading.DRAINING;
    channel().resumeReading();
  }

  @Override
  void continueIfAwaited(Exchange exchange) { // Only before the final response (RFC 9110, 15.2.1).
    if (isBodyUncertain(exchange) && exchange == first() && incoming.takeContinue()) {
      ResponseWriter.writeContinue(channel());
    }
  }

  @Override
  boolean isBodyUncertain(Exchange exchange) {
    return incoming != null && incoming.exchange == exchange && incoming.isUncertain();
  }

  @Override
  void afterExchange(Exchange exchange) {
    if (incoming != null && incoming.exchange == exchange) {
      incoming.body.cut("The response was sent before the body was read");
      drainIncoming();
    }
  }

  // ---- Another protocol ----

  @Override
  void upgrade(Exchange exchange, Exchange.Upgrade upgrade) {
    ResponseWriter.writeUpgrade(this, upgrade);
    giveAway(exchange);
    HeldBytes rest = held;
    held = null;
    reading = Reading.UPGRADED;
    loop().cancel(this);
    ChannelHandler successor = upgrade.successor();
    TcpChannel given = channel();
    given.handOver(new Upgraded(this, successor));
    given.resumeReading();
    try {
      successor.onConnected(given);
      if (rest != null && !given.isClosed()) {
        successor.onRead(given, rest.bytes(), rest.from(), rest.to());
      }
    } catch (Throwable t) {
      broken(t);
    }
    exchange.tellEnd();
  }

  // ---- Time, and the end of the server ----

  @Override
  void watchIfBusy() {
    if (first() != null || incoming != null || held != null) {
      watch();
    }
  }

  @Override
  Phase phase() {
    if (incoming != null) {
      return incoming.isHeldUp() ? Phase.BUSY : Phase.BODY;
    }
    if (first() != null || !channel().isOpen() || channel().pendingBytes() > 0 || channel().isHandshaking()) {
      return Phase.BUSY;
    }
    return isHeadBegun() ? Phase.HEAD : Phase.IDLE;
  }

  @Override
  long stalledNanos() {
    return channel().stalledNanos();
  }

  @Override
  boolean isClosed() {
    return channel().isClosed();
  }

  @Override
  void onIdleTimeout() {
    channel().close();
  }

  @Override
  void onHeadTimeout() {
    context().server.timedOut();
    refuse(ProtocolError.remote(408, "The request head did not arrive in time."));
  }

  @Override
  void onBodyTooSlow() {
    context().server.timedOut();
    refuse(ProtocolError.remote(408, "The request body arrives too slowly."));
  }

  @Override
  void onWriteStall() {
    context().server.timedOut();
    channel().reset(new IOException("The client does not read its response"));
  }

  /** The server closes: an idle connection ends at once, another after what it is doing. */
  void drain() {
    if (!channel().isOpen()) {
      return;
    }
    if (reading == Reading.UPGRADED || (first() == null && (incoming != null || channel().pendingBytes() > 0))) {
      channel().closeWhenFlushed();
    } else if (first() != null) {
      makeLast();
      if (incoming == null) {
        reading = Reading.STOPPED;
      }
    } else if (!isHeadBegun()) {
      channel().close();
    }
  }

  void cut() {
    channel().reset(new IOException("The server is closing"));
  }
}

package leat.server;

import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import leat.bytes.Nullable;
import leat.http.Method;
import leat.http.ProtocolError;
import leat.http1.BodyReader;
import leat.http1.BodySink;
import leat.http1.HeadParser;
import leat.http1.RequestHead;
import leat.net.ChannelHandler;
import leat.net.EventLoop;
import leat.net.TcpChannel;

/**
 * HTTP/1.1 on one channel (RFC 9112): reads requests, has them handled, and writes the responses in their order. Loop
 * only, but for the methods that the reader of a body calls.
 *
 * <pre>
 *   Reading:  HEAD ──head──► BODY ──last byte──► HEAD
 *              │ ▲            └──exchange over──► DRAINING ──last byte──► HEAD       (over the cap: close)
 *              ▼ │
 *            BLOCKED: the next request may not begin yet (RFC 9112, 9.3.2), or the client does not read
 *
 *   any ──error, last request, FIN──► STOPPED
 *
 *   Exchanges:  first ──following──► ... ──► last      the first is written; the others wait, answered or not
 * </pre>
 *
 * <p>An idle connection owns no buffer: heads are parsed where the loop has read them, and only what is left of a head
 * that came in part is kept.
 */
final class Http1Conn extends ConnTimeouts implements ChannelHandler {
  private static final Logger LOG = System.getLogger("leat.server");
  private static final int FIRST_TIER = 4 * 1024;
  private static final int SECOND_TIER = 128 * 1024;

  enum Reading {
    HEAD,
    BODY,
    DRAINING,
    BLOCKED,
    STOPPED
  }

  // Final.
  private final LoopContext context;

  // The loop's own.
  private TcpChannel channel;
  private Reading reading = Reading.HEAD;
  private boolean consuming;
  private boolean inputEnded;
  private int inFlight;
  private @Nullable Exchange first;
  private @Nullable Exchange last;
  /** What was read and not consumed yet; null as a rule. */
  private @Nullable byte[] held;

  private int heldTo;
  /** Parses a head that came in part; null as a rule. */
  private @Nullable HeadParser ownParser;
  /** A head that was read, but whose request may not begin yet. */
  private @Nullable RequestHead parked;
  /** The body that is arriving. */
  private @Nullable Incoming incoming;

  // The context's list of connections.
  @Nullable Http1Conn nextOfLoop;
  @Nullable Http1Conn previousOfLoop;

  /** A body on its way in. */
  private static final class Incoming {
    final Exchange exchange;
    final RequestBody body;
    final BodyReader reader;
    final BodySink sink;
    boolean dispatched;
    long drained;

    Incoming(Exchange exchange, RequestBody body, BodyReader reader) {
      this.exchange = exchange;
      this.body = body;
      this.reader = reader;
      this.sink = body::data;
    }
  }

  Http1Conn(LoopContext context) {
    super(context.config);
    this.context = context;
  }

  LoopContext context() {
    return context;
  }

  Dispatch dispatch() {
    return context.dispatch;
  }

  TcpChannel channel() {
    return channel;
  }

  @Override
  EventLoop loop() {
    return context.loop;
  }

  boolean isInputEnded() {
    return inputEnded;
  }

  boolean isWritable() {
    return channel.isWritable();
  }

  /** The peer's numeric address, without the zone of a link-local one; any thread. */
  String remoteAddress() {
    return channel.remoteAddress() instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : "";
  }

  String localName() {
    return channel.localAddress() instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : "localhost";
  }

  int localPort() {
    return channel.localAddress() instanceof InetSocketAddress inet ? inet.getPort() : 80;
  }

  // ---- Channel events ----

  @Override
  public void onConnected(TcpChannel connected) {
    channel = connected;
    context.add(this);
    startTimer();
  }

  @Override
  public void onRead(TcpChannel source, byte[] bytes, int from, int to) {
    if (held != null) {
      hold(bytes, from, to);
      consumeHeld();
    } else {
      int at = consume(bytes, from, to);
      if (at < to && reading != Reading.STOPPED) {
        hold(bytes, at, to);
        if (first == null && incoming == null) {
          beginPhase();
        }
      }
    }
    watchIfBusy();
  }

  @Override
  public void onReadEnd(TcpChannel source) {
    inputEnded = true;
    if (incoming != null) {
      channel.close(new EOFException("The client went away in the middle of a request body"));
    } else if (first == null) {
      reading = Reading.STOPPED;
      channel.closeWhenFlushed();
    } else {
      // The client may only have closed its side: what it asked for is still answered.
      reading = Reading.STOPPED;
      last.keepAlive = false;
      for (Exchange exchange = first; exchange != null; exchange = exchange.following) {
        exchange.tellClosed(true);
      }
      if (first.writing != null) {
        first.writing.onClientGone();
      }
    }
  }

  @Override
  public void onWritable(TcpChannel source) {
    if (first != null && first.writing != null) {
      first.writing.onWritable();
    }
    unblock();
  }

  @Override
  public void onWriteBlocked(TcpChannel source) {
    watch();
  }

  @Override
  public void onClosed(TcpChannel source, @Nullable Throwable cause) {
    reading = Reading.STOPPED;
    inputEnded = true;
    context.loop.cancel(this);
    context.remove(this);
    Throwable reason = cause == null ? new IOException("The connection is closed") : cause;
    LOG.log(Level.DEBUG, () -> "Connection from " + channel.remoteAddress() + " closed: " + reason);
    if (incoming != null) {
      Incoming cut = incoming;
      incoming = null;
      cut.body.fail(new IOException("The client went away: " + reason.getMessage(), reason));
    }
    dropExchanges(reason);
    held = null;
    ownParser = null;
    parked = null;
    context.server.connectionClosed(channel.remoteAddress());
  }

  private void dropExchanges(Throwable reason) {
    Exchange exchange = first;
    first = null;
    last = null;
    inFlight = 0;
    while (exchange != null) {
      Exchange next = exchange.following;
      exchange.following = null;
      if (exchange.writing != null) {
        exchange.writing.cancel(reason);
        exchange.writing = null;
      } else if (exchange.phase == Exchange.Phase.ANSWERED && exchange.outcome() instanceof Response response) {
        response.body().close();
      }
      exchange.finish(true);
      exchange = next;
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

  private int readHead(byte[] bytes, int from, int to) {
    if (isFull()) {
      block();
      return from;
    }
    RequestHead head;
    int consumed;
    if (ownParser == null) {
      head = context.parser.parse(bytes, from, to);
      consumed = context.parser.consumed();
      if (head == null) {
        context.parser.reset();
        ownParser = new HeadParser(context.config.limits());
        ownParser.parse(bytes, from, to);
        return from;
      }
    } else {
      head = ownParser.parse(bytes, from, to);
      consumed = ownParser.consumed();
      if (head == null) {
        return from;
      }
      ownParser = null;
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
    return first == null || (first.isParallel() && Exchange.isParallel(head));
  }

  private boolean isFull() {
    return inFlight >= context.config.limits().maxPipelined() || !channel.isWritable();
  }

  private void block() {
    reading = Reading.BLOCKED;
    channel.pauseReading();
  }

  /** Goes on reading, if something that blocked it has passed. */
  private void unblock() {
    if (reading != Reading.BLOCKED || consuming) {
      return;
    }
    RequestHead head = parked;
    if (isFull() || (first != null && !first.isParallel()) || (head != null && !mayBegin(head))) {
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
      channel.resumeReading();
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
    context.server.requestBegan();
    if (head.method() == Method.CONNECT) {
      throw ProtocolError.remote(501, "CONNECT is not supported by this server.");
    }
    boolean keepAlive = head.keepAlive() && !context.server.isClosing();
    if (head.bodyLength().isEmpty()) {
      Exchange exchange = new Exchange(this, head, null, keepAlive);
      append(exchange);
      reading = keepAlive ? Reading.HEAD : Reading.STOPPED;
      if (head.isUpgrade()) {
        // What follows may belong to the other protocol: it waits until the handler has decided.
        block();
      }
      dispatch(exchange);
      if (first == null && reading == Reading.BLOCKED) {
        reading = keepAlive ? Reading.HEAD : Reading.STOPPED;
        channel.resumeReading();
      }
      return;
    }
    BodyReader reader = BodyReader.of(head.bodyLength(), context.config.limits());
    RequestBody body = new RequestBody(this, head.expectsContinue());
    Exchange exchange = new Exchange(this, head, body, keepAlive);
    append(exchange);
    incoming = new Incoming(exchange, body, reader);
    reading = Reading.BODY;
    beginPhase();
  }

  private void append(Exchange exchange) {
    if (last == null) {
      first = exchange;
    } else {
      last.following = exchange;
    }
    last = exchange;
    inFlight++;
  }

  /**
   * Runs the handler of a request whose body is arriving: after what is at hand has been taken in, so that a small body
   * is there whole. On the loop, where a handler cannot wait, it runs once the body is whole or fills its buffer.
   */
  private void dispatchIncoming() {
    Incoming now = incoming;
    if (now == null || now.dispatched) {
      return;
    }
    if (context.dispatch.isOnLoop() && !context.config.rawBodies() && !now.body.isPaused()) {
      if (context.config.continueHandler() == null) {
        sendContinue(now.body);
      }
      if (!now.body.awaitsContinue()) {
        return;
      }
    }
    now.dispatched = true;
    dispatch(now.exchange);
  }

  private void dispatch(Exchange exchange) {
    try {
      context.dispatch.dispatch(exchange);
    } catch (RejectedExecutionException e) {
      exchange.respond(rejectedResponse(exchange));
    }
  }

  private int readBody(byte[] bytes, int from, int to) {
    Incoming now = incoming;
    int at = now.reader.read(bytes, from, to, now.sink);
    received(at - from);
    if (now.reader.isDone()) {
      incoming = null;
      reading = now.exchange.keepAlive ? Reading.HEAD : Reading.STOPPED;
      now.body.complete(now.reader.trailers());
      if (!now.dispatched) {
        dispatch(now.exchange);
      } else if (now.exchange.phase == Exchange.Phase.DONE && first == null) {
        beginPhase();
      }
    } else if (reading == Reading.DRAINING) {
      now.drained += at - from;
      if (now.drained > context.config.maxDrainBytes()) {
        stopDraining(now);
      }
    } else if (now.body.pauseIfFull()) {
      channel.pauseReading();
    }
    return at;
  }

  /** More is left of a body that nobody reads than is worth reading: the connection ends with this exchange. */
  private void stopDraining(Incoming now) {
    incoming = null;
    reading = Reading.STOPPED;
    now.body.fail(new IOException("The rest of the body was refused"));
    if (now.exchange.phase == Exchange.Phase.DONE) {
      channel.closeWhenFlushed();
    } else {
      now.exchange.keepAlive = false;
    }
  }

  /** The bytes break a rule: answer, if that is still possible, and close (RFC 9112, 9.6). */
  private void refuse(ProtocolError error) {
    context.server.protocolErrorSeen();
    LOG.log(Level.DEBUG, () -> "Refused a request from " + channel.remoteAddress() + ": " + error.getMessage());
    reading = Reading.STOPPED;
    Incoming broken = incoming;
    if (broken == null) {
      Exchange exchange = new Exchange(this, null, null, false);
      append(exchange);
      exchange.respond(Response.text(error.status(), error.getMessage() + "\n"));
      return;
    }
    incoming = null;
    endIncoming(broken, error, Response.text(error.status(), error.getMessage() + "\n"));
  }

  /** A body will not become whole: tells its reader, and the client if nothing was answered yet; then closes. */
  private void endIncoming(Incoming broken, Throwable cause, Response response) {
    broken.exchange.keepAlive = false;
    broken.body.fail(cause);
    if (broken.exchange.phase == Exchange.Phase.DONE) {
      channel.closeWhenFlushed();
    } else {
      broken.exchange.respond(response);
    }
  }

  private void hold(byte[] bytes, int from, int to) {
    int needed = heldTo + to - from;
    if (held == null || held.length < needed) {
      int tier = needed <= FIRST_TIER ? FIRST_TIER : Math.max(needed, SECOND_TIER);
      held = held == null ? new byte[tier] : Arrays.copyOf(held, tier);
    }
    System.arraycopy(bytes, from, held, heldTo, to - from);
    heldTo = needed;
  }

  private void consumeHeld() {
    byte[] bytes = held;
    int to = heldTo;
    int at = consume(bytes, 0, to);
    if (at >= to || reading == Reading.STOPPED) {
      held = null;
      heldTo = 0;
    } else if (at > 0) {
      heldTo = to - at;
      held = Arrays.copyOfRange(bytes, at, at + Math.max(heldTo, FIRST_TIER));
    }
  }

  // ---- Bodies, as their readers ask; any thread ----

  void bodyWanted(RequestBody body) {
    context.loop.offer(new leat.net.LoopTask() {
      @Override
      public void run() {
        if (incoming != null && incoming.body == body) {
          beginPhase();
          channel.resumeReading();
        }
      }
    });
  }

  void bodyDemanded(RequestBody body) {
    context.loop.offer(new leat.net.LoopTask() {
      @Override
      public void run() {
        if (incoming != null && incoming.body == body) {
          beginPhase();
          sendContinueNow();
        }
      }
    });
  }

  void bodyAbandoned(RequestBody body) {
    context.loop.offer(new leat.net.LoopTask() {
      @Override
      public void run() {
        if (incoming != null && incoming.body == body && reading == Reading.BODY) {
          reading = Reading.DRAINING;
          channel.resumeReading();
        }
      }
    });
  }

  private void sendContinue(RequestBody body) {
    if (body.awaitsContinue()) {
      body.continueSettled();
      sendContinueNow();
    }
  }

  /** 100 belongs before the final response, of the exchange whose turn it is (RFC 9110, 15.2.1). */
  private void sendContinueNow() {
    if (incoming.exchange == first && first.phase == Exchange.Phase.WAITING) {
      ResponseWriter.writeContinue(channel);
    }
  }

  // ---- Writing ----

  /** The answer of an exchange is there. */
  void answered(Exchange exchange) {
    if (exchange.phase != Exchange.Phase.WAITING) {
      if (exchange.outcome() instanceof Response late) {
        late.body().close();
      }
      return;
    }
    exchange.phase = Exchange.Phase.ANSWERED;
    if (exchange == first) {
      if (consuming && exchange.outcome() instanceof Exchange.Upgrade) {
        context.loop.execute(() -> writeIfFirst(exchange));
      } else {
        write(exchange);
      }
    }
    watchIfBusy();
  }

  /** For an upgrade, once what followed its request has been put aside for the successor. */
  private void writeIfFirst(Exchange exchange) {
    if (exchange == first) {
      write(exchange);
    }
  }

  private void write(Exchange exchange) {
    exchange.phase = Exchange.Phase.WRITING;
    try {
      if (exchange.outcome() instanceof Exchange.Upgrade upgrade) {
        upgrade(exchange, upgrade);
      } else {
        ResponseWriter.write(this, exchange, (Response) exchange.outcome());
      }
    } catch (IOException | RuntimeException e) {
      abort(exchange, e);
    }
  }

  void writeInstead(Exchange exchange, Response response) {
    try {
      ResponseWriter.write(this, exchange, response);
    } catch (IOException | RuntimeException e) {
      abort(exchange, e);
    }
  }

  /** Whether the connection goes on after this exchange; settled when its head is written. */
  boolean keepsAlive(Exchange exchange) {
    // A client that still waits for 100 may send its body or not: what comes next could not be told apart.
    if (incoming != null && incoming.exchange == exchange && incoming.body.awaitsContinue()) {
      exchange.keepAlive = false;
    }
    return exchange.keepAlive;
  }

  /** All of a response is queued: the next one's turn. */
  void finished(Exchange exchange) {
    first = exchange.following;
    exchange.following = null;
    if (first == null) {
      last = null;
    }
    inFlight--;
    exchange.finish(inputEnded);
    if (!exchange.keepAlive) {
      endAfter(exchange);
      return;
    }
    if (incoming != null && incoming.exchange == exchange) {
      reading = Reading.DRAINING;
      incoming.body.abandon();
      channel.resumeReading();
    }
    if (first != null && first.phase == Exchange.Phase.ANSWERED) {
      write(first);
      return;
    }
    if (first == null) {
      beginPhase();
    }
    unblock();
  }

  private void endAfter(Exchange exchange) {
    reading = Reading.STOPPED;
    if (incoming != null && incoming.exchange == exchange) {
      incoming.body.abandon();
      incoming = null;
    }
    dropExchanges(new IOException("The connection ended with the response before"));
    channel.closeWhenFlushed();
  }

  /** A response cannot be finished: makes sure that the client sees it is not whole. */
  void abort(Exchange exchange, Throwable cause) {
    LOG.log(Level.ERROR, "The response to " + exchange + " was cut", cause);
    reading = Reading.STOPPED;
    if (exchange.writing != null) {
      exchange.writing.cancel(cause);
      exchange.writing = null;
    }
    if (exchange.framing == ResponseWriter.Framing.UNTIL_CLOSE) {
      channel.reset(cause);
    } else {
      channel.closeWhenFlushed();
    }
  }

  private void upgrade(Exchange exchange, Exchange.Upgrade upgrade) {
    ResponseWriter.writeUpgrade(this, upgrade);
    first = null;
    last = null;
    inFlight = 0;
    exchange.finish(false);
    byte[] bytes = held;
    int to = heldTo;
    held = null;
    reading = Reading.STOPPED;
    context.loop.cancel(this);
    channel.handOver(new Upgraded(this, upgrade.successor()));
    channel.resumeReading();
    upgrade.successor().onConnected(channel);
    if (bytes != null) {
      upgrade.successor().onRead(channel, bytes, 0, to);
    }
  }

  Response errorResponse(Exchange exchange, Throwable cause) {
    try {
      LOG.log(Level.ERROR, "The handler failed for " + exchange, cause);
      return context.config.errorHandler().apply(exchange, cause);
    } catch (Throwable t) {
      LOG.log(Level.ERROR, "The error handler failed for " + exchange, t);
      return Response.text(500, "Internal Server Error\n");
    }
  }

  Response rejectedResponse(Exchange exchange) {
    try {
      context.server.requestRejected();
      return context.config.rejectedHandler().apply(exchange);
    } catch (Throwable t) {
      LOG.log(Level.ERROR, "The rejected handler failed for " + exchange, t);
      return Response.text(503, "Service Unavailable\n");
    }
  }

  // ---- Time, and the end of the server ----

  private void watchIfBusy() {
    if (first != null || incoming != null || held != null) {
      watch();
    }
  }

  @Override
  Phase phase() {
    if (incoming != null && reading != Reading.BLOCKED) {
      return incoming.body.isPaused() || incoming.body.awaitsContinue() ? Phase.BUSY : Phase.BODY;
    }
    if (first != null || !channel.isOpen()) {
      return Phase.BUSY;
    }
    return held == null ? Phase.IDLE : reading == Reading.BLOCKED ? Phase.BUSY : Phase.HEAD;
  }

  @Override
  long stalledNanos() {
    return channel.stalledNanos();
  }

  @Override
  boolean isClosed() {
    return channel.isClosed();
  }

  @Override
  void onIdleTimeout() {
    channel.close();
  }

  @Override
  void onHeadTimeout() {
    context.server.timedOut();
    refuse(ProtocolError.remote(408, "The request head did not arrive in time."));
  }

  @Override
  void onBodyTooSlow() {
    context.server.timedOut();
    refuse(ProtocolError.remote(408, "The request body arrives too slowly."));
  }

  @Override
  void onWriteStall() {
    context.server.timedOut();
    channel.reset(new IOException("The client does not read its response"));
  }

  /** The server closes: an idle connection ends at once, another after what it is doing. */
  void drain() {
    if (last != null) {
      last.keepAlive = false;
      if (incoming == null) {
        reading = Reading.STOPPED;
      }
    } else if (incoming != null) {
      channel.closeWhenFlushed();
    } else if (held == null) {
      channel.close();
    }
  }

  void cut() {
    channel.reset(new IOException("The server is closing"));
  }
}

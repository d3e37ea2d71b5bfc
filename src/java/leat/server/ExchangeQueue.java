package leat.server;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import leat.bytes.Nullable;
import leat.net.EventLoop;
import leat.net.TcpChannel;

/**
 * The writing half of a connection: its exchanges, answered in the order of their requests (RFC 9112, 9.3.2). Loop only.
 *
 * <pre>  first ──following──► ... ──► last      the first is written; the others wait, answered or not </pre>
 */
abstract class ExchangeQueue extends ConnTimeouts {
  private static final Logger LOG = System.getLogger("leat.server");

  // Final.
  private final LoopContext context;

  // The loop's own.
  private TcpChannel channel;
  private @Nullable Exchange first;
  private @Nullable Exchange last;
  private int inFlight;
  /** Set while {@link #advance} runs, which then sees whatever is answered meanwhile. */
  private boolean advancing;

  ExchangeQueue(LoopContext context) {
    super(context.config);
    this.context = context;
  }

  // ---- What the reading half knows and does ----

  /** Whether bytes are being consumed right now. */
  abstract boolean isConsuming();

  /** Whether the client has sent FIN, or the channel is closed. */
  abstract boolean isInputEnded();

  /** Whether the client may send the body of this exchange, or may not: it waits for 100 in vain. */
  abstract boolean isBodyUncertain(Exchange exchange);

  /** Tells the client to send the body of this exchange, if it waits for that. */
  abstract void continueIfAwaited(Exchange exchange);

  /** An exchange is over, and the connection goes on. */
  abstract void afterExchange(Exchange exchange);

  /** Exchanges may have ended: others may begin. */
  abstract void afterExchanges();

  /** Nothing more is to be read as requests. */
  abstract void stopReading(String reason);

  abstract void upgrade(Exchange exchange, Exchange.Upgrade upgrade);

  abstract void watchIfBusy();

  // ---- The queue ----

  final LoopContext context() {
    return context;
  }

  final TcpChannel channel() {
    return channel;
  }

  final void setChannel(TcpChannel connected) {
    channel = connected;
  }

  @Override
  final EventLoop loop() {
    return context.loop;
  }

  final Dispatch dispatch() {
    return context.dispatch;
  }

  final boolean isWritable() {
    return channel.isWritable();
  }

  final @Nullable Exchange first() {
    return first;
  }

  final int inFlight() {
    return inFlight;
  }

  final void append(Exchange exchange) {
    if (last == null) {
      first = exchange;
    } else {
      last.following = exchange;
    }
    last = exchange;
    inFlight++;
  }

  /** The answer of an exchange is there. */
  final void answered(Exchange exchange) {
    if (exchange.phase != Exchange.Phase.WAITING) {
      if (exchange.outcome() instanceof Response late) {
        late.body().close();
      }
      return;
    }
    exchange.phase = Exchange.Phase.ANSWERED;
    if (exchange == first) {
      advance();
    }
    watchIfBusy();
  }

  /** Writes the answers whose turn has come: in a loop, so that the stack stays flat however many there are. */
  private void advance() {
    if (advancing) {
      return;
    }
    advancing = true;
    try {
      while (first != null && first.phase == Exchange.Phase.ANSWERED) {
        if (isConsuming() && first.outcome() instanceof Exchange.Upgrade) {
          // Once what followed the request has been put aside for the successor.
          loop().offer(new ConnTask(this) {
            @Override
            void step() {
              advance();
            }
          });
          break;
        }
        write(first);
      }
    } finally {
      advancing = false;
    }
    afterExchanges();
  }

  private void write(Exchange exchange) {
    exchange.phase = Exchange.Phase.WRITING;
    try {
      if (exchange.outcome() instanceof Exchange.Upgrade upgrade) {
        upgrade(exchange, upgrade);
      } else {
        ResponseWriter.write(this, exchange, (Response) exchange.outcome());
      }
    } catch (Throwable t) {
      abort(exchange, t);
    }
  }

  /** Whether the connection goes on after this exchange; settled when its head is written. */
  final boolean keepsAlive(Exchange exchange) {
    // A client that still waits for 100 may send its body or not: what comes next could not be told apart.
    if (isBodyUncertain(exchange)) {
      exchange.keepAlive = false;
    }
    return exchange.keepAlive;
  }

  /** All of a response is queued: the next one's turn. */
  final void finished(Exchange exchange) {
    remove(exchange);
    exchange.end(isInputEnded());
    if (exchange.keepAlive) {
      afterExchange(exchange);
    } else {
      channel.closeWhenFlushed();
      drop(new IOException("The connection ended with the response before"));
      stopReading("The connection ended with its response");
    }
    advance();
    exchange.tellEnd();
  }

  private void remove(Exchange exchange) {
    first = exchange.following;
    exchange.following = null;
    if (first == null) {
      last = null;
    }
    inFlight--;
  }

  /** The first exchange leaves without a final response, since the channel is another's from now on. */
  final void giveAway(Exchange exchange) {
    remove(exchange);
    exchange.end(false);
  }

  /** Ends exchanges that can no longer be answered. */
  final void drop(Throwable reason) {
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
      exchange.end(true);
      exchange.tellEnd();
      exchange = next;
    }
  }

  /** Something failed that is no handler of the user's: the connection ends. */
  final void broken(Throwable cause) {
    LOG.log(Level.ERROR, "A connection failed and is closed", cause);
    channel.close(cause);
  }

  /** A response cannot be finished: makes sure that the client sees it is not whole. */
  final void abort(Exchange exchange, Throwable cause) {
    // A body that a client breaks off or sends too slowly is no fault of ours: it must not fill the log.
    LOG.log(BodyCut.isBehind(cause) ? Level.DEBUG : Level.ERROR, "The response to " + exchange + " was cut", cause);
    stopReading("The response was cut");
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

  /** The channel takes more. */
  final void writeOn() {
    if (first != null && first.writing != null) {
      first.writing.onWritable();
    }
  }

  /** The connection ends with what is in flight now. */
  final void makeLast() {
    last.keepAlive = false;
  }

  /** Tells handlers in flight that the client sends no more. Any of them may answer at once, and so end exchanges. */
  final void tellClientGone() {
    List<Exchange> told = new ArrayList<>(inFlight);
    for (Exchange exchange = first; exchange != null; exchange = exchange.following) {
      told.add(exchange);
    }
    told.forEach(exchange -> exchange.tellClosed(true));
    if (first != null && first.writing != null) {
      first.writing.onClientGone();
    }
  }

  final Response errorResponse(Exchange exchange, Throwable cause) {
    // A client that breaks off its request is no news, and must not be able to fill the log.
    LOG.log(BodyCut.isBehind(cause) ? Level.DEBUG : Level.ERROR, "The handler failed for " + exchange, cause);
    try {
      Response response = context.config.errorHandler().apply(exchange, cause);
      if (response != null) {
        return response;
      }
      LOG.log(Level.ERROR, "The error handler returned null for " + exchange);
    } catch (Throwable t) {
      LOG.log(Level.ERROR, "The error handler failed for " + exchange, t);
    }
    return Response.text(500, "Internal Server Error\n");
  }

  final Response rejectedResponse(Exchange exchange) {
    context.server.requestRejected();
    try {
      Response response = context.config.rejectedHandler().apply(exchange);
      if (response != null) {
        return response;
      }
      LOG.log(Level.ERROR, "The rejected handler returned null for " + exchange);
    } catch (Throwable t) {
      LOG.log(Level.ERROR, "The rejected handler failed for " + exchange, t);
    }
    return tooBusy();
  }

  static Response tooBusy() {
    return Response.text(503, "Service Unavailable\n");
  }
}

package leat.server;

import leat.async.Deferred;
import leat.async.Source;

/**
 * Writes the messages of a source as they come, one in flight at a time, so that a slow client slows the source.
 *
 * <pre>  take ──message──► write ──► channel takes more? ──yes──► take        no: take when it is writable again </pre>
 */
final class SourceWriting implements BodyWriting, Deferred.Listener<Object> {
  /** Stands for the end of the source, which may hold any object but this one. */
  private static final Object DRAINED = new Object();

  private static final int MESSAGES_PER_TURN = 256;

  private enum State {
    /** Messages are at hand: the loop in {@link #pull} goes on. */
    PULLING,
    TAKING,
    AWAITING_WRITABLE,
    /** So many messages were at hand that other connections come first. */
    AWAITING_TURN,
    OVER
  }

  private final ExchangeQueue conn;
  private final Exchange exchange;
  private final Source<Object> source;
  private State state = State.AWAITING_WRITABLE;

  @SuppressWarnings("unchecked")
  SourceWriting(ExchangeQueue conn, Exchange exchange, Source<?> source) {
    this.conn = conn;
    this.exchange = exchange;
    this.source = (Source<Object>) source;
  }

  /** Takes as long as messages are at hand and the channel is writable: a loop, so that the stack stays flat. */
  private void pull() {
    state = State.PULLING;
    try {
      for (int n = 0; state == State.PULLING; n++) {
        if (!conn.isWritable()) {
          state = State.AWAITING_WRITABLE;
        } else if (n == MESSAGES_PER_TURN) {
          state = State.AWAITING_TURN;
          onLoop(this::pullOn);
        } else {
          take();
        }
      }
    } catch (Throwable t) {
      // From the source, or from the text of a message: user code.
      failed(t);
    }
  }

  private void take() {
    state = State.TAKING;
    Deferred<Object> taken = source.take(DRAINED);
    if (!taken.isRealized()) {
      taken.onRealized(this);
      return;
    }
    Throwable error = taken.errorValue(null);
    if (error != null) {
      failed(error);
    } else {
      took(taken.successValue(null));
    }
  }

  private void pullOn() {
    if (state == State.AWAITING_TURN) {
      pull();
    }
  }

  private void took(Object message) {
    if (state != State.TAKING) {
      return;
    }
    if (message == DRAINED) {
      state = State.OVER;
      ResponseWriter.endBody(conn, exchange);
      return;
    }
    byte[] bytes = Body.messageBytes(message);
    state = State.PULLING;
    ResponseWriter.writePart(conn, exchange, bytes, 0, bytes.length);
  }

  private void failed(Throwable cause) {
    if (state != State.OVER) {
      state = State.OVER;
      source.close();
      conn.abort(exchange, cause);
    }
  }

  @Override
  public void onSuccess(Object message) {
    onLoop(() -> {
      try {
        took(message);
      } catch (Throwable t) {
        failed(t);
      }
      if (state == State.PULLING) {
        pull();
      }
    });
  }

  @Override
  public void onError(Throwable cause) {
    onLoop(() -> failed(cause));
  }

  private void onLoop(Runnable step) {
    boolean comes = conn.loop().offer(new ConnTask(conn) {
      @Override
      void step() {
        step.run();
      }
    });
    if (!comes) {
      source.close();
    }
  }

  @Override
  public void onWritable() {
    if (state == State.AWAITING_WRITABLE) {
      pull();
    }
  }

  @Override
  public void onClientGone() {
    source.close();
  }

  @Override
  public void cancel(Throwable cause) {
    state = State.OVER;
    source.close();
  }

  /** Begins. */
  void start() {
    pull();
  }
}

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

  private enum State {
    /** Messages are at hand: the loop in {@link #pull} goes on. */
    PULLING,
    TAKING,
    AWAITING_WRITABLE,
    OVER
  }

  private final Http1Conn conn;
  private final Exchange exchange;
  private final Source<Object> source;
  private State state = State.AWAITING_WRITABLE;

  @SuppressWarnings("unchecked")
  SourceWriting(Http1Conn conn, Exchange exchange, Source<?> source) {
    this.conn = conn;
    this.exchange = exchange;
    this.source = (Source<Object>) source;
  }

  /** Takes as long as messages are at hand and the channel is writable: a loop, so that the stack stays flat. */
  private void pull() {
    state = State.PULLING;
    while (state == State.PULLING) {
      if (!conn.isWritable()) {
        state = State.AWAITING_WRITABLE;
        return;
      }
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
    if (state == State.TAKING) {
      state = State.OVER;
      conn.abort(exchange, cause);
    }
  }

  @Override
  public void onSuccess(Object message) {
    onLoop(() -> {
      took(message);
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
    try {
      conn.loop().execute(step);
    } catch (java.util.concurrent.RejectedExecutionException ended) {
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

package leat.ring;

import clojure.lang.AFn;
import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import java.io.IOException;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.ring.RequestMap.BodyKind;
import leat.server.Handler;
import leat.server.Request;
import leat.server.Responder;

/**
 * Runs a Ring handler.
 *
 * <pre>
 *   SYNC   (handler request)                ─► a map ────────────────────────────────► Response
 *                                           ─► a deferred ─► a map (or deferred...) ──► Response
 *   ASYNC  (handler request respond raise)  ─► (respond map-or-deferred), (raise error): the first one counts
 *
 *   The :body of the map may be a deferred too: the response waits for it.
 * </pre>
 *
 * <p>What a handler throws or raises, and what is no Ring response, fails the exchange: the server's error handler makes
 * the answer. Dynamic bindings of the thread that started the server are not conveyed to handlers.
 */
public final class RingHandler implements Handler {
  private static final Keyword BODY = Keyword.intern("body");

  /** How the Ring handler is called. */
  public enum Style {
    /** With the request; it returns the response or a deferred of it. */
    SYNC,
    /** With the request, {@code respond} and {@code raise}. */
    ASYNC
  }

  private final IFn handler;
  private final Style style;
  private final BodyKind bodyKind;
  private final ResponseReader responses;
  private final Pending pending;

  /**
   * A handler.
   *
   * @param handler the Ring handler; a var is looked up anew for each request
   * @param style how it is called
   * @param bodyKind what it gets as {@code :body}
   * @param responses converts what it gives
   * @param coercion {@code (f value)} gives a deferred or {@code CompletionStage} for a value that only it knows to come
   *     later, nil for any other; null for none
   */
  public RingHandler(
      IFn handler, Style style, BodyKind bodyKind, ResponseReader responses, @Nullable IFn coercion) {
    this.handler = handler;
    this.style = style;
    this.bodyKind = bodyKind;
    this.responses = responses;
    this.pending = new Pending(coercion);
  }

  @Override
  public void handle(Request request, Responder responder) throws Exception {
    RequestMap map = new RequestMap(request, bodyKind);
    if (style == Style.SYNC) {
      answer(handler.invoke(map), responder, null);
    } else {
      handler.invoke(map, new Respond(request, responder), new Raise(responder));
    }
  }

  /** Answers with what a handler gave, now or when it is there. */
  private void answer(@Nullable Object result, Responder responder, @Nullable Request async) throws IOException {
    if (result instanceof IPersistentMap map) {
      Object body = map.valAt(BODY);
      Deferred<?> later = ResponseReader.isPlain(body) ? null : pending.of(body);
      if (later == null) {
        responder.respond(responses.read(map, async));
      } else {
        later.onRealized(value -> answerLater(map.assoc(BODY, value), responder, async), error -> fail(error, responder));
      }
      return;
    }
    Deferred<?> later = pending.of(result);
    if (later == null) {
      throw RingError.malformed("a map with :status, or a deferred of one", result);
    }
    later.onRealized(value -> answerLater(value, responder, async), error -> fail(error, responder));
  }

  private void answerLater(@Nullable Object result, Responder responder, @Nullable Request async) {
    try {
      answer(result, responder, async);
    } catch (Throwable t) {
      fail(t, responder);
    }
  }

  private static void fail(Throwable error, Responder responder) {
    responder.fail(Pending.unwrap(error));
  }

  /** The {@code respond} of an asynchronous handler. */
  private final class Respond extends AFn {
    private final Request request;
    private final Responder responder;

    Respond(Request request, Responder responder) {
      this.request = request;
      this.responder = responder;
    }

    @Override
    public Object invoke(Object response) {
      answerLater(response, responder, request);
      return null;
    }
  }

  /** The {@code raise} of an asynchronous handler. */
  private static final class Raise extends AFn {
    private final Responder responder;

    Raise(Responder responder) {
      this.responder = responder;
    }

    @Override
    public Object invoke(Object error) {
      fail(error instanceof Throwable throwable ? throwable : RingError.raised(error), responder);
      return null;
    }
  }
}

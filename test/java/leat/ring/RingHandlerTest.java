package leat.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.lang.AFn;
import clojure.lang.Delay;
import clojure.lang.ExceptionInfo;
import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import clojure.lang.Var;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import leat.async.Deferred;
import leat.async.NonBlocking;
import leat.ring.RequestMap.BodyKind;
import leat.ring.RingHandler.Style;
import leat.server.Body;
import leat.server.Responder;
import leat.server.Response;
import org.junit.jupiter.api.Test;

/** What becomes of what a Ring handler returns, throws, responds with and raises. */
class RingHandlerTest {
  private static final IPersistentMap OK = map("status", 204L);

  private final Answers answers = new Answers();

  /** A responder that keeps what comes first, and counts the rest. */
  private static final class Answers implements Responder {
    Response response;
    Throwable failure;
    int late;

    @Override
    public boolean respond(Response first) {
      if (response != null || failure != null) {
        late++;
        return false;
      }
      response = first;
      return true;
    }

    @Override
    public boolean fail(Throwable cause) {
      if (response != null || failure != null) {
        late++;
        return false;
      }
      failure = cause;
      return true;
    }
  }

  private static IPersistentMap map(Object... keysAndValues) {
    IPersistentMap map = PersistentArrayMap.EMPTY;
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map = map.assoc(Keyword.intern((String) keysAndValues[i]), keysAndValues[i + 1]);
    }
    return map;
  }

  private static IFn fn(Function<Object, Object> f) {
    return new AFn() {
      @Override
      public Object invoke(Object argument) {
        return f.apply(argument);
      }
    };
  }

  private void handle(IFn handler, Style style, IFn coercion) {
    try {
      new RingHandler(handler, style, BodyKind.STREAM, new ResponseReader(null), coercion)
          .handle(new FakeRequest(), answers);
    } catch (Throwable thrown) {
      answers.fail(thrown);
    }
  }

  /** Runs a synchronous handler that returns {@code result}. */
  private void returning(Object result) {
    handle(fn(request -> result), Style.SYNC, null);
  }

  private interface AsyncBody {
    void run(IFn respond, IFn raise);
  }

  private void async(AsyncBody body) {
    handle(
        new AFn() {
          @Override
          public Object invoke(Object request, Object respond, Object raise) {
            body.run((IFn) respond, (IFn) raise);
            return "ignored";
          }
        },
        Style.ASYNC,
        null);
  }

  private void assertAnswered() {
    assertNull(answers.failure);
    assertEquals(204, answers.response.status());
  }

  private void assertWaiting() {
    assertNull(answers.response);
    assertNull(answers.failure);
  }

  @Test
  void aMapIsAnsweredAtOnce() {
    returning(OK);
    assertAnswered();
  }

  @Test
  void theHandlerGetsARequestMap() {
    handle(fn(request -> request instanceof RequestMap ? OK : null), Style.SYNC, null);
    assertAnswered();
  }

  @Test
  void aDeferredIsAnsweredWhenItIsRealized() {
    Deferred<Object> later = new Deferred<>();
    returning(later);
    assertWaiting();
    later.success(OK);
    assertAnswered();
  }

  @Test
  void aRealizedDeferredIsAnsweredAtOnce() {
    returning(Deferred.succeeded(OK));
    assertAnswered();
  }

  @Test
  void aDeferredOfADeferredIsFollowed() {
    Deferred<Object> inner = new Deferred<>();
    returning(Deferred.succeeded(inner));
    assertWaiting();
    inner.success(OK);
    assertAnswered();
  }

  @Test
  void theErrorOfADeferredFailsTheExchange() {
    IOException error = new IOException("no");
    returning(Deferred.failed(error));
    assertSame(error, answers.failure);
  }

  @Test
  void aMalformedValueOfADeferredFailsTheExchange() {
    Deferred<Object> later = new Deferred<>();
    returning(later);
    later.success("text");
    assertEquals(
        "Malformed response: expected a map with :status, or a deferred of one, got \"text\" (java.lang.String)",
        answers.failure.getMessage());
  }

  @Test
  void aCompletionStageIsAnsweredWhenItIsComplete() {
    CompletableFuture<Object> later = new CompletableFuture<>();
    returning(later);
    assertWaiting();
    later.complete(OK);
    assertAnswered();
  }

  @Test
  void theErrorOfACompletionStageComesWithoutItsWrapping() {
    IOException error = new IOException("no");
    CompletableFuture<Object> later = new CompletableFuture<>();
    returning(later.thenApply(value -> value));
    later.completeExceptionally(error);
    assertSame(error, answers.failure);
  }

  @Test
  void anythingTheCoercionKnowsIsFollowed() {
    Deferred<Object> later = new Deferred<>();
    handle(fn(request -> "ticket"), Style.SYNC, fn(value -> "ticket".equals(value) ? later : null));
    assertWaiting();
    later.success(OK);
    assertAnswered();
  }

  @Test
  void clojureReferencesThatBlockAreWaitedFor() {
    returning(new Delay(fn0(OK)));
    assertAnswered();
  }

  @Test
  void clojureReferencesThatBlockAreRefusedOnALoop() throws Exception {
    onLoop(() -> returning(new Delay(fn0(OK))));
    assertEquals(
        "A handler on an event loop must not block: expected a leat deferred or a CompletionStage, got clojure.lang.Delay",
        answers.failure.getMessage());
  }

  @Test
  void clojureReferencesThatAreThereArePassedOnALoop() throws Exception {
    Delay delay = new Delay(fn0(OK));
    delay.deref();
    onLoop(() -> returning(delay));
    assertAnswered();
  }

  @Test
  void theErrorOfAFutureComesWithoutItsWrapping() {
    Object future = call("future-call", call("eval", RT.readString("(fn [] (throw (ex-info \"no\" {})))")));
    returning(future);
    assertInstanceOf(ExceptionInfo.class, answers.failure);
    assertEquals("no", answers.failure.getMessage());
  }

  @Test
  void atomsAndNilAreNoResponses() {
    returning(call("atom", OK));
    assertEquals(
        "Malformed response: expected a map with :status, or a deferred of one, got a value of clojure.lang.Atom",
        answers.failure.getMessage());
    Answers second = new Answers();
    try {
      new RingHandler(fn(r -> null), Style.SYNC, BodyKind.STREAM, new ResponseReader(null), null)
          .handle(new FakeRequest(), second);
    } catch (Exception e) {
      second.fail(e);
    }
    assertEquals(
        "Malformed response: expected a map with :status, or a deferred of one, got nil", second.failure.getMessage());
    assertEquals(
        Keyword.intern("malformed-response"), ((ExceptionInfo) second.failure).getData().valAt(Keyword.intern("leat", "error")));
  }

  @Test
  void whatTheHandlerThrowsFailsTheExchange() {
    IllegalStateException thrown = new IllegalStateException();
    handle(
        fn(request -> {
          throw thrown;
        }),
        Style.SYNC,
        null);
    assertSame(thrown, answers.failure);
  }

  @Test
  void aDeferredBodyIsWaitedFor() {
    Deferred<Object> body = new Deferred<>();
    returning(OK.assoc(Keyword.intern("body"), body));
    assertWaiting();
    body.success(Deferred.succeeded("abc"));
    assertAnswered();
    assertEquals(3, answers.response.body().length());
  }

  @Test
  void theErrorOfADeferredBodyFailsTheExchange() {
    IOException error = new IOException("no");
    returning(OK.assoc(Keyword.intern("body"), Deferred.failed(error)));
    assertSame(error, answers.failure);
  }

  @Test
  void theFirstCompletionOfAnAsynchronousHandlerWins() {
    async((respond, raise) -> {
      respond.invoke(OK);
      raise.invoke(new IOException());
      respond.invoke(map("status", 500L));
    });
    assertAnswered();
    assertEquals(2, answers.late);
  }

  @Test
  void raiseFailsTheExchange() {
    IOException error = new IOException("no");
    async((respond, raise) -> raise.invoke(error));
    assertSame(error, answers.failure);
  }

  @Test
  void raisingWhatIsNoThrowableFailsTheExchangeToo() {
    async((respond, raise) -> raise.invoke("oh"));
    assertEquals("The handler raised \"oh\" (java.lang.String)", answers.failure.getMessage());
  }

  @Test
  void anAsynchronousHandlerThatThrowsFailsTheExchange() {
    async((respond, raise) -> {
      throw new IllegalStateException("thrown");
    });
    assertEquals("thrown", answers.failure.getMessage());
  }

  @Test
  void anAsynchronousHandlerMayRespondWithADeferred() {
    Deferred<Object> later = new Deferred<>();
    async((respond, raise) -> respond.invoke(later));
    assertWaiting();
    later.success(OK);
    assertAnswered();
  }

  @Test
  void respondingWithWhatIsMalformedFailsTheExchangeAndNotTheCaller() {
    List<Object> returned = new ArrayList<>();
    async((respond, raise) -> returned.add(respond.invoke(null)));
    assertEquals(1, returned.size());
    assertNull(returned.get(0));
    assertTrue(answers.failure.getMessage().endsWith("got nil"));
  }

  @Test
  void aVarIsLookedUpForEachRequest() {
    Var var = Var.create(fn(request -> map("status", 200L)));
    RingHandler handler = new RingHandler(var, Style.SYNC, BodyKind.STREAM, new ResponseReader(null), null);
    for (long status : new long[] {201, 202}) {
      var.bindRoot(fn(request -> map("status", status)));
      Answers now = new Answers();
      try {
        handler.handle(new FakeRequest(), now);
      } catch (Exception e) {
        now.fail(e);
      }
      assertEquals(status, now.response.status());
    }
  }

  @Test
  void anEmptyResponseHasNoBody() {
    returning(OK);
    assertSame(Body.EMPTY, answers.response.body());
    assertFalse(answers.response.headers().has("content-type"));
  }

  private static AFn fn0(Object value) {
    return new AFn() {
      @Override
      public Object invoke() {
        return value;
      }
    };
  }

  private static Object call(String name, Object argument) {
    return RT.var("clojure.core", name).invoke(argument);
  }

  private static void onLoop(Runnable task) throws InterruptedException {
    class LoopThread extends Thread implements NonBlocking {
      LoopThread() {
        super(task);
      }
    }
    Thread thread = new LoopThread();
    thread.start();
    thread.join();
  }
}

package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import leat.async.Deferred;
import leat.async.Source;
import leat.http.Headers;
import leat.server.RawClient.Reply;
import org.junit.jupiter.api.Test;

/** Expect: 100-continue (RFC 9110, 10.1.1). */
class ContinueTest {
  private static final String HEAD = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

  private static Response echo(Request request) {
    try {
      return Response.text(new String(request.body().stream().readAllBytes()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void continuesAndEchoes(RawClient client) throws IOException {
    for (int i = 0; i < 2; i++) {
      Reply interim = client.send(HEAD).read();
      assertEquals("HTTP/1.1 100 Continue\r\n\r\n", interim.head());
      Reply reply = client.send("12345").read();
      assertEquals(200, reply.status());
      assertEquals("12345", reply.text());
      assertFalse(reply.closes());
    }
  }

  @Test
  void sends100WhenTheBodyIsFirstRead() throws IOException {
    CountDownLatch go = new CountDownLatch(1);
    try (HttpServer server = Servers.start(request -> {
          Servers.await(go);
          return echo(request);
        });
        RawClient client = new RawClient(server)) {
      client.send(HEAD);
      Servers.barrier(server);
      assertEquals(0, client.in().available());
      go.countDown();
      assertEquals(100, client.read().status());
      assertEquals("12345", client.send("12345").read().text());
      continuesAndEchoes(client);
    }
  }

  /** A response that is made from the request's body: the client is asked for it before the head, and stays. */
  @Test
  void sends100BeforeAResponseThatStreamsTheBodyBack() throws IOException {
    try (HttpServer server = Servers.start(
            request -> Response.of(200, Headers.EMPTY, Body.stream(request.body().stream())));
        RawClient client = new RawClient(server)) {
      continuesAndEchoes(client);
    }
  }

  /** An error body that is made in parts does not invite the upload; whoever reads it then is told, and nobody waits. */
  @Test
  void anErrorInPartsDoesNotAskForTheBody() throws IOException {
    try (HttpServer server = Servers.start(
            request -> Response.of(413, Headers.EMPTY, Body.iterator(List.of("too ", "large").iterator())));
        RawClient client = new RawClient(server)) {
      Reply reply = client.send(HEAD).read();
      assertEquals(413, reply.status());
      assertEquals("too large", reply.text());
      assertTrue(reply.closes());
    }
  }

  @Test
  void sends100WhenTheSourceIsFirstTaken() throws IOException {
    try (HttpServer server = Servers.builder().responderHandler((request, responder) -> {
          Source<ByteBuffer> source = request.body().source();
          source.take(null).onRealized(
              part -> responder.respond(Response.text(part.remaining() + " bytes")), responder::fail);
        }).start();
        RawClient client = new RawClient(server)) {
      assertEquals(100, client.send(HEAD).read().status());
      assertEquals("5 bytes", client.send("12345").read().text());
    }
  }

  /** A handler that does not want the body spares the client sending it; what comes next could not be told apart. */
  @Test
  void aFinalResponseWithoutReadingCloses() throws IOException {
    try (HttpServer server = Servers.start(request -> Response.text(401, "who?"));
        RawClient client = new RawClient(server)) {
      Reply reply = client.send(HEAD).read();
      assertEquals(401, reply.status());
      assertTrue(reply.closes());
      assertEquals("", client.readToEnd());
    }
  }

  @Test
  void a100IsNotNeededOnceTheBodyHasCome() throws IOException {
    try (HttpServer server = Servers.start(ContinueTest::echo); RawClient client = new RawClient(server)) {
      Reply reply = client.send(HEAD + "12345").get("/").read();
      assertEquals(200, reply.status());
      assertEquals("12345", reply.text());
      assertFalse(reply.closes());
    }
  }

  /** RFC 9110, 10.1.1: an HTTP/1.0 client knows no 100. */
  @Test
  void http10GetsNo100() throws IOException {
    try (HttpServer server = Servers.start(ContinueTest::echo); RawClient client = new RawClient(server)) {
      client.send("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      Servers.barrier(server);
      assertEquals(200, client.send("12345").read().status());
    }
  }

  /** RFC 9110, 10.1.1: 413 at once, and no 100. */
  @Test
  void aBodyOverTheLimitIsRefusedBefore100() throws IOException {
    try (HttpServer server = Servers.start(ContinueTest::echo); RawClient client = new RawClient(server)) {
      Reply reply = client.send(HEAD.replace("5", "99999999999")).read();
      assertEquals(413, reply.status());
      assertEquals("", client.readToEnd());
    }
  }

  @Test
  void onTheLoop100ComesBeforeTheHandler() throws IOException {
    try (HttpServer server = Servers.builder().handlersOnLoop().handler(ContinueTest::echo).start();
        RawClient client = new RawClient(server)) {
      continuesAndEchoes(client);
    }
  }

  @Test
  void rawBodiesOnTheLoop() throws IOException {
    try (HttpServer server = Servers.builder().handlersOnLoop().rawBodies(true).responderHandler((request, responder) ->
          request.body().source().take(null).onRealized(
              part -> responder.respond(Response.text(part.remaining() + " bytes")), responder::fail)).start();
        RawClient client = new RawClient(server)) {
      assertEquals(100, client.send(HEAD).read().status());
      assertEquals("5 bytes", client.send("12345").read().text());
    }
  }

  // ---- With a continue handler ----

  private static HttpServerBuilder deciding(Function<Request, Object> decision) {
    return Servers.builder().continueHandler(decision).handler(ContinueTest::echo);
  }

  private static Deferred<Object> later(Object value) {
    Deferred<Object> deferred = new Deferred<>();
    new Thread(() -> deferred.success(value)).start();
    return deferred;
  }

  @Test
  void trueGoesOn() throws IOException {
    for (Object yes : new Object[] {true, later(true), CompletableFuture.completedFuture(later(true))}) {
      try (HttpServer server = deciding(request -> yes).start(); RawClient client = new RawClient(server)) {
        continuesAndEchoes(client);
      }
    }
  }

  @Test
  void trueGoesOnOnTheLoop() throws IOException {
    for (Object yes : new Object[] {true, later(true), CompletableFuture.completedFuture(later(true))}) {
      try (HttpServer server = deciding(request -> yes).handlersOnLoop().start(); RawClient client = new RawClient(server)) {
        continuesAndEchoes(client);
      }
    }
  }

  @Test
  void falseIs417() throws IOException {
    AtomicInteger handled = new AtomicInteger();
    for (Object no : new Object[] {false, later(false), later(null)}) {
      try (HttpServer server = deciding(request -> no).handler(request -> {
            handled.incrementAndGet();
            return Response.text("no");
          }).start();
          RawClient client = new RawClient(server)) {
        Reply reply = client.send(HEAD).read();
        assertEquals(417, reply.status());
        assertTrue(reply.closes());
        assertEquals("", client.readToEnd());
      }
    }
    assertEquals(0, handled.get());
  }

  @Test
  void aResponseIsSent() throws IOException {
    Response no = Response.of(401, Headers.of("www-authenticate", "Basic"), Body.EMPTY);
    for (Object decision : new Object[] {no, later(no)}) {
      try (HttpServer server = deciding(request -> decision).handlersOnLoop().start();
          RawClient client = new RawClient(server)) {
        Reply reply = client.send(HEAD).read();
        assertEquals(401, reply.status());
        assertEquals("Basic", reply.field("www-authenticate"));
        assertEquals("", client.readToEnd());
      }
    }
  }

  @Test
  void aFailureIs500() throws IOException {
    for (Function<Request, Object> broken : java.util.List.<Function<Request, Object>>of(
        request -> Deferred.failed(new RuntimeException("no")), request -> {
          throw new IllegalStateException("no");
        })) {
      try (HttpServer server = deciding(broken).start(); RawClient client = new RawClient(server)) {
        assertEquals(500, client.send(HEAD).read().status());
      }
    }
  }

  /** The decision is asked for even when the body did not wait for it, and only when 100 is expected. */
  @Test
  void decidesAboutBodiesThatDidNotWait() throws IOException {
    for (boolean onLoop : new boolean[] {true, false}) {
      HttpServerBuilder builder = deciding(request -> request.path().equals("/yes"));
      try (HttpServer server = (onLoop ? builder.handlersOnLoop() : builder).start();
          RawClient client = new RawClient(server)) {
        assertEquals("12345", client.send(HEAD.replace("/ ", "/yes ") + "12345").read().text());
        assertEquals("12345", client.send(HEAD.replace("Expect: 100-continue\r\n", "") + "12345").read().text());
        assertEquals(417, client.send(HEAD + "12345").read().status());
      }
    }
  }

  /** On the loop, a body that fills its buffer while the decision is pending is handled as far as it is there. */
  @Test
  void aDecisionAboutALargeBodyThatDidNotWait() throws IOException {
    Deferred<Object> decision = new Deferred<>();
    AtomicInteger available = new AtomicInteger();
    CompletableFuture<Request> asked = new CompletableFuture<>();
    try (HttpServer server = Servers.builder().handlersOnLoop()
          .continueHandler(request -> {
            asked.complete(request);
            return decision;
          })
          .responderHandler((request, responder) -> {
            available.set(request.body().stream().available());
            responder.respond(Response.text("seen"));
          }).start();
        RawClient client = new RawClient(server)) {
      client.send(HEAD.replace("5", "400000"));
      Thread sender = new Thread(() -> sendQuietly(client, 400_000));
      sender.start();
      while (asked.join().body().stream().available() < RequestBody.HIGH_WATER) {
        Servers.barrier(server);
      }
      decision.success(true);
      assertEquals("seen", client.read().text());
      assertTrue(available.get() <= RequestBody.HIGH_WATER + 64 * 1024);
    }
  }

  private static void sendQuietly(RawClient client, int byteCount) {
    try {
      client.send(new byte[byteCount]);
    } catch (IOException e) {
      // The server may close first.
    }
  }
}

package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import leat.async.Deferred;
import leat.async.Stream;
import leat.http.Headers;
import org.junit.jupiter.api.Test;

/** A client that goes away is seen without anything being written to it. */
class ClientGoneTest {
  private final ConcurrentLinkedQueue<Request> requests = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Responder> responders = new ConcurrentLinkedQueue<>();

  private HttpServer collecting() throws IOException {
    return Servers.builder().responderHandler((request, responder) -> {
      responders.add(responder);
      requests.add(request);
    }).start();
  }

  @Test
  void closedTellsOfAReset() throws IOException {
    try (HttpServer server = collecting(); RawClient client = new RawClient(server)) {
      client.get("/1").get("/2");
      Servers.until(() -> requests.size() == 2);
      requests.forEach(request -> assertFalse(request.closed().isRealized()));
      client.reset();
      requests.forEach(request -> assertEquals(true, Servers.value(request.closed())));
      Servers.until(() -> server.stats().connections() == 0);
    }
  }

  /** Whoever asks only afterwards hears it too. */
  @Test
  void closedTellsWhoAsksLate() throws IOException {
    try (HttpServer server = collecting(); RawClient client = new RawClient(server)) {
      client.get("/");
      Servers.until(() -> requests.size() == 1);
      client.reset();
      Servers.until(() -> server.stats().connections() == 0);
      assertEquals(true, Servers.value(requests.peek().closed()));
    }
  }

  @Test
  void closedIsFalseAfterAWholeResponse() throws IOException {
    try (HttpServer server = collecting(); RawClient client = new RawClient(server)) {
      client.get("/1").get("/2");
      Servers.until(() -> requests.size() == 2);
      Deferred<Boolean> asked = requests.peek().closed();
      responders.forEach(responder -> responder.respond(Response.text("whole")));
      assertEquals("whole", client.read().text());
      assertEquals("whole", client.read().text());
      client.socket().close();
      Servers.until(() -> server.stats().connections() == 0);
      assertEquals(false, Servers.value(asked));
      requests.forEach(request -> assertEquals(false, Servers.value(request.closed()), "asked when all was over"));
    }
  }

  /** RFC 9112, 9.6: a client may close its side and still read. */
  @Test
  void aHalfClosedClientIsAnswered() throws IOException {
    try (HttpServer server = collecting(); RawClient client = new RawClient(server)) {
      client.get("/1").get("/2").finish();
      Servers.until(() -> requests.size() == 2);
      requests.forEach(request -> assertEquals(true, Servers.value(request.closed())));
      responders.forEach(responder -> responder.respond(Response.text("still")));
      assertFalse(client.read().closes());
      assertTrue(client.read().closes());
      assertEquals("", client.readToEnd());
    }
  }

  @Test
  void aHalfClosedClientGetsItsWholeStream() throws IOException {
    byte[] large = new byte[1_000_000];
    try (HttpServer server = Servers.start(r -> Response.of(200, Headers.EMPTY, Body.stream(new ByteArrayInputStream(large))));
        RawClient client = new RawClient(server)) {
      assertEquals(large.length, client.get("/").finish().read().body().length);
    }
  }

  /** Listeners may answer at once, though that ends the very exchanges that are being told. */
  @Test
  void whoHearsOfTheEndMayAnswerAtOnce() throws IOException {
    try (HttpServer server = Servers.builder().handlersOnLoop().responderHandler((request, responder) -> {
          requests.add(request);
          request.closed().onRealized(gone -> responder.respond(Response.text("told")), error -> {});
        }).start();
        RawClient client = new RawClient(server)) {
      client.get("/1").get("/2").get("/3").finish();
      for (int i = 0; i < 3; i++) {
        assertEquals("told", client.read().text());
      }
      assertEquals("", client.readToEnd());
    }
  }

  /** An event feed ends for a client that sends FIN, with what is there already. */
  @Test
  void aSourceIsClosedAtTheEndOfTheInput() throws IOException {
    Stream<Object> feed = new Stream<>(4);
    CountDownLatch closed = new CountDownLatch(1);
    feed.onClosed(closed::countDown);
    try (HttpServer server = Servers.start(r -> Response.of(200, Headers.EMPTY, Body.source(feed)));
        RawClient client = new RawClient(server)) {
      feed.put("tick");
      client.get("/").readUntil("tick");
      client.finish();
      Servers.await(closed);
      assertTrue(client.readToEnd().endsWith("0\r\n\r\n"));
    }
  }

  @Test
  void aSourceIsClosedByAReset() throws IOException {
    Stream<Object> feed = new Stream<>(4);
    CountDownLatch closed = new CountDownLatch(1);
    feed.onClosed(closed::countDown);
    try (HttpServer server = Servers.start(r -> Response.of(200, Headers.EMPTY, Body.source(feed)));
        RawClient client = new RawClient(server)) {
      feed.put("tick");
      client.get("/").readUntil("tick");
      client.reset();
      Servers.await(closed);
    }
  }

  /** An answer that comes too late is let go of. */
  @Test
  void aLateAnswerIsClosed() throws IOException {
    CountDownLatch closed = new CountDownLatch(1);
    try (HttpServer server = collecting(); RawClient client = new RawClient(server)) {
      client.get("/");
      Servers.until(() -> requests.size() == 1);
      client.reset();
      Servers.until(() -> server.stats().connections() == 0);
      responders.peek().respond(Response.of(200, Headers.EMPTY, Body.stream(new ByteArrayInputStream(new byte[1]) {
        @Override
        public void close() {
          closed.countDown();
        }
      })));
      Servers.await(closed);
    }
  }
}

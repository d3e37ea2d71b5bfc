package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import leat.http.Headers;
import leat.http.Limits;
import org.junit.jupiter.api.Test;

/** RFC 9112, 9.3.2: responses in the order of the requests, whatever handlers do. */
class PipeliningTest {
  private final ConcurrentHashMap<String, Responder> waiting = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> began = new ConcurrentLinkedQueue<>();

  private HttpServer collecting(Limits limits) throws IOException {
    return Servers.builder().limits(limits).handlersOnLoop().responderHandler((request, responder) -> {
      waiting.put(request.path(), responder);
      began.add(request.path());
    }).start();
  }

  private HttpServer collecting() throws IOException {
    return collecting(Limits.DEFAULT);
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }

  private static String post(String path) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
  }

  @Test
  void lateAndReorderedCompletionsKeepTheOrder() throws IOException {
    long seed = System.nanoTime();
    try (HttpServer server = collecting(); RawClient client = new RawClient(server)) {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        client.get("/" + i);
        order.add(i);
      }
      Servers.until(() -> waiting.size() == 12);
      Collections.shuffle(order, new Random(seed));
      for (int i : order) {
        assertTrue(waiting.get("/" + i).respond(body(i)));
      }
      for (int i = 0; i < 12; i++) {
        assertEquals("answer " + i, client.read().text(), "seed " + seed);
      }
    }
  }

  /** All kinds of bodies, since each is finished in a way of its own. */
  private static Response body(int i) {
    byte[] bytes = ("answer " + i).getBytes();
    return switch (i % 3) {
      case 0 -> Response.text("answer " + i);
      case 1 -> Response.of(200, Headers.EMPTY, Body.stream(new ByteArrayInputStream(bytes)));
      default -> Response.of(200, Headers.EMPTY, Body.iterator(List.of("answer ", i).iterator()));
    };
  }

  @Test
  void theFirstCompletionWins() throws IOException {
    try (HttpServer server = collecting(); RawClient client = new RawClient(server)) {
      client.get("/1").get("/2");
      Servers.until(() -> waiting.size() == 2);
      CountDownLatch closed = new CountDownLatch(1);
      assertTrue(waiting.get("/2").respond(Response.text("second")));
      assertFalse(waiting.get("/2").respond(Response.of(200, Headers.EMPTY, Body.stream(closing(closed)))));
      assertFalse(waiting.get("/2").fail(new RuntimeException("late")));
      Servers.await(closed);
      assertTrue(waiting.get("/1").respond(Response.text("first")));
      assertFalse(waiting.get("/1").respond(Response.text("again")));
      assertEquals("first", client.read().text());
      assertEquals("second", client.read().text());
      client.get("/3");
      Servers.until(() -> waiting.containsKey("/3"));
      assertFalse(waiting.get("/1").respond(Response.text("much later")));
      waiting.get("/3").respond(Response.text("third"));
      assertEquals("third", client.read().text());
    }
  }

  private static ByteArrayInputStream closing(CountDownLatch closed) {
    return new ByteArrayInputStream(new byte[0]) {
      @Override
      public void close() {
        closed.countDown();
      }
    };
  }

  @Test
  void looksAheadOnlyAsFarAsTheLimit() throws IOException {
    Limits limits = new Limits(8192, 8192, 128, 65_536, 1000, 256, 65_536, 8192, 3);
    try (HttpServer server = collecting(limits); RawClient client = new RawClient(server)) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        all.append(get("/" + i));
      }
      client.send(all.toString());
      Servers.until(() -> began.size() == 3);
      Servers.barrier(server);
      assertEquals(3, began.size());
      for (int i = 0; i < 50; i++) {
        int number = i;
        Servers.until(() -> waiting.containsKey("/" + number));
        waiting.get("/" + i).respond(Response.text("" + i));
        assertEquals("" + i, client.read().text());
        assertTrue(began.size() <= i + 4, "began " + began.size() + " when " + i + " was answered");
      }
    }
  }

  /** What is not safe waits for its predecessors, and what follows waits for it. */
  @Test
  void unsafeRequestsRunAlone() throws IOException {
    try (HttpServer server = collecting(); RawClient client = new RawClient(server)) {
      client.send(get("/1") + post("/2") + get("/3") + get("/4"));
      Servers.until(() -> began.size() == 1);
      Servers.barrier(server);
      assertEquals(List.of("/1"), List.copyOf(began));
      waiting.get("/1").respond(Response.text("1"));
      Servers.until(() -> began.size() == 2);
      Servers.barrier(server);
      assertEquals(List.of("/1", "/2"), List.copyOf(began));
      waiting.get("/2").respond(Response.text("2"));
      Servers.until(() -> began.size() == 4);
      waiting.get("/4").respond(Response.text("4"));
      waiting.get("/3").respond(Response.text("3"));
      for (int i = 1; i <= 4; i++) {
        assertEquals("" + i, client.read().text());
      }
    }
  }

  @Test
  void manyInOnePacketOnTheLoop() throws IOException {
    try (HttpServer server = Servers.builder().handlersOnLoop().handler(r -> Response.text(r.path())).start();
        RawClient client = new RawClient(server)) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 500; i++) {
        all.append(i % 3 == 0 ? post("/" + i) : get("/" + i));
      }
      client.send(all.toString());
      for (int i = 0; i < 500; i++) {
        assertEquals("/" + i, client.read().text());
      }
    }
  }

  @Test
  void manyInOnePacketOnAnExecutor() throws IOException {
    try (HttpServer server = Servers.start(r -> Response.text(r.path())); RawClient client = new RawClient(server)) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 500; i++) {
        all.append(i % 7 == 0 ? post("/" + i) : get("/" + i));
      }
      client.send(all.toString());
      for (int i = 0; i < 500; i++) {
        assertEquals("/" + i, client.read().text());
      }
    }
  }

  /** The stack stays flat however many answers become due at once. */
  @Test
  void thousandsOfAnswersAtOnce() throws IOException {
    Limits limits = new Limits(8192, 8192, 128, 65_536, 1000, 256, 65_536, 8192, 20_000);
    try (HttpServer server = collecting(limits); RawClient client = new RawClient(server)) {
      int count = 10_000;
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < count; i++) {
        all.append(get("/" + i));
      }
      client.send(all.toString());
      Servers.until(() -> waiting.size() == count);
      for (int i = count - 1; i >= 0; i--) {
        waiting.get("/" + i).respond(Response.of(200, Headers.EMPTY, Body.EMPTY));
      }
      for (int i = 0; i < count; i++) {
        assertEquals(200, client.read().status());
      }
    }
  }

  /** What was answered, but is not sent any more, is let go of. */
  @Test
  void answersBehindACloseAreClosed() throws IOException {
    try (HttpServer server = collecting(); RawClient client = new RawClient(server)) {
      client.get("/1").get("/2");
      Servers.until(() -> waiting.size() == 2);
      CountDownLatch closed = new CountDownLatch(1);
      waiting.get("/2").respond(Response.of(200, Headers.EMPTY, Body.stream(closing(closed))));
      waiting.get("/1").respond(Response.of(200, Headers.of("connection", "close"), Body.text("only")));
      assertEquals("only", client.read().text());
      assertEquals("", client.readToEnd());
      Servers.await(closed);
    }
  }

  /** A client that sends requests and reads nothing stops being served before its answers fill the memory. */
  @Test
  void aClientThatReadsNothingIsNotServedOn() throws IOException {
    byte[] large = new byte[64 * 1024];
    ConcurrentLinkedQueue<String> handled = new ConcurrentLinkedQueue<>();
    try (HttpServer server = Servers.builder().handlersOnLoop().handler(request -> {
          handled.add(request.path());
          return Response.of(200, Headers.EMPTY, Body.bytes(large));
        }).start();
        RawClient client = RawClient.slowReader(server)) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 1000; i++) {
        all.append(get("/" + i));
      }
      client.send(all.toString());
      Servers.until(() -> !handled.isEmpty());
      Servers.barrier(server);
      Servers.barrier(server);
      assertTrue(handled.size() < 300, "handled " + handled.size());
      for (int i = 0; i < 1000; i++) {
        assertEquals(large.length, client.read().body().length);
      }
    }
  }
}

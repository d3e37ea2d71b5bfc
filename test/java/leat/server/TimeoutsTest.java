package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import leat.async.Deferred;
import leat.http.Headers;
import leat.server.RawClient.Reply;
import org.junit.jupiter.api.Test;

/** Time limits, each configured short. A second connection that idles out tells that time has passed. */
class TimeoutsTest {
  private static final Duration SHORT = Duration.ofMillis(150);

  private static HttpServerBuilder hello() {
    return Servers.builder().handler(request -> Response.text("hello"));
  }

  /** Waits for a few idle timeouts of the server to pass. */
  private static void pass(HttpServer server, int idleTimeouts) throws IOException {
    for (int i = 0; i < idleTimeouts; i++) {
      try (RawClient clock = new RawClient(server)) {
        assertEquals("", clock.readToEnd());
      }
    }
  }

  private static void isRefused(RawClient client, HttpServer server) throws IOException {
    Reply reply = client.read();
    assertEquals(408, reply.status());
    assertTrue(reply.closes());
    assertEquals("", client.readToEnd());
    assertEquals(1, server.stats().timeouts());
  }

  /** RFC 9110, 15.5.9. */
  @Test
  void aSlowHeadIs408() throws IOException {
    try (HttpServer server = hello().headTimeout(SHORT).start(); RawClient client = new RawClient(server)) {
      isRefused(client.send("GET / HTTP/1.1\r\nHo"), server);
    }
  }

  /** The limit is on the whole head: a byte now and then does not extend it. */
  @Test
  void aHeadThatDripsIs408() throws IOException {
    try (HttpServer server = hello().headTimeout(SHORT).start(); RawClient client = new RawClient(server)) {
      client.send("GET / HTTP/1.1\r\nA: ");
      while (client.in().available() == 0) {
        client.send("a");
        Servers.barrier(server);
      }
      isRefused(client, server);
    }
  }

  @Test
  void aSlowHeadAfterAResponseIs408() throws IOException {
    try (HttpServer server = hello().headTimeout(SHORT).start(); RawClient client = new RawClient(server)) {
      client.get("/").send("GET / HTTP/1.1\r\nHo");
      assertEquals(200, client.read().status());
      isRefused(client, server);
    }
  }

  @Test
  void idleConnectionsAreClosed() throws IOException {
    try (HttpServer server = hello().idleTimeout(SHORT).start(); RawClient client = new RawClient(server)) {
      assertEquals(200, client.get("/").read().status());
      assertEquals("", client.readToEnd());
      assertEquals(0, server.stats().timeouts());
    }
  }

  /** A stray empty line (RFC 9112, 2.2) is no head: a 408 to it could be taken for the next response. */
  @Test
  void aStrayEmptyLineIsIdle() throws IOException {
    try (HttpServer server = hello().idleTimeout(SHORT.multipliedBy(4)).headTimeout(SHORT).start();
        RawClient client = new RawClient(server)) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\n");
      assertEquals(200, client.read().status());
      assertEquals("", client.readToEnd());
      assertEquals(0, server.stats().timeouts());
    }
  }

  /** The time of a head begins with its first byte, not with the idleness before it. */
  @Test
  void aHeadAfterIdlenessHasItsTime() throws IOException {
    Duration limit = Duration.ofSeconds(3);
    try (HttpServer server = hello().headTimeout(limit).start();
        HttpServer clock = hello().idleTimeout(limit.dividedBy(3)).start();
        RawClient idle = new RawClient(server);
        RawClient stray = new RawClient(server)) {
      stray.send("\r\n");
      pass(clock, 4);
      idle.send("GET / HTTP/1.1\r\n");
      stray.send("GET / HTTP/1.1\r\n");
      pass(clock, 1);
      assertEquals(200, idle.send("Host: a\r\n\r\n").read().status());
      assertEquals(200, stray.send("Host: a\r\n\r\n").read().status());
    }
  }

  /** A response that takes longer than the idle limit to be read is not idleness. */
  @Test
  void aSlowDownloadIsNotIdle() throws IOException {
    byte[] large = new byte[20_000_000];
    try (HttpServer server = Servers.builder().idleTimeout(SHORT)
          .handler(request -> Response.of(200, Headers.EMPTY, Body.bytes(large))).start();
        RawClient client = RawClient.slowReader(server)) {
      client.get("/");
      client.readExactly(10);
      pass(server, 4);
      client.readUntil("\r\n\r\n");
      client.readExactly(large.length);
    }
  }

  @Test
  void aSlowHandlerIsNoFaultOfTheClient() throws IOException {
    CountDownLatch go = new CountDownLatch(1);
    try (HttpServer server = Servers.builder().idleTimeout(SHORT).headTimeout(SHORT).minBodyRate(1000, SHORT)
          .handler(request -> {
            Servers.await(go);
            return Response.text("late");
          }).start();
        RawClient get = new RawClient(server);
        RawClient post = new RawClient(server);
        RawClient expecting = new RawClient(server)) {
      get.get("/");
      post.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
      expecting.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
      pass(server, 3);
      go.countDown();
      assertEquals("late", get.read().text());
      assertEquals("late", post.read().text());
      assertEquals("late", expecting.read().text());
    }
  }

  @Test
  void aSlowBodyIs408() throws IOException {
    Deferred<Throwable> seen = new Deferred<>();
    try (HttpServer server = Servers.builder().minBodyRate(1_000_000, SHORT).responderHandler((request, responder) -> {
          try {
            request.body().stream().readAllBytes();
          } catch (IOException e) {
            seen.success(e);
            throw e;
          }
        }).start();
        RawClient client = new RawClient(server)) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
      isRefused(client, server);
      assertTrue(((Throwable) Servers.value(seen)).getMessage().contains("slowly"));
    }
  }

  /** A body that drips, though never for long without a byte. */
  @Test
  void aBodyThatDripsIs408() throws IOException {
    try (HttpServer server = Servers.builder().minBodyRate(1_000_000, SHORT).responderHandler((request, responder) ->
          request.body().stream().readAllBytes()).start();
        RawClient client = new RawClient(server)) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      while (client.in().available() == 0) {
        client.send("1\r\nx\r\n");
        Servers.barrier(server);
      }
      isRefused(client, server);
    }
  }

  /** The limit holds for a body that nobody reads any more, even if the server had held its sender up before. */
  @Test
  void aSlowRestOfAnUnreadBodyEndsTheConnection() throws IOException {
    CountDownLatch full = new CountDownLatch(1);
    try (HttpServer server = Servers.builder().minBodyRate(1_000_000, SHORT).maxDrainBytes(100_000_000)
          .responderHandler((request, responder) -> {
            awaitFull(request.body().stream());
            responder.respond(Response.text("early"));
            full.countDown();
          }).start();
        RawClient client = new RawClient(server)) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n").send(new byte[200_000]);
      assertEquals("early", client.read().text());
      Servers.await(full);
      assertEquals("", client.readToEnd());
      assertEquals(1, server.stats().timeouts());
    }
  }

  /** Also when the reader has closed it, and answers only later. */
  @Test
  void aSlowRestOfAClosedBodyIs408() throws IOException {
    try (HttpServer server = Servers.builder().minBodyRate(1_000_000, SHORT).maxDrainBytes(100_000_000)
          .responderHandler((request, responder) -> {
            InputStream in = request.body().stream();
            awaitFull(in);
            in.close();
          }).start();
        RawClient client = new RawClient(server)) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n").send(new byte[200_000]);
      isRefused(client, server);
    }
  }

  private static void awaitFull(InputStream in) {
    Servers.until(() -> {
      try {
        return in.available() >= RequestBody.HIGH_WATER;
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    });
  }

  /** A reader of ours that does not read keeps the client from sending: that is not the client's slowness. */
  @Test
  void aBodyThatIsHeldUpIsNotSlow() throws IOException {
    CountDownLatch go = new CountDownLatch(1);
    try (HttpServer server = Servers.builder().idleTimeout(SHORT).minBodyRate(1, SHORT)
          .responderHandler((request, responder) -> {
            Servers.await(go);
            responder.respond(Response.text("" + request.body().stream().readAllBytes().length));
          }).start();
        RawClient client = new RawClient(server)) {
      int length = 1_000_000;
      Thread sender = new Thread(() -> {
        try {
          client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n").send(new byte[length]);
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      });
      sender.start();
      pass(server, 3);
      go.countDown();
      assertEquals("" + length, client.read().text());
    }
  }

  /** A client that reads nothing is cut off. */
  @Test
  void aWriteThatStallsIsCut() throws IOException {
    AtomicInteger closed = new AtomicInteger();
    Deferred<Object> gone = new Deferred<>();
    try (HttpServer server = Servers.builder().writeStallTimeout(SHORT).handler(request -> {
          request.closed().onRealized(gone::success, gone::error);
          return Response.of(200, Headers.EMPTY, Body.writer(out -> {
            try {
              while (true) {
                out.write(new byte[10_000]);
              }
            } finally {
              closed.incrementAndGet();
            }
          }));
        }).start();
        RawClient client = RawClient.slowReader(server)) {
      client.get("/");
      assertEquals(true, Servers.value(gone));
      Servers.until(() -> closed.get() == 1);
      assertEquals(1, server.stats().timeouts());
      assertThrows(IOException.class, client::readToEnd);
    }
  }

  /** Also when all of it is queued, and its exchange over. */
  @Test
  void aStallOfWhatIsQueuedIsCut() throws IOException {
    byte[] large = new byte[20_000_000];
    for (String connection : new String[] {"keep-alive", "close"}) {
      Headers fields = Headers.of("connection", connection);
      try (HttpServer server = Servers.builder().writeStallTimeout(SHORT)
            .handler(request -> Response.of(200, fields, Body.bytes(large))).start();
          RawClient client = RawClient.slowReader(server)) {
        client.get("/");
        Servers.until(() -> server.stats().timeouts() == 1);
        Servers.until(() -> server.stats().connections() == 0);
        assertThrows(IOException.class, client::readToEnd);
      }
    }
  }

  @Test
  void timesMustBePositive() {
    for (Duration bad : new Duration[] {Duration.ZERO, Duration.ofMillis(-1)}) {
      assertThrows(IllegalArgumentException.class, () -> HttpServer.builder().headTimeout(bad));
      assertThrows(IllegalArgumentException.class, () -> HttpServer.builder().idleTimeout(bad));
      assertThrows(IllegalArgumentException.class, () -> HttpServer.builder().writeStallTimeout(bad));
      assertThrows(IllegalArgumentException.class, () -> HttpServer.builder().minBodyRate(1, bad));
    }
    assertThrows(IllegalArgumentException.class, () -> HttpServer.builder().shutdownTimeout(Duration.ofMillis(-1)));
    assertThrows(IllegalArgumentException.class, () -> HttpServer.builder().minBodyRate(-1, SHORT));
    assertThrows(IllegalArgumentException.class, () -> HttpServer.builder().maxDrainBytes(-1));
  }

  /** Times beyond what a clock can count mean never. */
  @Test
  void endlessTimesAreTaken() throws IOException {
    Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
    try (HttpServer server = hello().idleTimeout(endless).headTimeout(endless).writeStallTimeout(endless)
          .minBodyRate(1, endless).start();
        RawClient client = new RawClient(server)) {
      client.send("GET / HT");
      Servers.barrier(server);
      Reply reply = client.send("TP/1.1\r\nHost: a\r\n\r\n").read();
      assertEquals("hello", reply.text());
      assertFalse(reply.closes());
    }
  }
}

package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import leat.async.Deferred;
import leat.http.Headers;
import org.junit.jupiter.api.Test;

/** The end of a server: OPEN, DRAINING, CLOSED. */
class ClosingTest {
  private static final Duration NEVER = Duration.ofMinutes(10);

  @Test
  void stopsListeningAndFreesThePort() throws IOException {
    for (int loops : new int[] {1, 3}) {
      HttpServer server = Servers.builder().loops(loops).handler(r -> Response.text("ok")).start();
      int port = server.port();
      assertFalse(server.isClosing());
      server.close();
      assertTrue(server.isClosing());
      assertEquals(true, server.closed().getNow());
      assertThrows(ConnectException.class, () -> new RawClient(server));
      new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1")).close();
      assertTrue(server.toString().contains("closed"), server::toString);
    }
  }

  @Test
  void aSecondCloseIsHarmless() throws IOException {
    HttpServer server = Servers.start(r -> Response.text("ok"));
    Deferred<Boolean> first = server.closeAsync();
    assertSame(first, server.closeAsync());
    server.close();
    server.close();
    assertEquals(true, Servers.value(first));
  }

  @Test
  void idlePeersAreTold() throws IOException {
    HttpServer server = Servers.builder().shutdownTimeout(NEVER).handler(r -> Response.text("ok")).start();
    try (RawClient fresh = new RawClient(server); RawClient used = new RawClient(server)) {
      used.get("/").read();
      server.close();
      assertEquals("", fresh.readToEnd());
      assertEquals("", used.readToEnd());
    }
  }

  /** RFC 9112, 9.6: the last response says that it is the last. */
  @Test
  void finishesWhatRuns() throws IOException {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch began = new CountDownLatch(3);
    HttpServer server = Servers.builder().shutdownTimeout(NEVER).handler(request -> {
      began.countDown();
      Servers.await(go);
      return Response.text(request.path());
    }).start();
    try (RawClient one = new RawClient(server);
        RawClient two = new RawClient(server);
        RawClient begun = new RawClient(server);
        RawClient idle = new RawClient(server)) {
      one.get("/1").get("/2");
      two.send("POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
      begun.send("GET /4 HTTP/1.1\r\n");
      Servers.await(began);
      Servers.barrier(server);
      Deferred<Boolean> closed = server.closeAsync();
      // Connections are told one after the other, in one turn of the loop.
      assertEquals("", idle.readToEnd());
      go.countDown();
      assertFalse(one.read().closes());
      assertTrue(one.read().closes());
      assertEquals("/3", two.read().text());
      assertEquals("/4", begun.send("Host: a\r\n\r\n").read().text());
      for (RawClient client : List.of(one, two, begun)) {
        assertEquals("", client.readToEnd());
        client.socket().close();
      }
      Servers.value(closed);
    }
  }

  /** A response that is queued, though its exchange is over, still goes out whole. */
  @Test
  void finishesWhatIsBeingWritten() throws IOException {
    byte[] large = new byte[20_000_000];
    HttpServer server = Servers.builder().shutdownTimeout(NEVER)
        .handler(r -> Response.of(200, Headers.EMPTY, Body.bytes(large))).start();
    try (RawClient client = RawClient.slowReader(server); RawClient idle = new RawClient(server)) {
      client.get("/").readExactly(1);
      Servers.barrier(server);
      Deferred<Boolean> closed = server.closeAsync();
      assertEquals("", idle.readToEnd());
      client.readUntil("\r\n\r\n");
      assertEquals(large.length, client.in().readAllBytes().length);
      client.socket().close();
      Servers.value(closed);
    }
  }

  @Test
  void cutsWhatIsLeftAfterTheTimeout() throws IOException {
    Deferred<Object> gone = new Deferred<>();
    Deferred<Object> body = new Deferred<>();
    CountDownLatch began = new CountDownLatch(2);
    HttpServer server = Servers.builder().shutdownTimeout(Duration.ofMillis(100)).responderHandler((request, responder) -> {
      began.countDown();
      if (request.body() == null) {
        request.closed().onRealized(gone::success, gone::error);
      } else {
        try {
          request.body().stream().readAllBytes();
        } catch (IOException e) {
          body.success(e);
        }
      }
    }).start();
    try (RawClient one = new RawClient(server); RawClient two = new RawClient(server)) {
      one.get("/");
      two.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
      Servers.await(began);
      server.close();
      assertEquals(true, Servers.value(gone));
      assertTrue(Servers.value(body) instanceof IOException);
      assertThrows(IOException.class, one::readToEnd);
      assertEquals(0, server.stats().connections());
    }
  }

  /** A response whose end only the end of the connection tells must be reset when it is cut. */
  @Test
  void cutsAnOpenEndedResponseWithAReset() throws IOException {
    HttpServer server = Servers.builder().shutdownTimeout(Duration.ZERO)
        .handler(r -> Response.of(200, Headers.EMPTY, Body.source(new leat.async.Stream<Object>(1)))).start();
    try (RawClient client = new RawClient(server)) {
      client.send("GET / HTTP/1.0\r\n\r\n").readUntil("\r\n\r\n");
      server.close();
      assertThrows(IOException.class, client::readToEnd);
    }
  }

  @Test
  void closingOnALoopDoesNotWaitForItself() throws IOException {
    Deferred<HttpServer> self = new Deferred<>();
    HttpServer server = Servers.builder().handlersOnLoop().handler(request -> {
      self.getNow().close();
      return Response.text("closing");
    }).start();
    self.success(server);
    try (RawClient client = new RawClient(server)) {
      assertEquals("closing", client.get("/").read().text());
      assertEquals("", client.readToEnd());
      client.socket().close();
      Servers.value(server.closed());
    }
  }

  /** Nor does a loop wait for the server of another. */
  @Test
  void closingAnotherServerOnALoop() throws IOException {
    HttpServer other = Servers.start(r -> Response.text("other"));
    try (HttpServer server = Servers.builder().handlersOnLoop().handler(request -> {
            other.close();
            return Response.text("closing");
          }).start();
        RawClient client = new RawClient(server)) {
      assertEquals("closing", client.get("/").read().text());
      Servers.value(other.closed());
    }
  }

  /** Whatever the moment: each request hears of its end, and no answer keeps its body open. */
  @Test
  void nothingIsLeftPendingAtTheEnd() throws Exception {
    for (int round = 0; round < 15; round++) {
      ConcurrentLinkedQueue<Deferred<Boolean>> closed = new ConcurrentLinkedQueue<>();
      ConcurrentLinkedQueue<Thread> handlers = new ConcurrentLinkedQueue<>();
      HttpServer server = Servers.builder().loops(2).shutdownTimeout(Duration.ZERO).responderHandler((request, responder) -> {
        Thread handler = new Thread(() -> {
          for (int i = 0; i < 100; i++) {
            closed.add(request.closed());
          }
          responder.respond(Response.text("late"));
          closed.add(request.closed());
        });
        handlers.add(handler);
        handler.start();
      }).start();
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        clients.add(new RawClient(server).get("/").get("/"));
      }
      Servers.until(() -> !handlers.isEmpty());
      server.close();
      for (Thread handler : handlers) {
        handler.join();
      }
      closed.forEach(Servers::value);
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void connectionsThatArriveWhileClosingAreClosed() throws Exception {
    for (int round = 0; round < 10; round++) {
      HttpServer server = Servers.builder().loops(2).handler(r -> Response.text("ok")).start();
      CountDownLatch connecting = new CountDownLatch(20);
      List<RawClient> clients = new ArrayList<>();
      Thread thread = new Thread(() -> {
        try {
          for (int i = 0; i < 200; i++) {
            clients.add(new RawClient(server));
            connecting.countDown();
          }
        } catch (IOException refused) {
          // The server has closed.
        }
      });
      thread.start();
      Servers.await(connecting);
      server.close();
      thread.join();
      assertEquals(0, server.stats().connections());
      for (RawClient client : clients) {
        client.close();
      }
    }
  }
}

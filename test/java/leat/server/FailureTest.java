package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import leat.http.Headers;
import leat.server.RawClient.Reply;
import org.junit.jupiter.api.Test;

/** Handlers and executors that fail cost one response, and nothing else. */
class FailureTest {
  private static final List<Handler> BROKEN = List.of(
      (request, responder) -> {
        throw new IOException("checked");
      },
      (request, responder) -> {
        throw new StackOverflowError();
      },
      (request, responder) -> responder.respond(null),
      (request, responder) -> responder.fail(new RuntimeException("told")),
      (request, responder) -> new Thread(() -> responder.respond(null)).start());

  private static void is500(HttpServerBuilder builder, String text) throws IOException {
    for (boolean onLoop : new boolean[] {false, true}) {
      try (HttpServer server = (onLoop ? builder.handlersOnLoop() : builder).start();
          RawClient client = new RawClient(server)) {
        for (int i = 0; i < 2; i++) {
          Reply reply = client.get("/").read();
          assertEquals(500, reply.status());
          assertEquals(text, reply.text());
          assertFalse(reply.closes());
        }
      }
    }
  }

  /** RFC 9110, 15.6.1, and nothing of what went wrong is told. */
  @Test
  void aFailingHandlerIs500() throws IOException {
    for (Handler handler : BROKEN) {
      is500(Servers.builder().responderHandler(handler), "Internal Server Error\n");
    }
    is500(Servers.builder().handler(request -> null), "Internal Server Error\n");
    is500(Servers.builder().asyncHandler(request -> null), "Internal Server Error\n");
    is500(Servers.builder().asyncHandler(request -> CompletableFuture.completedFuture(null)), "Internal Server Error\n");
  }

  @Test
  void theErrorHandlerMakesTheResponse() throws IOException {
    is500(Servers.builder().asyncHandler(request -> CompletableFuture.supplyAsync(() -> {
      throw new IllegalStateException("unwrapped");
    })).errorHandler((request, error) -> Response.text(500, request.path() + " " + error.getMessage())), "/ unwrapped");
  }

  @Test
  void aFailingErrorHandlerIsAPlain500() throws IOException {
    for (Handler handler : BROKEN) {
      is500(Servers.builder().responderHandler(handler).errorHandler((request, error) -> {
        throw new IllegalStateException("again");
      }), "Internal Server Error\n");
      is500(Servers.builder().responderHandler(handler).errorHandler((request, error) -> null), "Internal Server Error\n");
    }
  }

  @Test
  void aFailureAfterTheAnswerChangesNothing() throws IOException {
    try (HttpServer server = Servers.builder().responderHandler((request, responder) -> {
          responder.respond(Response.text("answered"));
          throw new IllegalStateException("afterwards");
        }).start();
        RawClient client = new RawClient(server)) {
      assertEquals("answered", client.get("/").read().text());
      assertEquals("answered", client.get("/").read().text());
    }
  }

  private static Executor rejectingAfter(int tasks) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      if (count.incrementAndGet() > tasks) {
        throw new RejectedExecutionException("full");
      }
      new Thread(task).start();
    };
  }

  /** RFC 9110, 15.6.4. */
  @Test
  void aFullExecutorIs503() throws IOException {
    try (HttpServer server = Servers.builder().executor(rejectingAfter(1)).handler(r -> Response.text("ok")).start();
        RawClient client = new RawClient(server)) {
      assertEquals(200, client.get("/").read().status());
      assertEquals(503, client.get("/").read().status());
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
      assertEquals(503, client.read().status());
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
      assertEquals(503, client.read().status());
      assertEquals(503, client.send("bc").get("/").read().status());
      assertEquals(4, server.stats().rejectedRequests());
    }
  }

  @Test
  void theRejectedHandlerMakesTheResponse() throws IOException {
    Headers later = Headers.of("retry-after", "3");
    try (HttpServer server = Servers.builder().executor(rejectingAfter(0)).handler(r -> Response.text("ok"))
          .rejectedHandler(request -> Response.of(503, later, Body.text(request.path()))).start();
        RawClient client = new RawClient(server)) {
      Reply reply = client.get("/x").read();
      assertEquals("3", reply.field("retry-after"));
      assertEquals("/x", reply.text());
    }
  }

  @Test
  void aFailingRejectedHandlerIsAPlain503() throws IOException {
    for (java.util.function.Function<Request, Response> broken : List.<java.util.function.Function<Request, Response>>of(
        request -> null, request -> {
          throw new IllegalStateException("again");
        }, request -> Response.of(503, Headers.EMPTY, Body.stream(new ByteArrayInputStream(new byte[5]))))) {
      try (HttpServer server = Servers.builder().executor(rejectingAfter(0)).handler(r -> Response.text("ok"))
            .rejectedHandler(broken).start();
          RawClient client = new RawClient(server)) {
        assertEquals("Service Unavailable\n", client.get("/").read().text());
        assertEquals(503, client.get("/").read().status());
      }
    }
  }

  /** A body for which there is no thread is answered with 503, since nothing has been sent yet. */
  @Test
  void aBodyWithoutAThreadIs503() throws IOException {
    AtomicInteger closed = new AtomicInteger();
    try (HttpServer server = Servers.builder().executor(rejectingAfter(1)).handler(r ->
          Response.of(200, Headers.EMPTY, Body.stream(new ByteArrayInputStream(new byte[5]) {
            @Override
            public void close() {
              closed.incrementAndGet();
            }
          }))).start();
        RawClient client = new RawClient(server)) {
      assertEquals(503, client.get("/").read().status());
      assertEquals(1, closed.get());
      assertEquals(503, client.get("/").read().status());
    }
  }

  @Test
  void aBrokenExecutorIs500() throws IOException {
    try (HttpServer server = Servers.builder().handler(r -> Response.text("ok")).executor(task -> {
          throw new IllegalArgumentException("broken");
        }).start();
        RawClient client = new RawClient(server)) {
      assertEquals(500, client.get("/").read().status());
      assertEquals(500, client.get("/").read().status());
    }
  }

  @Test
  void aServerNeedsAHandler() {
    assertThrows(IllegalStateException.class, () -> HttpServer.builder().start());
    assertThrows(NullPointerException.class, () -> HttpServer.builder().responderHandler(null));
  }

  /** What one connection does wrong costs no other one anything. */
  @Test
  void otherConnectionsGoOn() throws IOException {
    try (HttpServer server = Servers.builder().handlersOnLoop().responderHandler((request, responder) -> {
          if (request.path().equals("/bad")) {
            throw new LinkageError("bad");
          }
          responder.respond(Response.text("good"));
        }).start();
        RawClient good = new RawClient(server)) {
      for (int i = 0; i < 20; i++) {
        try (RawClient bad = new RawClient(server)) {
          bad.get("/bad").send("\0\0\0");
          assertEquals(500, bad.read().status());
          assertEquals(400, bad.read().status());
        }
        assertEquals("good", good.get("/").read().text());
      }
    }
  }
}

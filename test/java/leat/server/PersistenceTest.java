package leat.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import leat.http.Headers;
import leat.server.RawClient.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** When a connection goes on (RFC 9112, 9.3), and what the different kinds of requests and statuses are answered with. */
class PersistenceTest {
  private static HttpServer server;

  @BeforeAll
  static void start() throws IOException {
    server = Servers.start(PersistenceTest::handle);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Response handle(Request request) {
    switch (request.path()) {
      case "/close":
        return Response.of(200, Headers.of("connection", "close"), Body.text("bye"));
      case "/stream":
        return Response.of(200, Headers.EMPTY, Body.stream(new ByteArrayInputStream("streamed".getBytes())));
      case "/promised":
        return Response.of(200, Headers.of("content-length", "8"),
            Body.stream(new ByteArrayInputStream("streamed".getBytes())));
      default:
        if (request.path().startsWith("/status/")) {
          return Response.text(Integer.parseInt(request.path().substring(8)), "body");
        }
        return Response.text(request.method().name() + " " + request.path() + " " + request.serverName() + " "
            + request.serverPort());
    }
  }

  @Test
  void http11GoesOn() throws IOException {
    try (RawClient client = new RawClient(server)) {
      for (int i = 0; i < 3; i++) {
        Reply reply = client.get("/" + i).read();
        assertEquals("GET /" + i + " a " + Servers.defaultPort(), reply.text());
        assertNull(reply.field("connection"));
      }
    }
  }

  /** RFC 9112, 9.6. */
  @Test
  void closesWhenTheClientAsks() throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertTrue(client.read().closes());
      assertEquals("", client.readToEnd());
    }
  }

  @Test
  void closesWhenTheHandlerAsks() throws IOException {
    try (RawClient client = new RawClient(server)) {
      Reply reply = client.get("/close").get("/2").read();
      assertEquals(List.of("close"), reply.all("connection"));
      assertEquals("bye", reply.text());
      assertEquals("", client.readToEnd());
    }
  }

  /** RFC 9112, 9.3: HTTP/1.0 ends with the response. */
  @Test
  void http10Closes() throws IOException {
    try (RawClient client = new RawClient(server)) {
      Reply reply = client.send("GET / HTTP/1.0\r\n\r\n").read();
      assertTrue(reply.closes());
      assertTrue(reply.text().startsWith("GET / 127.0.0.1 " + server.port()), reply::text);
      assertEquals("", client.readToEnd());
    }
  }

  /** RFC 9112, C.2.2. */
  @Test
  void http10GoesOnWithKeepAlive() throws IOException {
    try (RawClient client = new RawClient(server)) {
      for (int i = 0; i < 2; i++) {
        Reply reply = client.send("GET /" + i + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read();
        assertEquals("keep-alive", reply.field("connection"));
      }
      Reply promised = client.send("GET /promised HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read();
      assertEquals("streamed", promised.text());
      assertEquals("keep-alive", promised.field("connection"));
    }
  }

  /** RFC 9112, 6.3: HTTP/1.0 knows no chunks, so a body without a length ends with the connection. */
  @Test
  void http10GetsAnUnknownLengthUntilClose() throws IOException {
    try (RawClient client = new RawClient(server)) {
      Reply reply = client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read();
      assertNull(reply.field("transfer-encoding"));
      assertTrue(reply.closes());
      assertEquals("streamed", reply.text());
    }
  }

  /** RFC 9110, 9.3.2: the fields of GET, and never a body. */
  @Test
  void headHasNoBody() throws IOException {
    try (RawClient client = new RawClient(server)) {
      Reply head = client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").read("HEAD");
      assertEquals(("HEAD / a " + Servers.defaultPort()).length() + "", head.field("content-length"));
      Reply promised = client.send("HEAD /promised HTTP/1.1\r\nHost: a\r\n\r\n").read("HEAD");
      assertEquals("8", promised.field("content-length"));
      Reply stream = client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n").read("HEAD");
      assertNull(stream.field("content-length"));
      assertEquals(200, client.get("/").read().status());
    }
  }

  /** RFC 9110, 15.3.5, 15.4.5: no body, and no Content-Length or Transfer-Encoding (8.6, RFC 9112 6.1). */
  @Test
  void noContentAndNotModifiedHaveNoBody() throws IOException {
    try (RawClient client = new RawClient(server)) {
      for (int status : new int[] {204, 304}) {
        Reply reply = client.get("/status/" + status).read();
        assertEquals(status, reply.status());
        assertNull(reply.field("content-length"));
        assertNull(reply.field("transfer-encoding"));
      }
      assertEquals(200, client.get("/").read().status());
    }
  }

  /** RFC 9110, 15.3.6. */
  @Test
  void resetContentIsEmpty() throws IOException {
    try (RawClient client = new RawClient(server)) {
      Reply reply = client.get("/status/205").read();
      assertEquals("0", reply.field("content-length"));
      assertEquals(0, reply.body().length);
      assertEquals(200, client.get("/").read().status());
    }
  }

  /** RFC 9112, 3.2.2: the authority of the target replaces Host. */
  @Test
  void absoluteFormReplacesHost() throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send("GET http://b.example:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals("GET /x b.example 81", client.read().text());
    }
  }

  /** RFC 9110, 9.3.7. */
  @Test
  void optionsOfTheServerItself() throws IOException {
    try (RawClient client = new RawClient(server)) {
      assertEquals("OPTIONS * a " + Servers.defaultPort(), client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").read().text());
    }
  }

  /** RFC 9110, 6.6.1: the form of the date; the server names itself. */
  @Test
  void sendsDateAndServer() throws IOException {
    try (RawClient client = new RawClient(server)) {
      Reply reply = client.get("/").read();
      assertEquals("leat", reply.field("server"));
      String form = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT";
      assertTrue(reply.field("date").matches(form), reply.field("date"));
    }
  }

  @Test
  void dateAndServerCanBeOffOrTheHandlers() throws IOException {
    HttpServerBuilder off = Servers.builder().serverHeader(null).dateHeader(false).handler(PersistenceTest::handle);
    try (HttpServer silent = off.start(); RawClient client = new RawClient(silent)) {
      Reply reply = client.get("/").read();
      assertNull(reply.field("server"));
      assertNull(reply.field("date"));
    }
    Headers own = Headers.of("Date", "today");
    try (HttpServer dated = Servers.start(r -> Response.of(200, own, Body.EMPTY)); RawClient client = new RawClient(dated)) {
      Reply reply = client.get("/").read();
      assertEquals(List.of("today"), reply.all("date"));
      assertEquals(List.of("leat"), reply.all("server"));
    }
    Headers named = Headers.of("SERVER", "mine");
    try (HttpServer other = Servers.start(r -> Response.of(200, named, Body.EMPTY)); RawClient client = new RawClient(other)) {
      Reply reply = client.get("/").read();
      assertEquals(List.of("mine"), reply.all("server"));
      assertEquals(1, reply.all("date").size());
    }
  }

  @Test
  void fieldsAreSentAsGiven() throws IOException {
    Headers headers = Headers.of("Set-Cookie", "a=1", "X-\u0060t", "\u00e9", "Set-Cookie", "b=2");
    try (HttpServer own = Servers.start(r -> Response.of(200, headers, Body.text("\u20ac")));
        RawClient client = new RawClient(own)) {
      Reply reply = client.get("/").read();
      assertEquals(List.of("a=1", "b=2"), reply.all("set-cookie"));
      assertTrue(reply.head().contains("\r\nX-`t: \u00e9\r\n"), reply::head);
      assertArrayEquals("\u20ac".getBytes(StandardCharsets.UTF_8), reply.body());
    }
  }

  /** RFC 9112, 9.3: a body that nobody reads is dropped, so that the connection can go on. */
  @Test
  void goesOnAfterAnUnreadBody() throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n").send(new byte[50_000]).get("/2");
      assertFalse(client.read().closes());
      assertEquals("GET /2 a " + Servers.defaultPort(), client.read().text());
    }
  }
}

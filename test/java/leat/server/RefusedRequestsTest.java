package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import leat.http.Limits;
import leat.server.RawClient.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What breaks a rule is answered with its status, counted, and ends the connection: whatever follows is ignored. */
class RefusedRequestsTest {
  private static final String FOLLOWING = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final ConcurrentLinkedQueue<String> HANDLED = new ConcurrentLinkedQueue<>();
  private static HttpServer server;

  private record Row(String rule, int status, String wire) {}

  @BeforeAll
  static void start() throws IOException {
    Limits limits = new Limits(512, 512, 8, 2048, 1000, 16, 64, 64, 4);
    server = Servers.builder().limits(limits).responderHandler((request, responder) -> {
      if (request.body() != null) {
        request.body().stream().readAllBytes();
      }
      HANDLED.add(request.path());
      responder.respond(Response.text("ok"));
    }).start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String get(String fields) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
  }

  private static String chunked(String body) {
    return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
  }

  private static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    framing(rows);
    syntax(rows);
    chunks(rows);
    limits(rows);
    return rows;
  }

  private static void framing(List<Row> rows) {
    rows.add(new Row("RFC 9112 6.3: Transfer-Encoding with Content-Length", 400,
        get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n"));
    rows.add(new Row("RFC 9112 6.1: Transfer-Encoding in HTTP/1.0", 400,
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    for (String length : List.of("+5", "-1", "", "5,5", "5 6", "0x5", "9223372036854775808")) {
      rows.add(new Row("RFC 9110 8.6: Content-Length \"" + length + "\"", 400,
          get("Content-Length: " + length + "\r\n") + "12345"));
    }
    rows.add(new Row("RFC 9112 6.3: two unequal Content-Lengths", 400,
        get("Content-Length: 5\r\nContent-Length: 6\r\n") + "123456"));
    rows.add(new Row("RFC 9112 6.1: a transfer coding before chunked", 501, get("Transfer-Encoding: gzip, chunked\r\n")));
    rows.add(new Row("RFC 9112 6.3: a final transfer coding other than chunked", 400, get("Transfer-Encoding: gzip\r\n")));
    rows.add(new Row("RFC 9112 6.1: chunked twice", 400, get("Transfer-Encoding: chunked, chunked\r\n")));
    rows.add(new Row("RFC 9110 10.1.1: an expectation that is not understood", 417, get("Expect: 200-ok\r\n")));
    rows.add(new Row("RFC 9110 9.3.6: CONNECT", 501, "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"));
  }

  private static void syntax(List<Row> rows) {
    rows.add(new Row("RFC 9112 5.1: a space before the colon", 400, get("A : b\r\n")));
    rows.add(new Row("RFC 9112 5.2: a folded line", 400, get("A: b\r\n c\r\n")));
    rows.add(new Row("RFC 9112 2.2: a space before the first field", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"));
    rows.add(new Row("RFC 9112 5: an empty name", 400, get(": b\r\n")));
    rows.add(new Row("RFC 9110 5.1: a control in a name", 400, get("A\001: b\r\n")));
    rows.add(new Row("RFC 9110 5.5: NUL in a value", 400, get("A: b\0c\r\n")));
    rows.add(new Row("RFC 9112 2.2: bare CR in a value", 400, get("A: b\rc\r\n")));
    rows.add(new Row("RFC 9112 2.2: bare LF as a line end", 400, "GET / HTTP/1.1\nHost: a\n\n"));
    rows.add(new Row("RFC 9112 2.2: two empty lines before the request line", 400, "\r\n\r\n" + get("")));
    rows.add(new Row("RFC 9112 3: a control before the request line", 400, "\t" + get("")));
    rows.add(new Row("RFC 9112 3.2: no Host", 400, "GET / HTTP/1.1\r\n\r\n"));
    rows.add(new Row("RFC 9112 3.2: two Hosts", 400, get("Host: b\r\n")));
    rows.add(new Row("RFC 9112 3.2: a malformed Host", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"));
    rows.add(new Row("RFC 9112 3: two spaces in the request line", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"));
    rows.add(new Row("RFC 9112 3: HTTP/0.9", 400, "GET /\r\n\r\n"));
    rows.add(new Row("RFC 9110 2.5: HTTP/2.0 as text", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"));
    rows.add(new Row("RFC 9112 3.2.4: the preface of HTTP/2, which has no method for *", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    rows.add(new Row("RFC 9110 9.1: a method in lower case", 400, "get / HTTP/1.1\r\nHost: a\r\n\r\n"));
    rows.add(new Row("a TLS handshake on a plain port", 400, "\026\003\001\002\0\001\0\001\374\003\003"));
  }

  private static void chunks(List<Row> rows) {
    for (String size : List.of("0x5", "+5", "_5", "", " 5", "00000000000000005")) {
      rows.add(new Row("RFC 9112 7.1: chunk size \"" + size + "\"", 400, chunked(size + "\r\n12345\r\n0\r\n\r\n")));
    }
    rows.add(new Row("RFC 9112 7.1: data longer than its chunk", 400, chunked("5\r\n123456\r\n0\r\n\r\n")));
    rows.add(new Row("RFC 9112 7.1: bare LF after a size", 400, chunked("5\n12345\r\n0\r\n\r\n")));
    rows.add(new Row("RFC 9112 7.1.1: bare LF in an extension", 400, chunked("5;a\n12345\r\n0\r\n\r\n")));
    rows.add(new Row("RFC 9112 7.1.1: an open quote in an extension", 400, chunked("5;a=\"b\r\n12345\r\n0\r\n\r\n")));
    rows.add(new Row("limit: extension bytes", 400, chunked("5;a=12345678901234567\r\n12345\r\n0\r\n\r\n")));
    rows.add(new Row("RFC 9112 7.1.2: a malformed trailer", 400, chunked("0\r\nA : b\r\n\r\n")));
  }

  private static void limits(List<Row> rows) {
    rows.add(new Row("limit: request line", 414, "GET /" + "a".repeat(600) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    rows.add(new Row("limit: field", 431, get("A: " + "b".repeat(600) + "\r\n")));
    rows.add(new Row("limit: field count", 431, get("A: b\r\n".repeat(8))));
    rows.add(new Row("limit: head", 431, get(("A: " + "b".repeat(490) + "\r\n").repeat(5))));
    rows.add(new Row("limit: declared body", 413, get("Content-Length: 1001\r\n")));
    rows.add(new Row("limit: chunked body", 413, chunked("3e9\r\n")));
    rows.add(new Row("limit: trailers", 431, chunked("0\r\nA: " + "b".repeat(70) + "\r\n\r\n")));
  }

  @TestFactory
  List<DynamicTest> answersAndIgnoresWhatFollows() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Row row : rows()) {
      tests.add(DynamicTest.dynamicTest(row.rule, () -> refuses(row)));
    }
    return tests;
  }

  private static void refuses(Row row) throws IOException {
    HANDLED.clear();
    long before = server.stats().protocolErrors();
    try (RawClient client = new RawClient(server)) {
      client.send(row.wire + FOLLOWING);
      Reply reply = client.read();
      assertEquals(row.status, reply.status());
      assertTrue(reply.closes(), "connection: close");
      assertEquals("text/plain; charset=utf-8", reply.field("content-type"));
      assertTrue(reply.body().length > 0 && reply.body().length < 300, "a short plain body");
      client.send(FOLLOWING);
      assertEquals("", client.readToEnd());
    }
    assertEquals(before + 1, server.stats().protocolErrors());
    assertTrue(HANDLED.isEmpty(), () -> "handled: " + HANDLED);
  }

  @Test
  void refusesByteByByteToo() throws IOException {
    for (Row row : rows()) {
      try (RawClient client = new RawClient(server)) {
        for (byte b : row.wire.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)) {
          client.send(new byte[] {b});
        }
        assertEquals(row.status, client.read().status(), row.rule);
        assertEquals("", client.readToEnd(), row.rule);
      }
    }
  }

  /** RFC 9112 9.3.2: the refusal comes in its turn. */
  @Test
  void answersWhatCameBeforeTheError() throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.get("/1").get("/2").send("BAD\r\n\r\n");
      assertEquals(200, client.read().status());
      assertEquals(200, client.read().status());
      assertEquals(400, client.read().status());
      assertEquals("", client.readToEnd());
    }
  }

  /** RFC 9112 7.1: a chunk that breaks the rules after the handler has begun to read. */
  @Test
  void aBodyThatBreaksLaterFailsItsReader() throws IOException {
    ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
    try (HttpServer own = Servers.start(request -> {
          try {
            return Response.text(new String(request.body().stream().readAllBytes()));
          } catch (IOException e) {
            seen.add(String.valueOf(e.getMessage()));
            return Response.text(599, "never sent");
          }
        });
        RawClient client = new RawClient(own)) {
      client.send(chunked("5\r\n12345\r\n"));
      Servers.barrier(own);
      client.send("zz\r\n");
      assertEquals(400, client.read().status());
      assertEquals("", client.readToEnd());
      Servers.until(() -> !seen.isEmpty());
      assertTrue(seen.peek().contains("chunk size"), seen::peek);
    }
  }

  /** RFC 9112 2.2: one empty line before a request, as some clients send after a body. */
  @Test
  void skipsOneEmptyLineBetweenRequests() throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab\r\n");
      assertEquals(200, client.read().status());
      assertEquals(200, client.get("/").read().status());
      assertEquals(200, client.send("\r\n").get("/").read().status());
    }
  }
}

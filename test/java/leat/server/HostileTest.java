package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import leat.http.Limits;
import org.junit.jupiter.api.Test;

/** Bytes from strangers: slow, split, random, and many. */
class HostileTest {
  private static final String[] FRAGMENTS = {
    "GET ", "POST ", "/ ", "HTTP/1.1\r\n", "HTTP/1.0\r\n", "Host: a\r\n", "Content-Length: 5\r\n", "\r\n", "\r", "\n", "\0",
    "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n", "5\r\n12345\r\n", "0\r\n\r\n",
    "Connection: upgrade\r\nUpgrade: x\r\n", "12345", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "\377\376",
  };

  private static HttpServer echo() throws IOException {
    return Servers.builder().responderHandler((request, responder) -> responder.respond(Response.text(
        request.body() == null ? request.path() : new String(request.body().stream().readAllBytes())))).start();
  }

  @Test
  void readsRequestsByteByByte() throws IOException {
    try (HttpServer server = echo(); RawClient client = new RawClient(server)) {
      String wire = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0\r\nT: u\r\n\r\n"
          + "\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n";
      for (byte b : wire.getBytes(StandardCharsets.US_ASCII)) {
        client.send(new byte[] {b});
      }
      assertEquals("abc", client.read().text());
      assertEquals("/next", client.read().text());
    }
  }

  /** The same answers, however the bytes are split. */
  @Test
  void readsRequestsAtEachSplit() throws IOException {
    byte[] wire = ("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    try (HttpServer server = echo(); RawClient client = new RawClient(server); RawClient other = new RawClient(server)) {
      for (int split = 0; split <= wire.length; split++) {
        client.send(java.util.Arrays.copyOf(wire, split));
        // On the same loop: what was sent before has been read when this is answered.
        assertEquals(200, other.get("/").read().status());
        client.send(java.util.Arrays.copyOfRange(wire, split, wire.length));
        assertEquals("/1", client.read().text(), "split at " + split);
        assertEquals("abc", client.read().text(), "split at " + split);
        assertEquals("/3", client.read().text(), "split at " + split);
      }
    }
  }

  /** Whatever comes: statuses and ends, and never harm to others. */
  @Test
  void garbageHarmsNobodyElse() throws Exception {
    long seed = System.nanoTime();
    ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    try (HttpServer server = echo(); RawClient good = new RawClient(server)) {
      List<Thread> floods = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Random random = new Random(seed + i);
        Thread flood = new Thread(() -> {
          for (int n = 0; n < 150; n++) {
            String fault = garbage(server, random);
            if (fault != null) {
              failures.add(fault);
            }
          }
        });
        flood.start();
        floods.add(flood);
      }
      for (int i = 0; i < 300; i++) {
        assertEquals("/" + i, good.get("/" + i).read().text());
      }
      for (Thread flood : floods) {
        flood.join();
      }
      assertTrue(failures.isEmpty(), () -> "seed " + seed + ": " + failures.peek());
      assertEquals("/", good.get("/").read().text());
      Servers.until(() -> server.stats().connections() == 1);
      assertTrue(server.stats().protocolErrors() > 100);
    }
  }

  private static String garbage(HttpServer server, Random random) {
    StringBuilder wire = new StringBuilder();
    for (int parts = 1 + random.nextInt(12); parts > 0; parts--) {
      if (random.nextInt(6) > 0) {
        wire.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
      } else {
        for (int n = random.nextInt(40); n > 0; n--) {
          wire.append((char) random.nextInt(256));
        }
      }
    }
    try (RawClient client = new RawClient(server)) {
      String answer = client.send(wire.toString()).finish().readToEnd();
      return answer.isEmpty() || answer.startsWith("HTTP/1.1 ") ? null : wire + " => " + answer;
    } catch (IOException reset) {
      // A body that was cut ends with the connection.
      return null;
    }
  }

  // ---- Memory ----

  @Test
  void heldBytesCostLittleMoreThanTheyAre() {
    HeldBytes held = new HeldBytes(Limits.DEFAULT, new byte[1], 0, 1);
    assertEquals(4096, held.capacity());
    for (int size = 1; size < 100_000; size++) {
      assertTrue(held.capacity() <= Math.max(4096, 2 * size), size + " bytes in " + held.capacity());
      held.append(new byte[] {1}, 0, 1);
    }
    held.keepFrom(99_000);
    assertEquals(1000, held.to() - held.from());
    assertEquals(4096, held.capacity());
  }

  @Test
  void heldBytesKeepTheirOrder() {
    Random random = new Random(5);
    HeldBytes held = new HeldBytes(Limits.DEFAULT, new byte[0], 0, 0);
    byte next = 0;
    byte expected = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] more = new byte[random.nextInt(3000)];
      for (int j = 0; j < more.length; j++) {
        more[j] = next++;
      }
      held.append(more, 0, more.length);
      int count = Math.min(held.to() - held.from(), random.nextInt(3200));
      for (int j = 0; j < count; j++) {
        assertEquals(expected++, held.bytes()[held.from() + j]);
      }
      held.keepFrom(held.from() + count);
    }
  }

  @Test
  void heldBytesParseHeadsAcrossMoves() {
    HeldBytes held = new HeldBytes(Limits.DEFAULT, new byte[0], 0, 0);
    byte[] head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    for (int round = 0; round < 1000; round++) {
      for (byte b : head) {
        assertNull(held.parseHead(held.from()));
        held.append(new byte[] {b}, 0, 1);
      }
      assertNotNull(held.parseHead(held.from()));
      held.keepFrom(held.from() + held.consumed());
      assertTrue(held.isHeadEmpty());
    }
    assertEquals(4096, held.capacity());
  }

  /** Nothing is allocated from a length that the peer declares: 200 connections that promise much cost little. */
  @Test
  void declaredLengthsAllocateNothing() throws IOException {
    try (HttpServer server = echo()) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        clients.add(new RawClient(server)
            .send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3ffffff\r\nx"));
        clients.add(new RawClient(server).send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\nx"));
      }
      Servers.barrier(server);
      try (RawClient good = new RawClient(server)) {
        assertEquals("/", good.get("/").read().text());
      }
      for (RawClient client : clients) {
        client.close();
      }
    }
  }
}

package leat.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import leat.async.Deferred;
import leat.async.Source;
import leat.http.Headers;
import leat.server.RawClient.Reply;
import org.junit.jupiter.api.Test;

/** Request bodies: as a stream, as a source, unread, half read, and cut. */
class RequestBodyTest {
  private static final int MORE_THAN_SOCKETS_HOLD = 40_000_000;

  private static String post(long length) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n";
  }

  private static final String CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

  private static HttpServer echo() throws IOException {
    return Servers.builder().responderHandler((request, responder) -> {
      byte[] bytes = request.body() == null ? new byte[0] : request.body().stream().readAllBytes();
      String trailer = request.body() == null ? null : request.body().trailers().get("x-sum");
      responder.respond(
          Response.of(200, trailer == null ? Headers.EMPTY : Headers.of("x-sum", trailer), Body.bytes(bytes)));
    }).start();
  }

  // ---- The parts alone ----

  private static byte[] drain(Source<ByteBuffer> source, AtomicInteger parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuffer part = source.take(null).getNow(); part != null; part = source.take(null).getNow()) {
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      all.writeBytes(bytes);
      parts.incrementAndGet();
      assertTrue(part.isReadOnly());
    }
    return all.toByteArray();
  }

  /** A byte in a chunk of its own must not cost a hundred while it waits. */
  @Test
  void gathersSmallPiecesWhileTheyWait() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int most : new int[] {1, 3, 2000, 20_000}) {
      RequestBody body = new RequestBody(null, false);
      byte[] all = new byte[100_000];
      random.nextBytes(all);
      int pieces = 0;
      for (int at = 0; at < all.length; pieces++) {
        int to = Math.min(all.length, at + 1 + random.nextInt(most));
        body.data(all, at, to);
        at = to;
      }
      body.complete(Headers.EMPTY);
      AtomicInteger parts = new AtomicInteger();
      assertArrayEquals(all, drain(body.source(), parts), "seed " + seed);
      assertTrue(parts.get() <= all.length / 4096 + 2, most + ": " + parts + " parts of " + pieces + " pieces");
    }
  }

  @Test
  void whatIsHandedOutNeverChanges() {
    RequestBody body = new RequestBody(null, false);
    Source<ByteBuffer> source = body.source();
    body.data(new byte[] {1}, 0, 1);
    body.data(new byte[] {2}, 0, 1);
    ByteBuffer first = source.take(null).getNow();
    body.data(new byte[] {3}, 0, 1);
    body.data(new byte[] {4}, 0, 1);
    ByteBuffer second = source.take(null).getNow();
    body.data(new byte[] {5}, 0, 1);
    assertEquals(List.of(1, 2, 3, 4, 5), bytes(first, second, source.take(null).getNow(), source.take(null).getNow()));
  }

  private static List<Integer> bytes(ByteBuffer... parts) {
    List<Integer> all = new ArrayList<>();
    for (ByteBuffer part : parts) {
      while (part != null && part.hasRemaining()) {
        all.add((int) part.get());
      }
    }
    return all;
  }

  @Test
  void streamReadsWithinBlocks() throws IOException {
    RequestBody body = new RequestBody(null, false);
    InputStream in = body.stream();
    for (byte i = 0; i < 10; i++) {
      body.data(new byte[] {i}, 0, 1);
    }
    assertArrayEquals(new byte[] {0, 1, 2}, in.readNBytes(3));
    body.data(new byte[] {10}, 0, 1);
    assertEquals(8, in.available());
    body.fail(new BodyCut("gone", null));
    assertArrayEquals(new byte[] {3, 4, 5, 6, 7, 8, 9, 10}, in.readNBytes(8));
    assertThrows(IOException.class, in::read);
  }

  @Test
  void takesThatWaitAreBounded() {
    Source<ByteBuffer> source = new RequestBody(null, false).source();
    for (int i = 0; i < 16_384; i++) {
      assertFalse(source.take(null).isRealized());
    }
    assertInstanceOf(IllegalStateException.class, source.take(null).errorValue(null));
  }

  @Test
  void oneWayOrTheOther() {
    RequestBody body = new RequestBody(null, false);
    body.stream();
    body.stream();
    assertThrows(IllegalStateException.class, body::source);
  }

  // ---- Over the wire ----

  /** RFC 9112, 7.1: sizes in both cases, extensions, trailers (7.1.2). */
  @Test
  void chunkedWithExtensionsAndTrailers() throws IOException {
    try (HttpServer server = echo(); RawClient client = new RawClient(server)) {
      client.send(CHUNKED + "5;a=b;c=\"d e\"\r\n12345\r\n0A\r\n67890abcde\r\n0\r\nX-Sum: 15\r\nContent-Length: 1\r\n\r\n");
      client.get("/next");
      Reply reply = client.read();
      assertEquals("1234567890abcde", reply.text());
      assertEquals("15", reply.field("x-sum"));
      assertEquals(200, client.read().status());
    }
  }

  /** Content-Length: 0 is no body; an empty chunked one is a body. */
  @Test
  void emptyBodies() throws IOException {
    try (HttpServer server = Servers.start(request -> Response.text(String.valueOf(request.body() != null)));
        RawClient client = new RawClient(server)) {
      assertEquals("false", client.send(post(0)).read().text());
      assertEquals("true", client.send(CHUNKED + "0\r\n\r\n").read().text());
    }
  }

  @Test
  void largeBodiesArriveWhole() throws IOException {
    byte[] large = new byte[2_000_000];
    new Random(7).nextBytes(large);
    try (HttpServer server = echo(); RawClient client = new RawClient(server)) {
      Thread sender = new Thread(() -> sendQuietly(client, post(large.length), large));
      sender.start();
      assertArrayEquals(large, client.read().body());
    }
  }

  private static void sendQuietly(RawClient client, String head, byte[] body) {
    try {
      client.send(head).send(body);
    } catch (IOException e) {
      // The server may close first; the test looks at what it answers.
    }
  }

  /** The socket is not read beyond what may wait, while nobody reads. */
  @Test
  void aStreamHoldsItsSenderUp() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    AtomicInteger most = new AtomicInteger();
    AtomicLong sum = new AtomicLong();
    CountDownLatch filled = new CountDownLatch(1);
    try (HttpServer server = Servers.builder().responderHandler((request, responder) -> {
          InputStream in = request.body().stream();
          Servers.until(() -> available(in) >= RequestBody.HIGH_WATER);
          filled.countDown();
          Servers.await(read);
          most.set(in.available());
          byte[] part = new byte[50_000];
          for (int n = in.read(part); n >= 0; n = in.read(part)) {
            sum.addAndGet(n);
          }
          responder.respond(Response.text("read"));
        }).start();
        RawClient client = new RawClient(server)) {
      Thread sender = new Thread(() -> sendQuietly(client, post(MORE_THAN_SOCKETS_HOLD), new byte[MORE_THAN_SOCKETS_HOLD]));
      sender.start();
      Servers.await(filled);
      Servers.barrier(server);
      Servers.barrier(server);
      assertTrue(sender.isAlive());
      read.countDown();
      assertEquals("read", client.read().text());
      assertEquals(MORE_THAN_SOCKETS_HOLD, sum.get());
      assertTrue(most.get() <= RequestBody.HIGH_WATER + 64 * 1024, "waiting: " + most);
      sender.join();
    }
  }

  private static int available(InputStream in) {
    try {
      return in.available();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aSourceHoldsItsSenderUp() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    Deferred<Boolean> go = new Deferred<>();
    AtomicLong sum = new AtomicLong();
    try (HttpServer server = Servers.builder().handlersOnLoop().rawBodies(true).responderHandler((request, responder) -> {
          Source<ByteBuffer> source = request.body().source();
          began.countDown();
          go.onRealized(yes -> sum(source, sum, responder), responder::fail);
        }).start();
        RawClient client = new RawClient(server)) {
      Thread sender = new Thread(() -> sendQuietly(client, post(MORE_THAN_SOCKETS_HOLD), new byte[MORE_THAN_SOCKETS_HOLD]));
      sender.start();
      Servers.await(began);
      Servers.barrier(server);
      Servers.barrier(server);
      assertTrue(sender.isAlive());
      go.success(true);
      assertEquals("" + MORE_THAN_SOCKETS_HOLD, client.read().text());
      sender.join();
    }
  }

  private static void sum(Source<ByteBuffer> source, AtomicLong sum, Responder responder) {
    Deferred<ByteBuffer> taken = source.take(null);
    while (taken.isRealized() && taken.getNow() != null) {
      sum.addAndGet(taken.getNow().remaining());
      taken = source.take(null);
    }
    taken.onRealized(part -> {
      if (part == null) {
        responder.respond(Response.text("" + sum.get()));
      } else {
        sum.addAndGet(part.remaining());
        sum(source, sum, responder);
      }
    }, responder::fail);
  }

  /** RFC 9112, 9.3: read and dropped up to the cap; beyond it the connection ends. */
  @Test
  void unreadBodiesAreDrainedWithinTheCap() throws IOException {
    try (HttpServer server = Servers.builder().maxDrainBytes(1000).handler(r -> Response.text("early")).start()) {
      try (RawClient client = new RawClient(server)) {
        assertEquals("early", client.send(post(900)).read().text());
        assertEquals("early", client.send(new byte[900]).get("/").read().text());
      }
      try (RawClient client = new RawClient(server)) {
        assertEquals("early", client.send(post(100_000)).read().text());
        sendQuietly(client, "", new byte[2000]);
        assertEquals("", client.readToEnd());
        assertEquals(0, server.stats().timeouts());
      }
    }
  }

  /** RFC 9112, 9.3: an answer may come before the body has. */
  @Test
  void anEarlyResponseWhileTheBodyArrives() throws IOException {
    try (HttpServer server = Servers.start(r -> Response.of(200, Headers.EMPTY, Body.stream(r.body().stream())));
        RawClient client = new RawClient(server)) {
      client.send(CHUNKED);
      client.send("3\r\nabc\r\n").readUntil("abc");
      client.send("3\r\ndef\r\n").readUntil("def");
      client.send("0\r\n\r\n").readUntil("0\r\n\r\n");
      client.get("/");
      Servers.barrier(server);
    }
  }

  /** What reads a body after its exchange is over gets an error, never what looks like the end. */
  @Test
  void aReaderLeftBehindGetsAnError() throws IOException {
    for (String connection : List.of("", "close")) {
      Headers fields = connection.isEmpty() ? Headers.EMPTY : Headers.of("connection", connection);
      Deferred<Object> seen = new Deferred<>();
      try (HttpServer server = Servers.builder().responderHandler((request, responder) -> {
            Source<ByteBuffer> source = request.body().source();
            responder.respond(Response.of(200, fields, Body.text("early")));
            takeToEnd(source, seen);
          }).start();
          RawClient client = new RawClient(server)) {
        assertEquals("early", client.send(post(100) + "12345").read().text());
        IOException error = assertInstanceOf(IOException.class, Servers.value(seen));
        assertTrue(error.getMessage().contains("response"), error.getMessage());
      }
    }
  }

  private static void takeToEnd(Source<ByteBuffer> source, Deferred<Object> end) {
    source.take(null).onRealized(part -> {
      if (part == null) {
        end.success("the end");
      } else {
        takeToEnd(source, end);
      }
    }, end::success);
  }

  /** A reader that closes the body is done with it: the rest is dropped, and the connection goes on. */
  @Test
  void aClosedStreamIsDrained() throws IOException {
    Deferred<Throwable> after = new Deferred<>();
    CountDownLatch closed = new CountDownLatch(1);
    try (HttpServer server = Servers.builder().responderHandler((request, responder) -> {
          InputStream in = request.body().stream();
          in.read();
          in.close();
          closed.countDown();
          try {
            in.read();
          } catch (IOException e) {
            after.success(e);
          }
          responder.respond(Response.text("done"));
        }).start();
        RawClient client = new RawClient(server)) {
      client.send(post(200_000)).send(new byte[100_000]);
      Servers.await(closed);
      client.send(new byte[100_000]);
      assertEquals("done", client.read().text());
      assertInstanceOf(IOException.class, Servers.value(after));
      client.send(post(1) + "x");
      assertEquals("done", client.read().text());
    }
  }

  @Test
  void aClosedSourceEnds() throws IOException {
    Deferred<String> seen = new Deferred<>();
    try (HttpServer server = Servers.builder().responderHandler((request, responder) -> {
          Source<ByteBuffer> source = request.body().source();
          AtomicInteger listeners = new AtomicInteger();
          source.onClosed(listeners::incrementAndGet);
          Deferred<ByteBuffer> waiting = source.take(null);
          source.close();
          source.close();
          source.onClosed(listeners::incrementAndGet);
          seen.success(waiting.isRealized() + " " + source.isDrained() + " " + listeners);
          responder.respond(Response.text("done"));
        }).start();
        RawClient client = new RawClient(server)) {
      client.send(post(5));
      assertEquals("done", client.read().text());
      assertEquals("true true 2", Servers.value(seen));
      assertEquals("done", client.send("12345").send(post(1) + "x").read().text());
    }
  }

  /** RFC 9112, 8: a body that is cut is an error to its reader. */
  @Test
  void aClientThatGoesAwayFailsTheReader() throws IOException {
    for (boolean reset : new boolean[] {true, false}) {
      Deferred<Object> stream = new Deferred<>();
      try (HttpServer server = Servers.builder().responderHandler((request, responder) -> {
            try {
              stream.success(request.body().stream().readAllBytes());
            } catch (IOException e) {
              stream.success(e);
            }
          }).start();
          RawClient client = new RawClient(server)) {
        client.send(post(100) + "12345");
        Servers.barrier(server);
        if (reset) {
          client.reset();
        } else {
          client.finish();
        }
        assertInstanceOf(IOException.class, Servers.value(stream));
      }
    }
  }

  @Test
  void aBlockedReaderCanBeInterrupted() throws Exception {
    Deferred<Object> seen = new Deferred<>();
    Deferred<Thread> reader = new Deferred<>();
    try (HttpServer server = Servers.builder().responderHandler((request, responder) -> {
          reader.success(Thread.currentThread());
          try {
            request.body().stream().read();
          } catch (IOException e) {
            seen.success(e);
          }
          responder.respond(Response.text("done"));
        }).start();
        RawClient client = new RawClient(server)) {
      client.send(post(5));
      Thread thread = (Thread) Servers.value(reader);
      thread.interrupt();
      assertInstanceOf(java.io.InterruptedIOException.class, Servers.value(seen));
      assertEquals("done", client.read().text());
    }
  }

  // ---- On the loop ----

  /** With handlers on the loop, a body that comes in several packets is whole when its handler runs. */
  @Test
  void smallBodiesAreWholeOnTheLoop() throws IOException {
    try (HttpServer server = Servers.builder().handlersOnLoop().responderHandler((request, responder) ->
          responder.respond(Response.of(200, Headers.EMPTY, Body.bytes(request.body().stream().readAllBytes())))).start();
        RawClient client = new RawClient(server)) {
      for (String[] packets : new String[][] {
          {post(6), "abc", "def"}, {post(6) + "a", "bcdef"}, {CHUNKED + "3", "\r\nabc\r\n3\r", "\ndef\r\n0", "\r\n\r\n"}}) {
        for (String packet : packets) {
          client.send(packet);
          Servers.barrier(server);
        }
        assertEquals("abcdef", client.read().text());
      }
    }
  }

  /** A read that would make the loop wait is refused with an error that says so. */
  @Test
  void largeBodiesOnTheLoopFailRatherThanBlock() throws IOException {
    try (HttpServer server = Servers.builder().handlersOnLoop().responderHandler((request, responder) -> {
          IllegalStateException refused =
              assertThrows(IllegalStateException.class, () -> request.body().stream().readAllBytes());
          responder.respond(Response.text(refused.getMessage()));
        }).start();
        RawClient client = new RawClient(server)) {
      Thread sender = new Thread(() -> sendQuietly(client, post(1_000_000), new byte[1_000_000]));
      sender.start();
      assertTrue(client.read().text().contains("would block the event loop"));
    }
  }

  @Test
  void noBodyIsNull() throws IOException {
    Deferred<RequestBody> body = new Deferred<>();
    try (HttpServer server = Servers.start(request -> {
          body.success(request.body());
          return Response.text("ok");
        });
        RawClient client = new RawClient(server)) {
      client.get("/").read();
      assertNull(body.getNow());
      assertTrue(body.isRealized());
    }
  }
}

package leat.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import leat.async.Deferred;
import leat.async.Source;
import leat.async.Stream;
import leat.http.Headers;
import leat.server.RawClient.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of response body, whole and broken (RFC 9112, 6 and 8). */
class ResponseBodyTest {
  private static final byte[] LARGE = new byte[3_000_000];

  static {
    new Random(1).nextBytes(LARGE);
  }

  @TempDir
  Path folder;

  private static HttpServer serving(Supplier<Body> body, String... headers) throws IOException {
    Headers fields = Headers.of(headers);
    return Servers.start(request -> Response.of(200, fields, body.get()));
  }

  /** Sent whole, in this framing, twice on one connection, so that the end of the first is where it should be. */
  private static void sends(byte[] expected, boolean chunked, Supplier<Body> body, String... headers) throws IOException {
    try (HttpServer server = serving(body, headers); RawClient client = new RawClient(server)) {
      for (int i = 0; i < 2; i++) {
        Reply reply = client.get("/").read();
        assertArrayEquals(expected, reply.body());
        assertEquals(chunked ? "chunked" : null, reply.field("transfer-encoding"));
        assertEquals(chunked ? null : "" + expected.length, reply.field("content-length"));
      }
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void bytes() throws IOException {
    sends(new byte[0], false, () -> Body.EMPTY);
    sends(ascii("small"), false, () -> Body.bytes(ascii("small")));
    sends(LARGE, false, () -> Body.bytes(LARGE));
  }

  @Test
  void byteBuffers() throws IOException {
    sends(ascii("mall"), false, () -> Body.bytes(ByteBuffer.wrap(ascii("small")).position(1)));
    ByteBuffer direct = ByteBuffer.allocateDirect(LARGE.length).put(LARGE).flip();
    sends(LARGE, false, () -> Body.bytes(direct.asReadOnlyBuffer()));
    assertEquals(0, direct.position());
  }

  @Test
  void streams() throws IOException {
    sends(new byte[0], true, () -> Body.stream(InputStream.nullInputStream()));
    sends(LARGE, true, () -> Body.stream(new ByteArrayInputStream(LARGE)));
    sends(LARGE, false, () -> Body.stream(new ByteArrayInputStream(LARGE)), "content-length", "" + LARGE.length);
  }

  @Test
  void iterators() throws IOException {
    List<Object> messages = List.of(ascii("a"), ByteBuffer.wrap(ascii("b")), "", "c", 1, new StringBuilder("d"));
    sends(ascii("abc1d"), true, () -> Body.iterator(messages.iterator()));
  }

  @Test
  void writers() throws IOException {
    sends(ascii("abc"), true, () -> Body.writer(out -> {
      out.write('a');
      out.flush();
      out.flush();
      out.write(ascii("xbcx"), 1, 2);
      out.close();
    }));
    sends(LARGE, true, () -> Body.writer(out -> {
      for (byte b : LARGE) {
        out.write(b);
      }
    }));
    assertThrows(IndexOutOfBoundsException.class, () -> new PumpWriting(null, null, null).write(new byte[1], 1, 1));
  }

  @Test
  void sources() throws IOException {
    sends(ascii("a1"), true, () -> Body.source(stream("a", "", 1)));
    Object[] many = IntStream.range(0, 5000).boxed().toArray();
    byte[] expected = ascii(String.join("", IntStream.range(0, 5000).mapToObj(String::valueOf).toList()));
    sends(expected, true, () -> Body.source(stream(many)));
    sends(expected, false, () -> Body.source(stream(many)), "content-length", "" + expected.length);
  }

  private static Stream<Object> stream(Object... messages) {
    Stream<Object> stream = new Stream<>(messages.length);
    for (Object message : messages) {
      stream.put(message);
    }
    stream.close();
    return stream;
  }

  /** The parts of a body are sent as they come, not gathered. */
  @Test
  void sourcesAreSentAsTheyCome() throws IOException {
    Stream<Object> feed = new Stream<>(1);
    try (HttpServer server = serving(() -> Body.source(feed)); RawClient client = new RawClient(server)) {
      client.get("/");
      for (int i = 0; i < 3; i++) {
        feed.put("tick " + i);
        client.readUntil("tick " + i);
      }
      feed.close();
    }
  }

  @Test
  void filesAndRegions() throws IOException {
    Path file = Files.write(folder.resolve("file"), LARGE);
    sends(LARGE, false, () -> file(file, 0, -1));
    sends(Arrays.copyOfRange(LARGE, 10, 2_000_010), false, () -> file(file, 10, 2_000_000));
    sends(new byte[0], false, () -> file(file, LARGE.length, 0));
    sends(new byte[0], false, () -> file(file, 5, 0), "content-length", "7");
  }

  private static Body file(Path path, long offset, long length) {
    try {
      return Body.file(path, offset, length);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void refusesWhatIsNoRegionOfAFile() throws IOException {
    Path file = Files.write(folder.resolve("five"), ascii("12345"));
    assertThrows(IllegalArgumentException.class, () -> Body.file(file, 3, 3));
    assertThrows(IllegalArgumentException.class, () -> Body.file(file, -1, 2));
    assertThrows(IllegalArgumentException.class, () -> Body.file(file, 6, -1));
    assertThrows(IOException.class, () -> Body.file(folder));
    assertThrows(IOException.class, () -> Body.file(folder.resolve("missing")));
  }

  /** RFC 9112, 8: the client must be able to see that a body is not whole. */
  @Test
  void aTruncatedFileEndsTheConnectionShort() throws IOException {
    Path file = Files.write(folder.resolve("shrinking"), LARGE);
    try (HttpServer server = serving(() -> {
          Body body = file(file, 0, -1);
          truncate(file);
          return body;
        });
        RawClient client = new RawClient(server)) {
      client.get("/");
      assertThrows(EOFException.class, client::read);
    }
  }

  private static void truncate(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(1000);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aStreamShorterThanPromisedEndsTheConnectionShort() throws IOException {
    try (HttpServer server = serving(() -> Body.stream(new ByteArrayInputStream(ascii("1234"))), "content-length", "5");
        RawClient client = new RawClient(server)) {
      String all = client.get("/").get("/").readToEnd();
      assertTrue(all.contains("content-length: 5\r\n") && all.endsWith("\r\n\r\n1234"), all);
    }
  }

  /** RFC 9110, 8.6: never more than promised, which the client would take for the next response. */
  @Test
  void aStreamLongerThanPromisedIsCut() throws IOException {
    try (HttpServer server = serving(() -> Body.iterator(List.of("123", "45", "678").iterator()), "content-length", "5");
        RawClient client = new RawClient(server)) {
      String all = client.get("/").get("/").readToEnd();
      assertTrue(all.endsWith("\r\n\r\n12345"), all);
    }
  }

  private static InputStream failing() {
    return new InputStream() {
      private int left = 3;

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (left-- == 0) {
          throw new IOException("the disk is gone");
        }
        bytes[offset] = 'x';
        return 1;
      }

      @Override
      public int read() {
        throw new UnsupportedOperationException();
      }
    };
  }

  /** RFC 9112, 8: no last chunk. */
  @Test
  void aFailingStreamIsCutWithoutLastChunk() throws IOException {
    try (HttpServer server = serving(() -> Body.stream(failing())); RawClient client = new RawClient(server)) {
      String all = client.get("/").get("/").readToEnd();
      assertTrue(all.endsWith("\r\n\r\n1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n"), all);
    }
  }

  /** RFC 9112, 8: where only the end of the connection tells the end of the body, that must be a reset. */
  @Test
  void aFailingStreamUntilCloseIsReset() throws IOException {
    try (HttpServer server = serving(() -> Body.stream(failing())); RawClient client = new RawClient(server)) {
      client.send("GET / HTTP/1.0\r\n\r\n");
      assertThrows(IOException.class, client::readToEnd);
    }
  }

  @Test
  void aFailingSourceIsCutWithoutLastChunk() throws IOException {
    for (Deferred<Object> end : List.of(Deferred.failed(new RuntimeException("gone")), Deferred.<Object>succeeded(new Bad()))) {
      AtomicInteger closed = new AtomicInteger();
      try (HttpServer server = serving(() -> Body.source(new Twice(end, closed))); RawClient client = new RawClient(server)) {
        String all = client.get("/").get("/").readToEnd();
        assertTrue(all.endsWith("\r\n\r\n1\r\nx\r\n1\r\nx\r\n"), all);
        Servers.until(() -> closed.get() > 0);
      }
    }
  }

  /** A message without a text. */
  private static final class Bad {
    @Override
    public String toString() {
      throw new IllegalStateException("no text");
    }
  }

  /** Gives two messages, one of them later, and then something that goes wrong. */
  private static class Twice implements Source<Object> {
    private final Deferred<Object> end;
    private final AtomicInteger closed;
    private int taken;

    Twice(Deferred<Object> end, AtomicInteger closed) {
      this.end = end;
      this.closed = closed;
    }

    @Override
    public Deferred<Object> take(Object ifDrained) {
      taken++;
      if (taken > 2) {
        return end;
      }
      Deferred<Object> later = new Deferred<>();
      if (taken == 1) {
        later.success("x");
      } else {
        new Thread(() -> later.success("x")).start();
      }
      return later;
    }

    @Override
    public boolean isDrained() {
      return false;
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }

    @Override
    public void onClosed(Runnable listener) {}
  }

  @Test
  void aFailingTakeIsCutToo() throws IOException {
    Source<Object> broken = new Twice(null, new AtomicInteger());
    try (HttpServer server = serving(() -> Body.source(broken)); RawClient client = new RawClient(server)) {
      assertTrue(client.get("/").readToEnd().endsWith("1\r\nx\r\n1\r\nx\r\n"));
    }
  }

  @Test
  void aFailingIteratorOrWriterIsCut() throws IOException {
    Iterator<Object> broken = new Iterator<>() {
      @Override
      public boolean hasNext() {
        return true;
      }

      @Override
      public Object next() {
        throw new IllegalStateException("no more");
      }
    };
    List<Supplier<Body>> bodies = List.of(() -> Body.iterator(broken), () -> Body.writer(out -> {
      throw new OutOfMemoryError("as if");
    }));
    for (Supplier<Body> body : bodies) {
      try (HttpServer server = serving(body); RawClient client = new RawClient(server)) {
        String all = client.get("/").readToEnd();
        assertTrue(all.startsWith("HTTP/1.1 200") && all.endsWith("\r\n\r\n"), all);
      }
    }
  }

  @Test
  void bodiesAreClosedWhetherTheyAreSentOrNot() throws IOException {
    AtomicInteger closed = new AtomicInteger();
    Supplier<Body> body = () -> Body.stream(new ByteArrayInputStream(ascii("x")) {
      @Override
      public void close() {
        closed.incrementAndGet();
      }
    });
    try (HttpServer server = serving(body); RawClient client = new RawClient(server)) {
      assertEquals("x", client.get("/").read().text());
      Servers.until(() -> closed.get() == 1);
      client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").read("HEAD");
      Servers.until(() -> closed.get() == 2);
    }
  }

  /** The pressure of a client that does not read goes back to the writer of the body. */
  @Test
  void aWriterWaitsForTheClient() throws IOException {
    AtomicInteger written = new AtomicInteger();
    CountDownLatch wroteAll = new CountDownLatch(1);
    int parts = 2000;
    try (HttpServer server = serving(() -> Body.writer(out -> {
          for (int i = 0; i < parts; i++) {
            out.write(new byte[32 * 1024]);
            written.incrementAndGet();
          }
          wroteAll.countDown();
        }));
        RawClient client = RawClient.slowReader(server)) {
      client.get("/");
      assertTrue(Servers.settled(server, written) < parts / 2, "written " + written);
      assertEquals(parts * 32 * 1024, client.read().body().length);
      Servers.await(wroteAll);
    }
  }

  @Test
  void aSourceWaitsForTheClient() throws IOException {
    AtomicInteger taken = new AtomicInteger();
    int parts = 2000;
    byte[] part = new byte[32 * 1024];
    Source<Object> endless = new Twice(null, new AtomicInteger()) {
      @Override
      public Deferred<Object> take(Object ifDrained) {
        return Deferred.succeeded(taken.incrementAndGet() > parts ? ifDrained : part);
      }
    };
    try (HttpServer server = serving(() -> Body.source(endless)); RawClient client = RawClient.slowReader(server)) {
      client.get("/");
      assertTrue(Servers.settled(server, taken) < parts / 2, "taken " + taken);
      assertEquals(parts * part.length, client.read().body().length);
    }
  }

  /** A source that always has another message at hand, however empty, leaves room for other connections. */
  @Test
  void anEndlessSourceDoesNotHoldTheLoop() throws IOException {
    AtomicInteger stop = new AtomicInteger();
    Source<Object> empties = new Twice(null, new AtomicInteger()) {
      @Override
      public Deferred<Object> take(Object ifDrained) {
        return Deferred.succeeded(stop.get() > 0 ? ifDrained : "");
      }
    };
    try (HttpServer server = serving(() -> Body.source(empties)); RawClient client = new RawClient(server)) {
      client.get("/");
      Servers.barrier(server);
      Servers.barrier(server);
      stop.incrementAndGet();
      assertEquals(0, client.read().body().length);
    }
  }

  /** An executor that runs its tasks on the loop must not make the loop wait for itself. */
  @Test
  void aWriterOnTheLoopFailsRatherThanWaits() throws IOException {
    HttpServerBuilder builder = Servers.builder().executor(Runnable::run)
        .handler(request -> Response.of(200, Headers.EMPTY, Body.stream(new ByteArrayInputStream(LARGE))));
    try (HttpServer server = builder.start(); RawClient client = new RawClient(server)) {
      client.get("/");
      assertThrows(EOFException.class, client::read);
      Servers.barrier(server);
    }
  }

  /** The server owns framing, whatever fields a handler sets (RFC 9112, 6). */
  @Test
  void ignoresFramingFieldsOfTheHandler() throws IOException {
    String[] fields = {"Content-Length", "1", "Transfer-Encoding", "gzip, chunked", "Connection", "keep-alive, x-secret",
        "Keep-Alive", "timeout=5", "Proxy-Connection", "keep-alive", "Upgrade", "h2c", "x-kept", "yes"};
    try (HttpServer server = serving(() -> Body.text("three"), fields); RawClient client = new RawClient(server)) {
      for (int i = 0; i < 2; i++) {
        Reply reply = client.get("/").read();
        assertEquals("three", reply.text());
        assertEquals(List.of("5"), reply.all("content-length"));
        assertEquals("yes", reply.field("x-kept"));
        for (String dropped : List.of("transfer-encoding", "connection", "keep-alive", "proxy-connection", "upgrade")) {
          assertNull(reply.field(dropped), dropped);
        }
      }
    }
    try (HttpServer server = serving(() -> Body.iterator(List.of("a").iterator()), "content-length", "+1");
        RawClient client = new RawClient(server)) {
      Reply reply = client.get("/").read();
      assertEquals("chunked", reply.field("transfer-encoding"));
      assertNull(reply.field("content-length"));
    }
  }

  /** RFC 9110, 15.5.22: a 426 names the protocol to upgrade to, and Connection says so. */
  @Test
  void upgradeRequiredNamesTheProtocol() throws IOException {
    Headers fields = Headers.of("upgrade", "websocket");
    try (HttpServer server = Servers.start(request -> Response.of(426, fields, Body.EMPTY));
        RawClient client = new RawClient(server)) {
      Reply reply = client.get("/").read();
      assertEquals("websocket", reply.field("upgrade"));
      assertEquals("upgrade", reply.field("connection"));
      assertFalse(reply.closes());
    }
  }

  /** RFC 9112, 11.1: an exception in the caller's face, and nothing of it is sent. */
  @Test
  void refusesLineBreaksInFields() throws IOException {
    for (String evil : List.of("a\r\nx: y", "a\nb", "a\rb", "a\0b", " a")) {
      assertThrows(IllegalArgumentException.class, () -> Headers.of("x", evil));
    }
    try (HttpServer server = Servers.start(request -> Response.of(200, Headers.of("x", "a\r\ny: b"), Body.EMPTY));
        RawClient client = new RawClient(server)) {
      Reply reply = client.get("/").read();
      assertEquals(500, reply.status());
      assertFalse(reply.head().contains("y: b"), reply::head);
    }
    assertThrows(IllegalArgumentException.class, () -> HttpServer.builder().serverHeader("a\r\nb: c"));
    for (int status : new int[] {0, 99, 100, 101, 199, 600, 1000}) {
      assertThrows(IllegalArgumentException.class, () -> Response.text(status, ""));
    }
    assertThrows(NullPointerException.class, () -> Response.of(200, null, Body.EMPTY));
    assertThrows(NullPointerException.class, () -> Response.of(200, Headers.EMPTY, null));
  }

  /** What is thrown by the stream of a body says that the client has gone. */
  @Test
  void aWriterHearsThatTheClientHasGone() throws IOException {
    Deferred<Throwable> heard = new Deferred<>();
    try (HttpServer server = serving(() -> Body.writer(out -> writeForEver(out, heard)));
        RawClient client = RawClient.slowReader(server)) {
      client.get("/");
      client.readExactly(100);
      client.reset();
      assertTrue(Servers.value(heard) instanceof IOException);
    }
  }

  private static void writeForEver(OutputStream out, Deferred<Throwable> heard) throws IOException {
    try {
      while (true) {
        out.write(new byte[10_000]);
      }
    } catch (IOException e) {
      heard.success(e);
      throw e;
    }
  }
}

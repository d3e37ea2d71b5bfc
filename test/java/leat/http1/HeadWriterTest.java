package leat.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import leat.bytes.Buf;
import leat.bytes.Segment;
import leat.bytes.SegmentPool;
import leat.http.Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class HeadWriterTest {
  private final SegmentPool pool = new SegmentPool(4);
  private final Buf buf = new Buf(pool);

  private String written() {
    String text = new String(buf.toByteArray(), StandardCharsets.ISO_8859_1);
    buf.clear();
    return text;
  }

  @AfterEach
  void givesAllSegmentsBack() {
    buf.clear();
    assertEquals(pool.taken(), pool.recycled());
  }

  @Test
  void writesAResponseHead() {
    HeadWriter.status(buf, 200);
    HeadWriter.field(buf, "Content-Type", "text/plain; a=\u00e4");
    HeadWriter.headers(buf, Headers.of("a", "1", "B", "", "a", "2\t3"));
    HeadWriter.contentLength(buf, 12345);
    HeadWriter.end(buf);
    assertEquals("HTTP/1.1 200 OK\r\nContent-Type: text/plain; a=\u00e4\r\na: 1\r\nB: \r\na: 2\t3\r\n"
        + "content-length: 12345\r\n\r\n", written());
  }

  @Test
  void writesTheFieldsOfTheConnection() {
    HeadWriter.chunked(buf);
    HeadWriter.connectionClose(buf);
    HeadWriter.connectionKeepAlive(buf);
    assertEquals("transfer-encoding: chunked\r\nconnection: close\r\nconnection: keep-alive\r\n", written());
  }

  @Test
  void writesLengths() {
    HeadWriter.contentLength(buf, 0);
    HeadWriter.contentLength(buf, Long.MAX_VALUE);
    assertEquals("content-length: 0\r\ncontent-length: 9223372036854775807\r\n", written());
    assertThrows(IllegalArgumentException.class, () -> HeadWriter.contentLength(buf, -1));
    assertTrue(buf.isEmpty());
  }

  @Test
  void writesStatusLinesWithoutAPhrase() {
    HeadWriter.status(buf, 599);
    assertEquals("HTTP/1.1 599 \r\n", written());
    assertThrows(IllegalArgumentException.class, () -> HeadWriter.status(buf, 600));
    assertThrows(IllegalArgumentException.class, () -> HeadWriter.status(buf, 99));
    assertTrue(buf.isEmpty());
  }

  @Test
  void writesFieldsThatFillASegmentAndMore() {
    int most = Segment.SIZE;
    for (int size : new int[] {most - 6, most - 5, most - 4, most, 3 * most}) {
      String value = "v".repeat(size);
      HeadWriter.status(buf, 200);
      HeadWriter.field(buf, "n", value);
      HeadWriter.field(buf, value, "v");
      HeadWriter.end(buf);
      assertEquals("HTTP/1.1 200 OK\r\nn: " + value + "\r\n" + value + ": v\r\n\r\n", written());
    }
  }

  @Test
  void writesChunks() {
    HeadWriter.chunkStart(buf, 31);
    buf.writeLatin1("x".repeat(31));
    HeadWriter.chunkEnd(buf);
    HeadWriter.lastChunk(buf, Headers.EMPTY);
    assertEquals("1f\r\n" + "x".repeat(31) + "\r\n0\r\n\r\n", written());
  }

  /** RFC 9112 7.1: a chunk of size 0 is the last one. */
  @Test
  void refusesAnEmptyChunk() {
    assertThrows(IllegalArgumentException.class, () -> HeadWriter.chunkStart(buf, 0));
    assertThrows(IllegalArgumentException.class, () -> HeadWriter.chunkStart(buf, -1));
    assertTrue(buf.isEmpty());
  }

  @Test
  void writesTrailers() {
    HeadWriter.lastChunk(buf, Headers.of("X-Sum", "1", "y", "2"));
    assertEquals("0\r\nX-Sum: 1\r\ny: 2\r\n\r\n", written());
  }

  @TestFactory
  Stream<DynamicTest> refusesTrailersThatMayNotBe() {
    return Stream.of("Content-Length", "transfer-encoding", "HOST", "Authorization", "Set-Cookie", "Content-Type",
        "Trailer", "Connection").map(name -> dynamicTest("9110 6.5.1: no trailer " + name, () -> {
          Headers trailers = Headers.of("a", "1", name, "2");
          String message = assertThrows(IllegalArgumentException.class,
              () -> HeadWriter.lastChunk(buf, trailers)).getMessage();
          assertEquals("The field \"" + name + "\" may not be a trailer.", message);
          assertTrue(buf.isEmpty());
        }));
  }

  /** CVE-2025-67735 and its kin: an exception for the caller, and not a byte for the peer. */
  @TestFactory
  Stream<DynamicTest> refusesWhatWouldBreakAMessage() {
    return Stream.of(new String[][] {
      {"a\r\nb", "1"}, {"a\n", "1"}, {"a:", "1"}, {"a b", "1"}, {"", "1"}, {"a\0", "1"}, {"\u00e4", "1"},
      {"a", "1\r\nb: 2"}, {"a", "1\n2"}, {"a", "1\r"}, {"a", "\0"}, {"a", "1\177"}, {"a", " 1"}, {"a", "1 "},
      {"a", "\t1"}, {"a", "\u010d\u010a"}, {"a", "\u20ac"},
    }).map(field -> dynamicTest("9110 5.5: refuses " + Arrays.toString(field).replaceAll("\\p{C}", "?"),
        () -> {
          assertThrows(IllegalArgumentException.class, () -> HeadWriter.field(buf, field[0], field[1]));
          assertTrue(buf.isEmpty());
        }));
  }
}

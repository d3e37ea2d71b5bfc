package leat.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import leat.http.BodyLength;
import leat.http.Headers;
import leat.http.Limits;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The chunked coding, fed whole, byte by byte and at each split. */
class ChunkedReaderTest {
  record Good(String rule, String text, String data) {}

  record Bad(String rule, int status, String text) {}

  private static final List<Good> GOOD = List.of(
      new Good("9112 7.1: chunks", "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n", "hello, world"),
      new Good("9112 7.1: no chunks", "0\r\n\r\n", ""),
      new Good("9112 7.1: digits of both cases", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
          "01234567890123456789a"),
      new Good("9112 7.1: more than one digit", "1F\r\n" + "x".repeat(31) + "\r\n0\r\n\r\n", "x".repeat(31)),
      new Good("9112 7.1: leading zeros", "0000000000000003\r\nabc\r\n0000\r\n\r\n", "abc"),
      new Good("9112 7.1: any bytes as data", "6\r\n\r\n0\r\n\0\r\n0\r\n\r\n", "\r\n0\r\n\0"),
      new Good("9112 7.1.1: an extension", "3;a\r\nabc\r\n0;b\r\n\r\n", "abc"),
      new Good("9112 7.1.1: an extension with a token", "3;a=b\r\nabc\r\n0\r\n\r\n", "abc"),
      new Good("9112 7.1.1: an extension with quotes", "3;a=\"b;\\\"\\\\ \t\u00e4\"\r\nabc\r\n0\r\n\r\n", "abc"),
      new Good("9112 7.1.1: empty quotes", "3;a=\"\"\r\nabc\r\n0\r\n\r\n", "abc"),
      new Good("9112 7.1.1: many extensions", "3;a;b=c;d=\"e\";f\r\nabc\r\n0;a=b;c\r\n\r\n", "abc"),
      new Good("9112 7.1.1: white space around ; and =", "3 ;\ta = b ; c\t=\t\"d\"\t; e ;f\r\nabc\r\n0\r\n\r\n",
          "abc"),
      new Good("9112 7.1.2: trailers", "3\r\nabc\r\n0\r\nA: b\r\nC:d \r\n\r\n", "abc"));

  private static final List<Bad> BAD = List.of(
      new Bad("9112 7.1: a size", 400, "\r\n\r\n"),
      new Bad("9112 7.1: a size before an extension", 400, ";a\r\nabc\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without 0x", 400, "0x5\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without a plus", 400, "+5\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without a minus", 400, "-5\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without an underscore", 400, "_5\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without an underscore within", 400, "1_0\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without a space before it", 400, " 5\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without a tab before it", 400, "\t5\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without a space after it", 400, "5 \r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without a space within", 400, "1 0\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size in hexadecimal digits", 400, "g\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without a dot", 400, "5.0\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without a comma", 400, "5,5\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size without NUL", 400, "5\0\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size in ASCII", 400, "\u00b5\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size of at most 16 digits", 400, "00000000000000005\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: a size of at most 16 digits, not 2^64+5", 400, "10000000000000005\r\nhello\r\n"),
      new Bad("9112 7.1: a size that no long holds", 413, "8000000000000000\r\nhello\r\n"),
      new Bad("9112 7.1: a size that no long holds, all ones", 413, "ffffffffffffffff\r\nhello\r\n"),
      new Bad("9112 7.1: a size over the limit", 413, "7fffffffffffffff\r\nhello\r\n"),
      new Bad("9112 2.2: no bare LF after a size", 400, "5\nhello\r\n0\r\n\r\n"),
      new Bad("9112 2.2: no bare CR after a size", 400, "5\rhello\r\n0\r\n\r\n"),
      new Bad("9112 2.2: no CR CR LF after a size", 400, "5\r\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: data as long as the size says", 400, "5\r\nhello!\r\n0\r\n\r\n"),
      new Bad("9112 7.1: data no shorter than the size says", 400, "6\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1: CR LF after the data, not LF", 400, "5\r\nhello\n0\r\n\r\n"),
      new Bad("9112 7.1: CR LF after the data, not CR", 400, "5\r\nhello\r0\r\n\r\n"),
      new Bad("9112 7.1: CR LF after the data, not LF CR", 400, "5\r\nhello\n\r0\r\n\r\n"),
      new Bad("9112 7.1: CR LF after the data, once", 400, "5\r\nhello\r\n\r\n0\r\n\r\n"),
      new Bad("9112 7.1: CR LF after the data, not two bytes of any kind", 400, "5\r\nhelloxx0\r\n\r\n"),
      new Bad("9112 7.1: CR LF after the data at all", 400, "5\r\nhello0\r\n\r\n"),
      new Bad("9112 7.1.1: no bare LF in an extension", 400, "5;a\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: no bare LF in the value of an extension", 400, "5;a=b\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: no bare CR in an extension", 400, "5;a\rb\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: a name", 400, "5;\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: a name before =", 400, "5;=b\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: a name after each ;", 400, "5;a;;b\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: a name that is a token", 400, "5;a@\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: a value", 400, "5;a=\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: a value before ;", 400, "5;a=;b\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: one value", 400, "5;a=b=c\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: a value that is a token", 400, "5;a=b(\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: a value without a NUL", 400, "5;a=\"\0\"\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: quotes that close before CR", 400, "5;a=\"b\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: quotes that close before LF", 400, "5;a=\"b\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: quotes that close, in spite of a backslash", 400, "5;a=\"b\\\"\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: no escaped CR", 400, "5;a=\"b\\\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: nothing at once after quotes", 400, "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: no quotes within a token", 400, "5;a=b\"c\"\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: ; before the name", 400, "5 a\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: ; before the second name", 400, "5;a b\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: ; after a value and a space", 400, "5;a=b c\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: no = after a value", 400, "5;a=b =c\r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: no space before CR after a name", 400, "5;a \r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: no space before CR after a value", 400, "5;a=b \r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.1: no space before CR after quotes", 400, "5;a=\"b\" \r\nhello\r\n0\r\n\r\n"),
      new Bad("9112 7.1.2: no bare LF after the last chunk", 400, "0\n\r\n"),
      new Bad("9112 7.1.2: no bare LF at the end", 400, "0\r\n\n"),
      new Bad("9112 7.1.2: no bare CR at the end", 400, "0\r\n\rX"),
      new Bad("9112 7.1.2: no data after the last chunk", 400, "0\r\nhello\r\n\r\n"),
      new Bad("9112 5.1: no space before the colon of a trailer", 400, "0\r\nA : b\r\n\r\n"),
      new Bad("9110 5.1: a name for a trailer", 400, "0\r\n: b\r\n\r\n"),
      new Bad("9112 5.2: no folding of a trailer", 400, "0\r\nA: b\r\n c\r\n\r\n"),
      new Bad("9112 5.2: no white space before the first trailer", 400, "0\r\n A: b\r\n\r\n"),
      new Bad("9110 5.5: no NUL in a trailer", 400, "0\r\nA: \0\r\n\r\n"),
      new Bad("9110 5.5: no bare CR in a trailer", 400, "0\r\nA: b\rc\r\n\r\n"),
      new Bad("9110 5.5: no bare LF in a trailer", 400, "0\r\nA: b\nc: d\r\n\r\n"),
      new Bad("9110 5.5: no DEL in a trailer", 400, "0\r\nA: \177\r\n\r\n"));

  @TestFactory
  Stream<DynamicTest> reads() {
    return GOOD.stream().map(row -> dynamicTest(row.rule(), () -> {
      Fed.Outcome<Fed.Body> outcome = Fed.body(BodyLength.CHUNKED, row.text() + "GET / more");
      assertNull(outcome.error(), outcome::toString);
      assertEquals(row.data(), outcome.result().data());
      assertTrue(outcome.result().done());
      assertEquals(row.text().length(), outcome.consumed());
    }));
  }

  @TestFactory
  Stream<DynamicTest> rejects() {
    return BAD.stream().map(row -> dynamicTest(row.rule() + " -> " + row.status(), () -> {
      Fed.Outcome<Fed.Body> outcome = Fed.body(BodyLength.CHUNKED, row.text());
      assertNotNull(outcome.error(), outcome::toString);
      assertEquals(row.status(), outcome.error().status(), outcome.error().getMessage());
      assertTrue(outcome.error().getMessage().startsWith("Expected "), outcome.error().getMessage());
    }));
  }

  /** No beginning of a body is a body. */
  @Test
  void waitsForMore() {
    String text = "5;a=\"b\"\r\nhello\r\n0\r\nA: b\r\n\r\n";
    for (int size = 0; size < text.length(); size++) {
      Fed.Outcome<Fed.Body> outcome = Fed.body(BodyLength.CHUNKED, text.substring(0, size));
      assertNull(outcome.error(), outcome::toString);
      assertFalse(outcome.result().done());
      assertEquals(Headers.EMPTY, outcome.result().trailers());
    }
  }

  private static int status(String text, Limits limits) {
    Fed.Outcome<Fed.Body> outcome = Fed.body(BodyLength.CHUNKED, text, limits);
    return outcome.error() == null ? 200 : outcome.error().status();
  }

  @Test
  void limitsTheBodyOverAllChunks() {
    Limits limits = Limits.DEFAULT.withMaxBodyBytes(10);
    assertEquals(200, status("a\r\n0123456789\r\n0\r\n\r\n", limits));
    assertEquals(200, status("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", limits));
    assertEquals(413, status("b\r\n", limits));
    assertEquals(413, status("5\r\n01234\r\n6\r\n", limits));
    assertEquals(413, status("5\r\n01234\r\n7fffffffffffffff\r\n", limits));
    assertEquals(413, status("b;a=b", limits));
  }

  @Test
  void limitsTheExtensionsOfAChunk() {
    Limits limits = Limits.DEFAULT.withMaxChunkExtensionBytes(6);
    assertEquals(200, status("1;abcde\r\nx\r\n1;abcde\r\nx\r\n0;abcde\r\n\r\n", limits));
    assertEquals(400, status("1;abcdef", limits));
    assertEquals(400, status("1;a=\"bc\"", limits));
    assertEquals(400, status("1" + " ".repeat(7), limits));
    assertEquals(400, status("1;" + " ".repeat(6), limits));
    assertEquals(400, status("1;a", Limits.DEFAULT.withMaxChunkExtensionBytes(0)));
  }

  @Test
  void limitsTheExtensionsOfABody() {
    Limits limits = Limits.DEFAULT.withMaxBodyExtensionBytes(6);
    assertEquals(200, status("1;ab\r\nx\r\n0;ab\r\n\r\n", limits));
    assertEquals(400, status("1;ab\r\nx\r\n0;abc\r\n\r\n", limits));
  }

  @Test
  void limitsTrailers() {
    assertEquals(200, status("0\r\nA: 1\r\nB: 2\r\n\r\n", Limits.DEFAULT.withMaxFields(2)));
    assertEquals(431, status("0\r\nA: 1\r\nB: 2\r\nC", Limits.DEFAULT.withMaxFields(2)));
    assertEquals(200, status("0\r\nA: 1\r\nB: 2\r\n\r\n", Limits.DEFAULT.withMaxTrailerBytes(8)));
    assertEquals(431, status("0\r\nA: 1\r\nB: 23\r\n\r\n", Limits.DEFAULT.withMaxTrailerBytes(8)));
    assertEquals(200, status("0\r\nA:" + "b".repeat(14) + "\r\n\r\n", Limits.DEFAULT.withMaxFieldBytes(16)));
    assertEquals(431, status("0\r\nA:" + "b".repeat(15) + "\r\n\r\n", Limits.DEFAULT.withMaxFieldBytes(16)));
    assertEquals(431, status("0\r\nA", Limits.DEFAULT.withMaxTrailerBytes(0)));
  }

  @Test
  void keepsTrailersApartAndDropsForbiddenOnes() {
    Fed.Outcome<Fed.Body> outcome = Fed.body(BodyLength.CHUNKED, "1\r\nx\r\n0\r\nX-Sum: \t1 2 \r\nHost: evil\r\n"
        + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nAUTHORIZATION: Basic eA==\r\nCookie: a=b\r\n"
        + "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=1\r\nConnection: close\r\nContent-Type: text/html\r\n"
        + "Expect: 100-continue\r\nIf-Match: *\r\nTrailer: a\r\nTE: b\r\nServer-Timing: a;dur=1\r\nx-sum:\r\n"
        + "\r\n");
    assertEquals(Headers.of("x-sum", "1 2", "server-timing", "a;dur=1", "x-sum", ""),
        outcome.result().trailers());
  }
}

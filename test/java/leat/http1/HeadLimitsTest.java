package leat.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import leat.http.Limits;
import leat.http.ProtocolError;
import org.junit.jupiter.api.Test;

/** Each limit holds to the byte: what fits passes, one more is refused; and the parser can be used again and again. */
class HeadLimitsTest {
  private static final Limits SMALL = Limits.DEFAULT.withMaxRequestLineBytes(40).withMaxFieldBytes(30)
      .withMaxFields(3).withMaxHeadBytes(120);

  private static void passes(String text) {
    Fed.Outcome<RequestHead> outcome = Fed.head(text, SMALL);
    assertNotNull(outcome.result(), outcome::toString);
  }

  private static void refused(int status, String text) {
    Fed.Outcome<RequestHead> outcome = Fed.head(text, SMALL);
    assertNotNull(outcome.error(), outcome::toString);
    assertEquals(status, outcome.error().status(), outcome.error().getMessage());
  }

  /** A request line of that many bytes without its CR LF. */
  private static String line(int size) {
    return "GET /" + "a".repeat(size - "GET / HTTP/1.1".length()) + " HTTP/1.1";
  }

  @Test
  void limitsTheRequestLine() {
    passes(line(40) + "\r\nHost: a\r\n\r\n");
    passes("\r\n" + line(40) + "\r\nHost: a\r\n\r\n");
    refused(414, line(41) + "\r\nHost: a\r\n\r\n");
    refused(414, "\r\n" + line(41) + "\r\nHost: a\r\n\r\n");
    refused(414, "GET /?" + "a".repeat(100));
    refused(414, "GET /" + "?".repeat(100));
  }

  @Test
  void refusesAnEndlessTargetBeforeItsEnd() {
    assertEquals("needs more", Fed.head("GET /" + "a".repeat(26), SMALL).toString());
    refused(414, "GET /" + "a".repeat(27));
  }

  @Test
  void limitsAMethodByTheRequestLineToo() {
    refused(414, "A".repeat(35) + " /bcdefg HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  @Test
  void limitsAField() {
    passes("GET / HTTP/1.1\r\nHost: a\r\nX: " + "b".repeat(27) + "\r\n\r\n");
    refused(431, "GET / HTTP/1.1\r\nHost: a\r\nX: " + "b".repeat(28) + "\r\n\r\n");
    passes("GET / HTTP/1.1\r\nHost: a\r\n" + "x".repeat(29) + ":\r\n\r\n");
    refused(431, "GET / HTTP/1.1\r\nHost: a\r\n" + "x".repeat(30) + ":\r\n\r\n");
    refused(431, "GET / HTTP/1.1\r\nHost: a\r\nX:" + " ".repeat(40));
    refused(431, "GET / HTTP/1.1\r\nHost: a\r\n" + "x".repeat(40));
  }

  @Test
  void limitsTheNumberOfFields() {
    passes("GET / HTTP/1.1\r\nHost: a\r\nB:\r\nC:\r\n\r\n");
    refused(431, "GET / HTTP/1.1\r\nHost: a\r\nB:\r\nC:\r\nD:\r\n\r\n");
  }

  @Test
  void limitsTheHead() {
    String most = line(40) + "\r\nHost: a\r\nB: " + "b".repeat(27) + "\r\nC: " + "c".repeat(30 - 3 - 1);
    // 42 + 9 + 32 + 31 + 2 = 116
    passes(most + "\r\n\r\n");
    refused(431, line(40) + "\r\nHost: aaaaa\r\nB: " + "b".repeat(27) + "\r\nC: " + "c".repeat(27) + "\r\n\r\n");
  }

  @Test
  void limitsTheHeadToTheByte() {
    // 42 + 15 + 32 + 29 + 2 = 120
    String fits = line(40) + "\r\nHost: aaaaaaa\r\nB: " + "b".repeat(27) + "\r\nC: " + "c".repeat(24) + "\r\n\r\n";
    assertEquals(120, fits.length());
    passes(fits);
    passes("\r\n" + fits);
    refused(431, fits.replace("C: ", "C:  "));
  }

  @Test
  void servesWhatTheDefaultsAllow() {
    String target = "/" + "a".repeat(8192 - 14);
    StringBuilder text = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: a\r\n");
    text.append("Cookie: ").append("c".repeat(8192 - 8)).append("\r\n");
    for (int i = 0; i < 126; i++) {
      text.append("Name-").append(i).append(": ").append("v".repeat(200)).append("\r\n");
    }
    RequestHead head = Fed.longHead(text + "\r\n", Limits.DEFAULT).result();
    assertEquals(target, head.path());
    assertEquals(128, head.fieldCount());
    assertEquals(8184, head.fieldValue(1).length());
    for (int i = 0; i < 126; i++) {
      assertEquals("name-" + i, head.fieldName(i + 2));
      assertEquals("v".repeat(200), head.fieldValue(i + 2));
    }
    assertEquals(431, Fed.longHead(text + "x:\r\n\r\n", Limits.DEFAULT).error().status());
  }

  @Test
  void isReadyAgainAfterAHead() {
    byte[] two = Fed.bytes("GET /1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"
        + "\r\nPOST /2?3 HTTP/1.1\r\nHost: b\r\n\r\nGET /4 HTTP/1.0\r\n\r\n");
    HeadParser parser = new HeadParser(Limits.DEFAULT);
    RequestHead first = parser.parse(two, 0, two.length);
    int at = parser.consumed();
    assertTrue(parser.isEmpty());
    RequestHead second = parser.parse(two, at, two.length);
    at += parser.consumed();
    RequestHead third = parser.parse(two, at, two.length);
    at += parser.consumed();
    assertEquals(two.length, at);
    assertEquals("GET /1 HTTP/1.1", first.toString());
    assertTrue(first.expectsContinue());
    assertEquals("POST /2?... HTTP/1.1", second.toString());
    assertFalse(second.expectsContinue());
    assertEquals("GET /4 HTTP/1.0", third.toString());
    assertNull(third.query());
    assertNull(third.host());
    assertNull(parser.parse(two, at, two.length));
  }

  @Test
  void isReadyAgainAfterAnErrorOrReset() {
    HeadParser parser = new HeadParser(Limits.DEFAULT);
    byte[] bad = Fed.bytes("\r\nPOST /?a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n"
        + "X Y: a\r\n");
    byte[] good = Fed.bytes("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    assertThrows(ProtocolError.class, () -> parser.parse(bad, 0, bad.length));
    assertEquals("GET / 1.1 / null b -1 none truefalsefalse\nhost=b\n",
        Fed.describe(parser.parse(good, 0, good.length)));
    assertNull(parser.parse(bad, 0, 60));
    assertFalse(parser.isEmpty());
    parser.reset();
    assertTrue(parser.isEmpty());
    assertEquals("GET / 1.1 / null b -1 none truefalsefalse\nhost=b\n",
        Fed.describe(parser.parse(good, 0, good.length)));
  }

  @Test
  void isEmptyUntilTheFirstByteOfAMethod() {
    HeadParser parser = new HeadParser(Limits.DEFAULT);
    byte[] text = Fed.bytes("\r\nGET");
    for (int size = 0; size <= 2; size++) {
      assertNull(parser.parse(text, 0, size));
      assertTrue(parser.isEmpty(), "after " + size);
    }
    assertNull(parser.parse(text, 0, 3));
    assertFalse(parser.isEmpty());
  }
}

package leat.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The small types: status codes, body lengths, limits, field names, the error. */
class HttpValuesTest {
  @Test
  void encodesStatusLines() {
    assertEquals("HTTP/1.1 200 OK\r\n", new String(Status.line(200), StandardCharsets.US_ASCII));
    assertEquals("HTTP/1.1 404 Not Found\r\n", new String(Status.line(404), StandardCharsets.US_ASCII));
    assertEquals("HTTP/1.1 299 \r\n", new String(Status.line(299), StandardCharsets.US_ASCII));
    assertSame(Status.line(500), Status.line(500));
    for (int status : new int[] {99, 600, -1, Integer.MAX_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> Status.line(status));
      assertThrows(IllegalArgumentException.class, () -> Status.reason(status));
    }
  }

  @Test
  void knowsTheRegisteredPhrases() {
    String[] phrases = {"100 Continue", "103 Early Hints", "201 Created", "206 Partial Content",
      "208 Already Reported", "226 IM Used", "304 Not Modified", "308 Permanent Redirect", "408 Request Timeout",
      "413 Content Too Large", "414 URI Too Long", "417 Expectation Failed", "422 Unprocessable Content",
      "426 Upgrade Required", "429 Too Many Requests", "431 Request Header Fields Too Large",
      "451 Unavailable For Legal Reasons", "501 Not Implemented", "503 Service Unavailable",
      "505 HTTP Version Not Supported", "508 Loop Detected", "511 Network Authentication Required"};
    for (String phrase : phrases) {
      assertEquals(phrase.substring(4), Status.reason(Integer.parseInt(phrase.substring(0, 3))));
    }
    assertEquals("", Status.reason(418));
    assertEquals("", Status.reason(599));
  }

  /** RFC 9112 6.3. */
  @Test
  void knowsWhichStatusesHaveNoBody() {
    for (int status = 100; status <= 599; status++) {
      assertEquals(status >= 200 && status != 204 && status != 304, Status.hasBody(status));
    }
  }

  @Test
  void tellsBodyLengthsApart() {
    assertTrue(BodyLength.CHUNKED.isChunked());
    assertFalse(BodyLength.UNTIL_CLOSE.isChunked());
    assertEquals(-1, BodyLength.CHUNKED.bytes());
    assertEquals(-1, BodyLength.UNTIL_CLOSE.bytes());
    assertEquals(0, BodyLength.NONE.bytes());
    assertEquals(7, BodyLength.fixed(7).bytes());
    assertTrue(BodyLength.fixed(0).isFixed() && BodyLength.fixed(7).isFixed());
    assertFalse(BodyLength.NONE.isFixed() || BodyLength.CHUNKED.isFixed() || BodyLength.UNTIL_CLOSE.isFixed());
    assertTrue(BodyLength.fixed(0).isEmpty() && BodyLength.NONE.isEmpty());
    assertFalse(BodyLength.CHUNKED.isEmpty() || BodyLength.UNTIL_CLOSE.isEmpty() || BodyLength.fixed(7).isEmpty());
    assertEquals(BodyLength.fixed(7), BodyLength.fixed(7));
    assertEquals(BodyLength.fixed(7).hashCode(), BodyLength.fixed(7).hashCode());
    assertNotEquals(BodyLength.fixed(7), BodyLength.fixed(8));
    assertNotEquals(BodyLength.NONE, BodyLength.fixed(0));
    assertNotEquals(BodyLength.CHUNKED, BodyLength.UNTIL_CLOSE);
    assertEquals("none chunked until close 7 bytes", BodyLength.NONE + " " + BodyLength.CHUNKED + " "
        + BodyLength.UNTIL_CLOSE + " " + BodyLength.fixed(7));
    assertThrows(IllegalArgumentException.class, () -> BodyLength.fixed(-1));
  }

  @Test
  void changesOneLimitAtATime() {
    Limits all = new Limits(101, 102, 103, 104, 105, 106, 107, 108, 109);
    Limits made = Limits.DEFAULT.withMaxRequestLineBytes(101).withMaxFieldBytes(102).withMaxFields(103)
        .withMaxHeadBytes(104).withMaxBodyBytes(105).withMaxChunkExtensionBytes(106)
        .withMaxBodyExtensionBytes(107).withMaxTrailerBytes(108).withMaxPipelined(109);
    assertEquals(all, made);
    assertEquals(all, Limits.DEFAULT.withMaxPipelined(109).withMaxTrailerBytes(108).withMaxBodyExtensionBytes(107)
        .withMaxChunkExtensionBytes(106).withMaxBodyBytes(105).withMaxHeadBytes(104).withMaxFields(103)
        .withMaxFieldBytes(102).withMaxRequestLineBytes(101));
    assertEquals(new Limits(8192, 8192, 128, 65_536, 67_108_864, 256, 65_536, 8192, 16), Limits.DEFAULT);
  }

  @Test
  void refusesLimitsOutOfTheirRange() {
    assertEquals("maxFields must be between 1 and 16384, but is 0.",
        assertThrows(IllegalArgumentException.class, () -> Limits.DEFAULT.withMaxFields(0)).getMessage());
    for (Function<Limits, Limits> change : List.<Function<Limits, Limits>>of(
        l -> l.withMaxRequestLineBytes(0), l -> l.withMaxFieldBytes(-1), l -> l.withMaxFields(1 << 20),
        l -> l.withMaxHeadBytes(1 << 25), l -> l.withMaxBodyBytes(-1), l -> l.withMaxChunkExtensionBytes(-1),
        l -> l.withMaxBodyExtensionBytes(-1), l -> l.withMaxTrailerBytes(-1), l -> l.withMaxPipelined(0))) {
      assertThrows(IllegalArgumentException.class, () -> change.apply(Limits.DEFAULT));
    }
  }

  private static String intern(String name) {
    byte[] bytes = ("xx" + name + "yy").getBytes(StandardCharsets.ISO_8859_1);
    return FieldNames.intern(bytes, 2, bytes.length - 2);
  }

  @Test
  void internsCommonFieldNamesInAnyCase() {
    for (String name : new String[] {"host", "accept", "accept-encoding", "content-length", "te", "cookie",
      "user-agent", "x-forwarded-for", "sec-ch-ua-full-version-list", "upgrade-insecure-requests", "x-b3-spanid",
      "access-control-request-headers", "if-none-match", "sec-websocket-key"}) {
      assertSame(name, intern(name), name);
      assertSame(name, intern(name.toUpperCase(Locale.ROOT)), name);
      assertEquals(name + "x", intern(name + "X"));
    }
  }

  @Test
  void givesOtherNamesInLowerCase() {
    assertEquals("x-my_own.name", intern("X-My_Own.Name"));
    assertNotSame(intern("x-my-own-name"), intern("x-my-own-name"));
    assertEquals("a", intern("A"));
    assertEquals("", intern(""));
    assertEquals("x".repeat(500), intern("X".repeat(500)));
    // Bytes that | 0x20 makes equal are not equal.
    assertEquals("ho\u0013t", intern("ho\u0013t"));
    assertEquals("x\rreal-ip", intern("X\rreal-ip"));
  }

  @Test
  void carriesTheSideAndTheStatusButNoStack() {
    ProtocolError remote = ProtocolError.remote(400, "Expected a, got b.");
    assertSame(ProtocolError.Side.REMOTE, remote.side());
    assertEquals(400, remote.status());
    assertEquals("Expected a, got b.", remote.getMessage());
    assertEquals(0, remote.getStackTrace().length);
    assertSame(ProtocolError.Side.LOCAL, ProtocolError.local(500, "x").side());
  }
}

package leat.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import java.util.function.Supplier;
import leat.bytes.Buf;
import leat.bytes.SegmentPool;
import leat.http.BodyLength;
import leat.http.Headers;
import leat.http.Limits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What holds for any bytes. The seed is new each time and stands in the report; set the system property
 * {@code leat.seed} to run with it again.
 */
class Http1PropertiesTest {
  private static final String[] PIECES = {
    "GET", "POST", "OPTIONS", "CONNECT", " ", "  ", "/", "*", "/a?b", "http://a", "https://[::1]:80/", "a:80",
    "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "\r\n", "\n", "\r", "Host", "Content-Length", "Transfer-Encoding", "Expect",
    "Connection", "Upgrade", "X", ":", ": ", "\t", "5", "-5", "9223372036854775807", "chunked", "close", ",",
    "keep-alive", "100-continue", "\0", "\177", "\u00e4", "#", "\"", ";", "=", "\\", "[", "]", "%", "0", "aF", "z",
  };

  private static final String[] SEEDS = {
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nPOST /a?b HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    "PUT http://[::1]:80/ HTTP/1.1\r\nHost: \r\nTransfer-Encoding: chunked\r\nConnection: close, upgrade\r\n\r\n",
    "CONNECT a:443 HTTP/1.0\r\nX:\t\u00e4 b\t\r\n\r\n",
  };

  private static final String[] BODIES = {
    "5\r\nhello\r\n0\r\n\r\n", "a;b=\"c\\\"d\";e=f ; g\r\n0123456789\r\n0\r\nA: b\r\nHost: c\r\n\r\n",
  };

  private long seed;
  private Random random;

  @BeforeEach
  void seed() {
    seed = Long.getLong("leat.seed", System.nanoTime());
    random = new Random(seed);
  }

  private String pieces() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(25); i >= 0; i--) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }

  /** A good text with a few bytes changed, dropped, doubled or replaced by a piece. */
  private String mutated(String[] seeds) {
    StringBuilder text = new StringBuilder(seeds[random.nextInt(seeds.length)]);
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(4)) {
        case 0 -> text.setCharAt(at, (char) random.nextInt(256));
        case 1 -> text.deleteCharAt(at);
        case 2 -> text.insert(at, text.charAt(at));
        default -> text.replace(at, at + 1, PIECES[random.nextInt(PIECES.length)]);
      }
      if (text.length() == 0) {
        text.append(' ');
      }
    }
    return text.toString();
  }

  /** {@link Fed} lets any other exception through, and compares all splits. */
  @Test
  void anyBytesGiveAHeadOrNothingOrAProtocolError() {
    int heads = 0;
    for (int i = 0; i < 3000; i++) {
      String text = i % 2 == 0 ? pieces() : mutated(SEEDS);
      Fed.Outcome<RequestHead> outcome = checked(text, () -> Fed.head(text));
      if (outcome.result() != null) {
        heads++;
        checked(text, () -> {
          assertTrue(outcome.result().path().matches("\\*|/.*|[^/]+:\\d+"), outcome.result().path());
          outcome.result().headers();
          return null;
        });
      }
    }
    assertTrue(heads > 0, "seed " + seed);
  }

  @Test
  void anyBytesGiveABodyOrNothingOrAProtocolError() {
    int bodies = 0;
    for (int i = 0; i < 3000; i++) {
      String text = i % 2 == 0 ? pieces() : mutated(BODIES);
      Fed.Outcome<Fed.Body> outcome = checked(text, () -> Fed.body(BodyLength.CHUNKED, text));
      bodies += outcome.result() != null && outcome.result().done() ? 1 : 0;
    }
    assertTrue(bodies > 0, "seed " + seed);
  }

  private <T> T checked(String text, Supplier<T> check) {
    try {
      return check.get();
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed + ", text "
          + Base64.getEncoder().encodeToString(Fed.bytes(text)), e);
    }
  }

  private String token() {
    String letters = "!#$%&'*+-.^_`|~09azAZ";
    StringBuilder token = new StringBuilder("x");
    for (int i = random.nextInt(30); i > 0; i--) {
      token.append(letters.charAt(random.nextInt(letters.length())));
    }
    return token.toString();
  }

  private String value() {
    StringBuilder value = new StringBuilder();
    for (int i = random.nextInt(60); i > 0; i--) {
      int b = random.nextInt(256);
      value.append(b < ' ' ? '\t' : b == 0x7F ? ' ' : (char) b);
    }
    return value.toString().replaceAll("^[ \t]+|[ \t]+$", "");
  }

  @Test
  void readsTheFieldsItWrote() {
    for (int i = 0; i < 200; i++) {
      Headers.Builder builder = Headers.builder();
      for (int k = random.nextInt(40); k > 0; k--) {
        builder.add(token(), value());
      }
      Headers headers = builder.build();
      SegmentPool pool = new SegmentPool(2);
      Buf buf = new Buf(pool);
      buf.writeLatin1("GET / HTTP/1.0\r\n");
      HeadWriter.headers(buf, headers);
      HeadWriter.end(buf);
      byte[] bytes = buf.toByteArray();
      RequestHead head = new HeadParser(Limits.DEFAULT).parse(bytes, 0, bytes.length);
      assertNotNull(head, "seed " + seed);
      assertEquals(headers, head.headers(), "seed " + seed);
      for (int k = 0; k < headers.size(); k++) {
        assertEquals(headers.value(k), head.fieldValue(k), "seed " + seed);
      }
    }
  }

  @Test
  void readsTheChunksItWrote() {
    for (int i = 0; i < 50; i++) {
      Buf buf = new Buf(new SegmentPool(2));
      StringBuilder data = new StringBuilder();
      for (int k = random.nextInt(6); k > 0; k--) {
        byte[] chunk = new byte[1 + random.nextInt(200)];
        random.nextBytes(chunk);
        data.append(new String(chunk, StandardCharsets.ISO_8859_1));
        HeadWriter.chunkStart(buf, chunk.length);
        buf.write(chunk);
        HeadWriter.chunkEnd(buf);
      }
      Headers trailers = random.nextBoolean() ? Headers.EMPTY : Headers.of("x-a", value(), "x-b", value());
      HeadWriter.lastChunk(buf, trailers);
      String wire = new String(buf.toByteArray(), StandardCharsets.ISO_8859_1);
      Fed.Body body = Fed.body(BodyLength.CHUNKED, wire).result();
      assertEquals(data.toString(), body.data(), "seed " + seed);
      assertEquals(trailers, body.trailers(), "seed " + seed);
    }
  }
}

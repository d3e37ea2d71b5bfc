package leat.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import leat.http.BodyLength;
import leat.http.Headers;
import leat.http.Limits;
import leat.http.ProtocolError;
import org.junit.jupiter.api.Test;

class BodyReaderTest {
  private static final BodySink NOBODY = (bytes, from, to) -> {
    throw new AssertionError("no bytes expected");
  };

  @Test
  void readsACountedBodyAndNoMore() {
    Fed.Outcome<Fed.Body> outcome = Fed.body(BodyLength.fixed(5), "helloGET /");
    assertEquals("hello", outcome.result().data());
    assertTrue(outcome.result().done());
    assertEquals(5, outcome.consumed());
    assertEquals(Headers.EMPTY, outcome.result().trailers());
    assertFalse(Fed.body(BodyLength.fixed(5), "hell").result().done());
  }

  @Test
  void isDoneAtOnceWithoutABody() {
    for (BodyLength length : new BodyLength[] {BodyLength.NONE, BodyLength.fixed(0)}) {
      BodyReader reader = BodyReader.of(length, Limits.DEFAULT.withMaxBodyBytes(0));
      assertTrue(reader.isDone());
      assertEquals(2, reader.read(new byte[9], 2, 9, NOBODY));
      reader.end();
    }
  }

  @Test
  void countsBeyondAnInt() {
    long size = 5_000_000_000L;
    BodyReader reader = BodyReader.of(BodyLength.fixed(size), Limits.DEFAULT.withMaxBodyBytes(size));
    byte[] block = new byte[1 << 20];
    long[] sum = {0};
    while (!reader.isDone()) {
      reader.read(block, 0, block.length, (bytes, from, to) -> sum[0] += to - from);
    }
    assertEquals(size, sum[0]);
  }

  @Test
  void refusesADeclaredLengthOverTheLimitAtOnce() {
    Limits limits = Limits.DEFAULT.withMaxBodyBytes(10);
    BodyReader.of(BodyLength.fixed(10), limits);
    ProtocolError error = assertThrows(ProtocolError.class, () -> BodyReader.of(BodyLength.fixed(11), limits));
    assertEquals(413, error.status());
    assertEquals("Expected a body of at most 10 bytes, got more.", error.getMessage());
  }

  @Test
  void readsUntilTheEndOfTheConnection() {
    Limits limits = Limits.DEFAULT.withMaxBodyBytes(10);
    Fed.Outcome<Fed.Body> outcome = Fed.body(BodyLength.UNTIL_CLOSE, "0123456789", limits);
    assertEquals("0123456789", outcome.result().data());
    assertFalse(outcome.result().done());
    BodyReader reader = BodyReader.of(BodyLength.UNTIL_CLOSE, limits);
    reader.end();
    assertTrue(reader.isDone());
    BodyReader other = BodyReader.of(BodyLength.UNTIL_CLOSE, limits);
    assertEquals(413, assertThrows(ProtocolError.class, () -> other.read(new byte[11], 0, 11, NOBODY)).status());
  }

  @Test
  void knowsABodyThatWasBrokenOff() {
    BodyReader fixed = BodyReader.of(BodyLength.fixed(3), Limits.DEFAULT);
    assertEquals(400, assertThrows(ProtocolError.class, fixed::end).status());
    BodyReader chunked = BodyReader.of(BodyLength.CHUNKED, Limits.DEFAULT);
    chunked.read(Fed.bytes("0\r\n"), 0, 3, NOBODY);
    assertThrows(ProtocolError.class, chunked::end);
    chunked.read(Fed.bytes("\r\n"), 0, 2, NOBODY);
    chunked.end();
  }
}

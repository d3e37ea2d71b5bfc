package leat.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import leat.http.BodyLength;
import leat.http.Headers;
import leat.http.Limits;
import leat.http.ProtocolError;

/**
 * Feeds the same text to a codec whole, byte by byte and at each split, and requires the same outcome each time
 * (convention 5). Texts are Latin-1: a char is a byte.
 */
final class Fed {
  /** What came out: one of the first two, or neither when the codec waits for more. */
  record Outcome<T>(T result, ProtocolError error, int consumed) {
    /** Short, complete and comparable. */
    @Override
    public String toString() {
      if (error != null) {
        return error.status() + " " + error.getMessage();
      }
      return result == null ? "needs more" : result + " after " + consumed + " bytes";
    }
  }

  /** What a body reader gave. */
  record Body(String data, boolean done, Headers trailers) {}

  private Fed() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static Outcome<RequestHead> head(String text) {
    return head(text, Limits.DEFAULT);
  }

  static Outcome<RequestHead> head(String text, Limits limits) {
    byte[] bytes = bytes(text);
    Outcome<RequestHead> whole = feedHead(bytes, limits, bytes.length);
    assertEquals(show(whole), show(feedHeadByteByByte(bytes, limits)), "byte by byte");
    for (int split = 0; split < bytes.length; split++) {
      assertEquals(show(whole), show(feedHead(bytes, limits, split)), "split at " + split);
    }
    return whole;
  }

  /** Like {@link #head}, without the splits: for texts so long that their square is too much. */
  static Outcome<RequestHead> longHead(String text, Limits limits) {
    byte[] bytes = bytes(text);
    Outcome<RequestHead> whole = feedHead(bytes, limits, bytes.length);
    assertEquals(show(whole), show(feedHeadByteByByte(bytes, limits)), "byte by byte");
    return whole;
  }

  /** Each call sees its bytes in another array and at another place, with other bytes around them. */
  private static Outcome<RequestHead> feedHead(byte[] bytes, Limits limits, int split) {
    HeadParser parser = new HeadParser(limits);
    try {
      if (split < bytes.length) {
        RequestHead early = parser.parse(placed(bytes, split, 3), 3, 3 + split);
        if (early != null) {
          return new Outcome<>(early, null, parser.consumed());
        }
      }
      RequestHead head = parser.parse(placed(bytes, bytes.length, 11), 11, 11 + bytes.length);
      return new Outcome<>(head, null, head == null ? 0 : parser.consumed());
    } catch (ProtocolError e) {
      return new Outcome<>(null, e, 0);
    }
  }

  private static Outcome<RequestHead> feedHeadByteByByte(byte[] bytes, Limits limits) {
    HeadParser parser = new HeadParser(limits);
    try {
      RequestHead head = null;
      for (int to = 0; head == null && to <= bytes.length; to++) {
        head = parser.parse(bytes, 0, to);
      }
      return new Outcome<>(head, null, head == null ? 0 : parser.consumed());
    } catch (ProtocolError e) {
      return new Outcome<>(null, e, 0);
    }
  }

  private static byte[] placed(byte[] bytes, int count, int offset) {
    byte[] placed = new byte[offset + count + 20];
    Arrays.fill(placed, (byte) '\n');
    System.arraycopy(bytes, 0, placed, offset, count);
    return placed;
  }

  private static String show(Outcome<RequestHead> outcome) {
    return outcome.result() == null ? outcome.toString()
        : describe(outcome.result()) + outcome.consumed();
  }

  /** All that a head says. */
  static String describe(RequestHead head) {
    StringBuilder text = new StringBuilder();
    text.append(head.method()).append(' ').append(head.target()).append(" 1.").append(head.minorVersion())
        .append(' ').append(head.path()).append(' ').append(head.query()).append(' ').append(head.host())
        .append(' ').append(head.port()).append(' ').append(head.bodyLength()).append(' ')
        .append(head.keepAlive()).append(head.expectsContinue()).append(head.isUpgrade()).append('\n');
    for (int i = 0; i < head.fieldCount(); i++) {
      text.append(head.fieldName(i)).append('=').append(head.fieldValue(i)).append('\n');
    }
    return text.toString();
  }

  static Outcome<Body> body(BodyLength length, String text) {
    return body(length, text, Limits.DEFAULT);
  }

  static Outcome<Body> body(BodyLength length, String text, Limits limits) {
    byte[] bytes = bytes(text);
    Outcome<Body> whole = feedBody(length, bytes, limits, bytes.length);
    assertEquals(whole.toString(), feedBody(length, bytes, limits, 1).toString(), "byte by byte");
    for (int split = 1; split < bytes.length; split++) {
      assertEquals(whole.toString(), feedBodyAt(length, bytes, limits, split).toString(), "split at " + split);
    }
    return whole;
  }

  private static Outcome<Body> feedBody(BodyLength length, byte[] bytes, Limits limits, int step) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try {
      BodyReader reader = BodyReader.of(length, limits);
      int at = 0;
      while (at < bytes.length && !reader.isDone()) {
        int to = Math.min(bytes.length, at + step);
        int next = reader.read(bytes, at, to, (array, first, end) -> data.write(array, first, end - first));
        assertEquals(true, next == to || reader.isDone(), "consumes all before its end");
        at = next;
      }
      return outcome(reader, data, at);
    } catch (ProtocolError e) {
      return new Outcome<>(null, e, 0);
    }
  }

  private static Outcome<Body> feedBodyAt(BodyLength length, byte[] bytes, Limits limits, int split) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try {
      BodyReader reader = BodyReader.of(length, limits);
      int at = reader.read(bytes, 0, split, (array, first, end) -> data.write(array, first, end - first));
      if (!reader.isDone()) {
        at = reader.read(bytes, at, bytes.length, (array, first, end) -> data.write(array, first, end - first));
      }
      return outcome(reader, data, at);
    } catch (ProtocolError e) {
      return new Outcome<>(null, e, 0);
    }
  }

  private static Outcome<Body> outcome(BodyReader reader, ByteArrayOutputStream data, int consumed) {
    String text = data.toString(StandardCharsets.ISO_8859_1);
    return new Outcome<>(new Body(text, reader.isDone(), reader.trailers()), null, consumed);
  }
}

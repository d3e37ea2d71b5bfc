package leat.http1;

import java.util.Arrays;
import leat.bytes.Nullable;
import leat.http.BodyLength;
import leat.http.Limits;
import leat.http.Method;
import leat.http.ProtocolError;

/**
 * Reads request heads (RFC 9112 2, 3, 5), strictly and incrementally. Belongs to one thread at a time.
 *
 * <pre>
 *  START --CR--> START_LF --LF--+        at most one empty line before the request line (2.2)
 *    |                          |
 *    +--------------------------+--> METHOD --SP--> TARGET --SP--> VERSION --CR LF--+
 *                                                                                   |
 *      +----------------------------------------------------------------------------+
 *      v
 *    FIELD --tchar--> NAME --":"--> VALUE --CR--> VALUE_LF --LF--> FIELD
 *      |
 *      +------CR----> END_LF --LF--> a head
 * </pre>
 *
 * <p>A byte that no arrow takes is a {@link ProtocolError}; so are a limit that is passed, and fields that
 * {@link HeadRules} refuses. Lines end with CR LF and with nothing else.
 *
 * <p>The parser keeps no bytes, only where it is: the caller shows the same bytes again with more after them, and the
 * parser goes on where it stopped. Reading a head byte by byte is therefore linear too.
 */
public final class HeadParser {
  private enum State { START, START_LF, METHOD, TARGET, VERSION, FIELD, NAME, VALUE, VALUE_LF, END_LF }

  private static final byte CR = '\r';
  private static final byte LF = '\n';

  /** RFC 9110 9.1 sets no bound; the longest registered name has 17 bytes. */
  private static final int MOST_METHOD_BYTES = 64;

  /** What follows the target in a request line: SP and the version. */
  private static final int VERSION_BYTES = 9;

  private static final String VERSION_FORM = "HTTP/d.d\r\n";

  /** Bytes of a target that the scan passes over: VCHAR without {@code #}, which no target may hold, and '?'. */
  private static final boolean[] TARGET = new boolean[256];

  static {
    Arrays.fill(TARGET, 0x21, 0x7F, true);
    TARGET['#'] = false;
    TARGET['?'] = false;
  }

  private final int maxLine;
  private final int maxField;
  private final int maxFields;
  private final int maxHead;
  private final HeadRules rules = new HeadRules();

  // Where we are. "In the head" means: counted from the first byte of the method.
  private State state = State.START;
  /** Bytes seen, counted from {@code from} of the caller. */
  private int position;
  /** 2 when an empty line came before the request line. */
  private int skipped;
  /** In the head: the first byte of the target, of the version, or of the field line; whichever is being read. */
  private int partAt;
  private Method method = Method.GET;
  private int form;
  /** In the head: the first '?' of the target, or -1. */
  private int queryAt = -1;
  private int minorVersion;
  private int fieldCount;
  /** In the head: the CR of the request line, then for each field its colon and its CR. */
  private int[] spans = new int[1 + 2 * 24];

  private int consumed;

  /**
   * Makes a parser.
   *
   * @param limits of which those on lines, fields and heads count here
   */
  public HeadParser(Limits limits) {
    maxLine = limits.maxRequestLineBytes();
    maxField = limits.maxFieldBytes();
    maxFields = limits.maxFields();
    maxHead = limits.maxHeadBytes();
  }

  /**
   * Returns the request head that begins at {@code bytes[from]}, or null when its end is not there yet. After null,
   * call again with the same bytes (in any array, at any place) and more after them, or {@link #reset}. After a head
   * or an error the parser is ready for another head.
   *
   * @param bytes the array; the head that is returned keeps no reference to it
   * @param from the index of the first byte of the head
   * @param to the index after the last byte there is
   * @return the head; {@link #consumed} then tells how many bytes it took
   * @throws ProtocolError when the bytes are no head that this server may serve; the connection must then be closed
   */
  public @Nullable RequestHead parse(byte[] bytes, int from, int to) {
    try {
      int p = from + position;
      if (state.compareTo(State.FIELD) < 0) {
        p = requestLine(bytes, from, p, to);
      }
      if (state.compareTo(State.FIELD) >= 0) {
        int base = from + skipped;
        p = fields(bytes, base, p, limit(base, to));
        if (p < 0) {
          RequestHead head = head(bytes, base);
          consumed = ~p - from;
          reset();
          return head;
        }
      }
      if (p - from - skipped >= maxHead) {
        throw ProtocolError.remote(431, "Expected a head of at most " + maxHead + " bytes, got more.");
      }
      position = p - from;
      return null;
    } catch (ProtocolError e) {
      reset();
      throw e;
    }
  }

  /**
   * Returns how many bytes the last head took, with the empty line before it if there was one.
   *
   * @return a number of bytes, from {@code from} of the call that returned the head
   */
  public int consumed() {
    return consumed;
  }

  /** Forgets a head that was begun. */
  public void reset() {
    state = State.START;
    position = 0;
    skipped = 0;
    queryAt = -1;
    fieldCount = 0;
    rules.reset();
  }

  /**
   * Tells whether nothing of a head has been seen yet; an empty line before it is nothing.
   *
   * @return true when a peer that goes away now has broken nothing off
   */
  public boolean isEmpty() {
    return position == skipped || state == State.START_LF;
  }

  private int limit(int base, int to) {
    return to - base > maxHead ? base + maxHead : to;
  }

  /** Reads up to the LF of the request line. Returns the index of the first byte not read; sets {@link #state}. */
  @SuppressWarnings("fallthrough")
  private int requestLine(byte[] bytes, int from, int start, int to) {
    int p = start;
    switch (state) {
      case START:
        if (p == to) {
          return p;
        }
        if (bytes[p] == CR) {
          p++;
          state = State.START_LF;
        } else {
          state = State.METHOD;
        }
        // go on
      case START_LF:
        if (state == State.START_LF) {
          if (p == to) {
            return p;
          }
          if (bytes[p] != LF) {
            throw FieldScan.badLineEnd(bytes[p]);
          }
          p++;
          skipped = 2;
          state = State.METHOD;
        }
        // go on
      case METHOD:
        p = method(bytes, from + skipped, p, limit(from + skipped, to));
        if (state == State.METHOD) {
          return p;
        }
        // go on
      case TARGET:
        p = target(bytes, from + skipped, p, limit(from + skipped, to));
        if (state == State.TARGET) {
          return p;
        }
        // go on
      default:
        return version(bytes, from + skipped, p, limit(from + skipped, to));
    }
  }

  /** RFC 9112 3.1: a token and one SP. */
  private int method(byte[] bytes, int base, int start, int limit) {
    int end = Math.min(limit, base + MOST_METHOD_BYTES + 1);
    int p = FieldScan.tokenEnd(bytes, start, end);
    if (p == end) {
      if (p - base > MOST_METHOD_BYTES) {
        // RFC 9112 3: a method longer than any we know.
        throw ProtocolError.remote(501, "Expected a method of at most " + MOST_METHOD_BYTES
            + " bytes, got a longer one.");
      }
      return p;
    }
    if (bytes[p] != ' ' || p == base) {
      throw FieldScan.bad("Expected a method and one space (RFC 9112 3)", bytes[p]);
    }
    method = Method.of(bytes, base, p);
    if (Method.isMiscased(method.name())) {
      throw ProtocolError.remote(400, "Expected a method in its own case (RFC 9110 9.1), got "
          + method.name() + ".");
    }
    p++;
    partAt = p - base;
    state = State.TARGET;
    return p;
  }

  /** RFC 9112 3.2: visible bytes and one SP. */
  private int target(byte[] bytes, int base, int start, int limit) {
    int most = maxLine - VERSION_BYTES;
    int end = Math.min(limit, base + most + 1);
    int p = start;
    for (;;) {
      while (p < end && TARGET[bytes[p] & 0xFF]) {
        p++;
      }
      if (p >= end || bytes[p] != '?') {
        break;
      }
      if (queryAt < 0) {
        queryAt = p - base;
      }
      p++;
    }
    if (p - base > most) {
      throw ProtocolError.remote(414, "Expected a request line of at most " + maxLine + " bytes, got more.");
    }
    if (p == end) {
      return p;
    }
    if (bytes[p] != ' ') {
      throw FieldScan.bad("Expected a request target and one space (RFC 9112 3.2)", bytes[p]);
    }
    form = Target.form(method, bytes, base + partAt, p);
    p++;
    partAt = p - base;
    state = State.VERSION;
    return p;
  }

  /** RFC 9112 2.3: {@code HTTP/1.x} and CR LF. */
  private int version(byte[] bytes, int base, int start, int limit) {
    int p = start;
    if (p - base == partAt && limit - p >= VERSION_FORM.length() && FieldScan.isVersion11(bytes, p)) {
      return endRequestLine(base, p + VERSION_FORM.length(), 1);
    }
    for (int at = p - base - partAt; at < VERSION_FORM.length(); at++, p++) {
      if (p == limit) {
        return p;
      }
      char expected = VERSION_FORM.charAt(at);
      byte b = bytes[p];
      if (expected == 'd' ? b < '0' || b > '9' : b != expected) {
        throw FieldScan.bad("Expected HTTP/1.1 or HTTP/1.0 and CR LF after the target (RFC 9112 2.3)", b);
      }
    }
    byte major = bytes[p - 5];
    byte minor = bytes[p - 3];
    if (major != '1') {
      throw ProtocolError.remote(505, "Expected HTTP/1.1 or HTTP/1.0, got HTTP/" + (char) major + "."
          + (char) minor + ".");
    }
    // RFC 9110 2.5: a higher minor version is to be read as the highest we know.
    return endRequestLine(base, p, minor == '0' ? 0 : 1);
  }

  private int endRequestLine(int base, int p, int minor) {
    minorVersion = minor;
    spans[0] = p - 2 - base;
    state = State.FIELD;
    return p;
  }

  /**
   * Reads field lines. Returns the index of the first byte not read; at the end of the head its complement, which is
   * negative.
   */
  @SuppressWarnings("fallthrough")
  private int fields(byte[] bytes, int base, int start, int limit) {
    State s = state;
    int line = base + partAt;
    int p = start;
    for (;;) {
      switch (s) {
        case FIELD:
          if (p == limit) {
            return pause(s, 0, p);
          }
          if (bytes[p] == CR) {
            p++;
            s = State.END_LF;
            continue;
          }
          line = p;
          beginField();
          // go on
        case NAME:
          p = FieldScan.tokenEnd(bytes, p, Math.min(limit, line + maxField + 1));
          if (p == limit || p - line > maxField) {
            return pauseInLine(State.NAME, base, line, p);
          }
          if (bytes[p] != ':' || p == line) {
            throw FieldScan.badName(bytes[p], p == line);
          }
          spans[1 + 2 * fieldCount] = p - base;
          p++;
          // go on
        case VALUE:
          p = FieldScan.valueEnd(bytes, p, Math.min(limit, line + maxField + 1));
          if (p == limit || p - line > maxField) {
            return pauseInLine(State.VALUE, base, line, p);
          }
          if (bytes[p] != CR) {
            throw FieldScan.badValue(bytes[p]);
          }
          p++;
          // go on
        case VALUE_LF:
          if (p == limit) {
            return pause(State.VALUE_LF, line - base, p);
          }
          endField(bytes, base, line, p);
          p++;
          s = State.FIELD;
          continue;
        default: // END_LF
          if (p == limit) {
            return pause(s, 0, p);
          }
          if (bytes[p] != LF) {
            throw FieldScan.badLineEnd(bytes[p]);
          }
          return ~(p + 1);
      }
    }
  }

  private int pause(State s, int at, int p) {
    state = s;
    partAt = at;
    return p;
  }

  private int pauseInLine(State s, int base, int line, int p) {
    if (p - line > maxField) {
      throw ProtocolError.remote(431, "Expected a field line of at most " + maxField + " bytes, got more.");
    }
    return pause(s, line - base, p);
  }

  private void beginField() {
    if (fieldCount == maxFields) {
      throw ProtocolError.remote(431, "Expected at most " + maxFields + " fields, got more.");
    }
    if (2 * fieldCount + 2 >= spans.length) {
      spans = Arrays.copyOf(spans, spans.length * 2 + 1);
    }
  }

  private void endField(byte[] bytes, int base, int line, int lf) {
    if (bytes[lf] != LF) {
      throw FieldScan.badLineEnd(bytes[lf]);
    }
    int cr = lf - 1;
    rules.field(bytes, line, base + spans[1 + 2 * fieldCount], cr, fieldCount);
    spans[2 + 2 * fieldCount] = cr - base;
    fieldCount++;
  }

  private RequestHead head(byte[] bytes, int base) {
    BodyLength length = rules.check(minorVersion);
    // The last CR ends what the head needs: the line ends after it say nothing more.
    byte[] copy = Arrays.copyOfRange(bytes, base, base + spans[2 * fieldCount]);
    int[] copyOfSpans = Arrays.copyOf(spans, 1 + 2 * fieldCount);
    return new RequestHead(copy, copyOfSpans, method, length, queryAt, rules.hostField(),
        form | rules.flags(minorVersion));
  }
}

package leat.http1;

import java.util.Arrays;
import leat.bytes.Ascii;
import leat.http.FieldNames;
import leat.http.Headers;
import leat.http.Limits;
import leat.http.ProtocolError;

/**
 * Reads the fields after the last chunk (RFC 9112 7.1.2), with the grammar of those in a head:
 *
 * <pre>
 *  FIELD --tchar--> NAME --":"--> VALUE --CR--> VALUE_LF --LF--> FIELD
 *    |
 *    +------CR----> END_LF --LF--> DONE
 * </pre>
 *
 * <p>It keeps the bytes of the line it is in: trailers are rare and short, so this reader is made to be small.
 */
final class TrailerReader {
  private enum State { FIELD, NAME, VALUE, VALUE_LF, END_LF, DONE }

  private final int maxFieldBytes;
  private final int maxFields;
  private final int maxBytes;

  private State state = State.FIELD;
  private byte[] line = {};
  private int size;
  private int colon;
  private int fieldCount;
  private int byteCount;
  private Headers fields = Headers.EMPTY;

  TrailerReader(Limits limits) {
    maxFieldBytes = limits.maxFieldBytes();
    maxFields = limits.maxFields();
    maxBytes = limits.maxTrailerBytes();
  }

  boolean isDone() {
    return state == State.DONE;
  }

  Headers fields() {
    return isDone() ? fields : Headers.EMPTY;
  }

  /** Returns the index of the first byte that was not consumed. */
  int read(byte[] bytes, int from, int to) {
    int p = from;
    while (p < to && state != State.DONE) {
      state = next(bytes[p++]);
    }
    return p;
  }

  private State next(byte b) {
    switch (state) {
      case FIELD:
        if (b == '\r') {
          return State.END_LF;
        }
        if (++fieldCount > maxFields) {
          throw ProtocolError.remote(431, "Expected at most " + maxFields + " trailers, got more.");
        }
        // The first byte of a name is a byte of a name.
        return name(b);
      case NAME:
        return name(b);
      case VALUE:
        if (b == '\r') {
          return State.VALUE_LF;
        }
        if (!Ascii.isFieldValueByte(b)) {
          throw FieldScan.badValue(b);
        }
        keep(b);
        return State.VALUE;
      case VALUE_LF:
        requireLf(b);
        add();
        return State.FIELD;
      case END_LF:
        requireLf(b);
        return State.DONE;
      default:
        throw new AssertionError(state);
    }
  }

  private State name(byte b) {
    if (b == ':' && size > 0) {
      colon = size;
      keep(b);
      return State.VALUE;
    }
    if (!Ascii.isToken(b)) {
      throw FieldScan.badName(b, size == 0);
    }
    keep(b);
    return State.NAME;
  }

  private static void requireLf(byte b) {
    if (b != '\n') {
      throw FieldScan.badLineEnd(b);
    }
  }

  private void keep(byte b) {
    if (size == maxFieldBytes || ++byteCount > maxBytes) {
      throw ProtocolError.remote(431, "Expected trailers of at most " + maxBytes + " bytes, and "
          + maxFieldBytes + " each, got more.");
    }
    if (size == line.length) {
      line = Arrays.copyOf(line, Math.max(64, size * 2));
    }
    line[size++] = b;
  }

  private void add() {
    String name = FieldNames.intern(line, 0, colon);
    if (!Trailers.isForbidden(name)) {
      int start = FieldScan.skipSpace(line, colon + 1, size);
      fields = fields.with(name, Ascii.latin1(line, start, FieldScan.trimEnd(line, start, size)));
    }
    size = 0;
  }
}

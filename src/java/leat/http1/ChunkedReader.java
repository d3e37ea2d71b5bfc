package leat.http1;

import leat.bytes.Ascii;
import leat.http.Headers;
import leat.http.Limits;
import leat.http.ProtocolError;

/**
 * Takes the chunked coding off (RFC 9112 7.1).
 *
 * <pre>
 *  SIZE_START --hex--> SIZE --------------------------------CR--> SIZE_LF
 *                       |                                           |
 *             +---";"---+--SP, HTAB--> EXT_SPACE                    +--LF, size 0--> TRAILERS, then DONE
 *             v                         |                           |
 *          EXT_START <------";"---------+                           +--LF--> DATA --size bytes--> DATA_CR
 *             |                                                                                     |
 *           tchar --> EXT_NAME --"="--> EXT_VALUE_START             SIZE_START <--LF-- DATA_LF <--CR-+
 *                                        |         |
 *                                    EXT_TOKEN   EXT_QUOTED (with EXT_ESCAPED), EXT_QUOTED_END
 * </pre>
 *
 * <p>White space stands only where the grammar bears it for the sake of old programs (BWS): around ";" and "=".
 * EXT_SPACE is that before a ";", EXT_NAME_SPACE that after a name, where "=" may come too. CR follows on neither.
 */
final class ChunkedReader extends BodyReader {
  private enum State {
    SIZE_START, SIZE, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILERS, DONE,
    EXT_SPACE, EXT_START, EXT_NAME, EXT_NAME_SPACE, EXT_VALUE_START, EXT_TOKEN, EXT_QUOTED, EXT_ESCAPED,
    EXT_QUOTED_END
  }

  /** 16 digits hold any length that a long can, and nobody needs leading zeros beyond that. */
  private static final int MOST_SIZE_DIGITS = 16;

  private final long maxBodyBytes;
  private final int maxExtension;
  private final int maxExtensions;
  private final TrailerReader trailers;

  private State state = State.SIZE_START;
  /** What is left of the chunk, or its size while that is being read. */
  private long left;
  private int sizeDigits;
  /** Bytes of the body that were announced so far. */
  private long announced;
  private int extension;
  private int extensions;

  ChunkedReader(Limits limits) {
    maxBodyBytes = limits.maxBodyBytes();
    maxExtension = limits.maxChunkExtensionBytes();
    maxExtensions = limits.maxBodyExtensionBytes();
    trailers = new TrailerReader(limits);
  }

  @Override
  public boolean isDone() {
    return state == State.DONE;
  }

  @Override
  public Headers trailers() {
    return trailers.fields();
  }

  @Override
  public int read(byte[] bytes, int from, int to, BodySink sink) {
    int p = from;
    while (p < to && state != State.DONE) {
      if (state == State.DATA) {
        int count = (int) Math.min(left, to - p);
        left -= count;
        if (left == 0) {
          state = State.DATA_CR;
        }
        sink.data(bytes, p, p + count);
        p += count;
      } else if (state == State.TRAILERS) {
        p = trailers.read(bytes, p, to);
        if (trailers.isDone()) {
          state = State.DONE;
        }
      } else {
        state = next(state, bytes[p++]);
      }
    }
    return p;
  }

  /** The transitions for all that is read byte by byte. */
  private State next(State from, byte b) {
    switch (from) {
      case SIZE_START, SIZE:
        return size(from, b);
      case SIZE_LF:
        return sizeEnd(b);
      case DATA_CR:
        if (b == '\r') {
          return State.DATA_LF;
        }
        throw FieldScan.bad("Expected CR LF after the data of a chunk (RFC 9112 7.1)", b);
      case DATA_LF:
        if (b == '\n') {
          return State.SIZE_START;
        }
        throw FieldScan.bad("Expected CR LF after the data of a chunk (RFC 9112 7.1)", b);
      default:
        return extension(from, b);
    }
  }

  private State size(State from, byte b) {
    int digit = Ascii.hexValue(b);
    if (digit >= 0) {
      if (++sizeDigits > MOST_SIZE_DIGITS) {
        throw ProtocolError.remote(400, "Expected a chunk size of at most 16 digits, got more.");
      }
      left = left << 4 | digit;
      return State.SIZE;
    }
    if (from == State.SIZE_START) {
      throw FieldScan.bad("Expected a chunk size in hexadecimal digits (RFC 9112 7.1)", b);
    }
    // Checked here and not at the LF, so that a size that is out of question is refused before its extensions.
    // Sixteen digits may have made it negative.
    if (left < 0 || left > maxBodyBytes - announced) {
      throw tooLarge(maxBodyBytes);
    }
    if (b == '\r') {
      return State.SIZE_LF;
    }
    if (b == ';' || b == ' ' || b == '\t') {
      countExtension();
      return b == ';' ? State.EXT_START : State.EXT_SPACE;
    }
    throw FieldScan.bad("Expected a chunk size, maybe extensions, and CR LF (RFC 9112 7.1)", b);
  }

  private State sizeEnd(byte b) {
    if (b != '\n') {
      throw FieldScan.badLineEnd(b);
    }
    announced += left;
    sizeDigits = 0;
    extension = 0;
    return left == 0 ? State.TRAILERS : State.DATA;
  }

  /** RFC 9112 7.1.1: {@code *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )}. */
  private State extension(State from, byte b) {
    if (b == '\r' && (from == State.EXT_NAME || from == State.EXT_TOKEN || from == State.EXT_QUOTED_END)) {
      return State.SIZE_LF;
    }
    countExtension();
    State to = switch (from) {
      case EXT_SPACE -> isSpace(b) ? State.EXT_SPACE : b == ';' ? State.EXT_START : null;
      case EXT_START -> isSpace(b) ? State.EXT_START : Ascii.isToken(b) ? State.EXT_NAME : null;
      case EXT_NAME -> Ascii.isToken(b) ? State.EXT_NAME : afterName(b);
      case EXT_NAME_SPACE -> afterName(b);
      case EXT_VALUE_START -> isSpace(b) ? State.EXT_VALUE_START
          : b == '"' ? State.EXT_QUOTED : Ascii.isToken(b) ? State.EXT_TOKEN : null;
      case EXT_TOKEN -> Ascii.isToken(b) ? State.EXT_TOKEN : afterValue(b);
      case EXT_QUOTED -> b == '"' ? State.EXT_QUOTED_END : b == '\\' ? State.EXT_ESCAPED
          : Ascii.isFieldValueByte(b) ? State.EXT_QUOTED : null;
      case EXT_ESCAPED -> Ascii.isFieldValueByte(b) ? State.EXT_QUOTED : null;
      case EXT_QUOTED_END -> afterValue(b);
      default -> throw new AssertionError(from);
    };
    if (to == null) {
      throw FieldScan.bad("Expected a chunk extension and CR LF (RFC 9112 7.1.1)", b);
    }
    return to;
  }

  private static State afterName(byte b) {
    return isSpace(b) ? State.EXT_NAME_SPACE : b == '=' ? State.EXT_VALUE_START : b == ';' ? State.EXT_START : null;
  }

  private static State afterValue(byte b) {
    return isSpace(b) ? State.EXT_SPACE : b == ';' ? State.EXT_START : null;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t';
  }

  private void countExtension() {
    if (++extension > maxExtension || ++extensions > maxExtensions) {
      throw ProtocolError.remote(400, "Expected chunk extensions of at most " + maxExtension + " bytes, and "
          + maxExtensions + " in one body, got more.");
    }
  }
}

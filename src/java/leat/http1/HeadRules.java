package leat.http1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import leat.bytes.Ascii;
import leat.http.BodyLength;
import leat.http.ProtocolError;

/**
 * What the fields of a request head mean for the connection: Host, the framing of the body, Connection, Expect and
 * Upgrade. {@link HeadParser} shows it each field once, and asks for the outcome at the end of the head.
 */
final class HeadRules {
  /** The transfer codings so far, over all Transfer-Encoding lines (RFC 9112 6.1, 6.3). */
  private enum Codings {
    NONE,
    /** {@code chunked} alone. */
    CHUNKED,
    /** At least one, and the last is not {@code chunked}. */
    OPEN,
    /** At least one before a final {@code chunked}. */
    OTHERS_CHUNKED
  }

  private static final byte[] PLAIN_KEEP_ALIVE = "keep-alive".getBytes(StandardCharsets.US_ASCII);

  /** A bit for the length of each name in {@link #ours}. */
  private static final int SIZES = 1 << 4 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 14 | 1 << 17;
  /** A bit for the first letter of each, by its lowest five bits, which are the same in both cases. */
  private static final int FIRST_LETTERS = 1 << ('h' & 31) | 1 << ('e' & 31) | 1 << ('u' & 31) | 1 << ('c' & 31)
      | 1 << ('t' & 31);

  private int hostField;
  private long contentLength;
  private Codings codings;
  private boolean close;
  private boolean keepAlive;
  private boolean upgradeOption;
  private boolean upgradeField;
  private boolean expectsContinue;

  HeadRules() {
    reset();
  }

  void reset() {
    hostField = -1;
    contentLength = -1;
    codings = Codings.NONE;
    close = false;
    keepAlive = false;
    upgradeOption = false;
    upgradeField = false;
    expectsContinue = false;
  }

  /** Returns the index of the Host field, or -1. */
  int hostField() {
    return hostField;
  }

  /**
   * Looks at one field. Most are none of ours, and are told apart by the length and first letter of their names.
   *
   * @param bytes the array
   * @param name the first byte of the name
   * @param colon the index after the name
   * @param cr the index after the value
   * @param index which field of the head this is
   */
  void field(byte[] bytes, int name, int colon, int cr, int index) {
    int size = colon - name;
    if (size <= 17 && (SIZES >> size & 1) != 0 && (FIRST_LETTERS >> (bytes[name] & 31) & 1) != 0) {
      ours(bytes, name, colon, cr, index);
    }
  }

  private void ours(byte[] bytes, int name, int colon, int cr, int index) {
    switch (colon - name) {
      case 4 -> {
        if (Ascii.equalsIgnoreCase(bytes, name, colon, "host")) {
          host(bytes, start(bytes, colon, cr), end(bytes, colon, cr), index);
        }
      }
      case 6 -> {
        if (Ascii.equalsIgnoreCase(bytes, name, colon, "expect")) {
          expect(bytes, start(bytes, colon, cr), end(bytes, colon, cr));
        }
      }
      case 7 -> {
        if (Ascii.equalsIgnoreCase(bytes, name, colon, "upgrade")) {
          upgradeField = true;
        }
      }
      case 10 -> {
        if (Ascii.equalsIgnoreCase(bytes, name, colon, "connection")) {
          connection(bytes, start(bytes, colon, cr), end(bytes, colon, cr));
        }
      }
      case 14 -> {
        if (Ascii.equalsIgnoreCase(bytes, name, colon, "content-length")) {
          contentLength(bytes, start(bytes, colon, cr), end(bytes, colon, cr));
        }
      }
      case 17 -> {
        if (Ascii.equalsIgnoreCase(bytes, name, colon, "transfer-encoding")) {
          transferEncoding(bytes, start(bytes, colon, cr), end(bytes, colon, cr));
        }
      }
      default -> { }
    }
  }

  private static int start(byte[] bytes, int colon, int cr) {
    return FieldScan.skipSpace(bytes, colon + 1, cr);
  }

  private static int end(byte[] bytes, int colon, int cr) {
    return FieldScan.trimEnd(bytes, colon + 1, cr);
  }

  /** RFC 9112 3.2: at most one Host, of a valid form; it may be empty, when the target has no authority. */
  private void host(byte[] bytes, int from, int to, int index) {
    if (hostField >= 0) {
      throw ProtocolError.remote(400, "Expected one Host field, got a second (RFC 9112 3.2).");
    }
    if (from < to && !Authority.isValid(bytes, from, to)) {
      throw ProtocolError.remote(400,
          "Expected Host to be a host with an optional port, got something else (RFC 9112 3.2).");
    }
    hostField = index;
  }

  /** RFC 9110 10.1.1: the one expectation there is. */
  private void expect(byte[] bytes, int from, int to) {
    if (!Ascii.equalsIgnoreCase(bytes, from, to, "100-continue")) {
      throw ProtocolError.remote(417, "Expected no expectation but 100-continue (RFC 9110 10.1.1), got another.");
    }
    expectsContinue = true;
  }

  /** RFC 9110 7.6.1: a list of options in any case; those that we do not know are none of our business. */
  private void connection(byte[] bytes, int from, int to) {
    if (Arrays.equals(bytes, from, to, PLAIN_KEEP_ALIVE, 0, PLAIN_KEEP_ALIVE.length)) {
      // Nearly always.
      keepAlive = true;
      return;
    }
    for (int p = from; p < to; ) {
      int comma = comma(bytes, p, to);
      int start = FieldScan.skipSpace(bytes, p, comma);
      int end = FieldScan.trimEnd(bytes, start, comma);
      close |= Ascii.equalsIgnoreCase(bytes, start, end, "close");
      keepAlive |= Ascii.equalsIgnoreCase(bytes, start, end, "keep-alive");
      upgradeOption |= Ascii.equalsIgnoreCase(bytes, start, end, "upgrade");
      p = comma + 1;
    }
  }

  private static int comma(byte[] bytes, int from, int to) {
    int p = from;
    while (p < to && bytes[p] != ',') {
      p++;
    }
    return p;
  }

  /** RFC 9110 8.6, RFC 9112 6.3: 1*DIGIT; said twice only if said alike. No lists. */
  private void contentLength(byte[] bytes, int from, int to) {
    long length = Ascii.parseDecimal(bytes, from, to);
    if (length < 0) {
      throw ProtocolError.remote(400,
          "Expected Content-Length to be digits, at most 2^63-1 (RFC 9110 8.6), got something else.");
    }
    if (contentLength >= 0 && contentLength != length) {
      throw ProtocolError.remote(400, "Expected one Content-Length (RFC 9112 6.3), got " + contentLength
          + " and " + length + ".");
    }
    contentLength = length;
  }

  /** RFC 9112 6.1: a list of codings, over all lines together. */
  private void transferEncoding(byte[] bytes, int from, int to) {
    int p = from;
    do {
      int comma = comma(bytes, p, to);
      int start = FieldScan.skipSpace(bytes, p, comma);
      int end = FieldScan.trimEnd(bytes, start, comma);
      if (codings == Codings.CHUNKED || codings == Codings.OTHERS_CHUNKED) {
        throw ProtocolError.remote(400,
            "Expected chunked once and as the last transfer coding (RFC 9112 6.1), got more after it.");
      }
      if (Ascii.equalsIgnoreCase(bytes, start, end, "chunked")) {
        codings = codings == Codings.NONE ? Codings.CHUNKED : Codings.OTHERS_CHUNKED;
      } else if (FieldScan.tokenEnd(bytes, start, end) == start) {
        throw ProtocolError.remote(400, "Expected a transfer coding (RFC 9112 6.1), got none in its place.");
      } else {
        codings = Codings.OPEN;
      }
      p = comma + 1;
    } while (p <= to);
  }

  /**
   * Returns how the body ends (RFC 9112 6.3).
   *
   * @throws ProtocolError when the head does not say it in one clear way, or lacks its Host
   */
  BodyLength check(int minorVersion) {
    if (hostField < 0 && minorVersion > 0) {
      throw ProtocolError.remote(400, "Expected a Host field in an HTTP/1.1 request (RFC 9112 3.2), got none.");
    }
    if (codings == Codings.NONE) {
      return contentLength < 0 ? BodyLength.NONE : BodyLength.fixed(contentLength);
    }
    if (contentLength >= 0) {
      throw ProtocolError.remote(400,
          "Expected Content-Length or Transfer-Encoding (RFC 9112 6.3), got both.");
    }
    if (minorVersion == 0) {
      throw ProtocolError.remote(400, "Expected no Transfer-Encoding in HTTP/1.0 (RFC 9112 6.1), got one.");
    }
    return switch (codings) {
      case CHUNKED -> BodyLength.CHUNKED;
      case OTHERS_CHUNKED -> throw ProtocolError.remote(501,
          "Expected no transfer coding but chunked (RFC 9112 6.1), got another before it.");
      default -> throw ProtocolError.remote(400,
          "Expected chunked as the last transfer coding of a request (RFC 9112 6.3), got another.");
    };
  }

  /** Returns the flags of {@link RequestHead} that follow from the fields. */
  int flags(int minorVersion) {
    if (minorVersion == 0) {
      // RFC 9110 7.8, 10.1.1: HTTP/1.0 knows neither Upgrade nor 100-continue.
      return keepAlive && !close ? RequestHead.KEEP_ALIVE : 0;
    }
    return RequestHead.MINOR_1
        | (close ? 0 : RequestHead.KEEP_ALIVE)
        | (expectsContinue ? RequestHead.EXPECTS_CONTINUE : 0)
        | (upgradeOption && upgradeField ? RequestHead.UPGRADE : 0);
  }
}

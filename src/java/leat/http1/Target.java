package leat.http1;

import leat.bytes.Ascii;
import leat.http.Method;
import leat.http.ProtocolError;

/** The four forms of a request target (RFC 9112 3.2). */
final class Target {
  /** {@code /path?query}. */
  static final int ORIGIN = 0;
  /** {@code http://host/path?query}. */
  static final int ABSOLUTE = 0x10;
  /** {@code host:port}, for CONNECT alone. */
  static final int AUTHORITY = 0x20;
  /** {@code *}, for OPTIONS alone. */
  static final int ASTERISK = 0x30;
  /** The bits of the form among the flags of a {@link RequestHead}. */
  static final int FORMS = 0x30;

  private Target() {}

  /**
   * Returns the form of a target, all of whose bytes are known to be visible.
   *
   * @throws ProtocolError when it has none, or not one for this method
   */
  static int form(Method method, byte[] bytes, int from, int to) {
    if (method == Method.CONNECT) {
      int host = Authority.hostEnd(bytes, from, to);
      // RFC 9110 9.3.6: the port is mandatory here.
      if (host <= from || host == to || bytes[host] != ':' || Authority.port(bytes, host, to) < 0) {
        throw bad("host:port as the target of CONNECT (RFC 9112 3.2.3)");
      }
      return AUTHORITY;
    }
    if (from == to) {
      throw bad("a request target (RFC 9112 3.2)");
    }
    if (bytes[from] == '/') {
      return ORIGIN;
    }
    if (bytes[from] == '*' && to - from == 1) {
      if (method != Method.OPTIONS) {
        throw bad("the target * with OPTIONS only (RFC 9112 3.2.4)");
      }
      return ASTERISK;
    }
    int authority = authorityStart(bytes, from, to);
    if (authority < 0) {
      throw bad("a target that begins with / or http:// or https:// (RFC 9112 3.2)");
    }
    int end = authorityEnd(bytes, authority, to);
    // RFC 9110 4.2.1, 4.2.4: a host there must be, and user information there must not be.
    if (!Authority.isValid(bytes, authority, end) || Authority.hostEnd(bytes, authority, end) == authority) {
      throw bad("a host with an optional port in the target (RFC 9110 4.2)");
    }
    return ABSOLUTE;
  }

  private static ProtocolError bad(String expected) {
    return ProtocolError.remote(400, "Expected " + expected + ", got something else.");
  }

  /** Returns the index after {@code http://} or {@code https://}, or -1. */
  static int authorityStart(byte[] bytes, int from, int to) {
    if (to - from >= 7 && Ascii.equalsIgnoreCase(bytes, from, from + 7, "http://")) {
      return from + 7;
    }
    return to - from >= 8 && Ascii.equalsIgnoreCase(bytes, from, from + 8, "https://") ? from + 8 : -1;
  }

  /** Returns the index where the path or query begins, or {@code to}. */
  static int authorityEnd(byte[] bytes, int from, int to) {
    int p = from;
    while (p < to && bytes[p] != '/' && bytes[p] != '?') {
      p++;
    }
    return p;
  }
}

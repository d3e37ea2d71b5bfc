package leat.http1;

import leat.bytes.Ascii;

/**
 * {@code uri-host [ ":" port ]} (RFC 9110 7.2, RFC 3986 3.2.2), as it stands in Host, in a target of absolute-form and
 * in one of authority-form. User information is not part of it (RFC 9110 4.2.4).
 */
final class Authority {
  private static final boolean[] REG_NAME = new boolean[128];

  static {
    for (char c : ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
        + "!$&'()*+,;=").toCharArray()) {
      REG_NAME[c] = true;
    }
  }

  private Authority() {}

  /** Tells whether the bytes are an authority: the host may be empty, and the port too (RFC 3986 3.2.3). */
  static boolean isValid(byte[] bytes, int from, int to) {
    int host = hostEnd(bytes, from, to);
    return host >= 0 && (host == to || bytes[host] == ':' && port(bytes, host, to) >= -1);
  }

  /**
   * Returns the index after the host, where the colon is if there is a port; -1 when this is no host. What stands at
   * that index is not looked at.
   */
  static int hostEnd(byte[] bytes, int from, int to) {
    if (from < to && bytes[from] == '[') {
      int p = from + 1;
      while (p < to && bytes[p] != ']') {
        p++;
      }
      return p < to && isLiteral(bytes, from + 1, p) ? p + 1 : -1;
    }
    int p = from;
    while (p < to) {
      int b = bytes[p];
      if (b >= 0 && REG_NAME[b]) {
        p++;
      } else if (b == '%') {
        if (to - p < 3 || Ascii.hexValue(bytes[p + 1]) < 0 || Ascii.hexValue(bytes[p + 2]) < 0) {
          return -1;
        }
        p += 3;
      } else {
        return p;
      }
    }
    return p;
  }

  /** Returns the port after the host that ends at {@code hostEnd}: -1 when there is none, -2 when it is malformed. */
  static int port(byte[] bytes, int hostEnd, int to) {
    if (to - hostEnd <= 1) {
      return -1;
    }
    int port = 0;
    for (int p = hostEnd + 1; p < to; p++) {
      if (!Ascii.isDigit(bytes[p])) {
        return -2;
      }
      port = port * 10 + bytes[p] - '0';
      if (port > 65_535) {
        return -2;
      }
    }
    return port;
  }

  /** What stands between brackets: IPv6address or IPvFuture. */
  private static boolean isLiteral(byte[] bytes, int from, int to) {
    return from < to && Ascii.lower(bytes[from]) == 'v' ? isFuture(bytes, from, to) : isIpv6(bytes, from, to);
  }

  /** {@code "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )}. */
  private static boolean isFuture(byte[] bytes, int from, int to) {
    int p = from + 1;
    while (p < to && Ascii.hexValue(bytes[p]) >= 0) {
      p++;
    }
    if (p == from + 1 || p >= to - 1 || bytes[p] != '.') {
      return false;
    }
    for (p++; p < to; p++) {
      if (bytes[p] < 0 || !REG_NAME[bytes[p]] && bytes[p] != ':') {
        return false;
      }
    }
    return true;
  }

  /** Eight groups of 1 to 4 hexadecimal digits; one "::" for one or more groups of zero; IPv4 for the last two. */
  private static boolean isIpv6(byte[] bytes, int from, int to) {
    int groups = 0;
    boolean elided = false;
    int p = from;
    if (to - p >= 2 && bytes[p] == ':' && bytes[p + 1] == ':') {
      elided = true;
      p += 2;
    }
    while (p < to) {
      int start = p;
      while (p < to && Ascii.hexValue(bytes[p]) >= 0) {
        p++;
      }
      if (p < to && bytes[p] == '.') {
        groups += 2;
        return isIpv4(bytes, start, to) && (elided ? groups < 8 : groups == 8);
      }
      if (p == start || p - start > 4) {
        return false;
      }
      groups++;
      if (p == to) {
        break;
      }
      if (bytes[p++] != ':' || p == to) {
        return false;
      }
      if (bytes[p] == ':') {
        if (elided) {
          return false;
        }
        elided = true;
        p++;
      }
    }
    return elided ? groups < 8 : groups == 8;
  }

  private static boolean isIpv4(byte[] bytes, int from, int to) {
    int p = from;
    for (int part = 0; part < 4; part++) {
      int start = p;
      while (p < to && Ascii.isDigit(bytes[p])) {
        p++;
      }
      int size = p - start;
      if (size < 1 || size > 3 || size > 1 && bytes[start] == '0'
          || Ascii.parseDecimal(bytes, start, p) > 255) {
        return false;
      }
      if (part < 3 && (p == to || bytes[p++] != '.')) {
        return false;
      }
    }
    return p == to;
  }
}

package leat.http1;

import java.util.Set;
import leat.bytes.Ascii;

/** Which fields may not stand in a trailer section (RFC 9110 6.5.1): whoever acts on them late is deceived. */
final class Trailers {
  private static final Set<String> FORBIDDEN = Set.of(
      // framing, and what concerns the connection alone
      "transfer-encoding", "content-length", "connection", "keep-alive", "proxy-connection", "upgrade", "te",
      "trailer", "expect", "http2-settings",
      // routing
      "host", "forwarded", "via", "max-forwards", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port",
      "x-forwarded-proto", "x-real-ip", "x-http-method-override",
      // authentication and state
      "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "cookie", "set-cookie",
      "authentication-info", "proxy-authentication-info", "origin",
      // control of the exchange
      "cache-control", "pragma", "range", "age", "date", "expires", "location", "retry-after", "vary", "warning",
      "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
      // how the content is to be read
      "content-encoding", "content-type", "content-range");

  private Trailers() {}

  static boolean isForbidden(String name) {
    return FORBIDDEN.contains(Ascii.toLower(name));
  }
}

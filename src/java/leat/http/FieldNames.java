package leat.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import leat.bytes.Ascii;

/**
 * The names of common fields, as lower-case Strings that exist once. Reading the same names request after request then
 * makes no new Strings, and equal names are mostly the same object.
 */
public final class FieldNames {
  /** A power of two, several times the number of names: most names are found at the first look. */
  private static final int SLOTS = 512;
  private static final int LONGEST = 40;
  private static final String[] TABLE = new String[SLOTS];
  /** The bytes of the names as most clients write them: {@code accept-language} and {@code Accept-Language}. */
  private static final byte[][] LOWER = new byte[SLOTS][];
  private static final byte[][] TITLE = new byte[SLOTS][];

  static {
    add("accept", "accept-charset", "accept-datetime", "accept-encoding", "accept-language", "accept-ranges",
        "access-control-request-headers", "access-control-request-method", "access-control-allow-origin",
        "age", "allow", "alt-svc", "alt-used", "authorization", "baggage", "cache-control", "cdn-loop",
        "cf-connecting-ip", "connection", "content-disposition", "content-encoding", "content-language",
        "content-length", "content-location", "content-range", "content-security-policy", "content-type",
        "cookie", "date", "device-memory", "dnt", "downlink", "early-data", "ect", "etag", "expect", "expires",
        "forwarded", "from", "grpc-timeout", "host", "http2-settings", "idempotency-key", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive",
        "last-modified", "link", "location", "max-forwards", "origin", "pragma", "prefer", "priority",
        "proxy-authorization", "proxy-connection", "purpose", "range", "referer", "retry-after", "rtt",
        "save-data", "sec-ch-ua", "sec-ch-ua-arch", "sec-ch-ua-bitness", "sec-ch-ua-full-version-list",
        "sec-ch-ua-mobile", "sec-ch-ua-model", "sec-ch-ua-platform", "sec-ch-ua-platform-version",
        "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "sec-gpc", "sec-purpose",
        "sec-websocket-extensions", "sec-websocket-key", "sec-websocket-protocol", "sec-websocket-version",
        "server", "set-cookie", "soapaction", "strict-transport-security", "te", "traceparent", "tracestate",
        "trailer", "transfer-encoding", "true-client-ip", "upgrade", "upgrade-insecure-requests",
        "user-agent", "vary", "via", "warning", "www-authenticate", "x-api-key", "x-b3-sampled",
        "x-b3-spanid", "x-b3-traceid", "x-correlation-id", "x-csrf-token", "x-forwarded-for",
        "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-frame-options",
        "x-http-method-override", "x-real-ip", "x-request-id", "x-requested-with");
  }

  private FieldNames() {}

  private static void add(String... names) {
    for (String name : names) {
      int size = name.length();
      int slot = slot(size, name.charAt(0), name.charAt(size / 2), name.charAt(size - 1));
      while (TABLE[slot] != null) {
        slot = slot + 1 & SLOTS - 1;
      }
      TABLE[slot] = name;
      LOWER[slot] = name.getBytes(StandardCharsets.US_ASCII);
      TITLE[slot] = title(LOWER[slot]);
    }
  }

  private static byte[] title(byte[] lower) {
    byte[] title = lower.clone();
    for (int i = 0; i < title.length; i++) {
      if (title[i] >= 'a' && (i == 0 || title[i - 1] == '-')) {
        title[i] -= 0x20;
      }
    }
    return title;
  }

  /** Takes letters of either case: {@code | 0x20} is lower case for letters, and any fixed thing for the rest. */
  private static int slot(int size, int first, int middle, int last) {
    return size * 13 + (first | 0x20) * 5 + (middle | 0x20) * 61 + (last | 0x20) * 29 & SLOTS - 1;
  }

  /**
   * Returns the lower-case form of a name.
   *
   * @param bytes an array with the name, in any case
   * @param from the first byte of the name
   * @param to the index after its last byte
   * @return the lower-case String: always the same one for a common name (then nothing is allocated), else a new one
   */
  public static String intern(byte[] bytes, int from, int to) {
    int size = to - from;
    if (size > 0 && size <= LONGEST) {
      int slot = slot(size, bytes[from], bytes[from + size / 2], bytes[to - 1]);
      for (String name = TABLE[slot]; name != null; name = TABLE[slot = slot + 1 & SLOTS - 1]) {
        if (name.length() == size && (Arrays.equals(bytes, from, to, LOWER[slot], 0, size)
            || Arrays.equals(bytes, from, to, TITLE[slot], 0, size)
            || Ascii.equalsIgnoreCase(bytes, from, to, name))) {
          return name;
        }
      }
    }
    return Ascii.lowerLatin1(bytes, from, to);
  }
}

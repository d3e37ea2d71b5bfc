package leat.http;

import java.nio.charset.StandardCharsets;

/** Status codes: their phrases, their encoded status lines, and which of them never have a body. */
public final class Status {
  private static final int LEAST = 100;
  private static final int MOST = 599;
  private static final String[] REASONS = new String[MOST + 1];
  private static final byte[][] LINES = new byte[MOST + 1][];

  static {
    // The IANA registry of HTTP status codes. 306 and 418 are "unused" there and have no phrase.
    reasons(100, "Continue", "Switching Protocols", "Processing", "Early Hints", "Upload Resumption Supported");
    reasons(200, "OK", "Created", "Accepted", "Non-Authoritative Information", "No Content", "Reset Content",
        "Partial Content", "Multi-Status", "Already Reported");
    reasons(226, "IM Used");
    reasons(300, "Multiple Choices", "Moved Permanently", "Found", "See Other", "Not Modified", "Use Proxy");
    reasons(307, "Temporary Redirect", "Permanent Redirect");
    reasons(400, "Bad Request", "Unauthorized", "Payment Required", "Forbidden", "Not Found",
        "Method Not Allowed", "Not Acceptable", "Proxy Authentication Required", "Request Timeout",
        "Conflict", "Gone", "Length Required", "Precondition Failed", "Content Too Large", "URI Too Long",
        "Unsupported Media Type", "Range Not Satisfiable", "Expectation Failed");
    reasons(421, "Misdirected Request", "Unprocessable Content", "Locked", "Failed Dependency", "Too Early",
        "Upgrade Required");
    reasons(428, "Precondition Required", "Too Many Requests");
    reasons(431, "Request Header Fields Too Large");
    reasons(451, "Unavailable For Legal Reasons");
    reasons(500, "Internal Server Error", "Not Implemented", "Bad Gateway", "Service Unavailable",
        "Gateway Timeout", "HTTP Version Not Supported", "Variant Also Negotiates", "Insufficient Storage",
        "Loop Detected");
    reasons(510, "Not Extended", "Network Authentication Required");
    for (int status = LEAST; status <= MOST; status++) {
      // RFC 9112 4: the space after the code stays, even without a phrase.
      LINES[status] = ("HTTP/1.1 " + status + " " + reason(status) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
  }

  private Status() {}

  private static void reasons(int first, String... phrases) {
    System.arraycopy(phrases, 0, REASONS, first, phrases.length);
  }

  /**
   * Returns the phrase that IANA registered for a status code.
   *
   * @param status a status code, 100 to 599
   * @return the phrase, empty when the code has none
   * @throws IllegalArgumentException when the code is out of range
   */
  public static String reason(int status) {
    String reason = REASONS[check(status)];
    return reason == null ? "" : reason;
  }

  /**
   * Returns the status line of an HTTP/1.1 response, with its CRLF.
   *
   * @param status a status code, 100 to 599
   * @return the bytes of for example {@code HTTP/1.1 200 OK} and CRLF; shared by all callers, so never to be changed
   * @throws IllegalArgumentException when the code is out of range
   */
  public static byte[] line(int status) {
    return LINES[check(status)];
  }

  /**
   * Tells whether a response with this code can have a body at all (RFC 9112 6.3).
   *
   * @param status a status code
   * @return false for 1xx, 204 and 304
   */
  public static boolean hasBody(int status) {
    return status >= 200 && status != 204 && status != 304;
  }

  private static int check(int status) {
    if (status < LEAST || status > MOST) {
      throw new IllegalArgumentException("A status code must be between 100 and 599, but is " + status + ".");
    }
    return status;
  }
}

package leat.http1;

import java.util.Objects;
import leat.bytes.Ascii;
import leat.bytes.Nullable;
import leat.http.BodyLength;
import leat.http.FieldNames;
import leat.http.Headers;
import leat.http.Method;

/**
 * A request line and its fields, as {@link HeadParser} read them: immutable, and always one that may be served.
 *
 * <p>It holds the bytes once and where in them things are. The Strings are made when they are asked for, each time
 * anew: keep what you need more than once. Searching makes none.
 */
public final class RequestHead {
  static final int MINOR_1 = 1;
  static final int KEEP_ALIVE = 2;
  static final int EXPECTS_CONTINUE = 4;
  static final int UPGRADE = 8;

  /** From the method up to the CR of the last line. */
  private final byte[] bytes;
  /** The CR of the request line, then for each field its colon and its CR. */
  private final int[] spans;
  private final Method method;
  private final BodyLength bodyLength;
  private final int queryAt;
  private final short hostField;
  /** The flags above, and the form of the target. */
  private final byte flags;

  RequestHead(byte[] bytes, int[] spans, Method method, BodyLength bodyLength, int queryAt, int hostField,
      int flags) {
    this.bytes = bytes;
    this.spans = spans;
    this.method = method;
    this.bodyLength = bodyLength;
    this.queryAt = queryAt;
    this.hostField = (short) hostField;
    this.flags = (byte) flags;
  }

  /**
   * Returns the method.
   *
   * @return the method, in the case it was sent in
   */
  public Method method() {
    return method;
  }

  private int targetStart() {
    return method.name().length() + 1;
  }

  /** The target is followed by SP and eight bytes of version. */
  private int targetEnd() {
    return spans[0] - 9;
  }

  private int form() {
    return flags & Target.FORMS;
  }

  /**
   * Returns the request target as it was sent.
   *
   * @return visible ASCII, never empty
   */
  public String target() {
    return Ascii.latin1(bytes, targetStart(), targetEnd());
  }

  /**
   * Returns the path of the target, not decoded: what Ring calls {@code :uri}.
   *
   * @return the part before the query; of an absolute URI its path, or {@code /} when that is empty; {@code *} for
   *     {@code OPTIONS *}; the authority for CONNECT
   */
  public String path() {
    int start = targetStart();
    int end = targetEnd();
    if (queryAt >= 0) {
      end = queryAt;
    }
    if (form() == Target.ABSOLUTE) {
      start = Target.authorityEnd(bytes, Target.authorityStart(bytes, start, end), end);
    }
    if (end - start <= 1 && form() <= Target.ABSOLUTE) {
      return "/";
    }
    return Ascii.latin1(bytes, start, end);
  }

  /**
   * Returns the query of the target, not decoded, without its question mark.
   *
   * @return the query, maybe empty; null when the target has no question mark
   */
  public @Nullable String query() {
    return queryAt < 0 ? null : Ascii.latin1(bytes, queryAt + 1, targetEnd());
  }

  /**
   * Returns the minor version: 1 for HTTP/1.1 and anything newer in HTTP/1.
   *
   * @return 0 or 1
   */
  public int minorVersion() {
    return flags & MINOR_1;
  }

  /**
   * Returns the number of field lines.
   *
   * @return 0 or more
   */
  public int fieldCount() {
    return spans.length >> 1;
  }

  /** A field begins two bytes after the CR of the line before it. */
  private int nameStart(int i) {
    return spans[2 * i] + 2;
  }

  private int nameEnd(int i) {
    return spans[2 * i + 1];
  }

  private String value(int i) {
    if (i == hostField && form() == Target.ABSOLUTE) {
      // RFC 9112 3.2.2: the authority of the target counts, whatever Host says.
      int authority = authorityStart();
      return Ascii.latin1(bytes, authority, authorityEnd(authority));
    }
    int cr = spans[2 * i + 2];
    int start = FieldScan.skipSpace(bytes, nameEnd(i) + 1, cr);
    return Ascii.latin1(bytes, start, FieldScan.trimEnd(bytes, start, cr));
  }

  /**
   * Returns the name of a field.
   *
   * @param i the index of the field line
   * @return the name in lower case; of a common name always the same String
   * @throws IndexOutOfBoundsException when there is no such field
   */
  public String fieldName(int i) {
    Objects.checkIndex(i, fieldCount());
    return FieldNames.intern(bytes, nameStart(i), nameEnd(i));
  }

  /**
   * Returns the value of a field, each of its bytes as one char (ISO 8859-1), without the white space around it.
   *
   * @param i the index of the field line
   * @return the value, maybe empty
   * @throws IndexOutOfBoundsException when there is no such field
   */
  public String fieldValue(int i) {
    Objects.checkIndex(i, fieldCount());
    return value(i);
  }

  /** Returns the index of the next field with a name, or -1. */
  private int indexOf(String lowerName, int from) {
    for (int i = from; i < fieldCount(); i++) {
      if (Ascii.equalsIgnoreCase(bytes, nameStart(i), nameEnd(i), lowerName)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Returns the value of the first field with a name.
   *
   * @param lowerName the name in lower case
   * @return the value, or null when there is no such field
   */
  public @Nullable String first(String lowerName) {
    int i = indexOf(lowerName, 0);
    return i < 0 ? null : value(i);
  }

  /**
   * Tells whether there is a field with a name.
   *
   * @param lowerName the name in lower case
   * @return true when there is at least one
   */
  public boolean has(String lowerName) {
    return indexOf(lowerName, 0) >= 0;
  }

  /**
   * Returns the values of all fields with a name (of Host that which counts: see {@link #host}), joined as Ring wants them: by a comma, those of {@code cookie} by a
   * semicolon, without spaces. {@code content-length} may be repeated only if it says the same, and counts once.
   *
   * @param lowerName the name in lower case
   * @return the value, or null when there is no such field
   */
  public @Nullable String joined(String lowerName) {
    int i = indexOf(lowerName, 0);
    if (i < 0) {
      return null;
    }
    String first = value(i);
    int next = indexOf(lowerName, i + 1);
    if (next < 0 || lowerName.equals("content-length")) {
      return first;
    }
    char separator = lowerName.equals("cookie") ? ';' : ',';
    StringBuilder joined = new StringBuilder(first);
    for (; next >= 0; next = indexOf(lowerName, next + 1)) {
      joined.append(separator).append(value(next));
    }
    return joined.toString();
  }

  /**
   * Returns all fields.
   *
   * @return names in lower case with their values, in the order of the wire
   */
  public Headers headers() {
    int count = fieldCount();
    Headers.Builder headers = Headers.builder(count);
    for (int i = 0; i < count; i++) {
      headers.add(fieldName(i), value(i));
    }
    return headers.build();
  }

  /**
   * Returns how the end of the body is found.
   *
   * @return none, chunked or fixed
   */
  public BodyLength bodyLength() {
    return bodyLength;
  }

  /**
   * Tells whether the client leaves the connection open after this request: in HTTP/1.1 unless it says
   * {@code Connection: close}, in HTTP/1.0 only if it says {@code keep-alive} (RFC 9112 9.3).
   *
   * @return true when more requests may follow
   */
  public boolean keepAlive() {
    return (flags & KEEP_ALIVE) != 0;
  }

  /**
   * Tells whether the client waits for a 100 before it sends its body (RFC 9110 10.1.1).
   *
   * @return true for {@code Expect: 100-continue} in HTTP/1.1
   */
  public boolean expectsContinue() {
    return (flags & EXPECTS_CONTINUE) != 0;
  }

  /**
   * Tells whether the client offers another protocol (RFC 9110 7.8).
   *
   * @return true when Connection lists {@code upgrade} and there is an Upgrade field, in HTTP/1.1
   */
  public boolean isUpgrade() {
    return (flags & UPGRADE) != 0;
  }

  /**
   * Returns the host that the request is for: that of the target if it has one (RFC 9112 3.2.2), else that of Host.
   *
   * @return the host as it was sent, an IPv6 address in its brackets; null when none was named
   */
  public @Nullable String host() {
    int start = authorityStart();
    int end = Authority.hostEnd(bytes, start, authorityEnd(start));
    return start == end ? null : Ascii.latin1(bytes, start, end);
  }

  /**
   * Returns the port that the request is for, from where {@link #host} is taken.
   *
   * @return 0 to 65535, or -1 when none was named
   */
  public int port() {
    int start = authorityStart();
    int end = authorityEnd(start);
    return Authority.port(bytes, Authority.hostEnd(bytes, start, end), end);
  }

  /** Where no authority is named, an empty range in the method. */
  private int authorityStart() {
    return switch (form()) {
      case Target.ABSOLUTE -> Target.authorityStart(bytes, targetStart(), targetEnd());
      case Target.AUTHORITY -> targetStart();
      default -> hostField < 0 ? 0
          : FieldScan.skipSpace(bytes, nameEnd(hostField) + 1, spans[2 * hostField + 2]);
    };
  }

  private int authorityEnd(int start) {
    return switch (form()) {
      case Target.ABSOLUTE -> Target.authorityEnd(bytes, start, targetEnd());
      case Target.AUTHORITY -> targetEnd();
      default -> hostField < 0 ? 0 : FieldScan.trimEnd(bytes, start, spans[2 * hostField + 2]);
    };
  }

  /** The request line without its query, which may hold secrets. */
  @Override
  public String toString() {
    return method + " " + path() + (queryAt < 0 ? "" : "?...") + " HTTP/1." + minorVersion();
  }
}

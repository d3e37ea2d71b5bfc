package leat.http1;

import java.nio.charset.StandardCharsets;
import leat.bytes.Buf;
import leat.bytes.Segment;
import leat.http.Headers;
import leat.http.Status;

/**
 * Writes response heads and chunks (RFC 9112 4, 5, 7) straight into a {@code Buf}: no Strings are made on the way.
 *
 * <p>What could break a message is refused before any of it is written. Methods may be called on the thread that owns
 * the {@code Buf}.
 */
public final class HeadWriter {
  private static final byte[] CONTENT_LENGTH = ascii("content-length: ");
  private static final byte[] CHUNKED = ascii("transfer-encoding: chunked\r\n");
  private static final byte[] CLOSE = ascii("connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("connection: keep-alive\r\n");
  private static final byte[] CRLF = ascii("\r\n");
  private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
  private static final byte[] LAST_CHUNK_SIZE = ascii("0\r\n");

  private HeadWriter() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Writes a status line.
   *
   * @param target where to
   * @param status a status code, 100 to 599
   * @throws IllegalArgumentException when the code is out of range
   */
  public static void status(Buf target, int status) {
    target.write(Status.line(status));
  }

  /**
   * Writes a field.
   *
   * @param target where to
   * @param name the name
   * @param value the value
   * @throws IllegalArgumentException when the name or value may not be sent; nothing is written then
   */
  public static void field(Buf target, String name, String value) {
    Headers.check(name, value);
    checkedField(target, name, value);
  }

  /**
   * Writes fields. They were checked when the {@code Headers} were made.
   *
   * @param target where to
   * @param headers the fields
   */
  public static void headers(Buf target, Headers headers) {
    for (int i = 0, count = headers.size(); i < count; i++) {
      checkedField(target, headers.name(i), headers.value(i));
    }
  }

  /** A field that fits a segment is copied into it in two strokes; another goes the general way. */
  private static void checkedField(Buf target, String name, String value) {
    int nameSize = name.length();
    int valueSize = value.length();
    if (nameSize <= Segment.SIZE - 4 && valueSize <= Segment.SIZE - 4 - nameSize) {
      byteField(target, name, nameSize, value, valueSize);
    } else {
      target.writeLatin1(name);
      target.writeByte(':');
      target.writeByte(' ');
      target.writeLatin1(value);
      target.write(CRLF);
    }
  }

  // The deprecated getBytes takes the low byte of each char, which is all there is in a checked field, and is the one
  // way to have them in an array of ours without another between.
  @SuppressWarnings("deprecation")
  private static void byteField(Buf target, String name, int nameSize, String value, int valueSize) {
    int size = nameSize + valueSize + 4;
    Segment segment = target.writable(size);
    byte[] data = segment.data;
    int p = segment.to;
    name.getBytes(0, nameSize, data, p);
    p += nameSize;
    data[p] = ':';
    data[p + 1] = ' ';
    p += 2;
    value.getBytes(0, valueSize, data, p);
    p += valueSize;
    data[p] = '\r';
    data[p + 1] = '\n';
    target.advance(size);
  }

  /**
   * Writes the field {@code content-length}.
   *
   * @param target where to
   * @param bytes the length, 0 or more
   * @throws IllegalArgumentException when it is negative; nothing is written then
   */
  public static void contentLength(Buf target, long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("A content length must be 0 or more, but is " + bytes + ".");
    }
    target.write(CONTENT_LENGTH);
    target.writeDecimal(bytes);
    target.write(CRLF);
  }

  /**
   * Writes the field {@code transfer-encoding: chunked}.
   *
   * @param target where to
   */
  public static void chunked(Buf target) {
    target.write(CHUNKED);
  }

  /**
   * Writes the field {@code connection: close}.
   *
   * @param target where to
   */
  public static void connectionClose(Buf target) {
    target.write(CLOSE);
  }

  /**
   * Writes the field {@code connection: keep-alive}, which an HTTP/1.0 client waits for.
   *
   * @param target where to
   */
  public static void connectionKeepAlive(Buf target) {
    target.write(KEEP_ALIVE);
  }

  /**
   * Writes the empty line that ends a head.
   *
   * @param target where to
   */
  public static void end(Buf target) {
    target.write(CRLF);
  }

  /**
   * Writes the size line of a chunk.
   *
   * @param target where to
   * @param size the bytes of data that follow, 1 or more: 0 would end the body
   * @throws IllegalArgumentException when it is less than 1; nothing is written then
   */
  public static void chunkStart(Buf target, long size) {
    if (size <= 0) {
      throw new IllegalArgumentException("A chunk must have at least 1 byte, but has " + size + ".");
    }
    target.writeHex(size);
    target.write(CRLF);
  }

  /**
   * Writes what follows the data of a chunk.
   *
   * @param target where to
   */
  public static void chunkEnd(Buf target) {
    target.write(CRLF);
  }

  /**
   * Writes the end of a chunked body.
   *
   * @param target where to
   * @param trailers the fields after it, mostly none
   * @throws IllegalArgumentException when one of them may not stand there (RFC 9110 6.5.1); nothing is written then
   */
  public static void lastChunk(Buf target, Headers trailers) {
    if (trailers.isEmpty()) {
      target.write(LAST_CHUNK);
      return;
    }
    for (int i = 0; i < trailers.size(); i++) {
      if (Trailers.isForbidden(trailers.name(i))) {
        throw new IllegalArgumentException("The field \"" + trailers.name(i) + "\" may not be a trailer.");
      }
    }
    target.write(LAST_CHUNK_SIZE);
    headers(target, trailers);
    target.write(CRLF);
  }
}

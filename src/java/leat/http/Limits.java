package leat.http;

/**
 * How much a peer may send. Every limit is on by default; what goes over it is a {@link ProtocolError} with the status
 * that is named below.
 *
 * @param maxRequestLineBytes bytes of the request line without its CRLF; 414 above it
 * @param maxFieldBytes bytes of one field line (name, colon, value) without its CRLF; 431 above it
 * @param maxFields field lines in a head, and in a trailer section; 431 above it
 * @param maxHeadBytes bytes of a whole head, with its final empty line; 431 above it
 * @param maxBodyBytes bytes of a body after the chunked coding is taken off; 413 above it
 * @param maxChunkExtensionBytes bytes of the extensions of one chunk; 400 above it
 * @param maxBodyExtensionBytes bytes of the extensions of all chunks of one body; 400 above it
 * @param maxTrailerBytes bytes of the trailer section; 431 above it
 * @param maxPipelined requests of one connection that may be read ahead of the response that is being made
 */
public record Limits(
    int maxRequestLineBytes,
    int maxFieldBytes,
    int maxFields,
    int maxHeadBytes,
    long maxBodyBytes,
    int maxChunkExtensionBytes,
    int maxBodyExtensionBytes,
    int maxTrailerBytes,
    int maxPipelined) {

  /** The largest value of any limit on a head or trailer section, in bytes: 16 MiB. */
  public static final int MOST_HEAD_BYTES = 1 << 24;

  /** The largest value of {@link #maxFields}. */
  public static final int MOST_FIELDS = 16_384;

  /** The limits that hold when nobody says otherwise. */
  public static final Limits DEFAULT = new Limits(8192, 8192, 128, 65_536, 64L << 20, 256, 65_536, 8192, 16);

  /**
   * Checks that each limit is in its range.
   *
   * @param maxRequestLineBytes as described above
   * @param maxFieldBytes as described above
   * @param maxFields as described above
   * @param maxHeadBytes as described above
   * @param maxBodyBytes as described above
   * @param maxChunkExtensionBytes as described above
   * @param maxBodyExtensionBytes as described above
   * @param maxTrailerBytes as described above
   * @param maxPipelined as described above
   * @throws IllegalArgumentException when one is not; the message names it
   */
  public Limits {
    check("maxRequestLineBytes", maxRequestLineBytes, 16, MOST_HEAD_BYTES);
    check("maxFieldBytes", maxFieldBytes, 16, MOST_HEAD_BYTES);
    check("maxFields", maxFields, 1, MOST_FIELDS);
    check("maxHeadBytes", maxHeadBytes, 32, MOST_HEAD_BYTES);
    check("maxBodyBytes", maxBodyBytes, 0, Long.MAX_VALUE);
    check("maxChunkExtensionBytes", maxChunkExtensionBytes, 0, MOST_HEAD_BYTES);
    check("maxBodyExtensionBytes", maxBodyExtensionBytes, 0, Integer.MAX_VALUE);
    check("maxTrailerBytes", maxTrailerBytes, 0, MOST_HEAD_BYTES);
    check("maxPipelined", maxPipelined, 1, 1 << 16);
  }

  private static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be between " + least + " and " + most + ", but is " + value + ".");
    }
  }

  /**
   * Returns these limits with another {@link #maxRequestLineBytes}.
   *
   * @param bytes the limit, 16 to {@link #MOST_HEAD_BYTES}
   * @return the new limits
   */
  public Limits withMaxRequestLineBytes(int bytes) {
    return new Limits(bytes, maxFieldBytes, maxFields, maxHeadBytes, maxBodyBytes, maxChunkExtensionBytes,
        maxBodyExtensionBytes, maxTrailerBytes, maxPipelined);
  }

  /**
   * Returns these limits with another {@link #maxFieldBytes}.
   *
   * @param bytes the limit, 16 to {@link #MOST_HEAD_BYTES}
   * @return the new limits
   */
  public Limits withMaxFieldBytes(int bytes) {
    return new Limits(maxRequestLineBytes, bytes, maxFields, maxHeadBytes, maxBodyBytes, maxChunkExtensionBytes,
        maxBodyExtensionBytes, maxTrailerBytes, maxPipelined);
  }

  /**
   * Returns these limits with another {@link #maxFields}.
   *
   * @param count the limit, 1 to {@link #MOST_FIELDS}
   * @return the new limits
   */
  public Limits withMaxFields(int count) {
    return new Limits(maxRequestLineBytes, maxFieldBytes, count, maxHeadBytes, maxBodyBytes,
        maxChunkExtensionBytes, maxBodyExtensionBytes, maxTrailerBytes, maxPipelined);
  }

  /**
   * Returns these limits with another {@link #maxHeadBytes}.
   *
   * @param bytes the limit, 32 to {@link #MOST_HEAD_BYTES}
   * @return the new limits
   */
  public Limits withMaxHeadBytes(int bytes) {
    return new Limits(maxRequestLineBytes, maxFieldBytes, maxFields, bytes, maxBodyBytes, maxChunkExtensionBytes,
        maxBodyExtensionBytes, maxTrailerBytes, maxPipelined);
  }

  /**
   * Returns these limits with another {@link #maxBodyBytes}.
   *
   * @param bytes the limit, 0 to {@code Long.MAX_VALUE}
   * @return the new limits
   */
  public Limits withMaxBodyBytes(long bytes) {
    return new Limits(maxRequestLineBytes, maxFieldBytes, maxFields, maxHeadBytes, bytes, maxChunkExtensionBytes,
        maxBodyExtensionBytes, maxTrailerBytes, maxPipelined);
  }

  /**
   * Returns these limits with another {@link #maxChunkExtensionBytes}.
   *
   * @param bytes the limit, 0 to {@link #MOST_HEAD_BYTES}
   * @return the new limits
   */
  public Limits withMaxChunkExtensionBytes(int bytes) {
    return new Limits(maxRequestLineBytes, maxFieldBytes, maxFields, maxHeadBytes, maxBodyBytes, bytes,
        maxBodyExtensionBytes, maxTrailerBytes, maxPipelined);
  }

  /**
   * Returns these limits with another {@link #maxBodyExtensionBytes}.
   *
   * @param bytes the limit, 0 or more
   * @return the new limits
   */
  public Limits withMaxBodyExtensionBytes(int bytes) {
    return new Limits(maxRequestLineBytes, maxFieldBytes, maxFields, maxHeadBytes, maxBodyBytes,
        maxChunkExtensionBytes, bytes, maxTrailerBytes, maxPipelined);
  }

  /**
   * Returns these limits with another {@link #maxTrailerBytes}.
   *
   * @param bytes the limit, 0 to {@link #MOST_HEAD_BYTES}
   * @return the new limits
   */
  public Limits withMaxTrailerBytes(int bytes) {
    return new Limits(maxRequestLineBytes, maxFieldBytes, maxFields, maxHeadBytes, maxBodyBytes,
        maxChunkExtensionBytes, maxBodyExtensionBytes, bytes, maxPipelined);
  }

  /**
   * Returns these limits with another {@link #maxPipelined}.
   *
   * @param count the limit, 1 to 65,536
   * @return the new limits
   */
  public Limits withMaxPipelined(int count) {
    return new Limits(maxRequestLineBytes, maxFieldBytes, maxFields, maxHeadBytes, maxBodyBytes,
        maxChunkExtensionBytes, maxBodyExtensionBytes, maxTrailerBytes, count);
  }
}

package leat.http;

/**
 * How the end of a body is found: there is none, it is counted, it is chunked, or the connection ends with it
 * (RFC 9112 6.3).
 */
public final class BodyLength {
  /** No body, and no word of one in the head. */
  public static final BodyLength NONE = new BodyLength(0);
  /** The chunked transfer coding: the body says itself where it ends. */
  public static final BodyLength CHUNKED = new BodyLength(-1);
  /** The body of a response that ends with its connection; never that of a request. */
  public static final BodyLength UNTIL_CLOSE = new BodyLength(-1);

  private static final BodyLength ZERO = new BodyLength(0);

  private final long bytes;

  private BodyLength(long bytes) {
    this.bytes = bytes;
  }

  /**
   * Returns the length of a body whose bytes were counted beforehand.
   *
   * @param bytes how many, 0 or more
   * @return the length
   * @throws IllegalArgumentException when {@code bytes} is negative
   */
  public static BodyLength fixed(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("A body length must be 0 or more, but is " + bytes + ".");
    }
    return bytes == 0 ? ZERO : new BodyLength(bytes);
  }

  /**
   * Tells whether the body comes in chunks.
   *
   * @return true only for {@link #CHUNKED}
   */
  public boolean isChunked() {
    return this == CHUNKED;
  }

  /**
   * Tells whether the number of bytes was declared, be it 0.
   *
   * @return true for what {@link #fixed} returns
   */
  public boolean isFixed() {
    return bytes >= 0 && this != NONE;
  }

  /**
   * Tells whether it is known that not one byte of body follows.
   *
   * @return true for {@link #NONE} and a declared length of 0
   */
  public boolean isEmpty() {
    return bytes == 0;
  }

  /**
   * Returns the number of bytes.
   *
   * @return 0 or more; -1 when it is not known beforehand
   */
  public long bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof BodyLength length && isFixed() && length.isFixed() && bytes == length.bytes;
  }

  @Override
  public int hashCode() {
    return isFixed() ? Long.hashCode(bytes) + 1 : System.identityHashCode(this);
  }

  @Override
  public String toString() {
    if (this == NONE) {
      return "none";
    }
    if (this == CHUNKED) {
      return "chunked";
    }
    return this == UNTIL_CLOSE ? "until close" : bytes + " bytes";
  }
}

package leat.frame;

import java.util.Objects;
import leat.bytes.Nullable;

/**
 * Bytes that are no frame, or a value that cannot be made one. The message is one sentence that says what was expected,
 * what came and where, and never holds what the peer sent. There is no stack trace: the fault is in the data.
 */
public final class FrameError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What is wrong. */
  public enum Kind {
    /** The bytes break the rule of the codec. */
    MALFORMED,
    /** A frame is larger, deeper or has more values than the limit. */
    TOO_LARGE,
    /** The bytes end within a frame. */
    TRUNCATED,
    /** The rest of a frame does not come in time. */
    STALLED,
    /** There is no frame for a value. */
    UNENCODABLE
  }

  /** What is wrong. */
  private final Kind kind;
  /** Where, or -1. */
  private final long position;
  /** What should have come. */
  private final String expected;
  /** What came. */
  private final String actual;

  /**
   * Makes an error.
   *
   * @param kind     what is wrong
   * @param position where: the offset from the first byte that the decoder was given, or -1 if that says nothing
   * @param expected what should have come, such as "a comma after the bytes"
   * @param actual   what came, such as "byte 0x3b"
   */
  public FrameError(Kind kind, long position, String expected, String actual) {
    this(kind, position, expected, actual, null);
  }

  /**
   * Makes an error with a cause.
   *
   * @param kind     what is wrong
   * @param position where: the offset from the first byte that the decoder was given, or -1 if that says nothing
   * @param expected what should have come
   * @param actual   what came
   * @param cause    why, or null
   */
  public FrameError(Kind kind, long position, String expected, String actual, @Nullable Throwable cause) {
    super("Expected " + expected + ", actual " + actual + (position < 0 ? "." : " at byte " + position + "."), cause,
        false, false);
    this.kind = Objects.requireNonNull(kind, "kind");
    this.position = position;
    this.expected = expected;
    this.actual = actual;
  }

  /**
   * Returns what is wrong.
   *
   * @return the kind of error
   */
  public Kind kind() {
    return kind;
  }

  /**
   * Returns where it is.
   *
   * @return the offset from the first byte that the decoder was given, or -1
   */
  public long position() {
    return position;
  }

  /**
   * Returns what should have come.
   *
   * @return the first half of the message
   */
  public String expected() {
    return expected;
  }

  /**
   * Returns what came.
   *
   * @return the second half of the message
   */
  public String actual() {
    return actual;
  }

  /** Returns the same error at another position, unless it has none. */
  FrameError moved(long by) {
    return position < 0 || by == 0 ? this : new FrameError(kind, position + by, expected, actual, getCause());
  }

  static FrameError malformed(long position, String expected, String actual) {
    return new FrameError(Kind.MALFORMED, position, expected, actual);
  }

  static FrameError malformed(long position, String expected, byte actual) {
    return malformed(position, expected, String.format("byte 0x%02x", actual));
  }

  static FrameError tooLarge(long position, int maxBytes, String actual) {
    return new FrameError(Kind.TOO_LARGE, position, "a payload of at most " + maxBytes + " bytes", actual);
  }

  static FrameError unencodable(String expected, String actual) {
    return new FrameError(Kind.UNENCODABLE, -1, expected, actual);
  }
}

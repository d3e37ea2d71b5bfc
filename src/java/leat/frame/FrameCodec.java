package leat.frame;

import java.util.function.Function;
import leat.bytes.Nullable;

/**
 * A rule that says where a frame in a sequence of bytes ends, and what it means. Immutable, to be used by any thread.
 * {@link Frames} makes those that there are; subclasses add others.
 *
 * @param <T> what is in a frame
 */
public abstract class FrameCodec<T> {

  /** How many bytes the payload of a frame has at most, if nobody says something else: 1 MiB. */
  public static final int DEFAULT_MAX_BYTES = 1 << 20;

  /** The greatest limit: an array holds no more, with some room for what stands around the payload. */
  public static final int MAX_MAX_BYTES = Integer.MAX_VALUE - (1 << 16);

  /** For subclasses. */
  protected FrameCodec() {
  }

  /**
   * Returns how many bytes a frame has at most, with all that belongs to it.
   *
   * @return the number of bytes
   */
  public abstract int maxFrameBytes();

  /**
   * Makes what looks for the end of frames.
   *
   * @return a new scanner
   */
  public abstract FrameScanner<T> scanner();

  /**
   * Appends the frame for a value.
   *
   * @param value what is to be in it
   * @param out   where it goes; if this throws, there may be a part of the frame in it
   * @throws FrameError if there is no frame from which a decoder would get that value
   */
  public abstract void write(@Nullable T value, FrameBytes out);

  /**
   * Guesses the size of the frame for a value, so that memory for it is taken once.
   *
   * @param value what is to be in it
   * @return a number of bytes, 0 if this cannot tell without work
   */
  protected int sizeHint(@Nullable T value) {
    return 0;
  }

  /**
   * Returns the frame for a value.
   *
   * @param value what is to be in it
   * @return the bytes, which are the caller's
   * @throws FrameError if there is no frame from which a decoder would get that value
   */
  public final byte[] encode(@Nullable T value) {
    FrameBytes out = new FrameBytes();
    try {
      out.reserve(sizeHint(value));
      write(value, out);
    } catch (ClassCastException e) {
      // A caller that does not know the type, such as one in Clojure.
      throw new FrameError(FrameError.Kind.UNENCODABLE, -1, "a value of this codec",
          value == null ? "null" : value.getClass().getName(), e);
    }
    return out.take();
  }

  /**
   * Makes a decoder, at the beginning of a sequence of bytes.
   *
   * @return a new decoder
   */
  public final FrameDecoder<T> decoder() {
    return new FrameDecoder<>(scanner(), maxFrameBytes());
  }

  /**
   * Returns a codec of the same frames with other values. What the functions throw becomes a {@link FrameError} with that
   * as its cause.
   *
   * @param decode makes a value of what is in a frame
   * @param encode the inverse
   * @param <U>    the type of the other values
   * @return the codec
   */
  public final <U> FrameCodec<U> map(Function<? super T, ? extends U> decode, Function<? super U, ? extends T> encode) {
    return new MappedCodec<>(this, decode, encode);
  }

  /** Checks a limit that a caller gives. */
  static int checkMaxBytes(int maxBytes) {
    if (maxBytes < 0 || maxBytes > MAX_MAX_BYTES) {
      throw new IllegalArgumentException("Expected maxBytes in 0.." + MAX_MAX_BYTES + ", actual " + maxBytes + ".");
    }
    return maxBytes;
  }

  /** Adds sizes, up to what an array holds. */
  static int sum(int a, int b) {
    return (int) Math.min(Integer.MAX_VALUE - 8, (long) a + b);
  }
}

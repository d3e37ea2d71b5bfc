package leat.frame;

import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import leat.bytes.Nullable;

/**
 * What the bytes between the bounds of a frame mean: bytes, text, or frames again. Immutable, to be used by any thread.
 *
 * @param <T> the type of the values
 */
public abstract class Payload<T> {

  /** The bytes themselves; each array is the receiver's. */
  public static final Payload<byte[]> BYTES = new OfBytes();

  /** How many frames there are in one payload at most, if nobody says something else. */
  public static final int DEFAULT_MAX_FRAMES = 16384;

  /** For subclasses. */
  protected Payload() {
  }

  /**
   * Makes a value of bytes that have come whole. Keeps no reference to the array.
   *
   * @param bytes the bytes, which this does not change
   * @param from  index of the first
   * @param to    index after the last
   * @return the value
   * @throws FrameError if there is none; its position is an index into {@code bytes}
   */
  public abstract @Nullable T read(byte[] bytes, int from, int to);

  /**
   * Appends the bytes for a value.
   *
   * @param value the value
   * @param out   where they go; if this throws, there may be a part of them in it
   * @throws FrameError if there are no bytes of which that value would be made
   */
  public abstract void write(@Nullable T value, FrameBytes out);

  /**
   * Guesses how many bytes there will be for a value, so that memory for them is taken once.
   *
   * @param value the value
   * @return a number of bytes, 0 if this cannot tell without work
   */
  protected int sizeHint(@Nullable T value) {
    return 0;
  }

  /**
   * Returns text. Bytes that are none in this character set are an error, and so are characters that it does not have.
   *
   * @param charset the character set
   * @return the payload
   */
  public static Payload<String> text(Charset charset) {
    return new TextPayload(charset, true);
  }

  /**
   * Returns text. Bytes that are none in this character set are read as its replacement, and characters that it does not
   * have are written as its replacement.
   *
   * @param charset the character set
   * @return the payload
   */
  public static Payload<String> lenientText(Charset charset) {
    return new TextPayload(charset, false);
  }

  /**
   * Returns the value of exactly one frame, of which the whole payload consists.
   *
   * @param codec the codec of that frame
   * @param <T>   what is in it
   * @return the payload
   */
  public static <T> Payload<T> one(FrameCodec<T> codec) {
    return new FramesPayload.One<>(codec);
  }

  /**
   * Returns the values of any number of frames one after another, up to {@value #DEFAULT_MAX_FRAMES}.
   *
   * @param codec the codec of these frames
   * @param <T>   what is in them
   * @return the payload, of immutable lists
   */
  public static <T> Payload<List<T>> many(FrameCodec<T> codec) {
    return many(codec, DEFAULT_MAX_FRAMES);
  }

  /**
   * Returns the values of any number of frames one after another.
   *
   * @param codec     the codec of these frames
   * @param maxFrames how many there are at most
   * @param <T>       what is in them
   * @return the payload, of immutable lists
   */
  public static <T> Payload<List<T>> many(FrameCodec<T> codec, int maxFrames) {
    return new FramesPayload.Many<>(codec, maxFrames);
  }

  /**
   * Returns the same payload with other values. What the functions throw becomes a {@link FrameError} with that as its
   * cause.
   *
   * @param decode makes a value of what this payload gives
   * @param encode the inverse
   * @param <U>    the type of the other values
   * @return the payload
   */
  public final <U> Payload<U> map(Function<? super T, ? extends U> decode, Function<? super U, ? extends T> encode) {
    return new Mapped<>(this, decode, encode);
  }

  private static final class OfBytes extends Payload<byte[]> {
    @Override
    public byte[] read(byte[] bytes, int from, int to) {
      return Arrays.copyOfRange(bytes, from, to);
    }

    @Override
    public void write(@Nullable byte[] value, FrameBytes out) {
      if (value == null) {
        throw FrameError.unencodable("a byte array", "null");
      }
      out.write(value);
    }

    @Override
    protected int sizeHint(@Nullable byte[] value) {
      return value == null ? 0 : value.length;
    }
  }

  private static final class Mapped<T, U> extends Payload<U> {
    private final Payload<T> payload;
    private final Function<? super T, ? extends U> decode;
    private final Function<? super U, ? extends T> encode;

    Mapped(Payload<T> payload, Function<? super T, ? extends U> decode, Function<? super U, ? extends T> encode) {
      this.payload = payload;
      this.decode = decode;
      this.encode = encode;
    }

    @Override
    public @Nullable U read(byte[] bytes, int from, int to) {
      return MappedCodec.decoded(decode, payload.read(bytes, from, to), from);
    }

    @Override
    public void write(@Nullable U value, FrameBytes out) {
      payload.write(MappedCodec.encoded(encode, value), out);
    }
  }
}

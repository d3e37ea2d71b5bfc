package leat.frame;

import java.util.Objects;
import java.util.function.Function;
import leat.bytes.Nullable;

/** The frames of another codec with other values. */
final class MappedCodec<T, U> extends FrameCodec<U> {

  private final FrameCodec<T> codec;
  private final Function<? super T, ? extends U> decode;
  private final Function<? super U, ? extends T> encode;

  MappedCodec(FrameCodec<T> codec, Function<? super T, ? extends U> decode, Function<? super U, ? extends T> encode) {
    this.codec = codec;
    this.decode = Objects.requireNonNull(decode, "decode");
    this.encode = Objects.requireNonNull(encode, "encode");
  }

  @Override
  public int maxFrameBytes() {
    return codec.maxFrameBytes();
  }

  @Override
  public FrameScanner<U> scanner() {
    FrameScanner<T> inner = codec.scanner();
    return new FrameScanner<>() {
      @Override
      public int scan(byte[] bytes, int from, int to) {
        return inner.scan(bytes, from, to);
      }

      @Override
      public @Nullable U frame(byte[] bytes, int from) {
        return decoded(decode, inner.frame(bytes, from), from);
      }

      @Override
      public void reset() {
        inner.reset();
      }
    };
  }

  @Override
  public void write(@Nullable U value, FrameBytes out) {
    codec.write(encoded(encode, value), out);
  }

  /** Applies a function of somebody else to a value that comes from the peer. */
  static <A, B> @Nullable B decoded(Function<? super A, ? extends B> decode, @Nullable A value, int position) {
    try {
      return decode.apply(value);
    } catch (FrameError e) {
      throw e.moved(position);
    } catch (Exception | StackOverflowError e) {
      // The message of the exception may be made of the peer's bytes, and stays in the cause.
      throw new FrameError(FrameError.Kind.MALFORMED, position, "what can be decoded",
          "what fails with " + e.getClass().getName(), e);
    }
  }

  /** Applies a function of somebody else to a value that goes to the peer. */
  static <A, B> @Nullable B encoded(Function<? super A, ? extends B> encode, @Nullable A value) {
    try {
      return encode.apply(value);
    } catch (FrameError e) {
      throw e;
    } catch (Exception | StackOverflowError e) {
      throw new FrameError(FrameError.Kind.UNENCODABLE, -1, "what can be encoded",
          "what fails with " + e.getClass().getName(), e);
    }
  }
}

package leat.frame;

import java.util.Objects;
import leat.bytes.Nullable;

/** Frames that all have the same number of bytes. */
final class FixedCodec<T> extends FrameCodec<T> {

  private final int byteCount;
  private final Payload<T> payload;

  FixedCodec(int byteCount, Payload<T> payload) {
    // A frame of no bytes would be there without end.
    if (byteCount < 1 || byteCount > MAX_MAX_BYTES) {
      throw new IllegalArgumentException("Expected byteCount in 1.." + MAX_MAX_BYTES + ", actual " + byteCount + ".");
    }
    this.byteCount = byteCount;
    this.payload = Objects.requireNonNull(payload, "payload");
  }

  @Override
  public int maxFrameBytes() {
    return byteCount;
  }

  @Override
  public FrameScanner<T> scanner() {
    return new FrameScanner<>() {
      @Override
      public int scan(byte[] bytes, int from, int to) {
        return to - from < byteCount ? -byteCount : byteCount;
      }

      @Override
      public @Nullable T frame(byte[] bytes, int from) {
        return payload.read(bytes, from, from + byteCount);
      }

      @Override
      public void reset() {
        // Nothing is remembered.
      }
    };
  }

  @Override
  public void write(@Nullable T value, FrameBytes out) {
    int start = out.size();
    payload.write(value, out);
    if (out.size() - start != byteCount) {
      throw FrameError.unencodable("a payload of " + byteCount + " bytes", (out.size() - start) + " bytes");
    }
  }

  @Override
  protected int sizeHint(@Nullable T value) {
    return byteCount;
  }
}

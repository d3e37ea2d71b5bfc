package leat.frame;

import java.util.Objects;
import leat.bytes.Nullable;

/** Frames before which their length stands. */
final class PrefixCodec<T> extends FrameCodec<T> {

  private final LengthField field;
  private final Payload<T> payload;
  private final int maxBytes;

  PrefixCodec(LengthField field, Payload<T> payload, int maxBytes) {
    this.field = Objects.requireNonNull(field, "field");
    this.payload = Objects.requireNonNull(payload, "payload");
    this.maxBytes = checkMaxBytes(maxBytes);
  }

  @Override
  public int maxFrameBytes() {
    return sum(field.maxWidth(), maxBytes);
  }

  @Override
  public FrameScanner<T> scanner() {
    return new FrameScanner<>() {
      // Both are 0 until the length is known.
      private int fieldBytes;
      private int frameBytes;

      @Override
      public int scan(byte[] bytes, int from, int to) {
        if (frameBytes == 0) {
          int found = field.scan(bytes, from, to);
          if (found < 0) {
            return found;
          }
          fieldBytes = found;
          frameBytes = found + field.payloadBytes(bytes, from, found, maxBytes);
        }
        return to - from < frameBytes ? -frameBytes : frameBytes;
      }

      @Override
      public @Nullable T frame(byte[] bytes, int from) {
        return payload.read(bytes, from + fieldBytes, from + frameBytes);
      }

      @Override
      public void reset() {
        fieldBytes = 0;
        frameBytes = 0;
      }
    };
  }

  @Override
  public void write(@Nullable T value, FrameBytes out) {
    int start = out.size();
    out.skip(field.maxWidth());
    payload.write(value, out);
    field.writeBefore(out, start, maxBytes);
  }

  @Override
  protected int sizeHint(@Nullable T value) {
    int hint = payload.sizeHint(value);
    return hint == 0 ? 0 : sum(field.maxWidth(), hint);
  }
}

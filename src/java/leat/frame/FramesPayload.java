package leat.frame;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import leat.bytes.Nullable;

/** Payloads that consist of frames again. */
final class FramesPayload {

  private FramesPayload() {
  }

  /** Finds the end of a frame in bytes after which no more will come. */
  private static int scanWhole(FrameScanner<?> scanner, byte[] bytes, int from, int to) {
    int size = scanner.scan(bytes, from, to);
    if (size < 0) {
      throw new FrameError(FrameError.Kind.TRUNCATED, to, "the rest of a frame in a payload",
          "the end after " + (to - from) + " of at least " + -size + " bytes");
    }
    return size;
  }

  static final class One<T> extends Payload<T> {
    private final FrameCodec<T> codec;

    One(FrameCodec<T> codec) {
      this.codec = Objects.requireNonNull(codec, "codec");
    }

    @Override
    public @Nullable T read(byte[] bytes, int from, int to) {
      FrameScanner<T> scanner = codec.scanner();
      int size = scanWhole(scanner, bytes, from, to);
      if (size != to - from) {
        throw FrameError.malformed(from + size, "the end of a payload of one frame", (to - from - size) + " more bytes");
      }
      return scanner.frame(bytes, from);
    }

    @Override
    public void write(@Nullable T value, FrameBytes out) {
      codec.write(value, out);
    }

    @Override
    protected int sizeHint(@Nullable T value) {
      return codec.sizeHint(value);
    }
  }

  static final class Many<T> extends Payload<List<T>> {
    private final FrameCodec<T> codec;
    private final int maxFrames;

    Many(FrameCodec<T> codec, int maxFrames) {
      if (maxFrames < 0) {
        throw new IllegalArgumentException("Expected maxFrames >= 0, actual " + maxFrames + ".");
      }
      this.codec = Objects.requireNonNull(codec, "codec");
      this.maxFrames = maxFrames;
    }

    @Override
    public List<T> read(byte[] bytes, int from, int to) {
      List<T> values = new ArrayList<>();
      FrameScanner<T> scanner = codec.scanner();
      int next = from;
      while (next < to) {
        if (values.size() == maxFrames) {
          throw new FrameError(FrameError.Kind.TOO_LARGE, next, "at most " + maxFrames + " frames in a payload", "more");
        }
        int size = scanWhole(scanner, bytes, next, to);
        values.add(scanner.frame(bytes, next));
        scanner.reset();
        next += size;
      }
      return Collections.unmodifiableList(values);
    }

    @Override
    public void write(@Nullable List<T> values, FrameBytes out) {
      if (values == null) {
        throw FrameError.unencodable("a list", "null");
      }
      if (values.size() > maxFrames) {
        throw new FrameError(FrameError.Kind.TOO_LARGE, -1, "at most " + maxFrames + " frames in a payload",
            String.valueOf(values.size()));
      }
      for (T value : values) {
        codec.write(value, out);
      }
    }
  }
}

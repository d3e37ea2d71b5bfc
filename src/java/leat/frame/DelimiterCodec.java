package leat.frame;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import leat.bytes.Nullable;

/**
 * Frames after which a delimiter stands. Of several delimiters the one counts that ends first, and of those that end at
 * the same byte the longest: so the end of a frame never depends on what comes after it.
 */
final class DelimiterCodec<T> extends FrameCodec<T> {

  private final byte[][] delimiters;
  private final byte[] written;
  private final boolean[] isLastByte = new boolean[256];
  private final int longest;
  private final boolean keepsDelimiter;
  private final Payload<T> payload;
  private final int maxBytes;

  /** The first delimiter is written; all are read. */
  DelimiterCodec(List<byte[]> delimiters, boolean keepsDelimiter, Payload<T> payload, int maxBytes) {
    if (delimiters.isEmpty()) {
      throw new IllegalArgumentException("Expected at least one delimiter, actual none.");
    }
    this.delimiters = new byte[delimiters.size()][];
    for (int i = 0; i < this.delimiters.length; i++) {
      byte[] delimiter = delimiters.get(i).clone();
      if (delimiter.length == 0) {
        throw new IllegalArgumentException("Expected a delimiter of at least one byte, actual none.");
      }
      this.delimiters[i] = delimiter;
      isLastByte[delimiter[delimiter.length - 1] & 0xFF] = true;
    }
    written = this.delimiters[0];
    Arrays.sort(this.delimiters, (a, b) -> b.length - a.length);
    longest = this.delimiters[0].length;
    this.keepsDelimiter = keepsDelimiter;
    this.payload = Objects.requireNonNull(payload, "payload");
    this.maxBytes = checkMaxBytes(maxBytes);
  }

  @Override
  public int maxFrameBytes() {
    return sum(maxBytes, longest);
  }

  /** Returns the size of the longest delimiter that ends before {@code end} and begins at {@code from} or later, or 0. */
  private int delimiterBefore(byte[] bytes, int from, int end) {
    for (byte[] delimiter : delimiters) {
      int start = end - delimiter.length;
      if (start >= from && Arrays.equals(bytes, start, end, delimiter, 0, delimiter.length)) {
        return delimiter.length;
      }
    }
    return 0;
  }

  @Override
  public FrameScanner<T> scanner() {
    return new Scanner();
  }

  private final class Scanner extends FrameScanner<T> {
    private int seenBytes;
    private int delimiterBytes;

    @Override
    public int scan(byte[] bytes, int from, int to) {
      // One byte more than what fits before the longest delimiter is enough to see that the payload is too large.
      int end = (int) Math.min(to, (long) from + maxBytes + longest);
      int i = from + seenBytes;
      while (i < end) {
        int last = bytes[i++] & 0xFF;
        if (isLastByte[last]) {
          delimiterBytes = delimiterBefore(bytes, from, i);
          if (delimiterBytes > 0) {
            return checked(bytes, from, i - from);
          }
        }
      }
      seenBytes = i - from;
      if (seenBytes == (long) maxBytes + longest) {
        throw FrameError.tooLarge(from, maxBytes, "no delimiter within " + seenBytes + " bytes");
      }
      return -(seenBytes + 1);
    }

    /** Looks at what this codec has written itself, where positions mean nothing. */
    int scanWritten(byte[] bytes, int from, int to) {
      try {
        return scan(bytes, from, to);
      } catch (FrameError e) {
        throw new FrameError(e.kind(), -1, e.expected(), e.actual());
      }
    }

    private int checked(byte[] bytes, int from, int size) {
      if (size - delimiterBytes > maxBytes) {
        throw FrameError.tooLarge(from, maxBytes, (size - delimiterBytes) + " bytes");
      }
      seenBytes = size;
      return size;
    }

    @Override
    public @Nullable T frame(byte[] bytes, int from) {
      return payload.read(bytes, from, from + seenBytes - (keepsDelimiter ? 0 : delimiterBytes));
    }

    @Override
    public void reset() {
      seenBytes = 0;
      delimiterBytes = 0;
    }
  }

  @Override
  public void write(@Nullable T value, FrameBytes out) {
    int start = out.size();
    payload.write(value, out);
    int end = out.size();
    if (!keepsDelimiter) {
      out.write(written);
    }
    if (end - start > maxBytes + (keepsDelimiter ? (long) longest : 0)) {
      throw FrameError.tooLarge(-1, maxBytes, (end - start) + " bytes");
    }
    Scanner scanner = new Scanner();
    int size = scanner.scanWritten(out.data(), start, out.size());
    boolean isWhole = size == out.size() - start
        && (keepsDelimiter || scanner.delimiterBytes == written.length);
    if (!isWhole) {
      throw FrameError.unencodable(
          keepsDelimiter ? "a payload with a delimiter at its end only" : "a payload without a delimiter",
          size < 0 ? "none" : "one that ends at byte " + size);
    }
  }

  @Override
  protected int sizeHint(@Nullable T value) {
    int hint = payload.sizeHint(value);
    return hint == 0 ? 0 : sum(hint, written.length);
  }
}

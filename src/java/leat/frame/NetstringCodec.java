package leat.frame;

import java.util.Objects;
import leat.bytes.Nullable;

/**
 * Netstrings: the length in decimal digits, a colon, the bytes, a comma. There is exactly one way to write each.
 *
 * <pre>
 *   12:hello world!,     0:,
 * </pre>
 */
final class NetstringCodec<T> extends FrameCodec<T> {

  private static final int MAX_DIGITS = 10;

  private final Payload<T> payload;
  private final int maxBytes;
  private final int maxDigits;

  NetstringCodec(Payload<T> payload, int maxBytes) {
    this.payload = Objects.requireNonNull(payload, "payload");
    this.maxBytes = checkMaxBytes(maxBytes);
    this.maxDigits = String.valueOf(maxBytes).length();
  }

  @Override
  public int maxFrameBytes() {
    return sum(maxBytes, MAX_DIGITS + 2);
  }

  @Override
  public FrameScanner<T> scanner() {
    return new FrameScanner<>() {
      // Both are 0 until the colon has been seen.
      private int headBytes;
      private int frameBytes;

      @Override
      public int scan(byte[] bytes, int from, int to) {
        if (frameBytes == 0) {
          int colon = findColon(bytes, from, to);
          if (colon < 0) {
            return from - to - 1;
          }
          headBytes = colon + 1 - from;
          frameBytes = headBytes + number(bytes, from, colon) + 1;
        }
        if (to - from < frameBytes) {
          return -frameBytes;
        }
        int comma = from + frameBytes - 1;
        if (bytes[comma] != ',') {
          throw FrameError.malformed(comma, "a comma after a netstring", bytes[comma]);
        }
        return frameBytes;
      }

      @Override
      public @Nullable T frame(byte[] bytes, int from) {
        return payload.read(bytes, from + headBytes, from + frameBytes - 1);
      }

      @Override
      public void reset() {
        headBytes = 0;
        frameBytes = 0;
      }
    };
  }

  /** Returns the index of the colon, or -1 if all bytes so far are digits that may stand before one. */
  private int findColon(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      boolean isDigit = bytes[i] >= '0' && bytes[i] <= '9';
      if (bytes[i] == ':' && i > from) {
        return i;
      }
      if (!isDigit) {
        throw FrameError.malformed(i, i == from ? "a digit" : "a digit or a colon", bytes[i]);
      }
      if (i > from && bytes[from] == '0') {
        throw FrameError.malformed(i, "a colon after the length 0", bytes[i]);
      }
      if (i - from == maxDigits) {
        throw FrameError.tooLarge(from, maxBytes, "a length of more than " + maxDigits + " digits");
      }
    }
    return -1;
  }

  private int number(byte[] bytes, int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      number = number * 10 + bytes[i] - '0';
    }
    if (number > maxBytes) {
      throw FrameError.tooLarge(from, maxBytes, number + " bytes");
    }
    return (int) number;
  }

  @Override
  public void write(@Nullable T value, FrameBytes out) {
    int start = out.size();
    out.skip(MAX_DIGITS + 1);
    int payloadStart = out.size();
    payload.write(value, out);
    int count = out.size() - payloadStart;
    if (count > maxBytes) {
      throw FrameError.tooLarge(-1, maxBytes, count + " bytes");
    }
    out.writeByte(',');
    String head = count + ":";
    out.cutBefore(payloadStart, MAX_DIGITS + 1 - head.length());
    for (int i = 0; i < head.length(); i++) {
      out.set(start + i, head.charAt(i));
    }
  }

  @Override
  protected int sizeHint(@Nullable T value) {
    int hint = payload.sizeHint(value);
    return hint == 0 ? 0 : sum(hint, MAX_DIGITS + 2);
  }
}

package leat.frame;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import leat.bytes.Nullable;

/**
 * Cuts a sequence of bytes into frames, however it was split on the way. It belongs to one thread at a time.
 *
 * <pre>{@code
 * int next = from;
 * while (decoder.decode(bytes, next, to)) {
 *   next += decoder.consumed();
 *   use(decoder.frame());
 * }
 * // Now all bytes are consumed; the beginning of the next frame, if there is one, is kept.
 * }</pre>
 *
 * <p>Frames that come whole are read where they are. The beginning of one that does not is kept in memory that grows with
 * what has come, never with what the peer says will come: 4 KiB, then 128 KiB, then twice as much again and again up to
 * the limit of the codec. Between frames the decoder owns no memory.
 *
 * @param <T> what is in a frame
 */
public final class FrameDecoder<T> {

  private static final byte[] NONE = new byte[0];
  private static final int FIRST_TIER_BYTES = 4 << 10;
  private static final int SECOND_TIER_BYTES = 128 << 10;

  /** How many bytes are kept at once at least, where the scanner cannot tell how many it needs. */
  private static final int STEP_BYTES = 512;

  private final FrameScanner<T> scanner;
  private final int maxFrameBytes;

  // The beginning of a frame is kept[0] .. kept[keptBytes - 1]; with fewer than neededBytes there is no use in scanning.
  private byte[] kept = NONE;
  private int keptBytes;
  private int neededBytes;

  // What the last call found.
  private @Nullable T frame;
  private int consumed;

  // Where the frame begins, from the first byte ever.
  private long position;
  private @Nullable FrameError failure;

  FrameDecoder(FrameScanner<T> scanner, int maxFrameBytes) {
    this.scanner = scanner;
    this.maxFrameBytes = maxFrameBytes;
  }

  /**
   * Looks for the end of a frame in what was kept and {@code bytes[from] .. bytes[to - 1]} after it.
   *
   * @param bytes the bytes, which stay the caller's
   * @param from  index of the first
   * @param to    index after the last
   * @return true if there is a whole frame: see {@link #frame()} and {@link #consumed()}; false if all bytes have been
   *     consumed, and more are needed
   * @throws FrameError                if this is no frame; any later call throws it again
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public boolean decode(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    if (failure != null) {
      throw failure;
    }
    frame = null;
    consumed = 0;
    return from < to && (keptBytes == 0 ? decodeInPlace(bytes, from, to) : decodeKept(bytes, from, to));
  }

  /**
   * Gives all frames that end in {@code bytes[from] .. bytes[to - 1]} to {@code out}, and keeps what is after them.
   *
   * @param bytes the bytes, which stay the caller's
   * @param from  index of the first
   * @param to    index after the last
   * @param out   takes what is in the frames, one by one
   * @throws FrameError                if this is no frame; any later call throws it again
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public void decode(byte[] bytes, int from, int to, Consumer<? super T> out) {
    int next = from;
    while (decode(bytes, next, to)) {
      next += consumed;
      out.accept(frame);
    }
  }

  private boolean decodeInPlace(byte[] bytes, int from, int to) {
    int size = scan(bytes, from, to);
    if (size > 0) {
      take(bytes, from, size);
      consumed = size;
      return true;
    }
    keep(bytes, from, to);
    consumed = to - from;
    return false;
  }

  private boolean decodeKept(byte[] bytes, int from, int to) {
    int next = from;
    while (next < to) {
      // No more than what the frame needs, as far as that is known: the rest can be read where it is.
      int count = Math.min(to - next, Math.max(neededBytes - keptBytes, STEP_BYTES));
      keep(bytes, next, next + count);
      next += count;
      if (keptBytes >= neededBytes) {
        int size = scan(kept, 0, keptBytes);
        if (size > 0) {
          int surplus = keptBytes - size;
          take(kept, 0, size);
          consumed = next - from - surplus;
          return true;
        }
      }
    }
    consumed = to - from;
    return false;
  }

  private int scan(byte[] bytes, int from, int to) {
    try {
      int size = scanner.scan(bytes, from, to);
      neededBytes = -size;
      return size;
    } catch (FrameError e) {
      throw fail(e.moved(position - from));
    }
  }

  private void take(byte[] bytes, int from, int size) {
    try {
      frame = scanner.frame(bytes, from);
    } catch (FrameError e) {
      throw fail(e.moved(position - from));
    }
    scanner.reset();
    position += size;
    drop();
  }

  private FrameError fail(FrameError error) {
    failure = error;
    drop();
    return error;
  }

  private void drop() {
    kept = NONE;
    keptBytes = 0;
    neededBytes = 0;
  }

  private void keep(byte[] bytes, int from, int to) {
    long size = (long) keptBytes + to - from;
    if (size > kept.length) {
      kept = Arrays.copyOf(kept, capacity(size));
    }
    System.arraycopy(bytes, from, kept, keptBytes, to - from);
    keptBytes += to - from;
  }

  /** Returns how much memory to take for bytes that are there. */
  private int capacity(long size) {
    if (size > Integer.MAX_VALUE - 8) {
      throw fail(FrameError.tooLarge(position, maxFrameBytes, size + " bytes without an end"));
    }
    if (size <= FIRST_TIER_BYTES) {
      return FIRST_TIER_BYTES;
    }
    if (size <= SECOND_TIER_BYTES) {
      return SECOND_TIER_BYTES;
    }
    return (int) Math.max(size, Math.min(maxFrameBytes, 2L * kept.length));
  }

  /**
   * Returns what is in the frame that the last call of {@code decode} found.
   *
   * @return the value, or null if it found none
   */
  public @Nullable T frame() {
    return frame;
  }

  /**
   * Returns how many of the bytes that the last call of {@code decode} was given belong to the frame that it found, or to
   * the beginning of one that it kept: the next call is for those after them.
   *
   * @return the number of bytes
   */
  public int consumed() {
    return consumed;
  }

  /**
   * Returns how many bytes of an unfinished frame are kept.
   *
   * @return the number of bytes, 0 between frames
   */
  public int keptBytes() {
    return keptBytes;
  }

  /**
   * Returns where the next frame begins.
   *
   * @return the number of bytes of all frames so far
   */
  public long position() {
    return position;
  }

  /**
   * Takes note that no more bytes will come.
   *
   * @throws FrameError if they end within a frame, or there was an error before
   */
  public void finish() {
    if (failure != null) {
      throw failure;
    }
    if (keptBytes > 0) {
      throw fail(new FrameError(FrameError.Kind.TRUNCATED, position + keptBytes, "the rest of a frame",
          "the end after " + keptBytes + " of at least " + neededBytes + " bytes"));
    }
  }

  /**
   * Returns an error that says that the rest of a frame does not come, which all later calls throw.
   *
   * @param waited how long it was waited for, such as "30000 ms"
   * @return the error
   */
  public FrameError stalled(String waited) {
    return fail(new FrameError(FrameError.Kind.STALLED, position + keptBytes, "the rest of a frame within " + waited,
        keptBytes + " of at least " + neededBytes + " bytes"));
  }
}

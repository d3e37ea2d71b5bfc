package leat.convert;

import clojure.lang.ILookup;
import clojure.lang.ISeq;
import clojure.lang.RT;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import leat.bytes.Nullable;

/** All bytes of something at once: as an array, a buffer or a string. */
public final class Bytes {

  private static final int SCRATCH_BYTES = 64 << 10;
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  /** How much memory is taken at once because an input stream says that it has so much. */
  private static final int MAX_GUESS_BYTES = 16 << 20;

  /** Memory for bytes on their way into a string, which copies them. Whoever takes it is alone with it. */
  private static final AtomicReference<byte[]> SCRATCH = new AtomicReference<>();

  private Bytes() {
  }

  private static byte[] takeScratch() {
    byte[] scratch = SCRATCH.getAndSet(null);
    return scratch == null ? new byte[SCRATCH_BYTES] : scratch;
  }

  private static IllegalArgumentException tooMany(long count) {
    return new IllegalArgumentException("Expected at most " + MAX_BYTES + " bytes, actual " + count + ".");
  }

  // ---- buffers

  /**
   * Returns the bytes of a buffer, which stays as it is: its own array if it has no others, else a copy.
   *
   * @param buffer the buffer
   * @return the bytes
   */
  public static byte[] array(ByteBuffer buffer) {
    if (buffer.hasArray() && buffer.array().length == buffer.remaining()) {
      return buffer.array();
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(buffer.position(), bytes);
    return bytes;
  }

  static ByteBuffer buffer(byte[] bytes, @Nullable ILookup options) {
    return Settings.isDirect(options) ? ByteBuffer.allocateDirect(bytes.length).put(bytes).flip() : ByteBuffer.wrap(bytes);
  }

  /** Returns parts of a buffer that share its bytes. */
  static List<ByteBuffer> parts(ByteBuffer buffer, int size) {
    List<ByteBuffer> parts = new ArrayList<>();
    for (int from = buffer.position(); from < buffer.limit(); from += Math.min(size, buffer.limit() - from)) {
      parts.add(buffer.slice(from, Math.min(size, buffer.limit() - from)).order(buffer.order()));
    }
    return parts;
  }

  /**
   * Returns the text of a buffer, which stays as it is.
   *
   * @param buffer  the buffer
   * @param options :encoding and :on-encoding-error, or null
   * @return the text
   * @throws CharacterCodingException if it is none, and the options say that this is reported
   */
  public static String string(ByteBuffer buffer, @Nullable ILookup options) throws CharacterCodingException {
    if (!Settings.isReplacing(options)) {
      TextDecoder decoder = new TextDecoder(options);
      return decoder.decode(buffer) + decoder.finish();
    }
    if (buffer.hasArray()) {
      return new String(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining(),
          Settings.charset(options));
    }
    return new String(array(buffer), Settings.charset(options));
  }

  /**
   * Returns text as bytes.
   *
   * @param text    the text
   * @param options :encoding and :on-encoding-error, or null
   * @return the bytes
   * @throws CharacterCodingException if the character set does not have them, and the options say that this is reported
   */
  public static byte[] encode(CharSequence text, @Nullable ILookup options) throws CharacterCodingException {
    Charset charset = Settings.charset(options);
    if (Settings.isReplacing(options)) {
      return text.toString().getBytes(charset);
    }
    return array(charset.newEncoder().onMalformedInput(Settings.onError(options))
        .onUnmappableCharacter(Settings.onError(options)).encode(CharBuffer.wrap(text)));
  }

  // ---- input streams

  /**
   * Reads an input stream to its end. Does not close it.
   *
   * @param in where to read
   * @return the bytes
   * @throws IOException if it cannot be read
   */
  public static byte[] readAll(InputStream in) throws IOException {
    if (in.getClass() == ByteArrayInputStream.class) {
      // It copies at once, into an array that has not been cleared before.
      return in.readAllBytes();
    }
    int guess = Math.min(in.available(), MAX_GUESS_BYTES);
    if (guess > 0) {
      // Most know how much they have. Then this is the only array.
      byte[] bytes = new byte[guess];
      int count = readFully(in, bytes, 0);
      if (count < guess) {
        return Arrays.copyOf(bytes, count);
      }
      int next = in.read();
      return next < 0 ? bytes : readMore(in, bytes, guess, next);
    }
    byte[] scratch = takeScratch();
    int count = readFully(in, scratch, 0);
    byte[] read = Arrays.copyOf(scratch, count);
    boolean isWhole = count < scratch.length;
    SCRATCH.set(scratch);
    int next = isWhole ? -1 : in.read();
    return next < 0 ? read : readMore(in, read, count, next);
  }

  /** Reads until the array is full. Returns its index then, or at the end of the stream. */
  private static int readFully(InputStream in, byte[] target, int from) throws IOException {
    int index = from;
    while (index < target.length) {
      int count = in.read(target, index, target.length - index);
      if (count < 0) {
        return index;
      }
      index += count;
    }
    return index;
  }

  private static byte[] readMore(InputStream in, byte[] begun, int begunBytes, int next) throws IOException {
    byte[] bytes = begun;
    int count = begunBytes;
    int one = next;
    while (one >= 0) {
      if (count >= MAX_BYTES) {
        throw tooMany(count + 1L);
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_BYTES, Math.max(4096, 2L * count)));
      bytes[count] = (byte) one;
      count = readFully(in, bytes, count + 1);
      one = count < bytes.length ? -1 : in.read();
    }
    return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
  }

  /**
   * Reads an input stream to its end as text, and closes it.
   *
   * @param in      where to read
   * @param options :encoding and :on-encoding-error, or null
   * @return the text
   * @throws IOException if it cannot be read, or is no text and the options say that this is reported
   */
  public static String readText(InputStream in, @Nullable ILookup options) throws IOException {
    try (in) {
      if (in.available() >= SCRATCH_BYTES) {
        return string(ByteBuffer.wrap(readAll(in)), options);
      }
      byte[] scratch = takeScratch();
      int count = readFully(in, scratch, 0);
      int next = count < scratch.length ? -1 : in.read();
      String text = next >= 0 ? string(ByteBuffer.wrap(readMore(in, scratch, count, next)), options)
          : string(ByteBuffer.wrap(scratch, 0, count), options);
      SCRATCH.set(scratch);
      return text;
    }
  }

  /** Reads the next bytes of an input stream: as many as fit, or fewer at its end. Returns null at its end. */
  static @Nullable byte[] readChunk(InputStream in, int size) throws IOException {
    byte[] bytes = new byte[size];
    int count = readFully(in, bytes, 0);
    return count == 0 ? null : count == size ? bytes : Arrays.copyOf(bytes, count);
  }

  // ---- chunks

  /** Counts the bytes of buffers. */
  private static int count(Iterable<ByteBuffer> chunks) {
    long count = 0;
    for (ByteBuffer chunk : chunks) {
      count += chunk.remaining();
    }
    if (count > MAX_BYTES) {
      throw tooMany(count);
    }
    return (int) count;
  }

  private static void copy(Iterable<ByteBuffer> chunks, byte[] target) {
    int index = 0;
    for (ByteBuffer chunk : chunks) {
      int count = chunk.remaining();
      chunk.get(chunk.position(), target, index, count);
      index += count;
    }
  }

  static List<ByteBuffer> list(Iterator<ByteBuffer> chunks) {
    List<ByteBuffer> list = new ArrayList<>();
    chunks.forEachRemaining(list::add);
    return list;
  }

  static byte[] gather(List<ByteBuffer> chunks) {
    byte[] bytes = new byte[count(chunks)];
    copy(chunks, bytes);
    return bytes;
  }

  static ByteBuffer gatherBuffer(List<ByteBuffer> chunks, @Nullable ILookup options) {
    if (!Settings.isDirect(options)) {
      return chunks.size() == 1 ? chunks.get(0) : ByteBuffer.wrap(gather(chunks));
    }
    ByteBuffer all = ByteBuffer.allocateDirect(count(chunks));
    chunks.forEach(chunk -> all.put(chunk.duplicate()));
    return all.flip();
  }

  static String gatherText(List<ByteBuffer> chunks, @Nullable ILookup options) throws CharacterCodingException {
    int count = count(chunks);
    if (count > SCRATCH_BYTES) {
      return string(ByteBuffer.wrap(gather(chunks)), options);
    }
    byte[] scratch = takeScratch();
    copy(chunks, scratch);
    String text = string(ByteBuffer.wrap(scratch, 0, count), options);
    SCRATCH.set(scratch);
    return text;
  }

  /** Returns the elements of a sequence as text if all of them are, or null. */
  static @Nullable String join(Object elements) {
    ISeq all = RT.seq(elements);
    if (all == null || !(all.first() instanceof CharSequence)) {
      return all == null ? "" : null;
    }
    StringBuilder text = new StringBuilder();
    for (ISeq rest = all; rest != null; rest = rest.next()) {
      if (!(rest.first() instanceof CharSequence part)) {
        return null;
      }
      text.append(part);
    }
    return text.toString();
  }

  // ---- comparison

  /**
   * Compares bytes as unsigned numbers, from the first on; a beginning of others is less than these.
   *
   * @param a some bytes
   * @param b others
   * @return a negative number, 0 or a positive number, if {@code a} is less than, equal to or greater than {@code b}
   */
  public static int compare(ByteBuffer a, ByteBuffer b) {
    int index = a.mismatch(b);
    if (index < 0) {
      return 0;
    }
    return index == Math.min(a.remaining(), b.remaining()) ? Integer.compare(a.remaining(), b.remaining())
        : Byte.compareUnsigned(a.get(a.position() + index), b.get(b.position() + index));
  }

  /**
   * Compares bytes that come in chunks, however they were split, in the same way. Takes no more of them than it needs.
   *
   * @param a some buffers
   * @param b others
   * @return a negative number, 0 or a positive number, if {@code a} is less than, equal to or greater than {@code b}
   */
  public static int compare(Iterator<ByteBuffer> a, Iterator<ByteBuffer> b) {
    ByteBuffer left = ByteBuffer.allocate(0);
    ByteBuffer right = left;
    while (true) {
      left = nextPart(left, a);
      right = nextPart(right, b);
      int count = Math.min(left.remaining(), right.remaining());
      if (count == 0) {
        return Integer.compare(left.remaining(), right.remaining());
      }
      int order = compare(left.slice(left.position(), count), right.slice(right.position(), count));
      if (order != 0) {
        return order;
      }
      left.position(left.position() + count);
      right.position(right.position() + count);
    }
  }

  /** Returns what is left of a chunk, or if nothing is, the next one that is not empty, or an empty one at the end. */
  private static ByteBuffer nextPart(ByteBuffer part, Iterator<ByteBuffer> chunks) {
    ByteBuffer found = part;
    while (!found.hasRemaining() && chunks.hasNext()) {
      found = chunks.next().duplicate();
    }
    return found;
  }
}

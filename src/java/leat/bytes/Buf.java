package leat.bytes;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A queue of bytes: written at the tail, read at the head. It is a list of segments, nearly always of one.
 *
 * <pre>
 *   head                                     tail
 *   [ ..from====to ] -> [ from======to ] -> [ from===to.... ]
 *     read here                                   write here
 * </pre>
 *
 * <p>Single-threaded: it belongs to the loop whose pool it uses. An empty {@code Buf} owns no segment at all, so that
 * an idle connection costs nothing. Nobody needs to release it, but {@link #clear()} gives its segments back for reuse.
 */
public final class Buf {

  /** Strings up to this many chars are encoded in place, longer ones by the JDK's vectorised encoder and copied. */
  private static final int UTF8_IN_PLACE_CHARS = 128;

  private static final int MAX_DECIMAL_BYTES = 20;
  private static final int MAX_HEX_BYTES = 16;
  private static final byte[] HEX_DIGITS = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

  private final SegmentPool pool;

  // Owned by the loop. head and tail are both null or both not; size is the sum of the sizes of all segments.
  private @Nullable Segment head;
  private @Nullable Segment tail;
  private long size;

  /**
   * Makes an empty queue.
   *
   * @param pool where its segments come from and go back to
   */
  public Buf(SegmentPool pool) {
    this.pool = Objects.requireNonNull(pool, "pool");
  }

  /**
   * Returns how many bytes there are to read.
   *
   * @return the number of bytes
   */
  public long size() {
    return size;
  }

  /**
   * Tells whether there is nothing to read.
   *
   * @return true if {@link #size()} is 0
   */
  public boolean isEmpty() {
    return size == 0;
  }

  // ---- writing

  /**
   * Returns the last segment, with room for at least {@code minBytes}: the caller writes at {@code data[to]} and then
   * calls {@link #advance(int)}, before anything else is done to this queue.
   *
   * @param minBytes how much room is needed, at most {@link Segment#SIZE}
   * @return the segment, which stays the property of this queue
   * @throws IllegalArgumentException if {@code minBytes} is negative or greater than a segment
   */
  public Segment writable(int minBytes) {
    Segment last = tail;
    // One unsigned comparison finds a negative count too.
    if (last != null && Integer.compareUnsigned(minBytes, Segment.SIZE - last.to) <= 0) {
      return last;
    }
    return append(minBytes);
  }

  private Segment append(int minBytes) {
    if (minBytes < 0 || minBytes > Segment.SIZE) {
      throw new IllegalArgumentException(
          "Expected minBytes in 0.." + Segment.SIZE + ", actual " + minBytes + ".");
    }
    Segment fresh = pool.take();
    Segment last = tail;
    if (last == null) {
      head = fresh;
    } else {
      last.next = fresh;
    }
    tail = fresh;
    return fresh;
  }

  /**
   * Counts bytes as written that the caller has put at {@code data[to]} and after in the segment that
   * {@link #writable(int)} returned. This moves {@code to}; the caller must not.
   *
   * @param byteCount how many bytes; 0 gives an unused segment back
   * @throws IllegalArgumentException if it is negative or more than the segment had room for
   */
  public void advance(int byteCount) {
    Segment last = tail;
    int room = last == null ? 0 : Segment.SIZE - last.to;
    if (Integer.compareUnsigned(byteCount, room) > 0) {
      throw new IllegalArgumentException("Expected a count of 0.." + room + " bytes, actual " + byteCount + ".");
    }
    if (last != null) {
      last.to += byteCount;
      size += byteCount;
    }
    if (size == 0) {
      clear();
    }
  }

  /**
   * Appends one byte.
   *
   * @param b the byte; only its low 8 bits count
   */
  public void writeByte(int b) {
    Segment last = writable(1);
    last.data[last.to++] = (byte) b;
    size++;
  }

  /**
   * Appends a copy of all of {@code bytes}.
   *
   * @param bytes the bytes, which stay the caller's
   */
  public void write(byte[] bytes) {
    writeRange(bytes, 0, bytes.length);
  }

  /**
   * Appends a copy of {@code bytes[from] .. bytes[to - 1]}.
   *
   * @param bytes the bytes, which stay the caller's
   * @param from  index of the first
   * @param to    index after the last
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public void write(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    writeRange(bytes, from, to);
  }

  private void writeRange(byte[] bytes, int from, int to) {
    int count = to - from;
    Segment last = tail;
    if (last != null && count <= Segment.SIZE - last.to) {
      System.arraycopy(bytes, from, last.data, last.to, count);
      last.to += count;
      size += count;
    } else {
      writeSplit(bytes, from, to);
    }
  }

  private void writeSplit(byte[] bytes, int from, int to) {
    int next = from;
    while (next < to) {
      Segment last = writable(1);
      int count = Math.min(to - next, Segment.SIZE - last.to);
      System.arraycopy(bytes, next, last.data, last.to, count);
      last.to += count;
      size += count;
      next += count;
    }
  }

  /**
   * Appends a copy of what remains in {@code source}, and consumes it: its position becomes its limit.
   *
   * @param source the bytes
   */
  public void write(ByteBuffer source) {
    int left = source.remaining();
    while (left > 0) {
      Segment last = writable(1);
      int count = Math.min(left, Segment.SIZE - last.to);
      source.get(last.data, last.to, count);
      last.to += count;
      size += count;
      left -= count;
    }
  }

  /**
   * Appends {@code text} in Latin-1 (ISO 8859-1), one byte a char.
   *
   * @param text the text
   * @throws IllegalArgumentException if it has a char above U+00FF; nothing is written then
   */
  public void writeLatin1(String text) {
    int length = text.length();
    // All chars are joined by OR before the one test: a loop without a branch.
    int union = 0;
    for (int i = 0; i < length; i++) {
      union |= text.charAt(i);
    }
    if (union > 0xFF) {
      throw notLatin1(text);
    }
    Segment last = tail;
    if (last != null && length <= Segment.SIZE - last.to) {
      copyLowBytes(text, 0, length, last);
    } else {
      writeLatin1Split(text, length);
    }
  }

  private void writeLatin1Split(String text, int length) {
    int next = 0;
    while (next < length) {
      Segment last = writable(1);
      int end = Math.min(length, next + Segment.SIZE - last.to);
      copyLowBytes(text, next, end, last);
      next = end;
    }
  }

  // The deprecated method drops the high half of each char, which is Latin-1 once it is known that they are all zero.
  // It is the only one of String that writes into an array of the caller's: no encoder, no garbage.
  @SuppressWarnings("deprecation")
  private void copyLowBytes(String text, int begin, int end, Segment last) {
    text.getBytes(begin, end, last.data, last.to);
    last.to += end - begin;
    size += end - begin;
  }

  private static IllegalArgumentException notLatin1(String text) {
    int i = 0;
    while (text.charAt(i) <= 0xFF) {
      i++;
    }
    return new IllegalArgumentException(String.format(
        "Expected only chars up to U+00FF, actual U+%04X at index %d.", (int) text.charAt(i), i));
  }

  /**
   * Appends {@code text} in UTF-8. A surrogate without its partner becomes {@code ?}, as everywhere in the JDK.
   *
   * @param text the text
   */
  public void writeUtf8(String text) {
    int length = text.length();
    if (length > UTF8_IN_PLACE_CHARS) {
      write(text.getBytes(StandardCharsets.UTF_8));
    } else if (length > 0) {
      Segment last = writable(3 * length);
      int end = Utf8.encode(text, last.data, last.to);
      size += end - last.to;
      last.to = end;
    }
  }

  /**
   * Appends {@code value} in decimal ASCII digits, with a minus sign if it is negative.
   *
   * @param value the number
   */
  public void writeDecimal(long value) {
    Segment last = writable(MAX_DECIMAL_BYTES);
    byte[] data = last.data;
    int start = last.to;
    // Counting down from zero, because the negative of Long.MIN_VALUE does not exist.
    long rest = value;
    if (rest < 0) {
      data[start++] = '-';
    } else {
      rest = -rest;
    }
    int end = start + decimalDigits(rest);
    int i = end;
    do {
      long quotient = rest / 10;
      data[--i] = (byte) ('0' + (quotient * 10 - rest));
      rest = quotient;
    } while (rest != 0);
    size += end - last.to;
    last.to = end;
  }

  private static int decimalDigits(long negative) {
    int digits = 1;
    long bound = -10;
    while (digits < 19 && negative <= bound) {
      digits++;
      bound *= 10;
    }
    return digits;
  }

  /**
   * Appends {@code value}, taken as unsigned, in lower-case hexadecimal ASCII digits without a prefix.
   *
   * @param value the number
   */
  public void writeHex(long value) {
    Segment last = writable(MAX_HEX_BYTES);
    int digits = Math.max(1, (67 - Long.numberOfLeadingZeros(value)) >>> 2);
    int end = last.to + digits;
    long rest = value;
    for (int i = end - 1; i >= last.to; i--) {
      last.data[i] = HEX_DIGITS[(int) rest & 0xF];
      rest >>>= 4;
    }
    last.to = end;
    size += digits;
  }

  /**
   * Moves all of {@code other} to the end of this queue. Segments change hands and no byte is copied; {@code other}
   * is empty afterwards.
   *
   * @param other a queue of the same pool, and not this one
   * @throws IllegalArgumentException if it is this one, or belongs to another pool
   */
  public void takeAll(Buf other) {
    if (other == this || other.pool != pool) {
      throw new IllegalArgumentException("Expected another queue of the same pool.");
    }
    if (other.size == 0) {
      other.clear();
      return;
    }
    if (size == 0) {
      clear();
      head = other.head;
    } else {
      Objects.requireNonNull(tail).next = other.head;
    }
    tail = other.tail;
    size += other.size;
    other.head = null;
    other.tail = null;
    other.size = 0;
  }

  // ---- reading

  /**
   * Copies as many of the first bytes as fit into {@code target} and moves its position. Consumes nothing: see
   * {@link #skip(long)}.
   *
   * @param target where the bytes go
   * @return how many bytes were copied
   */
  public int copyTo(ByteBuffer target) {
    int before = target.remaining();
    int room = before;
    for (Segment segment = head; segment != null && room > 0; segment = segment.next) {
      int count = Math.min(room, segment.to - segment.from);
      target.put(segment.data, segment.from, count);
      room -= count;
    }
    return before - room;
  }

  /**
   * Drops the first {@code byteCount} bytes. Segments without bytes go back to the pool.
   *
   * @param byteCount how many bytes
   * @throws IllegalArgumentException if it is negative or there are not so many
   */
  public void skip(long byteCount) {
    if (byteCount < 0 || byteCount > size) {
      throw new IllegalArgumentException("Expected a count of 0.." + size + " bytes, actual " + byteCount + ".");
    }
    if (byteCount == size) {
      clear();
      return;
    }
    // Fewer bytes are dropped than there are: the loop ends before the list does.
    size -= byteCount;
    long left = byteCount;
    Segment first = Objects.requireNonNull(head);
    while (left >= first.to - first.from) {
      left -= first.to - first.from;
      Segment next = Objects.requireNonNull(first.next);
      pool.recycle(first);
      first = next;
    }
    first.from += (int) left;
    head = first;
  }

  /**
   * Returns a copy of all bytes. Consumes nothing.
   *
   * @return a new array
   * @throws IllegalStateException if there are more bytes than an array can hold
   */
  public byte[] toByteArray() {
    if (size > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException("Expected at most 2^31 - 9 bytes, actual " + size + ".");
    }
    byte[] bytes = new byte[(int) size];
    int next = 0;
    for (Segment segment = head; segment != null; segment = segment.next) {
      System.arraycopy(segment.data, segment.from, bytes, next, segment.to - segment.from);
      next += segment.to - segment.from;
    }
    return bytes;
  }

  /** Drops all bytes. All segments go back to the pool. */
  public void clear() {
    Segment segment = head;
    head = null;
    tail = null;
    size = 0;
    while (segment != null) {
      Segment next = segment.next;
      pool.recycle(segment);
      segment = next;
    }
  }

  @Override
  public String toString() {
    return "Buf[" + size + " bytes]";
  }
}

package leat.bytes;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * An immutable sequence of bytes. It may be shared between threads and kept for ever; it never touches pooled memory.
 */
public final class Slice {

  /** The slice without bytes. */
  public static final Slice EMPTY = new Slice(new byte[0], 0, 0);

  private final byte[] bytes;
  private final int from;
  private final int to;

  private Slice(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  /**
   * Returns a slice of a copy of {@code bytes}.
   *
   * @param bytes the bytes, which stay the caller's
   * @return the slice
   */
  public static Slice copyOf(byte[] bytes) {
    return copyOf(bytes, 0, bytes.length);
  }

  /**
   * Returns a slice of a copy of {@code bytes[from] .. bytes[to - 1]}.
   *
   * @param bytes the bytes, which stay the caller's
   * @param from  index of the first
   * @param to    index after the last
   * @return the slice
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public static Slice copyOf(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    return from == to ? EMPTY : new Slice(Arrays.copyOfRange(bytes, from, to), 0, to - from);
  }

  /**
   * Returns a slice of {@code bytes} itself and takes the array: nobody may write to it any more.
   *
   * @param bytes the bytes
   * @return the slice
   */
  public static Slice wrap(byte[] bytes) {
    return wrap(bytes, 0, bytes.length);
  }

  /**
   * Returns a slice of {@code bytes[from] .. bytes[to - 1]} itself and takes the array: nobody may write to it any
   * more.
   *
   * @param bytes the bytes
   * @param from  index of the first
   * @param to    index after the last
   * @return the slice
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public static Slice wrap(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    return from == to ? EMPTY : new Slice(bytes, from, to);
  }

  /**
   * Returns how many bytes there are.
   *
   * @return the number of bytes
   */
  public int size() {
    return to - from;
  }

  /**
   * Tells whether there are no bytes.
   *
   * @return true if {@link #size()} is 0
   */
  public boolean isEmpty() {
    return to == from;
  }

  /**
   * Returns one byte.
   *
   * @param index its index, from 0
   * @return the byte
   * @throws IndexOutOfBoundsException if there is none
   */
  public byte get(int index) {
    return bytes[from + Objects.checkIndex(index, to - from)];
  }

  /**
   * Returns a part of this slice. It shares the bytes.
   *
   * @param begin index of its first byte, from 0
   * @param end   index after its last byte
   * @return the part
   * @throws IndexOutOfBoundsException if the range is not within this slice
   */
  public Slice part(int begin, int end) {
    Objects.checkFromToIndex(begin, end, to - from);
    return begin == end ? EMPTY : new Slice(bytes, from + begin, from + end);
  }

  /**
   * Returns a copy of the bytes.
   *
   * @return a new array
   */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(bytes, from, to);
  }

  /**
   * Returns the bytes as a buffer of the caller's own, with position 0. It shares the bytes and refuses writing.
   *
   * @return a new read-only buffer
   */
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(bytes, from, to - from).slice().asReadOnlyBuffer();
  }

  /**
   * Appends the bytes to {@code target}.
   *
   * @param target a queue of the caller's loop
   */
  public void writeTo(Buf target) {
    target.write(bytes, from, to);
  }

  /**
   * Returns the bytes as text.
   *
   * @param charset how to read them; malformed bytes become its replacement
   * @return the text
   */
  public String toString(Charset charset) {
    return new String(bytes, from, to - from, charset);
  }

  /**
   * Returns the bytes as text in Latin-1 (ISO 8859-1), one char a byte.
   *
   * @return the text
   */
  public String latin1() {
    return toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public boolean equals(Object other) {
    return other == this || other instanceof Slice that
        && Arrays.equals(bytes, from, to, that.bytes, that.from, that.to);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + bytes[i];
    }
    return hash;
  }

  /**
   * Returns how many bytes there are, in words; never the bytes, which may be secret.
   *
   * @return such as {@code Slice[12 bytes]}
   */
  @Override
  public String toString() {
    return "Slice[" + size() + " bytes]";
  }
}

package leat.udp;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A datagram, with where it comes from or where it is to go.
 *
 * @param address the sender or the target; the host name of a target may be unresolved
 * @param bytes its content, not to be changed any more
 */
public record Datagram(InetSocketAddress address, ByteBuffer bytes) {

  /** No datagram over IPv4 carries more. */
  public static final int MAX_BYTES = 65_507;

  /**
   * Checks that there is an address and that the bytes fit.
   *
   * @param address the sender or the target
   * @param bytes its content
   * @throws IllegalArgumentException if there are more than {@value #MAX_BYTES} bytes
   */
  public Datagram {
    Objects.requireNonNull(address, "address");
    if (bytes.remaining() > MAX_BYTES) {
      throw new IllegalArgumentException(
          "Expected a datagram of at most " + MAX_BYTES + " bytes, got " + bytes.remaining());
    }
  }

  /**
   * Makes a datagram of an array.
   *
   * @param address the sender or the target
   * @param bytes not to be changed any more
   * @return the datagram
   * @throws IllegalArgumentException if there are more than {@value #MAX_BYTES} bytes
   */
  public static Datagram of(InetSocketAddress address, byte[] bytes) {
    return new Datagram(address, ByteBuffer.wrap(bytes));
  }

  /**
   * The content as an array.
   *
   * @return a copy
   */
  public byte[] toByteArray() {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(bytes.position(), copy);
    return copy;
  }
}

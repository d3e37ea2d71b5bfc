package leat.net;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import leat.bytes.Nullable;

/**
 * The header in which a proxy says whose connection it hands on (HAProxy's PROXY protocol, versions 1 and 2). A pure
 * codec: bytes in, a header out; null = more is needed.
 *
 * <pre>
 *   1:  PROXY SP (TCP4 | TCP6) SP source SP destination SP port SP port CR LF          at most 107 bytes
 *       PROXY SP UNKNOWN anything CR LF
 *
 *   2:  0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A | 2c | family, transport | length (16 bits) | addresses | TLVs
 *       c = 0: LOCAL, the proxy speaks for itself    c = 1: PROXY
 *       a TLV is | type | length (16 bits) | value |
 * </pre>
 *
 * @param version 1 or 2
 * @param byteCount how many bytes the header takes
 * @param source who connected, or null if the header does not tell
 * @param destination where to, or null if the header does not tell
 * @param extensions the TLVs of version 2, in order
 */
public record ProxyHeader(
    int version,
    int byteCount,
    @Nullable SocketAddress source,
    @Nullable SocketAddress destination,
    List<Extension> extensions) {

  /** The type of the TLV that names the application protocol (ALPN). */
  public static final int ALPN = 0x01;

  /** The type of the TLV that names the host that the client asked for (SNI). */
  public static final int AUTHORITY = 0x02;

  /** The type of the TLV with an identity of the connection. */
  public static final int UNIQUE_ID = 0x05;

  /** Longer headers are refused, whatever their length field says. */
  public static final int MAX_BYTES = 16 + 8192;

  private static final int CRC32C_TYPE = 0x03;
  private static final int MAX_V1_BYTES = 107;
  private static final int V2_HEAD_BYTES = 16;
  private static final byte[] V1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] V2 = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
  private static final int UNIX_PATH_BYTES = 108;

  /**
   * A TLV of version 2.
   *
   * @param type 0 to 255
   * @param value not to be changed
   */
  public record Extension(int type, byte[] value) {}

  /**
   * Whether bytes may be the beginning of a header.
   *
   * @param bytes holds them
   * @param from index of the first byte
   * @param to index after the last byte
   * @return false if no header begins like that; true for no bytes at all
   */
  public static boolean mayBegin(byte[] bytes, int from, int to) {
    return begins(V1, bytes, from, to) || begins(V2, bytes, from, to);
  }

  private static boolean begins(byte[] mark, byte[] bytes, int from, int to) {
    int count = Math.min(mark.length, to - from);
    return Arrays.equals(mark, 0, count, bytes, from, from + count);
  }

  /**
   * Parses the header at the beginning of some bytes.
   *
   * @param bytes holds them, and may hold more after them
   * @param from index of the first byte
   * @param to index after the last byte
   * @return the header, or null if it is not whole yet
   * @throws ProxyProtocolError if this is no header
   */
  public static @Nullable ProxyHeader parse(byte[] bytes, int from, int to) throws ProxyProtocolError {
    if (begins(V2, bytes, from, to)) {
      return to - from < V2_HEAD_BYTES ? checkedHead(bytes, from, to) : parse2(bytes, from, to);
    }
    if (begins(V1, bytes, from, to)) {
      return parse1(bytes, from, to);
    }
    throw new ProxyProtocolError("Expected a PROXY header, got something else");
  }

  // ---- version 1

  private static @Nullable ProxyHeader parse1(byte[] bytes, int from, int to) throws ProxyProtocolError {
    int limit = Math.min(to, from + MAX_V1_BYTES);
    int end = from;
    while (end < limit && bytes[end] != '\r') {
      if (bytes[end] == '\n') {
        throw new ProxyProtocolError("Expected CR LF at the end of a PROXY line, got LF alone");
      }
      end++;
    }
    if (end + 1 >= limit) {
      if (to - from >= MAX_V1_BYTES) {
        throw new ProxyProtocolError("Expected a PROXY line of at most " + MAX_V1_BYTES + " bytes, got a longer one");
      }
      return null;
    }
    if (bytes[end + 1] != '\n') {
      throw new ProxyProtocolError("Expected LF after CR in a PROXY line, got another byte");
    }
    String line = new String(bytes, from + V1.length, end - from - V1.length, StandardCharsets.ISO_8859_1);
    int byteCount = end + 2 - from;
    if (line.equals("UNKNOWN") || line.startsWith("UNKNOWN ")) {
      return new ProxyHeader(1, byteCount, null, null, List.of());
    }
    String[] words = line.split(" ", -1);
    if (words.length != 5 || !(words[0].equals("TCP4") || words[0].equals("TCP6"))) {
      throw new ProxyProtocolError("Expected TCP4 or TCP6 with two addresses and two ports in a PROXY line, got something else");
    }
    boolean isV4 = words[0].equals("TCP4");
    return new ProxyHeader(1, byteCount, new InetSocketAddress(address(words[1], isV4), port(words[3])),
        new InetSocketAddress(address(words[2], isV4), port(words[4])), List.of());
  }

  private static InetAddress address(String text, boolean isV4) throws ProxyProtocolError {
    InetAddress address = Literals.parse(text);
    if (address == null || isV4 != (text.indexOf(':') < 0)) {
      throw new ProxyProtocolError("Expected an address of " + (isV4 ? "TCP4" : "TCP6") + " in a PROXY line, got something else");
    }
    return address;
  }

  private static int port(String text) throws ProxyProtocolError {
    boolean isNumber = !text.isEmpty() && text.length() <= 5 && (text.length() == 1 || text.charAt(0) != '0');
    int port = 0;
    for (int i = 0; isNumber && i < text.length(); i++) {
      char c = text.charAt(i);
      isNumber = c >= '0' && c <= '9';
      port = port * 10 + c - '0';
    }
    if (!isNumber || port > 65_535) {
      throw new ProxyProtocolError("Expected a port from 0 to 65535 in a PROXY line, got something else");
    }
    return port;
  }

  // ---- version 2

  /** What can be seen of the first 16 bytes is checked as it comes. */
  private static @Nullable ProxyHeader checkedHead(byte[] bytes, int from, int to) throws ProxyProtocolError {
    if (to - from > V2.length) {
      int first = bytes[from + V2.length] & 0xff;
      if (first != 0x20 && first != 0x21) {
        throw new ProxyProtocolError("Expected version 2 and LOCAL or PROXY in a PROXY header, got 0x" + Integer.toHexString(first));
      }
    }
    if (to - from > V2.length + 1) {
      addressBytes(bytes[from + V2.length + 1] & 0xff);
    }
    return null;
  }

  private static int addressBytes(int familyAndTransport) throws ProxyProtocolError {
    return switch (familyAndTransport) {
      case 0x00, 0x01, 0x02 -> 0;
      case 0x11, 0x12 -> 12;
      case 0x21, 0x22 -> 36;
      case 0x31, 0x32 -> 2 * UNIX_PATH_BYTES;
      default -> throw new ProxyProtocolError(
          "Expected a known family and transport in a PROXY header, got 0x" + Integer.toHexString(familyAndTransport));
    };
  }

  private static @Nullable ProxyHeader parse2(byte[] bytes, int from, int to) throws ProxyProtocolError {
    checkedHead(bytes, from, to);
    int command = bytes[from + 12] & 0x0f;
    int family = bytes[from + 13] & 0xff;
    int addressBytes = addressBytes(family);
    int byteCount = V2_HEAD_BYTES + unsigned16(bytes, from + 14);
    if (byteCount > MAX_BYTES) {
      throw new ProxyProtocolError("Expected a PROXY header of at most " + MAX_BYTES + " bytes, got " + byteCount);
    }
    if (byteCount < V2_HEAD_BYTES + addressBytes) {
      throw new ProxyProtocolError("Expected " + addressBytes + " bytes of addresses in a PROXY header, got fewer");
    }
    if (to - from < byteCount) {
      return null;
    }
    int at = from + V2_HEAD_BYTES;
    List<Extension> extensions = extensions(bytes, at + addressBytes, from + byteCount);
    checkSum(bytes, from, from + byteCount, at + addressBytes, extensions);
    if (command == 0 || addressBytes == 0) {
      return new ProxyHeader(2, byteCount, null, null, extensions);
    }
    if (addressBytes == 2 * UNIX_PATH_BYTES) {
      return new ProxyHeader(2, byteCount, unix(bytes, at), unix(bytes, at + UNIX_PATH_BYTES), extensions);
    }
    int size = addressBytes == 12 ? 4 : 16;
    return new ProxyHeader(2, byteCount, inet(bytes, at, size, at + 2 * size),
        inet(bytes, at + size, size, at + 2 * size + 2), extensions);
  }

  private static int unsigned16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  private static InetSocketAddress inet(byte[] bytes, int at, int size, int portAt) {
    try {
      InetAddress address = InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + size));
      return new InetSocketAddress(address, unsigned16(bytes, portAt));
    } catch (UnknownHostException impossible) {
      throw new AssertionError("Expected 4 or 16 bytes, got " + size, impossible);
    }
  }

  /** A path ends with the first NUL. One that begins with it is of Linux's abstract names: nothing that Java could name. */
  private static @Nullable SocketAddress unix(byte[] bytes, int at) {
    int end = at;
    while (end < at + UNIX_PATH_BYTES && bytes[end] != 0) {
      end++;
    }
    try {
      return end == at ? null : UnixDomainSocketAddress.of(new String(bytes, at, end - at, StandardCharsets.UTF_8));
    } catch (InvalidPathException unnameable) {
      return null;
    }
  }

  private static List<Extension> extensions(byte[] bytes, int from, int to) throws ProxyProtocolError {
    List<Extension> found = new ArrayList<>();
    int at = from;
    while (at < to) {
      int valueAt = at + 3;
      int end = valueAt > to ? -1 : valueAt + unsigned16(bytes, at + 1);
      if (end < 0 || end > to) {
        throw new ProxyProtocolError("Expected whole extensions in a PROXY header, got one that is cut off");
      }
      found.add(new Extension(bytes[at] & 0xff, Arrays.copyOfRange(bytes, valueAt, end)));
      at = end;
    }
    return List.copyOf(found);
  }

  /** PROXY protocol 2.2.3: the sum covers the whole header, with its own value as zero. */
  private static void checkSum(byte[] bytes, int from, int to, int extensionsAt, List<Extension> extensions)
      throws ProxyProtocolError {
    int at = extensionsAt;
    for (Extension extension : extensions) {
      if (extension.type == CRC32C_TYPE) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, from, at + 3 - from);
        sum.update(new byte[extension.value.length]);
        sum.update(bytes, at + 3 + extension.value.length, to - at - 3 - extension.value.length);
        if (extension.value.length != 4
            || (int) sum.getValue() != (unsigned16(extension.value, 0) << 16 | unsigned16(extension.value, 2))) {
          throw new ProxyProtocolError("Expected the right checksum in a PROXY header, got a wrong one");
        }
      }
      at += 3 + extension.value.length;
    }
  }

  /**
   * The value of an extension of version 2.
   *
   * @param type such as {@link #AUTHORITY}
   * @return the first of that type, not to be changed, or null
   */
  public @Nullable byte[] extension(int type) {
    for (Extension extension : extensions) {
      if (extension.type == type) {
        return extension.value;
      }
    }
    return null;
  }

  /** Addresses only: extensions may be long. */
  @Override
  public String toString() {
    boolean isV4 = source instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet4Address;
    return "ProxyHeader[" + version + (isV4 ? ", IPv4, " : ", ") + source + " -> " + destination + "]";
  }
}

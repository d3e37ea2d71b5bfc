package leat.fuzz;

import java.util.Arrays;
import leat.net.ProxyHeader;
import leat.net.ProxyProtocolError;

/** PROXY headers with any bytes: a header, null or a ProxyProtocolError, and the same with other bytes behind. */
public final class ProxyHeaderFuzz {

  private static final byte[][] BEGINNINGS = {{}, "PROXY TCP4 ".getBytes(), "PROXY TCP6 ".getBytes(),
      {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21}};

  private ProxyHeaderFuzz() {
  }

  private static String parse(byte[] bytes, int to) {
    try {
      ProxyHeader header = ProxyHeader.parse(bytes, 0, to);
      if (header == null) {
        return "needs more";
      }
      if (header.byteCount() < 1 || header.byteCount() > Math.min(to, ProxyHeader.MAX_BYTES)) {
        throw new AssertionError("Expected a header within " + to + " bytes, actual " + header.byteCount());
      }
      return header.version() + " " + header.byteCount() + " " + header.source() + " " + header.destination();
    } catch (ProxyProtocolError e) {
      return "error";
    }
  }

  /**
   * Tries some bytes: the first says what stands before the others.
   *
   * @param data the bytes
   */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 1) {
      return;
    }
    byte[] beginning = BEGINNINGS[(data[0] & 0xFF) % BEGINNINGS.length];
    byte[] bytes = Arrays.copyOf(beginning, beginning.length + data.length - 1);
    System.arraycopy(data, 1, bytes, beginning.length, data.length - 1);
    String whole = parse(bytes, bytes.length);
    for (int to = 0; to < bytes.length; to++) {
      String part = parse(bytes, to);
      if (!part.equals("needs more") && !part.equals(whole)) {
        throw new AssertionError("Expected " + whole + ", actual " + part + " of the first " + to + " bytes");
      }
    }
  }
}

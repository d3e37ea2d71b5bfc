package leat.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** The peers whose word counts: a list of address ranges. Immutable. */
public final class TrustedPeers {
  /** Nobody. */
  public static final TrustedPeers NONE = new TrustedPeers(List.of(), false, "[]");

  private record Range(byte[] prefix, int bits) {
    boolean contains(byte[] address) {
      if (address.length != prefix.length) {
        return false;
      }
      int whole = bits >> 3;
      for (int i = 0; i < whole; i++) {
        if (address[i] != prefix[i]) {
          return false;
        }
      }
      int mask = 0xff00 >> (bits & 7);
      return (bits & 7) == 0 || (address[whole] & mask) == (prefix[whole] & mask);
    }
  }

  private final List<Range> ranges;
  private final boolean unix;
  private final String text;

  private TrustedPeers(List<Range> ranges, boolean unix, String text) {
    this.ranges = List.copyOf(ranges);
    this.unix = unix;
    this.text = text;
  }

  /**
   * Reads a list of addresses and ranges.
   *
   * @param peers each an IP address ({@code "192.0.2.1"}), a range ({@code "10.0.0.0/8"}, {@code "fd00::/8"}), or
   *     {@code "unix"} for whoever connects to a Unix domain socket
   * @return the peers
   * @throws IllegalArgumentException if one is none of these
   */
  public static TrustedPeers of(Iterable<String> peers) {
    List<Range> ranges = new ArrayList<>();
    boolean unix = false;
    for (String peer : peers) {
      if (peer.equals("unix")) {
        unix = true;
      } else {
        ranges.add(range(peer));
      }
    }
    return new TrustedPeers(ranges, unix, String.valueOf(peers));
  }

  private static Range range(String peer) {
    int slash = peer.indexOf('/');
    InetAddress address = Literals.parse(slash < 0 ? peer : peer.substring(0, slash));
    int bits = address == null ? -1 : address.getAddress().length * 8;
    if (address != null && slash >= 0) {
      String length = peer.substring(slash + 1);
      bits = length.matches("[0-9]{1,3}") && Integer.parseInt(length) <= bits ? Integer.parseInt(length) : -1;
    }
    if (bits < 0) {
      throw new IllegalArgumentException(
          "Expected trusted peers such as \"192.0.2.1\", \"10.0.0.0/8\", \"fd00::/8\" or \"unix\", got \"" + peer + "\"");
    }
    return new Range(address.getAddress(), bits);
  }

  /**
   * Whether a peer is one of them.
   *
   * @param peer where its connection comes from
   * @return true if so
   */
  public boolean contains(SocketAddress peer) {
    if (peer instanceof UnixDomainSocketAddress) {
      return unix;
    }
    if (!(peer instanceof InetSocketAddress inet) || inet.isUnresolved()) {
      return false;
    }
    byte[] address = inet.getAddress().getAddress();
    for (Range range : ranges) {
      if (range.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether nobody is trusted.
   *
   * @return true if the list is empty
   */
  public boolean isEmpty() {
    return ranges.isEmpty() && !unix;
  }

  /** The list as it was given. */
  @Override
  public String toString() {
    return text;
  }
}

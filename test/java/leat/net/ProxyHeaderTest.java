package leat.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The PROXY protocol, versions 1 and 2, as HAProxy's doc/proxy-protocol.txt has it. */
class ProxyHeaderTest {
  private static final String V2 = "0d0a0d0a000d0a515549540a";

  private record Good(String name, String header, String source, String destination) {
    byte[] bytes() {
      return header.startsWith("PROXY") ? latin1(header) : hex(header);
    }
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static String unixPath(String path) {
    return HexFormat.of().formatHex(Arrays.copyOf(latin1(path), 108));
  }

  private static Stream<Good> good() {
    return Stream.of(
        new Good("version 1 of IPv4", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n", "192.0.2.1:56324", "198.51.100.7:443"),
        new Good("version 1 of IPv6", "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n", "[2001:db8:0:0:0:0:0:1]:1", "[0:0:0:0:0:0:0:1]:65535"),
        new Good("the longest line of version 1", "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
            + "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"),
        new Good("version 1 of unknown", "PROXY UNKNOWN\r\n", null, null),
        new Good("version 1 of unknown with more", "PROXY UNKNOWN ffff::1 what ever\r\n", null, null),
        new Good("version 2 of IPv4", V2 + "21 11 000c c0000201 c6336407 dc04 01bb", "192.0.2.1:56324", "198.51.100.7:443"),
        new Good("version 2 of UDP over IPv4", V2 + "21 12 000c c0000201 c6336407 dc04 01bb", "192.0.2.1:56324", "198.51.100.7:443"),
        new Good("version 2 of IPv6", V2 + "21 21 0024 20010db8000000000000000000000001 00000000000000000000000000000001 0001 ffff",
            "[2001:db8:0:0:0:0:0:1]:1", "[0:0:0:0:0:0:0:1]:65535"),
        new Good("version 2 of Unix sockets", V2 + "21 31 00d8" + unixPath("/run/a") + unixPath("/run/b"),
            "the socket /run/a", "the socket /run/b"),
        new Good("version 2 of nameless Unix sockets", V2 + "21 31 00d8" + unixPath("") + unixPath("/run/b"), null, "the socket /run/b"),
        new Good("version 2 of a local command", V2 + "20 00 0000", null, null),
        new Good("version 2 of a local command whose addresses are ignored", V2 + "20 11 000c c0000201 c6336407 dc04 01bb", null, null),
        new Good("version 2 of an unspecified family", V2 + "21 00 0003 040000", null, null),
        new Good("version 2 with extensions", V2 + "21 11 0018 c0000201 c6336407 dc04 01bb 02 0003 612e62 04 0000 05 0000",
            "192.0.2.1:56324", "198.51.100.7:443"));
  }

  private static String name(SocketAddress address) {
    return address == null ? null : Connector.name(address);
  }

  @TestFactory
  Stream<DynamicTest> acceptsWholeHeadersAtEachSplitWithBytesAfterThem() {
    return good().map(row -> DynamicTest.dynamicTest(row.name, () -> {
      byte[] header = row.bytes();
      byte[] more = Arrays.copyOf(header, header.length + 5);
      for (int to = 0; to < header.length; to++) {
        assertNull(ProxyHeader.parse(header, 0, to), "after " + to + " bytes");
        assertTrue(ProxyHeader.mayBegin(header, 0, to));
      }
      for (int shift : new int[] {0, 3}) {
        byte[] shifted = new byte[more.length + shift];
        System.arraycopy(more, 0, shifted, shift, more.length);
        ProxyHeader parsed = ProxyHeader.parse(shifted, shift, shifted.length);
        assertEquals(header.length, parsed.byteCount());
        assertEquals(row.source, name(parsed.source()));
        assertEquals(row.destination, name(parsed.destination()));
      }
    }));
  }

  @TestFactory
  Stream<DynamicTest> rejects() {
    return Stream.of(
        "GET / HTTP/1.1\r\n", "\0", "PROXX ", "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\n", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r ",
        "PROXY TCP4  192.0.2.1 198.51.100.7 56324 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443 \r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n", "PROXY TCP5 192.0.2.1 198.51.100.7 56324 443\r\n",
        "PROXY TCP4 ::1 ::1 56324 443\r\n", "PROXY TCP6 192.0.2.1 198.51.100.7 56324 443\r\n",
        "PROXY TCP4 192.0.2.256 198.51.100.7 1 443\r\n", "PROXY TCP4 192.0.02.1 198.51.100.7 1 443\r\n",
        "PROXY TCP4 localhost 198.51.100.7 1 443\r\n", "PROXY TCP6 fe80::1%eth0 ::1 1 443\r\n", "PROXY TCP6 [::1] ::1 1 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.7 -1 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 +1 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.7 007 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7  443\r\n", "PROXY UNKNOWNX\r\n", "PROXY \r\n",
        "PROXY UNKNOWN " + "x".repeat(100) + "\r\n",
        V2 + "31 11 000c c0000201 c6336407 dc04 01bb", V2 + "22 11 000c c0000201 c6336407 dc04 01bb",
        V2 + "11", V2 + "21 41", V2 + "21 13", V2 + "21 11 000b c0000201 c6336407 dc04 01",
        V2 + "21 31 00d7" + unixPath("/a") + unixPath("/b").substring(2), V2 + "21 00 ffff", V2 + "20 00 2001",
        V2 + "21 00 0002 0400", V2 + "21 00 0003 040001", V2 + "21 00 0008 030004 00000000 00", V2 + "21 00 0006 030003 000000")
        .map(text -> DynamicTest.dynamicTest("«" + text.strip() + "»", () -> {
          byte[] bytes = text.startsWith(V2) ? hex(text) : latin1(text);
          ProxyProtocolError error =
              assertThrows(ProxyProtocolError.class, () -> ProxyHeader.parse(bytes, 0, bytes.length));
          assertTrue(error.getMessage().startsWith("Expected "), error.getMessage());
        }));
  }

  @Test
  void aLineThatDoesNotEndIsRefusedAfter107Bytes() throws ProxyProtocolError {
    byte[] endless = latin1("PROXY UNKNOWN " + "x".repeat(200));
    assertNull(ProxyHeader.parse(endless, 0, 106));
    assertThrows(ProxyProtocolError.class, () -> ProxyHeader.parse(endless, 0, 107));
  }

  @Test
  void theChecksumIsChecked() throws ProxyProtocolError {
    byte[] header = hex(V2 + "21 11 0013 c0000201 c6336407 dc04 01bb 03 0004 00000000");
    CRC32C sum = new CRC32C();
    sum.update(header);
    byte[] value = hex(String.format("%08x", sum.getValue()));
    System.arraycopy(value, 0, header, header.length - 4, 4);
    assertNotNull(ProxyHeader.parse(header, 0, header.length));
    header[20] ^= 1;
    assertThrows(ProxyProtocolError.class, () -> ProxyHeader.parse(header, 0, header.length));
  }

  @Test
  void extensionsAreFoundByType() throws ProxyProtocolError {
    byte[] header = hex(V2 + "21 00 000d 02 0003 612e62 05 0001 ff ee 0000");
    ProxyHeader parsed = ProxyHeader.parse(header, 0, header.length);
    assertArrayEquals(latin1("a.b"), parsed.extension(ProxyHeader.AUTHORITY));
    assertArrayEquals(hex("ff"), parsed.extension(ProxyHeader.UNIQUE_ID));
    assertNull(parsed.extension(ProxyHeader.ALPN));
  }

  /** Any bytes give a header, null or an error, and nothing else; and the same when they come in two parts. */
  @Test
  void anyBytesGiveAHeaderOrNullOrAnError() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    byte[][] starts = good().map(Good::bytes).toArray(byte[][]::new);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = mutated(starts[random.nextInt(starts.length)], random);
      String whole = outcome(bytes, bytes.length);
      int split = random.nextInt(bytes.length + 1);
      String part = outcome(bytes, split);
      if (!part.equals("null")) {
        assertEquals(part, whole, () -> "seed " + seed + ", " + HexFormat.of().formatHex(bytes) + " at " + split);
      }
    }
  }

  private static byte[] mutated(byte[] start, Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte b : start) {
      switch (random.nextInt(60)) {
        case 0 -> out.write(random.nextInt(256));
        case 1 -> {
          out.write(b);
          out.write(random.nextInt(256));
        }
        case 2 -> { }
        default -> out.write(b);
      }
    }
    byte[] noise = new byte[random.nextInt(20)];
    random.nextBytes(noise);
    out.writeBytes(noise);
    return out.toByteArray();
  }

  private static String outcome(byte[] bytes, int to) {
    try {
      ProxyHeader header = ProxyHeader.parse(bytes, 0, to);
      return header == null ? "null" : header.byteCount() + " " + header;
    } catch (ProxyProtocolError e) {
      return "error";
    }
  }

  @Test
  void trustedPeersAreAddressesAndRanges() {
    TrustedPeers peers = TrustedPeers.of(List.of("10.0.0.0/8", "192.0.2.1", "fd00::/9", "172.16.0.0/12"));
    for (String yes : new String[] {"10.255.0.1", "192.0.2.1", "fd7f::1", "172.31.255.255"}) {
      assertTrue(peers.contains(new InetSocketAddress(yes, 1)), yes);
    }
    for (String no : new String[] {"11.0.0.1", "192.0.2.2", "fd80::1", "172.32.0.0", "::1"}) {
      assertFalse(peers.contains(new InetSocketAddress(no, 1)), no);
    }
    assertFalse(peers.contains(UnixDomainSocketAddress.of("/a")));
    assertFalse(peers.contains(InetSocketAddress.createUnresolved("10.0.0.1", 1)));
    assertTrue(TrustedPeers.of(List.of("unix")).contains(UnixDomainSocketAddress.of("/a")));
    assertTrue(TrustedPeers.of(List.of("0.0.0.0/0")).contains(new InetSocketAddress("203.0.113.9", 1)));
    for (String wrong : new String[] {"localhost", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "", "::1/129", "010.0.0.1"}) {
      assertThrows(IllegalArgumentException.class, () -> TrustedPeers.of(List.of(wrong)), wrong);
    }
  }
}

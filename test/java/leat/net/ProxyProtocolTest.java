package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import leat.net.ProxyProtocol.Mode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PROXY headers on real sockets: the handler answers with the address that it sees, and then echoes. */
class ProxyProtocolTest {
  private static final TrustedPeers LOOPBACK = TrustedPeers.of(List.of("127.0.0.1"));
  private static final TrustedPeers OTHERS = TrustedPeers.of(List.of("192.0.2.0/24"));
  private static final String HEADER = "PROXY TCP4 203.0.113.9 198.51.100.7 4321 443\r\n";

  private EventLoops loops;

  @BeforeEach
  void start() {
    loops = EventLoops.start(1);
  }

  @AfterEach
  void end() {
    loops.close();
  }

  private static final class Telling extends Echo {
    @Override
    public void onConnected(TcpChannel channel) {
      String text = Connector.name(channel.remoteAddress()) + "\n";
      channel.output().writeLatin1(text);
      channel.flush();
    }

    @Override
    public void onReadEnd(TcpChannel channel) {
      channel.closeWhenFlushed();
    }
  }

  /** What a server answers to parts that are sent one by one. */
  private String answer(ProxyProtocol protocol, String... parts) throws IOException {
    Acceptor acceptor = Acceptor.bind(loops, new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 50,
        protocol.before((loop, remote) -> new Telling()));
    try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), ((InetSocketAddress) acceptor.localAddress()).getPort())) {
      socket.setSoTimeout(20_000);
      socket.setTcpNoDelay(true);
      String own = "127.0.0.1:" + socket.getLocalPort();
      try {
        for (String part : parts) {
          socket.getOutputStream().write(part.getBytes(StandardCharsets.ISO_8859_1));
          Rig.call(loops.get(0), () -> 0);
        }
        socket.shutdownOutput();
        String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        return all.replace(own, "own");
      } catch (IOException reset) {
        return "";
      }
    } finally {
      Rig.await(acceptor.close().toCompletableFuture());
    }
  }

  @Test
  void theAnnouncedAddressIsThatOfTheChannel() throws IOException {
    assertEquals("203.0.113.9:4321\nhello", answer(new ProxyProtocol(Mode.REQUIRED, LOOPBACK), HEADER + "hello"));
    assertEquals("203.0.113.9:4321\nhello", answer(new ProxyProtocol(Mode.OPTIONAL, LOOPBACK), HEADER, "hello"));
  }

  @Test
  void aHeaderMayComeInAnyParts() throws IOException {
    ProxyProtocol protocol = new ProxyProtocol(Mode.REQUIRED, LOOPBACK);
    for (int split = 1; split < HEADER.length(); split += 5) {
      assertEquals("203.0.113.9:4321\nhi",
          answer(protocol, HEADER.substring(0, split), HEADER.substring(split) + "hi"));
    }
    assertEquals("203.0.113.9:4321\nhi", answer(protocol, (HEADER + "hi").split("")));
  }

  @Test
  void whoeverIsNotTrustedIsRefusedWhereAHeaderIsRequired() throws IOException {
    ProxyProtocol protocol = new ProxyProtocol(Mode.REQUIRED, OTHERS);
    assertEquals("", answer(protocol, HEADER));
    assertEquals(1, protocol.refused());
  }

  @Test
  void whoeverIsNotTrustedIsNotBelieved() throws IOException {
    ProxyProtocol protocol = new ProxyProtocol(Mode.OPTIONAL, OTHERS);
    assertEquals("own\n" + HEADER, answer(protocol, HEADER));
    assertEquals(0, protocol.refused());
  }

  @Test
  void withoutAHeaderAConnectionIsRefusedWhereItIsRequired() throws IOException {
    ProxyProtocol protocol = new ProxyProtocol(Mode.REQUIRED, LOOPBACK);
    assertEquals("", answer(protocol, "hello"));
    assertEquals("", answer(protocol));
    assertEquals("", answer(protocol, "PROXY TCP4 "));
    assertEquals("", answer(protocol, "PROXY NONSENSE\r\n"));
    assertEquals(4, protocol.refused());
  }

  @Test
  void withoutAHeaderAConnectionGoesOnWhereItIsOptional() throws IOException {
    ProxyProtocol protocol = new ProxyProtocol(Mode.OPTIONAL, LOOPBACK);
    assertEquals("own\nhello", answer(protocol, "hello"));
    assertEquals("own\nPRO-duce", answer(protocol, "PRO", "-duce"));
    assertEquals("", answer(protocol, "PROXY NONSENSE\r\n"));
  }

  @Test
  void aHeaderWithoutAddressesLeavesThoseOfTheSocket() throws IOException {
    assertEquals("own\nhello", answer(new ProxyProtocol(Mode.REQUIRED, LOOPBACK), "PROXY UNKNOWN\r\nhello"));
  }

  @Test
  void nothingIsLookedForWhenItIsDisabled() throws IOException {
    assertEquals("own\n" + HEADER, answer(new ProxyProtocol(Mode.DISABLED, TrustedPeers.NONE), HEADER));
  }

  @Test
  void somebodyMustBeTrusted() {
    assertThrows(IllegalArgumentException.class, () -> new ProxyProtocol(Mode.OPTIONAL, TrustedPeers.NONE));
  }
}

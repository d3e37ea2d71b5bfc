package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import leat.server.RawClient.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many connections there may be, and where they come from. */
class ConnectionsTest {
  private static SocketAddress from(int lastByte) {
    return new InetSocketAddress("127.0.0." + lastByte, 1);
  }

  @Test
  void countsInAllAndForEachAddress() {
    ConnectionLimits limits = new ConnectionLimits(4, 2);
    assertTrue(limits.acquire(from(1)));
    assertTrue(limits.acquire(from(1)));
    assertFalse(limits.acquire(from(1)));
    assertTrue(limits.acquire(from(2)));
    assertTrue(limits.acquire(UnixDomainSocketAddress.of("/tmp/x")));
    assertFalse(limits.acquire(from(3)));
    assertFalse(limits.acquire(UnixDomainSocketAddress.of("/tmp/x")));
    assertEquals(4, limits.count());
    limits.release(from(1));
    assertFalse(limits.acquire(from(2)) && limits.acquire(from(2)));
    limits.release(from(1));
    assertTrue(limits.acquire(from(1)));
  }

  private static void isRefused(HttpServer server) throws IOException {
    try (RawClient client = new RawClient(server)) {
      Reply reply = client.read();
      assertEquals(503, reply.status());
      assertEquals("1", reply.field("retry-after"));
      assertTrue(reply.closes());
      assertEquals("", client.readToEnd());
    }
  }

  /** RFC 9110, 15.6.4. */
  @Test
  void aConnectionTooManyIs503() throws IOException {
    for (int[] limits : new int[][] {{2, 10}, {10, 2}}) {
      try (HttpServer server = Servers.builder().maxConnections(limits[0], limits[1]).handler(r -> Response.text("ok")).start();
          RawClient first = new RawClient(server)) {
        assertEquals(200, first.get("/").read().status());
        try (RawClient second = new RawClient(server)) {
          assertEquals(200, second.get("/").read().status());
          isRefused(server);
          isRefused(server);
          assertEquals(2, server.stats().refusedConnections());
          assertEquals(2, server.stats().connections());
          assertEquals(200, first.get("/").read().status());
        }
        Servers.until(() -> server.stats().connections() == 1);
        try (RawClient third = new RawClient(server)) {
          assertEquals(200, third.get("/").read().status());
        }
      }
    }
  }

  /** A flood beyond the limit holds no sockets of ours: only so many are told, the others are closed. */
  @Test
  void aFloodIsNotToldOneByOne() throws IOException {
    try (HttpServer server = Servers.builder().maxConnections(1, 1).handler(r -> Response.text("ok")).start();
        RawClient first = new RawClient(server)) {
      assertEquals(200, first.get("/").read().status());
      List<RawClient> flood = new ArrayList<>();
      for (boolean told = true; told; ) {
        assertTrue(flood.size() < 2000, "all were told");
        RawClient client = new RawClient(server);
        flood.add(client);
        told = client.in().read() >= 0;
      }
      assertTrue(flood.size() > 100, "told " + flood.size());
      for (RawClient client : flood) {
        client.close();
      }
      assertEquals(200, first.get("/").read().status());
    }
  }

  @Test
  void remoteAddressIsNumeric() throws IOException {
    try (HttpServer server = Servers.start(r -> Response.text(r.remoteAddress())); RawClient client = new RawClient(server)) {
      assertEquals("127.0.0.1", client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n").read().text());
    }
  }

  @Test
  void unixDomainSockets(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("socket");
    HttpServer server = HttpServer.builder().unixSocket(path).loops(2)
        .handler(r -> Response.text("[" + r.remoteAddress() + "] " + r.serverName() + " " + r.serverPort())).start();
    assertEquals(-1, server.port());
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.write(ByteBuffer.wrap("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
      String all = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);
      assertTrue(all.endsWith("\r\n\r\n[] localhost 80"), all);
    }
    server.close();
    assertFalse(Files.exists(path));
  }

  @Test
  void aPortInUseIsNamed() throws IOException {
    try (HttpServer server = Servers.start(r -> Response.text("ok"))) {
      IOException error = assertThrows(IOException.class,
          () -> Servers.builder().port(server.port()).handler(r -> Response.text("ok")).start());
      assertNotNull(error.getMessage());
      assertTrue(error.getMessage().contains("" + server.port()), error.getMessage());
    }
  }
}

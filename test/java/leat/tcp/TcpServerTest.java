package leat.tcp;

import static leat.tcp.Tcp.await;
import static leat.tcp.Tcp.latin1;
import static leat.tcp.Tcp.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import leat.async.Deferred;
import leat.async.Scheduler;
import leat.net.EventLoops;
import leat.net.ProxyProtocol.Mode;
import leat.net.SocketOptions;
import leat.net.TrustedPeers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers and clients as wholes: where they listen and connect, how many, and how they end. */
@SuppressWarnings("try")
class TcpServerTest {
  private static TcpServerBuilder local() {
    return TcpServer.builder().host("127.0.0.1");
  }

  private static TcpServer echo(TcpServerBuilder builder) throws IOException {
    return builder.start(connection -> connection.connect(connection.duplex()));
  }

  private static Socket socket(TcpServer server) throws IOException {
    Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  @Test
  void aPortInUseIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      BindException error = assertThrows(BindException.class, () -> echo(local().port(taken.getLocalPort())));
      assertEquals("Cannot listen at port " + taken.getLocalPort()
          + " of 127.0.0.1: it is in use by another process or server", error.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void unixSocketsServe(boolean onLoop, @TempDir Path folder) throws IOException {
    Path path = folder.resolve("echo");
    byte[] sent = Tcp.pattern(1_000_000);
    TcpServerBuilder builder = TcpServer.builder().unixSocket(path);
    try (TcpServer server = echo(onLoop ? builder.onLoop() : builder)) {
      assertEquals(-1, server.port());
      TcpConnection client = await(TcpClient.toUnixSocket(path).connect());
      assertEquals(UnixDomainSocketAddress.of(path), client.remoteAddress());
      CompletableFuture.runAsync(() -> {
        client.put(sent);
        client.closeOutput();
      });
      assertArrayEquals(sent, Tcp.take(client, sent.length + 1));
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void aSocketThatCameBoundServes() throws IOException {
    ServerSocketChannel bound = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
    try (TcpServer server = echo(TcpServer.builder().listenChannel(bound)); Socket peer = socket(server)) {
      peer.getOutputStream().write(latin1("hello"));
      assertEquals("hello", new String(peer.getInputStream().readNBytes(5)));
    }
    assertFalse(bound.isOpen());
  }

  @Test
  void closingWaitsForWhatRuns() throws IOException {
    TcpServer server = echo(local());
    Socket peer = socket(server);
    peer.getOutputStream().write(latin1("hello"));
    assertEquals("hello", new String(peer.getInputStream().readNBytes(5)));
    Deferred<Boolean> closed = server.closeAsync();
    // The source of the connection has ended, and with it the echo.
    assertEquals(-1, peer.getInputStream().read());
    peer.close();
    assertTrue(await(closed));
    assertEquals(0, server.connections());
    assertEquals(1, server.accepted());
    assertThrows(ConnectException.class, () -> socket(server));
  }

  @Test
  void closingCutsWhatDoesNotEnd() throws IOException {
    CompletableFuture<TcpConnection> connected = new CompletableFuture<>();
    TcpServer server = local().shutdownTimeout(Duration.ofMillis(50)).start(connected::complete);
    try (Socket peer = socket(server)) {
      TcpConnection connection = await(connected);
      assertTrue(await(server.closeAsync()));
      assertTrue(await(connection.closed()));
      assertEquals(false, await(connection.put("late")));
      assertTrue(peer.isConnected());
    }
  }

  @Test
  void closingWithinAHandlerDoesNotWaitForItself() throws IOException {
    CompletableFuture<TcpServer> itself = new CompletableFuture<>();
    TcpServer server = local().start(connection -> {
      await(itself).closeAsync();
      connection.close();
    });
    itself.complete(server);
    try (Socket peer = socket(server)) {
      assertEquals(-1, peer.getInputStream().read());
    }
    assertTrue(await(server.closed()));
  }

  @Test
  void tooManyConnectionsAreRefused() throws IOException {
    try (TcpServer server = echo(local().maxConnections(2).loops(1))) {
      List<Socket> fine = List.of(socket(server), socket(server));
      for (Socket each : fine) {
        each.getOutputStream().write(7);
        assertEquals(7, each.getInputStream().read());
      }
      try (Socket tooMany = socket(server)) {
        assertEquals(-1, tooMany.getInputStream().read());
      }
      assertEquals(1, server.refused());
      for (Socket each : fine) {
        each.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHandlerThatFailsCostsItsConnectionOnly(boolean onLoop) throws IOException {
    TcpServerBuilder builder = onLoop ? local().onLoop() : local();
    try (LogOff ignored = new LogOff("leat.tcp"); TcpServer server = builder.start(connection -> {
      if (text(connection).equals("fail")) {
        throw new IllegalStateException("on purpose");
      }
      connection.put("fine");
      connection.close();
    })) {
      if (!onLoop) {
        for (String expected : new String[] {"fail", "fine"}) {
          try (Socket peer = socket(server)) {
            peer.getOutputStream().write(latin1(expected));
            if (expected.equals("fail")) {
              assertThrows(SocketException.class, () -> peer.getInputStream().read());
            } else {
              assertEquals("fine", new String(peer.getInputStream().readAllBytes()));
            }
          }
        }
      } else {
        try (Socket peer = socket(server)) {
          // To wait on the loop is refused, and so the handler fails.
          assertThrows(SocketException.class, () -> peer.getInputStream().read());
        }
      }
    }
  }

  @Test
  void handlersMayBlock() throws IOException {
    try (TcpServer server = local().start(connection -> {
      for (String line = text(connection); !line.equals("END"); line = text(connection)) {
        await(connection.put(line.toUpperCase()));
      }
      connection.close();
    })) {
      List<Socket> peers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        peers.add(socket(server));
      }
      for (Socket peer : peers) {
        peer.getOutputStream().write(latin1("abc"));
        assertEquals("ABC", new String(peer.getInputStream().readNBytes(3)));
        peer.shutdownOutput();
        assertEquals(-1, peer.getInputStream().read());
        peer.close();
      }
    }
  }

  @Test
  void thousandsOfConnectionsNeedNoThreads() throws IOException {
    int count = 3000;
    try (EventLoops loops = EventLoops.start(1);
        TcpServer server = echo(local().onLoop().loops(1))) {
      List<Deferred<TcpConnection>> connecting = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        connecting.add(TcpClient.to("127.0.0.1", server.port()).onLoop().loops(loops).connect());
      }
      List<TcpConnection> connections = new ArrayList<>();
      connecting.forEach(each -> connections.add(await(each)));
      int threads = Thread.activeCount();
      List<Deferred<Object>> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        answers.add(connections.get(i).take(null));
        connections.get(i).put("message " + i);
      }
      for (int i = 0; i < count; i++) {
        assertEquals("message " + i, new String((byte[]) await(answers.get(i))));
      }
      assertEquals(count, server.connections());
      assertTrue(Thread.activeCount() <= threads + 2, "no thread for each connection");
      connections.forEach(TcpConnection::close);
      connections.forEach(each -> assertTrue(await(each.closed())));
    }
  }

  @Test
  void aTrustedProxyTellsTheAddress() throws IOException {
    TcpServerBuilder builder = local().proxyProtocol(Mode.REQUIRED, TrustedPeers.of(List.of("127.0.0.0/8")));
    try (TcpServer server = builder.start(connection -> {
      connection.put(connection.remoteAddress() + " " + connection.localAddress() + " ");
      connection.connect(connection.duplex());
    }); Socket peer = socket(server)) {
      peer.getOutputStream().write(latin1("PROXY TCP4 203.0.113.9 198.51.100.7 4321 443\r\nhello"));
      peer.shutdownOutput();
      assertEquals("/203.0.113.9:4321 /198.51.100.7:443 hello", new String(peer.getInputStream().readAllBytes()));
    }
  }

  @Test
  void optionsOfSocketsAreSet() throws IOException {
    try (TcpServer server = echo(local().socketOptions(SocketOptions.of(Map.of("so-keepalive", true)))); Socket peer = socket(server)) {
      peer.getOutputStream().write(7);
      assertEquals(7, peer.getInputStream().read());
    }
  }

  @Test
  void aClientNamesWhatItCannotReach() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = socket.getLocalPort();
    }
    Throwable refused = Tcp.failure(TcpClient.to("127.0.0.1", port).connect());
    assertInstanceOf(ConnectException.class, refused);
    assertEquals("Cannot connect to 127.0.0.1:" + port + ": Connection refused", refused.getMessage());
    Throwable late = Tcp.failure(TcpClient.to("mill.example", 80).resolver(host -> new Deferred<>())
        .connectTimeout(Duration.ofMillis(20)).connect());
    assertInstanceOf(SocketTimeoutException.class, late);
    assertThrows(IllegalArgumentException.class, () -> TcpClient.to("127.0.0.1", 0));
  }

  @Test
  void whoGivesUpOnAClientLeavesNoConnection() throws IOException {
    CompletableFuture<Deferred<List<InetAddress>>> asked = new CompletableFuture<>();
    try (EventLoops loops = EventLoops.start(1); Tcp tcp = new Tcp(false, builder -> builder.loops(1))) {
      Deferred<TcpConnection> connecting = TcpClient.to("mill.example", tcp.server.port()).loops(loops).resolver(host -> {
        Deferred<List<InetAddress>> answer = new Deferred<>();
        asked.complete(answer);
        return answer;
      }).connect();
      Deferred<List<InetAddress>> answer = await(asked);
      connecting.error(new CancellationException());
      answer.success(List.of(InetAddress.getByName("127.0.0.1")));
      CompletableFuture<Boolean> through = new CompletableFuture<>();
      loops.get(0).execute(() -> loops.get(0).execute(() -> through.complete(true)));
      await(through);
      try (Socket peer = tcp.socket()) {
        // Accepted after whatever the client would have opened.
        assertEquals(peer.getLocalSocketAddress(), tcp.accepted().remoteAddress());
        assertEquals(1, tcp.server.accepted());
      }
    }
  }

  @Test
  void aTakeInTimeLosesNothing() throws IOException {
    try (Tcp tcp = new Tcp(false); Socket peer = tcp.socket()) {
      TcpConnection connection = tcp.accepted();
      assertEquals("late", await(connection.take("end", 1_000_000, "late", Scheduler.system())));
      peer.getOutputStream().write(latin1("hello"));
      assertEquals("hello", text(connection));
    }
  }
}

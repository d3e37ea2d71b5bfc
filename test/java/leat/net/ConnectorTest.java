package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import leat.async.Deferred;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connecting, and all that can go wrong with it. */
class ConnectorTest {
  private static final Connector QUICK = Connector.DEFAULT.withAttemptDelay(Duration.ofMillis(20));

  private EventLoops loops;
  private ServerSocket server;
  private final List<Closeable> opened = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    loops = EventLoops.start(1);
    server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    opened.add(server);
  }

  @AfterEach
  void end() throws IOException {
    loops.close();
    for (Closeable each : opened) {
      each.close();
    }
  }

  private static InetAddress address(String digits) throws UnknownHostException {
    return InetAddress.getByName(digits);
  }

  /** The addresses that the resolver gives for any name. */
  private static Resolver answering(String... addresses) {
    return host -> {
      List<InetAddress> all = new ArrayList<>();
      try {
        for (String each : addresses) {
          all.add(address(each));
        }
      } catch (UnknownHostException e) {
        throw new AssertionError(e);
      }
      return Deferred.succeeded(all);
    };
  }

  private static Throwable failure(Deferred<?> deferred) {
    ExecutionException e = assertThrows(ExecutionException.class,
        () -> deferred.toCompletableFuture().get(20, TimeUnit.SECONDS));
    return e.getCause();
  }

  private Deferred<TcpChannel> connect(Connector connector, SocketAddress remote) {
    return connector.connect(loops.get(0), remote, Echo::new);
  }

  private SocketAddress named(int port) {
    return InetSocketAddress.createUnresolved("mill.example", port);
  }

  /** A port of an address at which connections get no answer, since its queue is full. */
  private int silentPort(InetAddress address, int port) throws IOException {
    ServerSocket silent = new ServerSocket(port, 1, address);
    opened.add(silent);
    for (int i = 0; i < 4; i++) {
      SocketChannel filler = SocketChannel.open();
      filler.configureBlocking(false);
      filler.connect(silent.getLocalSocketAddress());
      opened.add(filler);
    }
    // What the kernel has taken in, it has by now: a connection over loopback stands within the call.
    return silent.getLocalPort();
  }

  private int refusingPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, address("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  @Test
  void connectsAndTellsTheHandlerFirst() throws IOException {
    Recorder recorder = new Recorder();
    TcpChannel channel = Rig.await(
        QUICK.connect(loops.get(0), server.getLocalSocketAddress(), () -> recorder).toCompletableFuture());
    assertEquals(List.of("connected"), recorder.events());
    assertEquals(channel, recorder.channel());
    try (Socket accepted = server.accept()) {
      accepted.setSoTimeout(20_000);
      Rig.call(loops.get(0), () -> {
        channel.output().writeLatin1("hello");
        channel.flush();
        return 0;
      });
      assertEquals("hello", new String(accepted.getInputStream().readNBytes(5)));
      accepted.getOutputStream().write("you".getBytes());
      recorder.awaitEvent("read");
    }
  }

  @Test
  void aRefusalNamesTheAddress() throws IOException {
    int port = refusingPort();
    Throwable error = failure(connect(QUICK, new InetSocketAddress(address("127.0.0.1"), port)));
    assertInstanceOf(ConnectException.class, error);
    assertEquals("Cannot connect to 127.0.0.1:" + port + ": Connection refused", error.getMessage());
    Throwable named = failure(connect(QUICK.withResolver(answering("127.0.0.1")), named(port)));
    assertEquals("Cannot connect to mill.example:" + port + " (127.0.0.1:" + port + "): Connection refused",
        named.getMessage());
  }

  @Test
  void allRefusalsAreToldTogether() throws IOException {
    int port = refusingPort();
    Throwable error = failure(connect(QUICK.withResolver(answering("127.0.0.1", "::1", "127.0.0.2")), named(port)));
    assertInstanceOf(IOException.class, error);
    assertTrue(error.getMessage().startsWith("Cannot connect to mill.example:" + port + ": Connection refused; "),
        error.getMessage());
    assertEquals(3, error.getSuppressed().length);
  }

  @Test
  void aConnectionThatNobodyAnswersTimesOut() throws IOException {
    int port = silentPort(address("127.0.0.1"), 0);
    Connector impatient = QUICK.withTimeout(Duration.ofMillis(100));
    Throwable error = failure(connect(impatient, new InetSocketAddress(address("127.0.0.1"), port)));
    assertInstanceOf(SocketTimeoutException.class, error);
    assertEquals("Cannot connect to 127.0.0.1:" + port + " within 100 ms: no answer", error.getMessage());
  }

  @Test
  void anAddressWithoutAWayThereIsNamed() throws IOException {
    // Broadcast addresses cannot be connected to; the system says so at once, whatever its routes.
    Throwable error = failure(connect(QUICK, new InetSocketAddress(address("255.255.255.255"), 80)));
    assertInstanceOf(IOException.class, error);
    assertTrue(error.getMessage().startsWith("Cannot connect to 255.255.255.255:80: "), error.getMessage());
  }

  @Test
  void aNameWithoutAddressIsNamed() {
    Resolver nobody = host -> Deferred.failed(new UnknownHostException("The host name " + host + " has no known address"));
    Throwable error = failure(connect(QUICK.withResolver(nobody), named(80)));
    assertInstanceOf(UnknownHostException.class, error);
    assertEquals("Cannot connect to mill.example:80: The host name mill.example has no known address", error.getMessage());
  }

  @Test
  void aResolverThatFailsOrNeverAnswersDoesNotHangIt() {
    Connector impatient = QUICK.withTimeout(Duration.ofMillis(50));
    Throwable late = failure(connect(impatient.withResolver(host -> new Deferred<>()), named(80)));
    assertEquals("Cannot connect to mill.example:80 within 50 ms: its name is still being looked up", late.getMessage());
    Throwable thrown = failure(connect(QUICK.withResolver(host -> {
      throw new IllegalStateException("broken");
    }), named(80)));
    assertEquals("broken", thrown.getMessage());
  }

  @Test
  void theFirstAddressThatAnswersIsTaken() throws IOException {
    int port = server.getLocalPort();
    silentPort(address("127.0.0.2"), port);
    silentPort(address("127.0.0.3"), port);
    // Two that are silent, one that refuses, and the one.
    Connector connector = QUICK.withResolver(answering("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1", "127.0.0.5"));
    TcpChannel channel = Rig.await(connect(connector, named(port)).toCompletableFuture());
    assertEquals(server.getLocalSocketAddress(), channel.remoteAddress());
  }

  @Test
  void theNextAddressIsTriedAtOnceWhenOneIsRefused() throws IOException {
    // With a minute between attempts only the refusals can have brought it there within the limit of await.
    Connector patient = Connector.DEFAULT.withAttemptDelay(Duration.ofSeconds(60)).withTimeout(Duration.ofSeconds(90));
    Connector connector = patient.withResolver(answering("127.0.0.4", "127.0.0.5", "127.0.0.1"));
    TcpChannel channel = Rig.await(connect(connector, named(server.getLocalPort())).toCompletableFuture());
    assertEquals(server.getLocalSocketAddress(), channel.remoteAddress());
  }

  @Test
  void theFamiliesTakeTurns() throws UnknownHostException {
    List<InetAddress> all = List.of(address("::1"), address("::2"), address("::3"), address("127.0.0.1"), address("127.0.0.2"));
    assertEquals(List.of(address("::1"), address("127.0.0.1"), address("::2"), address("127.0.0.2"), address("::3")),
        Connector.interleaved(all));
    assertEquals(List.of(address("127.0.0.1"), address("::1")),
        Connector.interleaved(List.of(address("127.0.0.1"), address("::1"))));
  }

  @Test
  void theLosersAreClosed() throws IOException {
    int port = server.getLocalPort();
    silentPort(address("127.0.0.2"), port);
    Connector connector = QUICK.withResolver(answering("127.0.0.2", "127.0.0.1"));
    Rig.await(connect(connector, named(port)).toCompletableFuture());
    // The channel's key is the only one left: the loser's goes with the next select.
    Rig.call(loops.get(0), () -> 0);
    assertEquals(1, Rig.<Integer>call(loops.get(0), () -> loops.get(0).keyCount()));
  }

  @Test
  void whoGivesUpGetsNothingAndLeavesNothing() throws IOException {
    int port = silentPort(address("127.0.0.1"), 0);
    Deferred<TcpChannel> connecting = connect(QUICK, new InetSocketAddress(address("127.0.0.1"), port));
    Rig.call(loops.get(0), () -> 0);
    assertTrue(connecting.error(new CancellationException()));
    Rig.call(loops.get(0), () -> 0);
    Rig.call(loops.get(0), () -> 0);
    assertEquals(0, Rig.<Integer>call(loops.get(0), () -> loops.get(0).keyCount()));
  }

  @Test
  void theLocalAddressIsTaken() throws IOException {
    Connector connector = QUICK.withLocalAddress(new InetSocketAddress(address("127.0.0.9"), 0));
    TcpChannel channel = Rig.await(connect(connector, server.getLocalSocketAddress()).toCompletableFuture());
    assertEquals(address("127.0.0.9"), ((InetSocketAddress) channel.localAddress()).getAddress());
    Throwable error = failure(connect(QUICK.withLocalAddress(new InetSocketAddress(address("192.0.2.1"), 0)),
        server.getLocalSocketAddress()));
    assertTrue(error.getMessage().startsWith("Cannot connect to 127.0.0.1:"), error.getMessage());
  }

  @Test
  void optionsAreSetByName() throws IOException {
    Connector fine = QUICK.withOptions(SocketOptions.of(Map.of("so-keepalive", true, "SO_SNDBUF", 32_768L)));
    assertTrue(Rig.await(connect(fine, server.getLocalSocketAddress()).toCompletableFuture()).isOpen());
    Throwable unknown = failure(connect(QUICK.withOptions(SocketOptions.of(Map.of("so-nonsense", 1))),
        server.getLocalSocketAddress()));
    assertTrue(unknown.getMessage().contains("got SO_NONSENSE"), unknown.getMessage());
    Throwable mistyped = failure(connect(QUICK.withOptions(SocketOptions.of(Map.of("so-keepalive", 1))),
        server.getLocalSocketAddress()));
    assertTrue(mistyped.getMessage().contains("Expected a value of Boolean for the socket option SO_KEEPALIVE, got 1"),
        mistyped.getMessage());
  }

  @Test
  void unixSocketsAreConnectedTo(@TempDir Path folder) throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("a"));
    Throwable missing = failure(connect(QUICK, address));
    assertTrue(missing.getMessage().startsWith("Cannot connect to the socket " + folder.resolve("a") + ": "), missing.getMessage());
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(address);
      TcpChannel channel = Rig.await(connect(QUICK, address).toCompletableFuture());
      assertEquals(address, channel.remoteAddress());
    }
  }

  @Test
  void aFullQueueOfAUnixSocketIsWaitedFor(@TempDir Path folder) throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("a"));
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(address, 1);
      List<Deferred<TcpChannel>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(connect(QUICK, address));
      }
      Throwable late = failure(connect(QUICK.withTimeout(Duration.ofMillis(100)), address));
      assertInstanceOf(SocketTimeoutException.class, late);
      for (int i = 0; i < 8; i++) {
        opened.add(listener.accept());
      }
      for (Deferred<TcpChannel> each : all) {
        assertTrue(Rig.await(each.toCompletableFuture()).isOpen());
      }
    }
  }

  @Test
  void aLoopThatEndsFailsWhatWasUnderWay() throws IOException {
    assumeTrue(server.isBound());
    int port = silentPort(address("127.0.0.1"), 0);
    EventLoops mortal = EventLoops.start(1);
    Deferred<TcpChannel> trying = QUICK.connect(mortal.get(0), new InetSocketAddress(address("127.0.0.1"), port), Echo::new);
    CompletableFuture<Deferred<List<InetAddress>>> asked = new CompletableFuture<>();
    Connector slow = QUICK.withResolver(host -> {
      Deferred<List<InetAddress>> answer = new Deferred<>();
      asked.complete(answer);
      return answer;
    });
    Deferred<TcpChannel> resolving = slow.connect(mortal.get(0), named(port), Echo::new);
    Deferred<List<InetAddress>> answer = Rig.await(asked);
    mortal.close();
    assertTrue(failure(trying).getMessage().contains("The event loop has ended"));
    assertFalse(resolving.isRealized());
    answer.success(List.of(address("127.0.0.1")));
    assertTrue(failure(resolving).getMessage().contains("the event loop has ended"));
    assertTrue(failure(QUICK.connect(mortal.get(0), named(port), Echo::new)).getMessage().contains("has ended"));
  }
}

package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import clojure.lang.IDeref;
import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import leat.async.Deferred;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of all kinds, who gets a connection, and what is left afterwards. */
@Timeout(60)
class AcceptorTest {
  private static final boolean LINUX = System.getProperty("os.name").startsWith("Linux");
  private static final Acceptor.Initializer ECHO = (loop, remote) -> new Echo();

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static int port(Acceptor acceptor) {
    return ((InetSocketAddress) acceptor.localAddress()).getPort();
  }

  private static void close(Acceptor acceptor) {
    assertTrue(Rig.await(acceptor.close().toCompletableFuture()));
  }

  static void assertEchoes(SocketAddress address) throws IOException {
    try (SocketChannel client = SocketChannel.open(address)) {
      assertEchoes(client);
    }
  }

  static void assertEchoes(SocketChannel client) throws IOException {
    client.write(ByteBuffer.wrap(new byte[] {42}));
    ByteBuffer back = ByteBuffer.allocate(1);
    assertEquals(1, client.read(back));
    assertEquals(42, back.get(0));
  }

  // ---- Internet addresses

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aPortInUseIsNamed(int loopCount) throws Exception {
    try (EventLoops loops = EventLoops.start(loopCount); EventLoops others = EventLoops.start(loopCount)) {
      Acceptor first = Acceptor.bind(loops, loopback(0), 50, ECHO);
      BindException refused =
          assertThrows(BindException.class, () -> Acceptor.bind(others, loopback(port(first)), 50, ECHO));
      String message = refused.getMessage();
      assertTrue(message.contains("port " + port(first) + " ") && message.contains("in use"), message);
      assertInstanceOf(IOException.class, refused.getCause());
      assertEchoes(first.localAddress());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aPortIsFreeAtOnceForASuccessorWhileConnectionsGoOn(int loopCount) throws Exception {
    try (EventLoops loops = EventLoops.start(loopCount)) {
      Acceptor acceptor = Acceptor.bind(loops, loopback(0), 50, ECHO);
      int port = port(acceptor);
      List<SocketChannel> clients = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        SocketChannel client = SocketChannel.open(loopback(port));
        clients.add(client);
        assertEchoes(client);
        close(acceptor);
        acceptor = Acceptor.bind(loops, loopback(port), 50, ECHO);
      }
      for (SocketChannel client : clients) {
        assertEchoes(client);
        client.close();
      }
      close(acceptor);
      assertThrows(IOException.class, () -> SocketChannel.open(loopback(port)));
    }
  }

  @Test
  void everyLoopListensWhereTheKernelSharesPorts() throws Exception {
    assumeTrue(LINUX, "SO_REUSEPORT spreads connections on Linux only");
    Set<EventLoop> owners = ConcurrentHashMap.newKeySet();
    Set<String> elsewhere = ConcurrentHashMap.newKeySet();
    try (EventLoops loops = EventLoops.start(2)) {
      long before = sockets();
      Acceptor acceptor = Acceptor.bind(loops, loopback(0), 50, (loop, remote) -> {
        owners.add(loop);
        if (!loop.isInside()) {
          elsewhere.add(Thread.currentThread().getName());
        }
        return new Echo();
      });
      assertEquals(before + 2, sockets(), "sockets with those that listen");
      // The kernel goes by a hash of the client's port: 64 on the same side are out of the question.
      for (int i = 0; i < 64; i++) {
        assertEchoes(acceptor.localAddress());
      }
    }
    assertEquals(2, owners.size());
    assertEquals(Set.of(), elsewhere);
  }

  @Test
  void listensAtIpv6() throws Exception {
    InetAddress ipv6 = InetAddress.getByName("::1");
    try (EventLoops loops = EventLoops.start(2)) {
      Acceptor acceptor;
      try {
        acceptor = Acceptor.bind(loops, new InetSocketAddress(ipv6, 0), 50, ECHO);
      } catch (IOException e) {
        assumeTrue(false, "There is no IPv6 here: " + e);
        return;
      }
      assertEquals(ipv6, ((InetSocketAddress) acceptor.localAddress()).getAddress());
      assertEchoes(acceptor.localAddress());
    }
  }

  @Test
  void aHostThatIsNotKnownIsNamed() {
    try (EventLoops loops = EventLoops.start(1)) {
      InetSocketAddress unknown = InetSocketAddress.createUnresolved("nowhere.invalid", 80);
      IOException refused = assertThrows(IOException.class, () -> Acceptor.bind(loops, unknown, 50, ECHO));
      assertTrue(refused.getMessage().contains("nowhere.invalid"), refused.getMessage());
    }
  }

  // ---- Sockets that came bound

  @Test
  void handsTheConnectionsOfABoundSocketOutInTurn() throws Exception {
    Map<EventLoop, AtomicInteger> owners = new ConcurrentHashMap<>();
    try (EventLoops loops = EventLoops.start(3)) {
      ServerSocketChannel server = ServerSocketChannel.open().bind(loopback(0));
      Acceptor acceptor = Acceptor.adopt(loops, server, (loop, remote) -> {
        loop.assertInside();
        owners.computeIfAbsent(loop, any -> new AtomicInteger()).incrementAndGet();
        return new Echo();
      });
      for (int i = 0; i < 12; i++) {
        assertEchoes(acceptor.localAddress());
      }
      assertEquals(List.of(4, 4, 4), owners.values().stream().map(AtomicInteger::get).toList());
      close(acceptor);
      assertFalse(server.isOpen());
    }
  }

  @Test
  void aLoopThatEndedGetsNoConnectionsHandedOut() throws Exception {
    try (EventLoops loops = EventLoops.start(3)) {
      Acceptor acceptor = Acceptor.adopt(loops, ServerSocketChannel.open().bind(loopback(0)), ECHO);
      loops.get(1).close();
      loops.get(2).close();
      Rig.await(loops.get(1).terminated().toCompletableFuture());
      Rig.await(loops.get(2).terminated().toCompletableFuture());
      for (int i = 0; i < 6; i++) {
        assertEchoes(acceptor.localAddress());
      }
      close(acceptor);
    }
  }

  @Test
  void refusesASocketThatIsNotBound() throws Exception {
    try (EventLoops loops = EventLoops.start(1); ServerSocketChannel unbound = ServerSocketChannel.open()) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> Acceptor.adopt(loops, unbound, ECHO));
      assertTrue(refused.getMessage().contains("not bound"), refused.getMessage());
    }
  }

  // ---- Unix domain sockets

  @Test
  void listensAtAUnixDomainSocketAndRemovesItsFile(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    Set<EventLoop> owners = ConcurrentHashMap.newKeySet();
    try (EventLoops loops = EventLoops.start(2)) {
      Acceptor acceptor = Acceptor.bind(loops, UnixDomainSocketAddress.of(path), 50, (loop, remote) -> {
        owners.add(loop);
        return new Echo();
      });
      assertEquals(UnixDomainSocketAddress.of(path), acceptor.localAddress());
      assertEchoes(acceptor.localAddress());
      assertEchoes(acceptor.localAddress());
      assertEquals(2, owners.size());
      close(acceptor);
      assertFalse(Files.exists(path));
    }
  }

  @Test
  void theEndOfTheLoopsRemovesTheFileToo(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    EventLoops loops = EventLoops.start(1);
    Acceptor.bind(loops, UnixDomainSocketAddress.of(path), 50, ECHO);
    assertEchoes(UnixDomainSocketAddress.of(path));
    loops.close();
    assertFalse(Files.exists(path));
  }

  @Test
  void replacesASocketFileAtWhichNobodyListens(@TempDir Path folder) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address).close();
    assertTrue(Files.exists(address.getPath()));
    try (EventLoops loops = EventLoops.start(1)) {
      Acceptor.bind(loops, address, 50, ECHO);
      assertEchoes(address);
    }
  }

  @Test
  void aSocketFileAtWhichSomebodyListensStays(@TempDir Path folder) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    try (EventLoops loops = EventLoops.start(1)) {
      Acceptor.bind(loops, address, 50, ECHO);
      BindException refused = assertThrows(BindException.class, () -> Acceptor.bind(loops, address, 50, ECHO));
      String message = refused.getMessage();
      assertTrue(message.contains(address.toString()) && message.contains("in use"), message);
      assertEchoes(address);
    }
  }

  @Test
  void aListenerWithAFullBacklogIsAlive(@TempDir Path folder) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address, 1);
        EventLoops loops = EventLoops.start(1)) {
      for (boolean full = false; !full; ) {
        SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
        waiting.add(client);
        client.configureBlocking(false);
        try {
          full = !client.connect(address);
        } catch (SocketException wouldBlock) {
          full = true;
        }
      }
      BindException refused = assertThrows(BindException.class, () -> Acceptor.bind(loops, address, 50, ECHO));
      assertTrue(refused.getMessage().contains("in use"), refused.getMessage());
      assertTrue(busy.isOpen() && Files.exists(address.getPath()));
    } finally {
      for (SocketChannel client : waiting) {
        client.close();
      }
    }
  }

  @Test
  void aFileThatIsNoSocketStays(@TempDir Path folder) throws Exception {
    Path regular = Files.writeString(folder.resolve("regular"), "precious");
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, regular);
    Path pipe = folder.resolve("pipe");
    List<Path> all = new ArrayList<>(List.of(regular, link, Files.createDirectory(folder.resolve("folder"))));
    if (LINUX && new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0) {
      all.add(pipe);
    }
    try (EventLoops loops = EventLoops.start(1)) {
      for (Path path : all) {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        assertThrows(BindException.class, () -> Acceptor.bind(loops, address, 50, ECHO));
        assertTrue(Files.exists(path), path + " is gone");
      }
      assertEquals("precious", Files.readString(regular));
    }
  }

  @Test
  void aSecondCloseLeavesTheFileOfASuccessorAlone(@TempDir Path folder) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    try (EventLoops loops = EventLoops.start(1)) {
      Acceptor first = Acceptor.bind(loops, address, 50, ECHO);
      close(first);
      Acceptor.bind(loops, address, 50, ECHO);
      assertSame(first.close(), first.close());
      close(first);
      Rig.call(loops.get(0), () -> null);
      assertEchoes(address);
    }
  }

  // ---- Refusing and failing

  @Test
  void aConnectionWithoutAHandlerIsClosed() throws Exception {
    try (EventLoops loops = EventLoops.start(1)) {
      AtomicInteger count = new AtomicInteger();
      Acceptor acceptor = Acceptor.bind(loops, loopback(0), 50,
          (loop, remote) -> count.getAndIncrement() == 0 ? null : new Echo());
      try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), port(acceptor))) {
        refused.setSoTimeout(20_000);
        assertEquals(-1, refused.getInputStream().read());
      }
      assertEchoes(acceptor.localAddress());
    }
  }

  @Test
  void anInitializerThatThrowsCostsOneConnection() throws Exception {
    try (LogCapture log = new LogCapture(); EventLoops loops = EventLoops.start(1)) {
      AtomicInteger count = new AtomicInteger();
      Error thrown = new StackOverflowError("initializer");
      Acceptor acceptor = Acceptor.bind(loops, loopback(0), 50, (loop, remote) -> {
        if (count.getAndIncrement() == 0) {
          throw thrown;
        }
        return new Echo();
      });
      try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), port(acceptor))) {
        refused.setSoTimeout(20_000);
        assertEquals(-1, refused.getInputStream().read());
      }
      assertEchoes(acceptor.localAddress());
      assertEquals(List.of(thrown), log.thrown());
    }
  }

  // ---- The end

  @Test
  void closesFromItsOwnLoopAndAfterItsLoops() throws Exception {
    EventLoops loops = EventLoops.start(2);
    Acceptor first = Acceptor.bind(loops, loopback(0), 50, ECHO);
    Acceptor second = Acceptor.bind(loops, loopback(0), 50, ECHO);
    CompletableFuture<Boolean> closed = new CompletableFuture<>();
    loops.get(0).execute(() -> first.close().onRealized(closed::complete, closed::completeExceptionally));
    assertTrue(Rig.await(closed));
    loops.close();
    close(second);
    ServerSocketChannel.open().bind(loopback(port(first))).close();
    ServerSocketChannel.open().bind(loopback(port(second))).close();
  }

  @Test
  void thePortIsFreeOnceClosingWhileTheLoopsEndIsDone() throws Exception {
    try (LogCapture quiet = new LogCapture()) {
      for (int round = 0; round < 30; round++) {
        EventLoops loops = EventLoops.start(2);
        Acceptor acceptor = Acceptor.bind(loops, loopback(0), 50, ECHO);
        if (round % 2 == 0) {
          assertEchoes(acceptor.localAddress());
        }
        loops.get(0).close();
        loops.get(1).close();
        close(acceptor);
        ServerSocketChannel.open().bind(loopback(port(acceptor))).close();
        loops.close();
      }
      assertEquals(List.of(), quiet.messages(Level.SEVERE));
    }
  }

  private static long sockets() throws IOException {
    long count = 0;
    try (var entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path entry : entries) {
        if (Files.isSymbolicLink(entry) && Files.readSymbolicLink(entry).toString().startsWith("socket:")) {
          count++;
        }
      }
    }
    return count;
  }

  @Test
  void leavesNoDescriptorBehind() throws Exception {
    assumeTrue(LINUX, "/proc is Linux's");
    long before = sockets();
    Set<TcpChannel> channels = new HashSet<>();
    try (Rig rig = new Rig(() -> new Echo() {
      @Override
      public void onConnected(TcpChannel channel) {
        channels.add(channel);
      }
    })) {
      for (int i = 0; i < 100; i++) {
        Socket client = rig.client();
        client.getOutputStream().write(1);
        assertEquals(1, client.getInputStream().read());
        if (i % 2 == 0) {
          client.setSoLinger(true, 0);
        }
        client.close();
      }
      while (!rig.call(() -> channels.stream().allMatch(TcpChannel::isClosed))) {
        rig.turns(1);
      }
      rig.turns(2);
      assertEquals(before + 1, sockets(), "sockets beside the one that listens");
    }
    assertEquals(before, sockets());
  }

  @Test
  void backsOffWithoutDescriptorsAndRecovers() throws Exception {
    assumeTrue(LINUX, "ulimit and /dev/null");
    Process child = new ProcessBuilder("/bin/sh", "-c", "ulimit -n 200 && exec \"$0\" -cp \"$1\" \"$2\"",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        System.getProperty("java.class.path") + File.pathSeparator + classPath(),
        OutOfDescriptors.class.getName()).redirectErrorStream(true).start();
    String output = new String(child.getInputStream().readAllBytes());
    assertTrue(child.waitFor(50, TimeUnit.SECONDS), output);
    assertEquals(0, child.exitValue(), output);
  }

  /** Where the classes are, if a class loader of the test runner has them instead of the class path. */
  private static String classPath() throws Exception {
    Set<String> places = new LinkedHashSet<>();
    for (Class<?> type : List.of(OutOfDescriptors.class, Acceptor.class, Deferred.class, IDeref.class)) {
      places.add(Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    return String.join(File.pathSeparator, places);
  }
}

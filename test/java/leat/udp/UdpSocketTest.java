package leat.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import leat.async.Deferred;
import leat.async.NonBlocking;
import leat.net.EventLoops;
import leat.net.SocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** UDP sockets as streams. */
class UdpSocketTest {
  private final EventLoops loops = EventLoops.start(1);
  private final List<UdpSocket> opened = new ArrayList<>();

  @AfterEach
  void end() {
    opened.forEach(UdpSocket::close);
    loops.close();
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (Exception e) {
      throw new AssertionError("Nothing came within 20 s", e);
    }
  }

  private static Throwable failure(Deferred<?> deferred) {
    return assertThrows(ExecutionException.class, () -> deferred.get(20, TimeUnit.SECONDS)).getCause();
  }

  private UdpSocket open(UdpSocketBuilder builder) {
    UdpSocket socket = await(builder.loops(loops).open());
    opened.add(socket);
    return socket;
  }

  private static UdpSocketBuilder local() {
    return UdpSocket.builder().address(new InetSocketAddress("127.0.0.1", 0));
  }

  private static Datagram to(UdpSocket target, String text) {
    return Datagram.of(target.localAddress(), text.getBytes());
  }

  private static Datagram take(UdpSocket socket) {
    return (Datagram) await(socket.take(null));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void datagramsComeWithTheirSender(boolean onLoop) {
    UdpSocket one = open(onLoop ? local().onLoop() : local());
    UdpSocket two = open(onLoop ? local().onLoop() : local());
    for (String text : new String[] {"hello", "", "x".repeat(60_000)}) {
      assertEquals(true, await(one.put(to(two, text))));
      Datagram came = take(two);
      assertEquals(one.localAddress(), came.address());
      assertArrayEquals(text.getBytes(), came.toByteArray());
    }
    assertEquals(0, two.dropped());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void callbacksRunWhereTheyShould(boolean onLoop) {
    UdpSocket one = open(onLoop ? local().onLoop() : local());
    Deferred<Boolean> isInside = new Deferred<>();
    one.take(null).onRealized(
        datagram -> isInside.success(Thread.currentThread() instanceof NonBlocking), isInside::error);
    one.put(to(one, "x"));
    assertEquals(onLoop, await(isInside));
  }

  @Test
  void whatNobodyTakesIsDroppedAndCounted() {
    UdpSocket lazy = open(local().queueLength(10).onLoop());
    UdpSocket sender = open(local());
    int count = 300;
    for (int i = 0; i < count; i++) {
      await(sender.put(to(lazy, "datagram " + i)));
      // One loop has both: once the barrier is through, the datagram has been read.
      await(sender.put(to(sender, "barrier")));
      take(sender);
    }
    assertEquals(count - 10, lazy.dropped());
    for (int i = 0; i < 10; i++) {
      assertEquals("datagram " + i, new String(take(lazy).toByteArray()));
    }
    await(sender.put(to(lazy, "again")));
    assertEquals("again", new String(take(lazy).toByteArray()));
  }

  @Test
  void aFloodOfPutsArrivesOrIsCountedAndNothingStaysPending() {
    UdpSocket sink = open(local().queueLength(100_000));
    UdpSocket sender = open(local());
    List<Deferred<Boolean>> puts = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      puts.add(sender.put(Datagram.of(sink.localAddress(), new byte[20_000])));
    }
    puts.forEach(put -> assertEquals(true, await(put)));
    assertTrue(sender.failedSends() == 0, "the system took all");
  }

  @Test
  void aPutThatIsWrongFailsAndTheSocketGoesOn() {
    UdpSocket socket = open(local());
    assertInstanceOf(IllegalArgumentException.class, failure(socket.put("no datagram")));
    assertInstanceOf(IllegalArgumentException.class, failure(socket.put(null)));
    assertThrows(IllegalArgumentException.class, () -> Datagram.of(socket.localAddress(), new byte[65_508]));
    Datagram lost = Datagram.of(InetSocketAddress.createUnresolved("mill.invalid", 9), new byte[1]);
    assertInstanceOf(UnknownHostException.class, failure(open(local().resolver(
        host -> Deferred.failed(new UnknownHostException(host)))).put(lost)));
    await(socket.put(to(socket, "fine")));
    assertEquals("fine", new String(take(socket).toByteArray()));
  }

  @Test
  void whatTheSystemRefusesToSendIsCounted() {
    UdpSocket socket = open(local());
    // Without permission to broadcast.
    await(socket.put(Datagram.of(new InetSocketAddress("255.255.255.255", 9), new byte[1])));
    await(socket.put(to(socket, "barrier")));
    take(socket);
    assertEquals(1, socket.failedSends());
  }

  @Test
  void namesOfTargetsAreLookedUp() throws IOException {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    UdpSocket socket = open(local().resolver(host -> Deferred.succeeded(List.of(loopback))));
    InetSocketAddress named = InetSocketAddress.createUnresolved("mill.example", socket.port());
    assertEquals(true, await(socket.put(Datagram.of(named, new byte[] {7}))));
    assertArrayEquals(new byte[] {7}, take(socket).toByteArray());
  }

  @Test
  void closingEndsBothEnds() {
    UdpSocket socket = open(local());
    Deferred<Object> pending = socket.take("end");
    Deferred<Boolean> told = new Deferred<>();
    socket.onClosed(() -> told.success(true));
    socket.close();
    assertEquals("end", await(pending));
    assertTrue(await(told));
    assertTrue(await(socket.closed()));
    assertEquals(false, await(socket.put(to(socket, "late"))));
    assertTrue(socket.isDrained());
    assertNull(socket.closeCause());
  }

  @Test
  void theEndOfTheLoopEndsTheSocket() {
    UdpSocket socket = open(local());
    Deferred<Object> pending = socket.take("end");
    loops.close();
    assertEquals("end", await(pending));
    assertEquals(false, await(socket.put(to(socket, "late"))));
    assertTrue(failure(local().loops(loops).open()).getMessage().contains("has ended"));
    assertTrue(failure(socket.join(InetAddress.getLoopbackAddress(), null)).getMessage().contains("has ended"));
  }

  @Test
  void anAddressThatIsTakenIsNamed() {
    UdpSocket socket = open(local());
    Throwable error = failure(UdpSocket.builder().address(socket.localAddress()).loops(loops).open());
    assertInstanceOf(BindException.class, error);
    assertTrue(error.getMessage().startsWith("Cannot open a UDP socket at 127.0.0.1:" + socket.port() + ": "), error.getMessage());
  }

  @Test
  void groupsAreJoinedAndLeft() throws IOException {
    NetworkInterface on = NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
    assumeTrue(on != null, "no loopback interface");
    InetAddress group = InetAddress.getByName("239.77.12.3");
    UdpSocket member = open(UdpSocket.builder());
    UdpSocket sender = open(UdpSocket.builder().address(new InetSocketAddress("0.0.0.0", 0)).socketOptions(
        SocketOptions.of(Map.of("ip-multicast-loop", true))));
    try {
      await(member.join(group, on));
      await(member.join(group, on));
    } catch (AssertionError e) {
      assumeTrue(false, "multicast does not work here: " + e.getCause());
    }
    assertEquals(true, await(member.leave(group, on)));
    assertEquals(true, await(member.leave(group, on)));
    assertEquals("Cannot join the group 127.0.0.1: it is not a multicast address",
        failure(member.join(InetAddress.getByName("127.0.0.1"), on)).getMessage());
    assertTrue(sender.port() > 0);
  }

  @Test
  void itKnowsItself() {
    UdpSocket socket = open(local());
    assertSame(socket, UdpSocket.of(socket.duplex()));
    assertSame(socket, UdpSocket.of(socket));
    assertNull(UdpSocket.of("no"));
    assertEquals("udp", socket.description().type());
    assertTrue(socket.toString().startsWith("UdpSocket[/127.0.0.1:"));
  }
}

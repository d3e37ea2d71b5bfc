package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import leat.async.Deferred;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** dnsjava behind leat's resolver, with a name server that knows three names; skipped where dnsjava is missing. */
class DnsJavaResolverTest {
  private final EventLoops loops = EventLoops.start(1);
  private final AtomicInteger questions = new AtomicInteger();

  @AfterEach
  void end() {
    loops.close();
  }

  private static boolean isThere() {
    try {
      Class.forName("org.xbill.DNS.Lookup");
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Answers questions (RFC 1035): mill.example has addresses, _grind._tcp.mill.example is a service. */
  private final class NameServer implements UdpHandler {
    @Override
    public void onDatagram(UdpChannel channel, SocketAddress sender, byte[] bytes, int from, int to) {
      questions.incrementAndGet();
      StringBuilder name = new StringBuilder();
      int at = from + 12;
      for (int length = bytes[at]; length > 0; length = bytes[at]) {
        name.append(new String(bytes, at + 1, length, StandardCharsets.US_ASCII)).append('.');
        at += length + 1;
      }
      int type = bytes[at + 1] << 8 | bytes[at + 2] & 0xff;
      List<byte[]> answers = switch (name + " " + type) {
        case "mill.example. 1" -> List.of(new byte[] {127, 0, 0, 1}, new byte[] {127, 0, 0, 2});
        case "mill.example. 28" -> List.of(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
        case "_grind._tcp.mill.example. 33" -> List.of(service(20, 5, 8000, "b"), service(10, 1, 7000, "a"), service(10, 9, 7001, "a"));
        default -> List.of();
      };
      boolean isKnown = name.toString().endsWith("mill.example.");
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.write(bytes, from, 2);
      out.writeBytes(new byte[] {(byte) 0x85, (byte) (isKnown ? 0x80 : 0x83), 0, 1, 0, (byte) answers.size(), 0, 0, 0, 0});
      out.write(bytes, from + 12, at + 5 - from - 12);
      for (byte[] answer : answers) {
        out.writeBytes(new byte[] {(byte) 0xc0, 12, 0, (byte) type, 0, 1, 0, 0, 0, 60, 0, (byte) answer.length});
        out.writeBytes(answer);
      }
      channel.send(sender, ByteBuffer.wrap(out.toByteArray()));
    }

    private byte[] service(int priority, int weight, int port, String host) {
      byte[] name = ("\1" + host + "\4mill\7example\0").getBytes(StandardCharsets.US_ASCII);
      return ByteBuffer.allocate(6 + name.length).putShort((short) priority).putShort((short) weight).putShort((short) port)
          .put(name).array();
    }
  }

  private DnsJavaResolver resolver() throws UnknownHostException {
    assumeTrue(isThere(), "dnsjava is not on the class path");
    UdpChannel server = Rig.await(UdpChannel.open(loops.get(0), new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), false,
        SocketOptions.NONE, new NameServer()).toCompletableFuture());
    return new DnsJavaResolver(List.of((InetSocketAddress) server.localAddress()), List.of("example"), Duration.ofSeconds(10));
  }

  private static Throwable failure(Deferred<?> deferred) {
    return assertThrows(ExecutionException.class, () -> deferred.toCompletableFuture().get(30, TimeUnit.SECONDS)).getCause();
  }

  @Test
  void namesHaveTheAddressesThatTheServerTells() throws UnknownHostException {
    DnsJavaResolver resolver = resolver();
    List<InetAddress> found = Rig.await(resolver.resolve("mill.example").toCompletableFuture());
    assertEquals(List.of("127.0.0.1", "127.0.0.2", "0:0:0:0:0:0:0:1"), found.stream().map(InetAddress::getHostAddress).toList());
    int asked = questions.get();
    Rig.await(resolver.resolve("mill.example").toCompletableFuture());
    assertEquals(asked, questions.get(), "the second time from the cache");
  }

  @Test
  void searchDomainsAreAppended() throws UnknownHostException {
    assertEquals(3, Rig.await(resolver().resolve("mill").toCompletableFuture()).size());
  }

  @Test
  void whatIsUnknownIsAnError() throws UnknownHostException {
    assertInstanceOf(UnknownHostException.class, failure(resolver().resolve("nobody.invalid")));
  }

  @Test
  void servicesComeByPriorityAndWeight() throws UnknownHostException {
    List<DnsJavaResolver.Service> found = Rig.await(resolver().services("_grind._tcp.mill.example").toCompletableFuture());
    assertEquals(List.of("a.mill.example:7001", "a.mill.example:7000", "b.mill.example:8000"),
        found.stream().map(service -> service.host() + ":" + service.port()).toList());
    assertEquals(List.of(), Rig.await(resolver().services("_none._tcp.mill.example").toCompletableFuture()));
  }

  @Test
  void withoutTheLibraryTheErrorNamesIt() {
    assumeTrue(!isThere(), "dnsjava is on the class path");
    IllegalStateException error = assertThrows(IllegalStateException.class,
        () -> new DnsJavaResolver(List.of(), List.of(), Duration.ofSeconds(1)));
    assertTrue(error.getMessage().contains("dnsjava/dnsjava {:mvn/version"), error.getMessage());
  }
}

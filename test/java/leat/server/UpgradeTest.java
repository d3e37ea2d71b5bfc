package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.http.Headers;
import leat.net.ChannelHandler;
import leat.net.TcpChannel;
import leat.server.RawClient.Reply;
import org.junit.jupiter.api.Test;

/** Giving a connection to another protocol (RFC 9110, 7.8). */
class UpgradeTest {
  private static final String HEAD = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
  private static final Headers ECHO = Headers.of("upgrade", "echo");

  /** Sends back what it gets, and notes what happens to it. */
  private static final class Echo implements ChannelHandler {
    final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();

    @Override
    public void onConnected(TcpChannel channel) {
      events.add("connected");
    }

    @Override
    public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
      channel.write(bytes.clone(), from, to);
    }

    @Override
    public void onReadEnd(TcpChannel channel) {
      events.add("end");
      channel.closeWhenFlushed();
    }

    @Override
    public void onClosed(TcpChannel channel, @Nullable Throwable cause) {
      events.add("closed");
    }
  }

  private static HttpServerBuilder echoing(Echo echo) {
    return Servers.builder().responderHandler((request, responder) -> assertTrue(request.upgrade(ECHO, echo)));
  }

  private static void isUpgraded(RawClient client) throws IOException {
    Reply reply = client.read();
    assertEquals(101, reply.status());
    assertEquals("echo", reply.field("upgrade"));
    assertEquals("upgrade", reply.field("connection"));
    assertNull(reply.field("content-length"));
    assertNull(reply.field("transfer-encoding"));
  }

  @Test
  void handsOverWithWhatCameRightAfter() throws IOException {
    for (boolean onLoop : new boolean[] {false, true}) {
      Echo echo = new Echo();
      HttpServerBuilder builder = onLoop ? echoing(echo).handlersOnLoop() : echoing(echo);
      try (HttpServer server = builder.start(); RawClient client = new RawClient(server)) {
        client.send(HEAD + "GET / not a request");
        isUpgraded(client);
        assertEquals("GET / not a request", new String(client.readExactly(19)));
        client.send("more");
        assertEquals("more", new String(client.readExactly(4)));
        client.finish();
        assertEquals("", client.readToEnd());
        Servers.until(() -> echo.events.size() == 3);
        assertEquals("[connected, end, closed]", echo.events.toString());
        Servers.until(() -> server.stats().connections() == 0);
      }
    }
  }

  /** What comes while the handler still thinks is kept for the successor, in order and in bounds. */
  @Test
  void handsOverLater() throws Exception {
    Echo echo = new Echo();
    Deferred<Request> asked = new Deferred<>();
    try (HttpServer server = Servers.builder().responderHandler((request, responder) -> asked.success(request)).start();
        RawClient client = new RawClient(server)) {
      client.send(HEAD);
      Request request = (Request) Servers.value(asked);
      byte[] much = new byte[5_000_000];
      much[much.length - 1] = 'z';
      Thread sender = new Thread(() -> {
        try {
          client.send(much);
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      });
      sender.start();
      Servers.barrier(server);
      assertTrue(request.upgrade(ECHO, echo));
      assertFalse(request.upgrade(ECHO, echo));
      assertEquals(false, Servers.value(request.closed()));
      isUpgraded(client);
      assertEquals('z', client.readExactly(much.length)[much.length - 1]);
      sender.join();
    }
  }

  /** A client that sent its FIN before the hand-over: the successor hears of it. */
  @Test
  void handsOverTheEndOfTheInput() throws IOException {
    Echo echo = new Echo();
    Deferred<Request> asked = new Deferred<>();
    try (HttpServer server = Servers.builder().responderHandler((request, responder) -> asked.success(request)).start();
        RawClient client = new RawClient(server)) {
      client.send(HEAD + "abc").finish();
      Request request = (Request) Servers.value(asked);
      Servers.barrier(server);
      request.upgrade(ECHO, echo);
      isUpgraded(client);
      assertEquals("abc", client.readToEnd());
    }
  }

  /** RFC 9110, 7.8: a server may ignore Upgrade; the connection then goes on with what followed. */
  @Test
  void ignoresAnUpgradeAndGoesOn() throws IOException {
    for (boolean onLoop : new boolean[] {false, true}) {
      HttpServerBuilder builder = Servers.builder().handler(request -> Response.text(request.path()));
      try (HttpServer server = (onLoop ? builder.handlersOnLoop() : builder).start();
          RawClient client = new RawClient(server)) {
        client.send(HEAD + HEAD).get("/2");
        assertEquals("/", client.read().text());
        assertEquals("/", client.read().text());
        assertEquals("/2", client.read().text());
        client.send(HEAD.replace("Upgrade\r\n", "Upgrade, close\r\n"));
        assertTrue(client.read().closes());
        assertEquals("", client.readToEnd());
      }
    }
  }

  /** RFC 9112, 9.3.2: the 101 waits for the responses before it. */
  @Test
  void upgradesInItsTurn() throws IOException {
    Echo echo = new Echo();
    try (HttpServer server = Servers.builder().responderHandler((request, responder) -> {
          if (request.head().isUpgrade()) {
            request.upgrade(ECHO, echo);
          } else {
            responder.respond(Response.text("before"));
          }
        }).start();
        RawClient client = new RawClient(server)) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + HEAD + "x");
      assertEquals("before", client.read().text());
      isUpgraded(client);
      assertEquals("x", new String(client.readExactly(1)));
    }
  }

  @Test
  void refusesWhatIsNoUpgrade() throws IOException {
    HttpServerBuilder builder = Servers.builder().responderHandler((request, responder) -> {
      Headers headers = request.path().equals("/unnamed") ? Headers.EMPTY : ECHO;
      request.upgrade(headers, new Echo());
    }).errorHandler((request, error) -> Response.text(500, error.getClass().getSimpleName()));
    try (HttpServer server = builder.start(); RawClient client = new RawClient(server)) {
      assertEquals("IllegalStateException", client.get("/").read().text());
      assertEquals("IllegalArgumentException", client.send(HEAD.replace("/ ", "/unnamed ")).read().text());
      client.send(HEAD.replace("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\nx"));
      assertEquals("IllegalStateException", client.read().text());
      client.send(HEAD.replace("HTTP/1.1", "HTTP/1.0"));
      assertEquals("IllegalStateException", client.read().text());
    }
  }

  /** The server owns the framing of 101 too (RFC 9110, 8.6). */
  @Test
  void dropsFramingFieldsOf101() throws IOException {
    Headers evil = Headers.of("Upgrade", "echo", "Content-Length", "5", "transfer-encoding", "chunked",
        "connection", "close", "x-kept", "yes");
    try (HttpServer server = Servers.builder().responderHandler((request, responder) ->
          request.upgrade(evil, new Echo())).start();
        RawClient client = new RawClient(server)) {
      Reply reply = client.send(HEAD).read();
      assertEquals("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nUpgrade: echo\r\nx-kept: yes\r\n\r\n",
          reply.head());
    }
  }

  @Test
  void aSuccessorThatFailsIsClosed() throws IOException {
    Echo broken = new Echo();
    ChannelHandler successor = new ChannelHandler() {
      @Override
      public void onConnected(TcpChannel channel) {
        throw new IllegalStateException("no");
      }

      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {}

      @Override
      public void onClosed(TcpChannel channel, @Nullable Throwable cause) {
        broken.onClosed(channel, cause);
      }
    };
    try (HttpServer server = Servers.builder().responderHandler((request, responder) ->
          request.upgrade(ECHO, successor)).start();
        RawClient client = new RawClient(server)) {
      client.send(HEAD);
      Servers.until(() -> broken.events.size() == 1);
      Servers.until(() -> server.stats().connections() == 0);
    }
  }

  /** A server that closes does not wait for what another protocol might still do. */
  @Test
  void closingEndsUpgradedConnections() throws IOException {
    Echo echo = new Echo();
    try (HttpServer server = echoing(echo).shutdownTimeout(Duration.ofMinutes(10)).start();
        RawClient client = new RawClient(server)) {
      client.send(HEAD);
      isUpgraded(client);
      Deferred<Boolean> closed = server.closeAsync();
      assertEquals("", client.readToEnd());
      client.socket().close();
      Servers.value(closed);
      assertEquals("[connected, closed]", echo.events.toString());
    }
  }
}

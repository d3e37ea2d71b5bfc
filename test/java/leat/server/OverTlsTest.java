package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocket;
import leat.tls.TlsContext;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** HTTPS: all that holds for plain connections holds for secured ones, and what only they have. */
@Timeout(60)
class OverTlsTest {
  private static final TlsContext CONTEXT = TlsContext.selfSigned();

  /** Lets the servers and clients of a class of tests speak TLS. */
  static final class Tls implements BeforeAllCallback, AfterAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
      Servers.tls = CONTEXT;
    }

    @Override
    public void afterAll(ExtensionContext context) {
      Servers.tls = null;
    }
  }

  @Nested
  @ExtendWith(Tls.class)
  class Closing extends ClosingTest {}

  @Nested
  @ExtendWith(Tls.class)
  class Continue extends ContinueTest {}

  @Nested
  @ExtendWith(Tls.class)
  class Failure extends FailureTest {}

  @Nested
  @ExtendWith(Tls.class)
  class Hostile extends HostileTest {}

  @Nested
  @ExtendWith(Tls.class)
  class Persistence extends PersistenceTest {}

  @Nested
  @ExtendWith(Tls.class)
  class Pipelining extends PipeliningTest {}

  @Nested
  @ExtendWith(Tls.class)
  class RefusedRequests extends RefusedRequestsTest {}

  @Nested
  @ExtendWith(Tls.class)
  class RequestBody extends RequestBodyTest {}

  @Nested
  @ExtendWith(Tls.class)
  class ResponseBody extends ResponseBodyTest {}

  @Nested
  @ExtendWith(Tls.class)
  class Timeouts extends TimeoutsTest {
    // Not run here: they ask a socket what has come, which one with TLS does not know before it reads.
    @Override
    void aHeadThatDripsIs408() {}

    @Override
    void aBodyThatDripsIs408() {}
  }

  @Nested
  @ExtendWith(Tls.class)
  class Upgrade extends UpgradeTest {}

  @Nested
  @ExtendWith(Tls.class)
  class ClientGone extends ClientGoneTest {}

  // ---- What only HTTPS has

  private static HttpServer start(TlsContext context, CompletableFuture<Request> seen) throws IOException {
    return Servers.builder().tls(context).handler(request -> {
      seen.complete(request);
      return Response.text(request.scheme());
    }).start();
  }

  private static SSLSocket connect(HttpServer server, TlsContext context) throws IOException {
    Socket plain = new Socket("127.0.0.1", server.port());
    plain.setSoTimeout(RawClient.PATIENCE_MS);
    return (SSLSocket) context.sslContext().getSocketFactory().createSocket(plain, "localhost", server.port(), true);
  }

  private static String get(SSLSocket socket, String headers) throws IOException {
    socket.getOutputStream().write(("GET / HTTP/1.1\r\nconnection: close\r\n" + headers + "\r\n").getBytes());
    return new String(socket.getInputStream().readAllBytes());
  }

  @Test
  void tellsSchemePortAndSession() throws Exception {
    CompletableFuture<Request> seen = new CompletableFuture<>();
    try (HttpServer server = start(CONTEXT, seen); SSLSocket client = connect(server, CONTEXT)) {
      String response = get(client, "host: example.com\r\n");
      assertEquals("https", response.substring(response.length() - 5));
      Request request = seen.join();
      assertEquals("https", request.scheme());
      assertEquals(443, request.serverPort());
      assertEquals("TLSv1.3", request.tlsSession().getProtocol());
      assertNull(request.clientCertificate());
    }
  }

  @Test
  void tellsTheCertificateOfTheClient() throws Exception {
    CompletableFuture<Request> seen = new CompletableFuture<>();
    TlsContext context = TlsContext.builder().selfSigned().clientAuth(TlsContext.ClientAuth.REQUIRE).build();
    try (HttpServer server = start(context, seen); SSLSocket client = connect(server, context)) {
      get(client, "host: a\r\n");
      X509Certificate shown = seen.join().clientCertificate();
      assertEquals(context.certificates().get(0), shown);
    }
  }

  @Test
  void agreesOnHttp11ByAlpn() throws Exception {
    try (HttpServer server = start(CONTEXT, new CompletableFuture<>()); SSLSocket client = connect(server, CONTEXT)) {
      var parameters = client.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      client.setSSLParameters(parameters);
      get(client, "host: a\r\n");
      assertEquals("http/1.1", client.getApplicationProtocol());
    }
  }

  /** A client that speaks plain HTTP is told so by a TLS alert, not by anything it could take for an answer. */
  @Test
  void plainHttpIsRefusedAndCounted() throws Exception {
    try (HttpServer server = start(CONTEXT, new CompletableFuture<>())) {
      try (Socket plain = new Socket("127.0.0.1", server.port())) {
        plain.setSoTimeout(RawClient.PATIENCE_MS);
        plain.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes());
        byte[] answer = plain.getInputStream().readAllBytes();
        assertEquals(21, answer.length == 0 ? 21 : answer[0]);
      }
      Servers.until(() -> server.stats().connections() == 0);
      assertEquals(1, server.stats().protocolErrors());
      assertEquals(0, server.stats().requests());
    }
  }

  @Test
  void beyondTheLimitOfConnectionsItOnlyCloses() throws Exception {
    try (HttpServer server = Servers.builder().tls(CONTEXT).maxConnections(1, 1)
            .handler(request -> Response.text("x")).start();
        SSLSocket first = connect(server, CONTEXT);
        SSLSocket second = connect(server, CONTEXT)) {
      first.startHandshake();
      assertThrows(IOException.class, second::startHandshake);
      assertEquals(1, server.stats().refusedConnections());
    }
  }
}

package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import leat.tls.OpenSsl;
import leat.tls.TlsContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A stranger at the other end: {@code openssl s_client} and {@code s_server}. */
@Timeout(60)
@DisabledIf(value = "leat.tls.OpenSsl#isMissing", disabledReason = "the command openssl, 1.1.1 or later, is missing")
class TlsOpenSslTest {
  @TempDir
  private static Path folder;

  private static TlsContext server;

  /** An authority, and certificates of it for two hosts and a client. */
  @BeforeAll
  static void makeCertificates() throws IOException {
    OpenSsl.run(folder, "", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
        "-days", "30", "-subj", "/CN=Test CA", "-addext", "keyUsage=critical,keyCertSign");
    issue("one", "one.example");
    issue("star", "*.two.example");
    issue("client", "client.example");
    server = TlsContext.builder()
        .certificate(folder.resolve("one.pem"), folder.resolve("one.key"), null)
        .certificate(folder.resolve("star.pem"), folder.resolve("star.key"), null)
        .trust(folder.resolve("ca.pem"), null)
        .clientAuth(TlsContext.ClientAuth.OPTIONAL)
        .applicationProtocols("echo/2", "echo/1")
        .build();
  }

  private static void issue(String name, String host) throws IOException {
    OpenSsl.run(folder, "", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
        name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name);
    Files.writeString(folder.resolve(name + ".ext"), "subjectAltName=DNS:" + host + "\n");
    OpenSsl.run(folder, "", "x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-days", "30", "-extfile", name + ".ext", "-out", name + ".pem");
  }

  /** Says what it knows of the connection as soon as it is secure, and echoes. */
  private static final class Telling extends Echo {
    @Override
    public void onConnected(TcpChannel channel) {
      channel.startTls(server).onRealized(session -> {
        String certificate = channel.peerCertificate() == null
            ? "nobody"
            : channel.peerCertificate().getSubjectX500Principal().getName();
        String text = session.getProtocol() + " " + channel.applicationProtocol() + " " + certificate + " told\n";
        channel.output().writeLatin1(text);
        channel.flush();
      }, error -> {});
    }
  }

  private static OpenSsl.Running client(Rig rig, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("s_client", "-connect", "127.0.0.1:" + rig.port(), "-CAfile",
        "ca.pem", "-verify_return_error"));
    arguments.addAll(List.of(more));
    return new OpenSsl.Running(folder, arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({"-tls1_2, TLSv1.2", "-tls1_3, TLSv1.3"})
  void servesClients(String option, String version) throws Exception {
    try (Rig rig = new Rig(Telling::new);
        OpenSsl.Running client = client(rig, option, "-servername", "one.example", "-alpn", "other,echo/1")) {
      client.type("hello\n");
      assertTrue(client.readTo("told").contains(version + " echo/1 nobody"));
      client.readTo("hello");
    }
  }

  @ParameterizedTest
  @CsvSource({"one.example, CN = one", "a.two.example, CN = star", "unknown.example, CN = one", "a.b.two.example, CN = one"})
  void choosesTheCertificateByName(String host, String subject) throws Exception {
    try (Rig rig = new Rig(Telling::new); OpenSsl.Running client = client(rig, "-servername", host)) {
      String seen = client.readTo("told").replaceAll("CN ?= ?", "CN = ");
      assertTrue(seen.contains("subject=" + subject), seen);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void knowsTheClientByItsCertificate(String option) throws Exception {
    try (Rig rig = new Rig(Telling::new);
        OpenSsl.Running client = client(rig, option, "-cert", "client.pem", "-key", "client.key")) {
      assertTrue(client.readTo("told").contains("CN=client"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void resumesSessions(String option) throws Exception {
    try (Rig rig = new Rig(Telling::new)) {
      try (OpenSsl.Running first = client(rig, option, "-sess_out", "session.pem", "-servername", "one.example")) {
        assertTrue(first.readTo("told").contains("New, "));
        first.type("Q\n");
        first.readToEnd();
      }
      try (OpenSsl.Running second = client(rig, option, "-sess_in", "session.pem", "-servername", "one.example")) {
        assertTrue(second.readTo("told").contains("Reused, "));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1", "-tls1_1"})
  void oldVersionsAreRefused(String option) throws Exception {
    try (Rig rig = new Rig(Telling::new); OpenSsl.Running client = client(rig, option, "-cipher", "ALL:@SECLEVEL=0")) {
      String seen = client.readToEnd();
      assertFalse(seen.contains("told"), seen);
      assertTrue(seen.contains("alert protocol version"), seen);
    }
  }

  @Test
  void renegotiationIsRefused() throws Exception {
    try (Rig rig = new Rig(Telling::new); OpenSsl.Running client = client(rig, "-tls1_2")) {
      client.readTo("told");
      client.type("R\n");
      String seen = client.readToEnd();
      assertTrue(seen.contains("RENEGOTIATING"), seen);
      assertFalse(seen.contains("verify return:1\n---"), seen);
    }
  }

  @Test
  void keyUpdatesAreAnswered() throws Exception {
    try (Rig rig = new Rig(Telling::new); OpenSsl.Running client = client(rig, "-tls1_3")) {
      client.readTo("told");
      client.type("K\n");
      client.readTo("KEYUPDATE");
      client.type("after\n");
      client.readTo("after");
    }
  }

  // ---- Our client against s_server

  @ParameterizedTest
  @CsvSource({"-tls1_2, TLSv1.2", "-tls1_3, TLSv1.3"})
  void talksToServers(String option, String version) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    TlsContext context = TlsContext.builder()
        .certificate(folder.resolve("client.pem"), folder.resolve("client.key"), null)
        .trust(folder.resolve("ca.pem"), null)
        .applicationProtocols("echo/1")
        .build();
    Recorder recorder = new Recorder() {
      @Override
      public void onConnected(TcpChannel channel) {
        super.onConnected(channel);
        channel.startTls(context, "one.example", port);
        channel.output().writeLatin1("question\n");
        channel.flush();
      }
    };
    try (Rig rig = new Rig(Echo::new);
        OpenSsl.Running other = new OpenSsl.Running(folder, "s_server", "-accept", "127.0.0.1:" + port, option, "-cert",
            "one.pem", "-key", "one.key", "-CAfile", "ca.pem", "-Verify", "2", "-verify_return_error", "-alpn", "echo/1")) {
      other.readTo("ACCEPT");
      TlsChannelTest.connect(rig.loop(), port, recorder);
      other.readTo("question");
      other.type("answer\n");
      recorder.awaitEvent("read");
      assertEquals("answer\n", recorder.text());
      TcpChannel channel = recorder.channel();
      CompletableFuture<String> told = new CompletableFuture<>();
      rig.run(() -> told.complete(channel.tlsSession().getProtocol() + " " + channel.applicationProtocol()));
      assertEquals(version + " echo/1", Rig.await(told));
      assertNotNull(channel.peerCertificate());
      rig.run(channel::closeWhenFlushed);
      other.readTo("DONE");
    }
  }
}

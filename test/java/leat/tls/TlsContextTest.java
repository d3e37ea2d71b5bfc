package leat.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateCrtKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import leat.tls.TlsContext.ClientAuth;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Contexts: what they are made of, whom they show and trust, and how they are reloaded. */
@Timeout(60)
class TlsContextTest {
  private static final Logger QUIET = Logger.getLogger("leat.tls");

  static {
    QUIET.setLevel(Level.OFF);
  }

  // ---- Two engines, face to face

  /** The certificate that the server shows to a client that asks for a host. */
  private static X509Certificate shown(TlsContext server, TlsContext client, String host) throws SSLException {
    SSLEngine engine = client.clientEngine(host, 1);
    handshake(server.serverEngine(), engine);
    return (X509Certificate) engine.getSession().getPeerCertificates()[0];
  }

  static void handshake(SSLEngine server, SSLEngine client) throws SSLException {
    ByteBuffer toServer = ByteBuffer.allocate(64 * 1024);
    ByteBuffer toClient = ByteBuffer.allocate(64 * 1024);
    server.beginHandshake();
    client.beginHandshake();
    for (int n = 0; n < 100; n++) {
      step(client, toClient, toServer);
      step(server, toServer, toClient);
      if (isDone(client) && isDone(server) && toServer.position() == 0 && toClient.position() == 0) {
        return;
      }
    }
    throw new AssertionError("Expected the handshake to end");
  }

  private static boolean isDone(SSLEngine engine) {
    return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
  }

  private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    for (int n = 0; n < 20; n++) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> engine.getDelegatedTask().run();
        case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), out);
        default -> {
          in.flip();
          boolean any = in.hasRemaining();
          int before = in.remaining();
          engine.unwrap(in, ByteBuffer.allocate(32 * 1024));
          boolean stuck = before == in.remaining();
          in.compact();
          if (!any || stuck) {
            return;
          }
        }
      }
    }
  }

  private static TlsContext trusting(X509Certificate... certificates) throws IOException {
    return TlsContext.builder().trust(certificates, null).verifyHost(false).build();
  }

  private static Identity identity(String... hosts) {
    return SelfSigned.make(List.of(hosts), Duration.ofDays(1));
  }

  // ---- Keys and certificates in all forms

  private static String pem(Identity identity) {
    StringBuilder text = new StringBuilder("a comment\n");
    identity.chain().forEach(certificate -> text.append(TlsContext.pem(certificate)));
    return text.toString();
  }

  private static String pem(PrivateKey key) {
    return Pem.text("PRIVATE KEY", key.getEncoded());
  }

  private static byte[] store(Identity identity, String type, String password) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    store.load(null, null);
    store.setKeyEntry("one", identity.key(), password.toCharArray(), identity.chain().toArray(Certificate[]::new));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.store(out, password.toCharArray());
    return out.toByteArray();
  }

  @Test
  void takesPemAsTextFileStreamAndBytes(@TempDir Path folder) throws Exception {
    Identity identity = identity("localhost");
    String chain = pem(identity);
    String key = pem(identity.key());
    Path chainFile = Files.writeString(folder.resolve("chain.pem"), chain);
    Path keyFile = Files.writeString(folder.resolve("key.pem"), key);
    List<TlsContext> contexts = List.of(
        TlsContext.builder().certificate(chain, key, null).build(),
        TlsContext.builder().certificate(chainFile, keyFile, null).build(),
        TlsContext.builder().certificate(chainFile.toString(), keyFile.toFile(), null).build(),
        TlsContext.builder().certificate(chainFile.toUri().toURL(), key.getBytes(), null).build(),
        TlsContext.builder().certificate(
            new ByteArrayInputStream(chain.getBytes()), new ByteArrayInputStream(key.getBytes()), null).build(),
        TlsContext.builder().certificate(identity.certificate(), identity.key(), null).build(),
        TlsContext.builder().certificate(identity.chain(), identity.key(), null).build(),
        // DER
        TlsContext.builder().certificate(identity.certificate().getEncoded(), identity.key().getEncoded(), null).build());
    for (TlsContext context : contexts) {
      assertEquals(identity.certificate(), shown(context, trusting(identity.certificate()), "localhost"));
    }
  }

  @Test
  void takesStores() throws Exception {
    Identity identity = identity("localhost");
    KeyStore loaded = KeyStore.getInstance("PKCS12");
    loaded.load(new ByteArrayInputStream(store(identity, "PKCS12", "secret")), "secret".toCharArray());
    List<TlsContext> contexts = List.of(
        TlsContext.builder().keyStore(store(identity, "PKCS12", "secret"), "secret").build(),
        TlsContext.builder().keyStore(store(identity, "JKS", "secret"), "secret").build(),
        TlsContext.builder().keyStore(loaded, "secret").build());
    for (TlsContext context : contexts) {
      assertEquals(identity.certificate(), shown(context, trusting(identity.certificate()), "localhost"));
    }
    IllegalArgumentException wrong = assertThrows(IllegalArgumentException.class,
        () -> TlsContext.builder().keyStore(store(identity, "PKCS12", "secret"), "wrong").build());
    assertTrue(wrong.getMessage().contains("key store"), wrong.getMessage());
    // As a trust store: whatever certificates are in it.
    TlsContext client = TlsContext.builder().trust(store(identity, "PKCS12", "secret"), "secret").build();
    assertEquals(identity.certificate(), shown(contexts.get(0), client, "localhost"));
  }

  /** PKCS#1 and SEC 1 are what is inside of PKCS#8. */
  @Test
  void takesOldFormsOfKeys() throws Exception {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPair pair = rsa.generateKeyPair();
    byte[] pkcs1 = Der.find(Der.find(pair.getPrivate().getEncoded(), Der.SEQUENCE), Der.OCTET_STRING);
    for (byte[] form : new byte[][] {pkcs1, Pem.text("RSA PRIVATE KEY", pkcs1).getBytes(), pair.getPrivate().getEncoded()}) {
      assertEquals(((RSAPrivateCrtKey) pair.getPrivate()).getModulus(),
          ((RSAPrivateCrtKey) PrivateKeys.read(form, null)).getModulus());
    }
    IllegalArgumentException none =
        assertThrows(IllegalArgumentException.class, () -> PrivateKeys.read("-----BEGIN X-----\n-----END X-----".getBytes(), null));
    assertTrue(none.getMessage().contains("got none"));
    assertThrows(IllegalArgumentException.class, () -> PrivateKeys.read(new byte[] {1, 2, 3}, null));
    assertThrows(IllegalArgumentException.class, () -> PrivateKeys.read(new byte[0], null));
    assertThrows(IllegalArgumentException.class,
        () -> PrivateKeys.read(Arrays.copyOf(pair.getPrivate().getEncoded(), 100), null));
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() {
    IllegalArgumentException error = assertThrows(IllegalArgumentException.class, () ->
        TlsContext.builder().certificate(identity("a").certificate(), identity("b").key(), null).build());
    assertTrue(error.getMessage().contains("another key"), error.getMessage());
  }

  @Test
  void saysWhatIsMissing() {
    assertThrows(NoSuchFileException.class,
        () -> TlsContext.builder().certificate(Path.of("/no/such"), identity("a").key(), null).build());
    assertThrows(IllegalArgumentException.class, () -> TlsContext.builder().certificate(5, 6, null));
    assertThrows(IllegalArgumentException.class, () -> TlsContext.builder().protocols("TLSv1.1"));
    assertThrows(IllegalArgumentException.class, () -> TlsContext.builder().protocols());
    assertThrows(IllegalArgumentException.class, () -> TlsContext.builder().ciphers("TLS_NO_SUCH"));
    assertThrows(IllegalArgumentException.class, () -> TlsContext.builder().handshakeTimeout(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> TlsContext.builder().sessionCacheSize(0));
    assertThrows(IllegalArgumentException.class, () -> TlsContext.builder().certificate(
        "-----BEGIN CERTIFICATE-----\nAAAA\n", identity("a").key(), null).build());
  }

  /** Any bytes give a key or certificates, or an IllegalArgumentException, and nothing else. */
  @Test
  void garbageIsNoKeyAndNoCertificate() throws Exception {
    long seed = Long.getLong("leat.seed", System.nanoTime());
    Random random = new Random(seed);
    Identity identity = identity("localhost");
    byte[][] originals = {
      identity.key().getEncoded(), pem(identity.key()).getBytes(), identity.certificate().getEncoded(), pem(identity).getBytes(),
      {0x30, 0}, {0x30, (byte) 0x83, 1, 0, 0}, "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----".getBytes()
    };
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = originals[i % originals.length].clone();
      for (int n = random.nextInt(4); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      bytes = Arrays.copyOf(bytes, bytes.length - (random.nextBoolean() ? 0 : random.nextInt(bytes.length)));
      String message = "-Dleat.seed=" + seed + ", case " + i;
      orIllegalArgument(message, () -> PrivateKeys.read(garbage(random, random.nextBoolean()), "secret"));
      byte[] changed = bytes;
      orIllegalArgument(message, () -> PrivateKeys.read(changed, "secret"));
      orIllegalArgument(message, () -> TlsSource.of(changed, "chain").certificates());
    }
  }

  private static byte[] garbage(Random random, boolean ofText) {
    byte[] bytes = new byte[random.nextInt(100)];
    random.nextBytes(bytes);
    return ofText ? Pem.text("PRIVATE KEY", bytes).getBytes() : bytes;
  }

  private static void orIllegalArgument(String message, Callable<?> reading) {
    try {
      reading.call();
    } catch (IllegalArgumentException expected) {
      // As it should be.
    } catch (Exception e) {
      throw new AssertionError(message, e);
    }
  }

  // ---- Names

  @Test
  void showsTheCertificateOfTheHost() throws Exception {
    Identity first = identity("first.example");
    Identity star = identity("*.example");
    Identity exact = identity("exact.example", "other.test");
    TlsContext server = TlsContext.builder()
        .certificate(first.certificate(), first.key(), null)
        .certificate(star.certificate(), star.key(), null)
        .certificate(exact.certificate(), exact.key(), null)
        .build();
    TlsContext client = trusting(first.certificate(), star.certificate(), exact.certificate());
    assertEquals(first.certificate(), shown(server, client, "first.example"));
    assertEquals(first.certificate(), shown(server, client, "nobody.test"));
    assertEquals(first.certificate(), shown(server, client, "127.0.0.1"));
    assertEquals(exact.certificate(), shown(server, client, "exact.example"));
    assertEquals(exact.certificate(), shown(server, client, "OTHER.test."));
    assertEquals(List.of(first.certificate(), star.certificate(), exact.certificate()), server.certificates());
  }

  @Test
  void anAsteriskStandsForOneLabel() throws Exception {
    Identity first = identity("first.example");
    Identity star = identity("*.two.example");
    TlsContext server = TlsContext.builder()
        .certificate(first.certificate(), first.key(), null)
        .certificate(star.certificate(), star.key(), null)
        .build();
    TlsContext client = trusting(first.certificate(), star.certificate());
    assertEquals(star.certificate(), shown(server, client, "a.two.example"));
    assertEquals(first.certificate(), shown(server, client, "a.b.two.example"));
    assertEquals(first.certificate(), shown(server, client, "two.example"));
  }

  // ---- Trust

  @Test
  void hostNamesAreVerified() throws Exception {
    TlsContext context = TlsContext.selfSigned("localhost");
    shown(context, context, "localhost");
    SSLException error = assertThrows(SSLException.class, () -> shown(context, context, "example.com"));
    assertEquals(TlsException.Reason.CERTIFICATE, TlsException.of(error, false).reason());
    shown(context, TlsContext.builder().trust(context.certificates(), null).verifyHost(false).build(), "example.com");
    shown(context, TlsContext.builder().insecure().build(), "example.com");
    assertThrows(SSLException.class, () -> shown(context, TlsContext.builder().build(), "localhost"));
  }

  /** CVE-2026-50010: one of the user's, or one that wraps another, may forget to check the name. */
  @Test
  void noTrustManagerCanSwitchThatOff() throws Exception {
    X509ExtendedTrustManager all = new HostCheck.Everybody();
    TlsContext server = TlsContext.selfSigned("localhost");
    TlsContext client = TlsContext.builder().trust(all, null).build();
    shown(server, client, "localhost");
    SSLException error = assertThrows(SSLException.class, () -> shown(server, client, "example.com"));
    assertTrue(TlsException.of(error, false).getMessage().contains("example.com"));
  }

  @Test
  void clientsAreAsked() throws Exception {
    TlsContext server = TlsContext.builder().selfSigned().clientAuth(ClientAuth.REQUIRE).build();
    SSLEngine engine = server.serverEngine();
    handshake(engine, server.clientEngine("localhost", 1));
    assertEquals(server.certificates().get(0), engine.getSession().getPeerCertificates()[0]);
    TlsContext stranger = TlsContext.builder().trust(server.certificates(), null).build();
    assertThrows(SSLException.class, () -> handshake(server.serverEngine(), stranger.clientEngine("localhost", 1)));
    TlsContext lenient = TlsContext.builder().selfSigned().clientAuth(ClientAuth.OPTIONAL).build();
    handshake(lenient.serverEngine(),
        TlsContext.builder().trust(lenient.certificates(), null).build().clientEngine("localhost", 1));
  }

  // ---- Engines

  @Test
  void onlyGoodVersionsAndCiphers() {
    SSLEngine engine = TlsContext.selfSigned().serverEngine();
    assertEquals(List.of("TLSv1.3", "TLSv1.2"), List.of(engine.getEnabledProtocols()));
    for (String cipher : engine.getEnabledCipherSuites()) {
      assertTrue(cipher.matches("TLS_(AES|CHACHA20)_.*|TLS_ECDHE_(RSA|ECDSA)_WITH_(AES_..._GCM|CHACHA20_POLY1305)_.*"), cipher);
    }
  }

  @Test
  void protocolsOfApplicationsAreAgreedOn() throws Exception {
    TlsContext context = TlsContext.builder().selfSigned().applicationProtocols("h2", "http/1.1").build();
    SSLEngine client = context.withApplicationProtocols("http/1.1", "h2").clientEngine("localhost", 1);
    handshake(context.serverEngine(), client);
    assertEquals("h2", client.getApplicationProtocol());
    assertThrows(SSLException.class, () ->
        handshake(context.serverEngine(), context.withApplicationProtocols("spdy/1").clientEngine("localhost", 1)));
  }

  // ---- Reloading

  private static void write(Path folder, Identity identity, long second) throws IOException {
    Files.writeString(folder.resolve("chain.pem"), pem(identity));
    Files.writeString(folder.resolve("key.pem"), pem(identity.key()));
    // So that the change is seen, however coarse the times of files are.
    Files.setLastModifiedTime(folder.resolve("chain.pem"), FileTime.from(second, TimeUnit.SECONDS));
  }

  @Test
  void isReloadedWhileItRuns(@TempDir Path folder) throws Exception {
    Identity before = identity("localhost");
    Identity after = identity("localhost");
    write(folder, before, 1000);
    TlsContext context =
        TlsContext.builder().certificate(folder.resolve("chain.pem"), folder.resolve("key.pem"), null).build();
    TlsContext derived = context.withApplicationProtocols("http/1.1");
    TlsContext client = trusting(before.certificate(), after.certificate());
    assertFalse(context.reloadIfChanged());
    write(folder, after, 2000);
    assertEquals(before.certificate(), shown(derived, client, "localhost"));
    assertTrue(context.reloadIfChanged());
    assertEquals(after.certificate(), shown(derived, client, "localhost"));
    assertFalse(context.reloadIfChanged());
    Files.writeString(folder.resolve("key.pem"), pem(before.key()));
    assertThrows(IllegalArgumentException.class, context::reload);
    assertEquals(after.certificate(), shown(context, client, "localhost"));
    Files.delete(folder.resolve("key.pem"));
    assertThrows(IOException.class, context::reload);
    assertEquals(after.certificate(), shown(context, client, "localhost"));
  }

  @Test
  void reloadsByItself(@TempDir Path folder) throws Exception {
    Identity before = identity("localhost");
    Identity after = identity("localhost");
    write(folder, before, 1000);
    TlsContext context = TlsContext.builder()
        .certificate(folder.resolve("chain.pem"), folder.resolve("key.pem"), null)
        .reloadEvery(Duration.ofMillis(10))
        .build();
    // A key that does not fit is passed over, and the next look finds both.
    Files.writeString(folder.resolve("key.pem"), pem(after.key()));
    write(folder, after, 2000);
    while (!context.certificates().get(0).equals(after.certificate())) {
      Thread.onSpinWait();
    }
    assertNotEquals(before.certificate(), context.certificates().get(0));
  }

  // ---- What openssl writes

  @Test
  @DisabledIf(value = "leat.tls.OpenSsl#isMissing", disabledReason = "the command openssl is missing")
  void takesWhatOpenSslWrites(@TempDir Path folder) throws Exception {
    OpenSsl.run(folder, "", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "rsa.pem", "-out", "rsa.crt",
        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost");
    OpenSsl.run(folder, "", "rsa", "-in", "rsa.pem", "-traditional", "-out", "pkcs1.pem");
    OpenSsl.run(folder, "", "rsa", "-in", "rsa.pem", "-traditional", "-outform", "DER", "-out", "pkcs1.der");
    OpenSsl.run(folder, "", "pkcs8", "-topk8", "-in", "rsa.pem", "-passout", "pass:secret", "-out", "encrypted.pem");
    OpenSsl.run(folder, "", "pkcs8", "-topk8", "-in", "rsa.pem", "-passout", "pass:secret", "-outform", "DER", "-out", "encrypted.der");
    OpenSsl.run(folder, "", "pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-in", "rsa.pem", "-passout", "pass:secret", "-out", "old.pem");
    OpenSsl.run(folder, "", "pkcs12", "-export", "-in", "rsa.crt", "-inkey", "rsa.pem", "-passout", "pass:secret", "-out", "store.p12");
    for (String key : List.of("rsa.pem", "pkcs1.pem", "pkcs1.der", "encrypted.pem", "encrypted.der", "old.pem")) {
      TlsContext.builder().certificate(folder.resolve("rsa.crt"), folder.resolve(key), "secret").build();
    }
    TlsContext server = TlsContext.builder().keyStore(folder.resolve("store.p12"), "secret").build();
    shown(server, TlsContext.builder().trust(folder.resolve("rsa.crt"), null).build(), "localhost");
    IllegalArgumentException wrong = assertThrows(IllegalArgumentException.class, () -> TlsContext.builder()
        .certificate(folder.resolve("rsa.crt"), folder.resolve("encrypted.pem"), "wrong").build());
    assertTrue(wrong.getMessage().contains("encrypted.pem"), wrong.getMessage());
    assertFalse(wrong.getMessage().contains("wrong\""), wrong.getMessage());
    assertThrows(IllegalArgumentException.class, () -> TlsContext.builder()
        .certificate(folder.resolve("rsa.crt"), folder.resolve("encrypted.pem"), null).build());
    OpenSsl.run(folder, "", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", "ec.pem",
        "-out", "ec.crt", "-days", "2", "-subj", "/CN=localhost");
    OpenSsl.run(folder, "", "ec", "-in", "ec.pem", "-out", "sec1.pem");
    OpenSsl.run(folder, "", "ec", "-in", "ec.pem", "-outform", "DER", "-out", "sec1.der");
    assertTrue(Files.readString(folder.resolve("sec1.pem")).contains("EC PRIVATE KEY"));
    for (String key : List.of("ec.pem", "sec1.pem", "sec1.der")) {
      TlsContext.builder().certificate(folder.resolve("ec.crt"), folder.resolve(key), null).build();
    }
    OpenSsl.run(folder, "", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "ed.pem", "-out", "ed.crt", "-days", "2",
        "-subj", "/CN=localhost");
    TlsContext ed = TlsContext.builder().certificate(folder.resolve("ed.crt"), folder.resolve("ed.pem"), null).build();
    shown(ed, trusting(ed.certificates().get(0)), "localhost");
  }

  @Test
  void nothingSecretIsPrinted() {
    TlsContext context = TlsContext.selfSigned("localhost");
    assertEquals("TlsContext[[CN=localhost], [TLSv1.3, TLSv1.2]]", context.toString());
  }
}

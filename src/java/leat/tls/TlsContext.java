package leat.tls;

import java.io.IOException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * Everything that TLS needs to know, for servers and clients alike: keys, certificates, trust, versions, ciphers.
 *
 * <pre>{@code
 * TlsContext server = TlsContext.builder().certificate(Path.of("chain.pem"), Path.of("key.pem"), null).build();
 * TlsContext client = TlsContext.builder().trust(Path.of("ca.pem")).build();
 * TlsContext both = TlsContext.selfSigned("localhost");
 * }</pre>
 *
 * <p>Safe from any thread. TLS 1.2 and 1.3 only. Clients verify host names, and trust whom the Java runtime trusts, unless
 * told otherwise. Sessions are cached and resumed.
 */
public final class TlsContext {
  /** What a server asks of its clients. */
  public enum ClientAuth {
    /** No certificate. */
    NONE,
    /** A certificate; but a client without one is served too. */
    OPTIONAL,
    /** A certificate, or the handshake fails. */
    REQUIRE
  }

  private final TlsMaterial material;
  private final TlsSettings settings;

  TlsContext(TlsMaterial material, TlsSettings settings) {
    this.material = material;
    this.settings = settings;
  }

  /**
   * Begins the description of a context.
   *
   * @return a builder with all defaults
   */
  public static TlsContextBuilder builder() {
    return new TlsContextBuilder();
  }

  /**
   * Makes a key and a certificate for development and tests, valid for a year. The context trusts its own certificate and
   * no other, so that it serves both ends.
   *
   * @param hosts host names and numeric addresses; none for localhost, 127.0.0.1 and ::1
   * @return the context
   */
  public static TlsContext selfSigned(String... hosts) {
    try {
      return builder().selfSigned(hosts).build();
    } catch (IOException e) {
      throw new IllegalStateException("Expected nothing to be read for a self-signed certificate", e);
    }
  }

  /**
   * Uses a context of the JDK's, with the versions, ciphers and checks of leat.
   *
   * @param ssl initialized
   * @return the context, which reloads nothing
   */
  public static TlsContext of(SSLContext ssl) {
    try {
      TlsMaterial.Loaded loaded = new TlsMaterial.Loaded(ssl, List.of());
      return new TlsContext(new TlsMaterial(() -> loaded, List.of()), TlsSettings.DEFAULT);
    } catch (IOException e) {
      throw new IllegalStateException("Expected nothing to be read", e);
    }
  }

  /**
   * Makes the engine of a server's end.
   *
   * @return a new engine, whose handshake has not begun
   */
  public SSLEngine serverEngine() {
    SSLEngine engine = material.loaded().ssl().createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = parameters(engine, TlsSettings.SERVER_CIPHERS);
    parameters.setUseCipherSuitesOrder(true);
    if (settings.clientAuth() == ClientAuth.REQUIRE) {
      parameters.setNeedClientAuth(true);
    } else if (settings.clientAuth() == ClientAuth.OPTIONAL) {
      parameters.setWantClientAuth(true);
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  /**
   * Makes the engine of a client's end.
   *
   * @param host the name of the server: its certificate must be for it, and it is told (SNI)
   * @param port the port of the server: sessions are resumed with the same host and port
   * @return a new engine, whose handshake has not begun
   */
  public SSLEngine clientEngine(String host, int port) {
    String name = HostNames.normal(host);
    SSLEngine engine = material.loaded().ssl().createSSLEngine(name, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = parameters(engine, Arrays.asList(engine.getEnabledCipherSuites()));
    if (settings.verifyHost()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (!HostNames.isAddress(name)) {
      parameters.setServerNames(serverNames(name));
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  private static List<SNIServerName> serverNames(String host) {
    try {
      return List.of(new SNIHostName(host));
    } catch (IllegalArgumentException e) {
      // No name that may be told, such as one with an underscore.
      return List.of();
    }
  }

  private SSLParameters parameters(SSLEngine engine, List<String> defaultCiphers) {
    SSLParameters parameters = engine.getSSLParameters();
    List<String> supported = Arrays.asList(engine.getSupportedCipherSuites());
    List<String> ciphers = settings.ciphers() == null ? defaultCiphers : settings.ciphers();
    parameters.setCipherSuites(ciphers.stream().filter(supported::contains).toArray(String[]::new));
    parameters.setProtocols(settings.protocols().toArray(String[]::new));
    parameters.setApplicationProtocols(settings.applicationProtocols().toArray(String[]::new));
    return parameters;
  }

  /**
   * The same keys, certificates and trust, reloaded together, with other protocols for ALPN.
   *
   * @param names such as {@code "h2"} and {@code "http/1.1"}, the best first; none to leave ALPN out
   * @return another context
   */
  public TlsContext withApplicationProtocols(String... names) {
    return new TlsContext(material, settings.withApplicationProtocols(List.of(names)));
  }

  /**
   * The protocols for ALPN.
   *
   * @return the best first; none if ALPN is left out
   */
  public List<String> applicationProtocols() {
    return settings.applicationProtocols();
  }

  /**
   * How long a handshake may take.
   *
   * @return nanoseconds
   */
  public long handshakeTimeoutNanos() {
    return settings.handshakeTimeoutNanos();
  }

  /**
   * The certificates of this end as they are now, each without those of its issuers.
   *
   * @return in the order in which they were given; none for a context of the JDK's
   */
  public List<X509Certificate> certificates() {
    return material.loaded().certificates();
  }

  /**
   * Reads all keys, certificates and trust again, from the files that they came from. New connections use them; those that
   * there are go on. Blocks while it reads.
   *
   * @throws IOException if a file cannot be read; then all stays as it is
   * @throws IllegalArgumentException if there is something wrong in them; then all stays as it is
   */
  public void reload() throws IOException {
    material.reload();
  }

  /**
   * Like {@link #reload}, if any of the files has changed.
   *
   * @return whether one had
   * @throws IOException if a file cannot be read; then all stays as it is
   * @throws IllegalArgumentException if there is something wrong in them; then all stays as it is
   */
  public boolean reloadIfChanged() throws IOException {
    return material.reloadIfChanged();
  }

  /**
   * The keys, certificates and trust as they are now, for code that wants a context of the JDK's.
   *
   * @return a context that does not follow when this one is reloaded
   */
  public SSLContext sslContext() {
    return material.loaded().ssl();
  }

  /**
   * A certificate as PEM text, such as for a file of trusted ones.
   *
   * @param certificate any certificate
   * @return several lines
   */
  public static String pem(X509Certificate certificate) {
    try {
      return Pem.text("CERTIFICATE", certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("Expected a certificate that can be encoded", e);
    }
  }

  /** Tells the certificates and versions; nothing of it is secret. */
  @Override
  public String toString() {
    List<Object> subjects = certificates().stream().<Object>map(X509Certificate::getSubjectX500Principal).toList();
    return "TlsContext[" + subjects + ", " + settings.protocols() + "]";
  }
}

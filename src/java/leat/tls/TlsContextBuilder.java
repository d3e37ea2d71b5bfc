package leat.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import leat.bytes.Nullable;

/**
 * Describes a {@link TlsContext}. Not safe for several threads.
 *
 * <p>Where keys, certificates and stores are asked for, any of these will do: a {@link java.nio.file.Path}, a
 * {@link java.io.File}, the path of a file as a string, PEM text as a string, a {@link java.net.URL}, a byte array, or an
 * {@link java.io.InputStream}, which is read and closed at once. Only files are read again by
 * {@link TlsContext#reload()}.
 */
public final class TlsContextBuilder {
  private static final String[] LOCAL = {"localhost", "127.0.0.1", "::1"};
  private static final Duration SELF_SIGNED_VALIDITY = Duration.ofDays(365);

  private final List<TlsMaterial.Loader<List<Identity>>> identities = new ArrayList<>();
  private final List<TlsSource> sources = new ArrayList<>();
  private @Nullable TlsMaterial.Loader<X509TrustManager> trust;
  private boolean insecure;
  private List<String> protocols = TlsSettings.PROTOCOLS;
  private @Nullable List<String> ciphers;
  private TlsContext.ClientAuth clientAuth = TlsContext.ClientAuth.NONE;
  private List<String> applicationProtocols = List.of();
  private boolean verifyHost = true;
  private int sessionCacheSize = 20_480;
  private Duration sessionTimeout = Duration.ofDays(1);
  private Duration handshakeTimeout = Duration.ofNanos(TlsSettings.DEFAULT_HANDSHAKE_NANOS);
  private @Nullable Duration reloadPeriod;

  TlsContextBuilder() {}

  /**
   * Adds a certificate with its private key. A server with several shows the one that is for the host that a client asks
   * for, and the first to a client that asks for another or none.
   *
   * @param chain the certificate and those of its issuers in PEM or DER, or an {@link X509Certificate}, or an array or
   *     collection of them
   * @param key the private key in PEM or DER (PKCS#8, PKCS#1, SEC 1), or a {@link PrivateKey}
   * @param keyPassword of an encrypted key, else null
   * @return this
   * @throws IOException if a stream cannot be read
   * @throws IllegalArgumentException if it is of another type
   */
  public TlsContextBuilder certificate(Object chain, Object key, @Nullable String keyPassword) throws IOException {
    TlsMaterial.Loader<List<X509Certificate>> certificates = certificates(chain);
    TlsMaterial.Loader<PrivateKey> privateKey = privateKey(key, keyPassword);
    identities.add(() -> List.of(Identity.of(privateKey.load(), certificates.load())));
    return this;
  }

  /**
   * Adds all private keys of a store, with their certificates.
   *
   * @param store PKCS#12 (or JKS), or a {@link KeyStore}
   * @param password of the store and of the keys in it
   * @return this
   * @throws IOException if a stream cannot be read
   * @throws IllegalArgumentException if it is of another type
   */
  public TlsContextBuilder keyStore(Object store, @Nullable String password) throws IOException {
    if (store instanceof KeyStore loaded) {
      identities.add(() -> fromStore(loaded, password));
    } else {
      TlsSource source = source(store, "key store");
      identities.add(() -> fromStore(source.keyStore(password), password));
    }
    return this;
  }

  /**
   * Makes a key and a certificate, valid for a year, and trusts it alone unless told otherwise. Reloading keeps it.
   *
   * @param hosts host names and numeric addresses; none for localhost, 127.0.0.1 and ::1
   * @return this
   */
  public TlsContextBuilder selfSigned(String... hosts) {
    Identity identity = SelfSigned.make(List.of(hosts.length == 0 ? LOCAL : hosts), SELF_SIGNED_VALIDITY);
    identities.add(() -> List.of(identity));
    if (trust == null) {
      X509TrustManager own = Trust.of(identity.chain());
      trust = () -> own;
    }
    return this;
  }

  private TlsSource source(Object from, String what) throws IOException {
    TlsSource source = TlsSource.of(from, what);
    sources.add(source);
    return source;
  }

  private TlsMaterial.Loader<List<X509Certificate>> certificates(Object from) throws IOException {
    List<X509Certificate> given = certificateObjects(from);
    if (given != null) {
      return () -> given;
    }
    return source(from, "certificate chain")::certificates;
  }

  private static @Nullable List<X509Certificate> certificateObjects(Object from) {
    if (from instanceof X509Certificate one) {
      return List.of(one);
    }
    Collection<?> all = from instanceof Object[] array ? Arrays.asList(array) : from instanceof Collection<?> c ? c : null;
    if (all == null) {
      return null;
    }
    List<X509Certificate> certificates = new ArrayList<>();
    for (Object each : all) {
      if (!(each instanceof X509Certificate certificate)) {
        throw new IllegalArgumentException("Expected X509Certificates, got "
            + (each == null ? "null" : each.getClass().getName()) + " among them");
      }
      certificates.add(certificate);
    }
    return List.copyOf(certificates);
  }

  private TlsMaterial.Loader<PrivateKey> privateKey(Object from, @Nullable String password) throws IOException {
    if (from instanceof PrivateKey key) {
      return () -> key;
    }
    TlsSource source = source(from, "private key");
    return () -> {
      try {
        return PrivateKeys.read(source.read(), password);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("The " + source + " cannot be used: " + e.getMessage(), e);
      }
    };
  }

  private static List<Identity> fromStore(KeyStore store, @Nullable String password) {
    List<Identity> found = new ArrayList<>();
    try {
      for (String alias : Collections.list(store.aliases())) {
        Key key = store.isKeyEntry(alias)
            ? store.getKey(alias, password == null ? new char[0] : password.toCharArray())
            : null;
        if (key instanceof PrivateKey privateKey) {
          List<X509Certificate> chain = new ArrayList<>();
          for (Certificate certificate : store.getCertificateChain(alias)) {
            chain.add((X509Certificate) certificate);
          }
          found.add(Identity.of(privateKey, chain));
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("The keys of the key store cannot be read: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException("Expected a private key in the key store, got none");
    }
    return found;
  }

  /**
   * Whom to trust, instead of those whom the Java runtime trusts.
   *
   * @param from certificates in PEM, a store in PKCS#12, an {@link X509Certificate}, an array or collection of them, a
   *     {@link KeyStore}, an {@link X509TrustManager}, or a {@link TrustManagerFactory}
   * @param password of a store, else null
   * @return this
   * @throws IOException if a stream cannot be read
   * @throws IllegalArgumentException if it is of another type
   */
  public TlsContextBuilder trust(Object from, @Nullable String password) throws IOException {
    List<X509Certificate> given = certificateObjects(from);
    if (given != null) {
      X509TrustManager manager = Trust.of(given);
      trust = () -> manager;
    } else if (from instanceof X509TrustManager manager) {
      trust = () -> manager;
    } else if (from instanceof TrustManagerFactory factory) {
      X509TrustManager manager = Trust.of(factory);
      trust = () -> manager;
    } else if (from instanceof KeyStore store) {
      trust = () -> Trust.ofStore(Trust.allTrusted(store));
    } else {
      TlsSource source = source(from, "trust store");
      trust = () -> Trust.of(source, password);
    }
    return this;
  }

  /**
   * Trusts everybody, and verifies no host name: anybody on the way can read and change everything.
   *
   * @return this
   */
  public TlsContextBuilder insecure() {
    this.insecure = true;
    return this;
  }

  /**
   * Whether clients check that the certificate is for the host they asked for.
   *
   * @param value true by default
   * @return this
   */
  public TlsContextBuilder verifyHost(boolean value) {
    this.verifyHost = value;
    return this;
  }

  /**
   * The versions of TLS.
   *
   * @param names of {@code "TLSv1.3"} and {@code "TLSv1.2"}; both by default
   * @return this
   * @throws IllegalArgumentException if there is another among them, or none
   */
  public TlsContextBuilder protocols(String... names) {
    if (names.length == 0 || !TlsSettings.PROTOCOLS.containsAll(List.of(names))) {
      throw new IllegalArgumentException(
          "Expected protocols among " + TlsSettings.PROTOCOLS + ", got " + Arrays.toString(names));
    }
    this.protocols = List.of(names);
    return this;
  }

  /**
   * The cipher suites, by the JDK's names. By default those with forward secrecy and authenticated encryption for servers,
   * and those of the JDK for clients.
   *
   * @param names the best first, which a server insists on
   * @return this
   * @throws IllegalArgumentException if the Java runtime does not know one, or there is none
   */
  public TlsContextBuilder ciphers(String... names) {
    List<String> supported;
    try {
      supported = Arrays.asList(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Expected a Java runtime with TLS", e);
    }
    for (String name : names) {
      if (!supported.contains(name)) {
        throw new IllegalArgumentException("Expected a cipher suite that this Java runtime has, got " + name);
      }
    }
    if (names.length == 0) {
      throw new IllegalArgumentException("Expected at least one cipher suite, got none");
    }
    this.ciphers = List.of(names);
    return this;
  }

  /**
   * What a server asks of its clients.
   *
   * @param value {@link TlsContext.ClientAuth#NONE} by default
   * @return this
   */
  public TlsContextBuilder clientAuth(TlsContext.ClientAuth value) {
    this.clientAuth = value;
    return this;
  }

  /**
   * The protocols for ALPN (RFC 7301).
   *
   * @param names such as {@code "h2"} and {@code "http/1.1"}, the best first; none by default
   * @return this
   */
  public TlsContextBuilder applicationProtocols(String... names) {
    this.applicationProtocols = List.of(names);
    return this;
  }

  /**
   * How many sessions are kept, so that they can be resumed.
   *
   * @param value 20,480 by default
   * @return this
   * @throws IllegalArgumentException if it is below 1
   */
  public TlsContextBuilder sessionCacheSize(int value) {
    if (value < 1) {
      throw new IllegalArgumentException("Expected a sessionCacheSize of 1 or more, got " + value);
    }
    this.sessionCacheSize = value;
    return this;
  }

  /**
   * For how long a session can be resumed.
   *
   * @param value a day by default; whole seconds
   * @return this
   * @throws IllegalArgumentException if it is below a second
   */
  public TlsContextBuilder sessionTimeout(Duration value) {
    this.sessionTimeout = atLeast("sessionTimeout", Duration.ofSeconds(1), value);
    return this;
  }

  /**
   * How long a handshake may take.
   *
   * @param value 10 s by default
   * @return this
   * @throws IllegalArgumentException if it is below a millisecond
   */
  public TlsContextBuilder handshakeTimeout(Duration value) {
    this.handshakeTimeout = atLeast("handshakeTimeout", Duration.ofMillis(1), value);
    return this;
  }

  /**
   * Looks from time to time whether files have changed, and loads them again if they have. What cannot be used is logged,
   * and the old stays.
   *
   * @param period never, by default
   * @return this
   * @throws IllegalArgumentException if it is below 10 ms
   */
  public TlsContextBuilder reloadEvery(Duration period) {
    this.reloadPeriod = atLeast("reloadEvery", Duration.ofMillis(10), period);
    return this;
  }

  private static Duration atLeast(String name, Duration least, Duration value) {
    if (value.compareTo(least) < 0) {
      throw new IllegalArgumentException("Expected a " + name + " of " + least + " or more, got " + value);
    }
    return value;
  }

  /**
   * Reads everything, and makes the context.
   *
   * @return the context
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if there is something wrong in what was read; the message says what, and where
   */
  public TlsContext build() throws IOException {
    List<TlsMaterial.Loader<List<Identity>>> loaders = List.copyOf(identities);
    TlsMaterial.Loader<X509TrustManager> trustLoader = trust;
    boolean trustsAll = insecure;
    int cacheSize = sessionCacheSize;
    int timeoutSeconds = (int) Math.min(Integer.MAX_VALUE, sessionTimeout.toSeconds());
    TlsMaterial material = new TlsMaterial(() -> {
      List<Identity> loaded = new ArrayList<>();
      for (TlsMaterial.Loader<List<Identity>> loader : loaders) {
        loaded.addAll(loader.load());
      }
      X509TrustManager trusted = trustLoader == null ? null : trustLoader.load();
      TrustManager manager = trustsAll
          ? new HostCheck.Everybody()
          : new HostCheck(trusted == null ? Trust::system : () -> trusted);
      SSLContext ssl = context(loaded, manager);
      limit(ssl.getServerSessionContext(), cacheSize, timeoutSeconds);
      limit(ssl.getClientSessionContext(), cacheSize, timeoutSeconds);
      return new TlsMaterial.Loaded(ssl, loaded.stream().map(Identity::certificate).toList());
    }, sources);
    if (reloadPeriod != null) {
      material.watch(reloadPeriod.toNanos());
    }
    return new TlsContext(material, new TlsSettings(protocols, ciphers, clientAuth, applicationProtocols,
        verifyHost && !insecure, handshakeTimeout.toNanos()));
  }

  private static SSLContext context(List<Identity> identities, TrustManager trust) {
    try {
      SSLContext ssl = SSLContext.getInstance("TLS");
      KeyManager[] keys = identities.isEmpty() ? new KeyManager[0] : new KeyManager[] {new IdentityKeyManager(identities)};
      ssl.init(keys, new TrustManager[] {trust}, null);
      return ssl;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("The TLS context cannot be made: " + e.getMessage(), e);
    }
  }

  private static void limit(SSLSessionContext sessions, int cacheSize, int timeoutSeconds) {
    sessions.setSessionCacheSize(cacheSize);
    sessions.setSessionTimeout(timeoutSeconds);
  }
}

package leat.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import leat.bytes.Nullable;

/** Makes trust managers of what people have: stores, certificates, factories. */
final class Trust {
  private Trust() {}

  /** Loaded when it is first needed, which takes a moment. */
  private static final class SystemTrust {
    static final X509TrustManager INSTANCE = ofStore(null);
  }

  /** Whom the Java runtime trusts. */
  static X509TrustManager system() {
    return SystemTrust.INSTANCE;
  }

  /** Of the certificates in a PEM text or DER, or of all that a store has. */
  static X509TrustManager of(TlsSource source, @Nullable String password) throws IOException {
    if (source.isPem()) {
      return of(source.certificates());
    }
    try {
      return ofStore(allTrusted(source.keyStore(password)));
    } catch (IllegalArgumentException noStore) {
      if (password != null) {
        throw noStore;
      }
      return of(source.certificates());
    }
  }

  static X509TrustManager of(Collection<X509Certificate> certificates) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int n = 0;
      for (X509Certificate certificate : certificates) {
        store.setCertificateEntry("trusted-" + n++, certificate);
      }
      return ofStore(store);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("Expected a Java runtime with PKCS#12", e);
    }
  }

  /** What OpenSSL writes into a store is not marked as trusted, but what else should it be there for. */
  static KeyStore allTrusted(KeyStore store) throws IOException {
    try {
      List<String> aliases = Collections.list(store.aliases());
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      for (String alias : aliases) {
        Certificate certificate = store.getCertificate(alias);
        if (certificate != null) {
          trusted.setCertificateEntry(alias, certificate);
        }
      }
      if (trusted.size() == 0) {
        throw new IllegalArgumentException("Expected certificates in the trust store, got none");
      }
      return trusted;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("The trust store cannot be read: " + e.getMessage(), e);
    }
  }

  static X509TrustManager ofStore(@Nullable KeyStore store) {
    try {
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      return of(factory);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("The trust store cannot be used: " + e.getMessage(), e);
    }
  }

  static X509TrustManager of(TrustManagerFactory factory) {
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager found) {
        return found;
      }
    }
    throw new IllegalArgumentException("Expected a TrustManagerFactory for X.509, got one for something else");
  }
}

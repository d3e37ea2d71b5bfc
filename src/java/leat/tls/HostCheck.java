package leat.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import leat.bytes.Nullable;

/**
 * Trusts whom another trust manager trusts, and checks the host name itself: one of the user's, or one that wraps another,
 * may forget to (CVE-2026-50010). Whether a name is to be checked the engine's parameters say.
 */
final class HostCheck extends X509ExtendedTrustManager {
  private final Supplier<X509TrustManager> trust;

  /**
   * Wraps a trust manager.
   *
   * @param trust gives it, the same each time: that of the system takes long to load, and a server needs none
   */
  HostCheck(Supplier<X509TrustManager> trust) {
    this.trust = trust;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
    X509TrustManager inner = trust.get();
    if (inner instanceof X509ExtendedTrustManager extended) {
      extended.checkServerTrusted(chain, authType, engine);
    } else {
      inner.checkServerTrusted(chain, authType);
    }
    check(chain, engine.getSSLParameters(), engine.getPeerHost());
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
    X509TrustManager inner = trust.get();
    if (inner instanceof X509ExtendedTrustManager extended) {
      extended.checkServerTrusted(chain, authType, socket);
    } else {
      inner.checkServerTrusted(chain, authType);
    }
    if (socket instanceof SSLSocket secured) {
      check(chain, secured.getSSLParameters(), secured.getHandshakeSession().getPeerHost());
    }
  }

  private static void check(X509Certificate[] chain, SSLParameters parameters, @Nullable String host)
      throws CertificateException {
    String algorithm = parameters.getEndpointIdentificationAlgorithm();
    if (algorithm == null || algorithm.isEmpty()) {
      return;
    }
    if (host == null || !HostNames.matches(chain[0], host)) {
      List<String> names = HostNames.of(chain[0]);
      throw new CertificateException("Expected a certificate for " + host + ", got one for "
          + (names.isEmpty() ? chain[0].getSubjectX500Principal() : String.join(", ", names)));
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
    X509TrustManager inner = trust.get();
    if (inner instanceof X509ExtendedTrustManager extended) {
      extended.checkClientTrusted(chain, authType, engine);
    } else {
      inner.checkClientTrusted(chain, authType);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
    X509TrustManager inner = trust.get();
    if (inner instanceof X509ExtendedTrustManager extended) {
      extended.checkClientTrusted(chain, authType, socket);
    } else {
      inner.checkClientTrusted(chain, authType);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
    trust.get().checkClientTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
    trust.get().checkServerTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.get().getAcceptedIssuers();
  }

  /** Trusts everybody. */
  static final class Everybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

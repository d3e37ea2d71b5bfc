package leat.tls;

import java.util.List;
import leat.bytes.Nullable;

/**
 * What of a context can be changed without loading keys again.
 *
 * @param protocols versions, the best first
 * @param ciphers null for the defaults of leat for servers, and of the JDK for clients
 * @param clientAuth what a server asks of clients
 * @param applicationProtocols for ALPN, the best first
 * @param verifyHost whether clients check the host name
 * @param handshakeTimeoutNanos from the beginning of TLS to the end of the handshake
 */
record TlsSettings(
    List<String> protocols,
    @Nullable List<String> ciphers,
    TlsContext.ClientAuth clientAuth,
    List<String> applicationProtocols,
    boolean verifyHost,
    long handshakeTimeoutNanos) {

  static final long DEFAULT_HANDSHAKE_NANOS = 10_000_000_000L;

  /** TLS 1.0 and 1.1 are dead (RFC 8996). */
  static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

  /** With forward secrecy and authenticated encryption only; AES of 128 bits first, since it is faster and enough. */
  static final List<String> SERVER_CIPHERS = List.of(
      "TLS_AES_128_GCM_SHA256",
      "TLS_AES_256_GCM_SHA384",
      "TLS_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  static final TlsSettings DEFAULT =
      new TlsSettings(PROTOCOLS, null, TlsContext.ClientAuth.NONE, List.of(), true, DEFAULT_HANDSHAKE_NANOS);

  TlsSettings withApplicationProtocols(List<String> names) {
    return new TlsSettings(protocols, ciphers, clientAuth, names, verifyHost, handshakeTimeoutNanos);
  }
}

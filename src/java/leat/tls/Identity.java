package leat.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import leat.bytes.Nullable;

/**
 * A private key with its certificates, the one of the key first and each followed by that of its issuer.
 *
 * @param key the private key
 * @param chain at least one
 * @param names the host names of the first
 */
record Identity(PrivateKey key, List<X509Certificate> chain, List<String> names) {

  /**
   * Checks that the key and one of the certificates belong together, and puts the certificates in order.
   *
   * @throws IllegalArgumentException if they do not
   */
  static Identity of(PrivateKey key, List<X509Certificate> certificates) {
    if (certificates.isEmpty()) {
      throw new IllegalArgumentException("Expected a certificate for the private key, got none");
    }
    for (X509Certificate certificate : certificates) {
      if (belong(key, certificate.getPublicKey())) {
        List<X509Certificate> chain = chain(certificate, certificates);
        return new Identity(key, chain, HostNames.of(certificate));
      }
    }
    throw new IllegalArgumentException("Expected a certificate of the private key, got that of another key: "
        + certificates.get(0).getSubjectX500Principal());
  }

  private static List<X509Certificate> chain(X509Certificate first, List<X509Certificate> certificates) {
    List<X509Certificate> chain = new ArrayList<>();
    for (X509Certificate next = first; next != null && !chain.contains(next); next = issuer(next, certificates)) {
      chain.add(next);
    }
    return List.copyOf(chain);
  }

  private static @Nullable X509Certificate issuer(X509Certificate certificate, List<X509Certificate> certificates) {
    for (X509Certificate other : certificates) {
      if (other.getSubjectX500Principal().equals(certificate.getIssuerX500Principal()) && !other.equals(certificate)) {
        return other;
      }
    }
    return null;
  }

  /** Whether what the one signs the other verifies. */
  private static boolean belong(PrivateKey privateKey, PublicKey publicKey) {
    String algorithm = switch (privateKey.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
      default -> null;
    };
    if (algorithm == null) {
      // A key of another kind, or one that never leaves its hardware: the handshake will tell.
      return privateKey.getAlgorithm().equals(publicKey.getAlgorithm());
    }
    try {
      byte[] text = {'l', 'e', 'a', 't'};
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(privateKey);
      signature.update(text);
      byte[] signed = signature.sign();
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(publicKey);
      verifier.update(text);
      return verifier.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  X509Certificate certificate() {
    return chain.get(0);
  }

  /** Whether one of its names is for a host. */
  boolean isFor(String host) {
    return names.stream().anyMatch(name -> HostNames.matches(name, host));
  }
}

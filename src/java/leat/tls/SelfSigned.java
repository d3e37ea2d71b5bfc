package leat.tls;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Makes a certificate that is its own issuer, with a new key on the curve P-256: for development and tests. */
final class SelfSigned {
  private static final String ECDSA_SHA256 = "1.2.840.10045.4.3.2";
  private static final String COMMON_NAME = "2.5.4.3";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String ALTERNATIVE_NAMES = "2.5.29.17";
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final int DNS = 2;
  private static final int IP = 7;
  private static final int SERIAL_BITS = 127;
  /** RFC 5280, A.1: ub-common-name. */
  private static final int LONGEST_COMMON_NAME = 64;

  private SelfSigned() {}

  /**
   * Makes one.
   *
   * @param hosts host names, also such as *.example.com, and numeric addresses; the first is its subject
   * @param validity from now on; it begins a day ago, for clocks that are late
   */
  static Identity make(List<String> hosts, Duration validity) {
    if (hosts.isEmpty()) {
      throw new IllegalArgumentException("Expected at least one host name, got none");
    }
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair keys = generator.generateKeyPair();
      byte[] algorithm = Der.sequence(Der.objectId(ECDSA_SHA256));
      byte[] contents = contents(hosts, validity, keys, algorithm);
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(keys.getPrivate());
      signature.update(contents);
      byte[] der = Der.sequence(contents, algorithm, Der.bitString(signature.sign(), 0));
      X509Certificate certificate = (X509Certificate)
          CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
      return Identity.of(keys.getPrivate(), List.of(certificate));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Expected a Java runtime with EC and X.509", e);
    }
  }

  /** TBSCertificate (RFC 5280, 4.1). */
  private static byte[] contents(List<String> hosts, Duration validity, KeyPair keys, byte[] algorithm) {
    Instant now = Instant.now();
    byte[] name = name(hosts.get(0));
    return Der.sequence(
        Der.explicit(0, Der.integer(2)), // version 3
        Der.integer(new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(SERIAL_BITS - 1)),
        algorithm,
        name,
        Der.sequence(Der.time(now.minus(Duration.ofDays(1))), Der.time(now.plus(validity))),
        name,
        keys.getPublic().getEncoded(),
        Der.explicit(3, Der.sequence(
            extension(BASIC_CONSTRAINTS, true, Der.sequence()),
            // digitalSignature: the first bit of a byte.
            extension(KEY_USAGE, true, Der.bitString(new byte[] {(byte) 0x80}, 7)),
            extension(EXTENDED_KEY_USAGE, false, Der.sequence(Der.objectId(SERVER_AUTH), Der.objectId(CLIENT_AUTH))),
            extension(ALTERNATIVE_NAMES, false, alternativeNames(hosts)))));
  }

  private static byte[] name(String host) {
    String text = host.length() <= LONGEST_COMMON_NAME ? host : host.substring(0, LONGEST_COMMON_NAME);
    return Der.sequence(Der.set(Der.sequence(Der.objectId(COMMON_NAME), Der.utf8(text))));
  }

  private static byte[] extension(String id, boolean critical, byte[] value) {
    byte[] octets = Der.octetString(value);
    return critical ? Der.sequence(Der.objectId(id), Der.bool(true), octets) : Der.sequence(Der.objectId(id), octets);
  }

  private static byte[] alternativeNames(List<String> hosts) {
    byte[][] names = new byte[hosts.size()][];
    for (int i = 0; i < names.length; i++) {
      names[i] = alternativeName(HostNames.normal(hosts.get(i)));
    }
    return Der.sequence(names);
  }

  private static byte[] alternativeName(String host) {
    if (!HostNames.isAddress(host)) {
      if (!host.matches("[!-~]{1,253}")) {
        throw new IllegalArgumentException("Expected a host name in ASCII, got \"" + host + "\"");
      }
      return Der.implicit(DNS, host.getBytes(StandardCharsets.US_ASCII));
    }
    try {
      return Der.implicit(IP, InetAddress.getByName(host).getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("Expected a numeric address, got " + host, e);
    }
  }
}

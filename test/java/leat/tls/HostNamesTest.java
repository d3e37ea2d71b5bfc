package leat.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** For which hosts a certificate is, and what self-signed ones are made of. */
class HostNamesTest {
  @ParameterizedTest
  @CsvSource({
    "example.com, example.com, true",
    "example.com, EXAMPLE.com, true",
    "example.com, example.com., true",
    "example.com, www.example.com, false",
    "*.example.com, www.example.com, true",
    "*.example.com, example.com, false",
    "*.example.com, a.b.example.com, false",
    "*.example.com, .example.com, false",
    "*.com, example.com, false",
    "w*.example.com, www.example.com, false",
    "*, localhost, false",
    "127.0.0.1, 127.0.0.1, true",
    "127.0.0.1, 127.0.0.2, false",
    "::1, ::1, true",
    "::1, [::1], true",
    "::1, 0:0:0:0:0:0:0:1, true",
  })
  void aCertificateIsForAHost(String name, String host, boolean expected) {
    assertEquals(expected, HostNames.matches(certificate(name), host));
  }

  /** RFC 9525, 6.3: the common name does not count where there are other names, nor for the check of a client. */
  @Test
  void anAddressIsNoName() {
    assertFalse(HostNames.matches(certificate("example.com", "10.0.0.1"), "10.0.0.2"));
    assertTrue(HostNames.matches(certificate("example.com", "10.0.0.1"), "10.0.0.1"));
  }

  private static X509Certificate certificate(String... hosts) {
    return SelfSigned.make(List.of(hosts), Duration.ofDays(1)).certificate();
  }

  @Test
  void aSelfSignedCertificateIsWhatItShouldBe() throws Exception {
    X509Certificate certificate = certificate("localhost", "*.example.com", "127.0.0.1", "::1");
    certificate.verify(certificate.getPublicKey());
    certificate.checkValidity();
    certificate.checkValidity(new Date(System.currentTimeMillis() - 3_600_000));
    assertEquals(3, certificate.getVersion());
    assertEquals("CN=localhost", certificate.getSubjectX500Principal().getName());
    assertEquals(certificate.getSubjectX500Principal(), certificate.getIssuerX500Principal());
    assertEquals(List.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"), certificate.getExtendedKeyUsage());
    assertTrue(certificate.getKeyUsage()[0]);
    assertEquals(-1, certificate.getBasicConstraints());
    assertEquals(4, certificate.getSubjectAlternativeNames().size());
    assertEquals(List.of("localhost", "*.example.com"), HostNames.of(certificate));
  }

  @Test
  void longHostNamesAndYearsFit() throws Exception {
    String longName = "a".repeat(60) + "." + "b".repeat(60) + ".example";
    X509Certificate certificate = SelfSigned.make(List.of(longName), Duration.ofDays(365 * 40)).certificate();
    certificate.checkValidity(new Date(4_000_000_000_000L / 2));
    assertTrue(HostNames.matches(certificate, longName));
  }

  @Test
  void hostNamesAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> certificate("b\u00fccher.example"));
    assertThrows(IllegalArgumentException.class, () -> certificate("a b"));
    assertThrows(IllegalArgumentException.class, () -> SelfSigned.make(List.of(), Duration.ofDays(1)));
  }
}

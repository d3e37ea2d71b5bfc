package leat.tls;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import leat.bytes.Nullable;

/** Where a key, a certificate or a store comes from: a file, which is read again when it changes, or bytes. */
final class TlsSource {
  /** Nothing of this kind is larger; a file that is, is none. */
  private static final int MOST_BYTES = 16 * 1024 * 1024;

  /** The first bytes of a store in the JDK's old format. */
  private static final int JKS = 0xFEEDFEED;

  private final @Nullable Path file;
  private final @Nullable byte[] bytes;
  private final String name;

  private TlsSource(@Nullable Path file, @Nullable byte[] bytes, String name) {
    this.file = file;
    this.bytes = bytes;
    this.name = name;
  }

  /**
   * From any of the forms in which people have it.
   *
   * @param from a Path, a File, a URL, an InputStream (read and closed at once), a byte array, PEM text, or the path of a
   *     file as a string
   * @param what for messages
   */
  static TlsSource of(Object from, String what) throws IOException {
    if (from instanceof Path path) {
      return new TlsSource(path, null, what + " " + path);
    } else if (from instanceof File named) {
      return of(named.toPath(), what);
    } else if (from instanceof String text) {
      return Pem.isPem(text)
          ? new TlsSource(null, text.getBytes(StandardCharsets.UTF_8), what)
          : of(Path.of(text), what);
    } else if (from instanceof byte[] given) {
      return new TlsSource(null, given.clone(), what);
    } else if (from instanceof URL url) {
      return of(url.openStream(), what);
    } else if (from instanceof InputStream in) {
      try (in) {
        return new TlsSource(null, in.readNBytes(MOST_BYTES), what);
      }
    }
    throw new IllegalArgumentException("Expected a file, stream, string or bytes with the " + what + ", got "
        + (from == null ? "null" : from.getClass().getName()));
  }

  byte[] read() throws IOException {
    if (bytes != null) {
      return bytes;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MOST_BYTES);
    }
  }

  /** Changes when the file does. */
  Object version() throws IOException {
    if (file == null) {
      return "";
    }
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return List.of(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
  }

  /** All certificates in PEM, or in DER one after the other. */
  List<X509Certificate> certificates() throws IOException {
    byte[] content = read();
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      if (Pem.isPem(content)) {
        for (Pem.Block block : Pem.blocks(content)) {
          if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
            addCertificates(block.der(), certificates);
          }
        }
      } else {
        addCertificates(content, certificates);
      }
    } catch (CertificateException | IllegalArgumentException e) {
      throw new IllegalArgumentException("Expected certificates in the " + name + ": " + e.getMessage(), e);
    }
    if (certificates.isEmpty()) {
      throw new IllegalArgumentException("Expected certificates in the " + name + ", got none");
    }
    return certificates;
  }

  private static void addCertificates(byte[] der, List<X509Certificate> certificates) throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (Certificate certificate : factory.generateCertificates(new ByteArrayInputStream(der))) {
      certificates.add((X509Certificate) certificate);
    }
  }

  /** A store in PKCS#12, or in the JDK's old format. */
  KeyStore keyStore(@Nullable String password) throws IOException {
    byte[] content = read();
    try {
      KeyStore store = KeyStore.getInstance(isJks(content) ? "JKS" : "PKCS12");
      store.load(new ByteArrayInputStream(content), password == null ? null : password.toCharArray());
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("The " + name + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static boolean isJks(byte[] content) {
    return content.length > 4 && ByteBuffer.wrap(content).getInt() == JKS;
  }

  boolean isPem() throws IOException {
    return Pem.isPem(read());
  }

  @Override
  public String toString() {
    return name;
  }
}

package leat.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import leat.bytes.Nullable;

/**
 * Reads private keys: PEM or DER, in PKCS#8 (RFC 5208), PKCS#1 (RFC 8017) or SEC 1 (RFC 5915). The JDK reads PKCS#8 only,
 * so the others are wrapped in it:
 *
 * <pre>
 *   PKCS#8:  SEQUENCE { 0, SEQUENCE { algorithm, parameters }, OCTET STRING { PKCS#1 or SEC 1 } }
 * </pre>
 */
final class PrivateKeys {
  private static final String RSA = "1.2.840.113549.1.1.1";
  private static final String EC = "1.2.840.10045.2.1";
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

  private PrivateKeys() {}

  /**
   * Reads the first private key.
   *
   * @param password of an encrypted key; may be null for others
   * @throws IllegalArgumentException if there is none, or it cannot be read; the message says why, and has nothing of it
   */
  static PrivateKey read(byte[] bytes, @Nullable String password) {
    if (!Pem.isPem(bytes)) {
      return readDer(bytes, password);
    }
    byte[] curve = null;
    for (Pem.Block block : Pem.blocks(bytes)) {
      switch (block.label()) {
        case "PRIVATE KEY" -> {
          return fromPkcs8(block.der());
        }
        case "ENCRYPTED PRIVATE KEY" -> {
          return fromPkcs8(decrypt(block.der(), password));
        }
        case "RSA PRIVATE KEY" -> {
          return fromPkcs8(wrapRsa(block.der()));
        }
        case "EC PRIVATE KEY" -> {
          return fromPkcs8(wrapEc(block.der(), curve));
        }
        // Stands before an EC key in what OpenSSL writes, and says its curve.
        case "EC PARAMETERS" -> curve = block.der();
        default -> {}
      }
    }
    throw new IllegalArgumentException("Expected a private key in the PEM text, got none");
  }

  /** Which of the forms it is can be told from the first values in it. */
  private static PrivateKey readDer(byte[] der, @Nullable String password) {
    byte[] content = Der.find(der, Der.SEQUENCE);
    if (content == null || content.length == 0) {
      throw new IllegalArgumentException("Expected a private key in PEM or DER, got something else");
    }
    if (content[0] == Der.SEQUENCE) {
      return fromPkcs8(decrypt(der, password));
    }
    if (Der.find(content, Der.SEQUENCE) != null) {
      return fromPkcs8(der);
    }
    return fromPkcs8(Der.find(content, Der.OCTET_STRING) != null ? wrapEc(der, null) : wrapRsa(der));
  }

  private static byte[] wrapRsa(byte[] pkcs1) {
    return Der.sequence(
        Der.integer(0), Der.sequence(Der.objectId(RSA), Der.nothing()), Der.octetString(pkcs1));
  }

  private static byte[] wrapEc(byte[] sec1, @Nullable byte[] curveBefore) {
    byte[] content = Der.find(sec1, Der.SEQUENCE);
    byte[] curve = content == null ? null : Der.findExplicit(content, 0);
    if (curve == null) {
      curve = curveBefore;
    }
    if (curve == null) {
      throw new IllegalArgumentException("Expected the name of its curve in the EC private key, got none");
    }
    return Der.sequence(Der.integer(0), Der.sequence(Der.objectId(EC), curve), Der.octetString(sec1));
  }

  private static PrivateKey fromPkcs8(byte[] der) {
    GeneralSecurityException last = null;
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        last = e;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("Expected a Java runtime with " + algorithm, e);
      }
    }
    throw new IllegalArgumentException("Expected a private key of RSA, EC or EdDSA that this Java runtime can read", last);
  }

  private static byte[] decrypt(byte[] der, @Nullable String password) {
    if (password == null) {
      throw new IllegalArgumentException("Expected a password, since the private key is encrypted, got none");
    }
    PBEKeySpec spec = new PBEKeySpec(password.toCharArray());
    try {
      EncryptedPrivateKeyInfo encrypted = new EncryptedPrivateKeyInfo(der);
      // For PBES2 the name is that of the scheme only; the parameters know the whole of it.
      String name = encrypted.getAlgName();
      String algorithm = name.equals("PBES2") || name.equals("1.2.840.113549.1.5.13")
          ? encrypted.getAlgParameters().toString()
          : name;
      SecretKey key = SecretKeyFactory.getInstance(algorithm).generateSecret(spec);
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(Cipher.DECRYPT_MODE, key, encrypted.getAlgParameters());
      return encrypted.getKeySpec(cipher).getEncoded();
    } catch (IOException e) {
      throw new IllegalArgumentException("Expected an encrypted private key (PKCS#8), got something else", e);
    } catch (InvalidKeySpecException e) {
      throw new IllegalArgumentException("The password of the private key is wrong", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("The private key cannot be decrypted: " + e.getMessage(), e);
    } finally {
      spec.clearPassword();
    }
  }
}

package leat.tls;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text with keys and certificates in it (RFC 7468):
 *
 * <pre>
 *   -----BEGIN CERTIFICATE-----
 *   MIIB...                          base64, in lines
 *   -----END CERTIFICATE-----
 * </pre>
 */
final class Pem {
  private static final String BEGIN = "-----BEGIN ";
  private static final Pattern BOUNDARY = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----");
  private static final int LINE = 64;

  /** One block. */
  record Block(String label, byte[] der) {}

  private Pem() {}

  static boolean isPem(String text) {
    return text.contains(BEGIN);
  }

  static boolean isPem(byte[] bytes) {
    return isPem(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /**
   * All blocks; what stands between them is comment.
   *
   * @throws IllegalArgumentException if a block has no end, or is no base64
   */
  static List<Block> blocks(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    List<Block> blocks = new ArrayList<>();
    Matcher begin = BOUNDARY.matcher(text);
    int at = 0;
    while (begin.find(at)) {
      String label = begin.group(1);
      String endMark = "-----END " + label + "-----";
      int end = text.indexOf(endMark, begin.end());
      if (end < 0) {
        throw new IllegalArgumentException("Expected " + endMark + ", got the end of the PEM text");
      }
      blocks.add(new Block(label, decode(label, text.substring(begin.end(), end))));
      at = end + endMark.length();
    }
    return blocks;
  }

  private static byte[] decode(String label, String body) {
    if (body.contains("Proc-Type:")) {
      throw new IllegalArgumentException("The " + label + " is encrypted in the old form of OpenSSL: convert it with"
          + " `openssl pkcs8 -topk8 -in old.pem -out new.pem`");
    }
    try {
      return Base64.getMimeDecoder().decode(body.strip());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("Expected base64 within the PEM block " + label + ": " + e.getMessage(), e);
    }
  }

  /** A block as text. */
  static String text(String label, byte[] der) {
    Base64.Encoder encoder = Base64.getMimeEncoder(LINE, new byte[] {'\n'});
    return BEGIN + label + "-----\n" + encoder.encodeToString(der) + "\n-----END " + label + "-----\n";
  }
}

package leat.tls;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import leat.bytes.Nullable;

/** Names of hosts in certificates: which there are, and whether one is for a host (RFC 9525, RFC 6125). */
final class HostNames {
  private static final int DNS = 2;
  private static final int IP = 7;
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern COMMON_NAME = Pattern.compile("(?i)(?:^|,)\\s*CN=([^,+\"\\\\]+)");

  private HostNames() {}

  /** Whether it is a numeric address: of such, no name service is asked. */
  static boolean isAddress(String host) {
    return host.indexOf(':') >= 0 || IPV4.matcher(host).matches();
  }

  /** In lower case, without the dot at the end and the brackets of an IPv6 address. */
  static String normal(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.startsWith("[") && name.endsWith("]")) {
      return name.substring(1, name.length() - 1);
    }
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  /** The host names of a certificate, in lower case; for one that has none at all, its common name. */
  static List<String> of(X509Certificate certificate) {
    List<String> names = alternativeNames(certificate, DNS);
    if (names.isEmpty() && alternativeNames(certificate, IP).isEmpty()) {
      Matcher matcher = COMMON_NAME.matcher(certificate.getSubjectX500Principal().getName());
      if (matcher.find()) {
        names.add(matcher.group(1).toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }

  /** Whether a certificate is for a host: only its alternative names count, as in every browser. */
  static boolean matches(X509Certificate certificate, String host) {
    String name = normal(host);
    if (isAddress(name)) {
      return alternativeNames(certificate, IP).stream().anyMatch(address -> sameAddress(address, name));
    }
    return alternativeNames(certificate, DNS).stream().anyMatch(pattern -> matches(pattern, name));
  }

  /**
   * Whether a name, or one such as {@code *.example.com}, is for a host. The asterisk is a whole first label, and stands
   * for exactly one; there are two others behind it at least.
   *
   * @param pattern in lower case
   * @param name in lower case
   */
  static boolean matches(String pattern, String name) {
    if (!pattern.startsWith("*.")) {
      return pattern.equals(name);
    }
    int dot = name.indexOf('.');
    return dot > 0 && pattern.indexOf('.', 2) > 0 && name.substring(dot).equals(pattern.substring(1));
  }

  private static List<String> alternativeNames(X509Certificate certificate, int kind) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      if (all != null) {
        for (List<?> name : all) {
          if (name.get(0).equals(kind)) {
            names.add(((String) name.get(1)).toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException e) {
      // Then it has none that anybody should believe.
      names.clear();
    }
    return names;
  }

  private static boolean sameAddress(String one, String other) {
    InetAddress first = address(one);
    return first != null && first.equals(address(other));
  }

  private static @Nullable InetAddress address(String numeric) {
    try {
      return InetAddress.getByName(numeric);
    } catch (UnknownHostException e) {
      return null;
    }
  }
}

package leat.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import leat.bytes.Nullable;

/** Addresses in digits: whatever else looks like a host name is never looked up here. */
final class Literals {
  private Literals() {}

  /**
   * Parses an IPv4 address (four decimal numbers without leading zeros) or an IPv6 address (without brackets or zone).
   * Null for anything else.
   */
  static @Nullable InetAddress parse(String text) {
    boolean hasColon = text.indexOf(':') >= 0;
    if (text.isEmpty() || text.length() > 45 || !(hasColon ? isV6Alphabet(text) : isV4(text))) {
      return null;
    }
    try {
      // With a colon, or as four numbers, it is either an address or an error, never a name to look up.
      return InetAddress.getByName(text);
    } catch (UnknownHostException malformed) {
      return null;
    }
  }

  private static boolean isV6Alphabet(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ':' && c != '.' && Character.digit(c, 16) < 0 || c > 'f') {
        return false;
      }
    }
    return true;
  }

  static boolean isV4(String text) {
    int numbers = 0;
    int i = 0;
    while (i < text.length()) {
      int start = i;
      int number = 0;
      while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9' && i - start < 4) {
        number = number * 10 + text.charAt(i++) - '0';
      }
      boolean isCanonical = i - start == 1 || i - start > 1 && text.charAt(start) != '0';
      if (!isCanonical || number > 255 || ++numbers > 4) {
        return false;
      }
      if (i == text.length()) {
        return numbers == 4;
      }
      if (text.charAt(i++) != '.') {
        return false;
      }
    }
    return false;
  }
}

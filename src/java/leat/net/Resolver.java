package leat.net;

import java.net.InetAddress;
import java.util.List;
import leat.async.Deferred;

/** Finds the addresses of host names without blocking the caller. Implementations are safe from any thread. */
@FunctionalInterface
public interface Resolver {
  /**
   * Looks a host name up.
   *
   * @param host a name, or an IP address in digits
   * @return a deferred of the addresses, one at least, the preferred ones first; it fails with a
   *     {@link java.net.UnknownHostException} if there is none
   */
  Deferred<List<InetAddress>> resolve(String host);

  /**
   * The resolver of the JDK behind a cache that all users of this method share.
   *
   * @return the resolver
   */
  static Resolver system() {
    return CachingResolver.SYSTEM;
  }
}

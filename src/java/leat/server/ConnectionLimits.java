package leat.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts connections, in all and for each address, and refuses those beyond the limits. Safe from any thread. */
final class ConnectionLimits {
  private final int maxConnections;
  private final int maxPerAddress;
  private final AtomicInteger count = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> countByAddress = new ConcurrentHashMap<>();

  ConnectionLimits(int maxConnections, int maxPerAddress) {
    this.maxConnections = maxConnections;
    this.maxPerAddress = maxPerAddress;
  }

  /** Takes a place for a connection, to be given back by {@link #release}; false if there is none. */
  boolean acquire(SocketAddress remoteAddress) {
    if (count.incrementAndGet() > maxConnections) {
      count.decrementAndGet();
      return false;
    }
    if (remoteAddress instanceof InetSocketAddress inet) {
      int sameAddress = countByAddress.merge(inet.getAddress(), 1, Integer::sum);
      if (sameAddress > maxPerAddress) {
        release(remoteAddress);
        return false;
      }
    }
    return true;
  }

  void release(SocketAddress remoteAddress) {
    if (remoteAddress instanceof InetSocketAddress inet) {
      countByAddress.computeIfPresent(inet.getAddress(), (address, n) -> n == 1 ? null : n - 1);
    }
    count.decrementAndGet();
  }

  int count() {
    return count.get();
  }
}

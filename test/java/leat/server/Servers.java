package leat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.tls.TlsContext;

/** Real servers at port 0, and ways to wait for them without sleeping. */
final class Servers {
  /** Handlers that fail are part of these tests, and no news. Held, or the setting would be collected. */
  private static final Logger QUIET = Logger.getLogger("leat.server");

  static {
    QUIET.setLevel(Level.OFF);
  }

  /** What servers and clients of tests speak; null for plain HTTP. Set by {@link OverTlsTest}. */
  static @Nullable TlsContext tls;

  private Servers() {}

  static int defaultPort() {
    return tls == null ? 80 : 443;
  }

  /** At the loopback address, with one loop, so that what one client sees tells what the loop has done for another. */
  static HttpServerBuilder builder() {
    return HttpServer.builder().host("127.0.0.1").loops(1).shutdownTimeout(Duration.ofSeconds(2)).tls(tls);
  }

  static HttpServer start(Function<Request, Response> handler) throws IOException {
    return builder().handler(handler).start();
  }

  /**
   * Returns when the loop has seen all that was sent to it before: it answers requests in a later turn. They are refused
   * ones, so that no handler is needed, which may be blocked.
   */
  static void barrier(HttpServer server) throws IOException {
    for (int i = 0; i < 2; i++) {
      try (RawClient client = new RawClient(server)) {
        assertEquals(501, client.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n").read().status());
      }
    }
  }

  /** Waits until a count stays as it is while the loop goes round. */
  static int settled(HttpServer server, AtomicInteger count) throws IOException {
    int before;
    do {
      before = count.get();
      for (int i = 0; i < 3; i++) {
        barrier(server);
      }
    } while (before == 0 || before != count.get());
    return before;
  }

  static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(RawClient.PATIENCE_MS, TimeUnit.MILLISECONDS), "Waited in vain");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** The value of a deferred, which must come. */
  static Object value(Deferred<?> deferred) {
    Object value = deferred.deref(RawClient.PATIENCE_MS, "never");
    assertTrue(!"never".equals(value), "Waited in vain for a deferred");
    return value;
  }

  static void until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RawClient.PATIENCE_MS);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, "Waited in vain for a condition");
      Thread.yield();
    }
  }
}

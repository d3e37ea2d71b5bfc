package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import leat.async.Deferred;
import leat.async.ManualClock;
import org.junit.jupiter.api.Test;

/** The cache before blocking look-ups. */
class CachingResolverTest {
  private final ManualClock clock = new ManualClock();
  private final AtomicInteger lookups = new AtomicInteger();

  private CachingResolver resolver(CachingResolver.Lookup lookup, int maxEntries) {
    return new CachingResolver(name -> {
      lookups.incrementAndGet();
      return lookup.lookUp(name);
    }, Duration.ofSeconds(30), Duration.ofSeconds(5), maxEntries, clock);
  }

  private static List<InetAddress> loopback(String name) throws UnknownHostException {
    return List.of(InetAddress.getByAddress(name, new byte[] {127, 0, 0, 1}));
  }

  private static Throwable failure(Deferred<?> deferred) {
    return assertThrows(ExecutionException.class, () -> deferred.toCompletableFuture().get(20, TimeUnit.SECONDS)).getCause();
  }

  private static List<InetAddress> await(Deferred<List<InetAddress>> deferred) {
    return Rig.await(deferred.toCompletableFuture());
  }

  @Test
  void answersHoldForATime() {
    CachingResolver resolver = resolver(CachingResolverTest::loopback, 10);
    for (String name : new String[] {"a.example", "A.Example"}) {
      assertEquals("127.0.0.1", await(resolver.resolve(name)).get(0).getHostAddress());
    }
    clock.advance(TimeUnit.SECONDS.toNanos(30) - 1);
    await(resolver.resolve("a.example"));
    assertEquals(1, lookups.get());
    clock.advance(1);
    await(resolver.resolve("a.example"));
    assertEquals(2, lookups.get());
    resolver.clear();
    await(resolver.resolve("a.example"));
    assertEquals(3, lookups.get());
  }

  @Test
  void failuresHoldForAShorterTime() {
    CachingResolver resolver = resolver(name -> {
      throw new UnknownHostException(name);
    }, 10);
    assertEquals("The host name a.example has no known address", failure(resolver.resolve("a.example")).getMessage());
    assertInstanceOf(UnknownHostException.class, failure(resolver.resolve("a.example")));
    assertEquals(1, lookups.get());
    clock.advance(TimeUnit.SECONDS.toNanos(5));
    failure(resolver.resolve("a.example"));
    assertEquals(2, lookups.get());
  }

  @Test
  void anythingElseThatIsThrownIsAFailureToo() {
    assertEquals("broken", failure(resolver(name -> {
      throw new IllegalStateException("broken");
    }, 10).resolve("a.example")).getMessage());
    assertInstanceOf(UnknownHostException.class, failure(resolver(name -> List.of(), 10).resolve("b.example")));
  }

  @Test
  void thoseWhoAskAtTheSameTimeShareALookup() {
    CountDownLatch go = new CountDownLatch(1);
    CachingResolver resolver = resolver(name -> {
      awaitQuietly(go);
      return loopback(name);
    }, 10);
    List<Deferred<List<InetAddress>>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(resolver.resolve("a.example"));
    }
    all.get(3).error(new IllegalStateException("one gives up"));
    go.countDown();
    all.remove(3);
    all.forEach(CachingResolverTest::await);
    assertEquals(1, lookups.get());
  }

  @Test
  void theLeastRecentlyAskedNameIsForgotten() {
    CachingResolver resolver = resolver(CachingResolverTest::loopback, 2);
    for (String name : List.of("a.example", "b.example", "a.example", "c.example", "a.example")) {
      await(resolver.resolve(name));
    }
    assertEquals(3, lookups.get());
    await(resolver.resolve("b.example"));
    assertEquals(4, lookups.get());
  }

  @Test
  void digitsAreNotLookedUp() {
    CachingResolver resolver = resolver(name -> {
      throw new AssertionError(name);
    }, 10);
    for (String digits : List.of("127.0.0.1", "::1", "[::1]", "2001:db8::1")) {
      assertTrue(resolver.resolve(digits).isRealized(), digits);
      assertEquals(1, await(resolver.resolve(digits)).size());
    }
    assertInstanceOf(UnknownHostException.class, failure(resolver.resolve("")));
    assertInstanceOf(UnknownHostException.class, failure(resolver.resolve("x".repeat(254))));
    assertEquals(0, lookups.get());
  }

  @Test
  void theCallerDoesNotWait() {
    CountDownLatch go = new CountDownLatch(1);
    Deferred<List<InetAddress>> answer = resolver(name -> {
      awaitQuietly(go);
      return loopback(name);
    }, 10).resolve("a.example");
    assertFalse(answer.isRealized());
    go.countDown();
    await(answer);
  }

  @Test
  void tooManyLookupsAtATimeAreRefused() {
    CountDownLatch go = new CountDownLatch(1);
    CachingResolver resolver = resolver(name -> {
      awaitQuietly(go);
      return loopback(name);
    }, 10_000);
    List<Deferred<List<InetAddress>>> all = new ArrayList<>();
    for (int i = 0; i < 1100; i++) {
      all.add(resolver.resolve("host" + i + ".example"));
    }
    go.countDown();
    long refused = all.stream().map(CachingResolverTest::outcome).filter("refused"::equals).count();
    assertTrue(refused >= 1100 - 1024 - 8 && refused <= 76, refused + " were refused");
    assertEquals(1, await(resolver.resolve("host1099.example")).size(), "a refusal does not stay in the cache");
  }

  private static String outcome(Deferred<?> deferred) {
    try {
      deferred.toCompletableFuture().get(20, TimeUnit.SECONDS);
      return "found";
    } catch (ExecutionException e) {
      return e.getCause().getMessage().contains("wait already") ? "refused" : e.toString();
    } catch (Exception e) {
      return e.toString();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

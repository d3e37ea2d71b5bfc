package leat.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import leat.async.Clock;
import leat.async.Deferred;
import leat.bytes.Nullable;

/**
 * Puts a bounded cache and threads of its own before something that looks names up and blocks.
 *
 * <p>Those who ask for the same name at the same time share one look-up. Answers and failures are kept for a time each;
 * of too many names the ones that were not asked for the longest are forgotten. Look-ups run on daemon threads, a few at
 * most: they are platform threads also where there are virtual ones, since the system's look-up is native code, which
 * would hold the carrier of a virtual thread.
 *
 * <pre>  resolve ──► digits? at once ──► in the cache? at once ──► under way? shared ──► a thread looks it up  </pre>
 */
public final class CachingResolver implements Resolver {
  /** What looks a name up, and may block. */
  @FunctionalInterface
  public interface Lookup {
    /**
     * Looks a name up.
     *
     * @param host the name, in lower case
     * @return its addresses, one at least
     * @throws UnknownHostException if there is none
     */
    List<InetAddress> lookUp(String host) throws UnknownHostException;
  }

  static final Resolver SYSTEM = new CachingResolver(
      CachingResolver::lookUpWithJdk, Duration.ofSeconds(30), Duration.ofSeconds(5), 1024, Clock.SYSTEM);

  private static final int MOST_THREADS = 8;
  private static final int MOST_WAITING = 1024;

  private record Entry(Deferred<List<InetAddress>> answer, long untilNanos) {}

  /** Shared by all resolvers; the threads end when there is nothing to do. */
  private static final class Threads {
    private static final AtomicInteger COUNT = new AtomicInteger();
    static final ThreadPoolExecutor POOL = new ThreadPoolExecutor(MOST_THREADS, MOST_THREADS, 10, TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(MOST_WAITING), Threads::daemon);

    static {
      POOL.allowCoreThreadTimeOut(true);
    }

    private static Thread daemon(Runnable task) {
      Thread thread = new Thread(task, "leat-resolver-" + COUNT.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    }
  }

  // Final.
  private final Lookup lookup;
  private final long ttlNanos;
  private final long negativeTtlNanos;
  private final int maxEntries;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock. Ordered by the last use. An entry under way has an answer that is not realized.
  private final Map<String, Entry> cache = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * Makes a resolver with an empty cache.
   *
   * @param lookup looks names up
   * @param ttl how long an answer holds; zero to share only what is under way
   * @param negativeTtl how long a failure holds
   * @param maxEntries how many names are remembered at most, 1 at least
   * @param clock what measures the times
   * @throws IllegalArgumentException if a time is negative, or {@code maxEntries} below 1
   */
  public CachingResolver(Lookup lookup, Duration ttl, Duration negativeTtl, int maxEntries, Clock clock) {
    if (ttl.isNegative() || negativeTtl.isNegative() || maxEntries < 1) {
      throw new IllegalArgumentException("Expected times that are not negative and 1 entry at least, got " + ttl + ", "
          + negativeTtl + " and " + maxEntries);
    }
    this.lookup = lookup;
    this.ttlNanos = ttl.toNanos();
    this.negativeTtlNanos = negativeTtl.toNanos();
    this.maxEntries = maxEntries;
    this.clock = clock;
  }

  /** Runs a look-up of another kind on the threads of all resolvers. */
  static void execute(Runnable lookup) {
    Threads.POOL.execute(lookup);
  }

  private static List<InetAddress> lookUpWithJdk(String host) throws UnknownHostException {
    return List.of(InetAddress.getAllByName(host));
  }

  @Override
  public Deferred<List<InetAddress>> resolve(String host) {
    String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    InetAddress literal = Literals.parse(bare);
    if (literal != null) {
      return Deferred.succeeded(List.of(literal));
    }
    if (bare.isEmpty() || bare.length() > 253) {
      return Deferred.failed(new UnknownHostException("Expected a host name of 1 to 253 characters, got " + bare.length()));
    }
    String name = bare.toLowerCase(Locale.ROOT);
    Deferred<List<InetAddress>> answer;
    lock.lock();
    try {
      Entry known = cache.get(name);
      if (known != null && !(known.answer.isRealized() && known.untilNanos - clock.nanos() <= 0)) {
        return forCaller(known.answer);
      }
      answer = new Deferred<>();
      cache.put(name, new Entry(answer, 0));
      trim();
    } finally {
      lock.unlock();
    }
    try {
      Threads.POOL.execute(() -> run(name, answer));
    } catch (RejectedExecutionException tooMany) {
      forget(name, answer);
      UnknownHostException failure =
          new UnknownHostException("Cannot look up " + name + ": " + MOST_WAITING + " look-ups wait already");
      answer.error(failure);
    }
    return forCaller(answer);
  }

  /** What is in the cache is for all: nobody is to be able to cancel it for the others. */
  private static Deferred<List<InetAddress>> forCaller(Deferred<List<InetAddress>> shared) {
    Deferred<List<InetAddress>> own = new Deferred<>();
    shared.onRealized(own::success, own::error);
    return own;
  }

  private void run(String name, Deferred<List<InetAddress>> answer) {
    List<InetAddress> addresses = null;
    Throwable failure;
    try {
      addresses = List.copyOf(lookup.lookUp(name));
      failure = addresses.isEmpty() ? unknown(name, null) : null;
    } catch (UnknownHostException e) {
      failure = unknown(name, e);
    } catch (Throwable t) {
      failure = t;
    }
    keep(name, answer, failure == null ? ttlNanos : negativeTtlNanos);
    if (failure == null) {
      answer.success(addresses);
    } else {
      answer.error(failure);
    }
  }

  private static UnknownHostException unknown(String name, @Nullable Throwable cause) {
    UnknownHostException failure = new UnknownHostException("The host name " + name + " has no known address");
    failure.initCause(cause);
    return failure;
  }

  private void keep(String name, Deferred<List<InetAddress>> answer, long nanos) {
    lock.lock();
    try {
      Entry entry = cache.get(name);
      if (entry != null && entry.answer == answer) {
        cache.put(name, new Entry(answer, clock.nanos() + nanos));
      }
    } finally {
      lock.unlock();
    }
  }

  private void forget(String name, Deferred<List<InetAddress>> answer) {
    lock.lock();
    try {
      Entry entry = cache.get(name);
      if (entry != null && entry.answer == answer) {
        cache.remove(name);
      }
    } finally {
      lock.unlock();
    }
  }

  private void trim() {
    if (cache.size() > maxEntries) {
      cache.remove(cache.keySet().iterator().next());
    }
  }

  /** Forgets all answers. */
  public void clear() {
    lock.lock();
    try {
      cache.clear();
    } finally {
      lock.unlock();
    }
  }
}

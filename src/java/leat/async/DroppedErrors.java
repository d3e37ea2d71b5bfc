package leat.async;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import leat.bytes.Nullable;

/**
 * Notices errors that nobody looked at: once the failed deferred has been collected as garbage, the error is logged, one
 * time. Costs nothing until a deferred fails while nobody waits for it.
 *
 * <p>The report runs on a daemon thread of its own.
 */
public final class DroppedErrors {

  /** What is left of a failure once it has been collected. */
  static final class Watch extends PhantomReference<Failure> {
    private final Throwable error;
    private final @Nullable Throwable place;

    Watch(Failure failure, @Nullable Throwable made) {
      super(failure, QUEUE);
      this.error = failure.peek();
      this.place = Waiters.Made.isTraced ? new Throwable("The deferred failed here", made) : null;
    }

    void begin() {
      Reaper.begin();
      WATCHES.add(this);
      if (refersTo(null)) {
        // Seen before it began.
        WATCHES.remove(this);
      }
    }

    /** The error has been seen. */
    void forget() {
      clear();
      WATCHES.remove(this);
    }
  }

  /** The thread that reports, started by the first failure that nobody waits for. */
  private static final class Reaper extends Thread {
    private static final Reaper INSTANCE = new Reaper();

    private Reaper() {
      super(null, null, "leat-dropped-errors", 0, false);
      setDaemon(true);
      setContextClassLoader(null);
    }

    /** Starts the one reaper, the first time. */
    static void begin() {
      if (INSTANCE.getState() == State.NEW) {
        synchronized (INSTANCE) {
          if (INSTANCE.getState() == State.NEW) {
            INSTANCE.start();
          }
        }
      }
    }

    @Override
    public void run() {
      while (true) {
        try {
          report((Watch) QUEUE.remove());
        } catch (InterruptedException e) {
          // Nobody has reason to interrupt this thread; go on.
        } catch (Throwable thrown) {
          Log.thrown("The report of a dropped error", thrown);
        }
      }
    }
  }

  /** How often {@link #flush} asks for a collection, with 100 ms in between, before it gives up. */
  private static final int MAX_COLLECTIONS = 50;

  private static final ReferenceQueue<Failure> QUEUE = new ReferenceQueue<>();
  private static final Set<Watch> WATCHES = ConcurrentHashMap.newKeySet();
  private static final ConcurrentHashMap<Watch, CountDownLatch> FLUSHES = new ConcurrentHashMap<>();
  private static final AtomicLong REPORTED = new AtomicLong();

  private static volatile BiConsumer<Throwable, Throwable> report = Log::dropped;
  private static volatile BooleanSupplier sampled = () -> true;

  private DroppedErrors() {
  }

  /**
   * Sets who is told of an error that nobody looked at; by default it is logged.
   *
   * @param reporter called with the error and, if {@link #trace} is on, a throwable whose stack trace says where the
   *     deferred failed, and that of its cause where it was made, else null; on a thread that must not be held up
   */
  public static void reportTo(BiConsumer<Throwable, Throwable> reporter) {
    report = Objects.requireNonNull(reporter, "reporter");
  }

  /**
   * Logs a dropped error, as is done by default.
   *
   * @param error the error that nobody looked at
   * @param place a throwable whose stack trace says where the deferred failed, or null
   */
  public static void log(Throwable error, @Nullable Throwable place) {
    Log.dropped(error, place);
  }

  /**
   * Sets which errors are watched; by default all.
   *
   * @param test asked on the thread that fails the deferred, once for each failure that nobody waits for
   */
  public static void sample(BooleanSupplier test) {
    sampled = Objects.requireNonNull(test, "test");
  }

  /**
   * Switches on or off that each failure that nobody waits for remembers where it happened, and each deferred where it
   * was made, which costs a stack trace each. What was made before does not know that.
   *
   * @param on whether they do; off by default
   */
  public static void trace(boolean on) {
    Waiters.Made.isTraced = on;
  }

  /**
   * Tells how many errors have been reported in the life of this JVM.
   *
   * @return their count
   */
  public static long reported() {
    return REPORTED.get();
  }

  /**
   * Asks the JVM to collect garbage, and waits until every error that was dropped before this call has been reported.
   * Meant for tests; takes some milliseconds. Blocks.
   *
   * @throws InterruptedException  if the thread is interrupted meanwhile
   * @throws IllegalStateException if the JVM does not collect garbage when it is asked to, as with
   *     {@code -XX:+DisableExplicitGC}
   */
  public static void flush() throws InterruptedException {
    flush(System::gc, MAX_COLLECTIONS);
  }

  /** The same with another way to ask, and how often that is done before this gives up. */
  static void flush(Runnable collect, int most) throws InterruptedException {
    // References of one collection are handed over in any order, those of a later collection after them. So when the
    // second marker has come through, everything that the first collection found has.
    for (int i = 0; i < 2; i++) {
      ReferenceQueue<Object> passed = new ReferenceQueue<>();
      PhantomReference<Object> marker = new PhantomReference<>(new Object(), passed);
      int asked = 0;
      do {
        if (asked++ == most) {
          throw new IllegalStateException("Expected the JVM to collect garbage when it is asked to, so that dropped errors"
              + " are found; it has not, though it was asked " + most + " times. Is it run with -XX:+DisableExplicitGC?");
        }
        collect.run();
      } while (passed.remove(100) == null);
      Reference.reachabilityFence(marker);
    }
    // And the reaper is through with all of that when it has come to one more.
    Reaper.begin();
    Watch last = new Watch(new Failure(new Throwable()), null);
    CountDownLatch done = new CountDownLatch(1);
    FLUSHES.put(last, done);
    last.enqueue();
    done.await();
  }

  static boolean isSampled() {
    return sampled.getAsBoolean();
  }

  private static void report(Watch watch) {
    WATCHES.remove(watch);
    CountDownLatch flush = FLUSHES.remove(watch);
    if (flush != null) {
      // The queue is a stack: what came before the marker is below it.
      for (Watch below = (Watch) QUEUE.poll(); below != null; below = (Watch) QUEUE.poll()) {
        report(below);
      }
      flush.countDown();
      return;
    }
    REPORTED.incrementAndGet();
    report.accept(watch.error, watch.place);
  }
}

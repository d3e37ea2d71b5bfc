package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SystemSchedulerTest {

  private static final long MS = 1_000_000;

  private final Scheduler scheduler = Scheduler.system();

  @Test
  void neverRunsEarly() {
    Random random = new Random(7);
    List<Deferred<Long>> earliness = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Deferred<Long> deferred = new Deferred<>();
      long due = System.nanoTime() + random.nextInt(30_000_000);
      scheduler.schedule(due - System.nanoTime(), () -> deferred.success(System.nanoTime() - due));
      earliness.add(deferred);
    }
    for (Deferred<Long> deferred : earliness) {
      // The delay was reckoned a moment before it began to count.
      assertTrue(deferred.deref() >= 0, "late by " + deferred.deref() + " ns");
    }
  }

  @Test
  void runsSoonerTasksThatComeLater() throws InterruptedException {
    ScheduledTask never = scheduler.schedule(Long.MAX_VALUE, () -> { });
    CountDownLatch latch = new CountDownLatch(1);
    scheduler.schedule(MS, latch::countDown);
    latch.await();
    assertTrue(never.cancel());
  }

  @Test
  void tasksRunOnOtherThreadsThanTheTimers() {
    Deferred<String> name = new Deferred<>();
    scheduler.schedule(0, () -> name.success(Thread.currentThread().getName()));
    assertNotEquals("leat-timer", name.deref());
    assertTrue(name.deref().startsWith("leat-timer-task-"), name::deref);
  }

  @Test
  void slowTasksDelayNoOther() throws InterruptedException {
    int slow = 100;
    CountDownLatch begun = new CountDownLatch(slow);
    CountDownLatch quick = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(slow);
    for (int i = 0; i < slow; i++) {
      scheduler.schedule(MS, () -> {
        begun.countDown();
        try {
          quick.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        ended.countDown();
      });
    }
    begun.await();
    // Each of the slow tasks waits for this one.
    scheduler.schedule(0, quick::countDown);
    ended.await();
  }

  @Test
  void aCancelledTaskDoesNotRunAndIsForgotten() throws InterruptedException {
    AtomicInteger runs = new AtomicInteger();
    Object held = new Object();
    WeakReference<Object> reference = new WeakReference<>(held);
    ScheduledTask task = scheduler.schedule(5 * MS, holding(runs, held));
    assertTrue(task.cancel());
    assertFalse(task.cancel());
    CountDownLatch later = new CountDownLatch(1);
    scheduler.schedule(10 * MS, later::countDown);
    later.await();
    assertEquals(0, runs.get());
    held = null;
    while (reference.get() != null) {
      System.gc();
    }
  }

  private static Runnable holding(AtomicInteger runs, Object held) {
    return () -> runs.addAndGet(held.hashCode() | 1);
  }

  @Test
  void repeatsUntilCancelledAndNeverTwiceAtOnce() throws InterruptedException {
    CountDownLatch latch = new CountDownLatch(20);
    AtomicInteger atOnce = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ScheduledTask task = scheduler.scheduleEvery(0, MS / 4, () -> {
      most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
      latch.countDown();
      atOnce.decrementAndGet();
    });
    latch.await();
    assertTrue(task.cancel());
    assertFalse(task.cancel());
    assertEquals(1, most.get());
  }

  @Test
  void aRepeatedTaskMayCancelItself() throws InterruptedException {
    AtomicReference<ScheduledTask> self = new AtomicReference<>();
    CountDownLatch known = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch over = new CountDownLatch(1);
    self.set(scheduler.scheduleEvery(0, MS, () -> {
      try {
        known.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      runs.incrementAndGet();
      self.get().cancel();
      over.countDown();
    }));
    known.countDown();
    over.await();
    CountDownLatch later = new CountDownLatch(1);
    scheduler.schedule(5 * MS, later::countDown);
    later.await();
    assertEquals(1, runs.get());
  }

  @Test
  void aThrowingTaskIsLoggedAndDoesNotRepeat() throws InterruptedException {
    RuntimeException error = new RuntimeException("as planned");
    AtomicInteger runs = new AtomicInteger();
    try (LogCapture log = new LogCapture()) {
      scheduler.scheduleEvery(0, MS, () -> {
        runs.incrementAndGet();
        throw error;
      });
      CountDownLatch later = new CountDownLatch(1);
      scheduler.schedule(10 * MS, later::countDown);
      later.await();
      while (log.thrown().isEmpty()) {
        Thread.onSpinWait();
      }
      assertEquals(List.of(error), log.thrown());
      assertEquals(1, runs.get());
    }
  }

  @Test
  void refusesPeriodsThatAreNone() {
    assertThrows(IllegalArgumentException.class, () -> scheduler.scheduleEvery(0, 0, () -> { }));
    assertThrows(NullPointerException.class, () -> scheduler.schedule(0, null));
    assertSame(scheduler, Scheduler.system());
  }

  @Test
  void leavesTheWorkToAnExecutor() throws InterruptedException {
    ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "mine"));
    try (LogCapture log = new LogCapture()) {
      Scheduler other = new ExecutorScheduler(executor);
      Deferred<String> name = new Deferred<>();
      other.schedule(0, () -> name.success(Thread.currentThread().getName()));
      assertEquals("mine", name.deref());
      CountDownLatch latch = new CountDownLatch(3);
      ScheduledTask task = other.scheduleEvery(0, MS, latch::countDown);
      latch.await();
      assertTrue(task.cancel());
      RuntimeException error = new RuntimeException("as planned");
      CountDownLatch thrown = new CountDownLatch(1);
      other.scheduleEvery(0, MS, () -> {
        thrown.countDown();
        throw error;
      });
      thrown.await();
      Deferred<Boolean> after = new Deferred<>();
      other.schedule(5 * MS, () -> after.success(true));
      after.deref();
      assertEquals(List.of(error), log.thrown());
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void ofTensOfThousandsEachRunsOnceOrWasCancelled() throws InterruptedException {
    int count = 50_000;
    Random random = new Random(11);
    AtomicIntegerArray runs = new AtomicIntegerArray(count);
    CountDownLatch ended = new CountDownLatch(count);
    List<ScheduledTask> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      tasks.add(scheduler.schedule(random.nextInt(100) * MS, () -> {
        runs.incrementAndGet(number);
        ended.countDown();
      }));
    }
    BitSet cancelled = new BitSet();
    for (int i = 0; i < count; i += 2) {
      if (tasks.get(i).cancel()) {
        cancelled.set(i);
        ended.countDown();
      }
    }
    ended.await();
    for (int i = 0; i < count; i++) {
      assertEquals(cancelled.get(i) ? 0 : 1, runs.get(i), "task " + i);
      assertFalse(tasks.get(i).cancel());
    }
    assertTrue(cancelled.cardinality() > 0);
  }

  @Test
  void tasksBeyondAllThreadsWaitAndAreToldOf() throws InterruptedException {
    int most = 1024;
    Scheduler crowded = new SystemScheduler(Clock.SYSTEM);
    CountDownLatch begun = new CountDownLatch(most);
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(most + 1);
    try (LogCapture log = new LogCapture()) {
      for (int i = 0; i <= most; i++) {
        crowded.schedule(0, () -> {
          begun.countDown();
          try {
            gate.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          ended.countDown();
        });
      }
      begun.await();
      while (log.thrown().isEmpty()) {
        Thread.onSpinWait();
      }
      assertEquals(1, ended.getCount() - most);
      gate.countDown();
      ended.await();
      assertEquals(1, log.thrown().size(), "one warning");
    } finally {
      gate.countDown();
    }
  }

  @Test
  void aRepeatedTaskMakesUpForARunThatCameLate() throws InterruptedException {
    ManualClock clock = new ManualClock();
    Scheduler other = new SystemScheduler(clock);
    CountDownLatch runs = new CountDownLatch(7);
    ScheduledTask task = other.scheduleEvery(0, MS, () -> {
      if (runs.getCount() == 7) {
        clock.advance(5 * MS);
      }
      runs.countDown();
    });
    clock.advance(MS);
    runs.await();
    assertEquals(6 * MS, clock.nanos(), "those of 0 to 6 ms, while it was 6 ms");
    assertTrue(task.cancel());
  }
}

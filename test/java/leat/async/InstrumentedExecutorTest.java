package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import leat.async.ExecutorStats.Metric;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InstrumentedExecutorTest {

  private final CountDownLatch gate = new CountDownLatch(1);
  private InstrumentedExecutor executor;

  @AfterEach
  void end() throws InterruptedException {
    gate.countDown();
    if (executor != null) {
      executor.shutdownNow();
      assertTrue(executor.awaitTermination(30, TimeUnit.SECONDS));
      assertTrue(executor.isTerminated());
    }
  }

  private InstrumentedExecutor make(InstrumentedExecutor.Builder builder) {
    executor = builder.build();
    return executor;
  }

  private static InstrumentedExecutor.Builder builder() {
    return InstrumentedExecutor.builder();
  }

  private void waitAtTheGate() {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void refusesWhatNoThreadCanTake() {
    make(builder().maxThreads(2));
    executor.execute(this::waitAtTheGate);
    executor.execute(this::waitAtTheGate);
    RejectedExecutionException refusal =
        assertThrows(RejectedExecutionException.class, () -> executor.execute(() -> { }));
    assertEquals("All 2 threads of the executor are busy, there may be no more, and its queue of 0 is full.",
        refusal.getMessage());
  }

  @Test
  void queuesUpToItsLimit() {
    make(builder().maxThreads(1).queueLength(2));
    executor.execute(this::waitAtTheGate);
    executor.execute(() -> { });
    executor.execute(() -> { });
    assertEquals(2, executor.queueLength());
    assertThrows(RejectedExecutionException.class, () -> executor.execute(() -> { }));
  }

  @Test
  void startsCoreThreadsBeforeItQueues() throws InterruptedException {
    make(builder().maxThreads(4).coreThreads(4).queueLength(Integer.MAX_VALUE));
    CountDownLatch together = new CountDownLatch(4);
    for (int i = 0; i < 4; i++) {
      executor.execute(() -> {
        together.countDown();
        waitAtTheGate();
      });
    }
    together.await();
    assertEquals(4, executor.threadCount());
  }

  @Test
  void asksTheControllerForEachThread() {
    make(builder().controller(new InstrumentedExecutor.Controller() {
      @Override
      public boolean shouldIncrement(int threadCount) {
        return threadCount < 3;
      }

      @Override
      public int adjustment(ExecutorStats stats) {
        return 0;
      }
    }));
    for (int i = 0; i < 3; i++) {
      executor.execute(this::waitAtTheGate);
    }
    assertEquals(3, executor.threadCount());
    assertThrows(RejectedExecutionException.class, () -> executor.execute(() -> { }));
  }

  @Test
  void addsTheThreadsThatTheControllerWants() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(3);
    make(builder().samplePeriodMs(1).controlPeriodMs(2).controller(new InstrumentedExecutor.Controller() {
      @Override
      public boolean shouldIncrement(int threadCount) {
        return true;
      }

      @Override
      public int adjustment(ExecutorStats stats) {
        asked.countDown();
        return 5 - stats.threadCount();
      }
    }));
    asked.await();
    assertEquals(5, executor.threadCount());
  }

  @Test
  void logsWhatATaskThrowsAndGoesOn() {
    RuntimeException error = new RuntimeException("as planned");
    make(builder().maxThreads(1).queueLength(10));
    try (LogCapture log = new LogCapture()) {
      executor.execute(() -> {
        throw error;
      });
      Deferred<Thread> after = new Deferred<>();
      executor.execute(() -> after.success(Thread.currentThread()));
      after.deref();
      assertEquals(List.of(error), log.thrown());
      assertEquals(1, executor.threadCount());
    }
  }

  @Test
  void measuresWhileSomebodyListens() throws InterruptedException {
    make(builder().maxThreads(1).queueLength(100).samplePeriodMs(1).controlPeriodMs(20));
    assertEquals(Set.of(), executor.stats().metrics());
    AtomicReference<ExecutorStats> last = new AtomicReference<>();
    CountDownLatch reported = new CountDownLatch(3);
    java.util.function.Consumer<ExecutorStats> listener = stats -> {
      if (stats.quantile(Metric.TASK_LATENCY, 1) > 0) {
        last.set(stats);
        reported.countDown();
      }
    };
    executor.addStatsListener(listener);
    while (reported.getCount() > 0) {
      CountDownLatch one = new CountDownLatch(1);
      executor.execute(one::countDown);
      one.await();
    }
    ExecutorStats stats = last.get();
    assertEquals(EnumSet.allOf(Metric.class), EnumSet.copyOf(stats.metrics()));
    assertEquals(1, stats.threadCount());
    assertTrue(stats.mean(Metric.QUEUE_LATENCY) > 0, stats::toString);
    assertTrue(stats.quantile(Metric.TASK_LATENCY, 0.5) <= stats.quantile(Metric.TASK_LATENCY, 1), stats::toString);
    assertTrue(stats.quantile(Metric.TASK_COMPLETION_RATE, 1) > 0, stats::toString);
    assertTrue(stats.quantile(Metric.UTILIZATION, 1) <= 1, stats::toString);
    executor.removeStatsListener(listener);
    assertEquals(Set.of(), executor.stats().metrics());
  }

  @Test
  void measuresOnlyWhatIsAsked() {
    make(builder().maxThreads(1).metrics(EnumSet.of(Metric.UTILIZATION)));
    executor.addStatsListener(stats -> { });
    assertEquals(Set.of(Metric.UTILIZATION), executor.stats().metrics());
  }

  @Test
  void givesBackTheTasksThatNeverBegan() throws InterruptedException {
    make(builder().maxThreads(1).queueLength(10));
    CountDownLatch begun = new CountDownLatch(1);
    executor.execute(() -> {
      begun.countDown();
      waitAtTheGate();
    });
    begun.await();
    Runnable waiting = () -> { };
    executor.execute(waiting);
    List<Runnable> left = executor.shutdownNow();
    assertEquals(1, left.size());
    assertSame(waiting, left.get(0));
    RejectedExecutionException refusal =
        assertThrows(RejectedExecutionException.class, () -> executor.execute(() -> { }));
    assertEquals("The executor has been shut down.", refusal.getMessage());
  }

  @Test
  void submitKeepsTheErrorInTheFuture() {
    make(builder());
    RuntimeException error = new RuntimeException("as planned");
    ExecutionException thrown = assertThrows(ExecutionException.class, () -> executor.submit(() -> {
      throw error;
    }).get());
    assertSame(error, thrown.getCause());
  }

  @Test
  void checksItsSettings() {
    assertThrows(IllegalArgumentException.class, () -> builder().queueLength(-1));
    assertThrows(IllegalArgumentException.class, () -> builder().maxThreads(0));
    assertThrows(IllegalArgumentException.class, () -> builder().samplePeriodMs(0));
    assertThrows(IllegalArgumentException.class, () -> builder().controlPeriodMs(0));
    ExecutorStats stats = new ExecutorStats(0, Map.of());
    assertThrows(IllegalArgumentException.class, () -> stats.quantile(Metric.UTILIZATION, 1.1));
    assertEquals(0, stats.quantile(Metric.UTILIZATION, 1));
  }

  @Test
  void quantilesAreInterpolated() {
    Reservoir reservoir = new Reservoir();
    for (long value : new long[] {30, 10, 20}) {
      reservoir.add(value);
    }
    ExecutorStats stats = new ExecutorStats(1, Map.of(Metric.QUEUE_LENGTH, reservoir));
    assertEquals(10, stats.quantile(Metric.QUEUE_LENGTH, 0));
    assertEquals(15, stats.quantile(Metric.QUEUE_LENGTH, 0.25));
    assertEquals(20, stats.quantile(Metric.QUEUE_LENGTH, 0.5));
    assertEquals(30, stats.quantile(Metric.QUEUE_LENGTH, 1));
    assertEquals(20, stats.mean(Metric.QUEUE_LENGTH));
  }

  @Test
  void aReservoirKeepsAFairSample() {
    Reservoir reservoir = new Reservoir();
    int count = 100_000;
    for (int i = 0; i < count; i++) {
      reservoir.add(i);
    }
    long[] kept = reservoir.sorted();
    assertEquals(1024, kept.length);
    // The standard error of this mean is below 1 % of the count; the bound is over ten times that.
    double mean = java.util.Arrays.stream(kept).average().orElseThrow();
    assertEquals(count / 2.0, mean, count / 10.0);
  }

  @Test
  void theCurrentExecutorBelongsToTheThread() throws InterruptedException {
    assertNull(CurrentExecutor.get());
    Executor mine = Runnable::run;
    CurrentExecutor.set(mine);
    try {
      assertSame(mine, CurrentExecutor.get());
      assertSame(mine, CurrentExecutor.threadLocal().get());
      AtomicReference<Executor> other = new AtomicReference<>(mine);
      Thread thread = new Thread(() -> other.set(CurrentExecutor.get()));
      thread.start();
      thread.join();
      assertNull(other.get());
    } finally {
      CurrentExecutor.threadLocal().set(null);
    }
    assertNull(CurrentExecutor.get());
  }

  @Test
  void waitThreadsAreDaemonsWithNames() throws InterruptedException {
    AtomicReference<String> name = new AtomicReference<>();
    Thread thread = WaitThreads.factory("waits-").newThread(() -> name.set(Thread.currentThread().getName()));
    assertTrue(thread.isDaemon());
    thread.start();
    thread.join();
    assertEquals("waits-1", name.get());
  }

  @Test
  void waitThreadsAreVirtualWhereWaitingPinsNoCarrier() throws ReflectiveOperationException {
    Thread thread = WaitThreads.factory("waits-").newThread(() -> { });
    if (Runtime.version().feature() >= 24) {
      assertEquals(true, Thread.class.getMethod("isVirtual").invoke(thread));
    } else {
      assertEquals(Thread.class, thread.getClass());
    }
  }

  @Test
  void idleThreadsGoAndTheCoreStays() throws InterruptedException {
    make(builder().maxThreads(8).coreThreads(2).idleMs(1));
    CountDownLatch together = new CountDownLatch(8);
    for (int i = 0; i < 8; i++) {
      executor.execute(() -> {
        together.countDown();
        waitAtTheGate();
      });
    }
    together.await();
    assertEquals(8, executor.threadCount());
    gate.countDown();
    while (executor.threadCount() > 2) {
      Thread.onSpinWait();
    }
    assertEquals(2, executor.threadCount());
  }
}

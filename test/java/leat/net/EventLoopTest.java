package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import leat.async.Clock;
import leat.async.Deferred;
import leat.async.ManualClock;
import leat.async.TimerWheel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks, timers and turns. */
@Timeout(60)
class EventLoopTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void runsTheTasksOfEachThreadInOrder() throws Exception {
    int threadCount = 4;
    int taskCount = 5_000;
    try (EventLoops loops = EventLoops.start(1)) {
      int[] last = new int[threadCount];
      AtomicInteger outOfOrder = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(threadCount * taskCount);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < threadCount; t++) {
        int thread = t;
        threads.add(new Thread(() -> {
          for (int i = 1; i <= taskCount; i++) {
            int number = i;
            loops.get(0).execute(() -> {
              if (last[thread] != number - 1) {
                outOfOrder.incrementAndGet();
              }
              last[thread] = number;
              done.countDown();
            });
          }
        }));
      }
      threads.forEach(Thread::start);
      assertTrue(done.await(20, TimeUnit.SECONDS), () -> done.getCount() + " tasks never ran");
      assertEquals(0, outOfOrder.get());
    }
  }

  @Test
  void everyTaskWakesASleepingLoop() {
    try (EventLoops loops = EventLoops.start(1)) {
      for (int i = 0; i < 3_000; i++) {
        int number = i;
        // A wake-up that is lost shows as a time-out: nothing else would wake this loop.
        assertEquals(number, Rig.call(loops.get(0), () -> number));
      }
    }
  }

  @Test
  void aTaskThatComesJustBeforeTheLoopSleepsKeepsItAwake() {
    try (EventLoops loops = EventLoops.start(1)) {
      AtomicInteger done = new AtomicInteger();
      LoopTask task = new LoopTask.Wrapped(done::incrementAndGet);
      long end = System.nanoTime() + 20 * SECOND;
      for (int round = 1; round <= 100_000; round++) {
        loops.get(0).execute(task);
        for (int spins = 1; done.get() < round; spins++) {
          if (spins % 1_000 == 0) {
            Thread.yield();
            assertTrue(System.nanoTime() - end < 0, "task " + round + " never ran");
          }
        }
        // Then again at all sorts of moments on the loop's way to its sleep.
        for (int spins = round % 64; spins > 0; spins--) {
          done.get();
        }
      }
    }
  }

  @Test
  void neverRunsATaskAtOnce() {
    try (EventLoops loops = EventLoops.start(1)) {
      List<String> order = new ArrayList<>();
      CompletableFuture<Void> done = new CompletableFuture<>();
      Rig.call(loops.get(0), () -> {
        loops.get(0).execute(() -> {
          order.add("inner");
          done.complete(null);
        });
        return order.add("outer");
      });
      Rig.await(done);
      assertEquals(List.of("outer", "inner"), order);
    }
  }

  @Test
  void aLoopTaskMayBeHandedOverAgainOnceItRuns() {
    try (EventLoops loops = EventLoops.start(1)) {
      CompletableFuture<Integer> done = new CompletableFuture<>();
      loops.get(0).execute(new LoopTask() {
        private int runs;

        @Override
        public void run() {
          if (++runs == 5_000) {
            done.complete(runs);
          } else {
            loops.get(0).execute(this);
          }
        }
      });
      assertEquals(5_000, Rig.await(done));
    }
  }

  @Test
  void socketsHaveTheirTurnWhileTasksKeepComing() throws Exception {
    try (Rig rig = new Rig(Echo::new)) {
      LoopTask endless = new LoopTask() {
        @Override
        public void run() {
          rig.loop().offer(this);
        }
      };
      rig.loop().execute(endless);
      Socket client = rig.client();
      client.getOutputStream().write("still here".getBytes());
      assertEquals("still here", new String(client.getInputStream().readNBytes(10)));
    }
  }

  @Test
  void survivesWhateverATaskThrows() {
    try (LogCapture log = new LogCapture(); EventLoops loops = EventLoops.start(1)) {
      List<Throwable> thrown =
          List.of(new IllegalStateException("task"), new StackOverflowError("task"), new OutOfMemoryError("task"));
      for (Throwable t : thrown) {
        loops.get(0).execute(() -> sneak(t));
      }
      assertEquals("alive", Rig.call(loops.get(0), () -> "alive"));
      assertEquals(thrown, log.thrown());
    }
  }

  @Test
  void survivesALoggerThatThrows() {
    try (LogCapture log = new LogCapture(entry -> sneak(new IllegalStateException("logger")));
        EventLoops loops = EventLoops.start(1)) {
      loops.get(0).execute(() -> sneak(new IllegalStateException("task")));
      assertEquals("alive", Rig.call(loops.get(0), () -> "alive"));
      assertEquals(1, log.thrown().size());
    }
  }

  @SuppressWarnings("unchecked")
  static <E extends Throwable> void sneak(Throwable t) throws E {
    throw (E) t;
  }

  @Test
  void refusesToBlock() {
    try (EventLoops loops = EventLoops.start(1)) {
      Deferred<String> never = new Deferred<>();
      Throwable refused = Rig.call(loops.get(0), () -> assertThrows(IllegalStateException.class, never::deref));
      assertTrue(refused.getMessage().contains("leat-loop-"), refused.getMessage());
    }
  }

  @Test
  void refusesOtherThreads() {
    try (EventLoops loops = EventLoops.start(1)) {
      EventLoop loop = loops.get(0);
      TimerWheel.Timer timer = new Fired();
      assertThrows(IllegalStateException.class, loop::assertInside);
      assertThrows(IllegalStateException.class, () -> loop.schedule(timer, 1));
      assertThrows(IllegalStateException.class, () -> loop.cancel(timer));
      assertThrows(NullPointerException.class, () -> loop.execute((Runnable) null));
      assertFalse(loop.isInside());
      assertTrue(Rig.call(loop, loop::isInside));
    }
  }

  // ---- Timers

  private static final class Fired extends TimerWheel.Timer {
    final CompletableFuture<Long> at = new CompletableFuture<>();

    @Override
    protected void onTimeout(long nowNanos) {
      at.complete(nowNanos);
    }
  }

  @Test
  void firesTimersByItsClockAndNotBefore() throws Exception {
    ManualClock clock = new ManualClock(5 * SECOND);
    try (Rig rig = new Rig(1, clock, Recorder::new)) {
      Fired fired = new Fired();
      Fired cancelled = new Fired();
      Fired never = new Fired();
      clock.advance(SECOND);
      rig.turns(1);
      rig.run(() -> {
        rig.loop().schedule(fired, SECOND);
        rig.loop().schedule(cancelled, SECOND);
        rig.loop().schedule(never, Long.MAX_VALUE);
        rig.loop().cancel(cancelled);
      });
      clock.advance(SECOND - 1);
      rig.turns(3);
      assertFalse(fired.at.isDone());
      clock.advance(SECOND / 10);
      assertEquals(7 * SECOND - 1 + SECOND / 10, Rig.await(fired.at));
      rig.turns(3);
      assertFalse(cancelled.at.isDone());
      assertFalse(never.at.isDone(), "a delay without end has overflowed");
    }
  }

  @Test
  void wakesForATimerWithoutBeingCalled() {
    try (EventLoops loops = EventLoops.start(1)) {
      Fired fired = new Fired();
      loops.get(0).execute(() -> loops.get(0).schedule(fired, SECOND / 50));
      Rig.await(fired.at);
    }
  }

  @Test
  void countsADelayFromTheTurnAndNotFromTheOneBefore() throws Exception {
    ManualClock clock = new ManualClock();
    Fired fired = new Fired();
    Recorder recorder = new Recorder() {
      @Override
      public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
        channel.loop().schedule(fired, SECOND);
        super.onRead(channel, bytes, from, to);
      }
    };
    try (Rig rig = new Rig(1, clock, () -> recorder)) {
      Socket client = rig.client();
      recorder.channel();
      CountDownLatch goOn = holdLoop(rig.loop());
      clock.advance(3_600 * SECOND);
      client.getOutputStream().write(1);
      // A task waits, so that the loop does not sleep before it sees the bytes.
      rig.loop().execute(() -> {});
      goOn.countDown();
      recorder.awaitEvent("read");
      rig.turns(3);
      assertFalse(fired.at.isDone(), "the timer was scheduled by a clock that was an hour old");
      clock.advance(2 * SECOND);
      Rig.await(fired.at);
    }
  }

  /** Blocks a loop from now on until the latch is counted down. */
  static CountDownLatch holdLoop(EventLoop loop) throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    loop.execute(() -> {
      held.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    held.await();
    return goOn;
  }

  // ---- Turns that nobody needs

  /** How many turns a loop makes while nothing happens, up to the time of one timer. */
  static long idleTurns(EventLoop loop) {
    Fired fired = new Fired();
    long before = Rig.call(loop, () -> {
      loop.schedule(fired, SECOND / 5);
      return loop.turns;
    });
    Rig.await(fired.at);
    return Rig.call(loop, () -> loop.turns) - before;
  }

  @Test
  void sleepsWhileNothingHappens() throws Exception {
    try (Rig rig = new Rig(Recorder::new)) {
      long turns = idleTurns(rig.loop());
      assertTrue(turns < 20, turns + " turns");
    }
  }

  @Test
  void anInterruptIsForgotten() throws Exception {
    try (Rig rig = new Rig(Echo::new)) {
      rig.run(() -> Thread.currentThread().interrupt());
      long turns = idleTurns(rig.loop());
      assertTrue(turns < 20, turns + " turns");
      assertFalse(Rig.call(rig.loop(), () -> Thread.currentThread().isInterrupted()));
    }
  }

  @Test
  void awaitSoonDoesNotKeepTheLoopAwake() throws Exception {
    try (Rig rig = new Rig(Echo::new)) {
      rig.run(() -> rig.loop().awaitSoon());
      long turns = idleTurns(rig.loop());
      assertTrue(turns < 20, turns + " turns");
    }
  }

  // ---- The end

  @Test
  void tasksThatWaitAtTheEndRunAndLaterOnesAreRefused() throws Exception {
    EventLoops loops = EventLoops.start(1);
    EventLoop loop = loops.get(0);
    CountDownLatch goOn = holdLoop(loop);
    AtomicInteger ran = new AtomicInteger();
    for (int i = 0; i < 3_000; i++) {
      // More than one batch.
      loop.execute(ran::incrementAndGet);
    }
    loop.close();
    goOn.countDown();
    loops.close();
    assertEquals(3_000, ran.get());
    assertTrue(loop.terminated().deref());
    LoopTask late = new LoopTask.Wrapped(ran::incrementAndGet);
    assertFalse(loop.offer(late));
    assertThrows(java.util.concurrent.RejectedExecutionException.class, () -> loop.execute(ran::incrementAndGet));
    assertNull(late.next);
    assertEquals(3_000, ran.get());
  }

  @Test
  void aTaskIsEitherRunOrRefusedWhileTheLoopEnds() throws Exception {
    for (int round = 0; round < 50; round++) {
      EventLoops loops = EventLoops.start(1);
      AtomicInteger accepted = new AtomicInteger();
      AtomicInteger ran = new AtomicInteger();
      CountDownLatch started = new CountDownLatch(2);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        Thread thread = new Thread(() -> {
          started.countDown();
          while (loops.get(0).offer(new LoopTask.Wrapped(ran::incrementAndGet))) {
            accepted.incrementAndGet();
          }
        });
        thread.start();
        threads.add(thread);
      }
      started.await();
      loops.close();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(accepted.get(), ran.get());
    }
  }

  @Test
  void closesItsChannelsAtTheEnd() throws Exception {
    Recorder recorder = new Recorder();
    try (Rig rig = new Rig(() -> recorder)) {
      Socket client = rig.client();
      recorder.channel();
      rig.loops.close();
      assertInstanceOf(IOException.class, recorder.cause());
      assertEquals(-1, client.getInputStream().read());
    }
  }

  @Test
  void aLoopThatDiesSaysSoAndClosesItsChannels() throws Exception {
    Error death = new InternalError("clock");
    CompletableFuture<Error> deadly = new CompletableFuture<>();
    Clock clock = () -> {
      if (deadly.isDone()) {
        throw deadly.join();
      }
      return System.nanoTime();
    };
    Recorder recorder = new Recorder();
    try (LogCapture log = new LogCapture(); Rig rig = new Rig(1, clock, () -> recorder)) {
      Socket client = rig.client();
      recorder.channel();
      deadly.complete(death);
      rig.loop().offer(new LoopTask.Wrapped(() -> {}));
      assertEquals(-1, client.getInputStream().read());
      assertSame(death, recorder.cause().getCause());
      CompletableFuture<Throwable> end = new CompletableFuture<>();
      rig.loop().terminated().onRealized(ok -> end.complete(null), end::complete);
      assertSame(death, Rig.await(end));
      assertTrue(log.messages(Level.SEVERE).get(0).contains("died"), () -> log.messages(Level.SEVERE).toString());
      assertFalse(rig.loop().offer(new LoopTask.Wrapped(() -> {})));
    }
  }
}

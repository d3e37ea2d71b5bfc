package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {

  private static final long TICK = 100;
  private static final long START = 1_000_000;

  private final TimerWheel wheel = new TimerWheel(TICK, 8, START);
  private final List<String> fired = new ArrayList<>();

  private final class Named extends TimerWheel.Timer {
    private final String name;
    private Runnable then = () -> { };

    Named(String name) {
      this.name = name;
    }

    @Override
    protected void onTimeout(long nowNanos) {
      assertFalse(isScheduled());
      fired.add(name + "@" + (nowNanos - START));
      then.run();
    }
  }

  private Named schedule(String name, long afterStart) {
    Named timer = new Named(name);
    wheel.schedule(timer, START + afterStart);
    return timer;
  }

  @Test
  void firesAtTheDeadlineOrWithinATickNeverBefore() {
    Named exact = schedule("exact", 200);
    Named between = schedule("between", 201);
    assertTrue(exact.isScheduled());
    assertEquals(0, wheel.poll(START));
    assertEquals(0, wheel.poll(START + 199));
    assertEquals(List.of(), fired);
    assertEquals(1, wheel.poll(START + 200));
    assertEquals(List.of("exact@200"), fired);
    assertFalse(exact.isScheduled());
    assertTrue(between.isScheduled());
    assertEquals(0, wheel.poll(START + 299));
    assertEquals(1, wheel.poll(START + 300));
    assertEquals(List.of("exact@200", "between@300"), fired);
    assertEquals(0, wheel.size());
  }

  @Test
  void firesOnlyOnce() {
    schedule("a", 50);
    wheel.poll(START + 1000);
    wheel.poll(START + 5000);
    assertEquals(List.of("a@1000"), fired);
  }

  @Test
  void keepsDeadlinesBeyondOneTurnForLaterTurns() {
    schedule("third turn", 2 * 800 + 150);
    schedule("first turn", 150);
    schedule("second turn", 800 + 150);
    for (long now = 0; now <= 3000; now += 50) {
      wheel.poll(START + now);
    }
    assertEquals(List.of("first turn@200", "second turn@1000", "third turn@1800"), fired);
  }

  @Test
  void firesEverythingAfterALongPause() {
    for (int i = 0; i < 40; i++) {
      schedule("t" + i, 90L * i);
    }
    schedule("later", 1_000_001);
    assertEquals(40, wheel.poll(START + 1_000_000));
    assertEquals(1, wheel.size());
    assertEquals(1, wheel.poll(START + 1_000_100));
  }

  @Test
  void firesAPastDeadlineAtTheNextTick() {
    wheel.poll(START + 1000);
    schedule("past", -500);
    wheel.poll(START + 1000 + TICK);
    assertEquals(List.of("past@1100"), fired);
  }

  @Test
  void cancels() {
    Named timer = schedule("a", 100);
    Named other = schedule("b", 100);
    wheel.cancel(timer);
    assertFalse(timer.isScheduled());
    assertEquals(1, wheel.size());
    wheel.cancel(timer);
    wheel.cancel(new Named("never scheduled"));
    assertEquals(1, wheel.size());
    assertEquals(1, wheel.poll(START + 1000));
    assertEquals(List.of("b@1000"), fired);
    wheel.cancel(other);
    assertEquals(0, wheel.size());
    wheel.schedule(timer, START + 1200);
    wheel.poll(START + 1200);
    assertEquals(List.of("b@1000", "a@1200"), fired);
  }

  @Test
  void putsOff() {
    Named timer = schedule("a", 200);
    wheel.schedule(timer, START + 500);
    assertEquals(1, wheel.size());
    assertEquals(0, wheel.poll(START + 499));
    assertEquals(1, wheel.poll(START + 500));
    // Again and again, over more than a turn, into its own slot and others.
    wheel.schedule(timer, START + 600);
    for (long now = 550; now < 5000; now += 50) {
      wheel.schedule(timer, START + now + (now % 3 == 0 ? 800 : 300));
      assertEquals(0, wheel.poll(START + now));
    }
    wheel.schedule(timer, START + 5001);
    assertEquals(0, wheel.poll(START + 5000));
    assertEquals(1, wheel.poll(START + 5100));
    assertEquals(List.of("a@500", "a@5100"), fired);
  }

  @Test
  void bringsForward() {
    Named timer = schedule("a", 700);
    wheel.schedule(timer, START + 200);
    assertEquals(1, wheel.size());
    assertEquals(200, wheel.nanosToNext(START));
    assertEquals(1, wheel.poll(START + 200));
    assertEquals(0, wheel.poll(START + 2000));
    assertEquals(List.of("a@200"), fired);
  }

  @Test
  void bringsForwardAcrossTheOverflowOfTheClock() {
    long start = Long.MAX_VALUE - 300;
    TimerWheel late = new TimerWheel(TICK, 8, start);
    Named timer = new Named("a");
    late.schedule(timer, start + 700);
    late.schedule(timer, start + 200);
    assertEquals(1, late.poll(start + 200));
    late.schedule(timer, start + 250);
    late.schedule(timer, start + 700);
    assertEquals(0, late.poll(start + 699));
    assertEquals(1, late.poll(start + 700));
  }

  @Test
  void aTimerMayScheduleItselfAgain() {
    Named timer = schedule("a", 100);
    timer.then = () -> wheel.schedule(timer, START + 100);
    assertEquals(1, wheel.poll(START + 150));
    assertEquals(0, wheel.poll(START + 199));
    assertEquals(1, wheel.poll(START + 200));
    assertEquals(List.of("a@150", "a@200"), fired);
    assertTrue(timer.isScheduled());
  }

  @Test
  void aTimerMayCancelPutOffAndBringForwardOthersThatAreDue() {
    Named first = schedule("first", 50);
    Named cancelled = schedule("cancelled", 60);
    Named putOff = schedule("put off", 70);
    Named broughtForward = schedule("brought forward", 80);
    Named stillDue = schedule("still due", 150);
    first.then = () -> {
      wheel.cancel(cancelled);
      wheel.schedule(putOff, START + 1234);
      wheel.schedule(broughtForward, START + 10);
      wheel.schedule(stillDue, START + 250);
    };
    wheel.poll(START + 300);
    assertEquals(List.of("first@300", "still due@300"), fired);
    assertFalse(cancelled.isScheduled());
    assertEquals(2, wheel.size());
    wheel.poll(START + 400);
    assertEquals(List.of("first@300", "still due@300", "brought forward@400"), fired);
    wheel.poll(START + 1233);
    assertEquals(3, fired.size());
    wheel.poll(START + 1300);
    assertEquals("put off@1300", fired.get(3));
  }

  @Test
  void aTimerMayCancelTheLastOthers() {
    Named first = schedule("first", 50);
    Named other = schedule("other", 60);
    first.then = () -> wheel.cancel(other);
    assertEquals(1, wheel.poll(START + 100));
    assertEquals(Long.MAX_VALUE, wheel.nanosToNext(START + 100));
  }

  @Test
  void logsWhatATimerThrowsAndFiresTheOthers() {
    RuntimeException error = new RuntimeException("broken");
    schedule("a", 50).then = () -> {
      throw error;
    };
    schedule("b", 50);
    try (LogCapture log = new LogCapture()) {
      assertEquals(2, wheel.poll(START + 100));
      assertEquals(List.of(error), log.thrown());
    }
    assertEquals(List.of("a@100", "b@100"), fired);
  }

  @Test
  void saysHowLongNothingIsDue() {
    assertEquals(Long.MAX_VALUE, wheel.nanosToNext(START));
    Named timer = schedule("a", 250);
    assertEquals(300, wheel.nanosToNext(START));
    assertEquals(10, wheel.nanosToNext(START + 290));
    assertEquals(0, wheel.nanosToNext(START + 300));
    assertEquals(0, wheel.nanosToNext(START + 900));
    schedule("b", 150);
    assertEquals(200, wheel.nanosToNext(START));
    wheel.poll(START + 200);
    assertEquals(100, wheel.nanosToNext(START + 200));
    wheel.cancel(timer);
    assertEquals(Long.MAX_VALUE, wheel.nanosToNext(START + 200));
    schedule("c", 900);
    assertEquals(700, wheel.nanosToNext(START + 200));
  }

  @Test
  void aPutOffTimerWakesEarlyOnceAndThenNotAgain() {
    Named timer = schedule("a", 200);
    wheel.schedule(timer, START + 600);
    assertEquals(200, wheel.nanosToNext(START));
    assertEquals(0, wheel.poll(START + 200));
    assertEquals(400, wheel.nanosToNext(START + 200));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, (1 << 20) + 1, Integer.MAX_VALUE})
  void refusesBadSlotCounts(int slotCount) {
    assertThrows(IllegalArgumentException.class, () -> new TimerWheel(TICK, slotCount, 0));
  }

  @Test
  void refusesBadTicksAndRoundsSlotsUp() {
    assertThrows(IllegalArgumentException.class, () -> new TimerWheel(0, 8, 0));
    assertEquals("TimerWheel[0 timers, 1 slots of 5 ns]", new TimerWheel(5, 1, 0).toString());
    assertEquals("TimerWheel[0 timers, 8 slots of 5 ns]", new TimerWheel(5, 5, 0).toString());
    assertEquals("TimerWheel[0 timers, 8 slots of 5 ns]", new TimerWheel(5, 8, 0).toString());
  }

  /** A timer that knows when it has to fire. */
  private static final class Watched extends TimerWheel.Timer {
    private boolean expected;
    private long deadlineNanos;
    private long latestNanos;
    private long firedAt;
    private boolean hasFired;
    private Runnable then = () -> { };

    @Override
    protected void onTimeout(long nowNanos) {
      hasFired = true;
      firedAt = nowNanos;
      then.run();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - 3000, -5000, Long.MIN_VALUE})
  void neverEarlyNeverLaterThanATickUnderRandomUse(long startNanos) {
    long seed = Long.getLong("leat.seed", System.nanoTime());
    System.out.println("TimerWheelTest.neverEarlyNeverLaterThanATickUnderRandomUse: -Dleat.seed=" + seed);
    Random random = new Random(seed);
    for (int slots : new int[] {1, 2, 16}) {
      String message = "seed " + seed + ", " + slots + " slots";
      new RandomUse(new TimerWheel(10, slots, startNanos), startNanos, random, message).run();
    }
  }

  private static final class RandomUse {
    private final TimerWheel wheel;
    private final Random random;
    private final String message;
    private final List<Watched> timers = new ArrayList<>();
    private long now;

    RandomUse(TimerWheel wheel, long startNanos, Random random, String message) {
      this.wheel = wheel;
      this.random = random;
      this.message = message;
      now = startNanos;
      for (int i = 0; i < 20; i++) {
        Watched timer = new Watched();
        timer.then = () -> {
          checkFired(timer);
          if (random.nextInt(3) == 0) {
            change(timers.get(random.nextInt(timers.size())));
          }
        };
        timers.add(timer);
      }
    }

    void run() {
      for (int step = 0; step < 5000; step++) {
        for (int i = random.nextInt(4); i > 0; i--) {
          change(timers.get(random.nextInt(timers.size())));
        }
        now += random.nextInt(20) == 0 ? random.nextInt(2000) : random.nextInt(15);
        wheel.poll(now);
        checkPending();
      }
    }

    private void change(Watched timer) {
      if (random.nextInt(5) == 0) {
        wheel.cancel(timer);
        timer.expected = false;
      } else {
        timer.deadlineNanos = now + random.nextInt(random.nextBoolean() ? 30 : 1000) - 10;
        wheel.schedule(timer, timer.deadlineNanos);
        timer.expected = true;
        // A deadline in the past counts from now on.
        timer.latestNanos = timer.deadlineNanos + 10 + (timer.deadlineNanos - now < 0 ? 10 : 0);
      }
      assertEquals(timer.expected, timer.isScheduled(), message);
    }

    private void checkFired(Watched timer) {
      assertTrue(timer.hasFired && timer.expected, message + ": fired without being scheduled");
      assertTrue(timer.firedAt - timer.deadlineNanos >= 0, message + ": fired early");
      timer.hasFired = false;
      timer.expected = false;
    }

    private void checkPending() {
      int scheduled = 0;
      for (Watched timer : timers) {
        assertEquals(timer.expected, timer.isScheduled(), message);
        if (timer.expected) {
          scheduled++;
          assertTrue(now - timer.latestNanos < 0, message + ": more than a tick late");
          long wake = now + wheel.nanosToNext(now);
          assertTrue(wake - timer.latestNanos <= 0, message + ": would wake too late");
        }
      }
      assertEquals(scheduled, wheel.size(), message);
      assertEquals(scheduled == 0, wheel.nanosToNext(now) == Long.MAX_VALUE, message);
    }
  }
}

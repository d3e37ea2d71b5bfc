package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ManualSchedulerTest {

  private final ManualScheduler scheduler = new ManualScheduler(100);
  private final List<String> runs = new ArrayList<>();

  private Runnable run(String name) {
    return () -> runs.add(name + "@" + scheduler.nanos());
  }

  @Test
  void runsEachTaskAtItsTimeInOrder() {
    scheduler.schedule(20, run("c"));
    scheduler.schedule(10, run("a"));
    scheduler.schedule(10, run("b"));
    scheduler.advance(9);
    assertEquals(List.of(), runs);
    scheduler.advance(50);
    assertEquals(List.of("a@110", "b@110", "c@120"), runs);
    assertEquals(159, scheduler.nanos());
    assertEquals(0, scheduler.size());
  }

  @Test
  void runsAtOnceWhatIsDueAtOnce() {
    scheduler.schedule(0, run("a"));
    scheduler.schedule(-5, run("b"));
    assertEquals(List.of("a@100", "b@100"), runs);
  }

  @Test
  void runsWhatATaskSchedules() {
    scheduler.schedule(1, () -> scheduler.schedule(1, run("a")));
    scheduler.advance(2);
    assertEquals(List.of("a@102"), runs);
  }

  @Test
  void repeatsAtTheSameRate() {
    ScheduledTask task = scheduler.scheduleEvery(1, 5, run("a"));
    scheduler.advance(12);
    assertEquals(List.of("a@101", "a@106", "a@111"), runs);
    assertTrue(task.cancel());
    assertFalse(task.cancel());
    scheduler.advance(100);
    assertEquals(3, runs.size());
    assertEquals(0, scheduler.size());
  }

  @Test
  void aTaskMayCancelItself() {
    AtomicReference<ScheduledTask> self = new AtomicReference<>();
    AtomicInteger count = new AtomicInteger();
    self.set(scheduler.scheduleEvery(1, 1, () -> {
      if (count.incrementAndGet() == 3) {
        self.get().cancel();
      }
    }));
    scheduler.advance(10);
    assertEquals(3, count.get());
  }

  @Test
  void aCancelledTaskDoesNotRun() {
    ScheduledTask task = scheduler.schedule(1, run("a"));
    assertTrue(task.cancel());
    assertFalse(task.cancel());
    scheduler.advance(1);
    assertEquals(List.of(), runs);
    ScheduledTask done = scheduler.schedule(0, run("b"));
    assertFalse(done.cancel());
  }

  @Test
  void aThrowingTaskIsLoggedAndDoesNotRepeat() {
    RuntimeException error = new RuntimeException("as planned");
    try (LogCapture log = new LogCapture()) {
      scheduler.scheduleEvery(1, 1, () -> {
        runs.add("a");
        throw error;
      });
      scheduler.schedule(2, run("b"));
      scheduler.advance(5);
      assertEquals(List.of("a", "b@102"), runs);
      assertEquals(List.of(error), log.thrown());
    }
  }

  @Test
  void refusesToGoBackAndToStandStill() {
    assertThrows(IllegalArgumentException.class, () -> scheduler.advance(-1));
    assertThrows(IllegalArgumentException.class, () -> scheduler.scheduleEvery(0, 0, run("a")));
    assertThrows(NullPointerException.class, () -> scheduler.schedule(0, null));
  }

  @Test
  void timeThatNeverComesHoldsUpNothing() {
    ScheduledTask never = scheduler.schedule(Long.MAX_VALUE, run("never"));
    scheduler.schedule(10, run("a"));
    scheduler.scheduleEvery(20, Long.MAX_VALUE, run("b"));
    scheduler.advance(30);
    assertEquals(List.of("a@110", "b@120"), runs);
    scheduler.advance(Long.MAX_VALUE);
    assertEquals(Long.MAX_VALUE, scheduler.nanos());
    assertEquals(2, runs.size());
    assertTrue(never.cancel());
  }
}

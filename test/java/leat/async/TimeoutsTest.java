package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TimeoutsTest {

  private final ManualScheduler scheduler = new ManualScheduler();

  /** A deferred that gets 7 in 10 ns. */
  private Deferred<Integer> later() {
    return tie(new Deferred<>());
  }

  private Deferred<Integer> tie(Deferred<Integer> deferred) {
    Timeouts.cancelOnceRealized(deferred, scheduler.schedule(10, () -> deferred.success(7)));
    return deferred;
  }

  @Test
  void theTaskRealizesTheDeferred() {
    Deferred<Integer> deferred = later();
    scheduler.advance(10);
    assertEquals(7, deferred.getNow());
  }

  @Test
  void nothingIsLeftOnceSomebodyElseHas() {
    later().success(1);
    later().error(new RuntimeException("as planned"));
    assertEquals(0, scheduler.size());
    Deferred<Integer> over = Deferred.succeeded(1);
    tie(over);
    assertEquals(0, scheduler.size());
  }

  @Test
  void anExecutorHasNoPartInIt() {
    Executor busy = task -> {
      throw new RejectedExecutionException("busy");
    };
    try (LogCapture log = new LogCapture()) {
      tie(new Deferred<>() {
        @Override
        public Executor executor() {
          return busy;
        }
      }).success(1);
      assertEquals(0, scheduler.size());
      assertEquals(List.of(), log.thrown());
    }
  }

  @Test
  void aCancellationTravelsPastIt() {
    Deferred<Integer> source = later();
    Derived<Integer> derived = new Derived<>(null);
    derived.waitFor(source, passOn(derived));
    CancellationException why = new CancellationException("as planned");
    derived.error(why);
    assertSame(why, source.errorValue(null));
    assertEquals(0, scheduler.size());
  }

  private static Waiter<Integer> passOn(Deferred<Integer> target) {
    return new Waiter<>() {
      @Override
      protected Deferred<?> target() {
        return target;
      }

      @Override
      protected void onSuccess(Integer value) {
        target.success(value);
      }

      @Override
      protected void onFailure(Failure failure) {
        target.fail(failure);
      }
    };
  }

  @Test
  void onlyTheErrorThatCancelsTheTaskIsNoNews() throws InterruptedException {
    DroppedErrors.flush();
    long before = DroppedErrors.reported();
    try (LogCapture log = new LogCapture()) {
      drop();
      DroppedErrors.flush();
      assertEquals(before + 2, DroppedErrors.reported());
      assertEquals(List.of("of a put", "of the task"),
          log.thrown().stream().map(Throwable::getMessage).sorted().toList());
    }
  }

  private void drop() {
    later().error(new RuntimeException("meant"));
    Deferred<Integer> ran = new Deferred<>();
    Timeouts.cancelOnceRealized(ran, scheduler.schedule(10, () -> ran.error(new RuntimeException("of the task"))));
    scheduler.advance(10);
    Timeouts.limit(new Deferred<>(), 10, null, scheduler).error(new RuntimeException("of a put"));
  }

  @Test
  void limitsWhatTakesTooLong() {
    Deferred<Integer> slow = new Deferred<>();
    assertSame(slow, Timeouts.limit(slow, 10, 0, scheduler));
    scheduler.advance(9);
    assertFalse(slow.isRealized());
    scheduler.advance(1);
    assertEquals(0, slow.getNow());
    Deferred<Integer> quick = Timeouts.limit(new Deferred<>(), 10, 0, scheduler);
    quick.success(1);
    assertEquals(0, scheduler.size());
    assertEquals(0, Timeouts.limit(new Deferred<>(), 0, 0, scheduler).getNow(), "no time is too little");
    assertEquals(1, Timeouts.limit(Deferred.succeeded(1), 0, 0, scheduler).getNow());
  }
}

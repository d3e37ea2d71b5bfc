package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** What is derived from deferreds: stages, cancellation, time limits, claims and listeners taken back. */
class DerivedTest {

  /** A deferred for work that hears when nobody wants it any more. */
  private static final class Work extends Deferred<Integer> {
    private final List<Throwable> abandoned = new ArrayList<>();

    @Override
    protected void onAbandoned(Throwable why) {
      abandoned.add(why);
      super.onAbandoned(why);
    }
  }

  private final ManualScheduler time = new ManualScheduler();

  @Test
  void cancellationTravelsToTheSource() {
    Work work = new Work();
    Deferred<Integer> middle = work.thenApply(n -> n + 1);
    Deferred<Integer> last = middle.thenCompose(Deferred::succeeded).whenComplete((value, error) -> { });
    assertTrue(last.cancel(true));
    assertTrue(last.isCancelled());
    assertTrue(middle.isCancelled());
    assertTrue(work.isCancelled());
    assertEquals(1, work.abandoned.size());
    assertFalse(work.success(1));
  }

  @Test
  void cancellationStopsWhereSomebodyElseWaits() {
    Work work = new Work();
    Deferred<Integer> middle = work.thenApply(n -> n + 1);
    Deferred<Integer> last = middle.thenApply(n -> n + 1);
    List<Integer> got = new ArrayList<>();
    middle.onRealized(got::add, error -> { });
    last.cancel(false);
    assertFalse(middle.isRealized());
    work.success(1);
    assertEquals(List.of(2), got);
  }

  @Test
  void cancellationReachesWhatAStepReturnsMeanwhile() {
    for (boolean outside : new boolean[] {true, false}) {
      Deferred<Integer> source = new Deferred<>();
      Deferred<Integer> work = new Deferred<>();
      List<Deferred<Integer>> self = new ArrayList<>();
      self.add(source.thenCompose(value -> {
        if (outside) {
          self.get(0).cancel(false);
        }
        return work;
      }));
      source.success(1);
      if (!outside) {
        self.get(0).cancel(false);
      }
      assertInstanceOf(CancellationException.class, work.errorValue(null));
    }
  }

  @Test
  void cancellationTravelsThroughAHundredThousandSteps() {
    Work work = new Work();
    Deferred<Integer> last = work;
    for (int i = 0; i < 100_000; i++) {
      last = last.thenApply(n -> n + 1);
    }
    last.cancel(true);
    assertTrue(work.isCancelled());
  }

  @Test
  void aValueTravelsThroughAHundredThousandSteps() {
    Deferred<Integer> first = new Deferred<>();
    Deferred<Integer> last = first;
    for (int i = 0; i < 100_000; i++) {
      last = last.thenApply(n -> n + 1);
    }
    first.success(0);
    assertEquals(100_000, last.getNow());
  }

  @Test
  void aTimeoutIsToldToTheSourceButDoesNotRealizeIt() {
    Work work = new Work();
    Deferred<Integer> middle = work.thenApply(n -> n + 1);
    Deferred<Integer> last = middle.thenApply(n -> n + 1);
    Deferreds.succeedAfter(last, time, 1000, -1);
    time.advance(1000);
    assertEquals(-1, last.getNow());
    assertInstanceOf(TimeoutException.class, work.abandoned.get(0));
    assertFalse(work.isRealized());
    assertFalse(middle.isRealized());
  }

  @Test
  void aTimeLimitIsTakenBackOnceItIsRealized() {
    Deferred<Integer> deferred = new Deferred<>();
    Deferreds.failAfter(deferred, time, 1000, 7);
    deferred.success(1);
    time.advance(1000);
    assertEquals(1, deferred.getNow());
    Deferred<Integer> late = new Deferred<>();
    Deferreds.failAfter(late, time, 1000, 7);
    time.advance(1000);
    assertEquals("timed out after 7 milliseconds", late.errorValue(null).getMessage());
  }

  @Test
  void waitersOfRealizedTargetsDoNotPileUp() {
    Deferred<Integer> source = new Deferred<>();
    for (int i = 0; i < 1000; i++) {
      source.thenApply(n -> n + 1).success(i);
    }
    assertNull(source.state());
    source.onRealized(value -> { }, error -> { });
    Deferred<Integer> last = source.thenApply(n -> n + 1);
    source.thenApply(n -> n + 1).success(0);
    source.success(1);
    assertEquals(2, last.getNow());
  }

  @Test
  void aListenerThatWasTakenBackIsNotCalled() {
    Deferred<Integer> deferred = new Deferred<>();
    List<String> calls = new ArrayList<>();
    List<Deferred.Listener<Integer>> listeners = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      listeners.add(new Deferred.Listener<>() {
        @Override
        public void onSuccess(Integer value) {
          calls.add(name);
        }

        @Override
        public void onError(Throwable error) {
          calls.add("error");
        }
      });
    }
    listeners.forEach(deferred::onRealized);
    assertTrue(deferred.cancelListener(listeners.get(1)));
    assertFalse(deferred.cancelListener(listeners.get(1)));
    deferred.success(1);
    assertEquals(List.of("a", "c"), calls);
    assertFalse(deferred.cancelListener(listeners.get(0)));
  }

  @Test
  void onlyTheTokenDecidesAClaimedDeferred() {
    Deferred<Integer> deferred = new Deferred<>();
    List<Integer> got = new ArrayList<>();
    deferred.onRealized(got::add, error -> { });
    Object token = deferred.claim();
    assertNull(deferred.claim());
    deferred.onRealized(value -> got.add(value + 1), error -> { });
    assertFalse(deferred.success(1));
    assertFalse(deferred.error(new RuntimeException()));
    assertFalse(deferred.cancel(true));
    assertThrows(IllegalStateException.class, () -> deferred.success(1, new Object()));
    assertTrue(deferred.success(2, token));
    assertEquals(List.of(2, 3), got);
    assertThrows(IllegalStateException.class, () -> deferred.success(2, token));
    assertNull(deferred.claim());
  }

  @Test
  void aFutureWrapsTheErrorAndTellsCancellation() {
    RuntimeException error = new RuntimeException("x");
    Deferred<Integer> failed = Deferred.failed(error);
    ExecutionException thrown = assertThrows(ExecutionException.class, () -> failed.get(1, TimeUnit.SECONDS));
    assertSame(error, thrown.getCause());
    assertThrows(TimeoutException.class, () -> new Deferred<>().get(1, TimeUnit.NANOSECONDS));
    Deferred<Integer> cancelled = new Deferred<>();
    cancelled.cancel(true);
    assertThrows(CancellationException.class, cancelled::get);
  }

  @Test
  void allFailsAtOnceAndAnyTakesTheFirst() {
    Deferred<Object> a = new Deferred<>();
    Deferred<Object> b = new Deferred<>();
    Deferred<Object[]> all = Deferreds.all(a, "plain", b);
    RuntimeException error = new RuntimeException("x");
    b.error(error);
    assertSame(error, all.errorValue(null));
    Deferred<Object> any = Deferreds.any(a, new Deferred<>());
    a.success(Deferred.succeeded(5));
    assertEquals(5, any.getNow());
  }

  @Test
  void cancellingAllCancelsTheParts() {
    Work a = new Work();
    Work b = new Work();
    Deferreds.all(a, b).cancel(true);
    assertTrue(a.isCancelled());
    assertTrue(b.isCancelled());
  }

  @Test
  void anExecutorThatRefusesFailsWhatIsDerived() {
    Derived<Integer> source = new Derived<>(task -> {
      throw new RejectedExecutionException("full");
    });
    Deferred<Integer> derived = source.thenApply(n -> n + 1);
    source.success(1);
    assertEquals("full", derived.errorValue(null).getMessage());
  }

  @Test
  void whatIsPutOffIsCalledBeforeAListenerBlocks() {
    Deferred<Integer> first = new Deferred<>();
    Deferred<Integer> last = first;
    for (int i = 0; i < 200; i++) {
      last = last.thenApply(n -> n + 1);
    }
    Deferred<Integer> other = new Deferred<>();
    Deferred<Integer> result = other.thenApply(n -> n + 1);
    Deferred<Object> blocked = last.thenApply(n -> {
      other.success(n);
      return result.deref();
    });
    first.success(0);
    assertEquals(201, blocked.getNow());
  }

  @Test
  void aDroppedErrorIsReportedOnce() throws InterruptedException {
    DroppedErrors.flush();
    long before = DroppedErrors.reported();
    try (LogCapture log = new LogCapture()) {
      drop();
      DroppedErrors.flush();
      assertEquals(before + 1, DroppedErrors.reported());
      DroppedErrors.flush();
      assertEquals(before + 1, DroppedErrors.reported());
      assertEquals(List.of("dropped"), log.thrown().stream().map(Throwable::getMessage).toList());
    }
  }

  private static void drop() {
    Deferred<Integer> failed = Deferred.failed(new RuntimeException("dropped"));
    failed.thenApply(n -> n + 1).thenApply(n -> n + 1);
    Deferred.failed(new RuntimeException("seen")).errorValue(null);
    Deferred.failed(new RuntimeException("seen")).onRealized(value -> { }, error -> { });
  }
}

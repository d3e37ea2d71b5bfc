package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Very many who wait for one deferred, and give up again. */
class WaiterStackTest {

  private static final int MANY = 100_000;

  /** Waits for a source like a chain, and counts how often it was looked at. */
  private static final class Counted extends Waiter<Integer> {
    private final Derived<Integer> target = new Derived<>(null);
    private final AtomicLong looks;

    Counted(AtomicLong looks) {
      this.looks = looks;
    }

    static Derived<Integer> add(Deferred<Integer> source, AtomicLong looks) {
      Counted waiter = new Counted(looks);
      waiter.target.waitFor(source, waiter);
      return waiter.target;
    }

    @Override
    protected boolean isIdle() {
      looks.incrementAndGet();
      return super.isIdle();
    }

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
  }

  private static int size(Deferred<?> deferred) {
    int size = 0;
    for (Waiter<?> waiter = (Waiter<?>) deferred.state(); waiter != null; waiter = waiter.next) {
      size++;
    }
    return size;
  }

  @Test
  void manyGiveUpOneByOneWithoutASearchOfAllEachTime() {
    long seed = 3;
    for (int order = 0; order < 3; order++) {
      Deferred<Integer> source = new Deferred<>();
      AtomicLong looks = new AtomicLong();
      List<Derived<Integer>> waiting = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        waiting.add(Counted.add(source, looks));
      }
      if (order == 1) {
        Collections.reverse(waiting);
      } else if (order == 2) {
        Collections.shuffle(waiting, new Random(seed));
      }
      for (Derived<Integer> each : waiting) {
        assertFalse(source.isRealized());
        each.success(1);
      }
      assertNull(source.state(), "nobody is left, order " + order);
      assertTrue(looks.get() < 200L * MANY, "looks " + looks + ", order " + order);
    }
  }

  @Test
  void shortOnesComeAndGoWhileManyStay() {
    Deferred<Integer> source = new Deferred<>();
    AtomicLong looks = new AtomicLong();
    List<Derived<Integer>> staying = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      staying.add(Counted.add(source, looks));
    }
    for (int i = 0; i < MANY; i++) {
      Counted.add(source, looks).cancel(false);
    }
    assertFalse(source.isRealized());
    assertTrue(looks.get() < 200L * MANY, "looks " + looks);
    assertTrue(size(source) < 3 * MANY, "size " + size(source));
    source.success(7);
    for (Derived<Integer> each : staying) {
      assertEquals(7, each.getNow());
    }
  }

  @Test
  void manyListenersAreTakenBackWithoutASearch() {
    Deferred<Integer> deferred = new Deferred<>();
    AtomicLong calls = new AtomicLong();
    Deferred.Listener<Integer> listener = new Deferred.Listener<>() {
      @Override
      public void onSuccess(Integer value) {
        calls.incrementAndGet();
      }

      @Override
      public void onError(Throwable error) {
        calls.incrementAndGet();
      }
    };
    List<Registration<Integer>> registrations = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      registrations.add(Registration.add(deferred, listener));
    }
    for (Registration<Integer> each : registrations.subList(0, MANY - 10)) {
      assertTrue(each.cancel());
      assertFalse(each.cancel());
    }
    assertTrue(size(deferred) <= 2 * WaiterStack.SHALLOW, "size " + size(deferred));
    assertTrue(deferred.cancelListener(listener));
    assertFalse(registrations.get(MANY - 1).cancel(), "the youngest was taken back by name");
    deferred.success(1);
    assertEquals(9, calls.get());
    assertFalse(registrations.get(MANY - 2).cancel(), "it has been called");
    assertFalse(deferred.cancelListener(listener));
  }

  @Test
  void whoFailsIsToldToARegistrationToo() {
    Deferred<Integer> deferred = new Deferred<>();
    List<Throwable> errors = new ArrayList<>();
    Registration<Integer> registration = Registration.add(deferred, new Deferred.Listener<>() {
      @Override
      public void onSuccess(Integer value) {
        throw new AssertionError();
      }

      @Override
      public void onError(Throwable error) {
        errors.add(error);
      }
    });
    assertEquals(deferred, registration.deferred());
    Throwable error = new IllegalStateException();
    deferred.error(error);
    assertEquals(List.of(error), errors);
  }

  @Test
  void ofManyThatAreCancelledAtOnceTheLastOneReachesTheSource() throws Exception {
    for (int round = 0; round < 200; round++) {
      Deferred<Integer> source = new Deferred<>();
      int each = 40 + round;
      List<Deferred<Integer>> first = new ArrayList<>();
      List<Deferred<Integer>> second = new ArrayList<>();
      for (int i = 0; i < each; i++) {
        first.add(source.thenApply(value -> value));
        second.add(source.thenApply(value -> value));
      }
      CountDownLatch start = new CountDownLatch(1);
      FutureTask<Boolean> other = new FutureTask<>(() -> {
        start.countDown();
        second.forEach(one -> one.cancel(false));
        return true;
      });
      new Thread(other).start();
      start.await();
      for (Deferred<Integer> one : first) {
        one.cancel(false);
      }
      other.get();
      assertInstanceOf(CancellationException.class, source.errorValue(null), "round " + round);
    }
  }

  @Test
  void deepStacksKeepOrderAndClaims() {
    Deferred<Integer> deferred = new Deferred<>();
    List<Integer> calls = new ArrayList<>();
    List<Deferred<Integer>> short1 = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int number = i;
      deferred.onRealized(value -> calls.add(number), error -> { });
      short1.add(deferred.thenApply(value -> value));
      short1.add(deferred.thenApply(value -> value));
    }
    Object token = deferred.claim();
    short1.forEach(one -> one.cancel(false));
    assertFalse(deferred.success(1));
    assertTrue(size(deferred) < 700, "size " + size(deferred));
    assertTrue(deferred.success(2, token));
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      expected.add(i);
    }
    assertEquals(expected, calls);
  }

  @Test
  void aThreadThatHasStoppedWaitingDoesNotKeepTheSource() {
    Deferred<Integer> source = new Deferred<>();
    assertEquals("late", source.deref(1, "late"));
    source.thenApply(value -> value).cancel(false);
    assertInstanceOf(CancellationException.class, source.errorValue(null));
  }

  @Test
  void aThreadThatWaitsKeepsTheSource() throws Exception {
    Deferred<Integer> source = new Deferred<>();
    FutureTask<Integer> blocked = new FutureTask<>(source::deref);
    Thread thread = new Thread(blocked);
    thread.start();
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    source.thenApply(value -> value).cancel(false);
    assertFalse(source.isRealized());
    source.success(1);
    assertEquals(1, blocked.get());
  }

  @Test
  void whoWasTakenBackByNameDoesNotKeepTheSource() {
    Deferred<Integer> source = new Deferred<>();
    List<Deferred.Listener<Integer>> listeners = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      listeners.add(new Deferred.Listener<>() {
        @Override
        public void onSuccess(Integer value) {
          throw new AssertionError();
        }

        @Override
        public void onError(Throwable error) {
          throw new AssertionError();
        }
      });
      source.onRealized(listeners.get(i));
    }
    Deferred<Integer> first = source.thenApply(value -> value);
    Deferred<Integer> last = source.thenApply(value -> value);
    source.thenApply(value -> value).cancel(false);
    assertTrue(size(source) > 202, "there is a tally");
    for (Deferred.Listener<Integer> each : listeners) {
      assertTrue(source.cancelListener(each));
    }
    first.cancel(false);
    assertFalse(source.isRealized());
    last.cancel(false);
    assertInstanceOf(CancellationException.class, source.errorValue(null));
  }

  @Test
  void whoOnlyKeepsTheTimeDoesNotKeepTheSource() {
    Deferred<Integer> source = new Deferred<>();
    ManualScheduler time = new ManualScheduler();
    for (int i = 0; i < 200; i++) {
      Deferreds.failAfter(source, time, 1000, 1);
    }
    Deferred<Integer> first = source.thenApply(value -> value);
    Deferred<Integer> last = source.thenApply(value -> value);
    first.cancel(false);
    assertFalse(source.isRealized());
    last.cancel(false);
    assertInstanceOf(CancellationException.class, source.errorValue(null));
  }
}

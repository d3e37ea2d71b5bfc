package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamTest {

  private static void assertPending(Deferred<?> deferred) {
    assertFalse(deferred.isRealized());
  }

  private static <T> void assertValue(T expected, Deferred<T> deferred) {
    assertTrue(deferred.isRealized());
    assertNull(deferred.errorValue(null));
    assertEquals(expected, deferred.getNow());
  }

  @Test
  void buffersUpToItsCapacity() {
    Stream<String> stream = new Stream<>(2);
    assertValue(true, stream.put("a"));
    assertValue(true, stream.put("b"));
    assertPending(stream.put("c"));
    assertValue("a", stream.take(null));
    assertValue("b", stream.take(null));
    assertValue("c", stream.take(null));
    assertPending(stream.take(null));
  }

  @Test
  void completesPendingPutsInOrderAsRoomComes() {
    Stream<String> stream = new Stream<>(1);
    stream.put("a");
    Deferred<Boolean> b = stream.put("b");
    Deferred<Boolean> c = stream.put("c");
    assertValue("a", stream.take(null));
    assertValue(true, b);
    assertPending(c);
    assertPending(stream.put("d"));
    assertValue("b", stream.take(null));
    assertValue(true, c);
    assertValue("c", stream.take(null));
    assertValue("d", stream.take(null));
  }

  @Test
  void handsOverDirectlyWithCapacityZero() {
    Stream<String> stream = new Stream<>(0);
    Deferred<Boolean> put = stream.put("a");
    assertPending(put);
    assertValue("a", stream.take(null));
    assertValue(true, put);
    Deferred<String> take = stream.take(null);
    assertPending(take);
    assertValue(true, stream.put("b"));
    assertValue("b", take);
  }

  @Test
  void servesPendingTakesInOrder() {
    Stream<String> stream = new Stream<>(4);
    Deferred<String> first = stream.take(null);
    Deferred<String> second = stream.take(null);
    assertValue(true, stream.put("a"));
    assertValue("a", first);
    assertPending(second);
    stream.put("b");
    assertValue("b", second);
  }

  @Test
  void carriesNull() {
    Stream<String> stream = new Stream<>(1);
    stream.put(null);
    Deferred<Boolean> pending = stream.put(null);
    assertValue(null, stream.take("drained"));
    assertValue(true, pending);
    assertValue(null, stream.take("drained"));
    Deferred<String> take = stream.take("drained");
    stream.put(null);
    assertValue(null, take);
  }

  @Test
  void drainsWhatIsThereAfterClose() {
    Stream<String> stream = new Stream<>(1);
    stream.put("a");
    Deferred<Boolean> pending = stream.put("b");
    stream.close();
    assertTrue(stream.isClosed());
    assertFalse(stream.isDrained());
    assertValue(false, stream.put("c"));
    assertPending(pending);
    assertValue("a", stream.take("drained"));
    assertValue(true, pending);
    assertFalse(stream.isDrained());
    assertValue("b", stream.take("drained"));
    assertTrue(stream.isDrained());
    assertValue("drained", stream.take("drained"));
    assertValue(null, stream.take(null));
  }

  @Test
  void drainsPendingPutsWithoutABufferAfterClose() {
    Stream<String> stream = new Stream<>(0);
    Deferred<Boolean> put = stream.put("a");
    stream.close();
    assertFalse(stream.isDrained());
    assertPending(put);
    assertValue("a", stream.take("drained"));
    assertValue(true, put);
    assertTrue(stream.isDrained());
  }

  @Test
  void endsPendingTakesAtClose() {
    Stream<String> stream = new Stream<>(1);
    Deferred<String> first = stream.take("none 1");
    Deferred<String> second = stream.take("none 2");
    assertFalse(stream.isDrained());
    stream.close();
    assertValue("none 1", first);
    assertValue("none 2", second);
    assertTrue(stream.isDrained());
  }

  @Test
  void isOpenAndNotDrainedAtFirst() {
    Stream<String> stream = new Stream<>(1);
    assertFalse(stream.isClosed());
    assertFalse(stream.isDrained());
  }

  @Test
  void runsCloseListenersOnce() {
    List<String> calls = new ArrayList<>();
    Stream<String> stream = new Stream<>(1);
    RuntimeException error = new RuntimeException("broken");
    try (LogCapture log = new LogCapture()) {
      stream.onClosed(() -> {
        throw error;
      });
      stream.onClosed(() -> calls.add("a"));
      assertEquals(List.of(), calls);
      stream.close();
      stream.close();
      stream.onClosed(() -> calls.add("b"));
      assertEquals(List.of(error), log.thrown());
    }
    assertEquals(List.of("a", "b"), calls);
    assertThrows(NullPointerException.class, () -> stream.onClosed(null));
  }

  @Test
  void losesNothingWhenATakeIsWithdrawn() {
    Stream<String> stream = new Stream<>(1);
    Deferred<String> withdrawn = stream.take(null);
    Deferred<String> live = stream.take(null);
    assertTrue(withdrawn.success("timeout"));
    assertValue(true, stream.put("a"));
    assertValue("timeout", withdrawn);
    assertValue("a", live);
    Deferred<String> failed = stream.take(null);
    failed.error(new IllegalStateException("timeout"));
    stream.put("b");
    assertValue("b", stream.take(null));
  }

  @Test
  void dropsAValueWhosePutIsWithdrawn() {
    Stream<String> stream = new Stream<>(1);
    stream.put("a");
    Deferred<Boolean> withdrawn = stream.put("b");
    Deferred<Boolean> live = stream.put("c");
    assertTrue(withdrawn.success(false));
    assertValue("a", stream.take(null));
    assertValue(true, live);
    assertValue("c", stream.take(null));
    assertPending(stream.take(null));
  }

  @Test
  void dropsWithdrawnPutsWithCapacityZero() {
    Stream<String> stream = new Stream<>(0);
    Deferred<Boolean> withdrawn = stream.put("a");
    Deferred<Boolean> live = stream.put("b");
    withdrawn.success(false);
    assertValue("b", stream.take("drained"));
    assertValue(true, live);
    Deferred<Boolean> last = stream.put("c");
    stream.close();
    assertFalse(stream.isDrained());
    last.success(false);
    assertTrue(stream.isDrained());
    assertValue("drained", stream.take("drained"));
  }

  @Test
  void boundsPendingPuts() {
    Stream<Integer> stream = new Stream<>(1);
    stream.put(-1);
    Deferred<Boolean> first = stream.put(0);
    for (int i = 1; i < Stream.MAX_PENDING; i++) {
      assertPending(stream.put(i));
    }
    Deferred<Boolean> tooMany = stream.put(Stream.MAX_PENDING);
    assertEquals("Expected at most 16384 pending puts on a stream.",
        assertThrows(IllegalStateException.class, tooMany::deref).getMessage());
    assertFalse(stream.isClosed());
    first.success(false);
    assertPending(stream.put(Stream.MAX_PENDING + 1));
    assertTrue(stream.put(Stream.MAX_PENDING + 2).isRealized());
    stream.take(null);
    for (int i = 1; i < Stream.MAX_PENDING; i++) {
      assertValue(i, stream.take(null));
    }
    assertValue(Stream.MAX_PENDING + 1, stream.take(null));
  }

  @Test
  void boundsPendingTakes() {
    Stream<Integer> stream = new Stream<>(1);
    Deferred<Integer> first = stream.take(null);
    for (int i = 1; i < Stream.MAX_PENDING; i++) {
      assertPending(stream.take(null));
    }
    assertEquals("Expected at most 16384 pending takes on a stream.",
        assertThrows(IllegalStateException.class, () -> stream.take(null).deref()).getMessage());
    first.success(0);
    assertPending(stream.take(null));
    assertTrue(stream.take(null).isRealized());
  }

  @Test
  void sweepsOutWhatWasWithdrawn() {
    Stream<Integer> stream = new Stream<>(0);
    for (int i = 0; i < 3 * Stream.MAX_PENDING; i++) {
      assertTrue(stream.put(i).success(false));
    }
    assertTrue(stream.toString().matches("Stream\\[0 of 0 values, \\d{1,2} pending puts, 0 pending takes]"),
        stream.toString());
    Stream<Integer> other = new Stream<>(0);
    for (int i = 0; i < 3 * Stream.MAX_PENDING; i++) {
      assertTrue(other.take(null).success(i));
    }
    assertTrue(other.toString().matches("Stream\\[0 of 0 values, 0 pending puts, \\d{1,2} pending takes]"),
        other.toString());
  }

  @Test
  void runsNoListenerUnderItsLock() {
    Stream<String> stream = new Stream<>(1);
    List<String> calls = new ArrayList<>();
    Deferred<String> take = stream.take(null);
    take.onRealized(v -> calls.add(v + " " + usableElsewhere(stream)), e -> { });
    stream.put("taken");
    stream.put("a");
    stream.put("b").onRealized(v -> calls.add("put " + usableElsewhere(stream)), e -> { });
    stream.take(null);
    stream.take(null);
    stream.take("ended").onRealized(v -> calls.add(v + " " + usableElsewhere(stream)), e -> { });
    stream.onClosed(() -> calls.add("closed " + usableElsewhere(stream)));
    stream.close();
    assertEquals(List.of("taken true", "put true", "ended true", "closed true"), calls);
  }

  /** Tells whether another thread can use the stream while the current one waits for it. */
  private static boolean usableElsewhere(Stream<String> stream) {
    try {
      CompletableFuture.supplyAsync(stream::isDrained).get(10, TimeUnit.SECONDS);
      return true;
    } catch (Exception e) {
      return false;
    }
  }

  @Test
  void aListenerMayPutAndTake() {
    Stream<Integer> stream = new Stream<>(0);
    List<Integer> taken = new ArrayList<>();
    stream.take(null).onRealized(v -> {
      taken.add(v);
      stream.take(null).onRealized(taken::add, e -> { });
      stream.put(v + 1);
    }, e -> { });
    stream.put(1);
    assertEquals(List.of(1, 2), taken);
  }

  @Test
  void sharesItsRealizedAnswers() {
    Stream<Integer> stream = new Stream<>(2);
    assertSame(stream.put(1), stream.put(2));
  }

  @Test
  void refusesNegativeCapacity() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new Stream<String>(-1));
    assertEquals("Expected capacity >= 0, actual -1.", e.getMessage());
  }

  @Test
  void describesOnlyWhatIsStillWanted() {
    Stream<Integer> stream = new Stream<>(0);
    Deferred<Boolean> withdrawn = stream.put(1);
    stream.put(2);
    withdrawn.success(false);
    assertEquals(1, stream.description().pendingPuts());
    Stream<Integer> other = new Stream<>(0);
    other.take(null).success(0);
    assertEquals(0, other.description().pendingTakes());
  }

  @Test
  void withdrawsATakeThatNobodyWaitsForAnyMore() {
    ManualScheduler time = new ManualScheduler();
    Stream<Integer> stream = new Stream<>(0);
    Deferred<Integer> take = stream.take(null);
    Deferred<Integer> late = take.thenApply(value -> value + 1);
    Deferreds.succeedAfter(late, time, 10, -1);
    time.advance(10);
    assertValue(-1, late);
    Deferred<Boolean> put = stream.put(1);
    assertPending(put);
    assertValue(1, stream.take(null));
    assertTrue(take.errorValue(null) instanceof CancellationException);
  }
}

package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeferredTest {

  /** Writes down what it is called with. */
  private static final class Recorder implements Deferred.Listener<Object> {
    private final String name;
    private final List<String> calls;

    Recorder(String name, List<String> calls) {
      this.name = name;
      this.calls = calls;
    }

    @Override
    public void onSuccess(Object value) {
      calls.add(name + "=" + value);
    }

    @Override
    public void onError(Throwable error) {
      calls.add(name + "!" + error.getMessage());
    }
  }

  private static final class LoopThread extends Thread implements NonBlocking {
    LoopThread(Runnable task) {
      super(task, "loop-7");
    }
  }

  /** Starts a thread and returns once it waits. */
  private static Thread startAndAwaitParking(Runnable task) {
    Thread thread = new Thread(task);
    thread.start();
    while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
      assertTrue(thread.isAlive(), "the thread ended instead of waiting");
      Thread.onSpinWait();
    }
    return thread;
  }

  @Test
  void isPendingAtFirst() {
    Deferred<String> deferred = new Deferred<>();
    assertFalse(deferred.isRealized());
    assertNull(deferred.getNow());
    assertEquals("none", deferred.successValue("none"));
    assertNull(deferred.errorValue(null));
    assertEquals("late", deferred.deref(0, "late"));
    assertEquals("late", deferred.deref(-5, "late"));
    assertEquals("Deferred[pending]", deferred.toString());
    deferred.onRealized(new Recorder("a", new ArrayList<>()));
    assertFalse(deferred.isRealized());
    assertNull(deferred.getNow());
    assertEquals("Deferred[pending]", deferred.toString());
  }

  @Test
  void succeedsOnce() {
    Deferred<String> deferred = new Deferred<>();
    assertTrue(deferred.success("first"));
    assertFalse(deferred.success("second"));
    assertFalse(deferred.error(new IOException("third")));
    assertTrue(deferred.isRealized());
    assertEquals("first", deferred.getNow());
    assertEquals("first", deferred.successValue("none"));
    assertEquals("first", deferred.deref());
    assertEquals("first", deferred.deref(1, "late"));
    assertEquals("first", deferred.deref(-1, "late"));
    assertNull(deferred.errorValue(null));
    assertEquals("Deferred[succeeded: java.lang.String]", deferred.toString());
  }

  @Test
  void succeedsWithNull() {
    Deferred<String> deferred = new Deferred<>();
    assertTrue(deferred.success(null));
    assertFalse(deferred.success("second"));
    assertTrue(deferred.isRealized());
    assertNull(deferred.successValue("none"));
    assertNull(deferred.deref());
    assertNull(deferred.deref(1, "late"));
    List<String> calls = new ArrayList<>();
    deferred.onRealized(new Recorder("a", calls));
    assertEquals(List.of("a=null"), calls);
    assertEquals("Deferred[succeeded: null]", deferred.toString());
    assertTrue(Deferred.succeeded(null).isRealized());
    assertNull(Deferred.succeeded(null).successValue("none"));
  }

  @Test
  void failsOnceAndThrowsTheVeryError() {
    IOException error = new IOException("broken");
    Deferred<String> deferred = new Deferred<>();
    assertTrue(deferred.error(error));
    assertFalse(deferred.error(new IOException("second")));
    assertFalse(deferred.success("third"));
    assertTrue(deferred.isRealized());
    assertSame(error, assertThrows(IOException.class, deferred::deref));
    assertSame(error, assertThrows(IOException.class, () -> deferred.deref(1, "late")));
    assertSame(error, deferred.errorValue(null));
    assertNull(deferred.getNow());
    assertEquals("none", deferred.successValue("none"));
    assertEquals("Deferred[failed: java.io.IOException: broken]", deferred.toString());
  }

  @Test
  void aThrowableCanBeAValue() {
    IOException value = new IOException("just a value");
    Deferred<Object> deferred = Deferred.succeeded(value);
    assertSame(value, deferred.deref());
    assertNull(deferred.errorValue(null));
  }

  @Test
  void aListenerCanBeAValue() {
    Recorder value = new Recorder("v", new ArrayList<>());
    Deferred<Object> deferred = new Deferred<>();
    assertTrue(deferred.success(value));
    assertSame(value, deferred.deref());
  }

  @Test
  void canBeRealizedFromTheStart() {
    assertEquals("v", Deferred.succeeded("v").deref());
    assertFalse(Deferred.succeeded("v").success("w"));
    IOException error = new IOException("broken");
    assertSame(error, Deferred.failed(error).errorValue(null));
  }

  @Test
  void refusesNull() {
    Deferred<String> deferred = new Deferred<>();
    assertThrows(NullPointerException.class, () -> deferred.error(null));
    assertThrows(NullPointerException.class, () -> Deferred.failed(null));
    assertThrows(NullPointerException.class, () -> deferred.onRealized(null));
    assertThrows(NullPointerException.class, () -> deferred.onRealized(null, e -> { }));
    assertThrows(NullPointerException.class, () -> deferred.onRealized(v -> { }, null));
    assertFalse(deferred.isRealized());
  }

  @Test
  void callsListenersInOrderThenLaterOnesAtOnce() {
    List<String> calls = new ArrayList<>();
    Deferred<Object> deferred = new Deferred<>();
    deferred.onRealized(new Recorder("a", calls));
    deferred.onRealized(v -> calls.add("b=" + v), e -> calls.add("b!"));
    deferred.onRealized(new Recorder("c", calls));
    assertEquals(List.of(), calls);
    deferred.success(1);
    assertEquals(List.of("a=1", "b=1", "c=1"), calls);
    deferred.onRealized(new Recorder("d", calls));
    deferred.onRealized(v -> calls.add("e=" + v), e -> calls.add("e!"));
    assertEquals(List.of("a=1", "b=1", "c=1", "d=1", "e=1"), calls);
  }

  @Test
  void callsErrorListeners() {
    List<String> calls = new ArrayList<>();
    Deferred<Object> deferred = new Deferred<>();
    deferred.onRealized(new Recorder("a", calls));
    deferred.onRealized(v -> calls.add("b="), e -> calls.add("b!" + e.getMessage()));
    deferred.error(new IOException("x"));
    deferred.onRealized(new Recorder("c", calls));
    deferred.onRealized(v -> calls.add("d="), e -> calls.add("d!" + e.getMessage()));
    assertEquals(List.of("a!x", "b!x", "c!x", "d!x"), calls);
  }

  @Test
  void callsOneListenerTwiceIfItWasAddedTwice() {
    List<String> calls = new ArrayList<>();
    Recorder recorder = new Recorder("a", calls);
    Deferred<Object> deferred = new Deferred<>();
    deferred.onRealized(recorder);
    deferred.onRealized(recorder);
    deferred.success(1);
    assertEquals(List.of("a=1", "a=1"), calls);
  }

  @Test
  void aListenerSeesTheDeferredRealizedAndMayAddAnother() {
    List<String> calls = new ArrayList<>();
    Deferred<Object> deferred = new Deferred<>();
    deferred.onRealized(v -> {
      calls.add("realized " + deferred.isRealized() + ", again " + deferred.success(2));
      deferred.onRealized(new Recorder("inner", calls));
    }, e -> { });
    deferred.onRealized(new Recorder("last", calls));
    deferred.success(1);
    assertEquals(List.of("realized true, again false", "inner=1", "last=1"), calls);
  }

  @Test
  void logsWhatAListenerThrowsAndCallsTheOthers() {
    List<String> calls = new ArrayList<>();
    RuntimeException early = new RuntimeException("early");
    Error late = new AssertionError("late");
    Deferred<Object> deferred = new Deferred<>();
    try (LogCapture log = new LogCapture()) {
      deferred.onRealized(v -> {
        throw early;
      }, e -> { });
      deferred.onRealized(new Recorder("b", calls));
      assertTrue(deferred.success(1));
      deferred.onRealized(v -> {
        throw late;
      }, e -> { });
      assertEquals(List.of(early, late), log.thrown());
    }
    assertEquals(List.of("b=1"), calls);
  }

  @Test
  void blocksUntilSuccess() throws Exception {
    Deferred<String> deferred = new Deferred<>();
    FutureTask<Object> forever = new FutureTask<>(deferred::deref);
    FutureTask<Object> timed = new FutureTask<>(() -> deferred.deref(60_000, "late"));
    startAndAwaitParking(forever);
    startAndAwaitParking(timed);
    deferred.success("v");
    assertEquals("v", forever.get());
    assertEquals("v", timed.get());
  }

  @Test
  void blocksUntilError() {
    Deferred<String> deferred = new Deferred<>();
    FutureTask<Object> blocked = new FutureTask<>(deferred::deref);
    startAndAwaitParking(blocked);
    IOException error = new IOException("broken");
    deferred.error(error);
    assertSame(error, assertThrows(ExecutionException.class, blocked::get).getCause());
  }

  @Test
  void goesOnAfterATimeoutAndKeepsOnlyOneLatch() {
    Deferred<String> deferred = new Deferred<>();
    List<String> calls = new ArrayList<>();
    assertEquals("late", deferred.deref(1, "late"));
    deferred.onRealized(new Recorder("a", calls));
    assertEquals("late", deferred.deref(1, "late"));
    assertEquals("late", deferred.deref(1, "late"));
    assertEquals(2, waiters(deferred));
    deferred.success("v");
    assertEquals("v", deferred.deref(1, "late"));
    assertEquals(List.of("a=v"), calls);
  }

  private static int waiters(Deferred<?> deferred) {
    try {
      var field = Deferred.class.getDeclaredField("state");
      field.setAccessible(true);
      int count = 0;
      for (var w = (Waiter<?>) field.get(deferred); w != null; w = w.next) {
        count++;
      }
      return count;
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void throwsWhenInterrupted() {
    Deferred<String> deferred = new Deferred<>();
    FutureTask<Object> forever = new FutureTask<>(deferred::deref);
    FutureTask<Object> timed = new FutureTask<>(() -> deferred.deref(60_000, "late"));
    startAndAwaitParking(forever).interrupt();
    startAndAwaitParking(timed).interrupt();
    assertTrue(assertThrows(ExecutionException.class, forever::get).getCause() instanceof InterruptedException);
    assertTrue(assertThrows(ExecutionException.class, timed::get).getCause() instanceof InterruptedException);
    assertFalse(deferred.isRealized());
  }

  @Test
  void refusesToBlockAThreadThatMustNotWait() throws Exception {
    Deferred<String> deferred = new Deferred<>();
    for (FutureTask<Object> task : List.of(new FutureTask<Object>(deferred::deref),
        new FutureTask<Object>(() -> deferred.deref(60_000, "late")))) {
      new LoopThread(task).start();
      Throwable error = assertThrows(ExecutionException.class, task::get).getCause();
      assertSame(IllegalStateException.class, error.getClass());
      assertEquals("Waiting for a deferred would block the thread \"loop-7\", which must never wait. "
          + "Use a listener, or run the code on another executor.", error.getMessage());
    }
    FutureTask<Object> notWaiting = new FutureTask<>(() -> Deferred.succeeded("v").deref()
        + " " + deferred.deref(0, "late"));
    new LoopThread(notWaiting).start();
    assertEquals("v late", notWaiting.get());
  }

  @Test
  void becomesACompletableFuture() {
    Deferred<String> deferred = new Deferred<>();
    CompletableFuture<String> early = deferred.toCompletableFuture();
    assertFalse(early.isDone());
    deferred.success("v");
    assertEquals("v", early.join());
    assertEquals("v", deferred.toCompletableFuture().join());

    IOException error = new IOException("broken");
    Deferred<String> failing = new Deferred<>();
    CompletableFuture<String> failed = failing.toCompletableFuture();
    failing.error(error);
    assertSame(error, assertThrows(CompletionException.class, failed::join).getCause());
    assertTrue(Deferred.failed(error).toCompletableFuture().isCompletedExceptionally());
  }

  @Test
  void doesNotCareForItsFuture() {
    Deferred<String> deferred = new Deferred<>();
    deferred.toCompletableFuture().cancel(true);
    assertFalse(deferred.isRealized());
    assertTrue(deferred.success("v"));
  }

  @Test
  void comesFromACompletionStage() {
    CompletableFuture<String> future = new CompletableFuture<>();
    Deferred<Object> deferred = Deferred.from(future);
    assertFalse(deferred.isRealized());
    future.complete("v");
    assertEquals("v", deferred.getNow());
    assertEquals("v", Deferred.from(future).getNow());
    CompletableFuture<String> nothing = CompletableFuture.completedFuture(null);
    assertTrue(Deferred.from(nothing).isRealized());
  }

  @Test
  void unwrapsTheErrorOfACompletionStage() {
    IOException error = new IOException("broken");
    CompletableFuture<String> future = CompletableFuture.failedFuture(error);
    assertSame(error, Deferred.from(future).errorValue(null));
    assertSame(error, Deferred.from(future.thenApply(v -> v)).errorValue(null));
    CompletionException bare = new CompletionException("no cause", null);
    assertSame(bare, Deferred.from(CompletableFuture.failedFuture(bare)).errorValue(null));
  }

  @Test
  void decidesFirstAndAnnouncesLater() {
    List<String> calls = new ArrayList<>();
    Deferred<Object> deferred = new Deferred<>();
    deferred.onRealized(new Recorder("a", calls));
    Object waiting = deferred.settleSuccess(1);
    assertTrue(deferred.isRealized());
    assertEquals(List.of(), calls);
    assertNull(deferred.settleSuccess(2));
    Deferred.announce(waiting, 1);
    assertEquals(List.of("a=1"), calls);
    assertSame(Deferred.NOBODY, new Deferred<Object>().settleSuccess(null));
    Deferred.announce(Deferred.NOBODY, 1);
    Deferred.announce(null, 1);
  }

  @Test
  void servesClojure() {
    Deferred<String> deferred = new Deferred<>();
    clojure.lang.IPending pending = deferred;
    clojure.lang.IDeref deref = deferred;
    clojure.lang.IBlockingDeref blocking = deferred;
    assertFalse(pending.isRealized());
    deferred.success("v");
    assertTrue(pending.isRealized());
    assertEquals("v", deref.deref());
    assertEquals("v", blocking.deref(1, "late"));
  }
}

package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No outcome is lost: an error that nobody has seen is told, and an executor that fails leaves nobody waiting. */
@Timeout(60)
class LostOutcomesTest {

  /** On an executor that throws what it is given. */
  private static Deferred<Integer> on(Throwable thrown) {
    Executor executor = task -> {
      throw Deferred.<RuntimeException>unchecked(thrown);
    };
    return new Derived<>(executor);
  }

  private final Map<Throwable, Throwable> places = Collections.synchronizedMap(new IdentityHashMap<>());
  private final List<Throwable> told = Collections.synchronizedList(new ArrayList<>());

  private void listen() {
    DroppedErrors.reportTo((error, place) -> {
      told.add(error);
      places.put(error, place);
    });
  }

  @AfterEach
  void reset() {
    DroppedErrors.trace(false);
    DroppedErrors.reportTo(DroppedErrors::log);
  }

  /** Whether {@code error} has been told as dropped. */
  private boolean isTold(Throwable error) throws InterruptedException {
    DroppedErrors.flush();
    return told.stream().anyMatch(each -> each == error);
  }

  @Test
  void errorsOfClaimedDeferredsAreTold() throws Exception {
    listen();
    Exception error = new Exception("claimed");
    failClaimed(error);
    assertTrue(isTold(error));
  }

  private static void failClaimed(Exception error) {
    Deferred<Object> deferred = new Deferred<>();
    Object token = deferred.claim();
    deferred.error(error, token);
  }

  @Test
  void errorsAfterAWaitThatTookTooLongAreTold() throws Exception {
    listen();
    Exception error = new Exception("late");
    failAfterWait(error);
    assertTrue(isTold(error));
  }

  private static void failAfterWait(Exception error) {
    Deferred<Object> deferred = new Deferred<>();
    assertEquals("late", deferred.deref(1, "late"));
    deferred.error(error);
  }

  @Test
  void errorsThatABlockedThreadSeesAreNotTold() throws Exception {
    listen();
    Exception error = new Exception("seen");
    Deferred<Object> deferred = new Deferred<>();
    Thread thread = new Thread(() -> deferred.error(error));
    thread.start();
    assertSame(error, assertThrows(Exception.class, deferred::deref));
    thread.join();
    assertFalse(isTold(error));
  }

  @Test
  void errorsAreToldThoughAListenerWasTakenBack() throws Exception {
    listen();
    Exception error = new Exception("unheard");
    failUnheard(error);
    assertTrue(isTold(error));
  }

  private static void failUnheard(Exception error) {
    Deferred<Object> deferred = new Deferred<>();
    List<Registration<Object>> later = new ArrayList<>();
    // Neither looks nor watches, but takes the listener back that would be called next.
    deferred.await(new Waiter<>() {
      @Override
      protected void onSuccess(Object value) {
      }

      @Override
      protected void onFailure(Failure failure) {
        later.forEach(Registration::cancel);
      }
    });
    later.add(Registration.add(deferred, new Deferred.Listener<Object>() {
      @Override
      public void onSuccess(Object value) {
      }

      @Override
      public void onError(Throwable thrown) {
      }
    }));
    deferred.error(error);
  }

  @Test
  void anErrorIsToldWithWhereItsDeferredWasMadeAndFailed() throws Exception {
    listen();
    DroppedErrors.trace(true);
    Exception error = new Exception("traced");
    failHere(makeHere(), error);
    assertTrue(isTold(error));
    Throwable place = places.get(error);
    assertTrue(names(place, "failHere"));
    assertFalse(names(place, "makeHere"));
    assertTrue(names(place.getCause(), "makeHere"));
  }

  @Test
  void withoutTracingNoPlaceIsKept() throws Exception {
    listen();
    Exception error = new Exception("untraced");
    failHere(makeHere(), error);
    assertTrue(isTold(error));
    assertNull(places.get(error));
  }

  private static Deferred<Object> makeHere() {
    return new Deferred<>();
  }

  private static void failHere(Deferred<Object> deferred, Exception error) {
    deferred.error(error);
  }

  private static boolean names(Throwable place, String method) {
    assertNotNull(place);
    return List.of(place.getStackTrace()).stream().anyMatch(frame -> frame.getMethodName().equals(method));
  }

  @Test
  void flushGivesUpWhenThereIsNoCollection() {
    assertThrows(IllegalStateException.class, () -> DroppedErrors.flush(() -> { }, 2));
  }

  @Test
  void anExecutorThatRefusesCompletesTheFuture() {
    RejectedExecutionException refusal = new RejectedExecutionException("shut down");
    Deferred<Integer> deferred = on(refusal);
    CompletableFuture<Integer> future = deferred.toCompletableFuture();
    deferred.success(1);
    assertSame(refusal, assertThrows(CompletionException.class, future::join).getCause());
  }

  @Test
  void anExecutorWithoutThreadsFailsWhatIsDerived() {
    Error error = new OutOfMemoryError("unable to create native thread");
    Deferred<Integer> deferred = on(error);
    Deferred<Integer> next = deferred.thenApply(n -> n + 1);
    CompletableFuture<Integer> future = deferred.toCompletableFuture();
    assertTrue(deferred.success(1));
    assertSame(error, next.errorValue(null));
    assertSame(error, assertThrows(CompletionException.class, future::join).getCause());
    Deferred<Integer> elsewhere = Deferred.succeeded(1).thenApplyAsync(n -> n + 1, task -> {
      throw error;
    });
    assertSame(error, elsewhere.errorValue(null));
  }

  @Test
  void anErrorThatAnExecutorKeptFromBeingSeenIsTold() throws Exception {
    listen();
    Exception error = new Exception("unseen");
    failRefused(error);
    assertTrue(isTold(error));
  }

  private static void failRefused(Exception error) {
    Deferred<Integer> deferred = on(new RejectedExecutionException("shut down"));
    Deferred<Integer> next = deferred.thenApply(n -> n + 1);
    deferred.error(error);
    assertNotNull(next.errorValue(null));
  }

  @Test
  void cancellationFindsADeferredThatCameOutOfAnother() {
    for (boolean isAll : new boolean[] {true, false}) {
      Deferred<Object> source = new Deferred<>();
      Deferred<Object> work = new Deferred<>();
      Deferred<Object> inner = work.thenApply(x -> x);
      Deferred<?> outer = isAll ? Deferreds.all(source, new Deferred<>()) : Deferreds.<Object>any(source, new Deferred<>());
      source.success(inner);
      outer.cancel(true);
      assertTrue(inner.isCancelled());
      assertTrue(work.isCancelled());
    }
  }

  @Test
  void anOnlookerDoesNotKeepADeferredFromBeingAbandoned() throws Exception {
    listen();
    List<String> calls = new ArrayList<>();
    Deferred<Object> source = new Deferred<>();
    Onlooker.add(source, () -> calls.add("over"));
    source.thenApply(x -> x).cancel(true);
    assertTrue(source.isCancelled());
    assertEquals(List.of("over"), calls);
    Exception error = new Exception("only looked on");
    failBeforeOnlooker(error);
    assertTrue(isTold(error));
  }

  private static void failBeforeOnlooker(Exception error) {
    Deferred<Object> deferred = new Deferred<>();
    Onlooker.add(deferred, () -> { });
    deferred.error(error);
  }

  @Test
  void aWaitThatIsInterruptedLeavesTheThreadAsItWas() throws Exception {
    Deferred<Object> until = new Deferred<>();
    CompletableFuture<Object> never = new CompletableFuture<>();
    Thread thread = new Thread(() -> until.cancel(true));
    thread.start();
    assertThrows(InterruptedException.class, () -> Interruption.call(until, never::get));
    thread.join();
    assertFalse(Thread.interrupted());
    assertThrows(TimeoutException.class,
        () -> Interruption.call(new Deferred<>(), () -> never.get(1, TimeUnit.MILLISECONDS)));
  }
}

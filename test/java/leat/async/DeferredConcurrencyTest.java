package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several threads realize, listen to and wait for the same deferreds, in random steps. */
@Timeout(120)
class DeferredConcurrencyTest {

  private static final int ROUNDS = 3000;
  private static final int THREADS = 4;
  private static final int STEPS = 6;

  /** One deferred, and what happened to it. */
  private static final class Round {
    private final Deferred<Integer> deferred = new Deferred<>();
    private final AtomicInteger winners = new AtomicInteger();
    private final List<List<Call>> callsByThread = new ArrayList<>();
    private volatile int winner = -1;

    Round() {
      for (int i = 0; i < THREADS; i++) {
        callsByThread.add(new ArrayList<>());
      }
    }
  }

  /** A listener that counts its calls. Its fields are written by one thread and read after the round's end. */
  private static final class Call implements Deferred.Listener<Integer> {
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger order;
    private volatile int outcome;
    private volatile int position;
    private volatile Thread thread;

    Call(AtomicInteger order) {
      this.order = order;
    }

    @Override
    public void onSuccess(Integer value) {
      position = order.getAndIncrement();
      outcome = value;
      thread = Thread.currentThread();
      count.incrementAndGet();
    }

    @Override
    public void onError(Throwable error) {
      onSuccess(Integer.parseInt(error.getMessage()));
    }
  }

  @Test
  void oneOutcomeWinsAndEveryListenerIsCalledOnceWithIt() throws Exception {
    long seed = Long.getLong("leat.seed", System.nanoTime());
    System.out.println("DeferredConcurrencyTest: -Dleat.seed=" + seed);
    List<Round> rounds = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      rounds.add(new Round());
    }
    AtomicInteger order = new AtomicInteger();
    CyclicBarrier barrier = new CyclicBarrier(THREADS);
    List<FutureTask<Void>> tasks = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      int id = t;
      Random random = new Random(seed + id);
      FutureTask<Void> task = new FutureTask<>(() -> {
        for (Round round : rounds) {
          // The threads start each round together, so that they meet in it.
          barrier.await();
          play(round, id, random, order);
        }
        return null;
      });
      tasks.add(task);
      new Thread(task, "player-" + t).start();
    }
    for (FutureTask<Void> task : tasks) {
      task.get();
    }
    for (Round round : rounds) {
      check(round, "seed " + seed);
    }
  }

  private static void play(Round round, int id, Random random, AtomicInteger order) {
    Deferred<Integer> deferred = round.deferred;
    int realizeAt = random.nextInt(STEPS);
    for (int step = 0; step < STEPS; step++) {
      if (random.nextInt(4) == 0) {
        Thread.yield();
      }
      if (step == realizeAt) {
        boolean won = random.nextBoolean() ? deferred.success(id)
            : deferred.error(new IllegalStateException(Integer.toString(id)));
        if (won) {
          round.winners.incrementAndGet();
          round.winner = id;
        }
        assertTrue(deferred.isRealized());
      } else if (random.nextInt(4) == 0) {
        waitFor(deferred, random.nextInt(2));
      } else {
        Call call = new Call(order);
        round.callsByThread.get(id).add(call);
        if (random.nextBoolean()) {
          deferred.onRealized(call);
        } else {
          deferred.onRealized(call::onSuccess, call::onError);
        }
      }
    }
    waitFor(deferred, -1);
  }

  // ---- the same with fewer and quicker steps, so close together that the threads are often inside one at a time

  private static final int DUELS = 30_000;
  private static final int DUELISTS = 2;

  @Test
  void noListenerIsLostInACloseRace() throws Exception {
    long seed = Long.getLong("leat.seed", System.nanoTime());
    System.out.println("DeferredConcurrencyTest.noListenerIsLostInACloseRace: -Dleat.seed=" + seed);
    List<Deferred<Integer>> deferreds = Stream.generate(() -> new Deferred<Integer>()).limit(DUELS).toList();
    AtomicIntegerArray added = new AtomicIntegerArray(DUELS);
    AtomicIntegerArray called = new AtomicIntegerArray(DUELS);
    AtomicIntegerArray winners = new AtomicIntegerArray(DUELS);
    AtomicInteger arrived = new AtomicInteger();
    List<FutureTask<Void>> tasks = new ArrayList<>();
    for (int t = 0; t < DUELISTS; t++) {
      Random random = new Random(seed + t);
      tasks.add(new FutureTask<>(() -> {
        for (int i = 0; i < DUELS; i++) {
          meet(arrived, (i + 1) * DUELISTS);
          int round = i;
          Deferred<Integer> deferred = deferreds.get(i);
          int count = random.nextInt(6);
          for (int k = 0; k < count; k++) {
            deferred.onRealized(v -> called.incrementAndGet(round), e -> { });
          }
          if (random.nextInt(4) == 0) {
            giveUpWaiting(deferred);
            deferred.onRealized(v -> called.incrementAndGet(round), e -> { });
            count++;
          }
          added.addAndGet(i, count);
          if (deferred.success(1)) {
            winners.incrementAndGet(i);
          }
        }
        return null;
      }));
    }
    tasks.forEach(task -> new Thread(task).start());
    for (FutureTask<Void> task : tasks) {
      task.get();
    }
    for (int i = 0; i < DUELS; i++) {
      assertEquals(1, winners.get(i), "seed " + seed + ", round " + i);
      assertEquals(added.get(i), called.get(i), "seed " + seed + ", round " + i);
    }
  }

  /** Waits, without parking, until so many have come. */
  private static void meet(AtomicInteger arrived, int all) {
    arrived.incrementAndGet();
    for (int spins = 0; arrived.get() < all; spins++) {
      if (spins < 2000) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  /** Begins to wait for the deferred and is interrupted at once. */
  private static void giveUpWaiting(Deferred<Integer> deferred) {
    Thread.currentThread().interrupt();
    try {
      deferred.deref();
    } catch (Exception e) {
      assertTrue(e instanceof InterruptedException, e.toString());
    } finally {
      Thread.interrupted();
    }
  }

  private static void waitFor(Deferred<Integer> deferred, int timeoutMs) {
    try {
      if (timeoutMs < 0) {
        deferred.deref();
      } else {
        deferred.deref(timeoutMs, null);
      }
    } catch (IllegalStateException outcome) {
      assertTrue(deferred.isRealized());
    }
  }

  private static void check(Round round, String message) {
    assertEquals(1, round.winners.get(), message);
    for (List<Call> calls : round.callsByThread) {
      int last = -1;
      for (Call call : calls) {
        assertEquals(1, call.count.get(), message);
        assertEquals(round.winner, call.outcome, message);
        // Listeners of one thread keep their order among those that the winner calls.
        if (call.thread.getName().equals("player-" + round.winner)) {
          assertTrue(call.position > last, message);
          last = call.position;
        }
      }
    }
  }
}

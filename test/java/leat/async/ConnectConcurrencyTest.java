package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/** Threads that put and take while streams are connected: nothing is lost, nothing comes twice, order is kept. */
@Timeout(120)
class ConnectConcurrencyTest {

  private static final int PER_PRODUCER = 2000;

  @RepeatedTest(40)
  void losesNothingAndKeepsTheOrderOfEachProducer() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int producers = 1 + random.nextInt(3);
    Stream<int[]> first = new Stream<>(random.nextInt(3));
    Source<int[]> last = first;
    int stages = random.nextInt(4);
    for (int i = 0; i < stages; i++) {
      Source<int[]> before = last;
      switch (random.nextInt(4)) {
        case 0 -> last = Streams.map(v -> v, before, "map");
        case 1 -> last = Streams.filter(v -> true, before, "filter");
        case 2 -> last = Streams.mapcat(v -> List.of(v).iterator(), before, "mapcat");
        default -> {
          Stream<int[]> next = new Stream<>(random.nextInt(3));
          before.connect(next);
          last = next;
        }
      }
    }
    ConcurrentLinkedQueue<int[]> seen = new ConcurrentLinkedQueue<>();
    CountDownLatch ended = new CountDownLatch(1);
    if (random.nextBoolean()) {
      Streams.consume(seen::add, last).onRealized(yes -> ended.countDown(), e -> { });
    } else {
      Source<int[]> from = last;
      new Thread(() -> {
        int[] end = {};
        for (int[] value = from.take(end).deref(); value != end; value = from.take(end).deref()) {
          seen.add(value);
        }
        ended.countDown();
      }).start();
    }
    List<Thread> threads = new ArrayList<>();
    for (int p = 0; p < producers; p++) {
      int producer = p;
      Thread thread = new Thread(() -> {
        for (int i = 0; i < PER_PRODUCER; i++) {
          first.put(new int[] {producer, i}).deref();
        }
      });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    first.close();
    ended.await();
    check(seed, producers, seen);
  }

  private static void check(long seed, int producers, Iterable<int[]> seen) {
    List<Integer> next = new ArrayList<>(Collections.nCopies(producers, 0));
    for (int[] value : seen) {
      assertEquals(next.get(value[0]), value[1], "seed " + seed);
      next.set(value[0], value[1] + 1);
    }
    assertEquals(Collections.nCopies(producers, PER_PRODUCER), next, "seed " + seed);
  }

  @RepeatedTest(200)
  void takesAndLinksShareAllValues() throws Exception {
    Stream<Integer> source = new Stream<>(1);
    ConcurrentLinkedQueue<Integer> seen = new ConcurrentLinkedQueue<>();
    int count = 300;
    Thread taker = new Thread(() -> {
      for (Integer v = source.take(-1).deref(); v >= 0; v = source.take(-1).deref()) {
        seen.add(v);
      }
    });
    taker.start();
    Deferred<Boolean> over = Streams.consume(seen::add, source);
    Thread other = new Thread(() -> {
      for (int i = 0; i < count; i += 2) {
        source.put(i).deref();
      }
    });
    other.start();
    for (int i = 1; i < count; i += 2) {
      source.put(i).deref();
    }
    other.join();
    source.close();
    assertTrue(over.deref());
    taker.join();
    assertEquals(count, seen.stream().distinct().count());
    assertEquals(count, seen.size());
  }
}

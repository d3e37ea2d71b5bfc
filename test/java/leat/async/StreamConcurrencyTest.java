package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several threads put and take at random, withdraw some of it, and close the stream at some moment. */
@Timeout(120)
class StreamConcurrencyTest {

  private static final int ROUNDS = 150;
  private static final int PUTS = 120;
  private static final Value DRAINED = new Value(-1, -1);
  private static final Value WITHDRAWN = new Value(-2, -2);

  private record Value(int producer, int number) {
  }

  private record Put(Value value, Deferred<Boolean> accepted) {
  }

  /** What one producer knows at the end. */
  private record Produced(List<Put> puts, Set<Value> withdrawn) {
  }

  @Test
  void losesNothingGivesNothingTwiceAndKeepsTheOrder() throws Exception {
    long seed = Long.getLong("leat.seed", System.nanoTime());
    System.out.println("StreamConcurrencyTest: -Dleat.seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      playRound(new Random(random.nextLong()), "seed " + seed + ", round " + round);
    }
  }

  private static void playRound(Random random, String message) throws Exception {
    Stream<Value> stream = new Stream<>(random.nextInt(4));
    int closeAfter = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(PUTS);
    List<FutureTask<Produced>> producers = IntStream.range(0, 1 + random.nextInt(3)).mapToObj(id -> {
      Random own = new Random(random.nextLong());
      return new FutureTask<>(() -> produce(stream, id, own, id == 0 ? closeAfter : Integer.MAX_VALUE));
    }).toList();
    List<FutureTask<List<Value>>> consumers = IntStream.range(0, 1 + random.nextInt(3)).mapToObj(id -> {
      Random own = new Random(random.nextLong());
      return new FutureTask<>(() -> consume(stream, own));
    }).toList();
    consumers.forEach(task -> new Thread(task).start());
    producers.forEach(task -> new Thread(task).start());

    List<Produced> produced = new ArrayList<>();
    for (FutureTask<Produced> producer : producers) {
      produced.add(producer.get());
    }
    stream.close();
    List<List<Value>> consumed = new ArrayList<>();
    for (FutureTask<List<Value>> consumer : consumers) {
      consumed.add(consumer.get());
    }
    assertTrue(stream.isDrained(), message);
    check(produced, consumed, message);
  }

  private static Produced produce(Stream<Value> stream, int id, Random random, int closeAfter) {
    Produced produced = new Produced(new ArrayList<>(), new HashSet<>());
    ArrayDeque<Put> outstanding = new ArrayDeque<>();
    int window = random.nextInt(4);
    for (int number = 0; number < PUTS; number++) {
      if (number == closeAfter) {
        stream.close();
      }
      Value value = new Value(id, number);
      Put put = new Put(value, stream.put(value));
      produced.puts.add(put);
      outstanding.add(put);
      if (random.nextInt(8) == 0) {
        Thread.yield();
      }
      if (random.nextInt(8) == 0 && put.accepted.success(false)) {
        produced.withdrawn.add(value);
      }
      while (outstanding.size() > window) {
        outstanding.remove().accepted.deref();
      }
    }
    outstanding.forEach(put -> put.accepted.deref());
    return produced;
  }

  private static List<Value> consume(Stream<Value> stream, Random random) {
    List<Value> consumed = new ArrayList<>();
    while (true) {
      Deferred<Value> take = stream.take(DRAINED);
      if (random.nextInt(8) == 0) {
        Thread.yield();
      }
      if (random.nextInt(4) == 0) {
        take.success(WITHDRAWN);
      }
      Value value = take.deref();
      if (value == DRAINED) {
        return consumed;
      }
      if (value != WITHDRAWN) {
        consumed.add(value);
      }
    }
  }

  private static void check(List<Produced> produced, List<List<Value>> consumed, String message) {
    Set<Value> all = new HashSet<>();
    for (List<Value> values : consumed) {
      Map<Integer, Integer> lastByProducer = new HashMap<>();
      for (Value value : values) {
        assertTrue(all.add(value), message + ": twice " + value);
        Integer last = lastByProducer.put(value.producer, value.number);
        assertTrue(last == null || last < value.number, message + ": order of " + value);
      }
    }
    int accepted = 0;
    for (Produced one : produced) {
      for (Put put : one.puts) {
        assertTrue(put.accepted.isRealized(), message);
        if (Boolean.TRUE.equals(put.accepted.getNow())) {
          accepted++;
          assertTrue(all.contains(put.value), message + ": lost " + put.value);
        }
        assertFalse(one.withdrawn.contains(put.value) && all.contains(put.value), message);
      }
    }
    assertEquals(accepted, all.size(), message);
  }
}

package leat.async;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/** A fair sample of however many numbers: each has the same chance to be among those that are kept. Thread-safe. */
final class Reservoir {

  private static final int SIZE = 1024;

  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLongArray values = new AtomicLongArray(SIZE);

  void add(long value) {
    int number = count.getAndIncrement();
    // Vitter's algorithm R. After 2^31 numbers the last ones are left out.
    int place = number < 0 || number == Integer.MAX_VALUE ? SIZE
        : number < SIZE ? number : ThreadLocalRandom.current().nextInt(number + 1);
    if (place < SIZE) {
      values.set(place, value);
    }
  }

  /** Returns what was kept, sorted. */
  long[] sorted() {
    int number = count.get();
    long[] kept = new long[number < 0 ? SIZE : Math.min(number, SIZE)];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = values.get(i);
    }
    Arrays.sort(kept);
    return kept;
  }
}

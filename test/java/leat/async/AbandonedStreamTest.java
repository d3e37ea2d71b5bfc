package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** A closed or abandoned stream leaves nothing behind that keeps it, or what was in it, from being collected. */
@Timeout(60)
class AbandonedStreamTest {

  private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

  private static void assertCollected(List<? extends WeakReference<?>> references) {
    while (references.stream().anyMatch(reference -> reference.get() != null)) {
      System.gc();
    }
  }

  private record Kind(String name, Function<Stream<Object>, Source<?>> make) {
  }

  private static final List<Kind> KINDS = List.of(
      new Kind("connect", s -> {
        Stream<Object> to = new Stream<>(0);
        s.connect(to);
        return to;
      }),
      new Kind("view", s -> {
        Stream<Object> to = new Stream<>(0);
        Views.sourceOnly(s).connect(Views.splice(to, s));
        return to;
      }),
      new Kind("connect-via", s -> {
        Stream<Object> to = new Stream<>(0);
        Streams.connectVia(s, to::put, Link.to(to));
        return to;
      }),
      new Kind("drain-into", s -> {
        Stream<Object> to = new Stream<>(0);
        Streams.drainInto(s, to);
        return to;
      }),
      new Kind("lossy", s -> {
        Stream<Object> to = new Stream<>(2);
        Streams.connectLossy(s, to, true);
        return to;
      }),
      new Kind("map", s -> Streams.map(v -> v, s, "map")),
      new Kind("filter", s -> Streams.filter(v -> true, s, "filter")),
      new Kind("mapcat", s -> Streams.mapcat(v -> List.of(v, v).iterator(), s, "mapcat")),
      new Kind("realize-each", s -> Streams.realizeEach(s, "realize-each")),
      new Kind("reductions", s -> Streams.reductions((a, b) -> b, true, 0, s, "reductions")),
      new Kind("zip", s -> Streams.zip(v -> v, List.of(s, s), "zip")),
      new Kind("concat", s -> Streams.concat(v -> Sources.of(List.of(v)), s, "concat")),
      new Kind("partition", s -> Streams.partition(v -> v, Object::equals, s, "partition")),
      new Kind("batch", s -> Streams.batch(v -> 1, v -> v, 2, -1, Timing.SYSTEM, s, "batch")),
      new Kind("throttle", s -> Streams.throttle(1000, 1, Timing.SYSTEM, s, "throttle")));

  private static List<DynamicTest> each(Consumer<Kind> test) {
    return KINDS.stream().map(kind -> DynamicTest.dynamicTest(kind.name, () -> test.accept(kind))).toList();
  }

  @TestFactory
  List<DynamicTest> isCollectedWithAllThatIsInIt() {
    return each(kind -> {
      List<WeakReference<?>> references = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        Stream<Object> source = new Stream<>(0);
        Source<?> end = kind.make.apply(source);
        for (int j = 0; j < 3; j++) {
          Object value = new Object();
          source.put(value);
          references.add(new WeakReference<>(value));
        }
        references.add(new WeakReference<>(source));
        references.add(new WeakReference<>(end));
      }
      assertCollected(references);
    });
  }

  @TestFactory
  List<DynamicTest> leavesNothingInItsSourceWhenItIsClosed() {
    return each(kind -> {
      Stream<Object> source = Stream.builder().permanent(true).build();
      List<WeakReference<?>> references = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        Source<?> end = kind.make.apply(source);
        references.add(new WeakReference<>(end));
        end.close();
      }
      assertCollected(references);
      assertEquals(List.of(), source.downstream());
      Reference.reachabilityFence(source);
    });
  }

  @Test
  void aSourceLeavesNothingInItsSinkWhenItIsDrained() {
    Stream<Object> sink = new Stream<>(0);
    List<WeakReference<?>> references = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Stream<Object> source = new Stream<>(0);
      source.connect(Link.to(sink).downstream(false));
      assertEquals(1, sink.upstream().size());
      source.close();
      assertEquals(List.of(), sink.upstream());
      references.add(new WeakReference<>(source));
    }
    assertCollected(references);
    assertFalse(sink.isClosed());
  }

  @Test
  void sourcesOfOtherThingsAreCollectedThoughTheirSinkLives() {
    Stream<Object> sink = new Stream<>(0);
    List<WeakReference<?>> references = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Source<Integer> source = Sources.of(List.of(1, 2));
      source.connect(Link.to(sink).downstream(false));
      references.add(new WeakReference<>(source));
      while (sink.description().pendingPuts() > 0) {
        sink.take(null);
      }
    }
    assertCollected(references);
    assertEquals(List.of(), sink.upstream());
  }

  @Test
  void aPeriodicStreamStopsItsTimer() {
    ManualScheduler time = new ManualScheduler();
    WeakReference<?> reference = periodic(time);
    time.advance(50 * MS);
    assertCollected(List.of(reference));
    assertEquals(0, time.size());
  }

  private static WeakReference<?> periodic(ManualScheduler time) {
    Stream<Object> stream = new Stream<>(1);
    Streams.periodically(Object::new, 0, 10 * MS, time, stream);
    return new WeakReference<>(stream);
  }

  @Test
  void whatWaitsForATimeLeavesNothingInTheClockWhenItIsClosed() {
    ManualScheduler time = new ManualScheduler();
    Timing timing = Timing.of(time);
    List<WeakReference<?>> references = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Stream<Object> source = new Stream<>(0);
      Source<?> batches = Streams.batch(v -> 1, v -> v, 9, 100 * MS, timing, source, "batch");
      source.put(i);
      source.take(null, 100 * MS, null, time);
      references.add(new WeakReference<>(source));
      batches.close();
    }
    assertEquals(0, time.size());
    assertCollected(references);
  }

  @Test
  void aClosedSourceCancelsItsSubscription() {
    try (SubmissionPublisher<Integer> publisher = new SubmissionPublisher<>()) {
      Source<Integer> source = Sources.of(publisher);
      assertTrue(publisher.hasSubscribers());
      source.close();
      while (publisher.hasSubscribers()) {
        Thread.onSpinWait();
      }
      assertTrue(source.isDrained());
    }
  }
}

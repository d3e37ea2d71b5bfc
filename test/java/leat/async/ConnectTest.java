package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConnectTest {

  private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

  private static void assertTaken(Object expected, Source<?> source) {
    Deferred<?> taken = source.take(null);
    assertTrue(taken.isRealized(), () -> "nothing in " + source);
    assertEquals(expected, taken.getNow());
  }

  @Test
  void carriesEachValueOn() {
    Stream<String> a = new Stream<>(0);
    Stream<String> b = new Stream<>(2);
    a.connect(b);
    assertSame(Stream.TRUE, a.put("1"));
    assertSame(Stream.TRUE, a.put("2"));
    assertTaken("1", b);
    assertTaken("2", b);
  }

  @Test
  void holdsOneValueForASlowSinkAndNoMore() {
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> b = new Stream<>(0);
    a.connect(b);
    assertTrue(a.put(1).isRealized());
    Deferred<Boolean> second = a.put(2);
    assertFalse(second.isRealized());
    assertTaken(1, b);
    assertTrue(second.isRealized());
    assertTaken(2, b);
    assertTrue(a.put(3).isRealized());
    assertTaken(3, b);
  }

  @Test
  void carriesOnWhatIsThereAlready() {
    Stream<Integer> a = new Stream<>(1);
    a.put(1);
    Deferred<Boolean> pending = a.put(2);
    a.close();
    Stream<Integer> b = new Stream<>(8);
    a.connect(b);
    assertTrue(pending.isRealized());
    assertTrue(a.isDrained());
    assertTaken(1, b);
    assertTaken(2, b);
    assertTrue(b.isDrained());
  }

  @Test
  void feedsAllSinksAtThePaceOfTheSlowest() {
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> fast = new Stream<>(8);
    Stream<Integer> slow = new Stream<>(0);
    a.connect(fast);
    a.connect(slow);
    a.put(1);
    Deferred<Boolean> second = a.put(2);
    assertTaken(1, fast);
    assertFalse(second.isRealized());
    assertTaken(1, slow);
    assertTrue(second.isRealized());
    assertTaken(2, fast);
    assertTaken(2, slow);
  }

  @Test
  void sharesTheQueueWithTakes() {
    Stream<Integer> a = new Stream<>(0);
    Deferred<Integer> before = a.take(null);
    Stream<Integer> b = new Stream<>(8);
    a.connect(b);
    Deferred<Integer> after = a.take(null);
    a.put(1);
    assertEquals(1, before.getNow());
    a.put(2);
    assertTaken(2, b);
    a.put(3);
    assertEquals(3, after.getNow());
    a.put(4);
    a.put(5);
    assertTaken(4, b);
    assertTaken(5, b);
  }

  @Test
  void closesDownstreamUnlessToldNotTo() {
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> b = new Stream<>(0);
    Stream<Integer> c = new Stream<>(0);
    a.connect(b);
    a.connect(Link.to(c).downstream(false));
    a.close();
    assertTrue(b.isClosed());
    assertFalse(c.isClosed());
    assertEquals(List.of(), a.downstream());
    assertEquals(List.of(), c.upstream());
  }

  @Test
  void aClosedSinkIsCutAtOnceAndTheLastOneClosesTheSource() {
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> b = new Stream<>(0);
    Stream<Integer> c = new Stream<>(0);
    a.connect(b);
    a.connect(c);
    b.close();
    assertFalse(a.isClosed());
    assertEquals(1, a.downstream().size());
    c.close();
    assertTrue(a.isClosed());
    assertEquals(List.of(), a.downstream());
    Stream<Integer> late = new Stream<>(0);
    late.connect(b);
    assertTrue(late.isClosed());
  }

  @Test
  void aSinkThatIsClosedWhileItIsSlowHoldsUpNobody() {
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> fast = new Stream<>(8);
    Stream<Integer> slow = new Stream<>(0);
    a.connect(fast);
    a.connect(slow);
    a.put(1);
    Deferred<Boolean> second = a.put(2);
    slow.close();
    assertTrue(second.isRealized());
    assertTaken(1, fast);
    assertTaken(2, fast);
    assertTaken(1, slow);
    assertTrue(slow.isDrained());
  }

  @Test
  void upstreamClosesTheSourceThoughItHasOtherSinks() {
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> b = new Stream<>(0);
    Stream<Integer> c = new Stream<>(0);
    a.connect(Link.to(b).upstream(true));
    a.connect(c);
    b.close();
    assertTrue(a.isClosed());
    assertTrue(c.isClosed());
  }

  @Test
  void aPermanentSourceOutlivesItsSinksAndKeepsItsValues() {
    Stream<Integer> a = Stream.builder().permanent(true).build();
    Stream<Integer> b = new Stream<>(0);
    a.connect(b);
    b.close();
    Deferred<Boolean> put = a.put(1);
    assertFalse(put.isRealized());
    Stream<Integer> c = new Stream<>(1);
    a.connect(c);
    assertTrue(put.isRealized());
    assertTaken(1, c);
  }

  @Test
  void cutsOffASinkThatIsTooSlow() {
    ManualScheduler time = new ManualScheduler();
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> slow = new Stream<>(0);
    Stream<Integer> fast = new Stream<>(8);
    a.connect(Link.to(slow).timeout(10 * MS, time));
    a.connect(fast);
    a.put(1);
    Deferred<Boolean> second = a.put(2);
    time.advance(9 * MS);
    assertFalse(second.isRealized());
    time.advance(MS);
    assertTrue(second.isRealized());
    assertTrue(slow.isClosed());
    assertFalse(a.isClosed());
    assertEquals(0, time.size());
    assertTaken(1, fast);
    assertTaken(2, fast);
  }

  @Test
  void anExceptionClosesBothEndsWithTheCauseAndIsLoggedOnce() {
    Stream<Integer> a = new Stream<>(0);
    Source<Integer> b = Streams.map(v -> 1 / v, a, "map");
    Source<Integer> c = Streams.filter(v -> true, b, "filter");
    List<Throwable> causes = new ArrayList<>();
    c.onClosed(() -> causes.add(c.closeCause()));
    try (LogCapture log = new LogCapture()) {
      assertTrue(a.put(0).getNow());
      assertEquals(1, log.thrown().size());
      assertEquals(ArithmeticException.class, log.thrown().get(0).getClass());
      assertSame(log.thrown().get(0), a.closeCause());
      assertSame(log.thrown().get(0), c.closeCause());
      assertEquals(log.thrown(), causes);
    }
    assertTrue(a.isClosed());
    assertTrue(c.isDrained());
    assertFalse(a.put(1).getNow());
  }

  @Test
  void anExceptionInConsumeEndsIt() {
    Stream<Integer> a = new Stream<>(0);
    Deferred<Boolean> end = Streams.consume(v -> {
      throw new IllegalStateException("broken");
    }, a);
    try (LogCapture log = new LogCapture()) {
      a.put(1);
      assertEquals(1, log.thrown().size());
    }
    assertTrue(end.getNow());
    assertEquals("broken", a.closeCause().getMessage());
  }

  @Test
  void aCallbackMayPutIntoItsOwnSource() {
    Stream<Integer> a = new Stream<>(4);
    List<Integer> seen = new ArrayList<>();
    Streams.consume(v -> {
      seen.add(v);
      if (v < 3) {
        a.put(v + 1);
      }
    }, a);
    a.put(1);
    assertEquals(List.of(1, 2, 3), seen);
  }

  @Test
  void longWaysDoNotOverflowTheStack() {
    for (int turn = 0; turn < 2; turn++) {
      Stream<Integer> first = new Stream<>(0);
      Source<Integer> last = first;
      for (int i = 0; i < 100_000; i++) {
        last = Streams.map(v -> v + 1, last, "map");
      }
      assertTrue(first.put(0).getNow());
      assertTaken(100_000, last);
      // Backwards: each stage holds a value that waits for the one after it.
      first.put(1);
      first.put(2);
      assertTaken(100_001, last);
      assertTaken(100_002, last);
      first.close();
      assertTrue(last.isDrained());
    }
  }

  @Test
  void longWaysNeedLittleStack() throws InterruptedException {
    List<Throwable> thrown = new ArrayList<>();
    Thread small = new Thread(null, this::longWaysDoNotOverflowTheStack, "small stack", 256 * 1024);
    small.setUncaughtExceptionHandler((thread, error) -> thrown.add(error));
    small.start();
    small.join();
    assertEquals(List.of(), thrown);
  }

  @Test
  void longWaysOfManyKindsDoNotOverflowTheStack() {
    Stream<Integer> first = new Stream<>(0);
    Source<Integer> last = first;
    for (int i = 0; i < 2_000; i++) {
      last = Streams.mapcat(v -> List.of(v).iterator(), last, "mapcat");
      last = Streams.realizeEach(last, "realize-each");
      last = Streams.filter(v -> true, last, "filter");
      Stream<Integer> drained = new Stream<>(0);
      Streams.drainInto(last, drained);
      last.onDrained(drained::close);
      Stream<Integer> via = new Stream<>(0);
      Streams.connectVia(drained, via::put, Link.to(via));
      Stream<Integer> consumed = new Stream<>(0);
      Streams.consume(consumed::put, via);
      consumed.onClosed(via::close);
      last = consumed;
    }
    assertTrue(first.put(1).getNow());
    assertTaken(1, last);
    last.close();
    assertTrue(first.isClosed());
  }

  @Test
  void longWaysOfDrainsDoNotOverflowTheStack() {
    Stream<Integer> first = new Stream<>(0);
    Stream<Integer> last = first;
    for (int i = 0; i < 20_000; i++) {
      Stream<Integer> next = new Stream<>(0);
      Streams.drainInto(last, next);
      last = next;
    }
    assertTrue(first.put(1).getNow());
    assertTaken(1, last);
  }

  @Test
  void aLongWayGoesOnWhereverItHadToWait() {
    for (int before = 0; before < 80; before++) {
      Stream<Object> first = new Stream<>(0);
      Source<Object> last = first;
      for (int i = 0; i < before; i++) {
        last = Streams.map(v -> v, last, "map");
      }
      last = Streams.realizeEach(last, "realize-each");
      for (int i = 0; i < 80; i++) {
        last = Streams.map(v -> v, last, "map");
      }
      Deferred<Integer> later = new Deferred<>();
      first.put(later);
      Deferred<Object> taken = last.take(null);
      later.success(before);
      assertTrue(taken.isRealized(), "after " + before);
      assertEquals(before, taken.getNow());
    }
  }

  @Test
  void anExecutorThatFailsStopsNoStream() {
    Stream<Integer> a = Stream.builder().executor(task -> {
      throw new IllegalStateException("closed");
    }).build();
    Stream<Integer> b = new Stream<>(8);
    a.connect(b);
    try (LogCapture log = new LogCapture()) {
      a.put(1);
      a.put(2);
      assertEquals("closed", log.thrown().get(0).getMessage());
    }
    assertTaken(1, b);
    assertTaken(2, b);
    a.close();
    assertTrue(b.isDrained());
  }

  /** A sink that somebody else has written. */
  private static class Foreign implements Sink<Integer> {
    @Override
    public Deferred<Boolean> put(Integer value) {
      throw new IllegalStateException("put");
    }

    @Override
    public void close() {
      throw new IllegalStateException("close");
    }

    @Override
    public boolean isClosed() {
      return false;
    }

    @Override
    public void onClosed(Runnable listener) {
    }
  }

  @Test
  void aSinkWhoseCloseThrowsHoldsUpNobody() {
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> b = new Stream<>(8);
    a.connect(new Foreign());
    a.connect(b);
    try (LogCapture log = new LogCapture()) {
      assertTrue(a.put(1).getNow());
      assertEquals(List.of("put", "close"), log.thrown().stream().map(Throwable::getMessage).toList());
    }
    assertTrue(a.put(2).getNow());
    assertTaken(1, b);
    assertTaken(2, b);
    Stream<Integer> c = new Stream<>(0);
    Stream<Integer> d = new Stream<>(0);
    c.connect(new Foreign());
    c.connect(d);
    try (LogCapture log = new LogCapture()) {
      c.close();
      assertEquals(1, log.thrown().size());
    }
    assertTrue(d.isClosed());
    try (LogCapture log = new LogCapture()) {
      Stream<Integer> e = new Stream<>(0);
      Deferred<Boolean> over = Streams.connectVia(e, v -> true, Link.to(new Foreign()));
      e.close();
      assertTrue(over.isRealized());
      assertEquals(1, log.thrown().size());
    }
  }

  @Test
  void anAbandonedSourceIsCollectedThoughItsSinkLives() {
    Stream<Integer> sink = new Stream<>(0);
    List<WeakReference<Stream<Integer>>> sources = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Stream<Integer> source = new Stream<>(0);
      source.connect(Link.to(sink).downstream(false));
      sources.add(new WeakReference<>(source));
    }
    while (sources.stream().anyMatch(source -> source.get() != null)) {
      System.gc();
    }
    assertEquals(List.of(), sink.upstream());
    assertFalse(sink.isClosed());
  }

  @Test
  void seesTheGraphFromAnyOfItsNodes() {
    Stream<Integer> a = new Stream<>(1);
    Source<Integer> b = Streams.map(v -> v, a, "map");
    Stream<Integer> c = new Stream<>(0);
    b.connect(Link.to(c).described("link"));
    a.put(1);
    a.put(2);
    Graph graph = Graph.around(c);
    assertEquals(3, graph.nodes().size());
    assertSame(c, graph.nodes().get(0));
    assertSame(a, graph.nodes().get(2));
    assertEquals(List.of(new Graph.Edge(1, 0, "link"), new Graph.Edge(2, 1, "map")),
        graph.edges().stream().sorted((x, y) -> x.from() - y.from()).toList());
    assertEquals(1, c.description().pendingPuts());
    assertNull(c.closeCause());
  }

  @Test
  void anExecutorRunsWhatFollowsAStream() {
    List<Runnable> tasks = new ArrayList<>();
    Stream<Integer> a = Stream.builder().capacity(1).executor(tasks::add).build();
    List<Integer> seen = new ArrayList<>();
    Streams.consume(seen::add, a);
    a.put(1);
    assertEquals(List.of(), seen);
    tasks.remove(0).run();
    assertEquals(List.of(1), seen);
    Stream<Integer> b = Stream.builder().executor(tasks::add).build();
    b.take(null).onRealized(v -> seen.add(10 + v), e -> { });
    b.put(2);
    assertEquals(List.of(1), seen);
    tasks.remove(0).run();
    assertEquals(List.of(1, 12), seen);
  }
}

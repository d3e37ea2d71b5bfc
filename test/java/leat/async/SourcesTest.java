package leat.async;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SourcesTest {

  private static <T> List<T> all(Source<T> source, T drained) {
    List<T> values = new ArrayList<>();
    for (T value = source.take(drained).deref(); value != drained; value = source.take(drained).deref()) {
      values.add(value);
    }
    assertTrue(source.isDrained());
    return values;
  }

  @Test
  void ofACollectionNeedsNoThread() {
    Source<Integer> source = Sources.of(List.of(1, 2));
    assertEquals(1, source.take(null).getNow());
    assertEquals(2, source.take(null).getNow());
    assertFalse(source.isSynchronous());
    assertEquals(-1, source.take(-1).getNow());
    assertTrue(source.isDrained());
  }

  @Test
  void ofAnIteratorCallsItForThoseWhoTakeOnAThreadOfItsOwn() {
    List<Thread> threads = new ArrayList<>();
    Source<Integer> source = Sources.of(new Iterator<Integer>() {
      @Override
      public boolean hasNext() {
        return true;
      }

      @Override
      public Integer next() {
        threads.add(Thread.currentThread());
        return threads.size();
      }
    });
    assertEquals(1, source.take(null).deref());
    assertEquals(2, source.take(null).deref());
    assertEquals(2, threads.size());
    assertNotSame(Thread.currentThread(), threads.get(0));
    assertTrue(source.isSynchronous());
  }

  @Test
  void ofAJavaStreamClosesIt() {
    AtomicBoolean closed = new AtomicBoolean();
    Source<Integer> whole = Sources.of(java.util.stream.Stream.of(1, 2).onClose(() -> closed.set(true)));
    assertEquals(List.of(1, 2), all(whole, -1));
    assertTrue(closed.getAndSet(false));
    Sources.of(java.util.stream.Stream.of(1, 2).onClose(() -> closed.set(true))).close();
    assertTrue(closed.get());
  }

  @Test
  void ofAQueueWaitsForWhatIsPutThere() {
    BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(2);
    Source<Integer> source = Sources.of(queue);
    Deferred<Integer> taken = source.take(-1);
    assertFalse(taken.isRealized());
    queue.add(1);
    assertEquals(1, taken.deref());
    queue.add(2);
    assertEquals(2, source.take(-1).deref());
    source.close();
    queue.add(3);
    assertEquals(-1, source.take(-1).getNow());
    assertEquals(1, queue.size());
  }

  @Test
  void ofADeferredGivesItOnce() {
    Deferred<Integer> deferred = new Deferred<>();
    Source<Integer> source = Sources.of(deferred);
    Deferred<Integer> taken = source.take(-1);
    assertTrue(source.isDrained());
    assertEquals(-1, source.take(-1).getNow());
    deferred.success(1);
    assertEquals(1, taken.getNow());
  }

  @Test
  void aFailedDeferredClosesWhatItFeedsWithItsError() {
    Stream<Integer> sink = new Stream<>(1);
    Deferred<Integer> deferred = new Deferred<>();
    Sources.of(deferred).connect(sink);
    Throwable error = new IllegalStateException("broken");
    try (LogCapture log = new LogCapture()) {
      deferred.error(error);
      assertEquals(List.of(error), log.thrown());
    }
    assertSame(error, sink.closeCause());
  }

  @Test
  void ofAnInputStreamGivesItsBytesAsTheyComeAndClosesIt() {
    AtomicBoolean closed = new AtomicBoolean();
    InputStream input = new ByteArrayInputStream(new byte[10_000]) {
      @Override
      public void close() {
        closed.set(true);
      }
    };
    List<byte[]> chunks = all(Sources.of(input), null);
    assertArrayEquals(new int[] {8192, 1808}, chunks.stream().mapToInt(chunk -> chunk.length).toArray());
    assertTrue(closed.get());
  }

  @Test
  void anInputStreamThatFailsIsTheCauseOfTheEnd() {
    IOException error = new IOException("broken");
    Source<byte[]> source = Sources.of(new InputStream() {
      @Override
      public int read() throws IOException {
        throw error;
      }
    });
    Stream<byte[]> sink = new Stream<>(0);
    try (LogCapture log = new LogCapture()) {
      source.connect(sink);
      sink.take(null).deref();
      assertEquals(List.of(error), log.thrown());
    }
    assertSame(error, sink.closeCause());
  }

  @Test
  void ofAPublisherAsksForNoMoreThanAFewAhead() {
    List<Long> asked = new ArrayList<>();
    Flow.Publisher<Integer> publisher = subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
      private int next;

      @Override
      public void request(long count) {
        asked.add(count);
        for (long i = 0; i < count; i++) {
          subscriber.onNext(next++);
        }
      }

      @Override
      public void cancel() {
        asked.add(-1L);
      }
    });
    Source<Integer> source = Sources.of(publisher);
    assertEquals(List.of(16L), asked);
    assertEquals(0, source.take(null).getNow());
    assertEquals(1, source.take(null).getNow());
    assertEquals(List.of(16L, 1L, 1L), asked);
    source.close();
    assertEquals(-1L, asked.get(3));
  }

  @Test
  void theErrorOfAPublisherIsTheCauseOfTheEnd() {
    Stream<Integer> stream = new Stream<>(0);
    Source<Integer> source = Sources.of(stream);
    Throwable error = new IllegalStateException("broken");
    stream.close(error);
    assertTrue(source.isDrained());
    assertSame(error, source.closeCause());
  }

  @Test
  void aSourceIsAPublisherOfAllItsValuesForEachSubscriber() throws Exception {
    Stream<Integer> stream = new Stream<>(0);
    List<Integer> a = new ArrayList<>();
    List<Integer> b = new ArrayList<>();
    CountDownLatch ends = new CountDownLatch(2);
    stream.subscribe(collector(a, ends));
    stream.subscribe(collector(b, ends));
    for (int i = 0; i < 5; i++) {
      assertTrue(stream.put(i).deref());
    }
    assertEquals("subscriber", stream.downstream().get(0).description());
    stream.close();
    ends.await();
    assertEquals(List.of(0, 1, 2, 3, 4), a);
    assertEquals(a, b);
  }

  private static Flow.Subscriber<Integer> collector(List<Integer> values, CountDownLatch ends) {
    return new Flow.Subscriber<>() {
      @Override
      public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
      }

      @Override
      public void onNext(Integer value) {
        values.add(value);
      }

      @Override
      public void onError(Throwable error) {
        values.add(-1);
      }

      @Override
      public void onComplete() {
        ends.countDown();
      }
    };
  }

  @Test
  void aPublisherOfTheJdkFeedsAStream() {
    Source<Integer> source;
    try (SubmissionPublisher<Integer> publisher = new SubmissionPublisher<>()) {
      source = Sources.of(publisher);
      for (int i = 0; i < 100; i++) {
        publisher.submit(i);
      }
    }
    assertEquals(100, all(source, -1).size());
  }

  // ---- what is common to sources that give one value at a time

  /** Gives what the test hands to {@code waiting}. */
  private static class Manual extends SerialSource<Integer> {
    final List<Consumer<Object>> waiting = new ArrayList<>();

    @Override
    protected Object tryPull() {
      return NOT_NOW;
    }

    @Override
    protected Object pull() {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void pullLater(Consumer<Object> done) {
      waiting.add(done);
    }

    void arrive(Object value) {
      waiting.remove(0).accept(value);
    }
  }

  @Test
  void keepsForTheNextTakeWhatCameForOneThatWasWithdrawn() {
    Manual source = new Manual();
    Deferred<Integer> withdrawn = source.take(-1);
    withdrawn.success(-2);
    source.arrive(1);
    List<String> calls = new ArrayList<>();
    source.onDrained(() -> calls.add("drained"));
    source.onClosed(() -> calls.add("closed"));
    source.close();
    assertEquals(List.of("closed"), calls);
    assertFalse(source.isDrained());
    assertEquals(1, source.take(-1).getNow());
    assertTrue(source.isDrained());
    assertEquals(List.of("closed", "drained"), calls);
    assertEquals(-1, source.take(-1).getNow());
  }

  @Test
  void staysDrainedWhenAValueComesTooLate() {
    Manual source = new Manual();
    Deferred<Integer> taken = source.take(-1);
    source.close();
    assertEquals(-1, taken.getNow());
    assertTrue(source.isDrained());
    source.arrive(1);
    assertTrue(source.isDrained());
    assertEquals(-1, source.take(-1).getNow());
  }

  @Test
  void endsATakeThatComesWhileItIsClosed() {
    Manual source = new Manual() {
      @Override
      protected Object tryPull() {
        close();
        return NOT_NOW;
      }
    };
    Deferred<Integer> taken = source.take(-1);
    assertTrue(taken.isRealized());
    assertEquals(-1, taken.getNow());
    assertEquals(0, source.waiting.size());
  }

  @Test
  void pullsForAllWhoWaitOneAfterAnother() {
    Manual source = new Manual();
    Deferred<Integer> first = source.take(-1);
    Deferred<Integer> second = source.take(-1);
    assertEquals(1, source.waiting.size());
    source.arrive(1);
    assertEquals(1, first.getNow());
    assertFalse(second.isRealized());
    assertEquals(1, source.waiting.size());
    source.arrive(2);
    assertEquals(2, second.getNow());
    assertEquals(0, source.waiting.size());
  }

  @Test
  void doesNotHoldTheThreadOfOneTakeForTheTakesOfOthers() {
    AtomicInteger given = new AtomicInteger();
    SerialSource<Integer> source = new SerialSource<>() {
      private boolean isAsked;

      @Override
      protected Object tryPull() {
        if (!isAsked) {
          isAsked = true;
          takeForEver(this);
        }
        return given.incrementAndGet();
      }

      @Override
      protected Object pull() {
        return tryPull();
      }
    };
    assertEquals(1, source.take(-1).getNow());
    source.close();
  }

  private static void takeForEver(Source<Integer> source) {
    source.take(-1).onRealized(value -> {
      if (value >= 0) {
        takeForEver(source);
      }
    }, error -> { });
  }

  @Test
  void pullsOnTheSameThreadAsLongAsSomebodyWaits() throws Exception {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    Iterator<Integer> numbers = java.util.stream.IntStream.range(0, 1000).iterator();
    CountDownLatch end = new CountDownLatch(1);
    Source<Integer> source = Sources.of(new Iterator<Integer>() {
      @Override
      public boolean hasNext() {
        return numbers.hasNext();
      }

      @Override
      public Integer next() {
        threads.add(Thread.currentThread());
        return numbers.next();
      }
    });
    Streams.consume(value -> { }, source).onRealized(yes -> end.countDown(), error -> { });
    end.await();
    // The first values may come before somebody waits for them: then the consumer's own thread asks for the next.
    assertTrue(threads.size() < 100, "threads: " + threads.size());
  }
}

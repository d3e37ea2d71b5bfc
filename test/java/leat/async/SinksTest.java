package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SinksTest {

  @Test
  void intoAQueueWaitsForRoom() throws InterruptedException {
    BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(1);
    Sink<Integer> sink = Sinks.of(queue);
    assertTrue(sink.put(1).getNow());
    Deferred<Boolean> second = sink.put(2);
    Deferred<Boolean> third = sink.put(3);
    assertFalse(second.isRealized());
    assertEquals(1, queue.take());
    assertTrue(second.deref());
    third.success(false);
    assertEquals(2, queue.take());
    assertTrue(sink.put(4).deref());
    assertEquals(4, queue.take());
    sink.close();
    assertFalse(sink.put(5).getNow());
    assertNull(queue.poll());
  }

  @Test
  void stopsWaitingForAQueueWhenThePutIsWithdrawn() throws InterruptedException {
    CountDownLatch waits = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(1) {
      private static final long serialVersionUID = 1;

      @Override
      public void put(Integer value) throws InterruptedException {
        waits.countDown();
        try {
          super.put(value);
        } finally {
          stopped.countDown();
        }
      }
    };
    Sink<Integer> sinkOfQueue = Sinks.of(queue);
    sinkOfQueue.put(1);
    Deferred<Boolean> second = sinkOfQueue.put(2);
    waits.await();
    second.success(false);
    stopped.await();
    assertEquals(List.of(1), List.copyOf(queue));
  }

  @Test
  void takesBackFromAQueueWhatWasWithdrawnMeanwhile() {
    BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(4) {
      private static final long serialVersionUID = 1;

      @Override
      public boolean offer(Integer value) {
        boolean taken = super.offer(value);
        if (value == 1) {
          // Another put comes, and its turn is next; it is withdrawn while its value goes in.
          later.add(sink.put(2));
        } else if (value == 2) {
          later.get(0).success(false);
        }
        return taken;
      }
    };
    sink = Sinks.of(queue);
    assertTrue(sink.put(1).getNow());
    assertTrue(sink.put(3).getNow());
    assertEquals(List.of(1, 3), List.copyOf(queue));
  }

  private Sink<Integer> sink;
  private final List<Deferred<Boolean>> later = new ArrayList<>();

  @Test
  void intoADeferredTakesOneValue() {
    Deferred<Integer> deferred = new Deferred<>();
    Sink<Integer> sink = Sinks.of(deferred);
    assertTrue(sink.put(1).getNow());
    assertEquals(1, deferred.getNow());
    assertTrue(sink.isClosed());
    assertFalse(sink.put(2).getNow());
    assertFalse(Sinks.of(deferred).put(3).getNow());
  }

  @Test
  void intoAnOutputStreamWritesInOrderOnAnotherThreadAndClosesItAfterAll() {
    List<Thread> threads = new ArrayList<>();
    CountDownLatch closed = new CountDownLatch(1);
    ByteArrayOutputStream output = new ByteArrayOutputStream() {
      @Override
      public synchronized void write(byte[] bytes, int from, int count) {
        threads.add(Thread.currentThread());
        super.write(bytes, from, count);
      }

      @Override
      public void close() {
        closed.countDown();
      }
    };
    Sink<Object> sink = Sinks.of(output);
    Deferred<Boolean> first = sink.put("a");
    Deferred<Boolean> second = sink.put(ByteBuffer.wrap(new byte[] {'b', 'c'}).position(1));
    Deferred<Boolean> third = sink.put(new byte[] {'d'});
    sink.close();
    assertTrue(first.deref() && second.deref() && third.deref());
    assertEquals("acd", output.toString());
    assertNotSame(Thread.currentThread(), threads.get(0));
    assertTrue(await(closed));
  }

  private static boolean await(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void anOutputStreamThatFailsIsTheCauseOfTheEndAndEndsWhatFeedsIt() {
    IOException error = new IOException("broken");
    Sink<Object> sink = Sinks.of(new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        throw error;
      }
    });
    Stream<Object> source = new Stream<>(1);
    CountDownLatch closed = new CountDownLatch(1);
    try (LogCapture log = new LogCapture()) {
      source.connect(sink);
      source.onClosed(closed::countDown);
      source.put("a");
      assertTrue(await(closed));
      assertEquals(List.of(error), log.thrown());
    }
    assertSame(error, sink.closeCause());
    assertSame(error, source.closeCause());
  }

  @Test
  void aValueThatIsNoBytesIsRefused() {
    try (LogCapture log = new LogCapture()) {
      Sink<Object> sink = Sinks.of(new ByteArrayOutputStream());
      assertFalse(sink.put(1).deref());
      assertEquals("Expected a byte array, a ByteBuffer or text, actual java.lang.Integer.",
          sink.closeCause().getMessage());
      assertEquals(1, log.thrown().size());
    }
  }

  /** Takes what the test asks for. */
  private static final class Asking implements Flow.Subscriber<Integer> {
    private final List<Object> seen = new ArrayList<>();
    private Flow.Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
    }

    @Override
    public void onNext(Integer value) {
      seen.add(value);
    }

    @Override
    public void onError(Throwable error) {
      seen.add(error);
    }

    @Override
    public void onComplete() {
      seen.add("complete");
    }
  }

  @Test
  void intoASubscriberGoesWhatItAsksFor() {
    Asking subscriber = new Asking();
    Sink<Integer> sink = Sinks.of(subscriber);
    Deferred<Boolean> first = sink.put(1);
    Deferred<Boolean> second = sink.put(2);
    assertFalse(first.isRealized());
    subscriber.subscription.request(1);
    assertTrue(first.getNow());
    assertFalse(second.isRealized());
    subscriber.subscription.request(1);
    assertEquals(List.of(1, 2), subscriber.seen);
    sink.close();
    assertEquals(List.of(1, 2, "complete"), subscriber.seen);
  }

  @Test
  void aSubscriberIsToldTheCauseOfTheEndAndMayCancel() {
    Asking subscriber = new Asking();
    Throwable error = new IllegalStateException("broken");
    Sinks.of(subscriber).close(error);
    assertEquals(List.of(error), subscriber.seen);
    Asking other = new Asking();
    Sink<Integer> sink = Sinks.of(other);
    other.subscription.cancel();
    assertTrue(sink.isClosed());
  }

  @Test
  void doesNotHoldTheThreadOfOnePutForThePutsOfOthers() {
    SerialSink<Integer> sink = new SerialSink<>() {
      private boolean isAsked;

      @Override
      protected Outcome tryPush(Integer value) {
        if (!isAsked) {
          isAsked = true;
          putForEver(this);
        }
        return Outcome.TAKEN;
      }

      @Override
      protected Outcome push(Integer value) {
        return tryPush(value);
      }
    };
    assertTrue(sink.put(1).getNow());
    sink.close();
  }

  private static void putForEver(Sink<Integer> sink) {
    sink.put(1).onRealized(taken -> {
      if (taken) {
        putForEver(sink);
      }
    }, error -> { });
  }
}

package leat.net;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import leat.async.Clock;

/** A fixed group of event loops. Safe from any thread. */
public final class EventLoops implements AutoCloseable {
  private final EventLoop[] loops;
  private final AtomicInteger turn = new AtomicInteger();

  private EventLoops(EventLoop[] loops) {
    this.loops = loops;
  }

  /**
   * Starts one loop for each processor.
   *
   * @return the loops, to be closed by the caller
   */
  public static EventLoops start() {
    return start(Runtime.getRuntime().availableProcessors());
  }

  /**
   * Starts loops on daemon threads.
   *
   * @param count how many, 1 at least
   * @return the loops, to be closed by the caller
   * @throws IllegalArgumentException if {@code count} is below 1
   * @throws java.io.UncheckedIOException if no selector can be opened
   */
  public static EventLoops start(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("Expected at least 1 loop, got " + count);
    }
    return start(count, Clock.SYSTEM);
  }

  static EventLoops start(int count, Clock clock) {
    EventLoop[] loops = new EventLoop[count];
    int opened = 0;
    try {
      for (; opened < count; opened++) {
        loops[opened] = EventLoop.open(clock);
      }
      for (EventLoop loop : loops) {
        loop.start();
      }
      return new EventLoops(loops);
    } catch (Throwable t) {
      // Either all of them run, or none is left behind.
      for (int i = 0; i < opened; i++) {
        loops[i].close();
      }
      throw t;
    }
  }

  /**
   * The number of loops.
   *
   * @return 1 at least
   */
  public int size() {
    return loops.length;
  }

  /**
   * One of the loops.
   *
   * @param index 0 to {@link #size()} - 1
   * @return the loop
   */
  public EventLoop get(int index) {
    return loops[index];
  }

  /**
   * The loops in turn.
   *
   * @return the next one
   */
  public EventLoop next() {
    return loops[Math.floorMod(turn.getAndIncrement(), loops.length)];
  }

  /** Ends the loops and closes what is still open on them. Waits for them, at most 10 s, unless called on one of them. */
  @Override
  public void close() {
    CountDownLatch ended = new CountDownLatch(loops.length);
    boolean inside = false;
    for (EventLoop loop : loops) {
      inside |= loop.isInside();
      loop.terminated().onRealized(ok -> ended.countDown(), error -> ended.countDown());
      loop.close();
    }
    if (!inside) {
      try {
        ended.await(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

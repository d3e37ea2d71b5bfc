package leat.stress;

import static leat.stress.StreamStress.done;
import static leat.stress.StreamStress.taken;

import leat.async.Deferred;
import leat.async.Link;
import leat.async.ManualScheduler;
import leat.async.Stream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Races between streams that feed each other, and sources that are no streams. Numbers as in {@link StreamStress}. */
public class GraphStress {

  /** A value is put while its stream is connected: it comes out at the other end. */
  @JCStressTest
  @Outcome(id = "1, 5, -2", expect = Expect.ACCEPTABLE, desc = "through")
  @State
  public static class ConnectAndPut {
    private final Stream<Integer> from = new Stream<>(1);
    private final Stream<Integer> to = new Stream<>(1);

    /** Connects. */
    @Actor
    public void connect() {
      from.connect(to);
    }

    /** Puts. */
    @Actor
    public void put(III_Result r) {
      r.r1 = done(from.put(5));
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r2 = taken(to.take(-1));
      r.r3 = taken(from.take(-1));
    }
  }

  /** A stream is connected and its end comes: the sink ends as well, after the value. */
  @JCStressTest
  @Outcome(id = "5, -1", expect = Expect.ACCEPTABLE, desc = "value, then the end")
  @State
  public static class ConnectAndCloseSource {
    private final Stream<Integer> from = new Stream<>(1);
    private final Stream<Integer> to = new Stream<>(1);

    /** One value. */
    public ConnectAndCloseSource() {
      from.put(5);
    }

    /** Connects. */
    @Actor
    public void connect() {
      from.connect(to);
    }

    /** Closes. */
    @Actor
    public void close() {
      from.close();
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = taken(to.take(-1));
      r.r2 = taken(to.take(-1));
    }
  }

  /** A stream is connected to a sink that stays open, and its end comes: nothing of it is left in the sink. */
  @JCStressTest
  @Outcome(id = "5, -2, 0", expect = Expect.ACCEPTABLE, desc = "the value, no end, no link")
  @State
  public static class ConnectAndCloseSourceOnly {
    private final Stream<Integer> from = new Stream<>(1);
    private final Stream<Integer> to = new Stream<>(1);

    /** One value. */
    public ConnectAndCloseSourceOnly() {
      from.put(5);
    }

    /** Connects. */
    @Actor
    public void connect() {
      from.connect(Link.to(to).downstream(false));
    }

    /** Closes. */
    @Actor
    public void close() {
      from.close();
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r1 = taken(to.take(-1));
      r.r2 = taken(to.take(-1));
      r.r3 = to.upstream().size();
    }
  }

  /** A stream is connected and its sink ends: it ends as well, and nothing hangs on it. */
  @JCStressTest
  @Outcome(id = "true, true, 0", expect = Expect.ACCEPTABLE, desc = "both closed, no links")
  @State
  public static class ConnectAndCloseSink {
    private final Stream<Integer> from = new Stream<>(1);
    private final Stream<Integer> to = new Stream<>(1);

    /** Connects. */
    @Actor
    public void connect() {
      from.connect(to);
    }

    /** Closes. */
    @Actor
    public void close() {
      to.close();
    }

    /** Reads. */
    @Arbiter
    public void read(ZZI_Result r) {
      r.r1 = from.isClosed();
      r.r2 = to.isClosed();
      r.r3 = from.downstream().size() + to.upstream().size();
    }
  }

  /** Two puts into a connected stream: both come out, and both are done. */
  @JCStressTest
  @Outcome(id = "1, 1, 1, 2", expect = Expect.ACCEPTABLE, desc = "the first was first")
  @Outcome(id = "1, 1, 2, 1", expect = Expect.ACCEPTABLE, desc = "the second was first")
  @State
  public static class TwoPutsThrough {
    private final Stream<Integer> from = new Stream<>(0);
    private final Stream<Integer> to = new Stream<>(2);
    private Deferred<Boolean> one;
    private Deferred<Boolean> two;

    /** A connection. */
    public TwoPutsThrough() {
      from.connect(to);
    }

    /** Puts. */
    @Actor
    public void put() {
      one = from.put(1);
    }

    /** Puts too. */
    @Actor
    public void putToo() {
      two = from.put(2);
    }

    /** Reads. */
    @Arbiter
    public void read(IIII_Result r) {
      r.r1 = done(one);
      r.r2 = done(two);
      r.r3 = taken(to.take(-1));
      r.r4 = taken(to.take(-1));
    }
  }

  /** Puts and takes at both ends of a connection without buffers: in order, and the pressure goes. */
  @JCStressTest
  @Outcome(id = "1, 1, 1, 2", expect = Expect.ACCEPTABLE, desc = "in order")
  @State
  public static class PutsAndTakesThrough {
    private final Stream<Integer> from = new Stream<>(0);
    private final Stream<Integer> to = new Stream<>(0);
    private Deferred<Boolean> one;
    private Deferred<Boolean> two;
    private Deferred<Integer> first;
    private Deferred<Integer> second;

    /** A connection. */
    public PutsAndTakesThrough() {
      from.connect(to);
    }

    /** Puts twice. */
    @Actor
    public void put() {
      one = from.put(1);
      two = from.put(2);
    }

    /** Takes twice. */
    @Actor
    public void take() {
      first = to.take(-1);
      second = to.take(-1);
    }

    /** Reads. */
    @Arbiter
    public void read(IIII_Result r) {
      r.r1 = done(one);
      r.r2 = done(two);
      r.r3 = taken(first);
      r.r4 = taken(second);
    }
  }

  /** A put into a connected stream and a take from the same stream: one of take and sink has the value. */
  @JCStressTest
  @Outcome(id = "1, 5, -2", expect = Expect.ACCEPTABLE, desc = "for the take")
  @Outcome(id = "1, -1, 5", expect = Expect.ACCEPTABLE, desc = "for the sink")
  @State
  public static class TakeBesideConnection {
    private final Stream<Integer> from = new Stream<>(0);
    private final Stream<Integer> to = new Stream<>(1);
    private Deferred<Integer> take;

    /** A connection. */
    public TakeBesideConnection() {
      from.connect(to);
    }

    /** Puts. */
    @Actor
    public void put(III_Result r) {
      r.r1 = done(from.put(5));
    }

    /** Takes. */
    @Actor
    public void take() {
      take = from.take(-1);
    }

    /** Reads, and drains the source, so that a take which waits gets -1. */
    @Arbiter
    public void read(III_Result r) {
      r.r3 = taken(to.take(-1));
      from.close();
      r.r2 = taken(take);
    }
  }

  /** Two sources into one sink: both values come out. */
  @JCStressTest
  @Outcome(id = "1, 1, 1, 2", expect = Expect.ACCEPTABLE, desc = "the first was first")
  @Outcome(id = "1, 1, 2, 1", expect = Expect.ACCEPTABLE, desc = "the second was first")
  @State
  public static class FanIn {
    private final Stream<Integer> left = new Stream<>(0);
    private final Stream<Integer> right = new Stream<>(0);
    private final Stream<Integer> to = new Stream<>(0);
    private Deferred<Boolean> one;
    private Deferred<Boolean> two;

    /** Two connections. */
    public FanIn() {
      left.connect(to);
      right.connect(to);
    }

    /** Puts. */
    @Actor
    public void put() {
      one = left.put(1);
    }

    /** Puts too. */
    @Actor
    public void putToo() {
      two = right.put(2);
    }

    /** Reads. */
    @Arbiter
    public void read(IIII_Result r) {
      r.r3 = taken(to.take(-1));
      r.r4 = taken(to.take(-1));
      r.r1 = done(one);
      r.r2 = done(two);
    }
  }

  /** Two sinks of one source: both get both values in the same order. */
  @JCStressTest
  @Outcome(id = "1, 2, 1, 2", expect = Expect.ACCEPTABLE, desc = "the first was first")
  @Outcome(id = "2, 1, 2, 1", expect = Expect.ACCEPTABLE, desc = "the second was first")
  @State
  public static class FanOut {
    private final Stream<Integer> from = new Stream<>(0);
    private final Stream<Integer> left = new Stream<>(2);
    private final Stream<Integer> right = new Stream<>(2);

    /** Two connections. */
    public FanOut() {
      from.connect(left);
      from.connect(right);
    }

    /** Puts. */
    @Actor
    public void put() {
      from.put(1);
    }

    /** Puts too. */
    @Actor
    public void putToo() {
      from.put(2);
    }

    /** Reads. */
    @Arbiter
    public void read(IIII_Result r) {
      r.r1 = taken(left.take(-1));
      r.r2 = taken(left.take(-1));
      r.r3 = taken(right.take(-1));
      r.r4 = taken(right.take(-1));
    }
  }

  /** One of two sinks, which is slow, ends: the other one gets all, and the source goes on. */
  @JCStressTest
  @Outcome(id = "1, 1, 5, 6", expect = Expect.ACCEPTABLE, desc = "nothing lost, nothing stuck")
  @State
  public static class FanOutAndCloseOne {
    private final Stream<Integer> from = new Stream<>(0);
    private final Stream<Integer> slow = new Stream<>(0);
    private final Stream<Integer> fast = new Stream<>(2);
    private Deferred<Boolean> one;
    private Deferred<Boolean> two;

    /** Two connections. */
    public FanOutAndCloseOne() {
      from.connect(slow);
      from.connect(fast);
    }

    /** Puts. */
    @Actor
    public void put() {
      one = from.put(5);
      two = from.put(6);
    }

    /** Closes. */
    @Actor
    public void close() {
      slow.close();
    }

    /** Reads. */
    @Arbiter
    public void read(IIII_Result r) {
      r.r1 = done(one);
      r.r2 = done(two);
      r.r3 = taken(fast.take(-1));
      r.r4 = taken(fast.take(-1));
    }
  }

  /** Both sinks of a source end side by side: so does the source. */
  @JCStressTest
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "closed, without links")
  @State
  public static class CloseBothSinks {
    private final Stream<Integer> from = new Stream<>(0);
    private final Stream<Integer> left = new Stream<>(0);
    private final Stream<Integer> right = new Stream<>(0);

    /** Two connections. */
    public CloseBothSinks() {
      from.connect(left);
      from.connect(right);
    }

    /** Closes one. */
    @Actor
    public void close() {
      left.close();
    }

    /** Closes the other. */
    @Actor
    public void closeToo() {
      right.close();
    }

    /** Reads. */
    @Arbiter
    public void read(ZZ_Result r) {
      r.r1 = from.isClosed();
      r.r2 = from.downstream().isEmpty();
    }
  }

  /** A sink is taken from as its time is up: it has the value, or it is cut off. */
  @JCStressTest
  @Outcome(id = "5, 0, 0", expect = Expect.ACCEPTABLE, desc = "in time, connected")
  @Outcome(id = "-1, 1, 0", expect = Expect.ACCEPTABLE, desc = "too late, closed")
  @State
  public static class LinkTimeout {
    private final ManualScheduler scheduler = new ManualScheduler();
    private final Stream<Integer> from = new Stream<>(0);
    private final Stream<Integer> to = new Stream<>(0);
    private Deferred<Integer> take;

    /** A value that waits for the sink. */
    public LinkTimeout() {
      from.connect(Link.to(to).timeout(5, scheduler));
      from.put(5);
    }

    /** Takes. */
    @Actor
    public void take() {
      take = to.take(-1);
    }

    /** Lets time pass. */
    @Actor
    public void pass() {
      scheduler.advance(5);
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r1 = taken(take);
      r.r2 = to.isClosed() && from.isClosed() ? 1 : to.isClosed() || from.isClosed() ? -1 : 0;
      r.r3 = scheduler.size();
    }
  }

  /** A stream that others feed and that feeds others ends: both of them end. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "put before the end, and handed on")
  @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "closed before the put")
  @State
  public static class CloseInTheMiddle {
    private final Stream<Integer> from = new Stream<>(0);
    private final Stream<Integer> middle = new Stream<>(0);
    private final Stream<Integer> to = new Stream<>(1);

    /** Two connections. */
    public CloseInTheMiddle() {
      from.connect(middle);
      middle.connect(to);
    }

    /** Puts. */
    @Actor
    public void put(II_Result r) {
      int answer = done(from.put(5));
      r.r1 = answer;
    }

    /** Closes. */
    @Actor
    public void close() {
      middle.close();
    }

    /** Reads: a value that was accepted may be lost on the way only if the way ended. */
    @Arbiter
    public void read(II_Result r) {
      r.r2 = from.isClosed() && to.isClosed() ? 1 : 0;
    }
  }
}

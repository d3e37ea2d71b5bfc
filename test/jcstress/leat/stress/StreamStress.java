package leat.stress;

import java.util.ArrayList;
import java.util.List;
import leat.async.Deferred;
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
import org.openjdk.jcstress.infra.results.IZ_Result;

/**
 * Races for one stream. What a take gives: a value, -1 if the stream was drained, -2 if it waits. What a put gives: 1, 0
 * if the stream was closed, -2 if it waits.
 */
public class StreamStress {

  static int taken(Deferred<Integer> take) {
    return take.isRealized() ? take.getNow() : -2;
  }

  static int done(Deferred<Boolean> put) {
    return put.isRealized() ? put.getNow() ? 1 : 0 : -2;
  }

  /** A put meets a take. */
  @JCStressTest
  @Outcome(id = "1, 5", expect = Expect.ACCEPTABLE, desc = "they found each other")
  @State
  public static class PutAndTake {
    private final Stream<Integer> stream = new Stream<>(0);
    private Deferred<Boolean> put;
    private Deferred<Integer> take;

    /** Puts. */
    @Actor
    public void put() {
      put = stream.put(5);
    }

    /** Takes. */
    @Actor
    public void take() {
      take = stream.take(-1);
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = done(put);
      r.r2 = taken(take);
    }
  }

  /** Two takes and a stream that holds two values: each value goes to one of them. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "the first take was first")
  @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "the second take was first")
  @State
  public static class TwoTakes {
    private final Stream<Integer> stream = new Stream<>(1);

    /** One value in the buffer, one that waits. */
    public TwoTakes() {
      stream.put(1);
      stream.put(2);
    }

    /** Takes. */
    @Actor
    public void take(II_Result r) {
      r.r1 = taken(stream.take(-1));
    }

    /** Takes too. */
    @Actor
    public void takeToo(II_Result r) {
      r.r2 = taken(stream.take(-1));
    }
  }

  /** Two puts, then two takes: nothing lost, nothing twice; the third take waits. */
  @JCStressTest
  @Outcome(id = "1, 2, -2", expect = Expect.ACCEPTABLE, desc = "the first put was first")
  @Outcome(id = "2, 1, -2", expect = Expect.ACCEPTABLE, desc = "the second put was first")
  @State
  public static class TwoPuts {
    private final Stream<Integer> stream = new Stream<>(1);

    /** Puts. */
    @Actor
    public void put() {
      stream.put(1);
    }

    /** Puts too. */
    @Actor
    public void putToo() {
      stream.put(2);
    }

    /** Takes all. */
    @Arbiter
    public void read(III_Result r) {
      r.r1 = taken(stream.take(-1));
      r.r2 = taken(stream.take(-1));
      r.r3 = taken(stream.take(-1));
    }
  }

  /** Two puts, of which one waits, and two takes: in order, nothing lost, both puts done. */
  @JCStressTest
  @Outcome(id = "1, 1, 1, 2", expect = Expect.ACCEPTABLE, desc = "in order")
  @State
  public static class TwoPutsAndTwoTakes {
    private final Stream<Integer> stream = new Stream<>(1);
    private Deferred<Boolean> put;
    private Deferred<Boolean> next;
    private Deferred<Integer> take;
    private Deferred<Integer> nextTake;

    /** Puts twice. */
    @Actor
    public void put() {
      put = stream.put(1);
      next = stream.put(2);
    }

    /** Takes twice. */
    @Actor
    public void take() {
      take = stream.take(-1);
      nextTake = stream.take(-1);
    }

    /** Reads. */
    @Arbiter
    public void read(IIII_Result r) {
      r.r1 = done(put);
      r.r2 = done(next);
      r.r3 = taken(take);
      r.r4 = taken(nextTake);
    }
  }

  /** A put meets the end: it says whether the value is in. */
  @JCStressTest
  @Outcome(id = "1, 5, -1", expect = Expect.ACCEPTABLE, desc = "put before the end, and still there")
  @Outcome(id = "0, -1, -1", expect = Expect.ACCEPTABLE, desc = "closed before the put")
  @State
  public static class PutAndClose {
    private final Stream<Integer> stream = new Stream<>(1);
    private Deferred<Boolean> put;

    /** Puts. */
    @Actor
    public void put() {
      put = stream.put(5);
    }

    /** Closes. */
    @Actor
    public void close() {
      stream.close();
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r1 = done(put);
      r.r2 = taken(stream.take(-1));
      r.r3 = taken(stream.take(-1));
    }
  }

  /** A take meets the end: it never waits for ever. */
  @JCStressTest
  @Outcome(id = "-1, true", expect = Expect.ACCEPTABLE, desc = "drained, before or after the take")
  @State
  public static class TakeAndClose {
    private final Stream<Integer> stream = new Stream<>(0);
    private Deferred<Integer> take;

    /** Takes. */
    @Actor
    public void take() {
      take = stream.take(-1);
    }

    /** Closes. */
    @Actor
    public void close() {
      stream.close();
    }

    /** Reads. */
    @Arbiter
    public void read(IZ_Result r) {
      r.r1 = taken(take);
      r.r2 = stream.isDrained();
    }
  }

  /** A put, a take and the end: the value is taken, or it never got in. */
  @JCStressTest
  @Outcome(id = "1, 5, -1", expect = Expect.ACCEPTABLE, desc = "put before the end, taken")
  @Outcome(id = "0, -1, -1", expect = Expect.ACCEPTABLE, desc = "closed before the put")
  @Outcome(id = "1, -1, -1", expect = Expect.FORBIDDEN, desc = "lost")
  @State
  public static class PutTakeAndClose {
    private final Stream<Integer> stream = new Stream<>(1);
    private Deferred<Boolean> put;
    private Deferred<Integer> take;

    /** Puts, then takes. */
    @Actor
    public void put() {
      put = stream.put(5);
      take = stream.take(-1);
    }

    /** Closes. */
    @Actor
    public void close() {
      stream.close();
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r1 = done(put);
      r.r2 = taken(take);
      r.r3 = taken(stream.take(-1));
    }
  }

  /** The last value is taken while the stream is closed: whoever waits for the draining hears of it once. */
  @JCStressTest
  @Outcome(id = "5, 1, 1", expect = Expect.ACCEPTABLE, desc = "told once, after the close and the take")
  @State
  public static class TakingTheLastAndClosing {
    private final Stream<Integer> stream = new Stream<>(1);
    private volatile int drained;

    /** One value, and one who waits. */
    public TakingTheLastAndClosing() {
      stream.put(5);
      stream.onDrained(() -> drained++);
    }

    /** Takes. */
    @Actor
    public void take(III_Result r) {
      r.r1 = taken(stream.take(-1));
    }

    /** Closes. */
    @Actor
    public void close() {
      stream.close();
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r2 = drained;
      r.r3 = stream.isDrained() ? 1 : 0;
    }
  }

  /** A take is withdrawn, as a timeout does it, while a value is put: the take has it, or the next one. */
  @JCStressTest
  @Outcome(id = "1, 5, -2", expect = Expect.ACCEPTABLE, desc = "in time")
  @Outcome(id = "1, -3, 5", expect = Expect.ACCEPTABLE, desc = "too late: the value is for the next take")
  @State
  public static class WithdrawingTake {
    private final Stream<Integer> stream = new Stream<>(1);
    private final Deferred<Integer> take = stream.take(-1);

    /** Puts. */
    @Actor
    public void put(III_Result r) {
      r.r1 = done(stream.put(5));
    }

    /** Withdraws. */
    @Actor
    public void withdraw() {
      take.success(-3);
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r2 = taken(take);
      r.r3 = taken(stream.take(-1));
    }
  }

  /** A put is withdrawn, as a timeout does it, while somebody takes: the value comes out if the put is true. */
  @JCStressTest
  @Outcome(id = "1, 5", expect = Expect.ACCEPTABLE, desc = "in time")
  @Outcome(id = "0, -2", expect = Expect.ACCEPTABLE, desc = "too late: nothing comes out")
  @State
  public static class WithdrawingPut {
    private final Stream<Integer> stream = new Stream<>(0);
    private final Deferred<Boolean> put = stream.put(5);
    private Deferred<Integer> take;

    /** Takes. */
    @Actor
    public void take() {
      take = stream.take(-1);
    }

    /** Withdraws. */
    @Actor
    public void withdraw() {
      put.success(false);
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = done(put);
      r.r2 = taken(take);
    }
  }

  /** Whoever takes a value sees all of it. */
  @JCStressTest
  @Outcome(id = "42, 1", expect = Expect.ACCEPTABLE, desc = "all of it")
  @State
  public static class Publication {
    private final Stream<DeferredStress.Box> stream = new Stream<>(0);

    /** Puts something fresh. */
    @Actor
    public void put(II_Result r) {
      r.r2 = stream.put(new DeferredStress.Box(42)) != null ? 1 : 0;
    }

    /** Takes and waits. */
    @Actor
    public void take(II_Result r) {
      r.r1 = stream.take(null).deref().content;
    }
  }

  /** A close listener that is added while the stream is closed is called once. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "each once")
  @State
  public static class ClosingAndListening {
    private final Stream<Integer> stream = new Stream<>(0);
    private volatile int one;
    private volatile int two;

    /** A listener that is there from the start. */
    public ClosingAndListening() {
      stream.onClosed(() -> one++);
    }

    /** Closes. */
    @Actor
    public void close() {
      stream.close();
    }

    /** Listens. */
    @Actor
    public void listen() {
      stream.onClosed(() -> two++);
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = one;
      r.r2 = two;
    }
  }

  /** A stream with sizes: a put that waits for room, and a take that makes it. */
  @JCStressTest
  @Outcome(id = "1, 1, 2, -2", expect = Expect.ACCEPTABLE, desc = "in order, and the put is done")
  @State
  public static class SizesAndTake {
    private final Stream<Integer> stream = Stream.builder().metered(value -> 1, 1);
    private Deferred<Boolean> put;
    private Deferred<Integer> take;

    /** One value, which leaves no room. */
    public SizesAndTake() {
      stream.put(1);
    }

    /** Puts. */
    @Actor
    public void put() {
      put = stream.put(2);
    }

    /** Takes. */
    @Actor
    public void take() {
      take = stream.take(-1);
    }

    /** Reads. */
    @Arbiter
    public void read(IIII_Result r) {
      r.r1 = done(put);
      r.r2 = taken(take);
      r.r3 = taken(stream.take(-1));
      r.r4 = taken(stream.take(-1));
    }
  }

  /** Many puts and many takes at once: all come out in order, and all puts are done. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "all puts done, all values in order")
  @State
  public static class ManyPutsAndTakes {
    private static final int COUNT = 20;
    private final Stream<Integer> stream = new Stream<>(2);
    private final List<Deferred<Boolean>> puts = new ArrayList<>(COUNT);
    private final List<Deferred<Integer>> takes = new ArrayList<>(COUNT);

    /** Puts. */
    @Actor
    public void put() {
      for (int i = 0; i < COUNT; i++) {
        puts.add(stream.put(i));
      }
    }

    /** Takes. */
    @Actor
    public void take() {
      for (int i = 0; i < COUNT; i++) {
        takes.add(stream.take(-1));
      }
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = 1;
      r.r2 = 1;
      for (int i = 0; i < COUNT; i++) {
        r.r1 &= done(puts.get(i)) == 1 ? 1 : 0;
        r.r2 &= taken(takes.get(i)) == i ? 1 : 0;
      }
    }
  }
}

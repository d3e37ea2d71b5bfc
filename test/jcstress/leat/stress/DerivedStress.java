package leat.stress;

import leat.async.Deferred;
import leat.async.Deferreds;
import leat.async.ManualScheduler;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Races between deferreds and what is derived from them, and with time. */
public class DerivedStress {

  /** A derived deferred is cancelled while its source succeeds: it has one outcome, and the function runs at most once. */
  @JCStressTest
  @Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "cancelled, and so was the source")
  @Outcome(id = "1, 1, 2", expect = Expect.ACCEPTABLE, desc = "cancelled; the source had its value already")
  @Outcome(id = "0, 1, 3", expect = Expect.ACCEPTABLE, desc = "too late to cancel")
  @State
  public static class CancellingDerived {
    private final Deferred<Integer> source = new Deferred<>();
    private volatile int calls;
    private final Deferred<Integer> derived = (Deferred<Integer>) source.thenApply(value -> {
      calls++;
      return value + 1;
    });

    /** Cancels. */
    @Actor
    public void cancel(III_Result r) {
      r.r1 = derived.cancel(false) ? 1 : 0;
    }

    /** Succeeds. */
    @Actor
    public void success(III_Result r) {
      r.r2 = source.success(1) ? 1 : 0;
    }

    /** Reads: 1 and 2 = cancelled, 3 = has its value. */
    @Arbiter
    public void read(III_Result r) {
      boolean isRight = source.isRealized() && calls <= 1;
      int seen = derived.isCancelled() ? source.isCancelled() ? 1 : 2 : derived.getNow() == 2 && calls == 1 ? 3 : -1;
      r.r3 = isRight ? seen : -2;
    }
  }

  /** Two derived deferreds are cancelled: whoever is last takes the source along. */
  @JCStressTest
  @Outcome(id = "true, true, 1", expect = Expect.ACCEPTABLE, desc = "the source was told")
  @State
  public static class CancellingBothDerived {
    private final Deferred<Integer> source = new Deferred<>();
    private final Deferred<Integer> one = (Deferred<Integer>) source.<Integer>thenApply(value -> value);
    private final Deferred<Integer> two = (Deferred<Integer>) source.<Integer>thenApply(value -> value);

    /** Cancels one. */
    @Actor
    public void cancelOne(ZZI_Result r) {
      r.r1 = one.cancel(false);
    }

    /** Cancels the other. */
    @Actor
    public void cancelTwo(ZZI_Result r) {
      r.r2 = two.cancel(false);
    }

    /** Reads. */
    @Arbiter
    public void read(ZZI_Result r) {
      r.r3 = source.isCancelled() ? 1 : 0;
    }
  }

  /** A timeout and a success: one of them decides, and nothing is left in the scheduler. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "in time")
  @Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "too late")
  @State
  public static class Timeout {
    private final ManualScheduler scheduler = new ManualScheduler();
    private final Deferred<Integer> deferred = new Deferred<>();

    /** A timeout that runs from the start. */
    public Timeout() {
      Deferreds.succeedAfter(deferred, scheduler, 5, -1);
    }

    /** Succeeds. */
    @Actor
    public void success() {
      deferred.success(1);
    }

    /** Lets time pass. */
    @Actor
    public void pass() {
      scheduler.advance(5);
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = deferred.getNow();
      r.r2 = scheduler.size();
    }
  }

  /** A timeout is set while the deferred succeeds: nothing is left in the scheduler. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "nothing left")
  @State
  public static class SettingTimeout {
    private final ManualScheduler scheduler = new ManualScheduler();
    private final Deferred<Integer> deferred = new Deferred<>();

    /** Succeeds. */
    @Actor
    public void success() {
      deferred.success(1);
    }

    /** Sets a limit. */
    @Actor
    public void limit() {
      Deferreds.succeedAfter(deferred, scheduler, 5, -1);
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = deferred.getNow();
      r.r2 = scheduler.size();
    }
  }

  /** All of two, realized side by side: the last one decides. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "both values")
  @State
  public static class AllOfTwo {
    private final Deferred<Integer> one = new Deferred<>();
    private final Deferred<Integer> two = new Deferred<>();
    private final Deferred<Object[]> all = Deferreds.all(one, two);

    /** Realizes one. */
    @Actor
    public void one() {
      one.success(1);
    }

    /** Realizes the other. */
    @Actor
    public void two() {
      two.success(2);
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      Object[] values = all.getNow();
      r.r1 = values == null ? -1 : (Integer) values[0];
      r.r2 = values == null ? -1 : (Integer) values[1];
    }
  }

  /** A chain that is built while its source succeeds. */
  @JCStressTest
  @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "the function ran once")
  @State
  public static class Deriving {
    private final Deferred<Integer> source = new Deferred<>();
    private volatile int calls;
    private volatile Deferred<Integer> derived;

    /** Succeeds. */
    @Actor
    public void success() {
      source.success(1);
    }

    /** Derives. */
    @Actor
    public void derive() {
      derived = (Deferred<Integer>) source.thenApply(value -> {
        calls++;
        return value + 1;
      });
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = derived.isRealized() ? derived.getNow() : -1;
      r.r2 = calls;
    }
  }
}

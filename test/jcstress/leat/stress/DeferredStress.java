package leat.stress;

import leat.async.Deferred;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Races for one deferred, with all the outcomes that are right. */
public class DeferredStress {

  /** Something that is not published safely by itself. */
  static final class Box {
    int content;

    Box(int content) {
      this.content = content;
    }
  }

  /** A listener that counts and keeps what it was told: a value, or -1 for an error. */
  static final class Ear implements Deferred.Listener<Integer> {
    int calls;
    int heard;

    @Override
    public void onSuccess(Integer value) {
      calls++;
      heard = value;
    }

    @Override
    public void onError(Throwable error) {
      calls++;
      heard = -1;
    }
  }

  /** A success and an error: one of them decides, and what is read is what it brought. */
  @JCStressTest
  @Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "the success was first")
  @Outcome(id = "false, true, -1", expect = Expect.ACCEPTABLE, desc = "the error was first")
  @State
  public static class SuccessAndError {
    private static final RuntimeException ERROR = new RuntimeException("as planned", null, false, false) { };
    private final Deferred<Integer> deferred = new Deferred<>();

    /** Succeeds. */
    @Actor
    public void success(ZZI_Result r) {
      r.r1 = deferred.success(1);
    }

    /** Fails. */
    @Actor
    public void error(ZZI_Result r) {
      r.r2 = deferred.error(ERROR);
    }

    /** Reads. */
    @Arbiter
    public void read(ZZI_Result r) {
      r.r3 = deferred.errorValue(null) == ERROR ? -1 : deferred.getNow();
    }
  }

  /** Whoever sees that it is realized sees all of the value. */
  @JCStressTest
  @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "not realized yet")
  @Outcome(id = "42", expect = Expect.ACCEPTABLE, desc = "realized, with all of it")
  @State
  public static class Publication {
    private final Deferred<Box> deferred = new Deferred<>();

    /** Succeeds with something fresh. */
    @Actor
    public void success() {
      deferred.success(new Box(42));
    }

    /** Looks. */
    @Actor
    public void look(I_Result r) {
      Box box = deferred.getNow();
      r.r1 = box == null ? 0 : box.content;
    }
  }

  /** A blocking reader gets the value, however late it comes. */
  @JCStressTest
  @Outcome(id = "42", expect = Expect.ACCEPTABLE, desc = "woken, or not in need of it")
  @State
  public static class Waiting {
    private final Deferred<Box> deferred = new Deferred<>();

    /** Succeeds. */
    @Actor
    public void success() {
      deferred.success(new Box(42));
    }

    /** Waits. */
    @Actor
    public void await(I_Result r) {
      r.r1 = deferred.deref().content;
    }
  }

  /** Two successes: one of them decides, and its value is what everybody reads. */
  @JCStressTest
  @Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "the first was first")
  @Outcome(id = "false, true, 2", expect = Expect.ACCEPTABLE, desc = "the second was first")
  @State
  public static class TwoSuccesses {
    private final Deferred<Integer> deferred = new Deferred<>();

    /** Succeeds. */
    @Actor
    public void success(ZZI_Result r) {
      r.r1 = deferred.success(1);
    }

    /** Succeeds too. */
    @Actor
    public void successToo(ZZI_Result r) {
      r.r2 = deferred.success(2);
    }

    /** Reads. */
    @Arbiter
    public void read(ZZI_Result r) {
      r.r3 = deferred.getNow();
    }
  }

  /** A listener that is there and one that is added while it is realized: each is called once, with the value. */
  @JCStressTest
  @Outcome(id = "1, 1, 14", expect = Expect.ACCEPTABLE, desc = "both heard 7, once")
  @State
  public static class Listening {
    private final Deferred<Integer> deferred = new Deferred<>();
    private final Ear one = new Ear();
    private final Ear two = new Ear();

    /** A listener that is there from the start. */
    public Listening() {
      deferred.onRealized(one);
    }

    /** Succeeds. */
    @Actor
    public void success() {
      deferred.success(7);
    }

    /** Listens. */
    @Actor
    public void listen() {
      deferred.onRealized(two);
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r1 = one.calls;
      r.r2 = two.calls;
      r.r3 = one.heard + two.heard;
    }
  }

  /** Two listeners are added side by side: none is lost. */
  @JCStressTest
  @Outcome(id = "1, 1, 14", expect = Expect.ACCEPTABLE, desc = "both heard 7, once")
  @State
  public static class ListeningSideBySide {
    private final Deferred<Integer> deferred = new Deferred<>();
    private final Ear one = new Ear();
    private final Ear two = new Ear();

    /** Listens. */
    @Actor
    public void listen() {
      deferred.onRealized(one);
    }

    /** Listens too. */
    @Actor
    public void listenToo() {
      deferred.onRealized(two);
    }

    /** Realizes and reads. */
    @Arbiter
    public void read(III_Result r) {
      deferred.success(7);
      r.r1 = one.calls;
      r.r2 = two.calls;
      r.r3 = one.heard + two.heard;
    }
  }

  /** A listener is cancelled while the deferred is realized: it is called, or the cancelling says that it is not. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "called; too late to cancel")
  @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "cancelled and never called")
  @State
  public static class Cancelling {
    private final Deferred<Integer> deferred = new Deferred<>();
    private final Ear ear = new Ear();

    /** A listener that is there from the start, below another one. */
    public Cancelling() {
      deferred.onRealized(ear);
      deferred.onRealized(new Ear());
    }

    /** Succeeds. */
    @Actor
    public void success() {
      deferred.success(7);
    }

    /** Cancels. */
    @Actor
    public void cancel(II_Result r) {
      r.r2 = deferred.cancelListener(ear) ? 1 : 0;
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = ear.calls;
    }
  }

  /** One listener is cancelled while another is cancelled and a third is added. */
  @JCStressTest
  @Outcome(id = "0, 0, 1", expect = Expect.ACCEPTABLE, desc = "only the new one is called")
  @State
  public static class CancellingSideBySide {
    private final Deferred<Integer> deferred = new Deferred<>();
    private final Ear one = new Ear();
    private final Ear two = new Ear();
    private final Ear fresh = new Ear();

    /** Two listeners that are there from the start. */
    public CancellingSideBySide() {
      deferred.onRealized(one);
      deferred.onRealized(two);
    }

    /** Cancels the first. */
    @Actor
    public void cancelOne() {
      deferred.cancelListener(one);
    }

    /** Cancels the second, and adds another. */
    @Actor
    public void cancelTwo() {
      deferred.cancelListener(two);
      deferred.onRealized(fresh);
    }

    /** Realizes and reads. */
    @Arbiter
    public void read(III_Result r) {
      deferred.success(7);
      r.r1 = one.calls;
      r.r2 = two.calls;
      r.r3 = fresh.calls;
    }
  }

  /** A listener is cancelled while one is added: the new one is not lost. */
  @JCStressTest
  @Outcome(id = "0, 1, 1", expect = Expect.ACCEPTABLE, desc = "only the others are called")
  @State
  public static class CancellingAndListening {
    private final Deferred<Integer> deferred = new Deferred<>();
    private final Ear one = new Ear();
    private final Ear two = new Ear();
    private final Ear fresh = new Ear();

    /** Two listeners that are there from the start. */
    public CancellingAndListening() {
      deferred.onRealized(one);
      deferred.onRealized(two);
    }

    /** Cancels the lower one, which copies the one above. */
    @Actor
    public void cancelOne() {
      deferred.cancelListener(one);
    }

    /** Listens. */
    @Actor
    public void listen() {
      deferred.onRealized(fresh);
    }

    /** Realizes and reads. */
    @Arbiter
    public void read(III_Result r) {
      deferred.success(7);
      r.r1 = one.calls;
      r.r2 = two.calls;
      r.r3 = fresh.calls;
    }
  }

  /** A claim and a plain success: whoever has the claim decides. */
  @JCStressTest
  @Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "claimed, and realized with the token")
  @Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE, desc = "realized before it could be claimed")
  @State
  public static class Claiming {
    private final Deferred<Integer> deferred = new Deferred<>();

    /** Claims, then succeeds. */
    @Actor
    public void claim(III_Result r) {
      Object token = deferred.claim();
      r.r1 = token != null && deferred.success(1, token) ? 1 : 0;
    }

    /** Succeeds without a claim. */
    @Actor
    public void success(III_Result r) {
      r.r2 = deferred.success(2) ? 1 : 0;
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r3 = deferred.getNow();
    }
  }

  /** Two claims: one token. */
  @JCStressTest
  @Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "the first has it")
  @Outcome(id = "0, 1, 1", expect = Expect.ACCEPTABLE, desc = "the second has it")
  @State
  public static class ClaimingTwice {
    private final Deferred<Integer> deferred = new Deferred<>();
    private final Ear ear = new Ear();
    private volatile Object token;

    /** A listener that is there from the start. */
    public ClaimingTwice() {
      deferred.onRealized(ear);
    }

    private int take() {
      Object claimed = deferred.claim();
      if (claimed != null) {
        token = claimed;
      }
      return claimed != null ? 1 : 0;
    }

    /** Claims. */
    @Actor
    public void claim(III_Result r) {
      r.r1 = take();
    }

    /** Claims too. */
    @Actor
    public void claimToo(III_Result r) {
      r.r2 = take();
    }

    /** Realizes and reads. */
    @Arbiter
    public void read(III_Result r) {
      deferred.success(7, token);
      r.r3 = ear.calls;
    }
  }

  /** A listener that is added while somebody claims is not lost, and the claim holds. */
  @JCStressTest
  @Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "claimed, only the token decides, the listener hears")
  @State
  public static class ClaimingAndListening {
    private final Deferred<Integer> deferred = new Deferred<>();
    private final Ear ear = new Ear();
    private volatile Object token;

    /** Claims. */
    @Actor
    public void claim(III_Result r) {
      token = deferred.claim();
      r.r1 = token != null ? 1 : 0;
    }

    /** Listens. */
    @Actor
    public void listen() {
      deferred.onRealized(ear);
    }

    /** Realizes and reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r2 = deferred.success(1) ? 1 : 0;
      deferred.success(7, token);
      r.r3 = ear.calls == 1 && ear.heard == 7 ? 1 : 0;
    }
  }

  /** Two threads wait for each other's deferred, one with a limit: both are woken. */
  @JCStressTest
  @Outcome(id = "42, 42", expect = Expect.ACCEPTABLE, desc = "both are woken")
  @State
  public static class WaitingTwice {
    private final Deferred<Box> deferred = new Deferred<>();
    private final Deferred<Box> answer = new Deferred<>();

    /** Answers once it has the value. */
    @Actor
    public void answer(II_Result r) {
      deferred.success(new Box(42));
      r.r1 = answer.deref().content;
    }

    /** Waits with a limit, which is never reached, then hands on what it got. */
    @Actor
    public void await(II_Result r) {
      Box box = (Box) deferred.deref(60_000, null);
      r.r2 = box.content;
      answer.success(box);
    }
  }
}

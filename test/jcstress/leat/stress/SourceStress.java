package leat.stress;

import static leat.stress.StreamStress.done;
import static leat.stress.StreamStress.taken;

import java.util.List;
import leat.async.Deferred;
import leat.async.Source;
import leat.async.Sources;
import leat.async.Stream;
import leat.async.Streams;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Races for sources that are no streams, callbacks and transformations. Numbers as in {@link StreamStress}. */
public class SourceStress {

  /** A source that is no stream, with two who take: each value goes to one of them. */
  @JCStressTest
  @Outcome(id = "1, 2, -1", expect = Expect.ACCEPTABLE, desc = "the first was first")
  @Outcome(id = "2, 1, -1", expect = Expect.ACCEPTABLE, desc = "the second was first")
  @State
  public static class TwoTakesOfSequence {
    private final Source<Integer> source = Sources.of(List.of(1, 2));
    private Deferred<Integer> one;
    private Deferred<Integer> two;

    /** Takes. */
    @Actor
    public void take() {
      one = source.take(-1);
    }

    /** Takes too. */
    @Actor
    public void takeToo() {
      two = source.take(-1);
    }

    /** Reads. */
    @Arbiter
    public void read(III_Result r) {
      r.r1 = taken(one);
      r.r2 = taken(two);
      r.r3 = taken(source.take(-1));
    }
  }

  /** Two streams are zipped: a pair comes out, whoever is first. */
  @JCStressTest
  @Outcome(id = "12, -2", expect = Expect.ACCEPTABLE, desc = "one pair")
  @State
  public static class Zip {
    private final Stream<Integer> left = new Stream<>(0);
    private final Stream<Integer> right = new Stream<>(0);
    private final Source<Integer> zipped = Streams.zip(
        values -> (Integer) values[0] + (Integer) values[1], List.of(left, right), null);

    /** Puts. */
    @Actor
    public void put() {
      left.put(10);
    }

    /** Puts too. */
    @Actor
    public void putToo() {
      right.put(2);
    }

    /** Reads. */
    @Arbiter
    public void read(II_Result r) {
      r.r1 = taken(zipped.take(-1));
      r.r2 = taken(zipped.take(-1));
    }
  }

  /** A sequence of sources is closed at its end while a source comes: that one is closed too. */
  @JCStressTest
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "all closed")
  @State
  public static class ConcatAndClose {
    private final Stream<Object> sources = new Stream<>(0);
    private final Stream<Object> inner = new Stream<>(0);
    private volatile boolean isSeen;
    private final Source<Object> all = Streams.concat(value -> {
      isSeen = true;
      return inner;
    }, sources, null);

    /** A source comes. */
    @Actor
    public void come() {
      sources.put(1);
    }

    /** Closes. */
    @Actor
    public void close() {
      all.close();
    }

    /** Reads. If the end was first, the source was never seen. */
    @Arbiter
    public void read(ZZ_Result r) {
      r.r1 = sources.isClosed();
      r.r2 = inner.isClosed() || !isSeen;
    }
  }

  /** Two puts into a stream whose values a callback consumes: it is never called by two threads at once. */
  @JCStressTest
  @Outcome(id = "true, true, 2", expect = Expect.ACCEPTABLE, desc = "one after the other")
  @State
  public static class Consuming {
    private final Stream<Integer> stream = new Stream<>(0);
    private volatile boolean isInside;
    private volatile boolean isAlone = true;
    private int calls;
    private Deferred<Boolean> one;
    private Deferred<Boolean> two;

    /** The callback. */
    public Consuming() {
      Streams.consume(value -> {
        isAlone &= !isInside;
        isInside = true;
        calls++;
        isInside = false;
      }, stream);
    }

    /** Puts. */
    @Actor
    public void put() {
      one = stream.put(1);
    }

    /** Puts too. */
    @Actor
    public void putToo() {
      two = stream.put(2);
    }

    /** Reads. */
    @Arbiter
    public void read(ZZI_Result r) {
      r.r1 = isAlone;
      r.r2 = done(one) == 1 && done(two) == 1;
      r.r3 = calls;
    }
  }

  /** A source that is no stream is connected twice: nothing lost, nothing twice to the same sink, both sinks end. */
  @JCStressTest
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "each value has come out, in order, and the end")
  @State
  public static class ConnectSequenceTwice {
    private final Source<Integer> source = Sources.of(List.of(1, 2));
    private final Stream<Integer> left = new Stream<>(2);
    private final Stream<Integer> right = new Stream<>(2);

    /** Connects. */
    @Actor
    public void connect() {
      source.connect(left);
    }

    /** Connects too. */
    @Actor
    public void connectToo() {
      source.connect(right);
    }

    private static int sum(Stream<Integer> stream) {
      int one = taken(stream.take(-1));
      int two = taken(stream.take(-1));
      // 1, 2 or nothing, or 2 alone, and then the end.
      return one == 1 && two == 2 ? 3 : two != -1 ? -100 : one == 2 ? 2 : one == 1 ? 1 : one == -1 ? 0 : -100;
    }

    /** Reads. */
    @Arbiter
    public void read(ZZ_Result r) {
      int one = sum(left);
      int two = sum(right);
      r.r1 = one >= 0 && two >= 0 && (one | two) == 3;
      r.r2 = left.isDrained() && right.isDrained();
    }
  }
}

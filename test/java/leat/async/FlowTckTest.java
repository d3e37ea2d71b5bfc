package leat.async;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.reactivestreams.tck.flow.FlowSubscriberWhiteboxVerification;
import org.testng.ITestResult;
import org.testng.TestListenerAdapter;
import org.testng.TestNG;

/** The Reactive Streams TCK, a test suite of its own that needs TestNG, as dynamic tests: one for each of its rules. */
class FlowTckTest {

  @TestFactory
  List<DynamicTest> publisher() {
    return run(PublisherTck.class);
  }

  @TestFactory
  List<DynamicTest> publisherOfAStream() {
    return run(StreamPublisherTck.class);
  }

  @TestFactory
  List<DynamicTest> aSourceItself() {
    return run(SourceTck.class);
  }

  @TestFactory
  List<DynamicTest> subscriber() {
    return run(SubscriberTck.class);
  }

  @TestFactory
  List<DynamicTest> subscriberFromWithin() {
    return run(SubscriberWhiteboxTck.class);
  }

  private static List<DynamicTest> run(Class<?> suite) {
    TestListenerAdapter results = new TestListenerAdapter();
    TestNG testng = new TestNG(false);
    testng.setVerbose(0);
    testng.setTestClasses(new Class<?>[] {suite});
    testng.addListener(results);
    testng.run();
    List<DynamicTest> tests = new ArrayList<>();
    tests.add(dynamicTest("there are results", () -> assertTrue(results.getPassedTests().size() > 10)));
    results.getPassedTests().forEach(result -> tests.add(test(result)));
    results.getFailedTests().forEach(result -> tests.add(test(result)));
    // What is skipped there is optional, or cannot be tested: see the reasons of the TCK.
    return tests;
  }

  private static DynamicTest test(ITestResult result) {
    return dynamicTest(result.getMethod().getMethodName(), () -> {
      if (!result.isSuccess()) {
        throw result.getThrowable();
      }
    });
  }

  private static Iterable<Integer> numbers(long count) {
    return () -> new Iterator<>() {
      private long next;

      @Override
      public boolean hasNext() {
        return next < count;
      }

      @Override
      public Integer next() {
        return (int) next++;
      }
    };
  }

  /** A publisher of what is there already. */
  public static final class PublisherTck extends FlowPublisherVerification<Integer> {

    /** For TestNG. */
    public PublisherTck() {
      super(new TestEnvironment());
    }

    @Override
    public Flow.Publisher<Integer> createFlowPublisher(long elements) {
      return Sources.publisher(Sources.of(numbers(elements)));
    }

    @Override
    public Flow.Publisher<Integer> createFailedFlowPublisher() {
      Stream<Integer> failed = new Stream<>(0);
      failed.close(new IllegalStateException("as the test wants it"));
      return Sources.publisher(failed);
    }
  }

  /** A publisher of what another thread puts into a stream. */
  public static final class StreamPublisherTck extends FlowPublisherVerification<Integer> {

    /** For TestNG. */
    public StreamPublisherTck() {
      super(new TestEnvironment());
    }

    @Override
    public Flow.Publisher<Integer> createFlowPublisher(long elements) {
      Stream<Integer> stream = new Stream<>(4);
      Sources.of(numbers(elements).iterator()).connect(stream);
      return Sources.publisher(stream);
    }

    @Override
    public Flow.Publisher<Integer> createFailedFlowPublisher() {
      return null;
    }
  }

  /** A source, which is a publisher without more ado. */
  public static final class SourceTck extends FlowPublisherVerification<Integer> {

    /** For TestNG. */
    public SourceTck() {
      super(new TestEnvironment());
    }

    @Override
    public Flow.Publisher<Integer> createFlowPublisher(long elements) {
      return Streams.map(value -> value, Sources.of(numbers(elements)), "map");
    }

    @Override
    public Flow.Publisher<Integer> createFailedFlowPublisher() {
      Stream<Integer> failed = new Stream<>(0);
      failed.close(new IllegalStateException("as the test wants it"));
      return failed;
    }
  }

  /** The subscriber, as a publisher sees it. */
  public static final class SubscriberTck extends FlowSubscriberBlackboxVerification<Integer> {

    /** For TestNG. */
    public SubscriberTck() {
      super(new TestEnvironment());
    }

    @Override
    public Flow.Subscriber<Integer> createFlowSubscriber() {
      Stream<Integer> stream = new Stream<>(4);
      Streams.consume(value -> { }, stream);
      return Sinks.subscriber(stream);
    }

    @Override
    public Integer createElement(int element) {
      return element;
    }
  }

  /** The subscriber, with what happens within it. */
  public static final class SubscriberWhiteboxTck extends FlowSubscriberWhiteboxVerification<Integer> {

    /** For TestNG. */
    public SubscriberWhiteboxTck() {
      super(new TestEnvironment());
    }

    @Override
    public Integer createElement(int element) {
      return element;
    }

    @Override
    protected Flow.Subscriber<Integer> createFlowSubscriber(WhiteboxSubscriberProbe<Integer> probe) {
      Stream<Integer> stream = new Stream<>(4);
      Streams.consume(value -> { }, stream);
      return new Watched(Sinks.subscriber(stream), probe);
    }

    private record Watched(Flow.Subscriber<Integer> subscriber, WhiteboxSubscriberProbe<Integer> probe)
        implements Flow.Subscriber<Integer> {

      @Override
      public void onSubscribe(Flow.Subscription subscription) {
        subscriber.onSubscribe(subscription);
        probe.registerOnSubscribe(new SubscriberPuppet() {
          @Override
          public void triggerRequest(long elements) {
            subscription.request(elements);
          }

          @Override
          public void signalCancel() {
            subscription.cancel();
          }
        });
      }

      @Override
      public void onNext(Integer value) {
        subscriber.onNext(value);
        probe.registerOnNext(value);
      }

      @Override
      public void onError(Throwable error) {
        subscriber.onError(error);
        probe.registerOnError(error);
      }

      @Override
      public void onComplete() {
        subscriber.onComplete();
        probe.registerOnComplete();
      }
    }
  }
}

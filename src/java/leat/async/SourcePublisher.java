package leat.async;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import leat.bytes.Nullable;

/** Gives what a source gives to one subscriber, at its pace. */
final class SourcePublisher<T> implements Flow.Publisher<T> {

  private final Source<T> source;
  private final AtomicBoolean hasSubscriber = new AtomicBoolean();

  @SuppressWarnings("unchecked")
  SourcePublisher(Source<? extends T> source) {
    this.source = (Source<T>) Objects.requireNonNull(source, "source");
  }

  @Override
  public void subscribe(Flow.Subscriber<? super T> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    if (hasSubscriber.compareAndSet(false, true)) {
      new Feed<>(source, subscriber).begin();
    } else {
      subscriber.onSubscribe(new Flow.Subscription() {
        @Override
        public void request(long count) {
          // There is nothing to be had.
        }

        @Override
        public void cancel() {
          // There is nothing to cancel.
        }
      });
      subscriber.onError(new IllegalStateException("Expected one subscriber of a source, actual a second one."));
    }
  }

  /**
   * The one subscription. Whoever brings the counter of work from 0 to 1 does the work until the counter is 0 again, so
   * the subscriber is called by one thread at a time, and never from within its own call. A subscriber that throws gets
   * nothing more (rule 2.13), and is the end of the source.
   */
  private static final class Feed<T> implements Deferred.Listener<Object>, Flow.Subscription {
    private static final Object DRAINED = new Object();
    private static final Object NOTHING = new Object();

    private record Failed(Throwable error) {
    }

    private final Source<Object> source;
    private final AtomicLong demand = new AtomicLong();
    private final AtomicInteger work = new AtomicInteger(1);
    private volatile @Nullable Flow.Subscriber<? super T> subscriber;
    private volatile @Nullable Throwable misuse;

    // Owned by whoever works; what has come is handed over through the counter.
    private boolean isTaking;
    private volatile @Nullable Object arrived = NOTHING;

    @SuppressWarnings("unchecked")
    Feed(Source<T> source, Flow.Subscriber<? super T> subscriber) {
      this.source = (Source<Object>) source;
      this.subscriber = subscriber;
    }

    void begin() {
      try {
        subscriber.onSubscribe(this);
      } catch (Throwable thrown) {
        broken(thrown);
      }
      source.onDrained(this::turn);
      doWork();
    }

    @Override
    public void request(long count) {
      if (count <= 0) {
        misuse = new IllegalArgumentException("Expected a demand of 1 or more (rule 3.9), actual " + count + ".");
      } else {
        demand.accumulateAndGet(count, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
      }
      turn();
    }

    @Override
    public void cancel() {
      subscriber = null;
      source.close();
    }

    private void turn() {
      if (work.getAndIncrement() == 0) {
        doWork();
      }
    }

    private void doWork() {
      int seen = work.get();
      do {
        try {
          step();
        } catch (Throwable thrown) {
          broken(thrown);
        }
        seen = work.addAndGet(-seen);
      } while (seen != 0);
    }

    private void broken(Throwable thrown) {
      Log.thrown("A subscriber", thrown);
      subscriber = null;
      Pipe.closeSafely(source, thrown);
    }

    private void step() {
      if (misuse != null) {
        end(misuse);
      }
      while (subscriber != null) {
        if (isTaking) {
          Object value = arrived;
          if (value == NOTHING) {
            return;
          }
          arrived = NOTHING;
          isTaking = false;
          give(value);
        } else if (demand.get() > 0) {
          isTaking = true;
          take();
        } else {
          if (source.isDrained()) {
            end(source.closeCause());
          }
          return;
        }
      }
    }

    private void take() {
      Deferred<Object> next;
      try {
        next = source.take(DRAINED);
      } catch (Throwable thrown) {
        end(thrown);
        return;
      }
      Notice.add(next, this);
    }

    @SuppressWarnings("unchecked")
    private void give(@Nullable Object value) {
      Flow.Subscriber<? super T> to = subscriber;
      if (to == null) {
        return;
      }
      if (value == DRAINED) {
        end(source.closeCause());
      } else if (value instanceof Failed failed) {
        end(failed.error);
      } else if (value == null) {
        end(new NullPointerException("Expected no null from a source that is published (rule 2.13)."));
      } else {
        demand.updateAndGet(left -> left == Long.MAX_VALUE ? left : left - 1);
        to.onNext((T) value);
      }
    }

    private void end(@Nullable Throwable error) {
      Flow.Subscriber<? super T> to = subscriber;
      subscriber = null;
      if (to == null) {
        return;
      }
      if (error == null) {
        to.onComplete();
      } else {
        source.close(error);
        to.onError(error);
      }
    }

    @Override
    public void onSuccess(@Nullable Object value) {
      arrived = value;
      turn();
    }

    @Override
    public void onError(Throwable error) {
      arrived = new Failed(error);
      turn();
    }
  }
}

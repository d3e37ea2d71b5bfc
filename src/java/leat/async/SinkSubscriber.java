package leat.async;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import leat.bytes.Nullable;

/** Puts what a publisher gives into a sink, and asks for one more value each time one has found its place. */
final class SinkSubscriber<T> implements Flow.Subscriber<T> {

  private static final int AHEAD = 16;

  private final Sink<? super T> sink;
  private final AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();
  /** Set when the publisher has ended the sequence: the subscription is over, and must not be called from there. */
  private volatile boolean isOver;

  SinkSubscriber(Sink<? super T> sink) {
    this.sink = Objects.requireNonNull(sink, "sink");
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    Objects.requireNonNull(given, "subscription");
    if (!subscription.compareAndSet(null, given)) {
      given.cancel();
      return;
    }
    sink.onClosed(() -> cancel(given));
    if (!sink.isClosed()) {
      given.request(AHEAD);
    }
  }

  @Override
  public void onNext(T value) {
    Flow.Subscription from = subscription.get();
    Deferred<Boolean> put = sink.put(Objects.requireNonNull(value, "value"));
    if (put.isRealized() && Boolean.TRUE.equals(put.getNow())) {
      from.request(1);
    } else {
      Notice.add(put, taken -> {
        if (Boolean.TRUE.equals(taken) && !isOver) {
          from.request(1);
        } else {
          cancel(from);
        }
      }, error -> {
        cancel(from);
        sink.close(error);
      });
    }
  }

  private void cancel(Flow.Subscription which) {
    if (!isOver) {
      which.cancel();
    }
  }

  @Override
  public void onError(Throwable error) {
    Objects.requireNonNull(error, "error");
    isOver = true;
    sink.close(error);
  }

  @Override
  public void onComplete() {
    isOver = true;
    sink.close();
  }
}

package leat.clj;

import clojure.lang.IFn;
import java.util.function.Consumer;
import leat.async.Description;
import leat.async.SerialSink;

/** A sink into a channel of core.async, which Clojure hands over as functions. */
public final class ChannelSink extends SerialSink<Object> {

  private final IFn offer;
  private final IFn put;
  private final IFn close;

  /**
   * Makes a sink.
   *
   * @param offer takes a value; returns true if it is in the channel, false if that is closed, nil if there is no room
   * @param put   takes a value, a {@link Consumer} to be given true, false if the channel is closed, or nil if the put
   *     was withdrawn, and the deferred that is realized when the put is not wanted any more
   * @param close closes the channel
   */
  public ChannelSink(IFn offer, IFn put, IFn close) {
    this.offer = offer;
    this.put = put;
    this.close = close;
  }

  private static Outcome outcome(Object answer) {
    return answer == null ? Outcome.NOT_NOW : Boolean.FALSE.equals(answer) ? Outcome.CLOSED : Outcome.TAKEN;
  }

  @Override
  protected Outcome tryPush(Object value) {
    return outcome(offer.invoke(value));
  }

  @Override
  protected Outcome push(Object value) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void pushLater(Object value, Consumer<Outcome> done) {
    Consumer<Object> answer = given -> done.accept(outcome(given));
    put.invoke(value, answer, waiting());
  }

  @Override
  protected void onEnd() {
    close.invoke();
  }

  @Override
  public boolean isSynchronous() {
    return false;
  }

  @Override
  public Description description() {
    return Description.sink("core.async", isClosed(), -1, -1);
  }
}

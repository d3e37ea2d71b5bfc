package leat.clj;

import clojure.lang.IFn;
import java.util.function.Consumer;
import leat.async.Description;
import leat.async.SerialSource;

/** A source of what is put into a channel of core.async, which Clojure hands over as functions. */
public final class ChannelSource extends SerialSource<Object> {

  /** What a take gives when the channel is closed and empty. */
  public static final Object CLOSED = END;

  /** What a take gives when it was withdrawn. */
  public static final Object WITHDRAWN = NOT_NOW;

  private final IFn poll;
  private final IFn take;
  private final IFn close;

  /**
   * Makes a source.
   *
   * @param poll  returns a value if there is one, else nil
   * @param take  takes a {@link Consumer} to give the next value to, and the deferred that is realized when it is not
   *     wanted any more
   * @param close closes the channel
   */
  public ChannelSource(IFn poll, IFn take, IFn close) {
    this.poll = poll;
    this.take = take;
    this.close = close;
  }

  @Override
  protected Object tryPull() {
    Object value = poll.invoke();
    return value == null ? NOT_NOW : value;
  }

  @Override
  protected Object pull() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void pullLater(Consumer<Object> done) {
    take.invoke(done, waiting());
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
    return Description.source("core.async", isDrained(), -1);
  }
}

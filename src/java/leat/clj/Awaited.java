package leat.clj;

import java.util.concurrent.CancellationException;
import leat.async.Deferred;

/**
 * What stands for something else that may come, such as a promise of Clojure or the next value of a channel. Once nobody
 * waits for this any more, it is cancelled, and whoever waits on its behalf stops.
 */
public final class Awaited extends Deferred<Object> {

  /** Makes a pending deferred. */
  public Awaited() {
  }

  /** A cancellation is not reported as an error that was dropped. */
  @Override
  protected void onAbandoned(Throwable why) {
    error(why instanceof CancellationException ? why
        : new CancellationException("Nobody waited any more for what stands behind this deferred."));
  }
}

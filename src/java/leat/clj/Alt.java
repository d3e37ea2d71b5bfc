package leat.clj;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import leat.async.Deferred;
import leat.async.Deferreds;
import leat.bytes.Nullable;

/** The first of several. */
public final class Alt {

  private Alt() {
  }

  /**
   * Returns a deferred with the value or error that is there first; if several are there, each is as likely.
   *
   * @param coerce  whether to wait for what is no deferred but can become one
   * @param sources values, or what to wait for
   * @return a new deferred, or if one of the sources is realized already, it may be that
   * @throws IllegalArgumentException if there are no sources
   */
  public static Deferred<?> alt(boolean coerce, Object[] sources) {
    if (sources.length == 0) {
      throw new IllegalArgumentException("Expected at least one value for alt.");
    }
    List<Deferred<?>> pending = new ArrayList<>(sources.length);
    Object chosen = null;
    int there = 0;
    for (Object source : sources) {
      Deferred<?> deferred = deferred(coerce, source);
      if (deferred != null && !deferred.isRealized()) {
        pending.add(deferred);
      } else {
        there++;
        if (there == 1 || ThreadLocalRandom.current().nextInt(there) == 0) {
          chosen = deferred == null ? source : deferred;
        }
      }
    }
    return there > 0 ? Chain.chain(coerce, chosen) : Deferreds.any(new DerivedPromise(), pending);
  }

  private static @Nullable Deferred<?> deferred(boolean coerce, @Nullable Object source) {
    if (coerce) {
      return Coerce.toDeferred(source);
    }
    return source instanceof Deferred<?> deferred ? deferred : null;
  }
}

package leat.clj;

import leat.async.Deferred;
import leat.async.Failure;
import leat.bytes.Nullable;

/** A deferred as Clojure code makes it that is realized from the start: {@code deliver} comes too late, and returns null. */
public final class Settled extends Deferred<Object> implements OneArgument {

  /**
   * Makes one that has succeeded.
   *
   * @param value its value
   */
  public Settled(@Nullable Object value) {
    super(value);
  }

  /**
   * Makes one that has failed.
   *
   * @param error what went wrong, which nobody has seen yet
   * @return the deferred
   */
  public static Settled because(Throwable error) {
    return new Settled(new Failure(error).watched());
  }

  @Override
  public @Nullable Object invoke(@Nullable Object value) {
    return null;
  }
}

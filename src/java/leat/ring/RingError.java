package leat.ring;

import clojure.lang.ExceptionInfo;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import leat.bytes.Nullable;

/** The errors of this package: one constructor function for each. */
final class RingError {
  private static final Keyword ERROR = Keyword.intern("leat", "error");
  private static final Keyword MALFORMED = Keyword.intern("malformed-response");
  private static final Keyword BLOCKED = Keyword.intern("would-block");
  private static final Keyword FAILED = Keyword.intern("raised");
  private static final int SHOWN_CHARS = 60;

  private RingError() {}

  /** What a handler gave is not what Ring's SPEC wants. */
  static RuntimeException malformed(String expected, @Nullable Object actual) {
    return error("Malformed response: expected " + expected + ", got " + describe(actual), MALFORMED);
  }

  /** Something that only blocking can read came up on an event loop. */
  static RuntimeException wouldBlock(Object pending) {
    return error("A handler on an event loop must not block: expected a leat deferred or a CompletionStage, got "
        + pending.getClass().getName(), BLOCKED);
  }

  /** An asynchronous handler raised something that is no Throwable. */
  static RuntimeException raised(@Nullable Object actual) {
    return error("The handler raised " + describe(actual), FAILED);
  }

  private static ExceptionInfo error(String message, Keyword kind) {
    return new ExceptionInfo(message, PersistentArrayMap.EMPTY.assoc(ERROR, kind));
  }

  /** A short text on a value: never the whole of a large one, nor a walk through a lazy one. */
  static String describe(@Nullable Object value) {
    if (value == null) {
      return "nil";
    }
    String type = " (" + value.getClass().getName() + ")";
    if (value instanceof String text) {
      return '"' + shorten(text) + '"' + type;
    }
    if (value instanceof Number || value instanceof Keyword || value instanceof Boolean) {
      return value + type;
    }
    return "a value of " + value.getClass().getName();
  }

  /** A text of bounded length. */
  static String shorten(String text) {
    return text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "..." : text;
  }
}

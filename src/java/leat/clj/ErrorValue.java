package leat.clj;

import clojure.lang.ExceptionInfo;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import clojure.lang.Var;
import leat.bytes.Nullable;

/**
 * An error that is no {@link Throwable}: a deferred in Clojure may fail with any value. Handlers get the value; whoever
 * dereferences the deferred gets this, an {@code ex-info} with the value as {@code :error}.
 */
public final class ErrorValue extends ExceptionInfo {

  private static final long serialVersionUID = 1L;

  private static final Var PRINT_LENGTH = RT.var("clojure.core", "*print-length*");
  private static final Var PRINT_LEVEL = RT.var("clojure.core", "*print-level*");

  /** How many characters of a value the message shows. */
  private static final int MAX_LENGTH = 80;

  private final transient @Nullable Object value;

  private ErrorValue(@Nullable Object value) {
    super("The deferred failed with a value that is no Throwable.",
        PersistentArrayMap.createAsIfByAssoc(new Object[] {Keyword.intern("error"), value}));
    this.value = value;
  }

  /**
   * Returns what a deferred can fail with.
   *
   * @param error any value
   * @return the value itself if it is a throwable, else an {@code ErrorValue} of it
   */
  public static Throwable wrap(@Nullable Object error) {
    return error instanceof Throwable throwable ? throwable : new ErrorValue(error);
  }

  /** Says what the value is, if it comes to that: in a few words, and only when somebody asks. */
  @Override
  public String getMessage() {
    return "The deferred failed with " + shortly(value) + ", which is no Throwable.";
  }

  private static String shortly(@Nullable Object value) {
    Var.pushThreadBindings(RT.map(PRINT_LENGTH, 10, PRINT_LEVEL, 3));
    try {
      String text = RT.printString(value);
      return text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "...";
    } catch (RuntimeException thrown) {
      return "a " + value.getClass().getName();
    } finally {
      Var.popThreadBindings();
    }
  }

  /**
   * Undoes {@link #wrap}.
   *
   * @param error the error of a deferred
   * @return what the handlers of Clojure code get
   */
  public static @Nullable Object raw(@Nullable Throwable error) {
    return error instanceof ErrorValue wrapped ? wrapped.value : error;
  }
}

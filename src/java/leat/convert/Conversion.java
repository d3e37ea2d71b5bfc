package leat.convert;

import clojure.lang.ILookup;
import leat.bytes.Nullable;

/**
 * A way from one type to another in one step.
 *
 * @param function what does it
 * @param cost     what it costs, 0 or more; the sum of a path is what counts
 * @param isLifted whether it has been derived from the conversion of elements, and gives way to one for the whole
 */
public record Conversion(Step function, double cost, boolean isLifted) {

  /** What converts. */
  @FunctionalInterface
  public interface Step {

    /**
     * Converts a value.
     *
     * @param x       the value
     * @param options a map of options, or null for none
     * @return what it has become
     * @throws Exception if it cannot be converted
     */
    @Nullable Object apply(Object x, @Nullable ILookup options) throws Exception;
  }
}

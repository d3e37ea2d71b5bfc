package leat.convert;

import clojure.lang.ILookup;
import clojure.lang.ISeq;
import clojure.lang.PersistentVector;
import clojure.lang.Util;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import leat.async.Source;
import leat.bytes.Nullable;

/** Conversions one after another. Immutable. */
public final class Path {

  /** One step of a path. */
  record Leg(Type from, Type to, Conversion.Step step) {
  }

  private final Leg[] legs;
  private final double cost;

  Path(List<Leg> legs, double cost) {
    this.legs = legs.toArray(new Leg[0]);
    this.cost = cost;
  }

  /**
   * Returns what the whole path costs.
   *
   * @return the sum of the costs of its conversions
   */
  public double cost() {
    return cost;
  }

  /**
   * Returns the types along this path.
   *
   * @return a vector with one vector of two types, in the form in which people write them, for each conversion
   */
  public List<?> forms() {
    List<Object> forms = new ArrayList<>();
    for (Leg leg : legs) {
      forms.add(PersistentVector.create(leg.from().form(), leg.to().form()));
    }
    return PersistentVector.create(forms);
  }

  /**
   * Converts a value. What is opened on the way is closed: when the result is, or when it is exhausted, or at once if it
   * is neither lazy nor can be closed.
   *
   * @param x       the value
   * @param options a map of options, or null for none
   * @return what it has become
   */
  public @Nullable Object convert(Object x, @Nullable ILookup options) {
    try {
      return switch (legs.length) {
        case 0 -> x;
        case 1 -> legs[0].step().apply(x, options);
        default -> convertInSteps(x, options);
      };
    } catch (Exception e) {
      throw Util.sneakyThrow(e);
    }
  }

  private @Nullable Object convertInSteps(Object x, @Nullable ILookup options) throws Exception {
    List<Closeable> opened = null;
    Object current = x;
    try {
      for (Leg leg : legs) {
        if (current instanceof Closeable closeable) {
          opened = opened == null ? new ArrayList<>(2) : opened;
          opened.add(closeable);
        }
        current = leg.step().apply(current, options);
      }
    } catch (Throwable e) {
      close(opened);
      throw e;
    }
    return opened == null || current instanceof Closeable ? current : closing(current, opened);
  }

  private static @Nullable Object closing(@Nullable Object result, List<Closeable> opened) {
    if (result instanceof ISeq seq) {
      return ClosingSeq.of(seq, () -> close(opened));
    }
    if (result instanceof Source<?> source) {
      source.onDrained(() -> close(opened));
      return result;
    }
    close(opened);
    return result;
  }

  /** Closes in the order in which they were opened: whoever reads from another comes later, and closes that first itself. */
  private static void close(@Nullable List<Closeable> opened) {
    if (opened == null) {
      return;
    }
    for (Closeable each : opened) {
      try {
        each.close();
      } catch (Exception e) {
        // The bytes have been read: there is nothing to lose any more.
        continue;
      }
    }
  }

  @Override
  public String toString() {
    return "Path" + forms();
  }
}

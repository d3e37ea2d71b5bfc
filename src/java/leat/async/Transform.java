package leat.async;

import java.util.function.Consumer;
import leat.bytes.Nullable;

/**
 * Makes no, one or many values of each value that comes, as a transducer does. It may keep some back until the end. It
 * belongs to one stream, which calls it for one value at a time.
 */
public interface Transform {

  /**
   * Takes a value.
   *
   * @param value what has been put
   * @param out   takes what comes of it
   * @return false if nothing more is wanted
   */
  boolean step(@Nullable Object value, Consumer<Object> out);

  /**
   * Takes note that no value will come any more.
   *
   * @param out takes what has been kept back
   */
  void finish(Consumer<Object> out);
}

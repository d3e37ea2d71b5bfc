package leat.convert;

import clojure.lang.ILookup;
import clojure.lang.Keyword;
import clojure.lang.Named;
import clojure.lang.RT;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import leat.bytes.Nullable;

/** What the options of conversions say. */
final class Settings {
  private static final Keyword CHUNK_SIZE = Keyword.intern("chunk-size");
  private static final Keyword DIRECT = Keyword.intern("direct?");
  private static final Keyword ENCODING = Keyword.intern("encoding");
  private static final Keyword ON_ERROR = Keyword.intern("on-encoding-error");
  private static final Keyword APPEND = Keyword.intern("append?");
  private static final Keyword WRITABLE = Keyword.intern("writable?");

  private Settings() {
  }

  private static @Nullable Object value(@Nullable ILookup options, Keyword key) {
    return options == null ? null : options.valAt(key);
  }

  /** Returns how many bytes or characters a chunk has. */
  static int chunkSize(@Nullable ILookup options, int otherwise) {
    Object size = value(options, CHUNK_SIZE);
    if (size == null) {
      return otherwise;
    }
    int count = RT.intCast(size);
    if (count < 1) {
      throw new IllegalArgumentException("Expected :chunk-size >= 1, actual " + count + ".");
    }
    return count;
  }

  static boolean hasChunkSize(@Nullable ILookup options) {
    return value(options, CHUNK_SIZE) != null;
  }

  /** Returns whether buffers are to lie outside of the heap. */
  static boolean isDirect(@Nullable ILookup options) {
    return RT.booleanCast(value(options, DIRECT));
  }

  /** Returns whether what is written to a file goes to its end, which is the default. */
  static boolean isAppending(@Nullable ILookup options) {
    Object append = value(options, APPEND);
    return append == null || RT.booleanCast(append);
  }

  /** Returns whether the file may be changed through its mapping. */
  static boolean isWritable(@Nullable ILookup options) {
    return RT.booleanCast(value(options, WRITABLE));
  }

  static Charset charset(@Nullable ILookup options) {
    Object encoding = value(options, ENCODING);
    if (encoding == null) {
      return StandardCharsets.UTF_8;
    }
    if (encoding instanceof Charset charset) {
      return charset;
    }
    return Charset.forName(encoding instanceof Named named ? named.getName() : encoding.toString());
  }

  /** Returns whether what is no text in the character set is replaced, as {@link String} does it. */
  static boolean isReplacing(@Nullable ILookup options) {
    return options == null || onError(options) == CodingErrorAction.REPLACE;
  }

  static CodingErrorAction onError(@Nullable ILookup options) {
    Object action = value(options, ON_ERROR);
    if (action == null) {
      return CodingErrorAction.REPLACE;
    }
    return switch (action instanceof Keyword keyword ? keyword.getName() : "") {
      case "report" -> CodingErrorAction.REPORT;
      case "ignore" -> CodingErrorAction.IGNORE;
      case "replace" -> CodingErrorAction.REPLACE;
      default -> throw new IllegalArgumentException(
          "Expected :report, :ignore or :replace as :on-encoding-error, actual " + RT.printString(action) + ".");
    };
  }
}

package leat.clj;

import clojure.lang.EdnReader;
import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentSet;
import clojure.lang.IPersistentVector;
import clojure.lang.Keyword;
import clojure.lang.PersistentHashMap;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackReader;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import leat.bytes.Nullable;

/**
 * Checks the options of the functions that take any, and fills in defaults, as the tables in
 * {@code leat/impl/options/*.edn} say, a file for each namespace. A row of a table is {@code [key kind default unit doc]}.
 *
 * <p>This is in Java, and the tables are data that is read, so that it takes no time to load; what is said of options that
 * are wrong stands in the Clojure namespace {@code leat.impl.options}, which is loaded when it is needed.
 */
public final class Options {
  private static final Keyword NONE = Keyword.intern("none");

  /** By the names of namespaces. */
  private static final Map<String, List<?>> TABLES = new ConcurrentHashMap<>();

  private Options() {
  }

  private static List<?> read(String namespace) {
    String file = "/" + namespace.replaceFirst("^leat\\.", "leat/impl/options/").replace('-', '_') + ".edn";
    try (InputStream in = Options.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalArgumentException("Expected a namespace with options, actual " + namespace + ".");
      }
      return (List<?>) EdnReader.read(
          new PushbackReader(new InputStreamReader(in, StandardCharsets.UTF_8)), PersistentHashMap.EMPTY);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns the tables of a namespace.
   *
   * @param namespace such as {@code leat.http}
   * @return {@code [[function [[topic [row ...]] ...]] ...]}
   * @throws IllegalArgumentException if it has none
   */
  public static List<?> tables(String namespace) {
    return TABLES.computeIfAbsent(namespace, Options::read);
  }

  /**
   * Returns the rows of a table.
   *
   * @param function the qualified name of a function
   * @return its topics with their rows, {@code [[topic [row ...]] ...]}
   * @throws IllegalArgumentException if there is no such table
   */
  public static List<?> table(Symbol function) {
    for (Object each : tables(function.getNamespace())) {
      if (((List<?>) each).get(0).equals(function)) {
        return (List<?>) ((List<?>) each).get(1);
      }
    }
    throw new IllegalArgumentException("Expected a function that takes options, actual " + function + ".");
  }

  /**
   * Returns the options with the defaults filled in. A nil stands for the default, unless it is of the option's kind.
   * Throws an ExceptionInfo with {@code :leat/error} for a key that the table does not have, which names the nearest one,
   * and for a value that is not of its kind.
   *
   * @param function the qualified name of the function that takes them
   * @param options  a map, or null for none
   * @return every option of the function, by keyword
   */
  public static IPersistentMap check(Symbol function, @Nullable Object options) {
    if (options != null && !(options instanceof IPersistentMap)) {
      throw error("malformed-options", function, options);
    }
    IPersistentMap given = options == null ? PersistentHashMap.EMPTY : (IPersistentMap) options;
    IPersistentMap checked = PersistentHashMap.EMPTY;
    int known = 0;
    for (Object topic : table(function)) {
      for (Object each : (List<?>) ((List<?>) topic).get(1)) {
        IPersistentVector row = (IPersistentVector) each;
        Object key = row.nth(0);
        Object value = given.valAt(key);
        if (given.containsKey(key)) {
          known++;
        }
        if (given.containsKey(key) && isValid(row.nth(1), value)) {
          checked = checked.assoc(key, value);
        } else if (value == null) {
          checked = checked.assoc(key, row.nth(2));
        } else {
          throw error("malformed-option", function, row, value);
        }
      }
    }
    if (known < given.count()) {
      for (Object entry : given) {
        Object key = ((Map.Entry<?, ?>) entry).getKey();
        if (!checked.containsKey(key)) {
          throw error("unknown-option", function, key);
        }
      }
    }
    return checked;
  }

  /**
   * Checks that exactly one of some options is given. Throws an ExceptionInfo with {@code :leat/error} if not.
   *
   * @param function the qualified name of the function that takes them
   * @param options  the options
   * @param keys     the options of which one must not be nil
   */
  public static void checkOneOf(Symbol function, IPersistentMap options, List<?> keys) {
    int given = 0;
    for (Object key : keys) {
      if (options.valAt(key) != null) {
        given++;
      }
    }
    if (given != 1) {
      throw error("not-one-of", function, options, keys);
    }
  }

  private static boolean isValid(Object kind, @Nullable Object value) {
    if (kind instanceof IPersistentSet values) {
      return value != null && values.contains(value);
    }
    return kind instanceof IPersistentVector range
        ? isWithin(range.nth(0), range.nth(1), value)
        : isOfKind(((Keyword) kind).getName(), value);
  }

  private static boolean isWithin(Object from, @Nullable Object to, @Nullable Object value) {
    boolean isInteger = value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
    return isInteger && ((Number) value).longValue() >= ((Number) from).longValue()
        && (to == null || ((Number) value).longValue() <= ((Number) to).longValue());
  }

  private static boolean isOfKind(String kind, @Nullable Object value) {
    return switch (kind) {
      case "string" -> isText(value);
      case "text?" -> value == null || value.equals(false) || isText(value);
      case "boolean" -> value instanceof Boolean;
      case "function" -> value instanceof IFn;
      case "continue" -> value instanceof Boolean || value instanceof IFn;
      case "executor" -> value == null || value == NONE || value instanceof Executor;
      case "executor?" -> value == null || value instanceof Executor;
      case "number" -> value instanceof Number;
      case "anything" -> true;
      case "address" -> value instanceof SocketAddress;
      case "listening" -> value instanceof ServerSocketChannel;
      case "path" -> value instanceof String || value instanceof File || value instanceof Path;
      case "map" -> value instanceof Map;
      case "password" -> value instanceof List<?> pair && pair.size() == 2;
      case "classes" -> value instanceof Iterable<?> all && onlyClasses(all);
      case "charset" -> isCharset(value);
      case "any" -> value != null;
      case "strings" -> value instanceof Collection<?> all && all.stream().allMatch(Options::isText);
      default -> throw new IllegalStateException("Expected a kind of options, actual " + kind + ".");
    };
  }

  /**
   * Returns a kind in words.
   *
   * @param kind the second element of a row
   * @return what it takes, such as "a function"
   */
  public static String inWords(Object kind) {
    if (kind instanceof IPersistentVector range) {
      return range.nth(1) == null
          ? "an integer of " + range.nth(0) + " or more"
          : "an integer from " + range.nth(0) + " to " + range.nth(1);
    }
    if (kind instanceof IPersistentSet values) {
      return ((List<?>) RT.var("clojure.core", "sort-by").invoke(RT.var("clojure.core", "pr-str"), values)).stream()
          .map(RT::printString).collect(Collectors.joining(" or "));
    }
    return switch (((Keyword) kind).getName()) {
      case "string" -> "a string that is not empty";
      case "text?" -> "a string that is not empty; false or nil for none";
      case "boolean" -> "true or false";
      case "function" -> "a function";
      case "continue" -> "a function, true or false";
      case "executor" -> "a java.util.concurrent.Executor, :none or nil";
      case "executor?" -> "a java.util.concurrent.Executor or nil";
      case "number" -> "a number";
      case "anything" -> "anything";
      case "address" -> "a java.net.SocketAddress";
      case "listening" -> "a java.nio.channels.ServerSocketChannel";
      case "path" -> "a path: a string, java.io.File or java.nio.file.Path";
      case "map" -> "a map";
      case "password" -> "a vector of :salted or :cached, and a string";
      case "classes" -> "a collection of classes";
      case "charset" -> "the name of a character set, or a java.nio.charset.Charset";
      case "any" -> "see the text";
      case "strings" -> "a collection of strings";
      default -> throw new IllegalStateException("Expected a kind of options, actual " + kind + ".");
    };
  }

  private static boolean isCharset(@Nullable Object value) {
    try {
      return value instanceof Charset || value instanceof String name && Charset.isSupported(name);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean onlyClasses(Iterable<?> all) {
    for (Object each : all) {
      if (!(each instanceof Class)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isText(@Nullable Object value) {
    return value instanceof String text && !text.isEmpty();
  }

  /** Asks the function of leat.impl.options with that name for an exception. */
  private static RuntimeException error(String name, Object... arguments) {
    Object function = RT.var("clojure.core", "requiring-resolve").invoke(Symbol.intern("leat.impl.options", name));
    return (RuntimeException) ((Var) function).applyTo(RT.seq(arguments));
  }
}

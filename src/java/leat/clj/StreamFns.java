package leat.clj;

import clojure.lang.AFn;
import clojure.lang.IFn;
import clojure.lang.ArraySeq;
import clojure.lang.LazilyPersistentVector;
import clojure.lang.PersistentVector;
import clojure.lang.RT;
import clojure.lang.Reduced;
import clojure.lang.RestFn;
import java.lang.reflect.Method;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import leat.async.Node;
import leat.async.Sink;
import leat.async.Source;
import leat.async.Streams;
import leat.async.Transform;
import leat.bytes.Nullable;

/**
 * Clojure functions as the functions that the streams of Java take, and arguments as what they have to be. What is
 * something else is an IllegalArgumentException that says what was expected where.
 */
public final class StreamFns {

  /** Whether a class of functions can be called with the cause of an end only, and not without. */
  private static final ClassValue<Boolean> WANTS_CAUSE = new ClassValue<>() {
    @Override
    protected Boolean computeValue(Class<?> type) {
      boolean one = false;
      for (Class<?> each = type; each != null && each != AFn.class && each != RestFn.class;
          each = each.getSuperclass()) {
        for (Method method : each.getDeclaredMethods()) {
          if (method.getName().equals("invoke")) {
            if (method.getParameterCount() == 0) {
              return false;
            }
            one |= method.getParameterCount() == 1;
          }
        }
      }
      return one && !RestFn.class.isAssignableFrom(type);
    }
  };

  private StreamFns() {
  }

  /**
   * Returns a sink as what it is.
   *
   * @param x      a sink
   * @param caller the Clojure function that got it
   * @return {@code x}
   * @throws IllegalArgumentException if {@code x} is something else
   */
  public static Sink<?> sink(@Nullable Object x, String caller) {
    if (x instanceof Sink<?> sink) {
      return sink;
    }
    throw wrong("sink", x, caller);
  }

  /**
   * Returns a source as what it is.
   *
   * @param x      a source
   * @param caller the Clojure function that got it
   * @return {@code x}
   * @throws IllegalArgumentException if {@code x} is something else
   */
  public static Source<?> source(@Nullable Object x, String caller) {
    if (x instanceof Source<?> source) {
      return source;
    }
    throw wrong("source", x, caller);
  }

  /**
   * Returns a source or a sink as what it is.
   *
   * @param x      a source or a sink
   * @param caller the Clojure function that got it
   * @return {@code x}
   * @throws IllegalArgumentException if {@code x} is something else
   */
  public static Node node(@Nullable Object x, String caller) {
    if (x instanceof Node node) {
      return node;
    }
    throw wrong("stream", x, caller);
  }

  private static IllegalArgumentException wrong(String expected, @Nullable Object x, String caller) {
    String actual = nameOf(x);
    String advice = ".";
    if (x instanceof Sink) {
      actual = "a sink (" + actual + ")";
      advice = caller.equals("drained?") ? "; closed? tells whether it is closed."
          : caller.equals("on-drained") ? "; on-closed takes a sink." : ": take from the stream that it goes into.";
    } else if (x instanceof Source) {
      actual = "a source (" + actual + ")";
      advice = caller.equals("closed?") ? "; drained? tells whether it is at its end."
          : ": put into the stream that it comes from.";
    } else if (!expected.equals("sink") && can("sourceable?", x)) {
      advice = "; leat.stream/->source makes one of it.";
    } else if (!expected.equals("source") && can("sinkable?", x)) {
      advice = "; leat.stream/->sink makes one of it.";
    }
    return new IllegalArgumentException("Expected a " + expected + " for " + caller + ", actual " + actual + advice);
  }

  private static boolean can(String predicate, @Nullable Object x) {
    return RT.booleanCast(RT.var("leat.stream", predicate).invoke(x));
  }

  /**
   * Returns what an error calls {@code x}: the name of its class.
   *
   * @param x what came
   * @return the name, or "nil"
   */
  public static String nameOf(@Nullable Object x) {
    return x == null ? "nil" : x.getClass().getTypeName();
  }

  /**
   * Returns a function as what it is.
   *
   * @param f     a function
   * @param place where it stands, such as "first argument of map"
   * @return {@code f}
   * @throws IllegalArgumentException if {@code f} is something else
   */
  public static IFn fn(@Nullable Object f, String place) {
    if (f instanceof IFn function) {
      return function;
    }
    throw new IllegalArgumentException("Expected a function as the " + place + ", actual " + nameOf(f) + ".");
  }

  /**
   * Returns an executor as what it is.
   *
   * @param x     an executor, or nil for none
   * @param place where it stands, such as "executor of a stream"
   * @return {@code x}
   * @throws IllegalArgumentException if {@code x} is something else
   */
  public static @Nullable Executor executor(@Nullable Object x, String place) {
    if (x == null || x instanceof Executor) {
      return (Executor) x;
    }
    throw new IllegalArgumentException("Expected an executor as the " + place + ", actual " + nameOf(x) + ".");
  }

  /**
   * Returns a number as what it is.
   *
   * @param x     a number
   * @param place where it stands, such as "buffer-size of stream"
   * @return {@code x}
   * @throws IllegalArgumentException if {@code x} is something else
   */
  public static Number number(@Nullable Object x, String place) {
    if (x instanceof Number number) {
      return number;
    }
    throw new IllegalArgumentException("Expected a number as the " + place + ", actual " + nameOf(x) + ".");
  }

  /**
   * Returns a consumer that calls {@code f}.
   *
   * @param f     a function of one argument
   * @param place where it stands, such as "first argument of consume"
   * @return the consumer
   */
  public static Consumer<Object> consumer(@Nullable Object f, String place) {
    return fn(f, place)::invoke;
  }

  /**
   * Returns a function that calls {@code f}.
   *
   * @param f     a function of one argument
   * @param place where it stands, such as "first argument of map"
   * @return the function
   */
  public static Function<Object, Object> function(@Nullable Object f, String place) {
    return fn(f, place)::invoke;
  }

  /**
   * Returns a function that calls {@code f} and understands {@code reduced}.
   *
   * @param f     a function of two arguments
   * @param place where it stands, such as "first argument of map"
   * @return the function
   */
  public static BiFunction<Object, Object, Object> reducer(@Nullable Object f, String place) {
    IFn function = fn(f, place);
    return (result, value) -> {
      Object next = function.invoke(result, value);
      return next instanceof Reduced reduced ? Streams.done(reduced.deref()) : next;
    };
  }

  /**
   * Returns a function that calls {@code f}.
   *
   * @param f     a function of two arguments
   * @param place where it stands, such as "first argument of map"
   * @return the function
   */
  public static BiFunction<Object, Object, Object> function2(@Nullable Object f, String place) {
    return fn(f, place)::invoke;
  }

  /**
   * Returns a predicate that is true if {@code f} returns neither nil nor false.
   *
   * @param f     a function of one argument
   * @param place where it stands, such as "first argument of map"
   * @return the predicate
   */
  public static Predicate<Object> predicate(@Nullable Object f, String place) {
    IFn function = fn(f, place);
    return value -> RT.booleanCast(function.invoke(value));
  }

  /**
   * Returns a supplier of what {@code f} returns.
   *
   * @param f     a function of no arguments
   * @param place where it stands, such as "first argument of map"
   * @return the supplier
   */
  public static Supplier<Object> supplier(@Nullable Object f, String place) {
    return fn(f, place)::invoke;
  }

  /**
   * Returns a function to the number that {@code f} returns.
   *
   * @param f     a function of one argument
   * @param place where it stands, such as "first argument of map"
   * @return the function
   */
  public static ToLongFunction<Object> metric(@Nullable Object f, String place) {
    IFn function = fn(f, place);
    return value -> RT.longCast(function.invoke(value));
  }

  /**
   * Returns a function to an iterator over the collection that {@code f} returns.
   *
   * @param f     a function of one argument
   * @param place where it stands, such as "first argument of map"
   * @return the function
   */
  public static Function<Object, Iterator<?>> iterators(@Nullable Object f, String place) {
    IFn function = fn(f, place);
    return value -> RT.iter(function.invoke(value));
  }

  /**
   * Returns a function that calls {@code f} with the elements of an array as arguments.
   *
   * @param f     a function
   * @param place where it stands, such as "first argument of map"
   * @return the function
   */
  public static Function<Object[], Object> spread(@Nullable Object f, String place) {
    IFn function = fn(f, place);
    return values -> values.length == 2
        ? function.invoke(values[0], values[1]) : function.applyTo(ArraySeq.create(values));
  }

  /**
   * Returns a function that makes a vector of an array.
   *
   * @return the function
   */
  public static Function<Object[], Object> tuples() {
    return LazilyPersistentVector::createOwning;
  }

  /**
   * Returns a function that makes a vector of a list.
   *
   * @return the function
   */
  public static Function<List<Object>, Object> vectors() {
    return PersistentVector::create;
  }

  /**
   * Returns a listener for the end of a node. A function that takes one argument, and cannot do without, gets the cause
   * of the end or nil.
   *
   * @param f     a function of no or one argument
   * @param node  whose end it is
   * @param place where {@code f} stands, such as "second argument of on-closed"
   * @return the listener
   */
  public static Runnable onEnd(@Nullable Object f, Node node, String place) {
    IFn function = fn(f, place);
    if (WANTS_CAUSE.get(function.getClass())) {
      return () -> function.invoke(node.closeCause());
    }
    return function::invoke;
  }

  /**
   * Returns a supplier of transforms that do what a transducer does.
   *
   * @param xform the transducer
   * @return the supplier
   */
  public static Supplier<Transform> transform(Object xform) {
    IFn transducer = fn(xform, "transducer of a stream");
    return () -> new Transducing((IFn) transducer.invoke(new Step()));
  }

  /** The reducing function at the end of a transducer: the result is whoever takes the values. */
  private static final class Step extends AFn {
    @Override
    public Object invoke() {
      return null;
    }

    @Override
    public Object invoke(Object out) {
      return out;
    }

    @Override
    @SuppressWarnings("unchecked")
    public Object invoke(Object out, Object value) {
      ((Consumer<Object>) out).accept(value);
      return out;
    }
  }

  private static final class Transducing implements Transform {
    private final IFn reducer;

    Transducing(IFn reducer) {
      this.reducer = reducer;
    }

    @Override
    public boolean step(Object value, Consumer<Object> out) {
      return !(reducer.invoke(out, value) instanceof Reduced);
    }

    @Override
    public void finish(Consumer<Object> out) {
      reducer.invoke(out);
    }
  }
}

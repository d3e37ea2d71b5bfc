package leat.convert;

import clojure.lang.ILookup;
import clojure.lang.IPersistentVector;
import clojure.lang.Sequential;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import leat.async.Source;
import leat.bytes.Nullable;

/**
 * Types and the conversions between them. Immutable, but for the paths that it has found, which it remembers.
 *
 * <p>Besides the conversions that were defined there are these: a conversion of values is one of the elements of sequences
 * and of streams, one by one; a vector is a sequence, a sequence becomes a stream and a stream a sequence; and sequences
 * and streams of anything become ones of whatever there is a conversion from, element by element.
 */
public final class ConversionGraph {

  /** No conversions at all. */
  public static final ConversionGraph EMPTY = new ConversionGraph(Map.of());

  private static final double WRAPPER_COST = 1;
  private static final double ELEMENT_COST = 3;

  private final Map<Type, Map<Type, Conversion>> conversions;

  /** By what a value is to become, then by what it is: a class, or a type that holds elements. */
  private final Map<Object, Map<Object, Path>> paths = new ConcurrentHashMap<>();

  private ConversionGraph(Map<Type, Map<Type, Conversion>> conversions) {
    this.conversions = conversions;
  }

  /** Collects conversions for a graph. */
  static final class Builder {
    private final Map<Type, Map<Type, Conversion>> conversions = new LinkedHashMap<>();

    Builder(ConversionGraph graph) {
      graph.conversions.forEach((from, to) -> conversions.put(from, new LinkedHashMap<>(to)));
    }

    Builder add(Type from, Type to, double cost, Conversion.Step step) {
      put(from, to, new Conversion(step, cost, false));
      if (from.wrapper() == null && to.wrapper() == null) {
        put(Type.of(Type.Wrapper.SEQ, from), Type.of(Type.Wrapper.SEQ, to),
            new Conversion((x, options) -> Elements.mapped(x, step, options), cost, true));
        put(Type.of(Type.Wrapper.STREAM, from), Type.of(Type.Wrapper.STREAM, to),
            new Conversion((x, options) -> Elements.mapped((Source<?>) x, step, options), cost + 0.1, true));
      }
      return this;
    }

    private void put(Type from, Type to, Conversion conversion) {
      Map<Type, Conversion> targets = conversions.computeIfAbsent(from, key -> new LinkedHashMap<>());
      Conversion there = targets.get(to);
      if (there == null || there.isLifted() || !conversion.isLifted()) {
        targets.put(to, conversion);
      }
    }

    ConversionGraph build() {
      return new ConversionGraph(conversions);
    }
  }

  /**
   * Returns a graph with one more conversion, or another one in the place of one that there is.
   *
   * @param from what is converted
   * @param to   what it becomes
   * @param cost what it costs, 0 or more
   * @param step what converts
   * @return the graph
   */
  public ConversionGraph with(Type from, Type to, double cost, Conversion.Step step) {
    return new Builder(this).add(from, to, cost, step).build();
  }

  /**
   * Returns a graph in which all conversions go the other way, to look at what leads to a type. Nothing can be converted
   * with it.
   *
   * @return the graph
   */
  public ConversionGraph inverse() {
    Map<Type, Map<Type, Conversion>> inverted = new LinkedHashMap<>();
    conversions.forEach((from, targets) -> targets.forEach((to, conversion) ->
        inverted.computeIfAbsent(to, key -> new LinkedHashMap<>()).put(from, conversion)));
    return new ConversionGraph(inverted);
  }

  /**
   * Returns the types from which there are conversions.
   *
   * @return the types, in an immutable set
   */
  public Set<Type> sources() {
    return Collections.unmodifiableSet(conversions.keySet());
  }

  /**
   * Returns the types to which there are conversions.
   *
   * @return the types, in an immutable set
   */
  public Set<Type> targets() {
    Set<Type> targets = new LinkedHashSet<>();
    conversions.values().forEach(each -> targets.addAll(each.keySet()));
    return Collections.unmodifiableSet(targets);
  }

  /**
   * Returns the type of a value.
   *
   * @param x the value, not null
   * @return the type: a vector counts by its first element, other sequences and sources are of anything
   */
  public static Type typeOf(Object x) {
    if (x instanceof IPersistentVector vector && vector.count() > 0) {
      Object first = vector.nth(0);
      return Type.of(Type.Wrapper.VECTOR, first == null ? null : typeOf(first).element());
    }
    return x instanceof Sequential ? Type.SEQ : x instanceof Source<?> ? Type.STREAM : Type.of(x.getClass());
  }

  /**
   * Converts a value.
   *
   * @param x       the value
   * @param to      what it is to become: a class, a protocol or its var, or a {@link Type}
   * @param options a map of options, or null for none
   * @return what it has become
   * @throws IllegalArgumentException if there is no way
   */
  public @Nullable Object convert(@Nullable Object x, Object to, @Nullable ILookup options) {
    if (x == null) {
      throw unknown("nil", to);
    }
    boolean hasElements = x instanceof Sequential || x instanceof Source<?>;
    return path(x, hasElements ? typeOf(x) : x.getClass(), to).convert(x, options);
  }

  /**
   * Converts a value of a type that it does not tell itself, such as that of the elements of a stream.
   *
   * @param x       the value
   * @param from    its type
   * @param to      what it is to become: a class, a protocol or its var, or a {@link Type}
   * @param options a map of options, or null for none
   * @return what it has become
   * @throws IllegalArgumentException if there is no way
   */
  public @Nullable Object convertFrom(Object x, Type from, Object to, @Nullable ILookup options) {
    return path(x, from, to).convert(x, options);
  }

  private Path path(Object x, Object from, Object to) {
    Object key = to instanceof Class<?> ? to : Type.of(to);
    Map<Object, Path> known = paths.get(key);
    Path path = known == null ? null : known.get(from);
    if (path == null) {
      path = find(Type.of(from), Type.of(to));
      if (path == null && from instanceof Type) {
        path = find(Type.of(x.getClass()), Type.of(to));
      }
      if (path == null) {
        throw unknown(x.getClass().getName(), to);
      }
      // What cannot be converted is not remembered: a protocol may be extended later.
      paths.computeIfAbsent(key, absent -> new ConcurrentHashMap<>()).put(from, path);
    }
    return path;
  }

  private static IllegalArgumentException unknown(String from, Object to) {
    return new IllegalArgumentException("Don't know how to convert " + from + " into " + Type.of(to) + ".");
  }

  // ---- search

  private record Route(Type end, @Nullable Route before, @Nullable Conversion last, double cost, int steps) {
  }

  /**
   * Returns the cheapest path from one type to another; of those that cost the same, one with the fewest steps.
   *
   * @param from where it begins
   * @param to   where it ends
   * @return the path, which may have no steps, or null if there is none
   */
  public @Nullable Path find(Type from, Type to) {
    PriorityQueue<Route> open =
        new PriorityQueue<>(Comparator.comparingDouble(Route::cost).thenComparingInt(Route::steps));
    Set<Type> seen = new HashSet<>();
    open.add(new Route(from, null, null, 0, 0));
    for (Route route = open.poll(); route != null; route = open.poll()) {
      if (route.end().isAssignableTo(to)) {
        return path(route);
      }
      if (seen.add(route.end())) {
        Route here = route;
        forEachConversion(route.end(), to, (next, conversion) -> {
          if (!seen.contains(next)) {
            open.add(new Route(next, here, conversion, here.cost() + conversion.cost(), here.steps() + 1));
          }
        });
      }
    }
    return null;
  }

  private static Path path(Route end) {
    List<Path.Leg> legs = new ArrayList<>();
    for (Route route = end; route.before() != null; route = route.before()) {
      legs.add(new Path.Leg(route.before().end(), route.end(), route.last().function()));
    }
    Collections.reverse(legs);
    return new Path(legs, end.cost());
  }

  private interface Visitor {
    void visit(Type to, Conversion conversion);
  }

  private void forEachConversion(Type from, Type to, Visitor visitor) {
    conversions.forEach((source, targets) -> {
      if (from.isAssignableTo(source)) {
        targets.forEach(visitor::visit);
      }
    });
    Type.Wrapper wrapper = from.wrapper();
    if (wrapper == Type.Wrapper.VECTOR) {
      visitor.visit(Type.of(Type.Wrapper.SEQ, from), new Conversion((x, options) -> Elements.seq(x), WRAPPER_COST, true));
    } else if (wrapper == Type.Wrapper.SEQ) {
      visitor.visit(Type.of(Type.Wrapper.STREAM, from), new Conversion((x, options) -> Elements.source(x), WRAPPER_COST, true));
    } else if (wrapper == Type.Wrapper.STREAM) {
      visitor.visit(Type.of(Type.Wrapper.SEQ, from),
          new Conversion((x, options) -> Elements.seq((Source<?>) x), WRAPPER_COST, true));
    }
    if (wrapper != null && from.element() == null) {
      forEachElementType(wrapper, to, visitor);
    }
  }

  /**
   * Elements of any type become, one by one, what they are to be in the end, or those from whose sequences or streams
   * something leads on. This is dear, because text may be cut anywhere: a conversion of the whole knows that.
   */
  private void forEachElementType(Type.Wrapper wrapper, Type to, Visitor visitor) {
    visitElements(wrapper, to, visitor);
    for (Type source : conversions.keySet()) {
      boolean isText = source.element() instanceof Class<?> type && CharSequence.class.isAssignableFrom(type);
      if (!isText) {
        visitElements(wrapper, source, visitor);
      }
    }
  }

  private void visitElements(Type.Wrapper wrapper, Type type, Visitor visitor) {
    Object element = type.element();
    if (type.wrapper() == wrapper && element != null) {
      Conversion.Step step = (x, options) -> convert(x, element, options);
      visitor.visit(type, new Conversion((x, options) -> wrapper == Type.Wrapper.STREAM
          ? Elements.mapped((Source<?>) x, step, options) : Elements.mapped(x, step, options), ELEMENT_COST, true));
    }
  }

  @Override
  public String toString() {
    return "ConversionGraph[" + conversions.values().stream().mapToInt(Map::size).sum() + " conversions]";
  }
}

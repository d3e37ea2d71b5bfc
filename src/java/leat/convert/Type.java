package leat.convert;

import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentList;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import java.util.Arrays;
import java.util.Objects;
import leat.bytes.Nullable;

/** What a value is, as far as conversions are concerned. Immutable. */
public final class Type {

  /** What a value is that holds elements. */
  public enum Wrapper {
    /** A sequence, which may be lazy. */
    SEQ("seq"),
    /** A source of leat. */
    STREAM("stream"),
    /** A vector. */
    VECTOR("vector");

    private final Symbol symbol;

    Wrapper(String name) {
      symbol = Symbol.intern(name + "-of");
    }
  }

  /** A sequence of anything. */
  public static final Type SEQ = of(Wrapper.SEQ, null);

  /** A source of anything. */
  public static final Type STREAM = of(Wrapper.STREAM, null);

  private static final Keyword ON_INTERFACE = Keyword.intern("on-interface");
  private static final Keyword IMPLS = Keyword.intern("impls");
  private static final Keyword VAR = Keyword.intern("var");

  private final @Nullable Wrapper wrapper;
  private final @Nullable Object element;

  private Type(@Nullable Wrapper wrapper, @Nullable Object element) {
    this.wrapper = wrapper;
    this.element = element;
  }

  /**
   * Returns the type of values of a class or protocol.
   *
   * @param x a class, a protocol or its var, or a type, which is returned as it is; anything else is a type of its own
   * @return the type
   */
  public static Type of(@Nullable Object x) {
    return x instanceof Type type ? type : new Type(null, canonical(x));
  }

  /**
   * Returns the type of values that hold others.
   *
   * @param wrapper what holds them
   * @param element what they are: a class, a protocol or its var, or null for anything
   * @return the type
   */
  public static Type of(Wrapper wrapper, @Nullable Object element) {
    return new Type(wrapper, element instanceof Type type ? type.element : canonical(element));
  }

  /** A protocol stands for itself under its var, since its map changes whenever it is extended. */
  private static @Nullable Object canonical(@Nullable Object x) {
    if (x instanceof IPersistentMap map && map.containsKey(ON_INTERFACE)) {
      return map.valAt(VAR);
    }
    return x instanceof Var var && protocol(var) == null ? var.deref() : x;
  }

  private static @Nullable IPersistentMap protocol(@Nullable Object x) {
    return x instanceof Var var && var.isBound() && var.deref() instanceof IPersistentMap map
        && map.containsKey(ON_INTERFACE) ? map : null;
  }

  /**
   * Returns what holds the elements.
   *
   * @return the wrapper, or null if this is no type of things that hold others
   */
  public @Nullable Wrapper wrapper() {
    return wrapper;
  }

  /**
   * Returns the class or protocol, of the elements if there are any.
   *
   * @return a class, the var of a protocol, anything else that was given as a type, or null for elements of any type
   */
  public @Nullable Object element() {
    return element;
  }

  /**
   * Tells whether a value of this type is one of another.
   *
   * @param other that type
   * @return true if it is
   */
  public boolean isAssignableTo(Type other) {
    if (wrapper != other.wrapper) {
      return false;
    }
    if (wrapper != null && other.element == null || Objects.equals(element, other.element)) {
      return true;
    }
    if (!(element instanceof Class<?> from)) {
      return false;
    }
    if (other.element instanceof Class<?> to) {
      return to.isAssignableFrom(from);
    }
    IPersistentMap protocol = protocol(other.element);
    return protocol != null && isExtendedTo(protocol, from);
  }

  private static boolean isExtendedTo(IPersistentMap protocol, Class<?> type) {
    if (protocol.valAt(ON_INTERFACE) instanceof Class<?> face && face.isAssignableFrom(type)) {
      return true;
    }
    Object impls = RT.keys(protocol.valAt(IMPLS));
    for (Object each : impls == null ? Arrays.asList() : (Iterable<?>) impls) {
      if (each instanceof Class<?> extended && extended.isAssignableFrom(type)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns this type as people write it: a class, the var of a protocol, or a list such as
   * {@code (seq-of java.nio.ByteBuffer)}.
   *
   * @return the form
   */
  public @Nullable Object form() {
    return wrapper == null ? element : PersistentList.create(Arrays.asList(wrapper.symbol, element));
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof Type that && that.wrapper == wrapper && Objects.equals(that.element, element);
  }

  @Override
  public int hashCode() {
    return 31 * Objects.hashCode(wrapper) + Objects.hashCode(element);
  }

  @Override
  public String toString() {
    return RT.printString(form());
  }
}

package leat.clj;

import clojure.lang.IFn;
import clojure.lang.ISeq;
import clojure.lang.RT;

/** The arguments for the next turn of a {@link Loop}. */
public abstract class Recur {

  private static final Recur NONE = new Recur() {
    @Override
    Object turn(IFn body) {
      return body.invoke();
    }
  };

  private Recur() {
  }

  abstract Object turn(IFn body);

  private static final class One extends Recur {
    private final Object a;

    One(Object a) {
      this.a = a;
    }

    @Override
    Object turn(IFn body) {
      return body.invoke(a);
    }
  }

  private static final class Two extends Recur {
    private final Object a;
    private final Object b;

    Two(Object a, Object b) {
      this.a = a;
      this.b = b;
    }

    @Override
    Object turn(IFn body) {
      return body.invoke(a, b);
    }
  }

  private static final class Three extends Recur {
    private final Object a;
    private final Object b;
    private final Object c;

    Three(Object a, Object b, Object c) {
      this.a = a;
      this.b = b;
      this.c = c;
    }

    @Override
    Object turn(IFn body) {
      return body.invoke(a, b, c);
    }
  }

  private static final class Many extends Recur {
    private final ISeq arguments;

    Many(ISeq arguments) {
      this.arguments = arguments;
    }

    @Override
    Object turn(IFn body) {
      return body.applyTo(arguments);
    }
  }

  /**
   * Returns the turn of a loop that has no variables.
   *
   * @return no arguments
   */
  public static Recur of() {
    return NONE;
  }

  /**
   * Returns one argument.
   *
   * @param a the argument
   * @return a new object
   */
  public static Recur of(Object a) {
    return new One(a);
  }

  /**
   * Returns two arguments.
   *
   * @param a the first argument
   * @param b the second argument
   * @return a new object
   */
  public static Recur of(Object a, Object b) {
    return new Two(a, b);
  }

  /**
   * Returns three arguments.
   *
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @return a new object
   */
  public static Recur of(Object a, Object b, Object c) {
    return new Three(a, b, c);
  }

  /**
   * Returns any number of arguments.
   *
   * @param arguments the arguments
   * @return a new object
   */
  public static Recur ofAll(Object arguments) {
    return new Many(RT.seq(arguments));
  }
}

package leat.http;

import java.util.Objects;
import leat.bytes.Ascii;

/**
 * A request method: a case-sensitive token (RFC 9110 9.1). The common ones are constants, and {@code of} always
 * returns the constant for its name, so {@code method == Method.GET} is a sound test for those.
 */
public final class Method {
  /** GET: safe, idempotent. */
  public static final Method GET = new Method("GET", true, true);
  /** HEAD: safe, idempotent. */
  public static final Method HEAD = new Method("HEAD", true, true);
  /** POST. */
  public static final Method POST = new Method("POST", false, false);
  /** PUT: idempotent. */
  public static final Method PUT = new Method("PUT", false, true);
  /** DELETE: idempotent. */
  public static final Method DELETE = new Method("DELETE", false, true);
  /** CONNECT. */
  public static final Method CONNECT = new Method("CONNECT", false, false);
  /** OPTIONS: safe, idempotent. */
  public static final Method OPTIONS = new Method("OPTIONS", true, true);
  /** TRACE: safe, idempotent. */
  public static final Method TRACE = new Method("TRACE", true, true);
  /** PATCH (RFC 5789). */
  public static final Method PATCH = new Method("PATCH", false, false);

  private static final Method[] COMMON = {GET, POST, PUT, DELETE, HEAD, OPTIONS, PATCH, CONNECT, TRACE};

  private final String name;
  private final boolean safe;
  private final boolean idempotent;

  private Method(String name, boolean safe, boolean idempotent) {
    this.name = name;
    this.safe = safe;
    this.idempotent = idempotent;
  }

  /**
   * Returns the method with a name.
   *
   * @param name a token, in its exact case
   * @return the constant for a common method, else a new method (neither safe nor idempotent)
   * @throws IllegalArgumentException when the name is empty or not a token
   */
  public static Method of(String name) {
    for (Method method : COMMON) {
      if (method.name.equals(name)) {
        return method;
      }
    }
    Headers.checkToken("A method", name);
    return new Method(name, false, false);
  }

  /**
   * Returns the method whose name stands in some bytes. Allocates nothing for the common ones.
   *
   * @param bytes the array
   * @param from the first byte of the name
   * @param to the index after its last byte
   * @return the constant for a common method, else a new method (neither safe nor idempotent)
   * @throws IllegalArgumentException when the name is empty or not a token
   */
  public static Method of(byte[] bytes, int from, int to) {
    int size = to - from;
    if (size == 3 && bytes[from] == 'G' && bytes[from + 1] == 'E' && bytes[from + 2] == 'T') {
      return GET;
    }
    for (Method method : COMMON) {
      if (method.name.length() == size && method.isAt(bytes, from)) {
        return method;
      }
    }
    return of(Ascii.latin1(bytes, from, to));
  }

  private boolean isAt(byte[] bytes, int from) {
    for (int i = 0; i < name.length(); i++) {
      if (bytes[from + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Tells whether a name is that of a common method but for its case, such as {@code get}. It is then a legal token
   * that names a method nobody defines; who treats it as the common one grants what was not asked for.
   *
   * @param name the name
   * @return true for {@code get} and {@code Post}, false for {@code GET} and {@code PURGE}
   */
  public static boolean isMiscased(String name) {
    for (Method method : COMMON) {
      if (method.name.equalsIgnoreCase(name)) {
        return !method.name.equals(name);
      }
    }
    return false;
  }

  /**
   * Returns the name in its exact case.
   *
   * @return a token
   */
  public String name() {
    return name;
  }

  /**
   * Tells whether the method only reads (RFC 9110 9.2.1).
   *
   * @return true for GET, HEAD, OPTIONS and TRACE
   */
  public boolean isSafe() {
    return safe;
  }

  /**
   * Tells whether doing it twice is as doing it once (RFC 9110 9.2.2).
   *
   * @return true for the safe methods, PUT and DELETE
   */
  public boolean isIdempotent() {
    return idempotent;
  }

  @Override
  public boolean equals(Object other) {
    return this == other || other instanceof Method method && method.name.equals(name);
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(name);
  }

  @Override
  public String toString() {
    return name;
  }
}

package leat.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import leat.bytes.Nullable;

/**
 * Fields in their order: an immutable list of names and values in which a name may come more than once.
 *
 * <p>Names are kept as they were given and compared without regard to case. Every way to make one checks each name and
 * value, so that what is in a {@code Headers} can be written to a connection as it is. Nothing is silently stripped: a
 * line break in a value is an {@link IllegalArgumentException} in the face of who put it there.
 */
public final class Headers {
  /** No fields. */
  public static final Headers EMPTY = new Headers(new String[0]);

  /** tchar of RFC 9110 5.6.2. */
  private static final boolean[] TOKEN = new boolean[128];

  static {
    for (char c = '!'; c < 127; c++) {
      TOKEN[c] = "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0;
    }
  }

  /** Name, value, name, value... Never changed after the constructor. */
  private final String[] pairs;

  private Headers(String[] pairs) {
    this.pairs = pairs;
  }

  /**
   * Returns the given fields.
   *
   * @param namesAndValues a name, its value, the next name, its value...
   * @return the fields, in that order
   * @throws IllegalArgumentException when the number is odd, or a name or value may not be sent
   */
  public static Headers of(String... namesAndValues) {
    if (namesAndValues.length == 0) {
      return EMPTY;
    }
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("Expected names and values in turn, but the last name has no value.");
    }
    String[] pairs = namesAndValues.clone();
    for (int i = 0; i < pairs.length; i += 2) {
      check(pairs[i], pairs[i + 1]);
    }
    return new Headers(pairs);
  }

  /**
   * Returns a builder without fields.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder(8);
  }

  /**
   * Returns a builder without fields.
   *
   * @param fieldCount how many fields are expected: a hint
   * @return a new builder
   */
  public static Builder builder(int fieldCount) {
    return new Builder(fieldCount);
  }

  /**
   * Checks that a field may be sent as it is (RFC 9110 5.1, 5.5).
   *
   * @param name a non-empty token
   * @param value bytes as chars: no control but HTAB, nothing above U+00FF, no white space at either end
   * @throws IllegalArgumentException when it may not; the message has the name and the position of what is wrong
   */
  public static void check(String name, String value) {
    checkToken("A field name", name);
    int size = value.length();
    for (int i = 0; i < size; i++) {
      char c = value.charAt(i);
      if (c < ' ' && c != '\t' || c > '~' && (c == 0x7F || c > 0xFF)) {
        throw badValue(name, i, "has " + show(c) + ", which no field value may hold");
      }
    }
    if (size > 0 && (value.charAt(0) <= ' ' || value.charAt(size - 1) <= ' ')) {
      throw badValue(name, value.charAt(0) <= ' ' ? 0 : size - 1, "begins or ends with white space");
    }
  }

  static void checkToken(String what, String token) {
    int size = token.length();
    for (int i = 0; i < size; i++) {
      char c = token.charAt(i);
      if (c >= 128 || !TOKEN[c]) {
        throw new IllegalArgumentException(what + " must be a token, but \"" + clean(token) + "\" has "
            + show(c) + " at position " + i + ".");
      }
    }
    if (size == 0) {
      throw new IllegalArgumentException(what + " must not be empty.");
    }
  }

  private static IllegalArgumentException badValue(String name, int position, String fault) {
    return new IllegalArgumentException(
        "The value of the field \"" + clean(name) + "\" " + fault + " (position " + position + ").");
  }

  private static String show(char c) {
    return String.format("U+%04X", (int) c);
  }

  /** Short, and without anything that could break the line of a log. */
  private static String clean(String text) {
    StringBuilder clean = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), 40); i++) {
      char c = text.charAt(i);
      clean.append(c < ' ' || c > '~' ? '?' : c);
    }
    return text.length() > 40 ? clean + "..." : clean.toString();
  }

  /**
   * Returns these fields and one more at the end.
   *
   * @param name the name
   * @param value the value
   * @return the new fields
   * @throws IllegalArgumentException when the name or value may not be sent
   */
  public Headers with(String name, String value) {
    check(name, value);
    String[] more = Arrays.copyOf(pairs, pairs.length + 2);
    more[pairs.length] = name;
    more[pairs.length + 1] = value;
    return new Headers(more);
  }

  /**
   * Returns these fields without those of the given name, and then one of that name in the place of the first, or at
   * the end when there was none.
   *
   * @param name the name
   * @param value the value
   * @return the new fields
   * @throws IllegalArgumentException when the name or value may not be sent
   */
  public Headers set(String name, String value) {
    int first = indexOf(name, 0);
    if (first < 0) {
      return with(name, value);
    }
    check(name, value);
    String[] kept = new String[pairs.length];
    int count = 0;
    for (int i = 0; i < pairs.length; i += 2) {
      if (i == first) {
        kept[count++] = name;
        kept[count++] = value;
      } else if (!pairs[i].equalsIgnoreCase(name)) {
        kept[count++] = pairs[i];
        kept[count++] = pairs[i + 1];
      }
    }
    return new Headers(Arrays.copyOf(kept, count));
  }

  /**
   * Returns these fields without those of one name.
   *
   * @param name the name, in any case
   * @return the new fields; these when the name is not among them
   */
  public Headers without(String name) {
    if (indexOf(name, 0) < 0) {
      return this;
    }
    String[] kept = new String[pairs.length];
    int count = 0;
    for (int i = 0; i < pairs.length; i += 2) {
      if (!pairs[i].equalsIgnoreCase(name)) {
        kept[count++] = pairs[i];
        kept[count++] = pairs[i + 1];
      }
    }
    return count == 0 ? EMPTY : new Headers(Arrays.copyOf(kept, count));
  }

  /** Returns the index in {@link #pairs} of the next field with a name, or -1. */
  private int indexOf(String name, int from) {
    for (int i = from; i < pairs.length; i += 2) {
      if (pairs[i].length() == name.length() && pairs[i].equalsIgnoreCase(name)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Returns the value of the first field with a name.
   *
   * @param name the name, in any case
   * @return the value, or null when there is no such field
   */
  public @Nullable String get(String name) {
    int i = indexOf(name, 0);
    return i < 0 ? null : pairs[i + 1];
  }

  /**
   * Tells whether there is a field with a name.
   *
   * @param name the name, in any case
   * @return true when there is at least one
   */
  public boolean has(String name) {
    return indexOf(name, 0) >= 0;
  }

  /**
   * Returns the values of all fields with a name.
   *
   * @param name the name, in any case
   * @return the values in their order, unmodifiable, maybe empty
   */
  public List<String> all(String name) {
    List<String> values = new ArrayList<>(2);
    for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 2)) {
      values.add(pairs[i + 1]);
    }
    return Collections.unmodifiableList(values);
  }

  /**
   * Returns the number of fields.
   *
   * @return 0 or more
   */
  public int size() {
    return pairs.length / 2;
  }

  /**
   * Tells whether there are no fields.
   *
   * @return true when {@link #size} is 0
   */
  public boolean isEmpty() {
    return pairs.length == 0;
  }

  /**
   * Returns the name of a field.
   *
   * @param i the index of the field
   * @return its name, as it was given
   * @throws IndexOutOfBoundsException when there is no such field
   */
  public String name(int i) {
    return pairs[Objects.checkIndex(i, size()) * 2];
  }

  /**
   * Returns the value of a field.
   *
   * @param i the index of the field
   * @return its value
   * @throws IndexOutOfBoundsException when there is no such field
   */
  public String value(int i) {
    return pairs[Objects.checkIndex(i, size()) * 2 + 1];
  }

  /**
   * Calls an action for each field, in their order.
   *
   * @param action is given the name and the value
   */
  public void forEach(BiConsumer<? super String, ? super String> action) {
    for (int i = 0; i < pairs.length; i += 2) {
      action.accept(pairs[i], pairs[i + 1]);
    }
  }

  /** Equal when names (but for case) and values are equal, in the same order. */
  @Override
  public boolean equals(Object other) {
    if (!(other instanceof Headers headers) || headers.pairs.length != pairs.length) {
      return false;
    }
    for (int i = 0; i < pairs.length; i += 2) {
      if (!pairs[i].equalsIgnoreCase(headers.pairs[i]) || !pairs[i + 1].equals(headers.pairs[i + 1])) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = 0; i < pairs.length; i += 2) {
      // Names count by their length alone, since they are equal in any case.
      hash = 31 * hash + pairs[i].length() * 31 + pairs[i + 1].hashCode();
    }
    return hash;
  }

  /** Names alone: values may be secrets, and this is what lands in logs. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Headers[");
    for (int i = 0; i < pairs.length; i += 2) {
      text.append(i == 0 ? "" : ", ").append(pairs[i]);
    }
    return text.append(']').toString();
  }

  /** Collects fields one by one. Belongs to one thread, and may be used again after {@link #build}. */
  public static final class Builder {
    private String[] pairs;
    private int count;

    private Builder(int fieldCount) {
      pairs = new String[Math.max(fieldCount, 1) * 2];
    }

    /**
     * Adds a field at the end.
     *
     * @param name the name
     * @param value the value
     * @return this builder
     * @throws IllegalArgumentException when the name or value may not be sent; nothing is added then
     */
    public Builder add(String name, String value) {
      check(name, value);
      if (count == pairs.length) {
        pairs = Arrays.copyOf(pairs, count * 2);
      }
      pairs[count++] = name;
      pairs[count++] = value;
      return this;
    }

    /**
     * Returns the fields so far.
     *
     * @return the fields, in the order of their adding
     */
    public Headers build() {
      return count == 0 ? EMPTY : new Headers(Arrays.copyOf(pairs, count));
    }
  }
}

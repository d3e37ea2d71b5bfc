package leat.frame;

import java.util.List;
import java.util.Objects;
import leat.bytes.Nullable;
import leat.bytes.Slice;

/** A tag with a value, which is either bytes or other such elements. Immutable. */
public final class Tlv {

  private final long tag;
  private final @Nullable Slice bytes;
  private final List<Tlv> elements;

  private Tlv(long tag, @Nullable Slice bytes, List<Tlv> elements) {
    this.tag = tag;
    this.bytes = bytes;
    this.elements = elements;
  }

  /**
   * Returns an element with bytes.
   *
   * @param tag   its tag, not negative
   * @param value its value
   * @return the element
   */
  public static Tlv of(long tag, Slice value) {
    return new Tlv(tag, Objects.requireNonNull(value, "value"), List.of());
  }

  /**
   * Returns an element with other elements in it.
   *
   * @param tag      its tag, not negative
   * @param elements what is in it
   * @return the element
   */
  public static Tlv of(long tag, List<Tlv> elements) {
    return new Tlv(tag, null, List.copyOf(elements));
  }

  /**
   * Returns the tag.
   *
   * @return a number that is not negative
   */
  public long tag() {
    return tag;
  }

  /**
   * Tells whether the value consists of other elements.
   *
   * @return true if it does, false if it is bytes
   */
  public boolean isNested() {
    return bytes == null;
  }

  /**
   * Returns the bytes of the value.
   *
   * @return the bytes
   * @throws IllegalStateException if {@link #isNested()}
   */
  public Slice bytes() {
    if (bytes == null) {
      throw new IllegalStateException("Expected an element with bytes, actual one with elements, of tag " + tag + ".");
    }
    return bytes;
  }

  /**
   * Returns what is in the value.
   *
   * @return the elements, in an immutable list that is empty for an element with bytes
   */
  public List<Tlv> elements() {
    return elements;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tlv that && that.tag == tag && Objects.equals(that.bytes, bytes)
        && that.elements.equals(elements);
  }

  @Override
  public int hashCode() {
    return Objects.hash(tag, bytes, elements);
  }

  /**
   * Returns the tag and how much is in it, in words; never the bytes, which may be secret.
   *
   * @return such as {@code Tlv[3, 12 bytes]}
   */
  @Override
  public String toString() {
    return "Tlv[" + tag + ", " + (bytes == null ? elements.size() + " elements" : bytes.size() + " bytes") + "]";
  }
}

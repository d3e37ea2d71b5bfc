package leat.frame;

/** How a tag stands in a frame: an unsigned number of a fixed number of bytes. Immutable. */
public final class TagField {

  private final int width;
  private final boolean littleEndian;

  private TagField(int width, boolean littleEndian) {
    this.width = width;
    this.littleEndian = littleEndian;
  }

  /**
   * Returns a number with the most significant byte first.
   *
   * @param byteCount how many bytes it has: 1 to 4
   * @return the field
   * @throws IllegalArgumentException if it is another number
   */
  public static TagField ofBytes(int byteCount) {
    if (byteCount < 1 || byteCount > 4) {
      throw new IllegalArgumentException("Expected 1 to 4 bytes for a tag, actual " + byteCount + ".");
    }
    return new TagField(byteCount, false);
  }

  /**
   * Says that the least significant byte comes first.
   *
   * @return such a field
   */
  public TagField littleEndian() {
    return new TagField(width, true);
  }

  int width() {
    return width;
  }

  long read(byte[] bytes, int from) {
    return LengthField.readInteger(bytes, from, width, littleEndian);
  }

  void write(long tag, FrameBytes out) {
    out.writeInteger(check(tag), width, littleEndian);
  }

  private long check(long tag) {
    long most = (1L << (8 * width)) - 1;
    if (tag < 0 || tag > most) {
      throw FrameError.unencodable("a tag in 0.." + most, String.valueOf(tag));
    }
    return tag;
  }

  @Override
  public String toString() {
    return "TagField[" + width + (littleEndian ? " bytes, little-endian]" : " bytes]");
  }
}

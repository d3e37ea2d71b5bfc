package leat.frame;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import leat.bytes.Nullable;
import leat.bytes.Utf8;

/** Text in a character set. The usual sets take the fast ways of {@link String}, after a check. */
final class TextPayload extends Payload<String> {

  private final Charset charset;
  private final boolean isStrict;
  /** The greatest char that this set has, if it has all below it and one byte for each; else -1. */
  private final int lastSingleByte;

  TextPayload(Charset charset, boolean isStrict) {
    if (!charset.canEncode()) {
      throw new IllegalArgumentException("Expected a character set that can be written, actual " + charset + ".");
    }
    this.charset = charset;
    this.isStrict = isStrict;
    this.lastSingleByte = charset.equals(StandardCharsets.ISO_8859_1) ? 0xFF
        : charset.equals(StandardCharsets.US_ASCII) ? 0x7F : -1;
  }

  private boolean isUtf8() {
    return charset.equals(StandardCharsets.UTF_8);
  }

  @Override
  public String read(byte[] bytes, int from, int to) {
    boolean isKnownGood = !isStrict || lastSingleByte == 0xFF || isUtf8() && Utf8.isValid(bytes, from, to);
    if (isKnownGood) {
      return new String(bytes, from, to - from, charset);
    }
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes, from, to - from)).toString();
    } catch (CharacterCodingException e) {
      throw FrameError.malformed(from, "text in " + charset, "bytes that are none");
    }
  }

  @Override
  public void write(@Nullable String value, FrameBytes out) {
    if (value == null) {
      throw FrameError.unencodable("text", "null");
    }
    if (!isStrict || isEncodable(value)) {
      out.write(value.getBytes(charset));
      return;
    }
    try {
      ByteBuffer encoded = charset.newEncoder().encode(CharBuffer.wrap(value));
      out.write(encoded.array(), encoded.arrayOffset(), encoded.arrayOffset() + encoded.limit());
    } catch (CharacterCodingException e) {
      throw FrameError.unencodable("characters of " + charset, "others");
    }
  }

  /** Whether it is known that this set has all chars of {@code text}. */
  private boolean isEncodable(String text) {
    boolean isUtf8 = isUtf8();
    if (!isUtf8 && lastSingleByte < 0) {
      return false;
    }
    int last = isUtf8 ? Character.MIN_SURROGATE - 1 : lastSingleByte;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > last) {
        return false;
      }
    }
    return true;
  }

  @Override
  protected int sizeHint(@Nullable String value) {
    return value == null ? 0 : value.length();
  }

  @Override
  public String toString() {
    return "text in " + charset;
  }
}

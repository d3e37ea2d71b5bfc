package leat.convert;

import clojure.lang.ILookup;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import leat.bytes.Nullable;

/** Makes text of bytes that come in chunks. A character that two chunks share comes with the second. For one thread. */
final class TextDecoder {

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final CharsetDecoder decoder;

  /** The beginning of a character. */
  private ByteBuffer carried = NOTHING;

  TextDecoder(@Nullable ILookup options) {
    decoder = Settings.charset(options).newDecoder()
        .onMalformedInput(Settings.onError(options))
        .onUnmappableCharacter(Settings.onError(options));
  }

  /** Returns the text that is whole with this chunk, which stays as it is. */
  String decode(ByteBuffer chunk) throws CharacterCodingException {
    return decode(chunk, false);
  }

  /** Returns the text at the end, where no more bytes come. */
  String finish() throws CharacterCodingException {
    return decode(NOTHING, true);
  }

  private String decode(ByteBuffer chunk, boolean isLast) throws CharacterCodingException {
    ByteBuffer in = chunk.duplicate();
    if (carried.hasRemaining()) {
      in = ByteBuffer.allocate(carried.remaining() + chunk.remaining()).put(carried).put(in).flip();
    }
    // Some decoders hold back a character of their own.
    CharBuffer out = CharBuffer.allocate((int) Math.ceil(in.remaining() * (double) decoder.maxCharsPerByte()) + 8);
    check(decoder.decode(in, out, isLast));
    if (isLast) {
      check(decoder.flush(out));
    }
    carried = in.hasRemaining() ? ByteBuffer.allocate(in.remaining()).put(in).flip() : NOTHING;
    return out.flip().toString();
  }

  private static void check(CoderResult result) throws CharacterCodingException {
    if (!result.isUnderflow()) {
      result.throwException();
    }
  }
}

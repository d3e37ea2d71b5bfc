package leat.convert;

import clojure.lang.ILookup;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import leat.bytes.Nullable;

/**
 * Makes bytes of text that comes in chunks. A pair of surrogates that two chunks share comes with the second, and a byte
 * order mark once. For one thread.
 */
final class TextEncoder {

  private final Charset charset;
  private final CharsetEncoder encoder;
  private final boolean isPlain; // whether String can do it
  private char carried; // a high surrogate, or 0

  TextEncoder(@Nullable ILookup options) {
    charset = Settings.charset(options);
    encoder = charset.newEncoder()
        .onMalformedInput(Settings.onError(options))
        .onUnmappableCharacter(Settings.onError(options));
    isPlain = charset == StandardCharsets.UTF_8 && Settings.isReplacing(options);
  }

  /** Returns the bytes of what is whole with this chunk. */
  ByteBuffer encode(CharSequence chunk) throws CharacterCodingException {
    int length = chunk.length();
    boolean endsWithin = length > 0 && Character.isHighSurrogate(chunk.charAt(length - 1));
    if (isPlain && carried == 0 && !endsWithin) {
      return ByteBuffer.wrap(chunk.toString().getBytes(charset));
    }
    CharBuffer in = CharBuffer.allocate(length + 1);
    if (carried != 0) {
      in.put(carried);
    }
    in.append(chunk, 0, endsWithin ? length - 1 : length);
    carried = endsWithin ? chunk.charAt(length - 1) : 0;
    return encode(in.flip(), false);
  }

  /** Returns the bytes at the end, or where something else than text follows. */
  ByteBuffer finish() throws CharacterCodingException {
    CharBuffer in = CharBuffer.wrap(carried == 0 ? "" : String.valueOf(carried));
    carried = 0;
    ByteBuffer last = encode(in, true);
    encoder.reset();
    return last;
  }

  private ByteBuffer encode(CharBuffer in, boolean isLast) throws CharacterCodingException {
    ByteBuffer out = ByteBuffer.allocate((int) Math.ceil((in.remaining() + 1) * (double) encoder.maxBytesPerChar()) + 8);
    check(encoder.encode(in, out, isLast));
    if (isLast) {
      check(encoder.flush(out));
    }
    return out.flip();
  }

  private static void check(CoderResult result) throws CharacterCodingException {
    if (!result.isUnderflow()) {
      result.throwException();
    }
  }
}

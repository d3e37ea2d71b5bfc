package leat.frame;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/** The codecs. Limits count the bytes of the payload: what stands between the bounds of a frame. */
public final class Frames {

  /** How deep elements may be in one another. */
  public static final int DEFAULT_MAX_DEPTH = 32;

  private static final byte[] LF = {'\n'};
  private static final byte[] CRLF = {'\r', '\n'};

  /** How a line ends that is written. */
  public enum LineEnd {
    /** A line feed. */
    LF,
    /** A carriage return and a line feed. */
    CRLF
  }

  private Frames() {
  }

  /**
   * Returns the codec of frames that all have the same size.
   *
   * @param byteCount how many bytes, at least 1
   * @param payload   what is in them
   * @param <T>       the type of that
   * @return the codec
   */
  public static <T> FrameCodec<T> fixed(int byteCount, Payload<T> payload) {
    return new FixedCodec<>(byteCount, payload);
  }

  /**
   * Returns the codec of frames before which their length stands.
   *
   * @param field    how it stands there
   * @param payload  what is in them
   * @param maxBytes how many bytes the payload has at most
   * @param <T>      the type of the payload
   * @return the codec
   */
  public static <T> FrameCodec<T> lengthPrefixed(LengthField field, Payload<T> payload, int maxBytes) {
    return new PrefixCodec<>(field, payload, maxBytes);
  }

  /**
   * Returns the codec of frames that end with a delimiter. The payload cannot contain one.
   *
   * @param delimiters the delimiters: the first is written, all are read; the one that ends first counts, and of those
   *                   that end at the same byte the longest
   * @param payload    what is in the frames, without the delimiter
   * @param maxBytes   how many bytes the payload has at most
   * @param <T>        the type of the payload
   * @return the codec
   */
  public static <T> FrameCodec<T> delimited(List<byte[]> delimiters, Payload<T> payload, int maxBytes) {
    return new DelimiterCodec<>(delimiters, false, payload, maxBytes);
  }

  /**
   * Returns the codec of frames that end with a delimiter, which belongs to the payload.
   *
   * @param delimiters the delimiters
   * @param payload    what is in the frames, with the delimiter
   * @param maxBytes   how many bytes there are at most before the delimiter
   * @param <T>        the type of the payload
   * @return the codec
   */
  public static <T> FrameCodec<T> delimitedKeeping(List<byte[]> delimiters, Payload<T> payload, int maxBytes) {
    return new DelimiterCodec<>(delimiters, true, payload, maxBytes);
  }

  /**
   * Returns the codec of lines of UTF-8, up to 1 MiB each, that end with LF; with CRLF they may too.
   *
   * @return the codec
   */
  public static FrameCodec<String> line() {
    return line(Payload.text(StandardCharsets.UTF_8), LineEnd.LF, FrameCodec.DEFAULT_MAX_BYTES);
  }

  /**
   * Returns the codec of lines, which end with LF or CRLF.
   *
   * @param payload  what is in them, such as {@link Payload#text(Charset)} in a character set in which a line feed is the
   *                 byte 10 and nothing else has that byte, as in all that extend ASCII
   * @param end      the end that is written
   * @param maxBytes how many bytes there are in a line at most, without its end
   * @param <T>      the type of the payload
   * @return the codec
   */
  public static <T> FrameCodec<T> line(Payload<T> payload, LineEnd end, int maxBytes) {
    return delimited(end == LineEnd.LF ? List.of(LF, CRLF) : List.of(CRLF, LF), payload, maxBytes);
  }

  /**
   * Returns the codec of netstrings: {@code 5:hello,}.
   *
   * @param payload  what is in them
   * @param maxBytes how many bytes that has at most
   * @param <T>      the type of the payload
   * @return the codec
   */
  public static <T> FrameCodec<T> netstring(Payload<T> payload, int maxBytes) {
    return new NetstringCodec<>(payload, maxBytes);
  }

  /**
   * Returns the codec of elements that have a tag, a length and a value. At most {@value #DEFAULT_MAX_DEPTH} are in one
   * another, and {@value Payload#DEFAULT_MAX_FRAMES} in one frame.
   *
   * @param tagField    how the tag stands there
   * @param lengthField how the length stands there, after the tag
   * @param isNested    for which tags the value consists of elements again
   * @param maxBytes    how many bytes the value has at most
   * @return the codec
   */
  public static FrameCodec<Tlv> tlv(TagField tagField, LengthField lengthField, LongPredicate isNested, int maxBytes) {
    return tlv(tagField, lengthField, isNested, maxBytes, DEFAULT_MAX_DEPTH, Payload.DEFAULT_MAX_FRAMES);
  }

  /**
   * Returns the codec of elements that have a tag, a length and a value.
   *
   * @param tagField    how the tag stands there
   * @param lengthField how the length stands there, after the tag
   * @param isNested    for which tags the value consists of elements again
   * @param maxBytes    how many bytes the value has at most
   * @param maxDepth    how many elements are in one another at most, 0 to 1000
   * @param maxElements how many elements are in one frame at most
   * @return the codec
   */
  public static FrameCodec<Tlv> tlv(TagField tagField, LengthField lengthField, LongPredicate isNested, int maxBytes,
      int maxDepth, int maxElements) {
    // Each level is a call within a call.
    if (maxDepth < 0 || maxDepth > 1000) {
      throw new IllegalArgumentException("Expected maxDepth in 0..1000, actual " + maxDepth + ".");
    }
    return new TlvCodec(tagField, lengthField, isNested, maxBytes, maxDepth, maxElements);
  }

  /**
   * Returns the codec of frames that consist of one frame each of other codecs.
   *
   * @param codecs the codecs, in order
   * @return the codec, of immutable lists of as many values
   */
  public static FrameCodec<List<Object>> sequence(FrameCodec<?>... codecs) {
    return new SequenceCodec(Arrays.asList(codecs));
  }

  /**
   * Returns the codec of frames that consist of one frame each of other codecs.
   *
   * @param codecs the codecs, in order
   * @return the codec, of immutable lists of as many values
   */
  public static FrameCodec<List<Object>> sequence(List<? extends FrameCodec<?>> codecs) {
    return new SequenceCodec(new ArrayList<>(codecs));
  }

  /**
   * Returns the codec of frames that begin with a tag, which says of which codec the rest is.
   *
   * @param field  how the tag stands there
   * @param codecs the codecs by their tags; any other tag is an error
   * @return the codec
   */
  public static FrameCodec<Tagged> tagged(TagField field, Map<Long, ? extends FrameCodec<?>> codecs) {
    return new TaggedCodec(field, codecs);
  }
}

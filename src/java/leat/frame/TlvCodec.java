package leat.frame;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongPredicate;
import leat.bytes.Nullable;
import leat.bytes.Slice;

/**
 * Elements of a tag, the length of the value, and the value, which for some tags consists of elements again. A frame is
 * one element.
 *
 * <pre>
 *   | tag | length | value                               |
 *                  | tag | length | value | tag | ...    |
 * </pre>
 */
final class TlvCodec extends FrameCodec<Tlv> {

  private final TagField tagField;
  private final LengthField lengthField;
  private final LongPredicate isNested;
  private final int maxBytes;
  private final int maxDepth;
  private final int maxElements;

  TlvCodec(TagField tagField, LengthField lengthField, LongPredicate isNested, int maxBytes, int maxDepth,
      int maxElements) {
    this.tagField = Objects.requireNonNull(tagField, "tagField");
    this.lengthField = Objects.requireNonNull(lengthField, "lengthField");
    this.isNested = Objects.requireNonNull(isNested, "isNested");
    this.maxBytes = checkMaxBytes(maxBytes);
    this.maxDepth = maxDepth;
    this.maxElements = maxElements;
  }

  @Override
  public int maxFrameBytes() {
    return sum(tagField.width() + lengthField.maxWidth(), maxBytes);
  }

  @Override
  public FrameScanner<Tlv> scanner() {
    return new FrameScanner<>() {
      private final Head head = new Head();

      @Override
      public int scan(byte[] bytes, int from, int to) {
        if (head.headBytes == 0) {
          int needed = head.read(bytes, from, to);
          if (needed > 0) {
            return -needed;
          }
        }
        int size = head.headBytes + head.valueBytes;
        return to - from < size ? -size : size;
      }

      @Override
      public Tlv frame(byte[] bytes, int from) {
        return new Reading(bytes).element(head.tag, from + head.headBytes,
            from + head.headBytes + head.valueBytes, 1);
      }

      @Override
      public void reset() {
        head.headBytes = 0;
      }
    };
  }

  /** What stands before a value. */
  private final class Head {
    long tag;
    int headBytes; // 0 until it is whole
    int valueBytes;

    /** Returns 0 if the head is whole, else how many bytes are needed. */
    int read(byte[] bytes, int from, int to) {
      int tagBytes = tagField.width();
      if (to - from < tagBytes) {
        return tagBytes + 1;
      }
      int lengthFrom = from + tagBytes;
      int found = lengthField.scan(bytes, lengthFrom, to);
      if (found < 0) {
        return tagBytes - found;
      }
      tag = tagField.read(bytes, from);
      valueBytes = lengthField.payloadBytes(bytes, lengthFrom, found, maxBytes);
      headBytes = tagBytes + found;
      return 0;
    }
  }

  /** The reading of one frame. */
  private final class Reading {
    private final byte[] bytes;
    private int elementCount;

    Reading(byte[] bytes) {
      this.bytes = bytes;
    }

    Tlv element(long tag, int from, int to, int depth) {
      if (++elementCount > maxElements) {
        throw new FrameError(FrameError.Kind.TOO_LARGE, from, "at most " + maxElements + " elements in a frame", "more");
      }
      if (!isNested.test(tag)) {
        return Tlv.of(tag, Slice.copyOf(bytes, from, to));
      }
      checkDepth(depth, from);
      List<Tlv> elements = new ArrayList<>();
      Head head = new Head();
      int next = from;
      while (next < to) {
        int needed = head.read(bytes, next, to);
        int size = needed > 0 ? needed : head.headBytes + head.valueBytes;
        if (size > to - next) {
          throw new FrameError(FrameError.Kind.TRUNCATED, to, "the rest of an element in the value of tag " + tag,
              "the end after " + (to - next) + " of at least " + size + " bytes");
        }
        elements.add(element(head.tag, next + head.headBytes, next + size, depth + 1));
        next += size;
      }
      return Tlv.of(tag, elements);
    }
  }

  private void checkDepth(int depth, int position) {
    if (depth > maxDepth) {
      throw new FrameError(FrameError.Kind.TOO_LARGE, position, "elements at most " + maxDepth + " deep", "more");
    }
  }

  @Override
  public void write(@Nullable Tlv value, FrameBytes out) {
    if (value == null) {
      throw FrameError.unencodable("an element", "null");
    }
    if (count(value, 1) > maxElements) {
      throw new FrameError(FrameError.Kind.TOO_LARGE, -1, "at most " + maxElements + " elements in a frame", "more");
    }
    writeElement(value, out);
  }

  private int count(Tlv element, int depth) {
    if (element.isNested()) {
      checkDepth(depth, -1);
    }
    int count = 1;
    for (Tlv each : element.elements()) {
      count = sum(count, count(each, depth + 1));
    }
    return count;
  }

  private void writeElement(Tlv element, FrameBytes out) {
    if (isNested.test(element.tag()) != element.isNested()) {
      throw FrameError.unencodable((element.isNested() ? "bytes" : "elements") + " for tag " + element.tag(),
          element.isNested() ? "elements" : "bytes");
    }
    tagField.write(element.tag(), out);
    int start = out.size();
    out.skip(lengthField.maxWidth());
    if (element.isNested()) {
      for (Tlv each : element.elements()) {
        writeElement(each, out);
      }
    } else {
      out.write(element.bytes().toByteArray());
    }
    lengthField.writeBefore(out, start, maxBytes);
  }

  @Override
  protected int sizeHint(@Nullable Tlv value) {
    return value == null || value.isNested() ? 0
        : sum(tagField.width() + lengthField.maxWidth(), value.bytes().size());
  }
}

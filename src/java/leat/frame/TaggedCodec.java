package leat.frame;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import leat.bytes.Nullable;

/** Frames that begin with a tag, which says how they go on. */
final class TaggedCodec extends FrameCodec<Tagged> {

  private final TagField field;
  private final Map<Long, FrameCodec<Object>> codecs = new HashMap<>();
  private final int maxFrameBytes;

  @SuppressWarnings("unchecked")
  TaggedCodec(TagField field, Map<Long, ? extends FrameCodec<?>> codecs) {
    this.field = Objects.requireNonNull(field, "field");
    int most = 0;
    for (Map.Entry<Long, ? extends FrameCodec<?>> entry : codecs.entrySet()) {
      most = Math.max(most, entry.getValue().maxFrameBytes());
      this.codecs.put(entry.getKey(), (FrameCodec<Object>) entry.getValue());
    }
    this.maxFrameBytes = sum(most, field.width());
  }

  @Override
  public int maxFrameBytes() {
    return maxFrameBytes;
  }

  @Override
  public FrameScanner<Tagged> scanner() {
    return new Scanner();
  }

  private final class Scanner extends FrameScanner<Tagged> {
    private final Map<Long, FrameScanner<Object>> scanners = new HashMap<>();
    private long tag;
    private @Nullable FrameScanner<Object> current;

    @Override
    public int scan(byte[] bytes, int from, int to) {
      if (current == null) {
        if (to - from < field.width()) {
          return -field.width();
        }
        tag = field.read(bytes, from);
        current = find(tag, from);
      }
      int size = current.scan(bytes, from + field.width(), to);
      return size > 0 ? size + field.width() : size - field.width();
    }

    private FrameScanner<Object> find(long known, int from) {
      FrameCodec<Object> codec = codecs.get(known);
      if (codec == null) {
        throw FrameError.malformed(from, "one of " + codecs.size() + " tags", "the unknown tag " + known);
      }
      return scanners.computeIfAbsent(known, key -> codec.scanner());
    }

    @Override
    public Tagged frame(byte[] bytes, int from) {
      return new Tagged(tag, Objects.requireNonNull(current).frame(bytes, from + field.width()));
    }

    @Override
    public void reset() {
      if (current != null) {
        current.reset();
        current = null;
      }
    }
  }

  @Override
  public void write(@Nullable Tagged value, FrameBytes out) {
    FrameCodec<Object> codec = value == null ? null : codecs.get(value.tag());
    if (codec == null) {
      throw FrameError.unencodable("one of " + codecs.size() + " tags",
          value == null ? "null" : "the unknown tag " + value.tag());
    }
    field.write(value.tag(), out);
    codec.write(value.value(), out);
  }

  @Override
  protected int sizeHint(@Nullable Tagged value) {
    FrameCodec<Object> codec = value == null ? null : codecs.get(value.tag());
    int hint = codec == null ? 0 : codec.sizeHint(value.value());
    return hint == 0 ? 0 : sum(field.width(), hint);
  }
}

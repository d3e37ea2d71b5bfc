package leat.frame;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import leat.bytes.Nullable;

/** Frames that consist of one frame each of other codecs, in their order. */
final class SequenceCodec extends FrameCodec<List<Object>> {

  private final List<FrameCodec<Object>> codecs;
  private final int maxFrameBytes;

  @SuppressWarnings("unchecked")
  SequenceCodec(List<? extends FrameCodec<?>> codecs) {
    if (codecs.isEmpty()) {
      throw new IllegalArgumentException("Expected at least one codec, actual none.");
    }
    this.codecs = (List<FrameCodec<Object>>) (List<?>) List.copyOf(codecs);
    int most = 0;
    for (FrameCodec<?> codec : codecs) {
      most = sum(most, codec.maxFrameBytes());
    }
    this.maxFrameBytes = most;
  }

  @Override
  public int maxFrameBytes() {
    return maxFrameBytes;
  }

  @Override
  public FrameScanner<List<Object>> scanner() {
    return new Scanner();
  }

  private final class Scanner extends FrameScanner<List<Object>> {
    private final FrameScanner<?>[] scanners = new FrameScanner<?>[codecs.size()];
    private final int[] sizes = new int[codecs.size()];

    // How many of the frames have been found, and the sum of their sizes.
    private int found;
    private int foundBytes;

    Scanner() {
      Arrays.setAll(scanners, i -> codecs.get(i).scanner());
    }

    @Override
    public int scan(byte[] bytes, int from, int to) {
      while (found < scanners.length) {
        int size = scanners[found].scan(bytes, from + foundBytes, to);
        if (size < 0) {
          return -sum(foundBytes, -size);
        }
        if (size > Integer.MAX_VALUE - 8 - foundBytes) {
          throw FrameError.tooLarge(from, maxFrameBytes, "more");
        }
        sizes[found++] = size;
        foundBytes += size;
      }
      return foundBytes;
    }

    @Override
    public List<Object> frame(byte[] bytes, int from) {
      Object[] values = new Object[scanners.length];
      int next = from;
      for (int i = 0; i < values.length; i++) {
        values[i] = scanners[i].frame(bytes, next);
        next += sizes[i];
      }
      return Collections.unmodifiableList(Arrays.asList(values));
    }

    @Override
    public void reset() {
      found = 0;
      foundBytes = 0;
      for (FrameScanner<?> scanner : scanners) {
        scanner.reset();
      }
    }
  }

  @Override
  public void write(@Nullable List<Object> values, FrameBytes out) {
    if (values == null || values.size() != codecs.size()) {
      throw FrameError.unencodable("a list of " + codecs.size() + " values",
          values == null ? "null" : values.size() + " values");
    }
    for (int i = 0; i < codecs.size(); i++) {
      codecs.get(i).write(values.get(i), out);
    }
  }

  @Override
  protected int sizeHint(@Nullable List<Object> values) {
    int sum = 0;
    for (int i = 0; values != null && i < Math.min(values.size(), codecs.size()); i++) {
      sum = sum(sum, codecs.get(i).sizeHint(values.get(i)));
    }
    return sum;
  }
}

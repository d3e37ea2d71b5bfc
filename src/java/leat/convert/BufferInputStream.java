package leat.convert;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** Reads a buffer, which stays as it is. Can go back to a mark. For one thread at a time. */
final class BufferInputStream extends InputStream {

  private final ByteBuffer buffer;
  private int mark;

  BufferInputStream(ByteBuffer buffer) {
    this.buffer = buffer.duplicate();
    mark = buffer.position();
  }

  @Override
  public int read() {
    return buffer.hasRemaining() ? buffer.get() & 0xFF : -1;
  }

  @Override
  public int read(byte[] target, int from, int count) {
    Objects.checkFromIndexSize(from, count, target.length);
    if (count == 0) {
      return 0;
    }
    int read = Math.min(count, buffer.remaining());
    buffer.get(target, from, read);
    return read == 0 ? -1 : read;
  }

  @Override
  public long skip(long count) {
    int skipped = (int) Math.max(0, Math.min(count, buffer.remaining()));
    buffer.position(buffer.position() + skipped);
    return skipped;
  }

  @Override
  public int available() {
    return buffer.remaining();
  }

  @Override
  public boolean markSupported() {
    return true;
  }

  @Override
  public void mark(int readLimit) {
    mark = buffer.position();
  }

  @Override
  public void reset() {
    buffer.position(mark);
  }
}

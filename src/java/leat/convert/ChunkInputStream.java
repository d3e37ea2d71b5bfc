package leat.convert;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.Objects;
import leat.bytes.Nullable;

/**
 * Reads chunks of bytes one after another. It takes the next one when all of the last have been read, and waits for it
 * only if it has nothing to return yet. For one thread at a time.
 */
final class ChunkInputStream extends InputStream {

  private final Iterator<ByteBuffer> chunks;
  private final @Nullable Runnable onClose;
  private ByteBuffer current = ByteBuffer.allocate(0);
  private boolean isClosed;

  /** The buffers stay as they are. */
  ChunkInputStream(Iterator<ByteBuffer> chunks, @Nullable Runnable onClose) {
    this.chunks = chunks;
    this.onClose = onClose;
  }

  /** Finds the next byte. Returns false at the end. */
  private boolean advance() throws IOException {
    if (isClosed) {
      throw new IOException("Expected an open stream, actual a closed one.");
    }
    while (!current.hasRemaining()) {
      if (!chunks.hasNext()) {
        return false;
      }
      current = chunks.next().duplicate();
    }
    return true;
  }

  @Override
  public int read() throws IOException {
    return advance() ? current.get() & 0xFF : -1;
  }

  @Override
  public int read(byte[] target, int from, int count) throws IOException {
    Objects.checkFromIndexSize(from, count, target.length);
    if (count == 0) {
      return 0;
    }
    if (!advance()) {
      return -1;
    }
    int read = Math.min(count, current.remaining());
    current.get(target, from, read);
    return read;
  }

  @Override
  public long skip(long count) throws IOException {
    if (count <= 0 || !advance()) {
      return 0;
    }
    int skipped = (int) Math.min(count, current.remaining());
    current.position(current.position() + skipped);
    return skipped;
  }

  @Override
  public int available() {
    return current.remaining();
  }

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      current = ByteBuffer.allocate(0);
      if (onClose != null) {
        onClose.run();
      }
    }
  }
}

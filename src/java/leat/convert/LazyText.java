package leat.convert;

import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Text that is read when somebody looks at it, as far as that. What has been read is kept. Thread-safe. */
public final class LazyText implements CharSequence, Closeable {

  private static final int CHUNK_CHARS = 1024;

  private final Reader reader;
  private final StringBuilder read = new StringBuilder();
  private final char[] chunk = new char[CHUNK_CHARS];
  private boolean isOver;

  /**
   * Makes text of what a reader gives, which is closed at its end.
   *
   * @param reader where to read
   */
  public LazyText(Reader reader) {
    this.reader = Objects.requireNonNull(reader, "reader");
  }

  /** Reads until there are more than {@code index} characters, or to the end. */
  private void readTo(int index) {
    try {
      while (!isOver && read.length() <= index) {
        int count = reader.read(chunk);
        if (count < 0) {
          close();
        } else {
          read.append(chunk, 0, count);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized int length() {
    readTo(Integer.MAX_VALUE);
    return read.length();
  }

  @Override
  public synchronized char charAt(int index) {
    readTo(index);
    return read.charAt(index);
  }

  @Override
  public synchronized CharSequence subSequence(int start, int end) {
    readTo(end);
    return read.substring(start, end);
  }

  @Override
  public synchronized String toString() {
    readTo(Integer.MAX_VALUE);
    return read.toString();
  }

  @Override
  public synchronized void close() throws IOException {
    isOver = true;
    reader.close();
  }
}

package leat.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import leat.async.Source;
import leat.bytes.Nullable;

/**
 * The body of a response. A body of known length is sent with {@code Content-Length}, any other in chunks. A body is used
 * once and closed once, whether it was sent or not.
 *
 * <p>Messages of iterators and sources are byte arrays, {@link ByteBuffer}s or anything else as its text in UTF-8.
 */
public abstract class Body {
  /** No bytes at all. */
  public static final Body EMPTY = new Bytes(ByteBuffer.allocate(0));

  private Body() {}

  /**
   * The length.
   *
   * @return bytes, or -1 when it is not known beforehand
   */
  public abstract long length();

  /** Gives up what the body holds: streams, files and sources are closed. Harmless when it was sent whole. */
  abstract void close();

  /**
   * A body of bytes.
   *
   * @param bytes taken: not to be changed any more
   * @return the body
   */
  public static Body bytes(byte[] bytes) {
    return new Bytes(bytes);
  }

  /**
   * A body of what remains in a buffer.
   *
   * @param buffer its content is taken; its position stays
   * @return the body
   */
  public static Body bytes(ByteBuffer buffer) {
    return new Bytes(buffer.slice());
  }

  /**
   * A body of text in UTF-8.
   *
   * @param text the text
   * @return the body
   */
  public static Body text(String text) {
    return new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A body read from a stream, on a thread that may block, and closed at the end.
   *
   * @param stream taken
   * @return the body
   */
  public static Body stream(InputStream stream) {
    return new Pumped(new InputPump(stream), stream);
  }

  /**
   * A body with one part for each element; a part is sent as soon as the iterator gives it.
   *
   * @param messages read on a thread that may block; closed at the end if it is {@link AutoCloseable}
   * @return the body
   */
  public static Body iterator(Iterator<?> messages) {
    return new Pumped(new MessagePump(messages), messages instanceof AutoCloseable closeable ? closeable : null);
  }

  /**
   * A body written by a function, on a thread that may block.
   *
   * @param writer writes to a stream that blocks while the client does not read
   * @return the body
   */
  public static Body writer(BodyWriter writer) {
    return new Pumped(writer, null);
  }

  /**
   * A body of the messages of a source, sent as they come; the source is closed when the client goes away.
   *
   * @param source taken, and its messages too: byte arrays are not to be changed any more
   * @return the body
   */
  public static Body source(Source<?> source) {
    return new Messages(source);
  }

  /**
   * A whole file, sent without passing through the heap.
   *
   * @param path a regular file
   * @return the body
   * @throws IOException if it is no regular file, or cannot be opened
   */
  public static Body file(Path path) throws IOException {
    return file(path, 0, -1);
  }

  /**
   * A region of a file, sent without passing through the heap.
   *
   * @param path a regular file
   * @param offset where the region starts, in bytes
   * @param length bytes, or -1 for all up to the end
   * @return the body
   * @throws IOException if it is no regular file, or cannot be opened
   * @throws IllegalArgumentException if the region does not lie within the file
   */
  public static Body file(Path path, long offset, long length) throws IOException {
    if (!Files.isRegularFile(path) && Files.exists(path)) {
      // A directory would open, and fail only once the head was sent; a pipe might never open.
      throw new IOException("Expected a regular file, got " + path);
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      long size = channel.size();
      long byteCount = length < 0 ? size - offset : length;
      if (offset < 0 || byteCount < 0 || byteCount > size - offset) {
        throw new IllegalArgumentException(
            "Expected a region within the " + size + " bytes of " + path + ", got offset " + offset + ", length " + length);
      }
      return new Region(channel, offset, byteCount);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Writes a body to a stream. */
  @FunctionalInterface
  public interface BodyWriter {
    /**
     * Writes the whole body.
     *
     * @param out blocks while the client does not read; throws when the client has gone
     * @throws Exception anything: the response is then cut, so that the client sees that it is not whole
     */
    void writeTo(OutputStream out) throws Exception;
  }

  /** Bytes in memory: an array (the usual case, without a buffer object around it) or a buffer. */
  static final class Bytes extends Body {
    private final Object content;

    Bytes(Object content) {
      this.content = content;
    }

    /** The array, or null when the content is a buffer. */
    byte[] array() {
      return content instanceof byte[] bytes ? bytes : null;
    }

    ByteBuffer buffer() {
      return content instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : ((ByteBuffer) content).duplicate();
    }

    @Override
    public long length() {
      return content instanceof byte[] bytes ? bytes.length : ((ByteBuffer) content).remaining();
    }

    @Override
    void close() {}
  }

  /** A region of an open file. */
  static final class Region extends Body {
    final FileChannel channel;
    final long offset;
    final long byteCount;

    Region(FileChannel channel, long offset, long byteCount) {
      this.channel = channel;
      this.offset = offset;
      this.byteCount = byteCount;
    }

    @Override
    public long length() {
      return byteCount;
    }

    @Override
    void close() {
      Quietly.close(channel);
    }
  }

  /** Messages that come when they come. */
  static final class Messages extends Body {
    final Source<?> source;

    Messages(Source<?> source) {
      this.source = source;
    }

    @Override
    public long length() {
      return -1;
    }

    @Override
    void close() {
      source.close();
    }
  }

  /** A body that a blocking thread pumps into the connection. */
  static final class Pumped extends Body {
    final BodyWriter writer;
    private final @Nullable AutoCloseable resource;

    Pumped(BodyWriter writer, @Nullable AutoCloseable resource) {
      this.writer = writer;
      this.resource = resource;
    }

    @Override
    public long length() {
      return -1;
    }

    @Override
    void close() {
      if (resource != null) {
        Quietly.close(resource);
      }
    }
  }

  /** Pumps an input stream; what came in a short read is sent at once, since more may be long in coming. */
  private record InputPump(InputStream stream) implements BodyWriter {
    private static final int PART = 32 * 1024;

    @Override
    public void writeTo(OutputStream out) throws IOException {
      byte[] part = new byte[PART];
      for (int n = stream.read(part); n >= 0; n = stream.read(part)) {
        out.write(part, 0, n);
        if (n < PART) {
          out.flush();
        }
      }
    }
  }

  /** Pumps an iterator, a part for each message. */
  private record MessagePump(Iterator<?> messages) implements BodyWriter {
    @Override
    public void writeTo(OutputStream out) throws IOException {
      while (messages.hasNext()) {
        out.write(messageBytes(messages.next()));
        out.flush();
      }
    }
  }

  /** The bytes of one message. */
  static byte[] messageBytes(Object message) {
    if (message instanceof byte[] bytes) {
      return bytes;
    }
    if (message instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return bytes;
    }
    return String.valueOf(message).getBytes(StandardCharsets.UTF_8);
  }
}

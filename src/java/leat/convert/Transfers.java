package leat.convert;

import clojure.lang.ILookup;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.function.Supplier;
import leat.bytes.Nullable;

/** Moves all bytes from one thing to another. Nothing here closes anything. */
public final class Transfers {

  private static final int FILE_CHUNK_BYTES = 1 << 20;

  private Transfers() {
  }

  /**
   * Writes all that an input stream gives to an output stream, and flushes that.
   *
   * @param in      where to read
   * @param out     where to write
   * @param options :chunk-size, 8 KiB by default, or null
   * @throws IOException if either fails
   */
  public static void copy(InputStream in, OutputStream out, @Nullable ILookup options) throws IOException {
    byte[] chunk = new byte[Settings.chunkSize(options, 8192)];
    for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
      out.write(chunk, 0, count);
    }
    out.flush();
  }

  /**
   * Writes a whole file to a channel, without taking the bytes into the heap where the system can do that.
   *
   * @param file    where to read, from its beginning
   * @param out     where to write
   * @param options :chunk-size, 1 MiB by default, or null
   * @throws IOException if either fails
   */
  public static void copy(FileChannel file, WritableByteChannel out, @Nullable ILookup options) throws IOException {
    int size = Settings.chunkSize(options, FILE_CHUNK_BYTES);
    long from = 0;
    for (long count = file.transferTo(from, size, out); count > 0; count = file.transferTo(from, size, out)) {
      from += count;
    }
  }

  /**
   * Writes all that a channel gives to a file, from its position on, and forces it to the disk.
   *
   * @param in      where to read
   * @param file    where to write
   * @param options :chunk-size, 8 KiB by default, or null
   * @throws IOException if either fails
   */
  public static void copy(ReadableByteChannel in, FileChannel file, @Nullable ILookup options) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(Settings.chunkSize(options, 8192));
    while (in.read(chunk) >= 0) {
      writeAll(file, chunk.flip());
      chunk.clear();
    }
    file.force(true);
  }

  /**
   * Writes a whole buffer, which stays as it is.
   *
   * @param out   where to write
   * @param bytes what to write
   * @throws IOException if it cannot be written
   */
  public static void writeAll(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    ByteBuffer rest = bytes.duplicate();
    while (rest.hasRemaining()) {
      out.write(rest);
    }
  }

  /**
   * Takes the next bytes of an input stream.
   *
   * @param in   where to read
   * @param size how many bytes
   * @return as many bytes, fewer at the end, null after it
   * @throws IOException if it cannot be read
   */
  public static @Nullable byte[] take(InputStream in, int size) throws IOException {
    return Bytes.readChunk(in, size);
  }

  /**
   * Takes the next bytes of a channel.
   *
   * @param in      where to read
   * @param size    how many bytes
   * @param options :direct?, or null
   * @return as many bytes, fewer at the end, null after it
   * @throws IOException if it cannot be read
   */
  public static @Nullable ByteBuffer take(ReadableByteChannel in, int size, @Nullable ILookup options)
      throws IOException {
    return Files.read(in, Settings.isDirect(options) ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size));
  }

  /**
   * Takes the next bytes of a buffer, and moves its position behind them.
   *
   * @param in   where to read
   * @param size how many bytes
   * @return as many bytes, fewer at the end, null after it
   */
  public static @Nullable ByteBuffer take(ByteBuffer in, int size) {
    if (!in.hasRemaining()) {
      return null;
    }
    int count = Math.min(size, in.remaining());
    ByteBuffer part = in.slice(in.position(), count).order(in.order());
    in.position(in.position() + count);
    return part;
  }

  /**
   * Returns a stream of what something gives that is asked again and again.
   *
   * @param next  gives the next bytes, or null at the end
   * @param close what closes it
   * @return the stream
   */
  public static InputStream inputStream(Supplier<ByteBuffer> next, Runnable close) {
    return new ChunkInputStream(new Elements.Lookahead<>() {
      @Override
      @Nullable ByteBuffer pull() {
        return next.get();
      }
    }, close);
  }
}

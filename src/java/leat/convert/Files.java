package leat.convert;

import clojure.lang.ILookup;
import clojure.lang.ISeq;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import leat.bytes.Nullable;

/** Files and channels. */
final class Files {

  /** A mapping has fewer than 2 GiB. */
  private static final int MAX_MAPPED_BYTES = 2_000_000_000;

  private Files() {
  }

  static FileChannel readable(File file) throws IOException {
    return FileChannel.open(file.toPath(), StandardOpenOption.READ);
  }

  static FileChannel writable(File file, @Nullable ILookup options) throws IOException {
    Set<OpenOption> how = new HashSet<>(Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    if (Settings.isAppending(options)) {
      how.add(StandardOpenOption.APPEND);
    }
    return FileChannel.open(file.toPath(), how);
  }

  /** Returns the mapped parts of a file, which is open until the last part is mapped or the sequence is closed. */
  static @Nullable ISeq mapped(File file, @Nullable ILookup options) throws IOException {
    boolean isWritable = Settings.isWritable(options);
    int size = Settings.chunkSize(options, MAX_MAPPED_BYTES);
    Set<OpenOption> how = new HashSet<>(Set.of(StandardOpenOption.READ));
    if (isWritable) {
      how.addAll(Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }
    FileChannel channel = FileChannel.open(file.toPath(), how);
    FileChannel.MapMode mode = isWritable ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY;
    Iterator<ByteBuffer> parts = new Elements.Lookahead<>() {
      private long from;

      @Override
      @Nullable ByteBuffer pull() throws IOException {
        long left = channel.isOpen() ? channel.size() - from : 0;
        if (left <= 0) {
          return null;
        }
        ByteBuffer part = channel.map(mode, from, Math.min(left, size));
        from += part.remaining();
        return part;
      }
    };
    return ClosingSeq.of(Elements.lazy(parts), () -> close(channel));
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns what a channel gives, in chunks that are full but for the last, and closes it at its end. */
  static Iterator<ByteBuffer> chunks(ReadableByteChannel channel, @Nullable ILookup options) {
    int size = Settings.chunkSize(options, 4096);
    boolean isDirect = Settings.isDirect(options);
    return new Elements.Lookahead<>() {
      @Override
      @Nullable ByteBuffer pull() throws IOException {
        ByteBuffer chunk = read(channel, isDirect ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size));
        if (chunk == null) {
          channel.close();
        }
        return chunk;
      }
    };
  }

  /** Fills a buffer. Returns null if the channel is at its end. */
  static @Nullable ByteBuffer read(ReadableByteChannel channel, ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      if (channel.read(target) < 0) {
        break;
      }
    }
    return target.position() == 0 ? null : target.flip();
  }
}

package leat.net;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;

/** A region of a file on its way to a socket, without passing through the heap. Closes the file when it is done with. */
final class FileRegion {
  private final FileChannel file;
  private long position;
  private long left;

  FileRegion(FileChannel file, long position, long byteCount) {
    this.file = file;
    this.position = position;
    this.left = byteCount;
  }

  long left() {
    return left;
  }

  /**
   * Moves what the socket takes.
   *
   * @return true if that was all; false for the rest to be offered once the socket is writable again
   */
  boolean writeTo(SocketChannel socket) throws IOException {
    // A file channel closes itself under an interrupted thread; an interrupt of a loop has no meaning (EventLoop).
    Thread.interrupted();
    long n = file.transferTo(position, left, socket);
    if (n == 0 && position >= file.size()) {
      throw truncated();
    }
    position += n;
    left -= n;
    return left == 0;
  }

  /**
   * Reads what fits into a buffer.
   *
   * @return how many bytes
   */
  int readTo(ByteBuffer target) throws IOException {
    Thread.interrupted();
    int limit = target.limit();
    target.limit((int) Math.min(limit, target.position() + left));
    int n = file.read(target, position);
    target.limit(limit);
    if (n < 0) {
      throw truncated();
    }
    position += n;
    left -= n;
    return n;
  }

  private EOFException truncated() {
    return new EOFException("The file ended " + left + " bytes before the end of its region: it was truncated");
  }

  void close() throws IOException {
    file.close();
  }
}

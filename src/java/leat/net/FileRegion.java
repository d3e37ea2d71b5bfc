package leat.net;

import java.io.EOFException;
import java.io.IOException;
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

  /** Moves what the socket takes, and returns how much that was. */
  long writeTo(SocketChannel socket) throws IOException {
    long n = file.transferTo(position, left, socket);
    if (n == 0 && position >= file.size()) {
      throw new EOFException("The file ended " + left + " bytes before the end of its region: it was truncated");
    }
    position += n;
    left -= n;
    return n;
  }

  void close() throws IOException {
    file.close();
  }
}

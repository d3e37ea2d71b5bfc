package leat.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import leat.bytes.Buf;
import leat.bytes.Nullable;

/**
 * What waits to be written to one socket, in order: small writes gathered in segments, large ones by reference, files as
 * regions. Holds nothing while it is empty. Loop only.
 *
 * <pre>  earlier: [Buf | ByteBuffer | FileRegion]*   then   tail: Buf  ◄── small writes</pre>
 */
final class OutQueue {
  /** From this size on, bytes are kept by reference: a copy into segments would cost more than a write of their own. */
  private static final int BY_REFERENCE = 16 * 1024;

  private final EventLoop loop;
  private @Nullable ArrayDeque<Object> earlier;
  private @Nullable Buf tail;
  private long earlierBytes;

  OutQueue(EventLoop loop) {
    this.loop = loop;
  }

  boolean isEmpty() {
    return earlierBytes == 0 && (tail == null || tail.isEmpty());
  }

  long size() {
    return earlierBytes + (tail == null ? 0 : tail.size());
  }

  Buf tail() {
    Buf buf = tail;
    if (buf == null) {
      buf = loop.takeBuf();
      tail = buf;
    }
    return buf;
  }

  void add(byte[] bytes, int from, int to) {
    if (to - from < BY_REFERENCE) {
      tail().write(bytes, from, to);
    } else {
      addEarlier(ByteBuffer.wrap(bytes, from, to - from), to - from);
    }
  }

  void add(ByteBuffer taken) {
    if (taken.remaining() < BY_REFERENCE) {
      tail().write(taken);
    } else {
      addEarlier(taken, taken.remaining());
    }
  }

  void add(FileChannel file, long position, long byteCount) throws IOException {
    if (byteCount == 0) {
      file.close();
    } else {
      addEarlier(new FileRegion(file, position, byteCount), byteCount);
    }
  }

  private void addEarlier(Object part, long byteCount) {
    if (earlier == null) {
      earlier = new ArrayDeque<>(4);
    }
    if (tail != null && !tail.isEmpty()) {
      earlier.addLast(tail);
      earlierBytes += tail.size();
      tail = null;
    }
    earlier.addLast(part);
    earlierBytes += byteCount;
  }

  /**
   * Offers the socket one write of what waits first.
   *
   * @return true if the socket may take more, false if it is full
   */
  boolean writeTo(SocketChannel socket, ByteBuffer direct) throws IOException {
    Object first = earlier == null ? null : earlier.peekFirst();
    if (first == null) {
      return writeTail(socket, direct);
    }
    boolean more;
    long before = sizeOf(first);
    if (first instanceof FileRegion region) {
      more = region.writeTo(socket) > 0;
    } else if (first instanceof Buf buf) {
      more = write(socket, direct, buf);
    } else {
      more = write(socket, direct, (ByteBuffer) first);
    }
    long after = sizeOf(first);
    earlierBytes -= before - after;
    if (after == 0) {
      earlier.removeFirst();
      discard(first);
      if (earlier.isEmpty()) {
        earlier = null;
      }
    }
    return more;
  }

  private boolean writeTail(SocketChannel socket, ByteBuffer direct) throws IOException {
    Buf buf = tail;
    boolean more = write(socket, direct, buf);
    if (buf.isEmpty()) {
      tail = null;
      loop.recycleBuf(buf);
    }
    return more;
  }

  private static boolean write(SocketChannel socket, ByteBuffer direct, Buf buf) throws IOException {
    direct.clear();
    buf.copyTo(direct);
    direct.flip();
    int n = socket.write(direct);
    buf.skip(n);
    return !direct.hasRemaining();
  }

  private static boolean write(SocketChannel socket, ByteBuffer direct, ByteBuffer bytes) throws IOException {
    direct.clear();
    int part = Math.min(direct.remaining(), bytes.remaining());
    direct.put(0, bytes, bytes.position(), part).limit(part);
    int n = socket.write(direct);
    bytes.position(bytes.position() + n);
    return n == part;
  }

  private static long sizeOf(Object part) {
    if (part instanceof FileRegion region) {
      return region.left();
    }
    return part instanceof Buf buf ? buf.size() : ((ByteBuffer) part).remaining();
  }

  private void discard(Object part) throws IOException {
    if (part instanceof FileRegion region) {
      region.close();
    } else if (part instanceof Buf buf) {
      buf.clear();
      loop.recycleBuf(buf);
    }
  }

  /** Gives up everything that waits. */
  void clear() throws IOException {
    if (tail != null) {
      discard(tail);
      tail = null;
    }
    earlierBytes = 0;
    IOException failure = null;
    while (earlier != null && !earlier.isEmpty()) {
      try {
        discard(earlier.removeFirst());
      } catch (IOException e) {
        failure = e;
      }
    }
    earlier = null;
    if (failure != null) {
      throw failure;
    }
  }
}

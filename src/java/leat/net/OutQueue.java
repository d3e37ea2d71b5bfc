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
   * Offers the socket one write of what waits first: a file region, or as much of everything before the next one as fits
   * in a write.
   *
   * @return true if the socket may take more, false if it is full
   */
  boolean writeTo(SocketChannel socket, ByteBuffer direct) throws IOException {
    Object first = earlier == null ? null : earlier.peekFirst();
    if (first == null) {
      return writeTail(socket, direct);
    }
    if (first instanceof FileRegion region) {
      return writeFile(socket, region);
    }
    direct.clear();
    gather(direct);
    direct.flip();
    consume(socket.write(direct));
    return !direct.hasRemaining();
  }

  private boolean writeTail(SocketChannel socket, ByteBuffer direct) throws IOException {
    Buf buf = tail;
    direct.clear();
    buf.copyTo(direct);
    direct.flip();
    buf.skip(socket.write(direct));
    if (buf.isEmpty()) {
      tail = null;
      loop.recycleBuf(buf);
    }
    return !direct.hasRemaining();
  }

  private boolean writeFile(SocketChannel socket, FileRegion region) throws IOException {
    long before = region.left();
    boolean whole = region.writeTo(socket);
    earlierBytes -= before - region.left();
    if (whole) {
      removeFirst();
    }
    return whole;
  }

  /**
   * Moves from the front what fits, file regions too: for a filter that has to see every byte.
   *
   * @return how many bytes
   */
  int takeTo(ByteBuffer target) throws IOException {
    int before = target.remaining();
    while (earlier != null && target.hasRemaining()) {
      if (earlier.peekFirst() instanceof FileRegion region) {
        earlierBytes -= region.readTo(target);
        if (region.left() == 0) {
          removeFirst();
        }
      } else {
        int at = target.position();
        gather(target);
        consume(target.position() - at);
      }
    }
    Buf buf = tail;
    if (earlier == null && buf != null) {
      buf.skip(buf.copyTo(target));
      if (buf.isEmpty()) {
        tail = null;
        loop.recycleBuf(buf);
      }
    }
    return before - target.remaining();
  }

  /** Copies from the front, without consuming: parts of one write should not cost a packet each. */
  private void gather(ByteBuffer direct) {
    for (Object part : earlier) {
      if (part instanceof FileRegion || !direct.hasRemaining()) {
        return;
      }
      if (part instanceof Buf buf) {
        buf.copyTo(direct);
      } else {
        ByteBuffer bytes = (ByteBuffer) part;
        int count = Math.min(direct.remaining(), bytes.remaining());
        direct.put(direct.position(), bytes, bytes.position(), count).position(direct.position() + count);
      }
    }
    if (tail != null) {
      tail.copyTo(direct);
    }
  }

  /** Drops from the front what the socket took. */
  private void consume(int byteCount) throws IOException {
    int left = byteCount;
    while (left > 0 && earlier != null) {
      Object part = earlier.peekFirst();
      int count = (int) Math.min(left, sizeOf(part));
      if (part instanceof Buf buf) {
        buf.skip(count);
      } else {
        ByteBuffer bytes = (ByteBuffer) part;
        bytes.position(bytes.position() + count);
      }
      left -= count;
      earlierBytes -= count;
      if (sizeOf(part) == 0) {
        removeFirst();
      }
    }
    if (left > 0) {
      tail.skip(left);
    }
  }

  private void removeFirst() throws IOException {
    Object part = earlier.removeFirst();
    if (earlier.isEmpty()) {
      earlier = null;
    }
    discard(part);
  }

  /** Keeps no empty tail. */
  void rest() {
    Buf buf = tail;
    if (buf != null) {
      tail = null;
      buf.clear();
      loop.recycleBuf(buf);
    }
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
    rest();
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

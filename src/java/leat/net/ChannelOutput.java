package leat.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import leat.bytes.Buf;
import leat.bytes.Nullable;

/**
 * The writing half of a {@link TcpChannel}: what waits, when it goes to the socket, and what is watched for. Loop only.
 *
 * <pre>
 *   Output: IDLE ──write──► SCHEDULED ──flush──► IDLE, or BLOCKED ──writable──► SCHEDULED
 * </pre>
 */
public abstract sealed class ChannelOutput implements Selectable permits TcpChannel {
  private static final Logger LOG = System.getLogger("leat.net");
  private static final int WRITES_PER_TURN = 32;

  /** Drawn at {@link TcpChannel}. */
  enum State {
    OPEN,
    FINISHING,
    FINISHED,
    FLUSHING,
    LINGERING,
    CLOSED
  }

  private enum Output {
    /** Nothing waits, or what waits was appended to output() and not flushed yet, or waits for a TLS handshake. */
    IDLE,
    /** A flush is sure to come: within the channel's own event, or since it stands in the loop's list. */
    SCHEDULED,
    /** Something waits until the socket is writable; to try before would be a wasted system call. */
    BLOCKED
  }

  // Final.
  final EventLoop loop;
  final SocketChannel socket;

  // The loop's own.
  OutQueue out;
  /** Null on a plain channel. */
  @Nullable TlsFilter tls;
  @Nullable SelectionKey key;
  State state = State.OPEN;
  private Output output = Output.SCHEDULED;
  private boolean aboveHighWater;
  /** When the socket last took something, or was first offered it, while something waits; else 0. */
  private long progressNanos;

  ChannelOutput(EventLoop loop, SocketChannel socket) {
    this.loop = loop;
    this.socket = socket;
    this.out = new OutQueue(loop);
  }

  // ---- What the reading half knows and does

  /** Whether bytes of the peer are wanted. */
  abstract boolean wantsRead();

  /** Everything that was to be written is, and the state is not OPEN. */
  abstract void onFlushed();

  abstract void tellWritable();

  abstract void tellWriteBlocked();

  abstract void close(@Nullable Throwable cause);

  /**
   * Whether more may be written without the queue growing beyond its mark. It is advice: a write is never refused.
   *
   * @return true while less than {@link TcpChannel#HIGH_WATER} bytes wait
   */
  public final boolean isWritable() {
    if (out.size() < TcpChannel.HIGH_WATER) {
      return true;
    }
    aboveHighWater = true;
    return false;
  }

  /**
   * Bytes that wait to be written.
   *
   * @return 0 when the socket took everything
   */
  public final long pendingBytes() {
    return tls == null ? out.size() : out.size() + tls.pendingBytes();
  }

  /**
   * For how long the socket has taken nothing of what waits.
   *
   * @return nanoseconds, 0 when nothing waits
   */
  public final long stalledNanos() {
    return progressNanos == 0 || pendingBytes() == 0 ? 0 : loop.nanos() - progressNanos;
  }

  /**
   * The place for small writes: append to it, then call {@link #flush()}. Valid until the next call of any other method
   * of the channel, and at most until this turn of the loop ends.
   *
   * @return bytes at the end of the queue
   */
  public final Buf output() {
    loop.assertInside();
    return state == State.OPEN ? out.tail() : loop.scrap();
  }

  /**
   * Writes bytes.
   *
   * @param bytes taken, if there are many: not to be changed any more
   * @param from index of the first byte
   * @param to index after the last byte
   */
  public final void write(byte[] bytes, int from, int to) {
    loop.assertInside();
    if (state == State.OPEN) {
      out.add(bytes, from, to);
      scheduleFlush();
    }
  }

  /**
   * Writes what remains in a buffer.
   *
   * @param buffer taken: neither its content nor its position is to be changed any more
   */
  public final void write(ByteBuffer buffer) {
    loop.assertInside();
    if (state == State.OPEN) {
      out.add(buffer);
      scheduleFlush();
    }
  }

  /**
   * Writes a region of a file, without moving it through the heap unless it is sealed by TLS, and closes the file
   * afterwards, whatever happens.
   *
   * @param file taken
   * @param position where the region starts
   * @param byteCount how long it is
   * @throws IOException if closing the file of an empty region fails
   * @throws IllegalArgumentException if the position or the length is negative
   */
  public final void write(FileChannel file, long position, long byteCount) throws IOException {
    loop.assertInside();
    if (state == State.OPEN && position >= 0 && byteCount > 0) {
      out.add(file, position, byteCount);
      scheduleFlush();
      return;
    }
    file.close();
    if (position < 0 || byteCount < 0) {
      throw new IllegalArgumentException(
          "Expected a region of a file, got position " + position + " and " + byteCount + " bytes");
    }
  }

  /** Makes sure that what was appended to {@link #output()} is sent in this turn of the loop, or dropped if closed. */
  public final void flush() {
    loop.assertInside();
    if (state == State.OPEN) {
      scheduleFlush();
    } else {
      loop.scrap();
    }
  }

  final void scheduleFlush() {
    if (output == Output.IDLE) {
      output = Output.SCHEDULED;
      loop.flushLater(this);
    }
  }

  /** An event of the channel's own begins, at whose end it flushes. */
  final void beginEvent(boolean socketIsWritable) {
    if (output == Output.IDLE || socketIsWritable) {
      output = Output.SCHEDULED;
    }
  }

  /** Writes all that can be sent now, as far as the socket takes it, if a flush is still due. */
  final void flushNow() {
    if (output != Output.SCHEDULED || state == State.CLOSED) {
      return;
    }
    boolean full = false;
    for (int n = 0; !full && n < WRITES_PER_TURN && hasOutput(); n++) {
      full = !writeOnce();
      if (state == State.CLOSED) {
        return;
      }
    }
    if (!hasOutput()) {
      rest();
      return;
    }
    output = Output.BLOCKED;
    updateInterest();
    if (full) {
      tellWriteBlocked();
    }
  }

  private boolean hasOutput() {
    return tls == null ? !out.isEmpty() : tls.hasOutput();
  }

  /** Nothing more can be sent at present. */
  private void rest() {
    output = Output.IDLE;
    progressNanos = 0;
    if (out.isEmpty()) {
      out.rest();
      if (state != State.OPEN && (tls == null || tls.isFlushed())) {
        onFlushed();
        return;
      }
    }
    updateInterest();
  }

  /** Returns whether the socket may take more. */
  private boolean writeOnce() {
    long before = pendingBytes();
    boolean more;
    try {
      loop.writes++;
      more = tls == null ? out.writeTo(socket, loop.direct) : tls.writeTo(socket);
    } catch (IOException e) {
      close(e);
      return false;
    }
    if (pendingBytes() != before || progressNanos == 0) {
      progressNanos = loop.nanos();
    }
    if (aboveHighWater && out.size() <= TcpChannel.LOW_WATER) {
      aboveHighWater = false;
      if (state == State.OPEN) {
        tellWritable();
      }
    }
    return more;
  }

  final void dropOutput() {
    try {
      out.clear();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "Closing a file failed", e);
    }
  }

  final void updateInterest() {
    if (key == null || state == State.CLOSED) {
      return;
    }
    int wanted = wantsRead() ? SelectionKey.OP_READ : 0;
    if (output == Output.BLOCKED) {
      wanted |= SelectionKey.OP_WRITE;
    }
    if (key.interestOps() != wanted) {
      key.interestOps(wanted);
    }
  }
}

package leat.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import leat.async.TimerWheel;
import leat.bytes.Buf;
import leat.bytes.Nullable;

/**
 * A connected stream socket (TCP, or a Unix domain socket) on one loop. All methods are for the loop's thread.
 *
 * <pre>
 *   State:  OPEN ──closeWhenFlushed──► FLUSHING ──all written──► LINGERING ──FIN, cap or time──► CLOSED
 *             └──────────────────────────── close, error ────────────────────────────────────────▲
 *   Input:  READING ◄──read on/off──► PAUSED        either ──FIN──► ENDED
 *   Output: IDLE ──write──► SCHEDULED ──flush──► IDLE, or BLOCKED ──writable──► SCHEDULED
 * </pre>
 *
 * <p>Writes are gathered and go to the socket once for each turn of the loop: at the end of the channel's own read event,
 * or at the end of the turn. What the socket does not take waits, and only then is the channel watched for writability.
 * Nothing is lost by that: the handler sees {@link #isWritable()} turn false above {@value #HIGH_WATER} bytes and hears
 * {@link ChannelHandler#onWritable} below {@value #LOW_WATER}. What is written once closing has begun is dropped.
 *
 * <p>LINGERING has sent FIN and reads what the peer still sends without looking at it, so that a reset does not destroy
 * the last response on its way (RFC 9112, 9.6).
 */
public final class TcpChannel implements Selectable {
  /** Above this number of waiting bytes {@link #isWritable()} is false. */
  public static final int HIGH_WATER = 256 * 1024;

  /** At or below this number of waiting bytes {@link ChannelHandler#onWritable} is called. */
  public static final int LOW_WATER = 64 * 1024;

  private static final Logger LOG = System.getLogger("leat.net");
  private static final int WRITES_PER_TURN = 32;
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int LINGER_BYTES = 1024 * 1024;

  private enum State {
    OPEN,
    FLUSHING,
    LINGERING,
    CLOSED
  }

  private enum Input {
    READING,
    PAUSED,
    ENDED
  }

  private enum Output {
    /** Nothing waits, or what waits was appended to output() and not flushed yet. */
    IDLE,
    /** A flush is sure to come: within the channel's own event, or since it stands in the loop's list. */
    SCHEDULED,
    /** Something waits until the socket is writable; to try before would be a wasted system call. */
    BLOCKED
  }

  // Final.
  private final EventLoop loop;
  private final SocketChannel socket;
  private final SocketAddress localAddress;
  private final SocketAddress remoteAddress;
  private final OutQueue out;

  // The loop's own.
  /** Null only before the initializer was asked. */
  private @Nullable ChannelHandler handler;

  private @Nullable SelectionKey key;
  private State state = State.OPEN;
  private Input input = Input.READING;
  private Output output = Output.SCHEDULED;
  private boolean aboveHighWater;
  /** When the socket last took something, or was first offered it, while something waits; else 0. */
  private long progressNanos;

  private TcpChannel(EventLoop loop, SocketChannel socket) throws IOException {
    this.loop = loop;
    this.socket = socket;
    this.localAddress = socket.getLocalAddress();
    this.remoteAddress = socket.getRemoteAddress();
    this.out = new OutQueue(loop);
  }

  /**
   * Adopts a connected socket: everything that can fail by itself first, and then the handler, which from then on hears
   * of the end whatever happens. Loop only.
   *
   * @param loop the loop that owns it from now on
   * @param socket connected; closed if this throws
   * @param initializer makes the handler
   * @return the channel, or null if the initializer refused it
   * @throws IOException if the socket cannot be configured or has gone
   */
  static @Nullable TcpChannel adopt(EventLoop loop, SocketChannel socket, Acceptor.Initializer initializer)
      throws IOException {
    loop.assertInside();
    TcpChannel channel = null;
    try {
      socket.configureBlocking(false);
      channel = new TcpChannel(loop, socket);
      if (!(channel.localAddress instanceof UnixDomainSocketAddress)) {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      channel.key = loop.register(socket, SelectionKey.OP_READ, channel);
      channel.handler = initializer.accept(loop, channel.remoteAddress);
    } finally {
      if (channel == null || channel.handler == null) {
        abandon(channel, socket);
      }
    }
    if (channel.handler == null) {
      return null;
    }
    try {
      channel.handler.onConnected(channel);
      channel.flushNow();
    } catch (Throwable t) {
      channel.close(t);
      throw t;
    }
    return channel;
  }

  private static void abandon(@Nullable TcpChannel channel, SocketChannel socket) throws IOException {
    if (channel != null) {
      channel.state = State.CLOSED;
    }
    socket.close();
  }

  /**
   * The loop that owns the channel.
   *
   * @return the loop
   */
  public EventLoop loop() {
    return loop;
  }

  /**
   * The address of this end.
   *
   * @return as it was when the channel was connected
   */
  public SocketAddress localAddress() {
    return localAddress;
  }

  /**
   * The address of the peer.
   *
   * @return as it was when the channel was connected
   */
  public SocketAddress remoteAddress() {
    return remoteAddress;
  }

  /**
   * Hands the channel over to another handler, which is not told that it is connected.
   *
   * @param successor told what happens from now on
   */
  public void handOver(ChannelHandler successor) {
    loop.assertInside();
    if (handler instanceof Linger linger) {
      linger.closed = successor;
    } else {
      handler = successor;
    }
  }

  /**
   * Whether the channel takes part in events and writes.
   *
   * @return false once closing has begun
   */
  public boolean isOpen() {
    return state == State.OPEN;
  }

  /**
   * Whether the socket is closed.
   *
   * @return true after the end
   */
  public boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Stops reading: the pressure goes back to the peer through TCP. Nothing changes once closing has begun. */
  public void pauseReading() {
    loop.assertInside();
    if (input == Input.READING && state == State.OPEN) {
      input = Input.PAUSED;
      updateInterest();
    }
  }

  /** Goes on reading. */
  public void resumeReading() {
    loop.assertInside();
    if (input == Input.PAUSED) {
      input = Input.READING;
      updateInterest();
    }
  }

  /**
   * Whether more may be written without the queue growing beyond its mark. It is advice: a write is never refused.
   *
   * @return true while less than {@link #HIGH_WATER} bytes wait
   */
  public boolean isWritable() {
    if (out.size() < HIGH_WATER) {
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
  public long pendingBytes() {
    return out.size();
  }

  /**
   * For how long the socket has taken nothing of what waits.
   *
   * @return nanoseconds, 0 when nothing waits
   */
  public long stalledNanos() {
    return out.isEmpty() || progressNanos == 0 ? 0 : loop.nanos() - progressNanos;
  }

  /**
   * The place for small writes: append to it, then call {@link #flush()}. Valid until the next call of any other method
   * of the channel, and at most until this turn of the loop ends.
   *
   * @return bytes at the end of the queue
   */
  public Buf output() {
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
  public void write(byte[] bytes, int from, int to) {
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
  public void write(ByteBuffer buffer) {
    loop.assertInside();
    if (state == State.OPEN) {
      out.add(buffer);
      scheduleFlush();
    }
  }

  /**
   * Writes a region of a file without moving it through the heap, and closes the file afterwards, whatever happens.
   *
   * @param file taken
   * @param position where the region starts
   * @param byteCount how long it is
   * @throws IOException if closing the file of an empty region fails
   * @throws IllegalArgumentException if the position or the length is negative
   */
  public void write(FileChannel file, long position, long byteCount) throws IOException {
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
  public void flush() {
    loop.assertInside();
    if (state == State.OPEN) {
      scheduleFlush();
    } else {
      loop.scrap();
    }
  }

  private void scheduleFlush() {
    if (output == Output.IDLE) {
      output = Output.SCHEDULED;
      loop.flushLater(this);
    }
  }

  /** Sends what waits, then FIN, and closes when the peer has seen it. Later reads and writes are dropped. */
  public void closeWhenFlushed() {
    loop.assertInside();
    if (state == State.OPEN) {
      state = State.FLUSHING;
      if (input == Input.PAUSED) {
        input = Input.READING;
      }
      updateInterest();
      scheduleFlush();
    }
  }

  /** Closes at once; what waits is lost. */
  public void close() {
    close(null);
  }

  /**
   * Closes at once; what waits is lost.
   *
   * @param cause given to {@link ChannelHandler#onClosed}; null for an orderly end
   */
  public void close(@Nullable Throwable cause) {
    loop.assertInside();
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    try {
      socket.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "Closing a socket failed", e);
    }
    dropOutput();
    handler.onClosed(this, cause);
  }

  private void dropOutput() {
    try {
      out.clear();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "Closing a file failed", e);
    }
  }

  /**
   * Closes at once with a reset (RST), so that the peer cannot take what it has for the whole.
   *
   * @param cause given to {@link ChannelHandler#onClosed}
   */
  public void reset(Throwable cause) {
    if (state != State.CLOSED && !(localAddress instanceof UnixDomainSocketAddress)) {
      try {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "A socket could not be reset", e);
      }
    }
    close(cause);
  }

  @Override
  public void onFailure(Throwable cause) {
    close(cause);
  }

  @Override
  public void onReady(SelectionKey readyKey) {
    if (state == State.CLOSED) {
      // By the handler of another channel, in this very turn.
      return;
    }
    int ready = readyKey.readyOps();
    if (output == Output.IDLE || (ready & SelectionKey.OP_WRITE) != 0) {
      output = Output.SCHEDULED;
    }
    try {
      if ((ready & SelectionKey.OP_READ) != 0 && input == Input.READING) {
        read();
      }
      flushNow();
    } catch (IOException e) {
      close(e);
    }
  }

  private void read() throws IOException {
    ByteBuffer direct = loop.direct;
    direct.clear();
    int n = socket.read(direct);
    loop.reads++;
    if (n > 0) {
      if (state != State.FLUSHING) {
        direct.get(0, loop.input, 0, n);
        handler.onRead(this, loop.input, 0, n);
      }
    } else if (n < 0) {
      input = Input.ENDED;
      updateInterest();
      if (state != State.FLUSHING) {
        handler.onReadEnd(this);
      }
    }
  }

  /** Writes all that waits, as far as the socket takes it, if a flush is still due. */
  void flushNow() {
    if (output != Output.SCHEDULED || state == State.CLOSED) {
      return;
    }
    boolean full = false;
    for (int n = 0; !full && n < WRITES_PER_TURN && !out.isEmpty(); n++) {
      full = !writeOnce();
      if (state == State.CLOSED) {
        return;
      }
    }
    if (out.isEmpty()) {
      out.rest();
      output = Output.IDLE;
      progressNanos = 0;
      if (state == State.FLUSHING) {
        linger();
      } else {
        updateInterest();
      }
      return;
    }
    output = Output.BLOCKED;
    updateInterest();
    if (full) {
      handler.onWriteBlocked(this);
    }
  }

  /** Returns whether the socket may take more. */
  private boolean writeOnce() {
    long before = out.size();
    boolean more;
    try {
      loop.writes++;
      more = out.writeTo(socket, loop.direct);
    } catch (IOException e) {
      close(e);
      return false;
    }
    if (out.size() != before || progressNanos == 0) {
      progressNanos = loop.nanos();
    }
    if (aboveHighWater && out.size() <= LOW_WATER) {
      aboveHighWater = false;
      if (state == State.OPEN) {
        handler.onWritable(this);
      }
    }
    return more;
  }

  private void linger() {
    if (input == Input.ENDED) {
      close(null);
      return;
    }
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      close(e);
      return;
    }
    state = State.LINGERING;
    updateInterest();
    handler = new Linger(handler);
  }

  private void updateInterest() {
    if (key == null || state == State.CLOSED) {
      return;
    }
    int wanted = input == Input.READING ? SelectionKey.OP_READ : 0;
    if (output == Output.BLOCKED) {
      wanted |= SelectionKey.OP_WRITE;
    }
    if (key.interestOps() != wanted) {
      key.interestOps(wanted);
    }
  }

  /** Tells protocol, addresses and state. */
  @Override
  public String toString() {
    return "TcpChannel[" + localAddress + " <- " + remoteAddress + ", " + state + ", " + out.size() + " bytes wait]";
  }

  /** Stands in for the handler while LINGERING: drops what comes, and ends it in time. */
  private final class Linger extends TimerWheel.Timer implements ChannelHandler {
    private ChannelHandler closed;
    private int dropped;

    Linger(ChannelHandler closed) {
      this.closed = closed;
      loop.schedule(this, LINGER_NANOS);
    }

    @Override
    protected void onTimeout(long nowNanos) {
      close(null);
    }

    @Override
    public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
      dropped += to - from;
      if (dropped > LINGER_BYTES) {
        close(null);
      }
    }

    @Override
    public void onReadEnd(TcpChannel channel) {
      close(null);
    }

    @Override
    public void onClosed(TcpChannel channel, @Nullable Throwable cause) {
      loop.cancel(this);
      // A reset at this stage is the peer's way of not waiting: the exchange was over.
      closed.onClosed(channel, null);
    }
  }
}

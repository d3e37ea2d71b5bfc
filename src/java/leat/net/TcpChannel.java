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
 * </pre>
 *
 * <p>Writes are gathered and go to the socket once for each turn of the loop: at the end of the channel's own read event,
 * or at the end of the turn. What the socket does not take waits, and only then is the channel watched for writability.
 * Nothing is lost by that: the handler sees {@link #isWritable()} turn false above {@value #HIGH_WATER} bytes and hears
 * {@link ChannelHandler#onWritable} below {@value #LOW_WATER}.
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

  // Final.
  private final EventLoop loop;
  private final SocketChannel socket;
  private final SocketAddress localAddress;
  private final SocketAddress remoteAddress;
  private final OutQueue out;

  // The loop's own.
  private ChannelHandler handler;
  private @Nullable SelectionKey key;
  private State state = State.OPEN;
  private Input input = Input.READING;
  /** Set while a flush is sure to come: within the channel's own event, or when it stands in the loop's list. */
  private boolean flushComes;

  private boolean aboveHighWater;
  /** When the socket last took something, or was first offered it, while something waits; else 0. */
  private long progressNanos;

  private TcpChannel(EventLoop loop, SocketChannel socket, ChannelHandler handler) throws IOException {
    this.loop = loop;
    this.socket = socket;
    this.handler = handler;
    this.localAddress = socket.getLocalAddress();
    this.remoteAddress = socket.getRemoteAddress();
    this.out = new OutQueue(loop);
  }

  /**
   * Adopts a connected socket and tells the handler. Loop only.
   *
   * @param loop the loop that owns it from now on
   * @param socket connected
   * @param handler told what happens
   * @return the channel
   * @throws IOException if the socket cannot be configured or has gone; it is then closed
   */
  static TcpChannel adopt(EventLoop loop, SocketChannel socket, ChannelHandler handler) throws IOException {
    loop.assertInside();
    TcpChannel channel;
    try {
      socket.configureBlocking(false);
      channel = new TcpChannel(loop, socket, handler);
      if (!(channel.localAddress instanceof UnixDomainSocketAddress)) {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      channel.key = loop.register(socket, SelectionKey.OP_READ, channel);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
    channel.flushComes = true;
    try {
      handler.onConnected(channel);
      channel.flushNow();
    } catch (Throwable t) {
      channel.close(t);
      throw t;
    }
    return channel;
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
    handler = successor;
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

  /** Stops reading: the pressure goes back to the peer through TCP. */
  public void pauseReading() {
    if (input == Input.READING) {
      input = Input.PAUSED;
      updateInterest();
    }
  }

  /** Goes on reading. */
  public void resumeReading() {
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
   * The place for small writes: append to it, then call {@link #flush()}. Valid until the next call of any write method.
   *
   * @return bytes at the end of the queue
   */
  public Buf output() {
    return out.tail();
  }

  /**
   * Writes bytes.
   *
   * @param bytes taken, if there are many: not to be changed any more
   * @param from index of the first byte
   * @param to index after the last byte
   */
  public void write(byte[] bytes, int from, int to) {
    out.add(bytes, from, to);
    flush();
  }

  /**
   * Writes what remains in a buffer.
   *
   * @param buffer taken: neither its content nor its position is to be changed any more
   */
  public void write(ByteBuffer buffer) {
    out.add(buffer);
    flush();
  }

  /**
   * Writes a region of a file without moving it through the heap, and closes the file afterwards, whatever happens.
   *
   * @param file taken
   * @param position where the region starts
   * @param byteCount how long it is
   * @throws IOException if closing an empty region's file fails
   */
  public void write(FileChannel file, long position, long byteCount) throws IOException {
    out.add(file, position, byteCount);
    flush();
  }

  /** Makes sure that what was appended to {@link #output()} is sent in this turn of the loop, or dropped if closed. */
  public void flush() {
    if (state == State.CLOSED) {
      dropOutput();
    } else if (!flushComes) {
      flushComes = true;
      loop.flushLater(this);
    }
  }

  /** Sends what waits, then FIN, and closes when the peer has seen it. Later reads are dropped. */
  public void closeWhenFlushed() {
    if (state == State.OPEN) {
      state = State.FLUSHING;
      if (input == Input.PAUSED) {
        input = Input.READING;
      }
      updateInterest();
      flush();
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
    flushComes = true;
    try {
      int ready = readyKey.readyOps();
      if ((ready & SelectionKey.OP_READ) != 0 && input == Input.READING) {
        read();
      }
      flushNow();
    } catch (IOException e) {
      close(e);
    } catch (java.nio.channels.CancelledKeyException e) {
      if (state != State.CLOSED) {
        close(e);
      }
    }
  }

  private void read() throws IOException {
    ByteBuffer direct = loop.direct;
    direct.clear();
    int n = socket.read(direct);
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

  /** Writes all that waits, as far as the socket takes it. */
  void flushNow() throws IOException {
    flushComes = true;
    for (int n = 0; state != State.CLOSED && !out.isEmpty(); n++) {
      long before = out.size();
      boolean full;
      try {
        full = !out.writeTo(socket, loop.direct);
      } catch (IOException e) {
        close(e);
        return;
      }
      if (out.size() != before || progressNanos == 0) {
        progressNanos = loop.nanos();
      }
      if (aboveHighWater && out.size() <= LOW_WATER) {
        aboveHighWater = false;
        handler.onWritable(this);
      }
      if (full) {
        handler.onWriteBlocked(this);
        break;
      }
      if (n >= WRITES_PER_TURN) {
        break;
      }
    }
    flushComes = false;
    if (state == State.CLOSED) {
      return;
    }
    if (out.isEmpty()) {
      progressNanos = 0;
      if (state == State.FLUSHING) {
        linger();
        return;
      }
    }
    updateInterest();
  }

  private void linger() throws IOException {
    if (input == Input.ENDED) {
      close(null);
      return;
    }
    state = State.LINGERING;
    updateInterest();
    socket.shutdownOutput();
    handler = new Linger(handler);
  }

  private void updateInterest() {
    if (key == null || state == State.CLOSED) {
      return;
    }
    int wanted = input == Input.READING ? SelectionKey.OP_READ : 0;
    if (!out.isEmpty() && !flushComes) {
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
    private final ChannelHandler closed;
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

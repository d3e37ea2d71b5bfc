package leat.net;

import java.util.concurrent.TimeUnit;
import leat.async.TimerWheel;
import leat.bytes.Nullable;

/** Stands in for the handler of a channel that is LINGERING: drops what comes, and ends it in time. Loop only. */
final class Linger extends TimerWheel.Timer implements ChannelHandler {
  static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int LINGER_BYTES = 1024 * 1024;

  private final TcpChannel channel;
  private final @Nullable Throwable cause;
  /** Told of the end. */
  ChannelHandler closed;

  private int dropped;

  /**
   * Begins to linger.
   *
   * @param cause told to the handler in the end; null if all went well
   */
  Linger(TcpChannel channel, ChannelHandler closed, @Nullable Throwable cause) {
    this.channel = channel;
    this.closed = closed;
    this.cause = cause;
    channel.loop().schedule(this, LINGER_NANOS);
  }

  @Override
  protected void onTimeout(long nowNanos) {
    channel.close();
  }

  @Override
  public void onRead(TcpChannel source, byte[] bytes, int from, int to) {
    dropped += to - from;
    if (dropped > LINGER_BYTES) {
      channel.close();
    }
  }

  @Override
  public void onReadEnd(TcpChannel source) {
    channel.close();
  }

  @Override
  public void onClosed(TcpChannel source, @Nullable Throwable reset) {
    channel.loop().cancel(this);
    // A reset at this stage is the peer's way of not waiting: the exchange was over.
    closed.onClosed(source, cause);
  }
}

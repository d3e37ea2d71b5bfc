package leat.server;

import leat.bytes.Nullable;
import leat.net.ChannelHandler;
import leat.net.TcpChannel;

/** Passes the events of a channel that was given away on to the successor, and its end to the connection's books too. */
record Upgraded(Http1Conn conn, ChannelHandler successor) implements ChannelHandler {
  @Override
  public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
    successor.onRead(channel, bytes, from, to);
  }

  @Override
  public void onReadEnd(TcpChannel channel) {
    successor.onReadEnd(channel);
  }

  @Override
  public void onWritable(TcpChannel channel) {
    successor.onWritable(channel);
  }

  @Override
  public void onWriteBlocked(TcpChannel channel) {
    successor.onWriteBlocked(channel);
  }

  @Override
  public void onClosed(TcpChannel channel, @Nullable Throwable cause) {
    try {
      successor.onClosed(channel, cause);
    } finally {
      conn.onClosed(channel, cause);
    }
  }
}

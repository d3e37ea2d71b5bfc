package leat.net;

import leat.bytes.Nullable;

/** Sends back what comes, and stops reading while the peer does not take it. */
class Echo implements ChannelHandler {
  @Override
  public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
    channel.output().write(bytes, from, to);
    channel.flush();
    if (!channel.isWritable()) {
      channel.pauseReading();
    }
  }

  @Override
  public void onWritable(TcpChannel channel) {
    channel.resumeReading();
  }

  @Override
  public void onClosed(TcpChannel channel, @Nullable Throwable cause) {}
}

package leat.net;

import java.net.SocketAddress;
import leat.bytes.Nullable;

/** Told what happens to one {@link UdpChannel}: all on its loop, and none may block. What any of these throws closes it. */
public interface UdpHandler {
  /**
   * A datagram came.
   *
   * @param channel the channel
   * @param sender where it comes from
   * @param bytes lent until this returns: copy what is to be kept
   * @param from index of the first byte
   * @param to index after the last byte; equal to {@code from} for an empty datagram
   */
  void onDatagram(UdpChannel channel, SocketAddress sender, byte[] bytes, int from, int to);

  /**
   * What waits to be sent fell to the low-water mark, after {@link UdpChannel#isWritable()} had said no.
   *
   * @param channel the channel
   */
  default void onWritable(UdpChannel channel) {}

  /**
   * A datagram could not be sent, for a reason that lies with it or with the way to its target. The channel goes on.
   *
   * @param channel the channel
   * @param target where it was to go
   * @param cause what went wrong
   */
  default void onSendFailed(UdpChannel channel, SocketAddress target, Throwable cause) {}

  /**
   * The channel is closed, and nothing else comes.
   *
   * @param channel the channel
   * @param cause what went wrong, or null after {@link UdpChannel#close()}
   */
  default void onClosed(UdpChannel channel, @Nullable Throwable cause) {}
}

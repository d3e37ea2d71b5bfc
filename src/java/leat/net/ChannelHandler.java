package leat.net;

import leat.bytes.Nullable;

/**
 * Told what happens to one channel: an event for each interest, all on the channel's loop, none of which may block.
 *
 * <pre>
 *   onConnected ──► (onRead | onWritable)* ──► onReadEnd? ──► onWritable* ──► onClosed
 * </pre>
 *
 * <p>{@code onClosed} comes exactly once, whatever happened, and last. What any of these throws closes the channel.
 */
public interface ChannelHandler {
  /**
   * The channel is connected, and reads from now on.
   *
   * @param channel the channel
   */
  default void onConnected(TcpChannel channel) {}

  /**
   * Bytes came.
   *
   * @param channel the channel
   * @param bytes lent until this returns: copy what is to be kept
   * @param from index of the first byte
   * @param to index after the last byte
   */
  void onRead(TcpChannel channel, byte[] bytes, int from, int to);

  /**
   * The peer sends no more (FIN); writing goes on. By default the channel is closed once all is written.
   *
   * @param channel the channel
   */
  default void onReadEnd(TcpChannel channel) {
    channel.closeWhenFlushed();
  }

  /**
   * What waits to be written fell to the low-water mark, after {@link TcpChannel#isWritable()} had said no. It does not
   * come any more once closing has begun.
   *
   * @param channel the channel
   */
  default void onWritable(TcpChannel channel) {}

  /**
   * The socket is full: what waits is written as the peer reads. Comes each time that the socket is offered something and
   * does not take all of it.
   *
   * @param channel the channel
   */
  default void onWriteBlocked(TcpChannel channel) {}

  /**
   * The channel is closed, and nothing else comes.
   *
   * @param channel the channel
   * @param cause what went wrong, or null after an orderly end
   */
  default void onClosed(TcpChannel channel, @Nullable Throwable cause) {}
}

package leat.udp;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import leat.bytes.Nullable;
import leat.net.UdpChannel;
import leat.net.UdpHandler;

/** What a socket is told by its channel, on the loop. */
final class UdpEvents implements UdpHandler {
  private static final Logger LOG = System.getLogger("leat.udp");

  private final UdpSocket socket;

  UdpEvents(UdpSocket socket) {
    this.socket = socket;
  }

  @Override
  public void onDatagram(UdpChannel channel, SocketAddress sender, byte[] bytes, int from, int to) {
    socket.received(Datagram.of((InetSocketAddress) sender, Arrays.copyOfRange(bytes, from, to)));
  }

  @Override
  public void onWritable(UdpChannel channel) {
    socket.outbox().writable();
  }

  @Override
  public void onSendFailed(UdpChannel channel, SocketAddress target, Throwable cause) {
    socket.sendFailed();
    LOG.log(Level.DEBUG, () -> "A datagram to " + target + " could not be sent: " + cause.getMessage());
  }

  @Override
  public void onClosed(UdpChannel channel, @Nullable Throwable cause) {
    socket.ended(cause);
  }
}

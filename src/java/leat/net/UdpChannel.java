package leat.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.SelectionKey;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import leat.async.Deferred;
import leat.bytes.Nullable;

/**
 * A UDP socket on one loop. All methods are for the loop's thread, but {@link #open}.
 *
 * <pre>
 *   State:  OPEN ──close, error──► CLOSED
 *   send:   straight to the socket; when that is full, to a queue of at most {@value #MOST_QUEUED} bytes, and then dropped
 * </pre>
 */
public final class UdpChannel implements Selectable {
  /** Above this number of waiting bytes {@link #isWritable()} is false. */
  public static final int HIGH_WATER = 64 * 1024;

  /** Datagrams that would make more bytes wait than this are dropped, and counted. */
  public static final int MOST_QUEUED = 1024 * 1024;

  private static final Logger LOG = System.getLogger("leat.net");
  private static final int READS_PER_TURN = 64;
  private static final int LOW_WATER = 16 * 1024;

  private record Outgoing(SocketAddress target, ByteBuffer bytes) {}

  private record Membership(InetAddress group, NetworkInterface on) {}

  // Final.
  private final EventLoop loop;
  private final DatagramChannel socket;
  private final UdpHandler handler;
  private final SocketAddress localAddress;

  // The loop's own.
  private @Nullable SelectionKey key;
  private boolean closed;
  private boolean aboveHighWater;
  private final ArrayDeque<Outgoing> queue = new ArrayDeque<>(0);
  private long queuedBytes;
  private long droppedSends;
  private final Map<Membership, MembershipKey> memberships = new HashMap<>(0);

  private UdpChannel(EventLoop loop, DatagramChannel socket, UdpHandler handler) throws IOException {
    this.loop = loop;
    this.socket = socket;
    this.handler = handler;
    this.localAddress = socket.getLocalAddress();
  }

  /**
   * Opens a socket.
   *
   * @param loop owns the channel
   * @param address the local address, or null for any free port of all addresses; its family is that of the socket
   * @param broadcast whether it may send to broadcast addresses
   * @param options what else to set on the socket before it is bound
   * @param handler told what happens
   * @return a deferred that is realized on the loop; it fails with an {@link IOException} that names the address
   */
  public static Deferred<UdpChannel> open(EventLoop loop, @Nullable SocketAddress address, boolean broadcast,
      SocketOptions options, UdpHandler handler) {
    Objects.requireNonNull(handler, "handler");
    Deferred<UdpChannel> result = new Deferred<>();
    boolean comes = loop.offer(new LoopTask.Wrapped(() -> {
      try {
        UdpChannel channel = openHere(loop, address, broadcast, options, handler);
        if (!result.success(channel)) {
          channel.close();
        }
      } catch (IOException e) {
        result.error(explained(address, e));
      } catch (Throwable t) {
        result.error(t);
      }
    }));
    if (!comes) {
      result.error(new IOException("Cannot open a UDP socket: the event loop has ended"));
    }
    return result;
  }

  private static IOException explained(@Nullable SocketAddress address, IOException cause) {
    String where = address == null ? "any port" : Connector.name(address);
    BindException explained = new BindException("Cannot open a UDP socket at " + where + ": " + cause.getMessage());
    explained.initCause(cause);
    return explained;
  }

  private static UdpChannel openHere(EventLoop loop, @Nullable SocketAddress address, boolean broadcast,
      SocketOptions options, UdpHandler handler) throws IOException {
    if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
      throw new IOException("its host name has no known address");
    }
    DatagramChannel socket = openSocket(address);
    try {
      socket.configureBlocking(false);
      if (broadcast) {
        socket.setOption(StandardSocketOptions.SO_BROADCAST, true);
      }
      options.set(socket);
      socket.bind(address);
      UdpChannel channel = new UdpChannel(loop, socket, handler);
      channel.key = loop.register(socket, SelectionKey.OP_READ, channel);
      return channel;
    } catch (Throwable t) {
      socket.close();
      throw t;
    }
  }

  /** A socket for all addresses speaks both families; membership in an IPv4 group needs one of IPv4, and vice versa. */
  private static DatagramChannel openSocket(@Nullable SocketAddress address) throws IOException {
    if (address instanceof InetSocketAddress inet && !inet.getAddress().isAnyLocalAddress()) {
      return DatagramChannel.open(
          inet.getAddress() instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
    }
    return DatagramChannel.open();
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
   * The local address, with the actual port.
   *
   * @return as it was when the socket was opened
   */
  public SocketAddress localAddress() {
    return localAddress;
  }

  /**
   * Whether the socket is open.
   *
   * @return false after the end
   */
  public boolean isOpen() {
    return !closed;
  }

  /**
   * Whether more may be sent without the queue growing beyond its mark. It is advice.
   *
   * @return true while less than {@link #HIGH_WATER} bytes wait
   */
  public boolean isWritable() {
    if (queuedBytes < HIGH_WATER) {
      return true;
    }
    aboveHighWater = true;
    return false;
  }

  /**
   * How many datagrams were dropped since too many bytes waited already.
   *
   * @return the count so far
   */
  public long droppedSends() {
    return droppedSends;
  }

  /**
   * Sends a datagram, or queues it while the socket is full. Failures are told to the handler.
   *
   * @param target where to
   * @param bytes taken
   */
  public void send(SocketAddress target, ByteBuffer bytes) {
    loop.assertInside();
    if (closed) {
      return;
    }
    if (!queue.isEmpty() || !sendNow(target, bytes)) {
      if (queuedBytes + bytes.remaining() > MOST_QUEUED) {
        droppedSends++;
        return;
      }
      queue.addLast(new Outgoing(target, bytes));
      queuedBytes += bytes.remaining();
      key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }
  }

  /** Returns false if the socket is full. */
  private boolean sendNow(SocketAddress target, ByteBuffer bytes) {
    ByteBuffer direct = loop.direct;
    direct.clear();
    if (bytes.remaining() > direct.remaining()) {
      handler.onSendFailed(this, target, new IOException("Message too long: " + bytes.remaining() + " bytes"));
      return true;
    }
    // Empty datagrams are legal, and a full socket tells so by 0 as well: they are tried once.
    boolean isEmpty = !bytes.hasRemaining();
    direct.put(bytes.duplicate()).flip();
    try {
      return socket.send(direct, target) > 0 || isEmpty;
    } catch (IOException | RuntimeException e) {
      handler.onSendFailed(this, target, e);
      return true;
    }
  }

  /**
   * Joins a multicast group.
   *
   * @param group its address
   * @param on the network interface
   * @throws IOException if the system refuses
   */
  public void join(InetAddress group, NetworkInterface on) throws IOException {
    loop.assertInside();
    Membership membership = new Membership(group, on);
    if (!memberships.containsKey(membership)) {
      memberships.put(membership, socket.join(group, on));
    }
  }

  /**
   * Leaves a multicast group; harmless if the socket is not in it.
   *
   * @param group its address
   * @param on the network interface
   */
  public void leave(InetAddress group, NetworkInterface on) {
    loop.assertInside();
    MembershipKey membership = memberships.remove(new Membership(group, on));
    if (membership != null) {
      membership.drop();
    }
  }

  @Override
  public void onReady(SelectionKey readyKey) {
    if (closed) {
      return;
    }
    int ready = readyKey.readyOps();
    try {
      if ((ready & SelectionKey.OP_WRITE) != 0) {
        flush();
      }
      if ((ready & SelectionKey.OP_READ) != 0) {
        read();
      }
    } catch (IOException e) {
      close(e);
    }
  }

  private void read() throws IOException {
    for (int n = 0; n < READS_PER_TURN && !closed; n++) {
      ByteBuffer direct = loop.direct;
      direct.clear();
      SocketAddress sender = socket.receive(direct);
      if (sender == null) {
        return;
      }
      loop.reads++;
      int byteCount = direct.position();
      direct.get(0, loop.input, 0, byteCount);
      handler.onDatagram(this, sender, loop.input, 0, byteCount);
    }
  }

  private void flush() {
    for (Outgoing next = queue.peekFirst(); next != null; next = queue.peekFirst()) {
      int byteCount = next.bytes.remaining();
      if (!sendNow(next.target, next.bytes)) {
        break;
      }
      if (closed) {
        return;
      }
      queue.removeFirst();
      queuedBytes -= byteCount;
    }
    if (queue.isEmpty()) {
      key.interestOps(SelectionKey.OP_READ);
    }
    if (aboveHighWater && queuedBytes <= LOW_WATER) {
      aboveHighWater = false;
      handler.onWritable(this);
    }
  }

  /** Closes the socket; what waits is lost. */
  public void close() {
    close(null);
  }

  private void close(@Nullable Throwable cause) {
    loop.assertInside();
    if (closed) {
      return;
    }
    closed = true;
    queue.clear();
    queuedBytes = 0;
    try {
      socket.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "Closing a UDP socket failed", e);
    }
    handler.onClosed(this, cause);
  }

  @Override
  public void onFailure(Throwable cause) {
    close(cause);
  }

  /** Tells the address and what waits. */
  @Override
  public String toString() {
    return "UdpChannel[" + localAddress + (closed ? ", closed" : "") + ", " + queuedBytes + " bytes wait]";
  }
}

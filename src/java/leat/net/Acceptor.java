package leat.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import leat.async.Deferred;
import leat.async.TimerWheel;
import leat.bytes.Nullable;

/**
 * Listens at one address and gives each connection to a loop.
 *
 * <p>Where the kernel spreads connections over several sockets of one port (SO_REUSEPORT on Linux), every loop has a
 * listening socket of its own, and a connection never changes threads. Elsewhere, for Unix domain sockets, and for a
 * socket that came bound, the first loop accepts and hands the connections out in turn.
 *
 * <pre>
 *   Listener:  ACCEPTING ──no descriptors──► BACKING_OFF ──timer──► ACCEPTING        any ──close──► CLOSED
 * </pre>
 */
public final class Acceptor {
  private static final Logger LOG = System.getLogger("leat.net");
  private static final int ACCEPTS_PER_TURN = 64;
  private static final long BACK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final boolean LINUX = System.getProperty("os.name", "").startsWith("Linux");
  /** The kind of a file, and that of sockets, in the mode that stat(2) tells. */
  private static final int S_IFMT = 0170000;
  private static final int S_IFSOCK = 0140000;

  /** Decides what becomes of a connection. */
  @FunctionalInterface
  public interface Initializer {
    /**
     * Makes the handler of a new connection, on the loop that will own it. A handler that is returned is told of the
     * end of its channel in any case.
     *
     * @param loop the loop
     * @param remoteAddress the peer's address
     * @return the handler, or null to close the connection at once
     */
    @Nullable ChannelHandler accept(EventLoop loop, SocketAddress remoteAddress);
  }

  private final EventLoops loops;
  private final Initializer initializer;
  private final SocketAddress localAddress;
  private final List<Listener> listeners = new ArrayList<>();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final Deferred<Boolean> closed = new Deferred<>();
  private final @Nullable Path unixPath;

  private Acceptor(EventLoops loops, List<ServerSocketChannel> channels, Initializer initializer, @Nullable Path unixPath)
      throws IOException {
    this.loops = loops;
    this.initializer = initializer;
    this.unixPath = unixPath;
    this.localAddress = channels.get(0).getLocalAddress();
    boolean handOut = channels.size() < loops.size();
    for (int i = 0; i < channels.size(); i++) {
      listeners.add(new Listener(loops.get(i), channels.get(i), handOut));
    }
  }

  /**
   * Binds an address and accepts connections from then on.
   *
   * @param loops own the connections
   * @param address an Internet address (port 0: any free port) or a Unix domain address
   * @param backlog how many connections may wait to be accepted, for each listening socket
   * @param initializer makes the handlers
   * @return the acceptor
   * @throws IOException if the address cannot be bound; the message names it
   */
  public static Acceptor bind(EventLoops loops, SocketAddress address, int backlog, Initializer initializer)
      throws IOException {
    List<ServerSocketChannel> channels = new ArrayList<>();
    try {
      if (address instanceof UnixDomainSocketAddress unix) {
        channels.add(bindUnix(unix, backlog));
        return start(new Acceptor(loops, channels, initializer, unix.getPath()));
      }
      if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
        throw new UnknownHostException("its host name has no known address");
      }
      boolean shared = LINUX && loops.size() > 1;
      SocketAddress actual = address;
      for (int i = 0; i < (shared ? loops.size() : 1); i++) {
        channels.add(open(actual, backlog, shared, i == 0));
        actual = channels.get(0).getLocalAddress();
      }
      return start(new Acceptor(loops, channels, initializer, null));
    } catch (IOException e) {
      closeAll(channels);
      throw explained(address, e);
    } catch (RuntimeException e) {
      closeAll(channels);
      throw e;
    }
  }

  private static void closeAll(List<ServerSocketChannel> channels) throws IOException {
    for (ServerSocketChannel channel : channels) {
      channel.close();
    }
  }

  /**
   * Accepts connections from a socket that came bound, as from a service manager.
   *
   * @param loops own the connections
   * @param channel bound; closed by this acceptor in the end
   * @param initializer makes the handlers
   * @return the acceptor
   * @throws IOException if the channel cannot be used
   * @throws IllegalArgumentException if it is not bound
   */
  public static Acceptor adopt(EventLoops loops, ServerSocketChannel channel, Initializer initializer)
      throws IOException {
    if (channel.getLocalAddress() == null) {
      throw new IllegalArgumentException("Expected a bound ServerSocketChannel, got one that is not bound");
    }
    return start(new Acceptor(loops, List.of(channel), initializer, null));
  }

  /**
   * The address at which it listens, with the actual port.
   *
   * @return the address
   */
  public SocketAddress localAddress() {
    return localAddress;
  }

  /**
   * Stops listening; connections already accepted go on. Safe from any thread, and harmless when repeated.
   *
   * @return true once the port is free
   */
  public Deferred<Boolean> close() {
    if (closing.compareAndSet(false, true)) {
      AtomicInteger left = new AtomicInteger(listeners.size());
      Runnable free = () -> {
        if (left.decrementAndGet() == 0) {
          closed.success(true);
        }
      };
      for (Listener listener : listeners) {
        // The port is free once the selector has let go of the key of the closed channel, which the next select does.
        runOn(listener.loop, () -> {
          listener.close();
          runOn(listener.loop, free);
        });
      }
    }
    return closed;
  }

  /** How often accepting has failed since it last worked. For the listeners of the calling loop. */
  int failures() {
    int sum = 0;
    for (Listener listener : listeners) {
      sum += listener.loop.isInside() ? listener.failures : 0;
    }
    return sum;
  }

  /** Runs a task on a loop, or once the loop has ended, and nothing runs there any more. */
  private static void runOn(EventLoop loop, Runnable task) {
    if (!loop.offer(new LoopTask.Wrapped(task))) {
      loop.terminated().onRealized(ended -> task.run(), died -> task.run());
    }
  }

  /** Before the socket is closed: as soon as it is, the file may be that of a successor. */
  private void removeUnixPath() {
    if (unixPath != null) {
      try {
        Files.deleteIfExists(unixPath);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "The socket file " + unixPath + " could not be removed", e);
      }
    }
  }

  private static Acceptor start(Acceptor acceptor) throws IOException {
    for (Listener listener : acceptor.listeners) {
      listener.channel.configureBlocking(false);
    }
    for (Listener listener : acceptor.listeners) {
      listener.loop.execute(listener::register);
    }
    return acceptor;
  }

  private static ServerSocketChannel open(SocketAddress address, int backlog, boolean shared, boolean first)
      throws IOException {
    if (shared && first && ((InetSocketAddress) address).getPort() != 0) {
      // With SO_REUSEPORT a second server would share the port unnoticed: a bind without it finds out whether somebody
      // listens there. The probe does not listen itself, or it would swallow an early connection.
      try (SocketChannel probe = SocketChannel.open()) {
        probe.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        probe.bind(address);
      }
    }
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      if (shared) {
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      return channel.bind(address, backlog);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static ServerSocketChannel bindUnix(UnixDomainSocketAddress address, int backlog) throws IOException {
    if (isSocketFile(address.getPath())) {
      removeIfDead(address);
    }
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      return channel.bind(address, backlog);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Anything else that stands there is not ours to remove. */
  private static boolean isSocketFile(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try {
      int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      return (mode & S_IFMT) == S_IFSOCK;
    } catch (UnsupportedOperationException | IllegalArgumentException notUnix) {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther();
    }
  }

  /** Removes a socket file that a server left behind when it was killed; one at which somebody listens stays. */
  private static void removeIfDead(UnixDomainSocketAddress address) throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // It would wait, if the backlog of a living server were full.
      probe.configureBlocking(false);
      probe.connect(address);
    } catch (ConnectException nobodyListens) {
      Files.deleteIfExists(address.getPath());
    } catch (SocketException busyOrForbidden) {
      // Not dead: what is to be done about it, the bind will say.
    }
  }

  private static IOException explained(SocketAddress address, IOException cause) {
    String where = address instanceof InetSocketAddress inet
        ? "port " + inet.getPort() + " of " + inet.getHostString()
        : "socket " + address;
    String reason = String.valueOf(cause.getMessage());
    boolean inUse = cause instanceof BindException && reason.contains("in use");
    String message = inUse
        ? "Cannot listen at " + where + ": it is in use by another process or server"
        : "Cannot listen at " + where + ": " + reason;
    BindException explained = new BindException(message);
    explained.initCause(cause);
    return explained;
  }

  private enum State {
    ACCEPTING,
    BACKING_OFF,
    CLOSED
  }

  /** One listening socket on one loop. */
  private final class Listener extends TimerWheel.Timer implements Selectable {
    final EventLoop loop;
    final ServerSocketChannel channel;
    private final boolean handOut;
    private @Nullable SelectionKey key;
    private State state = State.ACCEPTING;
    private int failures;

    Listener(EventLoop loop, ServerSocketChannel channel, boolean handOut) {
      this.loop = loop;
      this.channel = channel;
      this.handOut = handOut;
    }

    void register() {
      if (state == State.CLOSED) {
        return;
      }
      try {
        key = loop.register(channel, SelectionKey.OP_ACCEPT, this);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "Listening at " + localAddress + " ended before it began: " + e.getMessage());
        close();
      }
    }

    @Override
    public void onReady(SelectionKey readyKey) {
      for (int n = 0; n < ACCEPTS_PER_TURN && state == State.ACCEPTING; n++) {
        SocketChannel socket;
        try {
          socket = channel.accept();
        } catch (IOException e) {
          backOff(e);
          return;
        }
        if (socket == null) {
          return;
        }
        if (failures > 0) {
          LOG.log(Level.INFO, "Accepting at " + localAddress + " works again, after " + failures + " failures");
          failures = 0;
        }
        give(socket);
      }
    }

    private void give(SocketChannel socket) {
      for (int n = handOut ? loops.size() : 0; n > 0; n--) {
        EventLoop owner = loops.next();
        if (owner == loop) {
          break;
        }
        if (owner.offer(new LoopTask.Wrapped(() -> adopt(owner, socket)))) {
          return;
        }
        // That one has ended: the next, or this one.
      }
      adopt(loop, socket);
    }

    private void adopt(EventLoop owner, SocketChannel socket) {
      try {
        TcpChannel.adopt(owner, socket, initializer);
      } catch (IOException e) {
        // The peer has gone between connecting and now.
        LOG.log(Level.DEBUG, "A connection was lost while it was accepted", e);
        discard(socket);
      } catch (Throwable t) {
        discard(socket);
        LOG.log(Level.ERROR, "Accepting a connection at " + localAddress + " failed", t);
      }
    }

    private void discard(SocketChannel socket) {
      try {
        socket.close();
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "Closing a socket failed", e);
      }
    }

    /** The connection goes on waiting in the backlog: to watch for it would be to spin. */
    private void backOff(IOException cause) {
      state = State.BACKING_OFF;
      key.interestOps(0);
      loop.schedule(this, BACK_OFF_NANOS);
      if (failures++ == 0) {
        LOG.log(Level.WARNING, "Accepting at " + localAddress + " failed, trying again: " + cause.getMessage());
      }
    }

    @Override
    protected void onTimeout(long nowNanos) {
      if (state == State.BACKING_OFF) {
        state = State.ACCEPTING;
        key.interestOps(SelectionKey.OP_ACCEPT);
      }
    }

    @Override
    public void onFailure(Throwable cause) {
      close();
    }

    void close() {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      loop.cancel(this);
      removeUnixPath();
      try {
        channel.close();
      } catch (IOException e) {
        LOG.log(Level.WARNING, "Closing the socket that listens at " + localAddress + " failed", e);
      }
    }
  }
}

package examples;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import leat.net.Acceptor;
import leat.net.ChannelHandler;
import leat.net.EventLoops;
import leat.net.TcpChannel;

/**
 * A TCP server on the bare engine: sends back what it gets, and reads no more while the client does not read.
 *
 * <pre>  nc 127.0.0.1 8080  </pre>
 */
public final class TcpEcho implements Closeable {
  private final EventLoops loops = EventLoops.start();
  private final Acceptor acceptor;

  private TcpEcho(int port) throws IOException {
    acceptor = Acceptor.bind(loops, new InetSocketAddress("127.0.0.1", port), 4096, (loop, remote) -> new Echo());
  }

  /** One handler for each connection; all of its methods run on the loop that owns the channel. */
  private static final class Echo implements ChannelHandler {
    @Override
    public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
      // The bytes are the loop's, for the length of this call: output() copies them.
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
  }

  /** Starts the server on a port of 127.0.0.1, 0 for a free one. */
  public static TcpEcho start(int port) throws IOException {
    return new TcpEcho(port);
  }

  /** {@return the port that it listens at} */
  public int port() {
    return ((InetSocketAddress) acceptor.localAddress()).getPort();
  }

  @Override
  public void close() {
    acceptor.close().deref();
    loops.close();
  }
}

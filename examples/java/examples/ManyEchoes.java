package examples;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import leat.net.ChannelHandler;
import leat.net.Connector;
import leat.net.EventLoops;
import leat.net.TcpChannel;

/** 3,000 clients of {@link TcpEcho} on one thread, in the style of a selector: a handler with a method for each event. */
public final class ManyEchoes implements Closeable {
  private final TcpEcho server;
  private final EventLoops loops = EventLoops.start(1);
  private final CountDownLatch unanswered = new CountDownLatch(3000);

  private ManyEchoes(int port) throws IOException {
    server = TcpEcho.start(port);
    for (int i = 0; i < 3000; i++) {
      Client client = new Client("client " + i + "\n", new StringBuilder(), unanswered);
      Connector.DEFAULT.connect(loops.next(), new InetSocketAddress("127.0.0.1", server.port()), () -> client)
          .onRealized(channel -> {}, error -> System.err.println(error.getMessage()));
    }
  }

  /** Says its line, counts when it has come back, and stays. All on the loop. */
  private record Client(String line, StringBuilder received, CountDownLatch unanswered) implements ChannelHandler {
    @Override
    public void onConnected(TcpChannel channel) {
      channel.output().writeLatin1(line);
      channel.flush();
    }

    @Override
    public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
      received.append(new String(bytes, from, to - from));
      if (received.toString().equals(line)) {
        unanswered.countDown();
      }
    }
  }

  /** Starts the server on a port of 127.0.0.1, 0 for a free one, and connects the clients. */
  public static ManyEchoes start(int port) throws IOException {
    return new ManyEchoes(port);
  }

  /** Waits until all clients have had their line back; false if that takes more than a minute. */
  public boolean awaitAll() throws InterruptedException {
    return unanswered.await(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    loops.close();
    server.close();
  }
}

package peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Java's floor of a TCP echo: one thread, one Selector, one direct buffer. What the socket does not take stays in a buffer
 * of the connection's own, and nothing is read until it has gone. Argument: port.
 */
public final class NioEcho {
  private final Selector selector = Selector.open();
  private final ByteBuffer shared = ByteBuffer.allocateDirect(64 * 1024);

  private NioEcho(int port) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress("127.0.0.1", port), 4096);
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
  }

  private void onReady(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept((ServerSocketChannel) key.channel());
      } else if (key.attachment() == null) {
        echo(key);
      } else {
        writeRest(key);
      }
    } catch (IOException closedByPeer) {
      try {
        key.channel().close();
      } catch (IOException ignored) {
        // the key is gone either way
      }
    }
  }

  private void accept(ServerSocketChannel listener) throws IOException {
    SocketChannel channel;
    while ((channel = listener.accept()) != null) {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.register(selector, SelectionKey.OP_READ);
    }
  }

  private void echo(SelectionKey key) throws IOException {
    SocketChannel channel = (SocketChannel) key.channel();
    shared.clear();
    if (channel.read(shared) < 0) {
      channel.close();
      return;
    }
    shared.flip();
    channel.write(shared);
    if (shared.hasRemaining()) {
      key.attach(ByteBuffer.allocate(shared.remaining()).put(shared).flip());
      key.interestOps(SelectionKey.OP_WRITE);
    }
  }

  private void writeRest(SelectionKey key) throws IOException {
    ByteBuffer rest = (ByteBuffer) key.attachment();
    ((SocketChannel) key.channel()).write(rest);
    if (!rest.hasRemaining()) {
      key.attach(null);
      key.interestOps(SelectionKey.OP_READ);
    }
  }

  /**
   * Serves for ever on 127.0.0.1.
   *
   * @param arguments the port
   * @throws IOException if the port cannot be bound
   */
  public static void main(String[] arguments) throws IOException {
    NioEcho server = new NioEcho(Integer.parseInt(arguments[0]));
    while (true) {
      server.selector.select(server::onReady);
    }
  }
}

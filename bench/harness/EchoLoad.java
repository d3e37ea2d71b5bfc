package harness;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A client of echo servers, in a process of its own: one thread, one Selector, one direct buffer. Arguments:
 *
 * <pre>
 *   ping PORT CONNECTIONS BYTES SECONDS    each connection sends a message when the last one has come back
 *   bulk PORT CONNECTIONS BYTES SECONDS    each connection sends as much as it can, in writes of so many bytes
 *   idle PORT CONNECTIONS BYTES 0          each connection has one message echoed and stays until the input ends
 * </pre>
 *
 * Prints one line: messages (or MB for bulk), seconds.
 */
final class EchoLoad {
  /** A source address has some 28,000 ports: beyond that connections come from 127.0.0.2 and so on. */
  private static final int CONNECTIONS_PER_ADDRESS = 15_000;

  private final Selector selector = Selector.open();
  private final ByteBuffer input = ByteBuffer.allocateDirect(256 * 1024);
  private final ByteBuffer message;
  private final boolean isBulk;
  private long bytesBack;
  private boolean isOver;

  private EchoLoad(boolean isBulk, int messageBytes) throws IOException {
    this.isBulk = isBulk;
    this.message = ByteBuffer.allocateDirect(messageBytes);
  }

  /** What a connection still waits for of its present message. */
  private static final class Missing {
    int bytes;
  }

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[1]);
    int count = Integer.parseInt(arguments[2]);
    int messageBytes = Integer.parseInt(arguments[3]);
    if (arguments[0].equals("idle")) {
      idle(port, count, messageBytes);
      return;
    }
    EchoLoad load = new EchoLoad(arguments[0].equals("bulk"), messageBytes);
    for (int i = 0; i < count; i++) {
      load.open(port);
    }
    long begin = System.nanoTime();
    long end = begin + TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[4]));
    while (System.nanoTime() < end) {
      load.selector.select(load::onReady, 100);
      if (load.isOver) {
        throw new IOException("The server closed a connection");
      }
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.println((load.isBulk ? load.bytesBack / 1e6 : load.bytesBack / (double) messageBytes) + " " + seconds);
  }

  private void open(int port) throws IOException {
    SocketChannel socket = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    socket.configureBlocking(false);
    SelectionKey key = socket.register(selector, SelectionKey.OP_READ, new Missing());
    if (isBulk) {
      key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    } else {
      send(key);
    }
  }

  private void send(SelectionKey key) throws IOException {
    message.clear();
    int sent = ((SocketChannel) key.channel()).write(message);
    if (!isBulk && sent < message.capacity()) {
      throw new IOException("Expected a message to fit the socket, which took " + sent + " bytes");
    }
    ((Missing) key.attachment()).bytes += sent;
  }

  private void onReady(SelectionKey key) {
    try {
      if (key.isReadable()) {
        receive(key);
      }
      if (isBulk && key.isWritable()) {
        send(key);
      }
    } catch (IOException e) {
      e.printStackTrace();
      isOver = true;
    }
  }

  private void receive(SelectionKey key) throws IOException {
    input.clear();
    int byteCount = ((SocketChannel) key.channel()).read(input);
    if (byteCount < 0) {
      isOver = true;
      return;
    }
    bytesBack += byteCount;
    Missing missing = (Missing) key.attachment();
    missing.bytes -= byteCount;
    if (!isBulk && missing.bytes == 0) {
      send(key);
    }
  }

  private static void idle(int port, int count, int messageBytes) throws IOException {
    List<SocketChannel> all = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocateDirect(messageBytes);
    for (int i = 0; i < count; i++) {
      SocketChannel socket = SocketChannel.open();
      socket.bind(new InetSocketAddress("127.0.0." + (1 + i / CONNECTIONS_PER_ADDRESS), 0));
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      all.add(socket);
      buffer.clear();
      socket.write(buffer);
      for (buffer.clear(); buffer.hasRemaining(); ) {
        if (socket.read(buffer) < 0) {
          throw new IOException("The server closed connection " + i);
        }
      }
    }
    System.out.println(count + " 0");
    System.out.flush();
    while (System.in.read() >= 0) {
      // Until whoever started this has seen enough.
    }
    for (SocketChannel socket : all) {
      socket.close();
    }
  }
}

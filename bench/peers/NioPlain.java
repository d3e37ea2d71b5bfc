package peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/**
 * Java's floor: one thread, one Selector, a fixed answer for each blank line (CR LF CR LF) it sees. Argument: port.
 * It does not parse: it is a limit to measure against, not an HTTP server.
 */
public final class NioPlain {
  private static final int MAX_BATCH = 64;

  private final Selector selector = Selector.open();
  private final ServerSocketChannel listener = ServerSocketChannel.open();
  private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);

  /** MAX_BATCH copies of the answer, so that pipelined requests are answered by one write. */
  private final ByteBuffer answers = ByteBuffer.allocateDirect(64 * 1024);

  private int answerBytes;
  private long answersStaleAtMs;

  /** How much of CR LF CR LF a connection has seen last: 0 to 3 bytes. */
  private static final class Connection {
    private int matchedBytes;
  }

  private NioPlain(int port) throws IOException {
    listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    listener.bind(new InetSocketAddress("127.0.0.1", port), 4096);
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
  }

  private void refreshAnswers() {
    long nowMs = System.currentTimeMillis();
    if (nowMs < answersStaleAtMs) {
      return;
    }
    answersStaleAtMs = nowMs + 1000;
    String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
    byte[] answer = ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nServer: nio\r\nDate: " + date
        + "\r\n\r\nHello, World!").getBytes(StandardCharsets.US_ASCII);
    answerBytes = answer.length;
    answers.clear();
    for (int i = 0; i < MAX_BATCH; i++) {
      answers.put(answer);
    }
  }

  private void onReady(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        acceptAll();
      } else {
        answer(key);
      }
    } catch (IOException closedByPeer) {
      try {
        key.channel().close();
      } catch (IOException ignored) {
        // the key is gone either way
      }
    }
  }

  private void acceptAll() throws IOException {
    SocketChannel channel;
    while ((channel = listener.accept()) != null) {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.register(selector, SelectionKey.OP_READ, new Connection());
    }
  }

  private void answer(SelectionKey key) throws IOException {
    SocketChannel channel = (SocketChannel) key.channel();
    input.clear();
    int byteCount = channel.read(input);
    if (byteCount < 0) {
      channel.close();
      return;
    }
    int requests = countRequests((Connection) key.attachment(), byteCount);
    while (requests > 0) {
      int batch = Math.min(requests, MAX_BATCH);
      answers.position(0).limit(batch * answerBytes);
      while (answers.hasRemaining()) {
        channel.write(answers);
      }
      requests -= batch;
    }
  }

  private int countRequests(Connection connection, int byteCount) {
    int matched = connection.matchedBytes;
    int count = 0;
    for (int i = 0; i < byteCount; i++) {
      byte b = input.get(i);
      if (b == '\r') {
        matched = matched == 2 ? 3 : 1;
      } else if (b == '\n') {
        if (matched == 3) {
          count++;
          matched = 0;
        } else {
          matched = matched == 1 ? 2 : 0;
        }
      } else {
        matched = 0;
      }
    }
    connection.matchedBytes = matched;
    return count;
  }

  private void run() throws IOException {
    refreshAnswers();
    while (true) {
      selector.select(this::onReady);
      refreshAnswers();
    }
  }

  /**
   * Serves for ever on 127.0.0.1.
   *
   * @param arguments the port
   * @throws IOException if the port cannot be bound
   */
  public static void main(String[] arguments) throws IOException {
    new NioPlain(Integer.parseInt(arguments[0])).run();
  }
}

package harness;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A keep-alive connection that asks for `/` and checks the answer: status 200, its fields, "Hello, World!". */
final class PlainConnection implements AutoCloseable {
  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final String BODY = "Hello, World!";

  private final SocketChannel channel;

  PlainConnection(InetSocketAddress address) throws IOException {
    channel = SocketChannel.open(address);
  }

  /** Sends one request and reads its answer. Blocks. */
  void exchange() throws IOException {
    ByteBuffer request = ByteBuffer.wrap(REQUEST);
    while (request.hasRemaining()) {
      channel.write(request);
    }
    ByteBuffer answer = ByteBuffer.allocate(2048);
    String text;
    do {
      if (channel.read(answer) < 0) {
        throw new EOFException("Expected an answer, the server closed the connection");
      }
      text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
    } while (!isWhole(text) && answer.hasRemaining());
    check(text);
  }

  private static boolean isWhole(String text) {
    int headEnd = text.indexOf("\r\n\r\n");
    return headEnd >= 0 && text.length() >= headEnd + 4 + BODY.length();
  }

  private static void check(String text) throws IOException {
    String lower = text.toLowerCase(Locale.ROOT);
    for (String expected : new String[] {"\r\ncontent-length: 13\r\n", "\r\ncontent-type: text/plain", "\r\ndate: ",
        "\r\nserver: "}) {
      if (!lower.contains(expected)) {
        throw new IOException("Expected" + expected.replace("\r\n", " ") + " in the answer, got:\n" + text);
      }
    }
    if (!text.startsWith("HTTP/1.1 200 ") || !text.endsWith("\r\n\r\n" + BODY)) {
      throw new IOException("Expected status 200 and " + BODY + ", got:\n" + text);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

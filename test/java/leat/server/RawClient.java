package leat.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLSocket;

/** A client that sends exactly the bytes it is given, and reads responses without any good will. */
final class RawClient implements Closeable {
  /** Longer than anything takes that goes well: a test that hits it fails. */
  static final int PATIENCE_MS = 20_000;

  private final Socket plain;
  /** The same, or TLS on it. */
  private final Socket socket;
  private final InputStream in;

  /** One response as it came. */
  record Reply(int status, String head, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.ISO_8859_1);
    }

    /** All values of a field, or an empty list. */
    List<String> all(String name) {
      List<String> values = new ArrayList<>();
      for (String line : head.split("\r\n")) {
        if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
          values.add(line.substring(name.length() + 1).trim());
        }
      }
      return values;
    }

    String field(String name) {
      List<String> values = all(name);
      return values.isEmpty() ? null : values.get(0);
    }

    boolean closes() {
      return all("connection").contains("close");
    }
  }

  RawClient(HttpServer server) throws IOException {
    this(server, 0);
  }

  /** With a small receive buffer, so that a server soon finds the connection full. */
  static RawClient slowReader(HttpServer server) throws IOException {
    return new RawClient(server, 4096);
  }

  private RawClient(HttpServer server, int receiveBytes) throws IOException {
    plain = new Socket();
    if (receiveBytes > 0) {
      plain.setReceiveBufferSize(receiveBytes);
    }
    plain.setTcpNoDelay(true);
    plain.setSoTimeout(PATIENCE_MS);
    plain.connect(new InetSocketAddress("127.0.0.1", server.port()), PATIENCE_MS);
    socket = Servers.tls == null
        ? plain
        : Servers.tls.sslContext().getSocketFactory().createSocket(plain, "localhost", server.port(), true);
    if (socket instanceof SSLSocket secured) {
      secured.startHandshake();
    }
    in = new BufferedInputStream(socket.getInputStream(), 1024);
  }

  Socket socket() {
    return socket;
  }

  InputStream in() {
    return in;
  }

  RawClient send(String latin1) throws IOException {
    return send(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  RawClient get(String path) throws IOException {
    return send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  /** Sends FIN, and still reads. */
  RawClient finish() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  Reply read() throws IOException {
    return read("GET");
  }

  /** Reads one response to a request with this method. */
  Reply read(String method) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("Expected a response head, got the end after: " + head);
      }
      head.append((char) b);
    }
    String text = head.toString();
    if (!text.startsWith("HTTP/1.1 ")) {
      throw new IOException("Expected a response, got " + text);
    }
    int status = Integer.parseInt(text.substring(9, 12));
    Reply reply = new Reply(status, text, new byte[0]);
    boolean hasBody = status >= 200 && status != 204 && status != 304 && !method.equals("HEAD");
    return hasBody ? new Reply(status, text, readBody(reply)) : reply;
  }

  private byte[] readBody(Reply reply) throws IOException {
    if ("chunked".equals(reply.field("transfer-encoding"))) {
      return readChunks();
    }
    String length = reply.field("content-length");
    return length == null ? in.readAllBytes() : readExactly(Integer.parseInt(length));
  }

  byte[] readExactly(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("Expected " + count + " bytes, got the end after " + bytes.length);
    }
    return bytes;
  }

  private byte[] readChunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = Integer.parseInt(readLine(), 16); size > 0; size = Integer.parseInt(readLine(), 16)) {
      body.write(readExactly(size));
      readLine();
    }
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      // A trailer.
    }
    return body.toByteArray();
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("Expected the rest of a line, got the end after: " + line);
      }
      line.append((char) b);
    }
    return line.substring(0, line.length() - 1);
  }

  /** Everything up to and with a text. */
  String readUntil(String end) throws IOException {
    StringBuilder seen = new StringBuilder();
    while (seen.indexOf(end) < 0) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("Expected " + end + ", got the end after: " + seen);
      }
      seen.append((char) b);
    }
    return seen.toString();
  }

  /** Everything up to the end of the connection. */
  String readToEnd() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Closes with a reset, as a client does that goes away. */
  void reset() throws IOException {
    plain.setSoLinger(true, 0);
    plain.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

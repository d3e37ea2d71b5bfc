package leat.tcp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import leat.async.Deferred;
import leat.async.Source;

/** A server on a free port of 127.0.0.1, its connections, and waiting with a limit. */
final class Tcp implements AutoCloseable {
  static final Object END = new Object();

  final TcpServer server;
  private final LinkedBlockingQueue<TcpConnection> connections = new LinkedBlockingQueue<>();
  private final List<TcpConnection> all = new CopyOnWriteArrayList<>();

  /** With {@code onLoop} handlers and listeners run on the event loop. */
  Tcp(boolean onLoop) throws IOException {
    this(onLoop, builder -> {});
  }

  Tcp(boolean onLoop, Consumer<TcpServerBuilder> more) throws IOException {
    TcpServerBuilder builder = TcpServer.builder().host("127.0.0.1").loops(2);
    if (onLoop) {
      builder.onLoop();
    }
    more.accept(builder);
    server = builder.start(connection -> {
      all.add(connection);
      connections.add(connection);
    });
  }

  /** The next connection that the server has accepted. */
  TcpConnection accepted() {
    try {
      TcpConnection next = connections.poll(20, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("No connection came within 20 s");
      }
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  Socket socket() throws IOException {
    return socket(0);
  }

  Socket socket(int receiveBytes) throws IOException {
    Socket socket = new Socket();
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.setSoTimeout(20_000);
    socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), server.port()), 20_000);
    return socket;
  }

  TcpConnection client(boolean onLoop) {
    TcpClient client = TcpClient.to("127.0.0.1", server.port());
    return await((onLoop ? client.onLoop() : client).connect());
  }

  static <T> T await(Future<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("Nothing came within 20 s", e);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static Throwable failure(Deferred<?> deferred) {
    try {
      throw new AssertionError("Expected an error, got " + deferred.get(20, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (TimeoutException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The next message as text, or "END". */
  static String text(Source<Object> source) {
    Object message = await(source.take(END));
    return message == END ? "END" : new String(bytes(message), StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(Object message) {
    if (message instanceof ByteBuffer buffer) {
      byte[] copy = new byte[buffer.remaining()];
      buffer.duplicate().get(copy);
      return copy;
    }
    return (byte[]) message;
  }

  /** As many bytes as asked for, or fewer at the end. */
  static byte[] take(Source<Object> source, int byteCount) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (all.size() < byteCount) {
      Object message = await(source.take(END));
      if (message == END) {
        break;
      }
      all.writeBytes(bytes(message));
    }
    return all.toByteArray();
  }

  static byte[] pattern(int byteCount) {
    byte[] bytes = new byte[byteCount];
    for (int i = 0; i < byteCount; i++) {
      bytes[i] = (byte) (i * 31 + (i >>> 8) * 7 + (i >>> 16));
    }
    return bytes;
  }

  @Override
  public void close() {
    all.forEach(TcpConnection::cut);
    await(server.closeAsync());
  }
}

package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import leat.async.Clock;

/** Loops with an acceptor on a port of its own, and clients; at the end every segment must have come back. */
final class Rig implements AutoCloseable {
  final EventLoops loops;
  final Acceptor acceptor;
  private final List<Socket> clients = new ArrayList<>();

  Rig(Supplier<? extends ChannelHandler> handlers) throws IOException {
    this(1, Clock.SYSTEM, handlers);
  }

  Rig(int loopCount, Clock clock, Supplier<? extends ChannelHandler> handlers) throws IOException {
    loops = EventLoops.start(loopCount, clock);
    SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    acceptor = Acceptor.bind(loops, address, 50, (loop, remote) -> handlers.get());
  }

  EventLoop loop() {
    return loops.get(0);
  }

  int port() {
    return ((InetSocketAddress) acceptor.localAddress()).getPort();
  }

  Socket client() throws IOException {
    return client(0);
  }

  /** A connected client; with a small receive buffer, if one is asked for, so that the server is soon blocked. */
  Socket client(int receiveBytes) throws IOException {
    Socket socket = new Socket();
    clients.add(socket);
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.setSoTimeout(20_000);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()), 20_000);
    return socket;
  }

  <T> T call(Callable<T> task) {
    return call(loop(), task);
  }

  void run(Runnable task) {
    call(loop(), () -> {
      task.run();
      return null;
    });
  }

  /** Lets the loop make some turns, one for each task at least. */
  void turns(int count) {
    for (int i = 0; i < count; i++) {
      run(() -> {});
    }
  }

  static <T> T call(EventLoop loop, Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.execute(() -> {
      try {
        result.complete(task.call());
      } catch (Throwable t) {
        result.completeExceptionally(t);
      }
    });
    return await(result);
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

  static byte[] pattern(int byteCount) {
    byte[] bytes = new byte[byteCount];
    for (int i = 0; i < byteCount; i++) {
      bytes[i] = (byte) (i * 31 + (i >>> 8) * 7 + (i >>> 16));
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    await(acceptor.close().toCompletableFuture());
    loops.close();
    for (int i = 0; i < loops.size(); i++) {
      EventLoop loop = loops.get(i);
      loop.scrap();
      assertEquals(loop.pool().taken(), loop.pool().recycled(), "segments taken and recycled by " + loop);
    }
  }
}

package leat.net;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import leat.bytes.Nullable;

/** Writes down what it is told. Successive reads count as one event, since their number is up to the kernel. */
class Recorder implements ChannelHandler {
  final CompletableFuture<TcpChannel> connected = new CompletableFuture<>();
  final CompletableFuture<Optional<Throwable>> closed = new CompletableFuture<>();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<String> arriving = new LinkedBlockingQueue<>();
  // The loop's own until the end.
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();

  void add(String event) {
    if (events.isEmpty() || !event.equals("read") || !events.get(events.size() - 1).equals("read")) {
      events.add(event);
      arriving.add(event);
    }
  }

  @Override
  public void onConnected(TcpChannel channel) {
    add("connected");
    connected.complete(channel);
  }

  @Override
  public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
    received.write(bytes, from, to - from);
    add("read");
  }

  @Override
  public void onReadEnd(TcpChannel channel) {
    add("readEnd");
    ChannelHandler.super.onReadEnd(channel);
  }

  @Override
  public void onWritable(TcpChannel channel) {
    add("writable");
  }

  @Override
  public void onClosed(TcpChannel channel, @Nullable Throwable cause) {
    add("closed");
    closed.complete(Optional.ofNullable(cause));
  }

  TcpChannel channel() {
    return Rig.await(connected);
  }

  @Nullable Throwable cause() {
    return Rig.await(closed).orElse(null);
  }

  /** All so far. */
  List<String> events() {
    return List.copyOf(events);
  }

  /** Waits for an event, and forgets those before it. */
  void awaitEvent(String expected) {
    try {
      for (String event = ""; !event.equals(expected); ) {
        event = arriving.poll(20, TimeUnit.SECONDS);
        if (event == null) {
          throw new AssertionError("Expected " + expected + ", got only " + events);
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  String text() {
    return received.toString(StandardCharsets.ISO_8859_1);
  }
}

package leat.tcp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import leat.async.Deferred;
import leat.async.Description;
import leat.async.SerialSink;
import leat.async.Source;
import leat.bytes.Nullable;
import leat.bytes.Slice;
import leat.bytes.Utf8;
import leat.net.EventLoop;
import leat.net.LoopTask;
import leat.net.TcpChannel;

/**
 * The sink of a connection. On the loop a value goes straight to the channel; from elsewhere it is handed over as a task.
 * A put waits while more than the channel's high-water mark, or {@value #MOST_HANDED} bytes on their way to the loop, wait.
 *
 * <pre>
 *   put ──on the loop──────────────────────► channel
 *       ──elsewhere──► tasks of the loop ──► channel          both only while it is writable
 *       ──neither────► waiting (one value) ──onWritable──► channel
 * </pre>
 */
final class Outgoing extends SerialSink<Object> {
  private static final int MOST_HANDED = 128 * 1024;
  private static final Object DRAINED = new Object();
  private static final VarHandle HANDED;

  static {
    try {
      HANDED = MethodHandles.lookup().findVarHandle(Outgoing.class, "handed", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // Final.
  private final ConnectionEvents events;
  private final TcpConnection connection;
  private final TcpChannel channel;
  private final EventLoop loop;

  // Shared. handed: bytes in tasks that have not run. The others are written by the loop.
  @SuppressWarnings("unused")
  private volatile int handed;

  private volatile boolean isCongested;
  private volatile boolean isDead;

  // The loop's own.
  private @Nullable Object waiting;
  private @Nullable Consumer<Outcome> waitingDone;
  private boolean hasEnded;

  Outgoing(ConnectionEvents events, TcpConnection connection, TcpChannel channel) {
    this.events = events;
    this.connection = connection;
    this.channel = channel;
    this.loop = channel.loop();
  }

  /** Bytes handed over from other threads, until the loop gets to them. */
  private final class Write extends LoopTask {
    private final Object bytes;
    private final int size;

    Write(Object bytes, int size) {
      this.bytes = bytes;
      this.size = size;
    }

    @Override
    public void run() {
      HANDED.getAndAdd(Outgoing.this, -size);
      write(bytes);
    }
  }

  private static int sizeOf(Object bytes) {
    return bytes instanceof byte[] array ? array.length : ((ByteBuffer) bytes).remaining();
  }

  /** Returns a byte array or ByteBuffer, or null for what needs the encoder. */
  private static @Nullable Object bytesOf(@Nullable Object value) {
    if (value instanceof byte[] || value instanceof ByteBuffer) {
      return value;
    }
    if (value instanceof CharSequence text) {
      return Utf8.encode(text.toString());
    }
    return value instanceof Slice slice ? slice.asByteBuffer() : null;
  }

  @Override
  protected Outcome tryPush(@Nullable Object value) {
    if (isDead) {
      return Outcome.CLOSED;
    }
    Object bytes = bytesOf(value);
    return bytes == null ? Outcome.NOT_NOW : tryWrite(bytes);
  }

  private Outcome tryWrite(Object bytes) {
    if (loop.isInside() && handed == 0) {
      if (!channel.isWritable()) {
        return Outcome.NOT_NOW;
      }
      write(bytes);
      return Outcome.TAKEN;
    }
    if (isCongested || handed >= MOST_HANDED) {
      return Outcome.NOT_NOW;
    }
    int size = Math.max(1, sizeOf(bytes));
    HANDED.getAndAdd(this, size);
    return loop.offer(new Write(bytes, size)) ? Outcome.TAKEN : Outcome.CLOSED;
  }

  private void write(Object bytes) {
    events.active();
    if (bytes instanceof byte[] array) {
      channel.write(array, 0, array.length);
    } else {
      // The caller's position is not ours to move.
      channel.write(((ByteBuffer) bytes).duplicate());
    }
    if (!channel.isWritable()) {
      isCongested = true;
    }
  }

  @Override
  protected void pushLater(@Nullable Object value, Consumer<Outcome> done) {
    Object bytes = bytesOf(value);
    if (bytes == null) {
      super.pushLater(value, outcome -> finish(done, outcome));
    } else {
      writeLater(bytes, done);
    }
  }

  private void writeLater(Object bytes, Consumer<Outcome> done) {
    boolean comes = loop.offer(new LoopTask() {
      @Override
      public void run() {
        if (isDead) {
          finish(done, Outcome.CLOSED);
        } else if (channel.isWritable()) {
          write(bytes);
          finish(done, Outcome.TAKEN);
        } else {
          waiting = bytes;
          waitingDone = done;
        }
      }
    });
    if (!comes) {
      done.accept(Outcome.CLOSED);
    }
  }

  /** Listeners of the put run where the callbacks of the connection do. */
  private void finish(Consumer<Outcome> done, Outcome outcome) {
    events.call(() -> done.accept(outcome));
  }

  @Override
  protected Outcome push(@Nullable Object value) throws Exception {
    if (value == null) {
      throw new IllegalArgumentException("Expected bytes or what can be converted to bytes, got nil");
    }
    Source<?> chunks = events.config().encoder().encode(value);
    while (true) {
      Object chunk = next(chunks);
      if (chunk == DRAINED) {
        return Outcome.TAKEN;
      }
      Object bytes = bytesOf(chunk);
      if (bytes == null) {
        chunks.close();
        throw new IllegalArgumentException("Expected bytes from the conversion of a "
            + value.getClass().getName() + ", got " + (chunk == null ? "nil" : chunk.getClass().getName()));
      }
      Outcome outcome = isDead ? Outcome.CLOSED : tryWrite(bytes);
      if (outcome == Outcome.NOT_NOW) {
        Deferred<Outcome> later = new Deferred<>();
        writeLater(bytes, later::success);
        outcome = later.deref();
      }
      if (outcome != Outcome.TAKEN) {
        chunks.close();
        return outcome;
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static @Nullable Object next(Source<?> chunks) {
    return ((Source<Object>) chunks).take(DRAINED).deref();
  }

  /** On the loop: the channel may take more. */
  void writable() {
    isCongested = false;
    Object bytes = waiting;
    if (bytes != null) {
      Consumer<Outcome> done = waitingDone;
      waiting = null;
      waitingDone = null;
      write(bytes);
      finish(done, Outcome.TAKEN);
    }
  }

  /** On the loop: the channel is closed, whoever waits learns it. */
  void dead(@Nullable Throwable cause) {
    isDead = true;
    hasEnded = true;
    close(cause);
    if (waiting != null) {
      Consumer<Outcome> done = waitingDone;
      waiting = null;
      waitingDone = null;
      finish(done, Outcome.CLOSED);
    }
  }

  @Override
  protected void onEnd() {
    Throwable cause = closeCause();
    // After all that was handed over.
    loop.offer(new LoopTask() {
      @Override
      public void run() {
        if (!hasEnded) {
          hasEnded = true;
          if (cause == null) {
            events.settle();
          } else {
            channel.reset(cause);
          }
        }
      }
    });
  }

  TcpConnection connection() {
    return connection;
  }

  /** On the loop: whether everything that was put has been given to the channel, and nothing more comes. */
  boolean hasEnded() {
    return hasEnded;
  }

  @Override
  public boolean isSynchronous() {
    return false;
  }

  @Override
  public Description description() {
    return Description.sink("tcp", isClosed(), TcpChannel.HIGH_WATER, handed);
  }

  @Override
  public String toString() {
    return "Sink of " + events;
  }
}

package leat.server;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import leat.async.NonBlocking;
import leat.bytes.Nullable;
import leat.net.LoopTask;

/**
 * A response body written by a blocking thread: the thread fills parts, the loop writes them, and the thread waits while
 * more than {@value #WINDOW} bytes are on their way.
 *
 * <pre>
 *   pump thread:  write ──full part or flush──► wait for room ──► loop task
 *   loop:         task ──► channel ──writable?──► room again        closed ──► failure, seen by the next write
 * </pre>
 */
final class PumpWriting extends OutputStream implements BodyWriting, Runnable {
  private static final int LEAST_PART = 512;
  private static final int PART = 32 * 1024;
  private static final int WINDOW = 4 * PART;

  private final ExchangeQueue conn;
  private final Exchange exchange;
  private final Body.Pumped body;

  // The pump thread's own.
  private byte[] part = new byte[0];
  /** Grows while parts get full, so that a short body costs little, and a long one few tasks. */
  private int partSize = LEAST_PART;
  private int partEnd;
  private boolean ended;

  // The loop's own: bytes written, but not yet given back as room, since the channel is full.
  private int owed;

  // Guarded by the lock.
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition roomOrFailure = lock.newCondition();
  private int onTheWay;
  private @Nullable Throwable failure;

  PumpWriting(ExchangeQueue conn, Exchange exchange, Body.Pumped body) {
    this.conn = conn;
    this.exchange = exchange;
    this.body = body;
  }

  /** On the pump thread: the whole body, then its end; or what went wrong. */
  @Override
  public void run() {
    try {
      body.writer.writeTo(this);
      sendPart();
      ended = true;
      if (!conn.loop().offer(new End(null))) {
        cancel(new IOException("The event loop has ended"));
      }
    } catch (Throwable t) {
      // The loop makes sure that the client sees the body is not whole, whoever is to blame.
      conn.loop().offer(new End(t));
    } finally {
      body.close();
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (ended) {
      throw new IOException("The body is already over");
    }
    int from = offset;
    int to = offset + length;
    while (from < to) {
      if (part.length == partEnd) {
        partSize = partEnd == 0 ? LEAST_PART : Math.min(PART, partSize * 2);
        sendPart();
        part = new byte[Math.max(partSize, Math.min(PART, to - from))];
      }
      int step = Math.min(to - from, part.length - partEnd);
      System.arraycopy(bytes, from, part, partEnd, step);
      partEnd += step;
      from += step;
    }
  }

  @Override
  public void flush() throws IOException {
    sendPart();
  }

  private void sendPart() throws IOException {
    if (partEnd == 0) {
      throwFailure();
      return;
    }
    byte[] bytes = part;
    int end = partEnd;
    part = new byte[0];
    partEnd = 0;
    lock.lock();
    try {
      while (failure == null && onTheWay > 0 && onTheWay + end > WINDOW) {
        // An executor may run its tasks on the calling thread: the loop would wait for itself.
        NonBlocking.refuse("Writing more of a response body than the client has room for");
        roomOrFailure.await();
      }
      onTheWay += end;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while waiting for the client to read");
    } finally {
      lock.unlock();
    }
    throwFailure();
    if (!conn.loop().offer(new Part(bytes, end))) {
      throw new IOException("The event loop has ended");
    }
  }

  private void throwFailure() throws IOException {
    Throwable cause;
    lock.lock();
    try {
      cause = failure;
    } finally {
      lock.unlock();
    }
    if (cause != null) {
      throw new IOException("The client has gone: " + cause.getMessage(), cause);
    }
  }

  private void giveRoom(int byteCount) {
    lock.lock();
    try {
      onTheWay -= byteCount;
      roomOrFailure.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onWritable() {
    if (owed > 0) {
      int given = owed;
      owed = 0;
      giveRoom(given);
    }
  }

  @Override
  public void cancel(Throwable cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      roomOrFailure.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean isCurrent() {
    return exchange.writing == this;
  }

  private final class Part extends LoopTask {
    private final byte[] bytes;
    private final int end;

    Part(byte[] bytes, int end) {
      this.bytes = bytes;
      this.end = end;
    }

    @Override
    public void run() {
      if (!isCurrent()) {
        return;
      }
      owed += end;
      ResponseWriter.writePart(conn, exchange, bytes, 0, end);
      if (conn.isWritable()) {
        onWritable();
      }
    }
  }

  private final class End extends LoopTask {
    private final @Nullable Throwable cause;

    End(@Nullable Throwable cause) {
      this.cause = cause;
    }

    @Override
    public void run() {
      if (!isCurrent()) {
        return;
      }
      if (cause == null) {
        ResponseWriter.endBody(conn, exchange);
      } else {
        conn.abort(exchange, cause);
      }
    }
  }
}

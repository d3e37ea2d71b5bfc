package leat.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import leat.async.Deferred;
import leat.async.Source;
import leat.bytes.Nullable;
import leat.http.Headers;

/**
 * The body of a request while it arrives: filled by the event loop, emptied by the handler on any thread. Above
 * {@value #HIGH_WATER} waiting bytes the loop stops reading the socket until the handler has caught up.
 *
 * <pre>
 *   Arrival:  ARRIVING ──last byte──► COMPLETE        Use:  UNCLAIMED ──stream()──► STREAM ──close──► ABANDONED
 *                └──error, timeout, client gone──► FAILED       └────source()──► SOURCE ──close──────────▲
 * </pre>
 *
 * <p>The bytes handed out belong to the reader for ever. What nobody reads is dropped, without cost to the handler.
 */
public final class RequestBody {
  /** Above this many waiting bytes the socket is not read. */
  static final int HIGH_WATER = 128 * 1024;

  /** At or below this many waiting bytes the socket is read again. */
  static final int LOW_WATER = 32 * 1024;

  private enum Arrival {
    ARRIVING,
    COMPLETE,
    FAILED
  }

  private enum Use {
    UNCLAIMED,
    STREAM,
    SOURCE,
    ABANDONED
  }

  private final Http1Conn conn;

  // Guarded by the lock; listeners and the loop are told after it is released.
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<ByteBuffer> parts = new ArrayDeque<>();
  private final ArrayDeque<Take> takes = new ArrayDeque<>();
  private final List<Runnable> closeListeners = new ArrayList<>();
  private Arrival arrival = Arrival.ARRIVING;
  private Use use = Use.UNCLAIMED;
  private long waiting;
  private boolean paused;
  private boolean continueWanted;
  private Headers trailers = Headers.EMPTY;
  private @Nullable Throwable failure;

  private record Take(Deferred<ByteBuffer> result, ByteBuffer ifDrained) {}

  RequestBody(Http1Conn conn, boolean expectsContinue) {
    this.conn = conn;
    this.continueWanted = expectsContinue;
  }

  /**
   * The body as a stream whose reads block until bytes come. A read that would block fails at once on an event loop.
   *
   * @return the stream; always the same one in effect
   * @throws IllegalStateException if the body was taken as a source
   */
  public InputStream stream() {
    claim(Use.STREAM);
    return new Stream();
  }

  /**
   * The body as a source of read-only buffers, realized on the event loop or on the caller's thread.
   *
   * @return the source; errors of the body are errors of its takes
   * @throws IllegalStateException if the body was taken as a stream
   */
  public Source<ByteBuffer> source() {
    claim(Use.SOURCE);
    return new Parts();
  }

  /**
   * The fields that followed a chunked body (RFC 9110, 6.5), known once the body has been read to its end.
   *
   * @return the trailers, without those that framing, routing or authentication depend on
   */
  public Headers trailers() {
    lock.lock();
    try {
      return trailers;
    } finally {
      lock.unlock();
    }
  }

  private void claim(Use wanted) {
    lock.lock();
    try {
      if (use == Use.UNCLAIMED) {
        use = wanted;
      } else if (use != wanted && use != Use.ABANDONED) {
        throw new IllegalStateException("Expected to read the body one way, but it is already read as a "
            + (use == Use.STREAM ? "stream" : "source"));
      }
    } finally {
      lock.unlock();
    }
  }

  // ---- The loop's side ----

  /** Bytes came: they are copied. */
  void data(byte[] bytes, int from, int to) {
    if (from == to) {
      return;
    }
    ByteBuffer part = null;
    Take take;
    lock.lock();
    try {
      if (use == Use.ABANDONED) {
        return;
      }
      part = ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, to));
      take = takes.pollFirst();
      if (take == null) {
        parts.addLast(part);
        waiting += to - from;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
    if (take != null) {
      take.result.success(part.asReadOnlyBuffer());
    }
  }

  /** Whether so much waits that the socket should not be read; the reader then asks the loop to go on. */
  boolean pauseIfFull() {
    lock.lock();
    try {
      paused = use != Use.ABANDONED && waiting >= HIGH_WATER;
      return paused;
    } finally {
      lock.unlock();
    }
  }

  boolean isPaused() {
    lock.lock();
    try {
      return paused;
    } finally {
      lock.unlock();
    }
  }

  void complete(Headers receivedTrailers) {
    end(Arrival.COMPLETE, receivedTrailers, null);
  }

  void fail(Throwable cause) {
    end(Arrival.FAILED, Headers.EMPTY, cause);
  }

  private void end(Arrival end, Headers receivedTrailers, @Nullable Throwable cause) {
    List<Take> left;
    lock.lock();
    try {
      if (arrival != Arrival.ARRIVING) {
        return;
      }
      arrival = end;
      trailers = receivedTrailers;
      failure = cause;
      left = new ArrayList<>(takes);
      takes.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    for (Take take : left) {
      settle(take);
    }
    runCloseListeners();
  }

  /** Drops what waits and what still comes. */
  void abandon() {
    List<Take> left;
    lock.lock();
    try {
      if (use == Use.ABANDONED) {
        return;
      }
      use = Use.ABANDONED;
      parts.clear();
      waiting = 0;
      left = new ArrayList<>(takes);
      takes.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    for (Take take : left) {
      take.result.success(take.ifDrained);
    }
    runCloseListeners();
  }

  // ---- The reader's side ----

  private void settle(Take take) {
    Throwable cause = failure;
    if (cause == null) {
      take.result.success(take.ifDrained);
    } else {
      take.result.error(cause);
    }
  }

  private void runCloseListeners() {
    List<Runnable> listeners;
    lock.lock();
    try {
      listeners = new ArrayList<>(closeListeners);
      closeListeners.clear();
    } finally {
      lock.unlock();
    }
    listeners.forEach(Runnable::run);
  }

  private void onClosed(Runnable listener) {
    lock.lock();
    try {
      if (arrival == Arrival.ARRIVING && use != Use.ABANDONED) {
        closeListeners.add(listener);
        return;
      }
    } finally {
      lock.unlock();
    }
    listener.run();
  }

  private void abandonByReader() {
    abandon();
    conn.bodyAbandoned(this);
  }

  /** With the lock held: notes that bytes were read; true if the loop should read the socket again. */
  private boolean consumed(int byteCount) {
    waiting -= byteCount;
    if (paused && waiting <= LOW_WATER) {
      paused = false;
      return true;
    }
    return false;
  }

  /** With the lock held: true once, when the client waits to be told to send the body. */
  private boolean takeContinueWanted() {
    boolean wanted = continueWanted && arrival == Arrival.ARRIVING;
    continueWanted = false;
    return wanted;
  }

  /** Whether the client still waits for 100, so that it may never send the body. */
  boolean awaitsContinue() {
    lock.lock();
    try {
      return continueWanted;
    } finally {
      lock.unlock();
    }
  }

  /** The client was told to go on, or will never be. */
  void continueSettled() {
    lock.lock();
    try {
      continueWanted = false;
    } finally {
      lock.unlock();
    }
  }

  private final class Stream extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, bytes.length);
      if (length == 0) {
        return 0;
      }
      int n = 0;
      boolean resume = false;
      lock.lock();
      try {
        if (!awaitPart()) {
          return -1;
        }
        for (ByteBuffer part = parts.peekFirst(); part != null && n < length; part = parts.peekFirst()) {
          int step = Math.min(length - n, part.remaining());
          part.get(bytes, offset + n, step);
          n += step;
          if (!part.hasRemaining()) {
            parts.removeFirst();
          }
        }
        resume = consumed(n);
      } finally {
        lock.unlock();
      }
      if (resume) {
        conn.bodyWanted(RequestBody.this);
      }
      return n;
    }

    /** With the lock held: waits until bytes are there (true) or the body has ended (false). */
    private boolean awaitPart() throws IOException {
      while (parts.isEmpty()) {
        if (use == Use.ABANDONED) {
          throw new IOException("The body is closed");
        }
        if (arrival == Arrival.COMPLETE) {
          return false;
        }
        if (arrival == Arrival.FAILED) {
          throw new IOException(failure.getMessage(), failure);
        }
        if (takeContinueWanted()) {
          conn.bodyDemanded(RequestBody.this);
        }
        if (conn.loop().isInside()) {
          throw new IllegalStateException("Reading the rest of the body would block the event loop: run the handler on an"
              + " executor, or read the body as a source");
        }
        try {
          changed.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("Interrupted while waiting for the body");
        }
      }
      return true;
    }

    @Override
    public int available() {
      lock.lock();
      try {
        return (int) Math.min(Integer.MAX_VALUE, waiting);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      boolean read;
      lock.lock();
      try {
        read = arrival == Arrival.COMPLETE && parts.isEmpty();
      } finally {
        lock.unlock();
      }
      if (!read) {
        abandonByReader();
      }
    }
  }

  private final class Parts implements Source<ByteBuffer> {
    @Override
    public Deferred<ByteBuffer> take(ByteBuffer ifDrained) {
      Take take = new Take(new Deferred<>(), ifDrained);
      ByteBuffer part;
      boolean resume = false;
      boolean demanded = false;
      boolean over = false;
      lock.lock();
      try {
        part = parts.pollFirst();
        if (part != null) {
          resume = consumed(part.remaining());
        } else if (arrival == Arrival.ARRIVING && use != Use.ABANDONED) {
          takes.addLast(take);
          demanded = takeContinueWanted();
        } else {
          over = true;
        }
      } finally {
        lock.unlock();
      }
      if (part != null) {
        take.result.success(part.asReadOnlyBuffer());
      } else if (over) {
        settle(take);
      }
      if (resume) {
        conn.bodyWanted(RequestBody.this);
      }
      if (demanded) {
        conn.bodyDemanded(RequestBody.this);
      }
      return take.result;
    }

    @Override
    public boolean isDrained() {
      lock.lock();
      try {
        return parts.isEmpty() && (arrival != Arrival.ARRIVING || use == Use.ABANDONED);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      if (!isDrained()) {
        abandonByReader();
      }
    }

    @Override
    public void onClosed(Runnable listener) {
      RequestBody.this.onClosed(listener);
    }
  }
}

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
import leat.async.NonBlocking;
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

  /** Small pieces are gathered in blocks of this size while they wait, or one byte in a chunk would cost a hundred. */
  private static final int BLOCK = 4 * 1024;

  private static final int MOST_TAKES = 16_384;

  private enum Arrival {
    ARRIVING,
    COMPLETE,
    FAILED
  }

  /** Expect: 100-continue (RFC 9110, 10.1.1). */
  private enum Expectation {
    NONE,
    OPEN,
    /** The client was told to send the body, or need not be. */
    SETTLED
  }

  private enum Use {
    UNCLAIMED,
    STREAM,
    SOURCE,
    ABANDONED
  }

  /** What the reader asks of the loop. */
  enum Wish {
    /** Read the socket again: there is room. */
    MORE,
    /** Tell the client that it may send the body. */
    CONTINUE,
    /** Drop the rest. */
    NOTHING
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
  private Expectation expectation;
  /** Whether bytes came: a client that waited for 100 does so no more. */
  private boolean begun;
  /** The array of the last part, if it has room for more bytes behind that part; else null. */
  private @Nullable byte[] block;
  private Headers trailers = Headers.EMPTY;
  private @Nullable Throwable failure;

  private record Take(Deferred<Object> result, Object ifDrained) {}

  RequestBody(Http1Conn conn, boolean expectsContinue) {
    this.conn = conn;
    this.expectation = expectsContinue ? Expectation.OPEN : Expectation.NONE;
  }

  /**
   * The body as a stream whose reads block until bytes come. A read that would block fails at once on an event loop.
   *
   * @return the stream; always the same one in effect. When the client goes away, or the response ends the exchange
   *     before all of the body was read, its reads throw an {@link java.io.IOException}
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
  // Source<Object> underneath: callers without types, as in Clojure, may pass any value for the end.
  @SuppressWarnings("unchecked")
  public Source<ByteBuffer> source() {
    claim(Use.SOURCE);
    return (Source<ByteBuffer>) (Source<?>) new Parts();
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
    Take take;
    lock.lock();
    try {
      begun = true;
      if (use == Use.ABANDONED || arrival != Arrival.ARRIVING) {
        return;
      }
      take = takes.pollFirst();
      if (take == null) {
        keep(bytes, from, to);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
    if (take != null) {
      take.result.success(ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, to)).asReadOnlyBuffer());
    }
  }

  /** With the lock held: appends to the last part as far as its block has room, and makes a part of the rest. */
  private void keep(byte[] bytes, int from, int to) {
    waiting += to - from;
    int at = from;
    if (block != null) {
      ByteBuffer part = parts.getLast();
      int step = Math.min(to - at, block.length - part.limit());
      System.arraycopy(bytes, at, block, part.limit(), step);
      part.limit(part.limit() + step);
      at += step;
      if (part.limit() == block.length) {
        block = null;
      }
    }
    int left = to - at;
    if (left == 0) {
      return;
    }
    // The first part is often the only one, so it gets no more than it needs.
    byte[] array = new byte[parts.isEmpty() ? left : Math.max(left, BLOCK)];
    System.arraycopy(bytes, at, array, 0, left);
    parts.addLast(ByteBuffer.wrap(array, 0, left));
    block = left < array.length ? array : null;
  }

  /** With the lock held: removes the first part, to which nothing may be appended any more. */
  private ByteBuffer removePart() {
    ByteBuffer part = parts.removeFirst();
    if (parts.isEmpty()) {
      block = null;
    }
    return part;
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

  /** No more will come. What came can still be read; then the reader gets an error. */
  void fail(Throwable cause) {
    end(Arrival.FAILED, Headers.EMPTY, cause);
  }

  /** The server stops receiving a body that is not whole: its reader gets an error, never what looks like the end. */
  void cut(String reason) {
    lock.lock();
    try {
      if (arrival != Arrival.ARRIVING) {
        return;
      }
      dropParts();
    } finally {
      lock.unlock();
    }
    fail(new BodyCut(reason, null));
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
      paused = false;
      left = takesLeft();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    left.forEach(this::settle);
    runCloseListeners();
  }

  /** The reader wants no more: drops what waits and what still comes. */
  private void abandon() {
    List<Take> left;
    lock.lock();
    try {
      if (use == Use.ABANDONED) {
        return;
      }
      use = Use.ABANDONED;
      dropParts();
      left = takesLeft();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    for (Take take : left) {
      take.result.success(take.ifDrained);
    }
    runCloseListeners();
  }

  private void dropParts() {
    parts.clear();
    block = null;
    waiting = 0;
    paused = false;
  }

  private List<Take> takesLeft() {
    if (takes.isEmpty()) {
      return List.of();
    }
    List<Take> left = new ArrayList<>(takes);
    takes.clear();
    return left;
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
      if (closeListeners.isEmpty()) {
        return;
      }
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
    conn.ask(this, Wish.NOTHING);
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

  /** With the lock held: settles the expectation; true if the client waits to be told. */
  private boolean settleExpectation() {
    boolean waits = isAwaitingContinue();
    if (expectation == Expectation.OPEN) {
      expectation = Expectation.SETTLED;
    }
    return waits;
  }

  /** With the lock held. RFC 9110, 10.1.1: no 100 is needed once bytes of the body have come. */
  private boolean isAwaitingContinue() {
    return expectation == Expectation.OPEN && !begun && arrival == Arrival.ARRIVING;
  }

  /** Tells the client that it may send the body, if it waits for that. */
  void demand() {
    boolean waits;
    lock.lock();
    try {
      waits = settleExpectation();
    } finally {
      lock.unlock();
    }
    if (waits) {
      conn.ask(this, Wish.CONTINUE);
    }
  }

  /** Whether nobody has decided yet if the client is to send the body. */
  boolean isExpectationOpen() {
    lock.lock();
    try {
      return expectation == Expectation.OPEN;
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
            removePart();
          }
        }
        resume = consumed(n);
      } finally {
        lock.unlock();
      }
      if (resume) {
        conn.ask(RequestBody.this, Wish.MORE);
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
          throw new BodyCut(failure.getMessage(), failure);
        }
        if (settleExpectation()) {
          conn.ask(RequestBody.this, Wish.CONTINUE);
        }
        if (Thread.currentThread() instanceof NonBlocking) {
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

  private final class Parts implements Source<Object> {
    @Override
    public Deferred<Object> take(Object ifDrained) {
      Take take = new Take(new Deferred<>(), ifDrained);
      ByteBuffer part;
      boolean resume = false;
      boolean demanded = false;
      boolean over = false;
      lock.lock();
      try {
        part = parts.isEmpty() ? null : removePart();
        if (part != null) {
          resume = consumed(part.remaining());
        } else if (arrival == Arrival.ARRIVING && use != Use.ABANDONED) {
          if (takes.size() >= MOST_TAKES) {
            return Deferred.failed(new IllegalStateException(
                "Expected at most " + MOST_TAKES + " takes that wait for a request body, got one more"));
          }
          takes.addLast(take);
          demanded = settleExpectation();
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
        conn.ask(RequestBody.this, Wish.MORE);
      }
      if (demanded) {
        conn.ask(RequestBody.this, Wish.CONTINUE);
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

package leat.async;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.Executor;
import leat.bytes.Nullable;

/**
 * A bounded queue of values with both ends, a {@link Sink} and a {@link Source}.
 *
 * <pre>
 *    put --&gt; [ pending puts ] --&gt; [ buffer, at most capacity ] --&gt; [ pending takes, and the pipe ] --&gt;
 *             only if the buffer                                    only if there are neither
 *             is full                                               values nor puts
 * </pre>
 *
 * <p>Puts beyond the capacity stay pending until somebody takes. After {@link #close()} later puts give false, puts
 * that were pending stay in the queue until they are taken, takes get what is there and then their {@code ifDrained}.
 *
 * <p>The deferred of a pending put or take may be realized by whoever has it, for instance by a timeout: the put or
 * take is withdrawn then. A withdrawn take loses no value; the value of a withdrawn put never comes out.
 *
 * <p>Nothing here grows without bound: with {@value #MAX_PENDING} puts pending the next put fails with an
 * {@link IllegalStateException}, and so does a take.
 *
 * <p>A stream that is connected to sinks has a pipe, which stands in the queue of takes like anybody else. While it is
 * the only one there, a put carries its value through all that follows before it returns, without any lock:
 *
 * <pre>
 *              put                  something to do after this value
 *   IDLE ---------------&gt; BUSY ------------------------------------------&gt; DIRTY
 *    | ^                    |                                              |   ^
 *    | +-- value delivered -+                    value delivered: next ----+---+
 *    | +------------------------------------------ value delivered, and no more
 *    v |
 *   WAITING: behind or before takes       OFF: no pipe        (all but the put and its end under the lock)
 * </pre>
 *
 * <p>Thread-safe. Listeners run on the thread whose call made them due, after it has left the lock.
 *
 * @param <T> the type of the values, which may be null
 */
public sealed class Stream<T> extends StreamQueue<T> implements Source<T>, Sink<T>
    permits MeteredStream, TransformedStream {

  /** How many puts, and how many takes, may be pending at a time. */
  public static final int MAX_PENDING = 16384;

  /** So many streams may carry a value within one another on one stack; what follows them waits for its end. */
  private static final int MAX_DEPTH = 32;

  private static final int OFF = 0;
  private static final int IDLE = 1;
  private static final int BUSY = 2;
  private static final int DIRTY = 3;
  private static final int WAITING = 4;

  /** What {@link #next} and {@link #receive} return instead of a value or an answer. */
  private static final Object NOTHING = new Object();
  private static final Object FOR_PIPE = new Object();

  private static final VarHandle FLOW;

  static {
    try {
      FLOW = MethodHandles.lookup().findVarHandle(Stream.class, "flow", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // Final.
  private final boolean permanent;
  private final @Nullable Object label;

  // Written by compare-and-set: see above.
  private volatile int flow;

  // Guarded by lock.
  private @Nullable StreamPipe<T> pipe;

  /**
   * Makes an open, empty stream.
   *
   * @param capacity how many values may be in it without anybody taking them; with 0 a put is pending until its value
   *                 is taken
   * @throws IllegalArgumentException if {@code capacity} is negative
   */
  public Stream(int capacity) {
    this(capacity, false, null, null);
  }

  Stream(int capacity, boolean permanent, @Nullable Executor executor, @Nullable Object label) {
    super(capacity, executor);
    this.permanent = permanent;
    this.label = label;
  }

  /**
   * Returns a builder of streams, for options beyond the capacity.
   *
   * @return a new builder
   */
  public static StreamBuilder builder() {
    return new StreamBuilder();
  }

  // ---- putting

  /**
   * {@inheritDoc}
   *
   * <p>The deferred fails with an {@link IllegalStateException} if {@value #MAX_PENDING} puts are pending already.
   */
  @Override
  public final Deferred<Boolean> put(@Nullable T value) {
    return push(value, Detour.depth());
  }

  @Override
  @SuppressWarnings("unchecked")
  Deferred<Boolean> push(@Nullable Object value, int depth) {
    if (flow == IDLE && FLOW.compareAndSet(this, IDLE, BUSY)) {
      carry((T) value, depth);
      return yes();
    }
    T typed = (T) value;
    Object box = box(typed);
    Object found = receive(typed, box);
    return follow(found, typed, depth);
  }

  /** The first half of a put: finds a place. Returns an answer, or a take that is settled, or FOR_PIPE. */
  final Object receive(@Nullable T value, Object box) {
    lock();
    try {
      return hasEnded() ? no() : place(value, box);
    } finally {
      unlock();
    }
  }

  private Object place(@Nullable T value, Object box) {
    while (true) {
      if (pipe != null && pipe.isUnused() && holdPipe()) {
        // What the end of this stream still brings is for others.
        stopPipe();
      }
      int state = flow;
      Pending<T> take = state == IDLE || state == WAITING && takesAhead == 0 ? null : nextTake();
      if (take != null) {
        if (take.settle(value)) {
          return take;
        }
      } else if (state == WAITING) {
        flow = hasTakes() ? DIRTY : BUSY;
        return FOR_PIPE;
      } else if (state == IDLE) {
        if (FLOW.compareAndSet(this, IDLE, BUSY)) {
          return FOR_PIPE;
        }
      } else if (state != BUSY || FLOW.compareAndSet(this, BUSY, DIRTY)) {
        return store(box);
      }
    }
  }

  /** The second half of a put, without the lock: tells whoever gets the value. */
  @SuppressWarnings("unchecked")
  final Deferred<Boolean> follow(Object found, @Nullable T value, int depth) {
    if (found == FOR_PIPE) {
      carry(value, depth);
      return yes();
    }
    if (found instanceof Pending<?> pending && pending.isTake()) {
      pending.announce();
      return yes();
    }
    return (Deferred<Boolean>) found;
  }

  // ---- taking

  /**
   * {@inheritDoc}
   *
   * <p>The deferred fails with an {@link IllegalStateException} if {@value #MAX_PENDING} takes are pending already.
   */
  @Override
  public final Deferred<T> take(@Nullable T ifDrained) {
    Object box;
    Pending<Boolean> freed;
    Hook drained = null;
    lock();
    try {
      box = poll();
      freed = released;
      released = null;
      if (box == null && !hasEnded()) {
        holdPipe();
        return await(ifDrained);
      }
      if (hasEnded() && !hasValues()) {
        drained = drainHooks();
      }
    } finally {
      unlock();
    }
    if (freed != null) {
      freed.announce();
    }
    run(drained);
    T value = box == null ? ifDrained : unboxed(box);
    return executor == null ? Deferred.succeeded(value) : answerOn(value);
  }

  // ---- the end

  @Override
  public void close() {
    close(null);
  }

  @Override
  public void close(@Nullable Throwable cause) {
    finish(cause);
  }

  /** Closes this stream. Returns false if it is permanent, or has been closed before. */
  final boolean finish(@Nullable Throwable cause) {
    Hook closed;
    Hook drained = null;
    StreamPipe<T> over = null;
    lock();
    try {
      if (permanent || !end(cause)) {
        return false;
      }
      closed = closeHooks();
      if (holdPipe()) {
        over = stopPipe();
      }
      if (!hasValues()) {
        drained = drainHooks();
      }
    } finally {
      unlock();
    }
    Hook drainedHooks = drained;
    StreamPipe<T> overPipe = over;
    Detour.end(() -> tellEnd(closed, overPipe, drainedHooks));
    return true;
  }

  private void tellEnd(@Nullable Hook closed, @Nullable StreamPipe<T> over, @Nullable Hook drained) {
    endTakes();
    run(closed);
    if (over != null) {
      over.ended(closeCause());
    }
    run(drained);
    awaitDrained();
  }

  /** If only puts are left that may yet be withdrawn, waits for the first of them: maybe the stream is drained then. */
  private void awaitDrained() {
    Pending<?> put;
    lock();
    put = hasDrainHooks() ? firstPut() : null;
    unlock();
    if (put != null) {
      Onlooker.add(put, () -> {
        if (!isDrained()) {
          awaitDrained();
        }
      });
    }
  }

  /** Makes sure that the pipe is not BUSY or IDLE. Returns whether it waits for a value, and so for nothing now. */
  private boolean holdPipe() {
    while (true) {
      int state = flow;
      if (state == WAITING || state == IDLE && FLOW.compareAndSet(this, IDLE, WAITING)) {
        return true;
      }
      if (state == OFF || state == DIRTY || state == BUSY && FLOW.compareAndSet(this, BUSY, DIRTY)) {
        return false;
      }
    }
  }

  private @Nullable StreamPipe<T> stopPipe() {
    StreamPipe<T> stopped = pipe;
    flow = OFF;
    pipe = null;
    takesAhead = 0;
    return stopped;
  }

  /** Nobody adds or serves a take any more, but they may still be counted. */
  private void endTakes() {
    Pending<T> take = lastTakes();
    while (take != null) {
      take.end();
      take = lastTakes();
    }
  }

  @Override
  public final boolean isClosed() {
    return hasEnded();
  }

  @Override
  public final boolean isDrained() {
    if (!hasEnded()) {
      return false;
    }
    Hook drained;
    lock();
    try {
      if (hasValues()) {
        return false;
      }
      drained = drainHooks();
    } finally {
      unlock();
    }
    run(drained);
    return true;
  }

  @Override
  public final void onClosed(Runnable listener) {
    addCloseHook(hook(listener));
  }

  @Override
  public final void onDrained(Runnable listener) {
    Hook hook = hook(listener);
    boolean late;
    lock();
    try {
      late = hasEnded() && !hasValues();
      if (!late) {
        addDrainHook(hook);
      }
    } finally {
      unlock();
    }
    if (late) {
      call(hook);
    } else if (hasEnded()) {
      awaitDrained();
    }
  }

  // ---- the pipe

  @Override
  public final void connect(Link link) {
    boolean isNew;
    StreamPipe<T> into;
    Object added;
    lock();
    try {
      isNew = pipe == null;
      if (isNew) {
        pipe = new StreamPipe<>(this);
        flow = DIRTY;
      }
      into = pipe;
      added = into.add(link);
    } finally {
      unlock();
    }
    into.watch(added);
    if (isNew) {
      resume();
    }
  }

  @Override
  public final List<Link> downstream() {
    lock();
    StreamPipe<T> current = pipe;
    unlock();
    return current == null ? List.of() : current.links();
  }

  private static final class StreamPipe<T> extends Pipe<T> {
    private final Stream<T> stream;

    StreamPipe(Stream<T> stream) {
      this.stream = stream;
    }

    @Override
    void resume() {
      stream.resume();
    }

    @Override
    void closeSource(@Nullable Throwable cause) {
      stream.close(cause);
    }

    @Override
    Node source() {
      return stream;
    }

    @Override
    void unused() {
      stream.unused(this);
    }
  }

  /** Carries a value that is for the pipe, which belongs to this thread now. */
  private void carry(@Nullable T value, int depth) {
    if (executor != null) {
      carryElsewhere(value);
    } else if (depth < MAX_DEPTH && (depth > 0 || !Detour.isInUse())) {
      carryHere(value, depth);
    } else {
      Detour.carry(this, value, depth);
    }
  }

  private void carryElsewhere(@Nullable T value) {
    try {
      executor.execute(() -> carryHere(value, 0));
    } catch (Throwable thrown) {
      // Refused, or there are no more threads. The value must go on all the same, or the stream would stop for ever.
      Log.thrown("The executor of a stream", thrown);
      carryHere(value, 0);
    }
  }

  final void carryHere(@Nullable T first, int depth) {
    StreamPipe<T> own = pipe;
    T value = first;
    while (own.deliver(value, depth) && !FLOW.compareAndSet(this, BUSY, IDLE)) {
      Object box = next();
      if (box == NOTHING) {
        break;
      }
      value = unboxed(box);
    }
    if (depth == 0 && Detour.isInUse()) {
      Detour.finish();
    }
  }

  private void resume() {
    if (FLOW.compareAndSet(this, BUSY, IDLE)) {
      return;
    }
    Object box = next();
    if (box != NOTHING) {
      carry(unboxed(box), 0);
    }
  }

  /** Returns the next value for the pipe, or NOTHING if it has to wait or is over. The flow is BUSY or DIRTY. */
  private Object next() {
    Object box = null;
    Pending<Boolean> freed = null;
    Hook drained = null;
    StreamPipe<T> over = null;
    lock();
    try {
      if (pipe.isUnused()) {
        stopPipe();
        return NOTHING;
      }
      box = poll();
      freed = released;
      released = null;
      if (hasEnded() && !hasValues()) {
        drained = drainHooks();
      }
      if (box == null && hasEnded()) {
        over = stopPipe();
      } else if (box == null && hasTakes()) {
        takesAhead = takeCount();
        flow = WAITING;
      } else if (box == null) {
        flow = IDLE;
      } else {
        flow = hasEnded() || hasTakes() || hasValues() ? DIRTY : BUSY;
      }
    } finally {
      unlock();
    }
    if (freed != null) {
      freed.announce();
    }
    run(drained);
    if (over != null) {
      over.ended(closeCause());
    }
    return box == null ? NOTHING : box;
  }

  /** Forgets a pipe without links, unless it is busy and will find out itself. */
  private void unused(StreamPipe<T> which) {
    lock();
    try {
      if (pipe == which && which.isUnused() && holdPipe()) {
        stopPipe();
      }
    } finally {
      unlock();
    }
  }

  // ---- looking

  final boolean isPermanent() {
    return permanent;
  }

  /**
   * Returns what the maker of the stream attached to it.
   *
   * @return the label, or null
   */
  public final @Nullable Object label() {
    return label;
  }

  @Override
  public Description description() {
    lock();
    try {
      return describe(permanent);
    } finally {
      unlock();
    }
  }

  @Override
  public String toString() {
    Description now = description();
    return "Stream[" + now.bufferSize() + " of " + now.bufferCapacity() + " values, " + now.pendingPuts()
        + " pending puts, " + now.pendingTakes() + " pending takes" + (now.isClosed() ? ", closed]" : "]");
  }
}

package leat.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import leat.async.Clock;
import leat.async.Deferred;
import leat.async.NonBlocking;
import leat.async.TimerWheel;
import leat.bytes.Buf;
import leat.bytes.Nullable;
import leat.bytes.SegmentPool;

/**
 * One thread that waits for sockets, timers and tasks, and runs what they call for.
 *
 * <pre>
 *   turn:  select ──► ready channels ──► tasks (a bounded batch) ──► timers ──► flush ──► turn
 *            ▲ sleeps only when no task waits; execute() from outside wakes it
 *
 *   NEW ──start──► RUNNING ──close──► CLOSING ──last turn──► DEAD (channels closed, later tasks refused)
 *                     └───────── an Error escapes ─────────────▲
 * </pre>
 *
 * <p>A loop survives whatever a handler, task or timer throws: it is logged, and costs the channel it came from, never
 * the loop. A loop that dies nevertheless logs an error and closes its channels. To interrupt the thread means nothing:
 * a blocked thread would be woken by it, and this one never blocks but in select.
 */
public final class EventLoop implements Executor {
  private static final Logger LOG = System.getLogger("leat.net");
  private static final AtomicInteger COUNT = new AtomicInteger();

  /** Bytes that one read or write moves at most. */
  static final int IO_BYTES = 64 * 1024;

  private static final int TASKS_PER_TURN = 1024;
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(16);
  private static final int WHEEL_SLOTS = 512;
  private static final int KEPT_SEGMENTS = 256;
  private static final int KEPT_BUFS = 64;
  /** How often a loop lets other threads run before it sleeps, while it waits for answers of theirs. */
  private static final int YIELDS = 2;
  /** Longer delays are cut to this (73 years): far more, and the sum with the time now would overflow. */
  private static final long LONGEST_DELAY_NANOS = 1L << 61;

  private static final VarHandle INBOX;
  private static final VarHandle SLEEPING;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      INBOX = lookup.findVarHandle(EventLoop.class, "inbox", LoopTask.class);
      SLEEPING = lookup.findVarHandle(EventLoop.class, "sleeping", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** What {@code inbox} holds once the loop is dead. */
  private static final LoopTask REFUSED = new LoopTask.Wrapped(() -> {});

  // Final.
  private final Thread thread;
  private final Selector selector;
  private final Clock clock;
  private final SegmentPool pool = new SegmentPool(KEPT_SEGMENTS);
  private final Deferred<Boolean> terminated = new Deferred<>();
  private final Consumer<SelectionKey> ready = this::ready;
  /** Between the kernel and the heap; valid within one read or write. */
  final ByteBuffer direct = ByteBuffer.allocateDirect(IO_BYTES);
  /** What the last read brought; valid within one onRead. */
  final byte[] input = new byte[IO_BYTES];

  // Shared. inbox: a stack of tasks, newest first. sleeping: true while the loop may be blocked in select.
  @SuppressWarnings("unused")
  private volatile @Nullable LoopTask inbox;

  private volatile boolean sleeping;
  private volatile boolean closing;

  // The loop's own.
  private final TimerWheel wheel;
  private final ArrayDeque<Buf> bufs = new ArrayDeque<>();
  private final ArrayDeque<ChannelOutput> unflushed = new ArrayDeque<>();
  /** Where writes to channels go that do not send any more. */
  private final Buf scrap = new Buf(pool);
  private @Nullable TlsBuffers tlsBuffers;
  private @Nullable LoopTask batch;
  private long nanos;
  /** Whether the clock is still to be read in this turn. */
  private boolean nanosAreOld;

  private int awaited;
  // What it did so far: what a test can count to find system calls and turns that nobody needs.
  long turns;
  long reads;
  long writes;

  EventLoop(Clock clock) throws IOException {
    this.clock = clock;
    this.selector = Selector.open();
    this.nanos = clock.nanos();
    this.wheel = new TimerWheel(TICK_NANOS, WHEEL_SLOTS, nanos);
    this.thread = new LoopThread(this::run, "leat-loop-" + COUNT.incrementAndGet());
  }

  /** Lets whatever would block refuse to do so here. */
  private static final class LoopThread extends Thread implements NonBlocking {
    LoopThread(Runnable loop, String name) {
      super(loop, name);
      setDaemon(true);
    }
  }

  void start() {
    thread.start();
  }

  /**
   * Runs a task on the loop, in the order in which tasks are handed over. Safe from any thread, and never runs the task
   * at once.
   *
   * @param task what to run; it must not block
   * @throws RejectedExecutionException if the loop has ended
   */
  @Override
  public void execute(Runnable task) {
    execute(task instanceof LoopTask own ? own : new LoopTask.Wrapped(Objects.requireNonNull(task, "task")));
  }

  /**
   * Runs a task on the loop, without allocation.
   *
   * @param task not waiting on any loop at present
   * @throws RejectedExecutionException if the loop has ended
   */
  public void execute(LoopTask task) {
    if (!offer(task)) {
      throw new RejectedExecutionException("The event loop " + thread.getName() + " has ended");
    }
  }

  /**
   * Like {@link #execute(LoopTask)}, but tells instead of throwing.
   *
   * @param task not waiting on any loop at present
   * @return false if the loop has ended, and the task will never run
   */
  public boolean offer(LoopTask task) {
    LoopTask head;
    do {
      head = inbox;
      if (head == REFUSED) {
        task.next = null;
        return false;
      }
      task.next = head;
    } while (!INBOX.compareAndSet(this, head, task));
    // Only who finds the loop asleep pays for the system call that wakes it, and only once.
    if (sleeping && Thread.currentThread() != thread && SLEEPING.compareAndSet(this, true, false)) {
      selector.wakeup();
    }
    return true;
  }

  /**
   * Whether the caller is the loop's thread.
   *
   * @return true on the loop
   */
  public boolean isInside() {
    return Thread.currentThread() == thread;
  }

  /**
   * Refuses callers from other threads.
   *
   * @throws IllegalStateException if the caller is not on the loop
   */
  public void assertInside() {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException(
          "Expected to run on " + thread.getName() + ", but runs on " + Thread.currentThread().getName());
    }
  }

  /**
   * The time at which this turn of the loop began, as {@link System#nanoTime()}. Loop only.
   *
   * @return nanoseconds
   */
  public long nanos() {
    return nanos;
  }

  /**
   * The loop's segments. Loop only.
   *
   * @return the pool
   */
  public SegmentPool pool() {
    return pool;
  }

  /**
   * Schedules a timer, again if it was scheduled before. Loop only.
   *
   * @param timer fires on the loop
   * @param delayNanos from the beginning of this turn
   * @throws IllegalStateException if the caller is not on the loop
   */
  public void schedule(TimerWheel.Timer timer, long delayNanos) {
    assertInside();
    wheel.schedule(timer, nanos + Math.min(delayNanos, LONGEST_DELAY_NANOS));
  }

  /**
   * Cancels a timer; harmless when it is not scheduled. Loop only.
   *
   * @param timer the timer
   * @throws IllegalStateException if the caller is not on the loop
   */
  public void cancel(TimerWheel.Timer timer) {
    assertInside();
    wheel.cancel(timer);
  }

  /** Something another thread works on will soon come back as a task: worth a yield before sleeping. Loop only. */
  public void awaitSoon() {
    awaited = YIELDS;
  }

  /**
   * Ends when the loop has ended.
   *
   * @return true after an orderly end; an error if the loop died
   */
  public Deferred<Boolean> terminated() {
    return terminated;
  }

  /** Ends the loop after its present turn; what is still open is closed. Safe from any thread. */
  void close() {
    closing = true;
    selector.wakeup();
    if (thread.getState() == Thread.State.NEW) {
      // It could not be started, and nobody else has seen it.
      end(null);
    }
  }

  SelectionKey register(SelectableChannel channel, int interest, Selectable attachment) throws IOException {
    if (inbox == REFUSED) {
      // Nothing would ever close it.
      throw new IOException("The event loop " + thread.getName() + " has ended");
    }
    return channel.register(selector, interest, attachment);
  }

  /** A place for bytes that nobody will send, emptied each time. */
  Buf scrap() {
    scrap.clear();
    return scrap;
  }

  /** What the channels with TLS use in turn, made for the first of them. */
  TlsBuffers tlsBuffers() {
    if (tlsBuffers == null) {
      tlsBuffers = new TlsBuffers();
    }
    return tlsBuffers;
  }

  Buf takeBuf() {
    Buf buf = bufs.pollLast();
    return buf == null ? new Buf(pool) : buf;
  }

  void recycleBuf(Buf emptied) {
    if (bufs.size() < KEPT_BUFS) {
      bufs.addLast(emptied);
    }
  }

  /** Remembers a channel that wrote outside its own read event, to be flushed at the end of this turn. */
  void flushLater(ChannelOutput channel) {
    unflushed.addLast(channel);
  }

  private void run() {
    Throwable death = null;
    try {
      while (!closing) {
        turn();
      }
    } catch (Throwable t) {
      death = t;
      log(Level.ERROR, thread.getName() + " died; its channels are closed", t);
    } finally {
      end(death);
    }
  }

  private void turn() throws IOException {
    turns++;
    // While it is set, select returns at once, for ever.
    Thread.interrupted();
    nanosAreOld = true;
    select();
    if (nanosAreOld) {
      readClock();
    }
    runTasks();
    wheel.poll(nanos);
    flush();
  }

  private void readClock() {
    nanosAreOld = false;
    nanos = clock.nanos();
  }

  /** Those that come to the list meanwhile, from handlers that feed each other, have their turn after the next select. */
  private void flush() {
    for (int n = unflushed.size(); n > 0; n--) {
      ChannelOutput channel = unflushed.pollFirst();
      try {
        channel.flushNow();
      } catch (Throwable t) {
        fail(channel, t);
      }
    }
  }

  private void select() throws IOException {
    if (batch != null || inbox != null || !unflushed.isEmpty()) {
      selector.selectNow(ready);
      return;
    }
    if (awaited > 0) {
      // Handlers of this loop run on other threads. Letting them run first, on a busy machine, brings their answers as
      // one batch, and spares a wake-up (a system call on each side) for the first of them.
      awaited--;
      Thread.yield();
      selector.selectNow(ready);
      return;
    }
    sleeping = true;
    try {
      if (inbox != null || closing) {
        selector.selectNow(ready);
      } else {
        long wait = wheel.nanosToNext(clock.nanos());
        selector.select(ready, wait == Long.MAX_VALUE ? 0 : wait / 1_000_000 + 1);
      }
    } finally {
      sleeping = false;
    }
  }

  private void ready(SelectionKey key) {
    if (nanosAreOld) {
      // The first of this turn. Who hands a task over from now on need not wake anybody.
      sleeping = false;
      readClock();
    }
    Selectable selectable = (Selectable) key.attachment();
    try {
      selectable.onReady(key);
    } catch (Throwable t) {
      fail(selectable, t);
    }
  }

  private void fail(Selectable selectable, Throwable cause) {
    try {
      selectable.onFailure(cause);
    } catch (Throwable second) {
      log(Level.ERROR, "Closing a channel after a failure failed", second);
    }
    log(Level.ERROR, "A handler on " + thread.getName() + " failed; its channel is closed", cause);
  }

  /** A logger that throws must not cost the loop. */
  private static void log(Level level, String message, Throwable thrown) {
    try {
      LOG.log(level, message, thrown);
    } catch (Throwable unloggable) {
      // There is nowhere else to tell it.
    }
  }

  private void runTasks() {
    if (batch == null) {
      batch = takeInbox(null);
    }
    for (int n = 0; batch != null && n < TASKS_PER_TURN; n++) {
      LoopTask task = batch;
      batch = task.next;
      task.next = null;
      runSafely(task);
    }
  }

  /** Takes all tasks, oldest first, and leaves {@code replacement}. */
  private @Nullable LoopTask takeInbox(@Nullable LoopTask replacement) {
    LoopTask newest = inbox;
    if (newest == null && replacement == null) {
      return null;
    }
    newest = (LoopTask) INBOX.getAndSet(this, replacement);
    LoopTask oldest = null;
    while (newest != null) {
      LoopTask older = newest.next;
      newest.next = oldest;
      oldest = newest;
      newest = older;
    }
    return oldest;
  }

  private void runSafely(LoopTask task) {
    try {
      task.run();
    } catch (Throwable t) {
      log(Level.ERROR, "A task on " + thread.getName() + " failed", t);
    }
  }

  /** Closes every channel, and then runs what tasks are left, so that nobody waits for an answer for ever. */
  private void end(@Nullable Throwable death) {
    try {
      IOException cause = new IOException("The event loop has ended", death);
      closeChannels(cause);
      LoopTask left = takeInbox(REFUSED);
      // What the handlers opened before that; now nothing more can be registered.
      closeChannels(cause);
      closeSelector();
      runAll(left);
    } finally {
      closeSelector();
      if (death == null) {
        terminated.success(true);
      } else {
        terminated.error(death);
      }
    }
  }

  /** Gives descriptors and ports back, which a channel does not as long as a selector knows its key. */
  private void closeSelector() {
    try {
      selector.close();
    } catch (IOException e) {
      log(Level.WARNING, "Closing the selector failed", e);
    }
  }

  /** How many sockets it watches; what is closed counts until the next select. Loop only. */
  int keyCount() {
    return selector.keys().size();
  }

  private void closeChannels(IOException cause) {
    for (SelectionKey key : selector.keys()) {
      try {
        ((Selectable) key.attachment()).onFailure(cause);
      } catch (Throwable t) {
        log(Level.ERROR, "Closing a channel of an ended loop failed", t);
      }
    }
  }

  /** Runs the rest of the present batch, and then {@code later}. */
  private void runAll(@Nullable LoopTask later) {
    LoopTask next = batch == null ? later : batch;
    LoopTask afterwards = batch == null ? null : later;
    batch = null;
    while (next != null) {
      LoopTask task = next;
      next = task.next;
      task.next = null;
      runSafely(task);
      if (next == null) {
        next = afterwards;
        afterwards = null;
      }
    }
  }

  /**
   * The name of the thread.
   *
   * @return for logs
   */
  @Override
  public String toString() {
    return thread.getName();
  }

  static EventLoop open(Clock clock) {
    try {
      return new EventLoop(clock);
    } catch (IOException e) {
      throw new UncheckedIOException("No selector could be opened", e);
    }
  }
}

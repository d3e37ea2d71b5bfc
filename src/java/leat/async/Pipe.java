package leat.async;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import leat.bytes.Nullable;

/**
 * What leads out of a source: its links, and the delivery of one value at a time to all of them.
 *
 * <p>A source refers to its pipe and the pipe to the sinks. A sink refers to the pipes that lead into it only weakly, so
 * that its end cuts the links at once, and an abandoned source can be collected.
 *
 * @param <T> the type of the values
 */
abstract class Pipe<T> {

  private static final Edge[] NO_EDGES = {};

  private static final VarHandle EDGES;

  static {
    try {
      EDGES = MethodHandles.lookup().findVarHandle(Pipe.class, "edges", Edge[].class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Copied on write. */
  private volatile Edge[] edges = NO_EDGES;

  /** Called when a value that was pending has been delivered: go on with the next. */
  abstract void resume();

  /** Called when the source is not wanted any more. */
  abstract void closeSource(@Nullable Throwable cause);

  /** Where the values come from. */
  abstract Node source();

  /** Called when the last link has gone. */
  abstract void unused();

  /** A link in use. */
  private static final class Edge {
    final Link link;
    final Sink<Object> sink;
    /** The sink itself, if it can be called without detour. */
    final @Nullable AbstractNode direct;
    /** Waits for the end of the sink, or null if the sink cannot be asked to forget it. */
    final @Nullable SinkHook hook;
    final @Nullable AbstractNode hooked;
    /** What waits for the sink to take the current value, or null. */
    volatile @Nullable Wait wait;
    volatile boolean isCut;

    @SuppressWarnings("unchecked")
    Edge(Pipe<?> pipe, Link link) {
      this.link = link;
      sink = (Sink<Object>) Views.sinkOf(link.sink());
      direct = sink instanceof Stream || sink instanceof Stage ? (AbstractNode) sink : null;
      hooked = sink instanceof Stage<?> stage ? stage.endsWith() : sink instanceof AbstractNode node ? node : null;
      hook = hooked == null ? null : new SinkHook(pipe, this);
    }

    void release() {
      if (hook != null) {
        hooked.removeCloseHook(hook);
      }
    }
  }

  private static final class SinkHook extends AbstractNode.Hook {
    private final WeakReference<Pipe<?>> pipe;
    private final Edge edge;

    SinkHook(Pipe<?> pipe, Edge edge) {
      this.pipe = new WeakReference<>(pipe);
      this.edge = edge;
    }

    @Override
    boolean isGone() {
      return pipe.get() == null;
    }

    @Override
    void addFeeders(List<Node> feeders) {
      Pipe<?> alive = pipe.get();
      if (alive != null) {
        feeders.add(alive.source());
      }
    }

    @Override
    void onEnd(@Nullable Throwable cause) {
      Pipe<?> alive = pipe.get();
      if (alive != null) {
        alive.cut(edge, cause);
      }
    }
  }

  // ---- links

  /** Adds a link. The caller must {@link #watch} it next, without any lock. */
  final Object add(Link link) {
    Edge edge = new Edge(this, link);
    Edge[] before;
    Edge[] after;
    do {
      before = edges;
      after = Arrays.copyOf(before, before.length + 1);
      after[before.length] = edge;
    } while (!EDGES.compareAndSet(this, before, after));
    return edge;
  }

  /** Begins to watch for the end of the sink of a link that has been added. It may have come already. */
  final void watch(Object added) {
    Edge edge = (Edge) added;
    if (edge.hook != null) {
      edge.hooked.addCloseHook(edge.hook);
      if (!isIn(edge)) {
        // The link has gone before it was watched.
        edge.release();
      }
    }
  }

  private boolean isIn(Edge edge) {
    for (Edge each : edges) {
      if (each == edge) {
        return true;
      }
    }
    return false;
  }

  final boolean isUnused() {
    return edges.length == 0;
  }

  final List<Link> links() {
    List<Link> links = new ArrayList<>();
    for (Edge edge : edges) {
      links.add(edge.link);
    }
    return List.copyOf(links);
  }

  private boolean remove(Edge edge) {
    while (true) {
      Edge[] before = edges;
      int at = 0;
      while (at < before.length && before[at] != edge) {
        at++;
      }
      if (at == before.length) {
        return false;
      }
      Edge[] after = new Edge[before.length - 1];
      System.arraycopy(before, 0, after, 0, at);
      System.arraycopy(before, at + 1, after, at, after.length - at);
      if (EDGES.compareAndSet(this, before, after)) {
        return true;
      }
    }
  }

  /** Removes a link whose sink takes nothing more. */
  private void cut(Edge edge, @Nullable Throwable cause) {
    if (!remove(edge)) {
      return;
    }
    edge.release();
    if (edge.sink instanceof Stage<?> stage) {
      stage.severed();
    }
    edge.isCut = true;
    boolean last = isUnused();
    if (last || edge.link.isUpstream()) {
      // First, so that no put finds the source open with nothing behind it.
      closeSource(cause);
    }
    if (last) {
      unused();
    }
    // Nobody waits for it any more, though what it has not taken yet may still be taken.
    Wait wait = edge.wait;
    if (wait != null) {
      wait.finish();
    }
  }

  /** Tells all sinks that the source is drained. */
  final void ended(@Nullable Throwable cause) {
    for (Edge edge : (Edge[]) EDGES.getAndSet(this, NO_EDGES)) {
      edge.release();
      if (edge.link.isDownstream()) {
        closeSafely(edge.sink, cause);
      } else if (edge.sink instanceof Stage<?> stage) {
        stage.severed();
      }
    }
  }

  /** Closes a node that may be foreign: what it throws is logged, and must not keep others from their end. */
  static void closeSafely(Node node, @Nullable Throwable cause) {
    try {
      node.close(cause);
    } catch (Throwable thrown) {
      Log.thrown("The end of a stream", thrown);
    }
  }

  // ---- delivery

  /**
   * Delivers a value to all sinks.
   *
   * @return true if all of them have it; false if somebody is slow, and {@link #resume} will be called
   */
  final boolean deliver(@Nullable T value, int depth) {
    Edge[] now = edges;
    if (now.length == 1) {
      Edge edge = now[0];
      Deferred<?> answer = send(edge, value, depth);
      return answer == Stream.TRUE || settleOrWait(edge, answer);
    }
    return now.length == 0 || deliverToAll(now, value, depth);
  }

  private static Deferred<?> send(Edge edge, @Nullable Object value, int depth) {
    try {
      AbstractNode direct = edge.direct;
      return direct != null ? direct.push(value, depth + 1) : edge.sink.put(value);
    } catch (Throwable thrown) {
      return Deferred.failed(thrown);
    }
  }

  private boolean settleOrWait(Edge edge, Deferred<?> answer) {
    if (answer.isRealized()) {
      settle(edge, answer);
      return true;
    }
    Round round = new Round(this);
    round.await(edge, answer);
    return round.isOver();
  }

  private boolean deliverToAll(Edge[] all, @Nullable T value, int depth) {
    Round round = null;
    for (Edge edge : all) {
      Deferred<?> answer = send(edge, value, depth);
      if (answer.isRealized()) {
        if (answer != Stream.TRUE) {
          settle(edge, answer);
        }
      } else {
        if (round == null) {
          round = new Round(this);
        }
        round.await(edge, answer);
      }
    }
    return round == null || round.isOver();
  }

  private void settle(Edge edge, Deferred<?> answer) {
    Throwable error = answer.errorValue(null);
    if (error != null) {
      failed(edge, error);
    } else {
      took(edge, answer.getNow(), false);
    }
  }

  private void took(Edge edge, @Nullable Object answer, boolean late) {
    if (Boolean.FALSE.equals(answer)) {
      if (late && edge.link.isDownstream()) {
        closeSafely(edge.sink, null);
      }
      cut(edge, edge.sink instanceof Stage<?> stage ? stage.failure() : null);
    }
  }

  private void failed(Edge edge, Throwable error) {
    Log.thrown("A sink that a stream feeds", error);
    closeSafely(edge.sink, error);
    cut(edge, error);
  }

  /** The delivery of one value while at least one sink is slow. Counts those, and the call that delivers. */
  private static final class Round extends AtomicInteger {
    private static final long serialVersionUID = 1;

    private final transient Pipe<?> pipe;

    Round(Pipe<?> pipe) {
      super(1);
      this.pipe = pipe;
    }

    void await(Edge edge, Deferred<?> answer) {
      incrementAndGet();
      Wait wait = new Wait(this, edge);
      long nanos = edge.link.timeoutNanos();
      if (nanos >= 0) {
        wait.limit(answer, nanos);
      }
      edge.wait = wait;
      Notice.add(answer, wait);
      if (edge.isCut) {
        wait.finish();
      }
    }

    /** To be called at the end of the delivery: true if nobody is slow any more. */
    boolean isOver() {
      return decrementAndGet() == 0;
    }

    void done() {
      if (decrementAndGet() == 0) {
        pipe.resume();
      }
    }
  }

  /** Waits for one sink. True once that is over. */
  private static final class Wait extends AtomicBoolean implements Deferred.Listener<Object> {
    private static final long serialVersionUID = 1;

    private final transient Round round;
    private final transient Edge edge;
    private volatile boolean late;
    private transient @Nullable ScheduledTask limit;

    Wait(Round round, Edge edge) {
      this.round = round;
      this.edge = edge;
    }

    @SuppressWarnings("unchecked")
    void limit(Deferred<?> answer, long nanos) {
      Runnable timeout = () -> {
        late = true;
        ((Deferred<Object>) answer).success(false);
      };
      if (nanos == 0) {
        timeout.run();
      } else {
        limit = edge.link.scheduler().schedule(nanos, timeout);
      }
    }

    @Override
    public void onSuccess(Object answer) {
      if (!get()) {
        round.pipe.took(edge, answer, late);
      }
      finish();
    }

    @Override
    public void onError(Throwable error) {
      if (!get()) {
        round.pipe.failed(edge, error);
      }
      finish();
    }

    void finish() {
      if (compareAndSet(false, true)) {
        if (limit != null) {
          limit.cancel();
        }
        edge.wait = null;
        round.done();
      }
    }
  }
}

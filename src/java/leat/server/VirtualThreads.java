package leat.server;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import leat.bytes.Nullable;
import leat.net.EventLoop;
import leat.net.LoopTask;

/**
 * Runs the handlers of one loop on a virtual thread for each exchange.
 *
 * <p>Threads are started once for each turn of the loop, not one by one while it reads: each start from outside the
 * scheduler wakes a carrier thread (a system call, and on a busy core a switch of threads). So the loop starts one
 * virtual thread, which starts the others from within, where it costs neither, and then handles the last one itself.
 *
 * <pre>  turn: read, read, read ──► one thread ──► thread, thread, and itself ──► answers come back as one batch  </pre>
 */
final class VirtualThreads extends LoopTask {
  private static final @Nullable MethodHandle START = findStart();

  private final EventLoop loop;
  private final Handler handler;
  private List<Exchange> begun = new ArrayList<>();

  VirtualThreads(EventLoop loop, Handler handler) {
    this.loop = loop;
    this.handler = handler;
  }

  /** Whether this JDK has virtual threads: 21 and later. */
  static boolean exist() {
    return START != null;
  }

  /** Starts one, from anywhere. */
  static void start(Runnable task) {
    try {
      Thread ignored = (Thread) START.invokeExact(task);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static @Nullable MethodHandle findStart() {
    try {
      return MethodHandles.publicLookup()
          .findStatic(Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class));
    } catch (NoSuchMethodException | IllegalAccessException beforeJdk21) {
      return null;
    }
  }

  /** Handles an exchange, from the end of this turn on. Loop only. */
  void handle(Exchange exchange) {
    begun.add(exchange);
    if (begun.size() == 1) {
      loop.execute(this);
    }
  }

  /** On the loop: what this turn began. */
  @Override
  public void run() {
    List<Exchange> turn = begun;
    begun = new ArrayList<>();
    try {
      start(() -> handleAll(turn));
    } catch (Throwable t) {
      turn.forEach(exchange -> exchange.fail(t));
    }
    loop.awaitSoon();
  }

  /** On the first virtual thread of the turn. */
  private void handleAll(List<Exchange> turn) {
    int last = turn.size() - 1;
    for (int i = 0; i < last; i++) {
      Exchange exchange = turn.get(i);
      try {
        start(() -> exchange.runHandler(handler));
      } catch (Throwable t) {
        exchange.fail(t);
      }
    }
    turn.get(last).runHandler(handler);
  }
}

package leat.async;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that do little but wait. They are virtual from JDK 24 on, where waiting in a monitor gives the carrier free;
 * before that they are daemon threads of the platform, since what they wait for is not under our control.
 */
public final class WaitThreads {

  private static final int FIRST_RELEASE_WITHOUT_PINNING = 24;

  private WaitThreads() {
  }

  /**
   * Returns what makes such threads.
   *
   * @param prefix what their names begin with; a number follows
   * @return a new factory
   */
  public static ThreadFactory factory(String prefix) {
    return Runtime.version().feature() >= FIRST_RELEASE_WITHOUT_PINNING ? virtual(prefix) : platform(prefix);
  }

  private static ThreadFactory platform(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(null, task, prefix + count.incrementAndGet(), 0, false);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** {@code Thread.ofVirtual().name(prefix, 1).factory()}, in words that javac 17 understands. */
  private static ThreadFactory virtual(String prefix) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> builder = Class.forName("java.lang.Thread$Builder$OfVirtual");
      MethodHandle ofVirtual = lookup.findStatic(Thread.class, "ofVirtual", MethodType.methodType(builder));
      MethodHandle name = lookup.findVirtual(builder, "name", MethodType.methodType(builder, String.class, long.class));
      MethodHandle factory = lookup.findVirtual(builder, "factory", MethodType.methodType(ThreadFactory.class));
      return (ThreadFactory) factory.invoke(name.invoke(ofVirtual.invoke(), prefix, 1L));
    } catch (Throwable e) {
      throw new LinkageError("Expected the virtual threads of JDK 21, actual " + Runtime.version() + ".", e);
    }
  }
}

package leat.net;

/** The loops of whoever brings none: clients and sockets without a server. Daemon threads, started when first used. */
public final class SharedLoops {
  private static final class Holder {
    static final EventLoops LOOPS = EventLoops.start();
  }

  private SharedLoops() {}

  /**
   * The loops that all share.
   *
   * @return loops that nobody closes
   */
  public static EventLoops get() {
    return Holder.LOOPS;
  }
}

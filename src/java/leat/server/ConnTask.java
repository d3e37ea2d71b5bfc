package leat.server;

import leat.net.LoopTask;

/** A task for the loop of one connection: what it throws costs that connection, so that nobody waits on it for ever. */
abstract class ConnTask extends LoopTask {
  private final ExchangeQueue conn;

  ConnTask(ExchangeQueue conn) {
    this.conn = conn;
  }

  abstract void step();

  @Override
  public final void run() {
    try {
      step();
    } catch (Throwable t) {
      conn.broken(t);
    }
  }
}

package leat.tcp;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Keeps what is logged under a name out of the output while it is open: the test brings it about on purpose. */
final class LogOff implements AutoCloseable {
  private final Logger logger;
  private final Level before;

  LogOff(String name) {
    logger = Logger.getLogger(name);
    before = logger.getLevel();
    logger.setLevel(Level.OFF);
  }

  @Override
  public void close() {
    logger.setLevel(before);
  }
}

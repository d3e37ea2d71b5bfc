package leat.server;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Closes things whose failure to close changes nothing for the client; the failure is logged, not swallowed. */
final class Quietly {
  private static final Logger LOG = System.getLogger("leat.server");

  private Quietly() {}

  static void close(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      LOG.log(Level.DEBUG, "Closing " + closeable.getClass().getName() + " failed", e);
    }
  }
}

package leat.async;

import leat.bytes.Nullable;

/** The log of this package: what user code threw where nobody could catch it. */
final class Log {

  private Log() {
  }

  /**
   * Logs an error under the name "leat.async". The logger is looked up each time, so that nothing of the logging
   * system is loaded before the first error.
   */
  static void thrown(String by, Throwable error) {
    System.getLogger("leat.async").log(System.Logger.Level.ERROR, by + " threw an exception.", error);
  }

  /** Logs an error of a deferred that nobody looked at, and, if it is known, where the deferred failed. */
  static void dropped(Throwable error, @Nullable Throwable place) {
    System.Logger log = System.getLogger("leat.async");
    log.log(System.Logger.Level.WARNING,
        "A deferred failed, and nobody has looked at its error. Use leat.deferred/catch or a listener.", error);
    if (place != null) {
      log.log(System.Logger.Level.WARNING, "The error above was given to its deferred here.", place);
    }
  }
}

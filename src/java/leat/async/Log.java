package leat.async;

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
}

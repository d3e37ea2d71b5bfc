package leat.async;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Keeps what is logged under the name "leat.async" while it is open, and keeps it out of the output. */
final class LogCapture implements AutoCloseable {

  private final Logger logger = Logger.getLogger("leat.async");
  private final List<Throwable> thrown = new CopyOnWriteArrayList<>();
  private final Handler handler = new Handler() {
    @Override
    public void publish(LogRecord entry) {
      thrown.add(entry.getThrown());
    }

    @Override
    public void flush() {
    }

    @Override
    public void close() {
    }
  };

  LogCapture() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  /** Returns the logged exceptions in order. */
  List<Throwable> thrown() {
    return thrown;
  }

  @Override
  public void close() {
    logger.setUseParentHandlers(true);
    logger.removeHandler(handler);
  }
}

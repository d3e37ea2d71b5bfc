package leat.net;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Keeps what is logged under the name "leat.net" while it is open, and keeps it out of the output. */
final class LogCapture implements AutoCloseable {
  private final Logger logger = Logger.getLogger("leat.net");
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();
  private final CountDownLatch first = new CountDownLatch(1);
  private final Handler handler;

  LogCapture() {
    this(entry -> {});
  }

  LogCapture(Consumer<LogRecord> alsoTold) {
    handler = new Handler() {
      @Override
      public void publish(LogRecord entry) {
        records.add(entry);
        first.countDown();
        alsoTold.accept(entry);
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  /** The messages of one level, in order. */
  List<String> messages(Level level) {
    return records.stream().filter(entry -> entry.getLevel().equals(level)).map(LogRecord::getMessage).toList();
  }

  List<Throwable> thrown() {
    return records.stream().map(LogRecord::getThrown).toList();
  }

  void awaitFirst() {
    try {
      if (!first.await(20, TimeUnit.SECONDS)) {
        throw new AssertionError("Nothing was logged within 20 s");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    logger.setUseParentHandlers(true);
    logger.removeHandler(handler);
  }
}

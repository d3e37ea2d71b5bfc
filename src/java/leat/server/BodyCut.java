package leat.server;

import java.io.IOException;
import leat.bytes.Nullable;

/** A request body that will not become whole: no fault of the handler that reads it. */
final class BodyCut extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int MOST_CAUSES = 16;

  BodyCut(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Whether a failure comes from such a body. */
  static boolean isBehind(Throwable failure) {
    Throwable cause = failure;
    for (int n = 0; cause != null && n < MOST_CAUSES; n++, cause = cause.getCause()) {
      if (cause instanceof BodyCut) {
        return true;
      }
    }
    return false;
  }
}

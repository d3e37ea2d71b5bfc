package leat.net;

import java.io.IOException;

/** A peer that was to begin with a PROXY header began with something else. It has no stack trace: the peer is at fault. */
public final class ProxyProtocolError extends IOException {
  private static final long serialVersionUID = 1L;

  ProxyProtocolError(String message) {
    super(message);
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}

package leat.server;

import leat.http1.BodyReader;
import leat.http1.BodySink;

/** The body that is on its way in on one connection. Loop only. */
final class Incoming {
  final Exchange exchange;
  final RequestBody body;
  private final BodyReader reader;
  private final BodySink sink;
  /** Whether the handler runs, or has run. */
  boolean dispatched;
  /** Bytes that were read only to be dropped. */
  long drained;
  /** Whether 100 was sent or is not needed: bytes of the body have come, or the client does not wait (RFC 9110, 10.1.1). */
  private boolean continued;

  Incoming(Exchange exchange, RequestBody body, BodyReader reader) {
    this.exchange = exchange;
    this.body = body;
    this.reader = reader;
    this.sink = body::data;
    this.continued = !exchange.head().expectsContinue();
  }

  /** Passes on what belongs to the body; returns the index of the first byte that does not. */
  int read(byte[] bytes, int from, int to) {
    continued = true;
    return reader.read(bytes, from, to, sink);
  }

  /** Whether all of it has come. */
  boolean isDone() {
    return reader.isDone();
  }

  /** Tells the body that all of it has come. */
  void complete() {
    body.complete(reader.trailers());
  }

  /** Notes that the client is told to go on; false when it need not be. */
  boolean takeContinue() {
    boolean needed = !continued;
    continued = true;
    return needed;
  }

  /** For a client that still waits for 100: it may send its body or not. */
  boolean isUncertain() {
    return !continued;
  }

  /** Whether it is the server that keeps the client from sending. */
  boolean isHeldUp() {
    return body.isPaused() || !continued;
  }
}

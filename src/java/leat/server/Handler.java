package leat.server;

/**
 * Answers requests. The one interface below every kind of handler: plain Java functions, asynchronous ones and Ring's.
 *
 * <p>It runs where the server's executor option puts it: on a virtual thread or a pool thread of its own, or, with
 * {@link HttpServerBuilder#handlersOnLoop()}, on the event loop, where it must not block.
 */
@FunctionalInterface
public interface Handler {
  /**
   * Answers one request through {@code responder}, now or later. What it throws becomes a failure of the responder.
   *
   * @param request the request; valid as long as anybody holds it
   * @param responder takes the one response; the first completion wins
   * @throws Exception anything: the server's error handler makes a response of it
   */
  void handle(Request request, Responder responder) throws Exception;
}

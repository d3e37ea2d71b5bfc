package leat.server;

/** The place where the answer of one exchange goes. Safe to call from any thread; the first completion wins. */
public interface Responder {
  /**
   * Answers the exchange.
   *
   * @param response the response; its body belongs to the server from now on
   * @return true if this was the first completion; false if it changed nothing (its body is then closed)
   */
  boolean respond(Response response);

  /**
   * Fails the exchange: the server's error handler makes the response.
   *
   * @param cause what went wrong
   * @return true if this was the first completion
   */
  boolean fail(Throwable cause);
}

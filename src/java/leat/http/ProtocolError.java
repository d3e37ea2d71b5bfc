package leat.http;

import java.util.Objects;

/**
 * A message broke a rule of HTTP or one of our {@link Limits}. It knows who broke the rule and which status answers it.
 *
 * <p>The message is one sentence that says what was expected and what came. It never holds more than a few bytes of
 * what the peer sent, so it is safe to log. There is no stack trace: the fault is in the bytes, not in the code, and a
 * flood of bad messages must not cost us a walk of the stack for each.
 */
public final class ProtocolError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Who broke the rule. */
  public enum Side {
    /** This program: a handler or caller asked for something that may not be sent. */
    LOCAL,
    /** The peer: its bytes are at fault. */
    REMOTE
  }

  /** Who broke the rule. */
  private final Side side;
  /** The status code that answers the fault. */
  private final int status;

  /**
   * Makes an error.
   *
   * @param side who broke the rule
   * @param status the status code that answers the fault, such as 400
   * @param message one sentence: what was expected, what came
   */
  public ProtocolError(Side side, int status, String message) {
    super(Objects.requireNonNull(message), null, false, false);
    this.side = Objects.requireNonNull(side);
    this.status = status;
  }

  /**
   * Returns an error made by the peer.
   *
   * @param status the status code that answers the fault
   * @param message one sentence: what was expected, what came
   * @return the error, to be thrown
   */
  public static ProtocolError remote(int status, String message) {
    return new ProtocolError(Side.REMOTE, status, message);
  }

  /**
   * Returns an error made by this program.
   *
   * @param status the status code that tells the peer, such as 500
   * @param message one sentence: what was expected, what came
   * @return the error, to be thrown
   */
  public static ProtocolError local(int status, String message) {
    return new ProtocolError(Side.LOCAL, status, message);
  }

  /**
   * Returns who broke the rule.
   *
   * @return the side at fault
   */
  public Side side() {
    return side;
  }

  /**
   * Returns the status code that answers this fault: a hint, since a response may already be on its way.
   *
   * @return a status code, 400 to 599
   */
  public int status() {
    return status;
  }
}

package leat.tls;

import java.security.cert.CertificateException;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** TLS on a connection has failed. The message says what was expected and what happened; the reason is for programs. */
public final class TlsException extends SSLException {
  private static final long serialVersionUID = 1;

  /** What kind of failure it was. */
  public enum Reason {
    /** No agreement: on versions, ciphers or protocols, or the peer sent an alert or went away before the end. */
    HANDSHAKE,
    /** The certificate of the peer is not trusted, not for that host, out of date, or missing. */
    CERTIFICATE,
    /** The handshake took longer than it may. */
    TIMEOUT,
    /** What came is no TLS, was changed on its way, or is more than a peer may send. */
    RECORD,
    /** The peer tried to begin a second handshake. */
    RENEGOTIATION,
    /** The connection ended without {@code close_notify}: somebody may have cut it. */
    TRUNCATED,
    /** The peer has ended TLS, and something was left to write. */
    CLOSED,
    /** The engine neither took nor gave anything: a fault of the provider. */
    NO_PROGRESS
  }

  /** What kind it is. */
  private final Reason reason;

  /**
   * For a failure that leat has found.
   *
   * @param reason what kind it is
   * @param message what was expected, and what happened
   */
  public TlsException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  private TlsException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /**
   * For a failure that the engine has found.
   *
   * @param cause what it threw
   * @param handshakeDone whether that was after the handshake
   * @return the typed failure
   */
  public static TlsException of(Throwable cause, boolean handshakeDone) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof CertificateException) {
        return new TlsException(
            Reason.CERTIFICATE, "The certificate of the peer was not accepted: " + t.getMessage(), cause);
      }
    }
    // In TLS 1.3, the client hears only after its own part of the handshake that its certificate is refused.
    return handshakeDone && !(cause instanceof SSLHandshakeException)
        ? new TlsException(Reason.RECORD, "TLS failed: " + cause.getMessage(), cause)
        : new TlsException(Reason.HANDSHAKE, "The TLS handshake failed: " + cause.getMessage(), cause);
  }

  /**
   * For an engine that does nothing.
   *
   * @param step what it was asked for
   * @param result what it answered
   * @return the typed failure
   */
  public static TlsException noProgress(String step, SSLEngineResult result) {
    return new TlsException(Reason.NO_PROGRESS, "The TLS engine makes no progress (" + step + ": " + result.getStatus()
        + ", " + result.getHandshakeStatus() + ")");
  }

  /**
   * What kind of failure it is.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}

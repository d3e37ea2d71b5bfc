package leat.server;

import java.util.Objects;
import leat.http.Headers;

/**
 * A response: status, fields and body. The server adds framing, {@code Date} and {@code Server}: {@code Content-Length},
 * {@code Transfer-Encoding} and {@code Connection} of the fields are advice at most (RFC 9112, 6).
 */
public final class Response {
  private static final Headers TEXT_PLAIN = Headers.of("content-type", "text/plain; charset=utf-8");

  private final int status;
  private final Headers headers;
  private final Body body;

  private Response(int status, Headers headers, Body body) {
    this.status = status;
    this.headers = Objects.requireNonNull(headers, "headers");
    this.body = Objects.requireNonNull(body, "body");
  }

  /**
   * A response.
   *
   * @param status 200 to 599
   * @param headers the fields
   * @param body the body, which belongs to the response from now on
   * @return the response
   * @throws IllegalArgumentException if the status is out of range
   */
  public static Response of(int status, Headers headers, Body body) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("Expected a final status from 200 to 599, got " + status);
    }
    return new Response(status, headers, body);
  }

  /**
   * A plain-text response with status 200.
   *
   * @param text the body
   * @return the response
   */
  public static Response text(String text) {
    return text(200, text);
  }

  /**
   * A plain-text response in UTF-8.
   *
   * @param status 200 to 599
   * @param text the body
   * @return the response
   */
  public static Response text(int status, String text) {
    return of(status, TEXT_PLAIN, Body.text(text));
  }

  /**
   * The status code.
   *
   * @return 200 to 599
   */
  public int status() {
    return status;
  }

  /**
   * The fields as given.
   *
   * @return the fields
   */
  public Headers headers() {
    return headers;
  }

  /**
   * The body.
   *
   * @return the body, {@link Body#EMPTY} at least
   */
  public Body body() {
    return body;
  }
}

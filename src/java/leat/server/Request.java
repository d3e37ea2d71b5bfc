package leat.server;

import java.security.cert.X509Certificate;
import javax.net.ssl.SSLSession;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.http.Headers;
import leat.http.Method;
import leat.http1.RequestHead;

/** One request, as a handler sees it. Immutable but for its body, and valid for as long as anybody holds it. */
public interface Request {
  /**
   * The request line and fields, as they came.
   *
   * @return the head
   */
  RequestHead head();

  /**
   * The body, which arrives while the handler runs.
   *
   * @return the body, or null when the request has none
   */
  @Nullable RequestBody body();

  /**
   * The scheme of the connection.
   *
   * @return {@code "http"} or {@code "https"}
   */
  String scheme();

  /**
   * The address of the peer of the socket: never one that a field of the request claims.
   *
   * @return a numeric address without port, or the empty string for a Unix domain socket
   */
  String remoteAddress();

  /**
   * The name the client asked for: the host of the target or of the Host field, else the local address.
   *
   * @return a host name or numeric address
   */
  String serverName();

  /**
   * The port the client asked for, else the local port.
   *
   * @return a port, or the default port of the scheme where none is known
   */
  int serverPort();

  /**
   * The TLS session of the connection.
   *
   * @return versions, ciphers and certificates; null for plain HTTP
   */
  default @Nullable SSLSession tlsSession() {
    return null;
  }

  /**
   * The certificate that the client has shown.
   *
   * @return null if it has shown none, or was not asked for one
   */
  default @Nullable X509Certificate clientCertificate() {
    return null;
  }

  /**
   * Tells when the exchange is over: true when the client went away first, false when the response was sent whole. It is
   * realized on the event loop, without anything having to be written.
   *
   * @return a deferred that is always realized in the end, and never an error
   */
  Deferred<Boolean> closed();

  /**
   * Takes the connection over for another protocol, after an {@code Upgrade} request (RFC 9110, 7.8). The server sends
   * {@code 101} with {@code headers}, and then hands every later byte to {@code successor}. From then on the channel, with
   * its time limits, is the successor's. If the client goes away before, the successor never hears of the channel.
   *
   * @param headers the fields of the 101 response, {@code upgrade} among them; those about framing are left out
   * @param successor handles the channel from now on; told of it first by {@code onConnected}
   * @return true if the exchange was not answered before
   * @throws IllegalStateException if the request does not ask for an upgrade, or has a body
   * @throws IllegalArgumentException if there is no {@code upgrade} among the headers
   */
  boolean upgrade(Headers headers, leat.net.ChannelHandler successor);

  /**
   * The method.
   *
   * @return the method
   */
  default Method method() {
    return head().method();
  }

  /**
   * The path of the target, not decoded.
   *
   * @return the path, {@code "/"} at least, or {@code "*"}
   */
  default String path() {
    return head().path();
  }

  /**
   * The query of the target, not decoded.
   *
   * @return what follows the question mark, or null when there is none
   */
  default @Nullable String query() {
    return head().query();
  }

  /**
   * The first value of a field.
   *
   * @param lowerName the name in lower case
   * @return the value, or null when the field is absent
   */
  default @Nullable String header(String lowerName) {
    return head().first(lowerName);
  }

  /**
   * All fields.
   *
   * @return the fields in the order in which they came, names in lower case
   */
  default Headers headers() {
    return head().headers();
  }
}

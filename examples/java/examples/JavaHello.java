package examples;

import java.io.Closeable;
import java.io.IOException;
import leat.server.HttpServer;
import leat.server.Response;

/**
 * A server in plain Java: a function from a request to a response.
 *
 * <pre>  curl -i 'http://127.0.0.1:8080/mill?wheel'  </pre>
 */
public final class JavaHello {
  private JavaHello() {}

  /**
   * Starts the server.
   *
   * @param port the port, 0 for a free one
   * @return the server
   * @throws IOException if it cannot listen
   */
  public static Closeable start(int port) throws IOException {
    return HttpServer.builder()
        .host("127.0.0.1")
        .port(port)
        .handler(request -> switch (request.method().name()) {
          case "GET", "HEAD" -> Response.text("Hello from Java, " + request.path() + "!\n");
          default -> Response.text(405, "Only GET and HEAD\n");
        })
        .start();
  }
}

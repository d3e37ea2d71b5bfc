package examples;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.stream.IntStream;
import leat.async.Deferred;
import leat.async.Source;
import leat.async.Sources;
import leat.async.Streams;
import leat.http.Headers;
import leat.server.Body;
import leat.server.HttpServer;
import leat.server.Request;
import leat.server.Response;

/**
 * Values in time from Java: a publisher as the body of a response, read no faster than the client reads, and a response
 * that is a {@code CompletionStage}.
 *
 * <pre>
 *   curl http://127.0.0.1:8080/
 *   curl http://127.0.0.1:8080/sum
 * </pre>
 */
public final class JavaFlow {
  private JavaFlow() {}

  /** {@return the first ten thousand squares, for any library that knows {@code Flow}} */
  static Flow.Publisher<Long> squares() {
    Source<Integer> numbers = Sources.of(IntStream.rangeClosed(1, 10_000).boxed());
    return Sources.publisher(Streams.map(n -> (long) n * n, numbers, "square"));
  }

  private static CompletionStage<Response> answer(Request request) {
    Source<Long> squares = Sources.of(squares());
    if (request.path().equals("/sum")) {
      Deferred<Object> sum = Streams.reduce((a, b) -> (long) a + (long) b, true, 0L, () -> 0L, squares);
      return sum.thenApply(total -> Response.text("The sum is " + total + ".\n"));
    }
    Source<String> lines = Streams.map(n -> n + "\n", squares, "line");
    return Deferred.succeeded(Response.of(200, Headers.of("content-type", "text/plain"), Body.source(lines)));
  }

  /**
   * Starts the server.
   *
   * @param port the port, 0 for a free one
   * @return the server
   * @throws IOException if it cannot listen
   */
  public static Closeable start(int port) throws IOException {
    return HttpServer.builder().host("127.0.0.1").port(port).asyncHandler(JavaFlow::answer).start();
  }
}

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import leat.server.HttpServer;
import leat.server.Response;

/** Starts a server with leat's public classes and asks it with the JDK's HTTP client. */
public final class Main {
    public static void main(String[] args) throws Exception {
        try (HttpServer server = HttpServer.builder()
                .port(0)
                .handler(request -> Response.text("Hello, " + request.path() + "!"))
                .start()) {
            URI uri = URI.create("http://localhost:" + server.port() + "/outside");
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            System.out.println(response.statusCode() + " " + response.body());
            if (response.statusCode() != 200 || !response.body().equals("Hello, /outside!")) {
                throw new AssertionError("not the answer that was expected");
            }
        }
    }
}

package leat.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.lang.IPersistentMap;
import clojure.lang.RT;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import leat.http.Headers;
import leat.server.Body;
import leat.server.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How Ring response maps become responses, and what is said of those that are none. */
class ResponseReaderTest {
  private final ResponseReader reader = new ResponseReader(null);

  private Response read(String edn) throws Exception {
    return reader.read(RT.readString(edn));
  }

  /** The fields as "name: value" texts. */
  private static List<String> fields(Headers headers) {
    List<String> fields = new ArrayList<>();
    headers.forEach((name, value) -> fields.add(name + ": " + value));
    return fields;
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "{\"a\" \"x\"} | a: x",
    "{\"a\" 5} | a: 5",
    "{\"a\" [\"x\" \"y\" 7]} | a: x, a: y, a: 7",
    "{\"a\" (\"x\" \"y\")} | a: x, a: y",
    "{\"a\" []} | ''",
    "{\"a\" nil} | ''",
    "{\"Content-Type\" \"x\"} | Content-Type: x",
    "{} | ''",
    "nil | ''",
  })
  void headerValuesAreStringsNumbersOrSequencesOfThem(String headers, String expected) throws Exception {
    assertEquals(expected, String.join(", ", fields(read("{:status 200 :headers " + headers + "}").headers())));
  }

  @Test
  void headersMayBeAnyMap() throws Exception {
    IPersistentMap response = (IPersistentMap) RT.readString("{:status 200}");
    assertEquals(
        List.of("a: x"), fields(reader.read(response.assoc(RT.keyword(null, "headers"), Map.of("a", "x"))).headers()));
    assertEquals(20, read("{:status 200 :headers " + manyHeaders() + "}").headers().size());
  }

  private static String manyHeaders() {
    StringBuilder map = new StringBuilder("{");
    for (int i = 0; i < 20; i++) {
      map.append("\"h").append(i).append("\" \"v\" ");
    }
    return map.append('}').toString();
  }

  @Test
  void aHeaderMapThatIsGivenAgainAndAgainIsConvertedOnce() throws Exception {
    Object response = RT.readString("{:status 200 :headers {\"a\" \"x\"}}");
    Headers last = null;
    int same = 0;
    for (int i = 0; i < 2000; i++) {
      Headers now = reader.read(response).headers();
      same += now == last ? 1 : 0;
      last = now;
    }
    assertTrue(same > 1000);
    assertEquals(List.of("a: x"), fields(last));
    assertEquals(List.of("a: y"), fields(read("{:status 200 :headers {\"a\" \"y\"}}").headers()));
    assertEquals(List.of(), fields(read("{:status 200 :headers nil}").headers()));
  }

  @Test
  void aHeaderMapWithValuesThatCanChangeIsConvertedEachTime() throws Exception {
    List<Object> values = new ArrayList<>(List.of("1"));
    IPersistentMap headers = RT.map("a", values);
    Object response = RT.map(RT.keyword(null, "status"), 200L, RT.keyword(null, "headers"), headers);
    for (int i = 0; i < 200; i++) {
      values.set(0, String.valueOf(i));
      assertEquals(List.of("a: " + i), fields(reader.read(response).headers()));
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "nil | a map with :status, got nil",
    "\"hi\" | a map with :status, got \"hi\" (java.lang.String)",
    "{} | :status to be an integer from 200 to 599, got nil",
    "{:status \"200\"} | :status to be an integer from 200 to 599, got \"200\" (java.lang.String)",
    "{:status 101} | :status to be an integer from 200 to 599, got 101 (java.lang.Long)",
    "{:status 600} | :status to be an integer from 200 to 599, got 600 (java.lang.Long)",
    "{:status 4294967496} | :status to be an integer from 200 to 599, got 4294967496 (java.lang.Long)",
    "{:status 200.0} | :status to be an integer from 200 to 599, got 200.0 (java.lang.Double)",
    "{:status 200 :headers \"a\"} | :headers to be a map of strings, got \"a\" (java.lang.String)",
    "{:status 200 :headers {:a \"x\"}} | header names to be strings, got :a (clojure.lang.Keyword)",
    "{:status 200 :headers {\"a\" :x}} | the value of header a to be a string, a number or a sequence of them, got :x (clojure.lang.Keyword)",
    "{:status 200 :headers {\"a\" {}}} | the value of header a to be a string, a number or a sequence of them, got a value of clojure.lang.PersistentArrayMap",
    "{:status 200 :headers {\"a\" [nil]}} | the value of header a to be a string, a number or a sequence of them, got nil",
    "{:status 200 :headers {\"content-type\" \"text/plain; charset=x-no\"} :body \"a\"} | a charset that this JVM knows in content-type, got \"x-no\" (java.lang.String)",
  })
  void malformedResponsesAreNamed(String response, String expected) {
    Throwable error = assertThrows(Exception.class, () -> read(response));
    assertEquals("Malformed response: expected " + expected, error.getMessage());
  }

  @Test
  void malformedBodiesAreNamed() {
    Throwable error = assertThrows(Exception.class, () -> read("{:status 200 :body {:a 1}}"));
    assertTrue(error.getMessage().endsWith(", got a value of clojure.lang.PersistentArrayMap"), error.getMessage());
    error = assertThrows(Exception.class, () -> read("{:status 200 :body 5}"));
    assertTrue(error.getMessage().endsWith(", got 5 (java.lang.Long)"), error.getMessage());
  }

  @Test
  void longValuesAreNotEchoedWhole() {
    Throwable error = assertThrows(Exception.class, () -> read("\"" + "x".repeat(10_000) + "\""));
    assertTrue(error.getMessage().length() < 300);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"{\"a\" \"x\\ny\"}", "{\"a b\" \"x\"}", "{\"\" \"x\"}", "{\"a\" [\"x\\u0000\"]}"})
  void fieldsThatWouldBreakTheMessageAreRefused(String headers) {
    assertThrows(IllegalArgumentException.class, () -> read("{:status 200 :headers " + headers + "}"));
  }

  @Test
  void textHasTheCharsetOfItsContentType() throws Exception {
    assertEquals(2, read("{:status 200 :body \"\u00e9\"}").body().length());
    assertEquals(1, read("{:status 200 :headers {\"Content-Type\" \"text/plain; Charset=ISO-8859-1\"} :body \"\u00e9\"}").body().length());
    assertEquals(1, read("{:status 200 :headers {\"content-type\" \"a/b;charset=\\\"latin1\\\"; x=y\"} :body \"\u00e9\"}").body().length());
    assertEquals(2, read("{:status 200 :headers {\"content-type\" \"a/b; charset=utf-8\"} :body \"\u00e9\"}").body().length());
  }

  @Test
  void theBodyOfAMalformedResponseIsClosed() {
    class Tracked extends ByteArrayInputStream {
      boolean closed;

      Tracked() {
        super("abc".getBytes(StandardCharsets.UTF_8));
      }

      @Override
      public void close() throws IOException {
        closed = true;
        super.close();
      }
    }
    Tracked body = new Tracked();
    IPersistentMap response = RT.map(RT.keyword(null, "status"), 99L, RT.keyword(null, "body"), body);
    assertThrows(Exception.class, () -> reader.read(response));
    assertTrue(body.closed);
  }

  @Test
  void aJavaBodyPassesAsItIs() throws Exception {
    Body body = Body.text("abc");
    assertSame(body, reader.read(RT.map(RT.keyword(null, "status"), 200L, RT.keyword(null, "body"), body)).body());
  }

  @Test
  void aRegionOfAFileChecksItsNumbers() {
    assertThrows(IllegalArgumentException.class, () -> new FileBody(java.nio.file.Path.of("a"), -1, 5));
    assertThrows(IllegalArgumentException.class, () -> new FileBody(java.nio.file.Path.of("a"), 0, -2));
  }
}

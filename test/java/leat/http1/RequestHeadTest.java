package leat.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import leat.http.BodyLength;
import leat.http.Headers;
import leat.http.Limits;
import leat.http.Method;
import org.junit.jupiter.api.Test;

class RequestHeadTest {
  private static RequestHead head(String... lines) {
    return Fed.head(String.join("\r\n", lines) + "\r\n\r\n").result();
  }

  @Test
  void findsFieldsByTheirNames() {
    RequestHead head = head("GET /a HTTP/1.1", "Host: h", "Accept: 1", "X-A:  2 ", "ACCEPT: 3", "x-a:");
    assertEquals("1", head.first("accept"));
    assertEquals("2", head.first("x-a"));
    assertNull(head.first("x-b"));
    assertNull(head.first("accep"));
    assertNull(head.first(""));
    assertTrue(head.has("host"));
    assertFalse(head.has("cookie"));
    assertEquals(5, head.fieldCount());
    assertEquals("accept", head.fieldName(3));
    assertEquals("3", head.fieldValue(3));
    assertThrows(IndexOutOfBoundsException.class, () -> head.fieldName(5));
    assertThrows(IndexOutOfBoundsException.class, () -> head.fieldValue(5));
    assertThrows(IndexOutOfBoundsException.class, () -> head.fieldValue(-1));
  }

  @Test
  void joinsValuesAsRingWantsThem() {
    RequestHead head = head("POST /a HTTP/1.1", "Host: h", "Accept: 1", "Cookie: a=1; b=2", "ACCEPT: 2, 3", "x:",
        "cookie: c=3", "accept:", "Content-Length: 5", "Content-Length: 05");
    assertEquals("1,2, 3,", head.joined("accept"));
    assertEquals("a=1; b=2;c=3", head.joined("cookie"));
    assertEquals("", head.joined("x"));
    assertEquals("h", head.joined("host"));
    assertEquals("5", head.joined("content-length"));
    assertNull(head.joined("y"));
  }

  @Test
  void givesAllFieldsInTheirOrder() {
    RequestHead head = head("GET / HTTP/1.1", "Host: h", "B: 1", "A: \u00e4", "b: 2");
    assertEquals(Headers.of("host", "h", "b", "1", "a", "\u00e4", "b", "2"), head.headers());
    assertSame(Headers.EMPTY, head("GET / HTTP/1.0").headers());
  }

  @Test
  void internsCommonNamesInAnyCase() {
    RequestHead head = head("GET / HTTP/1.1", "HOST: h", "User-Agent: a", "X-Own: b");
    assertSame("host", head.fieldName(0));
    assertSame("user-agent", head.fieldName(1));
    assertEquals("x-own", head.fieldName(2));
  }

  @Test
  void givesTheCommonMethodsAsConstants() {
    assertSame(Method.GET, head("GET / HTTP/1.0").method());
    assertSame(Method.DELETE, head("DELETE / HTTP/1.0").method());
    assertEquals(Method.of("PURGE"), head("PURGE / HTTP/1.0").method());
  }

  @Test
  void keepsNothingOfTheCallersArray() {
    byte[] bytes = Fed.bytes("GET /a?b HTTP/1.1\r\nHost: h:80\r\n\r\n");
    RequestHead head = new HeadParser(Limits.DEFAULT).parse(bytes, 0, bytes.length);
    Arrays.fill(bytes, (byte) 'z');
    assertEquals("/a?b", head.target());
    assertEquals("/a", head.path());
    assertEquals("b", head.query());
    assertEquals("h", head.host());
    assertEquals(80, head.port());
    assertSame(BodyLength.NONE, head.bodyLength());
  }

  /** RFC 9112 3.2.2: whoever looks at the field and whoever looks at the target must see the same host. */
  @Test
  void theAuthorityOfAnAbsoluteTargetReplacesHost() {
    RequestHead head = head("GET http://a:81/b HTTP/1.1", "X: y", "Host: other");
    assertEquals("a:81", head.first("host"));
    assertEquals("a:81", head.joined("host"));
    assertEquals("a:81", head.fieldValue(1));
    assertEquals("a:81", head.headers().get("host"));
    assertEquals("y", head.first("x"));
  }

  @Test
  void printsNoSecrets() {
    assertEquals("GET /a?... HTTP/1.1", head("GET /a?token=1 HTTP/1.1", "Host: h", "Cookie: x").toString());
    assertEquals("GET /a HTTP/1.0", head("GET /a HTTP/1.0").toString());
  }
}

package leat.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MethodTest {
  private static final List<Method> COMMON = List.of(Method.GET, Method.HEAD, Method.POST, Method.PUT, Method.DELETE,
      Method.CONNECT, Method.OPTIONS, Method.TRACE, Method.PATCH);

  @Test
  void givesTheConstantOfACommonName() {
    for (Method method : COMMON) {
      assertSame(method, Method.of(method.name()));
      byte[] bytes = ("xx" + method.name() + "yy").getBytes(StandardCharsets.US_ASCII);
      assertSame(method, Method.of(bytes, 2, bytes.length - 2));
      assertEquals(method.name(), method.toString());
    }
  }

  @Test
  void keepsTheCaseOfOthers() {
    byte[] bytes = "purge".getBytes(StandardCharsets.US_ASCII);
    assertEquals(Method.of("purge"), Method.of(bytes, 0, 5));
    assertEquals(Method.of("purge").hashCode(), Method.of(bytes, 0, 5).hashCode());
    assertNotEquals(Method.of("purge"), Method.of("PURGE"));
    assertNotEquals(Method.GET, Method.of("get"));
    assertEquals("get", Method.of("get").name());
    assertNotEquals(Method.GET, Method.of("GEX"));
    assertNotEquals(Method.POST, Method.of("PO"));
  }

  /** RFC 9110 9.2.1, 9.2.2. */
  @Test
  void knowsWhichAreSafeAndIdempotent() {
    for (Method method : COMMON) {
      assertEquals(List.of("GET", "HEAD", "OPTIONS", "TRACE").contains(method.name()), method.isSafe());
      assertEquals(!List.of("POST", "CONNECT", "PATCH").contains(method.name()), method.isIdempotent());
    }
    assertFalse(Method.of("LINK").isSafe());
    assertFalse(Method.of("LINK").isIdempotent());
  }

  @Test
  void knowsCommonNamesInAnotherCase() {
    assertTrue(Method.isMiscased("get"));
    assertTrue(Method.isMiscased("Options"));
    assertFalse(Method.isMiscased("GET"));
    assertFalse(Method.isMiscased("TRACE"));
    assertFalse(Method.isMiscased("purge"));
  }

  @Test
  void refusesWhatIsNoToken() {
    for (String name : new String[] {"", "GET ", "G\r\nT", "G\0T", "G/T", "\u00c4", "\u0100"}) {
      assertThrows(IllegalArgumentException.class, () -> Method.of(name), name);
    }
    assertThrows(IllegalArgumentException.class, () -> Method.of(new byte[] {'G', ' '}, 0, 2));
    assertThrows(IllegalArgumentException.class, () -> Method.of(new byte[0], 0, 0));
    assertEquals("A method must be a token, but \"G?T\" has U+000A at position 1.",
        assertThrows(IllegalArgumentException.class, () -> Method.of("G\nT")).getMessage());
  }
}

package leat.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class HeadersTest {
  private final Headers headers = Headers.of("Accept", "1", "Cookie", "a=b", "ACCEPT", "2");

  @Test
  void findsFieldsInAnyCase() {
    assertEquals("1", headers.get("accept"));
    assertEquals("a=b", headers.get("COOKIE"));
    assertNull(headers.get("accep"));
    assertEquals(List.of("1", "2"), headers.all("accepT"));
    assertEquals(List.of(), headers.all("x"));
    assertTrue(headers.has("cookie"));
    assertFalse(headers.has("x"));
  }

  @Test
  void keepsOrderAndNames() {
    assertEquals(3, headers.size());
    assertEquals("ACCEPT", headers.name(2));
    assertEquals("2", headers.value(2));
    StringBuilder seen = new StringBuilder();
    headers.forEach((name, value) -> seen.append(name).append('=').append(value).append(' '));
    assertEquals("Accept=1 Cookie=a=b ACCEPT=2 ", seen.toString());
    assertThrows(IndexOutOfBoundsException.class, () -> headers.name(3));
    assertThrows(IndexOutOfBoundsException.class, () -> headers.value(-1));
  }

  @Test
  void changesByMakingAnother() {
    assertEquals(Headers.of("Accept", "1", "Cookie", "a=b", "ACCEPT", "2", "x", ""), headers.with("x", ""));
    assertEquals(Headers.of("accept", "3", "Cookie", "a=b"), headers.set("accept", "3"));
    assertEquals("accept", headers.set("accept", "3").name(0));
    assertEquals(Headers.of("Accept", "1", "Cookie", "c", "ACCEPT", "2"), headers.set("cookie", "c"));
    assertEquals(headers.with("x", "y"), headers.set("x", "y"));
    assertEquals(Headers.of("Cookie", "a=b"), headers.without("accept"));
    assertSame(headers, headers.without("x"));
    assertSame(Headers.EMPTY, Headers.of("a", "b").without("A"));
    assertEquals(3, headers.size());
  }

  @Test
  void doesNotShareTheCallersArray() {
    String[] pairs = {"a", "1"};
    Headers made = Headers.of(pairs);
    pairs[1] = "\r\n";
    assertEquals("1", made.get("a"));
  }

  @Test
  void buildsAgainAndAgain() {
    Headers.Builder builder = Headers.builder(1).add("a", "1");
    Headers one = builder.build();
    Headers two = builder.add("b", "2").add("c", "3").build();
    assertEquals(Headers.of("a", "1"), one);
    assertEquals(Headers.of("a", "1", "b", "2", "c", "3"), two);
    assertSame(Headers.EMPTY, Headers.builder(0).build());
    assertSame(Headers.EMPTY, Headers.of());
    assertTrue(Headers.EMPTY.isEmpty());
    assertThrows(IllegalArgumentException.class, () -> builder.add("d", "\n"));
    assertEquals(two, builder.build());
  }

  @Test
  void comparesNamesInAnyCaseAndValuesExactly() {
    assertEquals(Headers.of("A", "x"), Headers.of("a", "x"));
    assertEquals(Headers.of("A", "x").hashCode(), Headers.of("a", "x").hashCode());
    assertNotEquals(Headers.of("a", "X"), Headers.of("a", "x"));
    assertNotEquals(Headers.of("a", "1", "b", "2"), Headers.of("b", "2", "a", "1"));
    assertNotEquals(Headers.of("a", "1"), Headers.EMPTY);
  }

  @Test
  void printsNoValues() {
    assertEquals("Headers[Accept, Cookie, ACCEPT]", headers.toString());
  }

  @Test
  void requiresAValueForEachName() {
    assertThrows(IllegalArgumentException.class, () -> Headers.of("a"));
    assertThrows(NullPointerException.class, () -> Headers.of("a", null));
    assertThrows(NullPointerException.class, () -> Headers.of(null, "a"));
  }

  /** The sentence, once for each kind of fault. */
  @Test
  void saysWhatIsWrongAndWhere() {
    assertEquals("A field name must be a token, but \"a?b: c\" has U+000D at position 1.", fault("a\rb: c", "x"));
    assertEquals("A field name must be a token, but \"a:\" has U+003A at position 1.", fault("a:", "x"));
    assertEquals("A field name must not be empty.", fault("", "x"));
    assertEquals("The value of the field \"a\" has U+000A, which no field value may hold (position 2).",
        fault("a", "xy\nb: c"));
    assertEquals("The value of the field \"a\" has U+20AC, which no field value may hold (position 0).",
        fault("a", "\u20ac"));
    assertEquals("The value of the field \"a\" begins or ends with white space (position 0).", fault("a", " x"));
    assertEquals("The value of the field \"a\" begins or ends with white space (position 1).", fault("a", "x\t"));
    assertEquals("The value of the field \"" + "a".repeat(40) + "...\" begins or ends with white space (position"
        + " 0).", fault("a".repeat(99), " "));
  }

  private static String fault(String name, String value) {
    return assertThrows(IllegalArgumentException.class, () -> Headers.check(name, value)).getMessage();
  }

  private static boolean mayBe(String name, String value) {
    try {
      Headers.check(name, value);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** RFC 9110 5.1, 5.5, char by char. */
  @TestFactory
  Stream<DynamicTest> checksEachChar() {
    return IntStream.rangeClosed(0, 0x180).mapToObj(c -> dynamicTest(String.format("U+%04X", c), () -> {
      boolean tchar = c > ' ' && c < 0x7F && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0;
      boolean inValue = c == '\t' || c >= ' ' && c <= 0xFF && c != 0x7F;
      boolean atEnd = inValue && c > ' ';
      assertEquals(tchar, mayBe("a" + (char) c, "x"));
      assertEquals(tchar, mayBe("" + (char) c, "x"));
      assertEquals(inValue, mayBe("a", "x" + (char) c + "y"));
      assertEquals(atEnd, mayBe("a", "x" + (char) c));
      assertEquals(atEnd, mayBe("a", (char) c + "x"));
      assertEquals(atEnd, mayBe("a", "" + (char) c));
    }));
  }

  /** Each way in has its guard. */
  @Test
  void checksEveryWayIn() {
    for (String[] bad : new String[][] {{"a\n", "x"}, {"a", "x\r"}}) {
      assertThrows(IllegalArgumentException.class, () -> Headers.of(bad));
      assertThrows(IllegalArgumentException.class, () -> Headers.EMPTY.with(bad[0], bad[1]));
      assertThrows(IllegalArgumentException.class, () -> Headers.EMPTY.set(bad[0], bad[1]));
      assertThrows(IllegalArgumentException.class, () -> Headers.of(bad[0].trim(), "y").set(bad[0], bad[1]));
      assertThrows(IllegalArgumentException.class, () -> Headers.builder().add(bad[0], bad[1]));
    }
  }
}

package leat.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Heads that must be served, and what they say. Fed whole, byte by byte and at each split. */
class HeadParserAcceptsTest {
  /** {@code says} is the first line of {@link Fed#describe}, or a part of what it says of the fields. */
  record Row(String rule, String text, String says) {}

  private static Row row(String rule, String text, String says) {
    return new Row(rule, text, says);
  }

  /** A row on a target: what path, query, host and port are then. */
  private static Row target(String rule, String method, String target, String says) {
    return new Row(rule, method + " " + target + " HTTP/1.1\r\nHost: h:1\r\n\r\n",
        method + " " + target + " 1.1 " + says + " none truefalsefalse\n");
  }

  private static Row field(String rule, String line, String says) {
    return new Row(rule, "POST / HTTP/1.1\r\nHost: h\r\n" + line + "\r\n\r\n", says);
  }

  private static Row host(String rule, String value, String says) {
    return new Row(rule, "GET / HTTP/1.1\r\nHost:" + value + "\r\n\r\n", " 1.1 / null " + says + " none true");
  }

  private static final List<Row> LINES = List.of(
      row("9112 3: the least request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET / 1.1 / null a -1 none truefalsefalse\nhost=a\n"),
      row("9112 2.2: one empty line before it", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET / 1.1 / null a -1 none truefalsefalse\nhost=a\n"),
      row("9112 2.3: HTTP/1.0 without a Host", "GET / HTTP/1.0\r\n\r\n",
          "GET / 1.0 / null null -1 none falsefalsefalse\n"),
      row("9112 2.3: HTTP/1.0 with a Host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / 1.0 / null a -1"),
      row("9110 2.5: HTTP/1.2 as HTTP/1.1", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET / 1.1 "),
      row("9110 2.5: HTTP/1.9 as HTTP/1.1", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", "GET / 1.1 "),
      row("9110 9.1: HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / 1.1 "),
      row("9110 9.1: POST", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / 1.1 "),
      row("9110 9.1: PUT", "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", "PUT / 1.1 "),
      row("9110 9.1: DELETE", "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE / 1.1 "),
      row("9110 9.1: TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "TRACE / 1.1 "),
      row("5789: PATCH", "PATCH / HTTP/1.1\r\nHost: a\r\n\r\n", "PATCH / 1.1 "),
      row("4918: MKCOL", "MKCOL / HTTP/1.1\r\nHost: a\r\n\r\n", "MKCOL / 1.1 "),
      row("9110 9.1: a method nobody knows", "M-SEARCH /a HTTP/1.1\r\nHost: a\r\n\r\n", "M-SEARCH /a 1.1 /a"),
      row("9110 5.6.2: a method of odd tokens", "!#$%&'*+-.^_`|~09az / HTTP/1.1\r\nHost: a\r\n\r\n",
          "!#$%&'*+-.^_`|~09az / 1.1"),
      row("9110 9.1: a method as long as may be", "A".repeat(64) + " / HTTP/1.1\r\nHost: a\r\n\r\n", "A / 1.1 /"),
      row("9112 2: nothing after the head is looked at", "GET / HTTP/1.1\r\nHost: a\r\n\r\n\0\n\r nonsense",
          "GET / 1.1 "));

  private static final List<Row> TARGETS = List.of(
      target("9112 3.2.1: a path", "GET", "/a/b.html", "/a/b.html null h 1"),
      target("9112 3.2.1: a path and a query", "GET", "/a?b=c&d", "/a b=c&d h 1"),
      target("9112 3.2.1: an empty query", "GET", "/a?", "/a  h 1"),
      target("9112 3.2.1: question marks in the query", "GET", "/?a?b??", "/ a?b?? h 1"),
      target("9112 3.2.1: slashes at the start", "GET", "//a//b", "//a//b null h 1"),
      target("9112 3.2.1: nothing is decoded", "GET", "/%41%2f..%00?%23", "/%41%2f..%00 %23 h 1"),
      target("9112 3.2.1: dots stay", "GET", "/a/../b/./c", "/a/../b/./c null h 1"),
      target("9112 3.2.1: what browsers do not escape", "GET", "/a|b{c}[d]^`\"<>\\?|{}[]^`\"<>\\",
          "/a|b{c}[d]^`\"<>\\ |{}[]^`\"<>\\ h 1"),
      target("9112 3.2.1: a path with a scheme within", "GET", "/http://a:80/?b", "/http://a:80/ b h 1"),
      target("9112 3.2.2: an absolute URI, whose authority counts", "GET", "http://a.b:8080/c?d",
          "/c d a.b 8080"),
      target("9112 3.2.2: in any case", "GET", "HTTP://A/b", "/b null A -1"),
      target("9112 3.2.2: https", "GET", "https://a/b", "/b null a -1"),
      target("9112 3.2.2: HttpS in any case, with a query alone", "GET", "HttpS://a:443?b", "/ b a 443"),
      target("9112 3.2.2: no path", "GET", "http://a", "/ null a -1"),
      target("9112 3.2.2: no path but a query", "GET", "http://a?b/c", "/ b/c a -1"),
      target("9112 3.2.2: an empty port", "GET", "http://a:/b", "/b null a -1"),
      target("9112 3.2.2: IPv6", "GET", "http://[::1]:81/b", "/b null [::1] 81"),
      target("9112 3.2.3: CONNECT", "CONNECT", "a.b:443", "a.b:443 null a.b 443"),
      target("9112 3.2.3: CONNECT to IPv6", "CONNECT", "[::1]:443", "[::1]:443 null [::1] 443"),
      target("9112 3.2.4: OPTIONS *", "OPTIONS", "*", "* null h 1"),
      target("9112 3.2.1: OPTIONS of a path", "OPTIONS", "/a", "/a null h 1"));

  private static final List<Row> HOSTS = List.of(
      host("9112 3.2: a name", " example.org", "example.org -1"),
      host("9112 3.2: a name and a port", " example.org:8080", "example.org 8080"),
      host("9112 3.2: an empty port", " a:", "a -1"),
      host("9112 3.2: port 0", " a:0", "a 0"),
      host("9112 3.2: port 65535", " a:65535", "a 65535"),
      host("9112 3.2: none named", "", "null -1"),
      host("9112 3.2: white space around it", " \t a:1 \t", "a 1"),
      host("3986 3.2.2: IPv4", " 127.0.0.1:80", "127.0.0.1 80"),
      host("3986 3.2.2: underscore and tilde", " a_b~c", "a_b~c -1"),
      host("3986 3.2.2: sub-delims", " a!$&'()*+,;=b", "a!$&'()*+,;=b -1"),
      host("3986 2.1: percent", " a%c3%BCb:1", "a%c3%BCb 1"),
      host("3986 3.2.2: IPv6, all zeros", " [::]", "[::] -1"),
      host("3986 3.2.2: IPv6, loopback", " [::1]:80", "[::1] 80"),
      host("3986 3.2.2: IPv6, whole", " [1:22:333:4444:aB:Cd:EF:0]", "[1:22:333:4444:aB:Cd:EF:0] -1"),
      host("3986 3.2.2: IPv6, gap within", " [2001:db8::1]:8", "[2001:db8::1] 8"),
      host("3986 3.2.2: IPv6, gap at the end", " [fe80::]", "[fe80::] -1"),
      host("3986 3.2.2: IPv6, gap of one group", " [1:2:3::5:6:7:8]", "[1:2:3::5:6:7:8] -1"),
      host("3986 3.2.2: IPv6, gap of one group at the end", " [1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7::] -1"),
      host("3986 3.2.2: IPv6 with IPv4", " [::ffff:1.2.3.255]:9", "[::ffff:1.2.3.255] 9"),
      host("3986 3.2.2: IPv6 with IPv4, whole", " [1:2:3:4:5:6:1.20.0.4]", "[1:2:3:4:5:6:1.20.0.4] -1"),
      host("3986 3.2.2: IPvFuture", " [v1f.a:b!]:1", "[v1f.a:b!] 1"));

  private static final List<Row> FIELDS = List.of(
      field("9110 5.1: names in any case", "ACCEPT: */*\r\nx-My_Own.Name: 1", "accept=*/*\nx-my_own.name=1\n"),
      field("9110 5.6.2: names of odd tokens", "!#$%&'*+-.^_`|~09aZ: 1", "!#$%&'*+-.^_`|~09az=1\n"),
      field("9112 5.1: no white space before a value", "A:b", "a=b\n"),
      field("9112 5.1: white space around a value is not part of it", "A: \t b c \t ", "a=b c\n"),
      field("9112 5.1: an empty value", "A:\r\nB: ", "a=\nb=\n"),
      field("9112 5.1: colons in a value", "A: :b:c:", "a=:b:c:\n"),
      field("9110 5.5: tabs within a value", "A: b\tc\td", "a=b\tc\td\n"),
      field("9110 5.5: a tab in a long value", "A: 0123456789\t0123456789", "a=0123456789\t0123456789\n"),
      field("9110 5.5: obs-text", "A: \u0080\u00e4\u00ff", "a=\u0080\u00e4\u00ff\n"),
      field("9110 5.5: all visible ASCII", "A: !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~",
          "a=!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\n"),
      field("9110 5.3: a name twice, in order", "A: 1\r\nB: 2\r\na: 3", "a=1\nb=2\na=3\n"),
      field("9110 5.1: a name of one byte and a value of one byte", "A:1", "a=1\n"),
      field("9110 8.6: Content-Length", "Content-Length: 5", " 5 bytes true"),
      field("9110 8.6: Content-Length of 0", "content-length:0", " 0 bytes true"),
      field("9110 8.6: Content-Length with leading zeros", "CONTENT-LENGTH: 007", " 7 bytes true"),
      field("9110 8.6: Content-Length at its most", "Content-Length: 9223372036854775807",
          " 9223372036854775807 bytes true"),
      field("9112 6.3: Content-Length twice alike", "Content-Length: 5\r\nContent-Length: 5", " 5 bytes true"),
      field("9112 6.1: chunked", "Transfer-Encoding: chunked", " chunked true"),
      field("9112 7: chunked in any case", "transfer-ENCODING:\t CHUNKed ", " chunked true"),
      field("9112 7.4: TE is no framing", "TE: trailers, gzip;q=0.5", " none true"),
      field("9112 6.1: Content-Encoding is no framing", "Content-Encoding: chunked", " none true"),
      field("9112 6.1: a name that only begins alike", "Transfer-Encodin: gzip\r\nContent-Lengthy: x",
          " none true"),
      field("9112 9.3: close", "Connection: close", " none falsefalsefalse"),
      field("9112 9.3: close in any case", "CONNECTION: Close", " none falsefalsefalse"),
      field("9112 9.3: close in a list", "Connection: a,  close ,b", " none falsefalsefalse"),
      field("9112 9.3: close on a second line", "Connection: keep-alive\r\nConnection: close",
          " none falsefalsefalse"),
      field("9112 9.3: close outdoes keep-alive", "Connection: close, keep-alive", " none falsefalsefalse"),
      field("9112 9.3: not what only begins alike", "Connection: closed, xclose, clos", " none truefalsefalse"),
      field("9110 5.6.1: empty members of a list", "Connection: , ,,close,", " none falsefalsefalse"),
      field("9110 7.6.1: an empty list", "Connection:", " none truefalsefalse"),
      field("9110 10.1.1: 100-continue", "Expect: 100-continue\r\nContent-Length: 5",
          " 5 bytes truetruefalse"),
      field("9110 10.1.1: 100-continue in any case", "EXPECT: 100-Continue", " truetruefalse"),
      field("9110 7.8: Upgrade", "Connection: Upgrade\r\nUpgrade: websocket", " none truefalsetrue"),
      field("9110 7.8: Upgrade in a list", "Upgrade: h2c\r\nConnection: keep-alive, HTTP2-Settings, upgrade",
          " none truefalsetrue"),
      field("9110 7.8: no Upgrade without its option", "Upgrade: websocket", " none truefalsefalse"),
      field("9110 7.8: no Upgrade without its field", "Connection: upgrade", " none truefalsefalse"));

  private static final List<Row> HTTP_1_0 = List.of(
      row("9112 9.3: HTTP/1.0 keeps the connection if asked", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
          " none truefalsefalse"),
      row("9112 9.3: HTTP/1.0 closes in spite of keep-alive",
          "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", " none falsefalsefalse"),
      row("9110 10.1.1: HTTP/1.0 knows no 100", "POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
          " none falsefalsefalse"),
      row("9110 7.8: HTTP/1.0 knows no Upgrade",
          "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", " none falsefalsefalse"),
      row("9112 6.3: HTTP/1.0 has bodies", "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n", " 3 bytes false"));

  @TestFactory
  Stream<DynamicTest> accepts() {
    return Stream.of(LINES, TARGETS, HOSTS, FIELDS, HTTP_1_0).flatMap(List::stream).map(row ->
        dynamicTest(row.rule(), () -> {
          Fed.Outcome<RequestHead> outcome = Fed.head(row.text());
          assertNull(outcome.error(), () -> outcome.error().getMessage());
          assertNotNull(outcome.result(), "waits for more");
          String said = Fed.describe(outcome.result());
          assertEquals(row.says(), said.contains(row.says()) ? row.says() : said);
          assertEquals(row.text().indexOf("\r\n\r\n") + 4, outcome.consumed());
        }));
  }

  /** Nothing before its last byte makes a head. */
  @TestFactory
  Stream<DynamicTest> waitsForMore() {
    String text = "\r\nPOST /a?b HTTP/1.1\r\nHost: a\r\nX:\tb c \r\nContent-Length: 3\r\n\r\n";
    return Stream.iterate(0, n -> n + 1).limit(text.length()).map(size ->
        dynamicTest("9112 2.1: " + size + " bytes are no head", () -> {
          Fed.Outcome<RequestHead> outcome = Fed.head(text.substring(0, size));
          assertEquals("needs more", outcome.toString());
        }));
  }
}

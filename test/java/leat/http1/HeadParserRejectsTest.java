package leat.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import leat.http.Limits;
import leat.http.ProtocolError;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Heads that are refused: with which status, and by which rule. Fed whole, byte by byte and at each split. */
class HeadParserRejectsTest {
  record Row(String rule, int status, String text) {}

  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n";
  private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\n";

  private static Row row(String rule, int status, String text) {
    return new Row(rule, status, text);
  }

  /** A row whose text is a field line in an otherwise good request. */
  private static Row field(String rule, int status, String line) {
    return new Row(rule, status, POST + line + "\r\n\r\n");
  }

  private static Row host(String rule, String value) {
    return new Row(rule, 400, "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n");
  }

  private static Row target(String rule, String target) {
    return new Row(rule, 400, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  private static final List<Row> REQUEST_LINES = List.of(
      row("9112 2.2: one empty line before the request line, not two", 400, "\r\n\r\n" + GET + "\r\n"),
      row("9112 2.2: no bare LF before the request line", 400, "\n" + GET + "\r\n"),
      row("9112 2.2: no bare CR before the request line", 400, "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 2.2: no CR CR LF before the request line", 400, "\r\r\n" + GET + "\r\n"),
      row("9112 2.2: no control before the request line (NUL)", 400, "\0" + GET + "\r\n"),
      row("9112 2.2: no control before the request line (BEL)", 400, "\7" + GET + "\r\n"),
      row("9112 2.2: no control before the request line (US)", 400, "\37" + GET + "\r\n"),
      row("9112 2.2: no control after the empty line", 400, "\r\n\0" + GET + "\r\n"),
      row("9112 2.2: no space before the method", 400, " " + GET + "\r\n"),
      row("9112 2.2: no TLS where text is expected", 400, "\26\3\1\2\0\1\0\1\374\3\3"),
      row("9112 2.2: no bare LF after the request line", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
      row("9112 2.2: no bare CR after the request line", 400, "GET / HTTP/1.1\rHost: a\r\n\r\n"),
      row("9112 3: one space after the method, not two", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3: a space after the method, not a tab", 400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3: one space after the target, not two", 400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3: a space after the target, not a tab", 400, "GET /\tHTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3: a space after the target, not a vertical tab", 400, "GET /\13HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3: no space after the version", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
      row("9112 3: nothing after the version", 400, "GET / HTTP/1.1 x\r\nHost: a\r\n\r\n"),
      row("9112 3: a target", 400, "GET HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3: a target that is not empty", 400, "GET  HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.1: a method", 400, " / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.1: a method that is a token (parentheses)", 400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.1: a method that is a token (NUL)", 400, "GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.1: a method that is a token (obs-text)", 400, "G\u00cbT / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.1: a method that is a token (colon)", 400, "GET: / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9110 9.1: no common method in another case (get)", 400, "get / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9110 9.1: no common method in another case (Post)", 400, "Post / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9110 9.1: no common method in another case (dELETE)", 400, "dELETE / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3: a method of endless length", 501, "A".repeat(65)),
      row("9112 2.3: HTTP/0.9 has no version", 400, "GET /\r\n\r\n"),
      row("9112 2.3: HTTP/0.9 in words", 505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"),
      row("9112 2.3: HTTP/2.0 in words", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
      row("9112 2.3: HTTP/3.0 in words", 505, "GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
      row("9113 3.4: the preface of HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      row("9112 2.3: HTTP in capitals", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"),
      row("9112 2.3: HTTP and nothing else", 400, "GET / RTSP/1.0\r\nHost: a\r\n\r\n"),
      row("9112 2.3: HTTP whole", 400, "GET / HTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 2.3: no letters before HTTP", 400, "GET / XHTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 2.3: a slash before the number", 400, "GET / HTTP 1.1\r\nHost: a\r\n\r\n"),
      row("9112 2.3: a dot in the number", 400, "GET / HTTP/1,1\r\nHost: a\r\n\r\n"),
      row("9112 2.3: one digit after the dot", 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
      row("9112 2.3: one digit before the dot", 400, "GET / HTTP/11.1\r\nHost: a\r\n\r\n"),
      row("9112 2.3: digits after the dot", 400, "GET / HTTP/1.\r\nHost: a\r\n\r\n"),
      row("9112 2.3: digits, not letters", 400, "GET / HTTP/1.x\r\nHost: a\r\n\r\n"));

  private static final List<Row> TARGETS = List.of(
      target("9112 3.2: no fragment", "/a#b"),
      target("9112 3.2: no fragment in the query", "/a?b#c"),
      target("9112 3.2: no control (NUL)", "/a\0b"),
      target("9112 3.2: no control (DEL)", "/a\177b"),
      target("9112 3.2: no control (ESC)", "/\33[31m"),
      target("9112 3.2: no bare CR", "/a\rb"),
      target("9112 3.2: no bare LF", "/a\nb"),
      target("9112 3.2: no byte above 0x7f", "/\u00e4"),
      target("9112 3.2: no byte above 0x7f in the query", "/?\u00e4"),
      target("9112 3.2: no space within", "/a b"),
      target("9112 3.2.1: a path begins with a slash", "a/b"),
      target("9112 3.2.1: a query needs a path", "?a"),
      target("9112 3.2.2: no scheme but http and https", "ftp://a/"),
      target("9112 3.2.2: a scheme with its slashes", "http:/a/"),
      target("9112 3.2.2: a scheme with its slashes, and no opaque part", "http:a"),
      target("9112 3.2.2: no file URI", "file:///etc/passwd"),
      target("9110 4.2.1: a host in an http URI", "http:///a"),
      target("9110 4.2.1: a host in an http URI before the port", "http://:80/"),
      target("9110 4.2.1: a host in an http URI before the query", "http://?a"),
      target("9110 4.2.1: a whole scheme and nothing else", "http://"),
      target("9110 4.2.4: no user information", "http://me@a/"),
      target("9110 4.2.4: no user information with a password", "http://me:secret@a/"),
      target("3986 3.2.3: a port in digits", "http://a:8x/"),
      target("3986 3.2.3: a port up to 65535", "http://a:65536/"),
      target("3986 3.2.2: brackets that close", "http://[::1/"),
      target("9112 3.2.3: authority-form for CONNECT only", "a:80"),
      target("9112 3.2.4: * for OPTIONS only", "*"),
      row("9112 3.2.4: * alone", 400, "OPTIONS *a HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.2.4: * alone, without a query", 400, "OPTIONS *?a HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.2.3: CONNECT with host and port (path)", 400, "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.2.3: CONNECT with host and port (URI)", 400, "CONNECT http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.2.3: CONNECT with a port", 400, "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.2.3: CONNECT with a port that is not empty", 400, "CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.2.3: CONNECT with a host", 400, "CONNECT :80 HTTP/1.1\r\nHost: a\r\n\r\n"),
      row("9112 3.2.3: CONNECT without a query", 400, "CONNECT a:80?b HTTP/1.1\r\nHost: a\r\n\r\n"));

  private static final List<Row> FIELDS = List.of(
      field("9112 5.1: no space before the colon", 400, "X : a"),
      field("9112 5.1: no tab before the colon", 400, "X\t: a"),
      field("9112 5.1: no space before the colon of Content-Length", 400, "Content-Length : 5"),
      field("9112 5.1: no space before the colon of Transfer-Encoding", 400, "Transfer-Encoding : chunked"),
      field("9112 5.1: a colon", 400, "X"),
      field("9110 5.1: a name", 400, ": a"),
      row("9110 5.1: a name on the first line too", 400, "GET / HTTP/1.1\r\n: a\r\nHost: a\r\n\r\n"),
      row("9112 2.2: no space before the first field", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
      row("9112 2.2: no tab before the first field", 400, "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n"),
      row("9112 2.2: no line of white space before the first field", 400,
          "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n"),
      field("9112 5.2: no folding by a space", 400, "X: a\r\n b"),
      field("9112 5.2: no folding by a tab", 400, "X: a\r\n\tb"),
      field("9112 5.2: no folding after an empty value", 400, "X:\r\n b"),
      field("9112 5.2: no folding of Transfer-Encoding", 400, "Transfer-Encoding:\r\n chunked"),
      field("9110 5.1: no space in a name", 400, "X Y: a"),
      field("9110 5.1: no NUL in a name", 400, "X\0Y: a"),
      field("9110 5.1: no control in a name", 400, "X\1Y: a"),
      field("9110 5.1: no DEL in a name", 400, "X\177: a"),
      field("9110 5.1: no CR in a name", 400, "X\rY: a"),
      field("9110 5.1: no LF in a name", 400, "X\nY: a"),
      field("9110 5.1: no quote in a name", 400, "\"X\": a"),
      field("9110 5.1: no slash in a name", 400, "X/Y: a"),
      field("9110 5.1: no parenthesis in a name", 400, "X(: a"),
      field("9110 5.1: no at sign in a name", 400, "X@Y: a"),
      field("9110 5.1: no bracket in a name", 400, "X[0]: a"),
      field("9110 5.1: no brace in a name", 400, "X{: a"),
      field("9110 5.1: no obs-text in a name", 400, "X\u00e4: a"),
      field("9110 5.5: no NUL in a value", 400, "X: a\0b"),
      field("9110 5.5: no NUL at the end of a value", 400, "X: a\0"),
      field("9110 5.5: no bare CR in a value", 400, "X: a\rb"),
      field("9110 5.5: no bare CR at the end of a value", 400, "X: a\r"),
      field("9110 5.5: no bare CR that hides a field", 400, "X: a\rTransfer-Encoding: chunked"),
      field("9110 5.5: no bare LF in a value", 400, "X: a\nb"),
      field("9110 5.5: no bare LF that hides a field", 400, "X: a\nTransfer-Encoding: chunked"),
      field("9110 5.5: no DEL in a value", 400, "X: a\177b"),
      field("9110 5.5: no vertical tab in a value", 400, "X: a\13b"),
      field("9110 5.5: no form feed in a value", 400, "X: a\14b"),
      field("9110 5.5: no escape far into a value", 400, "X: " + "a".repeat(37) + "\33[0m"),
      field("9110 5.5: no DEL far into a value", 400, "X: " + "\u00ff".repeat(29) + "\177" + "a".repeat(9)),
      field("9110 5.5: no control after a tab", 400, "X: aaaaaaaaaaa\taaa\1aaaaaaaaaaa"),
      row("9112 2.2: no bare LF as the end of a field", 400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
      row("9112 2.2: no bare LF as the end of a head", 400, GET + "\n"),
      row("9112 2.2: no CR CR LF at the end of a head", 400, GET + "\r\r\n"),
      row("9112 2.2: no bare CR at the end of a head", 400, GET + "\rX"));

  private static final List<Row> HOSTS = List.of(
      row("9112 3.2: a Host in HTTP/1.1", 400, "GET / HTTP/1.1\r\n\r\n"),
      row("9112 3.2: a Host in HTTP/1.1, with other fields", 400, "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n"),
      row("9112 3.2: a Host in HTTP/1.1, with an absolute target", 400, "GET http://a/ HTTP/1.1\r\n\r\n"),
      row("9112 3.2: a Host in anything above HTTP/1.1", 400, "GET / HTTP/1.2\r\n\r\n"),
      field("9112 3.2: one Host", 400, "Host: b"),
      field("9112 3.2: one Host, be they alike", 400, "Host: a"),
      field("9112 3.2: one Host, in any case", 400, "hOST: a"),
      row("9112 3.2: one Host in HTTP/1.0", 400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
      row("9112 3.2: a well-formed Host in HTTP/1.0", 400, "GET / HTTP/1.0\r\nHost: a b\r\n\r\n"),
      host("9112 3.2: no list", "a, b"),
      host("9112 3.2: no space within", "a b"),
      host("9112 3.2: no path", "a/b"),
      host("9112 3.2: no scheme", "http://a"),
      host("9112 3.2: no user information", "me@a"),
      host("9112 3.2: no query", "a?b"),
      host("9112 3.2: no backslash", "a\\b"),
      host("9112 3.2: no quote", "\"a\""),
      host("9112 3.2: no less-than sign", "<a>"),
      host("9112 3.2: no byte above 0x7f", "\u00e4"),
      host("3986 3.2.3: a port in digits", "a:b"),
      host("3986 3.2.3: a port without a sign", "a:+80"),
      host("3986 3.2.3: a port up to 65535", "a:65536"),
      host("3986 3.2.3: a port that no long holds", "a:99999999999999999999"),
      host("3986 3.2.3: one port", "a:80:80"),
      host("3986 2.1: percent and two digits", "a%2"),
      host("3986 2.1: percent and two hexadecimal digits", "a%g0b"),
      host("3986 3.2.2: brackets around IPv6", "::1"),
      host("3986 3.2.2: brackets that close", "[::1"),
      host("3986 3.2.2: brackets that open", "::1]"),
      host("3986 3.2.2: something within brackets", "[]"),
      host("3986 3.2.2: nothing between bracket and port", "[::1]a:80"),
      host("3986 3.2.2: no name within brackets", "[a.b]"),
      host("3986 3.2.2: eight groups", "[1:2:3:4:5:6:7]"),
      host("3986 3.2.2: no nine groups", "[1:2:3:4:5:6:7:8:9]"),
      host("3986 3.2.2: eight groups and none left out", "[1:2:3:4::5:6:7:8]"),
      host("3986 3.2.2: at most one gap", "[1::2::3]"),
      host("3986 3.2.2: no three colons", "[1:::2]"),
      host("3986 3.2.2: no colon at the end", "[1:2:3:4:5:6:7:]"),
      host("3986 3.2.2: no colon at the start", "[:1:2:3:4:5:6:7]"),
      host("3986 3.2.2: groups of four digits", "[::12345]"),
      host("3986 3.2.2: groups of hexadecimal digits", "[::g]"),
      host("3986 3.2.2: IPv4 at the end only", "[::1.2.3.4:1]"),
      host("3986 3.2.2: IPv4 of four parts", "[::1.2.3]"),
      host("3986 3.2.2: IPv4 of parts up to 255", "[::1.2.3.256]"),
      host("3986 3.2.2: IPv4 without leading zeros", "[::1.2.3.04]"),
      host("3986 3.2.2: IPv4 that fits", "[1:2:3:4:5:6:7:1.2.3.4]"),
      host("6874: no zone", "[fe80::1%25eth0]"),
      host("3986 3.2.2: IPvFuture with a version", "[v.a]"),
      host("3986 3.2.2: IPvFuture with an address", "[v1.]"),
      host("3986 3.2.2: IPvFuture of visible bytes", "[v1.a/b]"));

  private static final List<Row> FRAMING = List.of(
      field("9112 6.3: no Content-Length with Transfer-Encoding", 400,
          "Content-Length: 5\r\nTransfer-Encoding: chunked"),
      field("9112 6.3: no Transfer-Encoding with Content-Length", 400,
          "Transfer-Encoding: chunked\r\nContent-Length: 5"),
      field("9112 6.3: not even of 0", 400, "Content-Length: 0\r\nTransfer-Encoding: chunked"),
      row("9112 6.3: not in HTTP/1.0", 400,
          "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
      row("9112 6.1: no Transfer-Encoding in HTTP/1.0", 400,
          "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
      field("9110 8.6: Content-Length without a plus", 400, "Content-Length: +5"),
      field("9110 8.6: Content-Length without a minus", 400, "Content-Length: -1"),
      field("9110 8.6: Content-Length that is not empty", 400, "Content-Length:"),
      field("9110 8.6: Content-Length that is not blank", 400, "Content-Length:  \t "),
      field("9110 8.6: Content-Length that is no list", 400, "Content-Length: 5,5"),
      field("9110 8.6: Content-Length that is no list with spaces", 400, "Content-Length: 5, 5"),
      field("9110 8.6: Content-Length without a space", 400, "Content-Length: 5 6"),
      field("9110 8.6: Content-Length without a comma at its end", 400, "Content-Length: 5,"),
      field("9110 8.6: Content-Length without a dot", 400, "Content-Length: 5.0"),
      field("9110 8.6: Content-Length in decimal", 400, "Content-Length: 0x5"),
      field("9110 8.6: Content-Length without an exponent", 400, "Content-Length: 1e3"),
      field("9110 8.6: Content-Length in digits", 400, "Content-Length: five"),
      field("9110 8.6: Content-Length in ASCII digits", 400, "Content-Length: \u00b2"),
      field("9110 8.6: Content-Length without quotes", 400, "Content-Length: \"5\""),
      field("9110 8.6: Content-Length up to 2^63-1", 400, "Content-Length: 9223372036854775808"),
      field("9110 8.6: Content-Length up to 2^63-1, not 2^64", 400, "Content-Length: 18446744073709551616"),
      field("9110 8.6: Content-Length up to 2^63-1, not 2^64+5", 400, "Content-Length: 18446744073709551621"),
      field("9112 6.3: one Content-Length", 400, "Content-Length: 5\r\nContent-Length: 6"),
      field("9112 6.3: one Content-Length, valid each time", 400, "Content-Length: 5\r\nContent-Length: +5"),
      field("9112 6.1: no coding but chunked", 501, "Transfer-Encoding: gzip, chunked"),
      field("9112 6.1: no coding but chunked, on two lines", 501,
          "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
      field("9112 6.3: chunked at the end", 400, "Transfer-Encoding: chunked, gzip"),
      field("9112 6.3: chunked at the end, on two lines", 400,
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"),
      field("9112 6.1: chunked once", 400, "Transfer-Encoding: chunked, chunked"),
      field("9112 6.1: chunked once, on two lines", 400,
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
      field("9112 6.3: chunked", 400, "Transfer-Encoding: gzip"),
      field("9112 6.3: chunked, not identity", 400, "Transfer-Encoding: identity"),
      field("9112 6.3: chunked, not identity after it", 400,
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
      field("9112 6.3: chunked, not identity before it", 501, "Transfer-Encoding: identity, chunked"),
      field("9112 6.3: chunked to the letter (prefix)", 400, "Transfer-Encoding: xchunked"),
      field("9112 6.3: chunked to the letter (suffix)", 400, "Transfer-Encoding: chunkedx"),
      field("9112 6.3: chunked to the letter (parameter)", 400, "Transfer-Encoding: chunked;q=1"),
      field("9112 6.3: chunked to the letter (vertical tab)", 400, "Transfer-Encoding: \13chunked"),
      field("9112 6.3: chunked to the letter (obs-text)", 400, "Transfer-Encoding: \u00a0chunked"),
      field("9112 6.3: chunked to the letter (quotes)", 400, "Transfer-Encoding: \"chunked\""),
      field("9112 6.3: chunked to the letter (NUL)", 400, "Transfer-Encoding: chunked\0"),
      field("9112 6.1: a coding in each place (empty)", 400, "Transfer-Encoding:"),
      field("9112 6.1: a coding in each place (first)", 400, "Transfer-Encoding: , chunked"),
      field("9112 6.1: a coding in each place (last)", 400, "Transfer-Encoding: chunked,"),
      field("9110 10.1.1: no expectation but 100-continue", 417, "Expect: 200-ok"),
      field("9110 10.1.1: no expectation with a parameter", 417, "Expect: 100-continue; a=b"),
      field("9110 10.1.1: an expectation", 417, "Expect:"),
      field("9110 10.1.1: no second expectation", 417, "Expect: 100-continue, more"));

  @TestFactory
  Stream<DynamicTest> rejects() {
    return Stream.of(REQUEST_LINES, TARGETS, FIELDS, HOSTS, FRAMING).flatMap(List::stream).map(row ->
        dynamicTest(row.rule() + " -> " + row.status(), () -> {
          Fed.Outcome<RequestHead> outcome = Fed.head(row.text());
          assertNull(outcome.result(), () -> Fed.describe(outcome.result()));
          assertNotNull(outcome.error(), "waits for more");
          assertEquals(row.status(), outcome.error().status(), outcome.error().getMessage());
          assertEquals(ProtocolError.Side.REMOTE, outcome.error().side());
          assertTrue(outcome.error().getMessage().matches("Expected [ -~]{10,180}\\."),
              outcome.error().getMessage());
        }));
  }

  /** Each control, and DEL, at each place of a value that the scan by eights may see differently. */
  @TestFactory
  Stream<DynamicTest> rejectsEachControlAtEachPlaceOfAValue() {
    return IntStream.rangeClosed(0, 0x7F).filter(b -> (b < ' ' || b == 0x7F) && b != '\t')
        .mapToObj(b -> dynamicTest("9110 5.5: no byte " + b + " in a value", () -> {
          for (int at = 0; at < 20; at++) {
            String value = "x".repeat(at) + (char) b + "\u00ff".repeat(20 - at);
            HeadParser parser = new HeadParser(Limits.DEFAULT);
            byte[] bytes = Fed.bytes("GET / HTTP/1.1\r\nHost: a\r\nX:" + value + "\r\n\r\n");
            ProtocolError error = assertThrows(ProtocolError.class,
                () -> parser.parse(bytes, 0, bytes.length));
            assertEquals(400, error.status());
          }
        }));
  }
}

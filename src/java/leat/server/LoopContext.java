package leat.server;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import leat.bytes.Nullable;
import leat.http1.HeadParser;
import leat.net.EventLoop;

/** What the connections of one server on one loop share. Loop only. */
final class LoopContext {
  /** IMF-fixdate (RFC 9110, 5.6.7): two digits for the day, always GMT. */
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US).withZone(ZoneOffset.UTC);

  final HttpServer server;
  final ServerConfig config;
  final EventLoop loop;
  final Dispatch dispatch;
  /** For heads that come in one piece. A head in several pieces has a parser of its own. */
  final HeadParser parser;

  private byte[] serverAndDate = new byte[0];
  private byte[] dateOnly = new byte[0];
  private long datesExpireNanos;
  private boolean datesMade;
  private @Nullable Http1Conn connections;

  LoopContext(HttpServer server, EventLoop loop, Dispatch dispatch) {
    this.server = server;
    this.config = server.config();
    this.loop = loop;
    this.dispatch = dispatch;
    this.parser = new HeadParser(config.limits());
  }

  /**
   * The encoded Server and Date lines, as far as the server sends them.
   *
   * @param withServer false when the response names a server itself
   */
  byte[] serverAndDate(boolean withServer) {
    if (!datesMade || loop.nanos() - datesExpireNanos >= 0) {
      renewDates();
    }
    return withServer ? serverAndDate : dateOnly;
  }

  private void renewDates() {
    Instant now = Instant.now();
    datesMade = true;
    datesExpireNanos = loop.nanos() + TimeUnit.SECONDS.toNanos(1) - now.getNano();
    String date = config.dateHeader() ? "date: " + IMF_FIXDATE.format(now) + "\r\n" : "";
    String name = config.serverHeader() == null ? "" : "server: " + config.serverHeader() + "\r\n";
    dateOnly = date.getBytes(StandardCharsets.US_ASCII);
    serverAndDate = (name + date).getBytes(StandardCharsets.ISO_8859_1);
  }

  void add(Http1Conn conn) {
    conn.nextOfLoop = connections;
    if (connections != null) {
      connections.previousOfLoop = conn;
    }
    connections = conn;
  }

  void remove(Http1Conn conn) {
    if (conn.previousOfLoop != null) {
      conn.previousOfLoop.nextOfLoop = conn.nextOfLoop;
    } else {
      connections = conn.nextOfLoop;
    }
    if (conn.nextOfLoop != null) {
      conn.nextOfLoop.previousOfLoop = conn.previousOfLoop;
    }
    conn.nextOfLoop = null;
    conn.previousOfLoop = null;
  }

  /** Finish what runs, take nothing new. */
  void drain() {
    for (Http1Conn conn = connections; conn != null; ) {
      Http1Conn next = conn.nextOfLoop;
      conn.drain();
      conn = next;
    }
  }

  /** Cuts what is left. */
  void cut() {
    while (connections != null) {
      connections.cut();
    }
  }
}

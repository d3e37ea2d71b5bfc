package leat.server;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  private static final byte[] NOTHING = {};

  final HttpServer server;
  final ServerConfig config;
  final EventLoop loop;
  final Dispatch dispatch;
  /** For heads that come in one piece. A head in several pieces has a parser of its own. */
  final HeadParser parser;
  final VirtualThreads virtualThreads;

  private final byte[] serverOnly;
  private byte[] serverAndDate = NOTHING;
  private byte[] dateOnly = NOTHING;
  private long datesExpireNanos;
  private boolean datesMade;
  private @Nullable Http1Conn connections;

  LoopContext(HttpServer server, EventLoop loop, Dispatch dispatch) {
    this.server = server;
    this.config = server.config();
    this.loop = loop;
    this.dispatch = dispatch;
    this.virtualThreads = new VirtualThreads(loop, config.handler());
    this.parser = new HeadParser(config.limits());
    String name = config.serverHeader() == null ? "" : "server: " + config.serverHeader() + "\r\n";
    this.serverOnly = name.getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * The encoded Server and Date lines, as far as the server sends them.
   *
   * @param withServer false when the response names a server itself
   * @param withDate false when it has a date of its own
   */
  byte[] serverAndDate(boolean withServer, boolean withDate) {
    if (!withDate) {
      return withServer ? serverOnly : NOTHING;
    }
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
    dateOnly = date.getBytes(StandardCharsets.US_ASCII);
    serverAndDate = Arrays.copyOf(serverOnly, serverOnly.length + dateOnly.length);
    System.arraycopy(dateOnly, 0, serverAndDate, serverOnly.length, dateOnly.length);
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
    all().forEach(Http1Conn::drain);
  }

  /** Cuts what is left. */
  void cut() {
    all().forEach(Http1Conn::cut);
  }

  /** As they are now: ending one may end others. */
  private List<Http1Conn> all() {
    List<Http1Conn> all = new ArrayList<>();
    for (Http1Conn conn = connections; conn != null; conn = conn.nextOfLoop) {
      all.add(conn);
    }
    return all;
  }
}

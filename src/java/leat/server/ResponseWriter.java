package leat.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import leat.bytes.Ascii;
import leat.bytes.Buf;
import leat.http.Headers;
import leat.http.Method;
import leat.http.Status;
import leat.http1.HeadWriter;
import leat.net.TcpChannel;

/**
 * Writes responses: the head, with the framing that the server alone decides on (RFC 9112, 6), and then the body by its
 * kind. Loop only, and without state: what lasts belongs to the exchange.
 *
 * <pre>
 *   bytes, file region ──► Content-Length, all at once       source, pumped ──► chunked (1.1) or until close (1.0),
 *                                                             or Content-Length if the handler's fields promise one
 * </pre>
 */
final class ResponseWriter {
  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final int RESET_CONTENT = 205;
  private static final int UPGRADE_REQUIRED = 426;

  private ResponseWriter() {}

  static void writeContinue(TcpChannel channel) {
    channel.output().write(CONTINUE);
    channel.flush();
  }

  /** Writes the response, or begins to; ends the exchange when all of it is queued. */
  static void write(ExchangeQueue conn, Exchange exchange, Response response) throws IOException {
    Body body = response.body();
    if (!Status.hasBody(response.status())) {
      body.close();
      writeHead(conn, exchange, response, -1, false);
      conn.finished(exchange);
    } else if (response.status() == RESET_CONTENT) {
      // RFC 9110, 15.3.6: no content, which only a length of zero tells.
      body.close();
      writeHead(conn, exchange, response, 0, false);
      conn.finished(exchange);
    } else if (isHead(exchange)) {
      body.close();
      long length = body.length() > 0 ? body.length() : promised(response);
      writeHead(conn, exchange, response, length, false);
      conn.finished(exchange);
    } else if (body instanceof Body.Bytes bytes) {
      writeBytes(conn, exchange, response, bytes);
    } else if (body instanceof Body.Region region) {
      writeHead(conn, exchange, response, region.byteCount, false);
      conn.channel().write(region.channel, region.offset, region.byteCount);
      conn.finished(exchange);
    } else {
      writeInParts(conn, exchange, response);
    }
  }

  private static void writeBytes(ExchangeQueue conn, Exchange exchange, Response response, Body.Bytes bytes) {
    writeHead(conn, exchange, response, bytes.length(), false);
    byte[] array = bytes.array();
    if (array != null) {
      conn.channel().write(array, 0, array.length);
    } else {
      ByteBuffer buffer = bytes.buffer();
      conn.channel().write(buffer);
    }
    conn.finished(exchange);
  }

  private static void writeInParts(ExchangeQueue conn, Exchange exchange, Response response) throws IOException {
    Body body = response.body();
    long length = promised(response);
    Framing framing = length >= 0 ? Framing.LENGTH
        : exchange.isHeadless() || exchange.head().minorVersion() >= 1 ? Framing.CHUNKED : Framing.UNTIL_CLOSE;
    if (framing == Framing.UNTIL_CLOSE) {
      exchange.keepAlive = false;
    }
    exchange.framing = framing;
    exchange.promisedBytes = length;
    if (response.status() < 300) {
      // Such a body may be made from that of the request, which the client must be asked for before the head.
      conn.continueIfAwaited(exchange);
    }
    if (body instanceof Body.Pumped pumped) {
      PumpWriting pump = new PumpWriting(conn, exchange, pumped);
      try {
        conn.dispatch().executeBlocking(pump);
      } catch (RejectedExecutionException e) {
        body.close();
        writeRejected(conn, exchange);
        return;
      }
      exchange.writing = pump;
      writeHead(conn, exchange, response, length, framing == Framing.CHUNKED);
    } else {
      SourceWriting writing = new SourceWriting(conn, exchange, ((Body.Messages) body).source);
      exchange.writing = writing;
      writeHead(conn, exchange, response, length, framing == Framing.CHUNKED);
      writing.start();
    }
  }

  /** In place of a body for which there is no thread: one that needs none. */
  private static void writeRejected(ExchangeQueue conn, Exchange exchange) throws IOException {
    Response rejected = conn.rejectedResponse(exchange);
    if (rejected.body() instanceof Body.Pumped) {
      rejected.body().close();
      rejected = ExchangeQueue.tooBusy();
    }
    write(conn, exchange, rejected);
  }

  /** How the client finds the end of a body that is written in parts. */
  enum Framing {
    LENGTH,
    CHUNKED,
    UNTIL_CLOSE
  }

  /** Writes one part of a body; an empty part writes nothing, since an empty chunk would end the body. */
  static void writePart(ExchangeQueue conn, Exchange exchange, byte[] bytes, int from, int to) {
    if (from == to) {
      return;
    }
    TcpChannel channel = conn.channel();
    switch (exchange.framing) {
      case CHUNKED -> {
        HeadWriter.chunkStart(channel.output(), to - from);
        channel.write(bytes, from, to);
        HeadWriter.chunkEnd(channel.output());
        channel.flush();
      }
      case LENGTH -> {
        if (to - from > exchange.promisedBytes) {
          conn.abort(exchange, new IllegalStateException("The body is longer than its Content-Length"));
          return;
        }
        exchange.promisedBytes -= to - from;
        channel.write(bytes, from, to);
      }
      default -> channel.write(bytes, from, to);
    }
  }

  /** Ends a body that was written in parts, and the exchange with it. */
  static void endBody(ExchangeQueue conn, Exchange exchange) {
    if (exchange.framing == Framing.LENGTH && exchange.promisedBytes > 0) {
      conn.abort(exchange, new IllegalStateException(
          "The body ended " + exchange.promisedBytes + " bytes short of its Content-Length"));
      return;
    }
    if (exchange.framing == Framing.CHUNKED) {
      HeadWriter.lastChunk(conn.channel().output(), Headers.EMPTY);
      conn.channel().flush();
    }
    exchange.writing = null;
    conn.finished(exchange);
  }

  static void writeUpgrade(ExchangeQueue conn, Exchange.Upgrade upgrade) {
    Buf out = conn.channel().output();
    HeadWriter.status(out, 101);
    HeadWriter.field(out, "connection", "upgrade");
    Headers headers = upgrade.headers();
    for (int i = 0; i < headers.size(); i++) {
      // RFC 9110, 8.6, RFC 9112, 6.1: a 1xx response says nothing of a length or a transfer coding.
      Owner owner = owner(headers.name(i));
      if (owner != Owner.CONNECTION && owner != Owner.FRAMING) {
        HeadWriter.field(out, headers.name(i), headers.value(i));
      }
    }
    HeadWriter.end(out);
    conn.channel().flush();
  }

  private static boolean isHead(Exchange exchange) {
    return !exchange.isHeadless() && exchange.head().method() == Method.HEAD;
  }

  /** The Content-Length that the handler's fields promise, where the body itself does not know; -1 for none. */
  private static long promised(Response response) {
    String value = response.headers().size() == 0 ? null : response.headers().get("content-length");
    if (value == null) {
      return -1;
    }
    byte[] digits = value.getBytes(StandardCharsets.ISO_8859_1);
    return Ascii.parseDecimal(digits, 0, digits.length);
  }

  /**
   * Writes the head.
   *
   * @param length of the body, or -1 for no Content-Length
   */
  private static void writeHead(ExchangeQueue conn, Exchange exchange, Response response, long length, boolean chunked) {
    Buf out = conn.channel().output();
    HeadWriter.status(out, response.status());
    boolean ownDate = false;
    boolean ownServer = false;
    Headers headers = response.headers();
    for (int i = 0, n = headers.size(); i < n; i++) {
      String name = headers.name(i);
      switch (owner(name)) {
        case HANDLER -> {}
        case DATE -> ownDate = true;
        case SERVER -> ownServer = true;
        case CONNECTION -> {
          if (Ascii.toLower(headers.value(i)).contains("close")) {
            exchange.keepAlive = false;
          }
          continue;
        }
        case UPGRADE -> {
          if (response.status() != UPGRADE_REQUIRED) {
            continue;
          }
          // RFC 9110, 15.5.22 and 7.8: 426 names the protocols, and who names them lists "upgrade" in Connection.
          HeadWriter.field(out, "connection", "upgrade");
        }
        default -> {
          continue;
        }
      }
      HeadWriter.field(out, name, headers.value(i));
    }
    out.write(conn.context().serverAndDate(!ownServer, !ownDate));
    if (chunked) {
      HeadWriter.chunked(out);
    } else if (length >= 0) {
      HeadWriter.contentLength(out, length);
    }
    if (!conn.keepsAlive(exchange)) {
      HeadWriter.connectionClose(out);
    } else if (exchange.head().minorVersion() == 0) {
      HeadWriter.connectionKeepAlive(out);
    }
    HeadWriter.end(out);
    conn.channel().flush();
  }

  private enum Owner {
    HANDLER,
    DATE,
    SERVER,
    CONNECTION,
    UPGRADE,
    FRAMING
  }

  /** Who decides on a field: by the length of its name first, since nearly every field is the handler's. */
  private static Owner owner(String name) {
    return switch (name.length()) {
      case 4 -> name.equalsIgnoreCase("date") ? Owner.DATE : Owner.HANDLER;
      case 6 -> name.equalsIgnoreCase("server") ? Owner.SERVER : Owner.HANDLER;
      case 7 -> name.equalsIgnoreCase("upgrade") ? Owner.UPGRADE : Owner.HANDLER;
      case 10 -> name.equalsIgnoreCase("connection") ? Owner.CONNECTION
          : name.equalsIgnoreCase("keep-alive") ? Owner.FRAMING : Owner.HANDLER;
      case 14 -> name.equalsIgnoreCase("content-length") ? Owner.FRAMING : Owner.HANDLER;
      case 16 -> name.equalsIgnoreCase("proxy-connection") ? Owner.FRAMING : Owner.HANDLER;
      case 17 -> name.equalsIgnoreCase("transfer-encoding") ? Owner.FRAMING : Owner.HANDLER;
      default -> Owner.HANDLER;
    };
  }
}

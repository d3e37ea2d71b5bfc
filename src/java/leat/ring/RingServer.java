package leat.ring;

import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.http.Limits;
import leat.net.ProxyProtocol;
import leat.net.TrustedPeers;
import leat.ring.RequestMap.BodyKind;
import leat.ring.RingHandler.Style;
import leat.server.HttpServer;
import leat.server.HttpServerBuilder;
import leat.tls.TlsContext;

/**
 * Starts an {@link HttpServer} for a Ring handler, as the options of the Clojure face say. They come checked and with
 * their defaults filled in; what each means stands in the table of that face. This is in Java so that loading the face
 * takes no time.
 */
public final class RingServer {
  private final IPersistentMap options;
  private final BodyKind bodyKind;
  private final ResponseReader responses;

  private RingServer(IPersistentMap options, @Nullable IFn bodyWriter) {
    this.options = options;
    this.bodyKind = is("raw-stream?") ? BodyKind.SOURCE : BodyKind.STREAM;
    this.responses = new ResponseReader(bodyWriter);
  }

  /**
   * Starts a server.
   *
   * @param handler the Ring handler
   * @param options every option of the table of {@code start-server}, by keyword
   * @param bodyWriter as for {@link ResponseReader#ResponseReader(IFn)}
   * @param coercion as for {@link RingHandler#RingHandler(IFn, Style, BodyKind, ResponseReader, IFn)}
   * @return the server, which listens already
   * @throws IOException if it cannot listen; the message says where and why
   */
  public static HttpServer start(
      IFn handler, IPersistentMap options, @Nullable IFn bodyWriter, @Nullable IFn coercion) throws IOException {
    RingServer ring = new RingServer(options, bodyWriter);
    HttpServerBuilder builder = HttpServer.builder();
    ring.setAddress(builder);
    ring.setTimes(builder);
    ring.setLimits(builder);
    ring.setHandlers(builder);
    Style style = ring.is("async?") ? Style.ASYNC : Style.SYNC;
    builder.responderHandler(new RingHandler(handler, style, ring.bodyKind, ring.responses, coercion));
    return builder.start();
  }

  private static ProxyProtocol.Mode proxyMode(String name) {
    return switch (name) {
      case "enable" -> ProxyProtocol.Mode.REQUIRED;
      case "optional" -> ProxyProtocol.Mode.OPTIONAL;
      default -> ProxyProtocol.Mode.DISABLED;
    };
  }

  private TrustedPeers trustedPeers() {
    List<String> peers = new ArrayList<>();
    if (get("trusted-peers") instanceof Collection<?> all) {
      all.forEach(each -> peers.add((String) each));
    }
    return peers.isEmpty() ? TrustedPeers.NONE : TrustedPeers.of(peers);
  }

  private @Nullable Object get(String option) {
    return options.valAt(Keyword.intern(option));
  }

  private boolean is(String option) {
    return Boolean.TRUE.equals(get(option));
  }

  private long number(String option) {
    return ((Number) get(option)).longValue();
  }

  private int count(String option) {
    return Math.toIntExact(number(option));
  }

  private Duration millis(String option) {
    return Duration.ofMillis(number(option));
  }

  private void setAddress(HttpServerBuilder builder) {
    if (get("socket-address") instanceof SocketAddress address) {
      builder.address(address);
    } else if (get("listen-socket") instanceof ServerSocketChannel channel) {
      builder.listenChannel(channel);
    } else if (get("unix-socket") != null) {
      builder.unixSocket(path(get("unix-socket")));
    } else {
      builder.port(count("port"));
    }
    if (get("host") instanceof String host) {
      builder.host(host);
    }
    builder.backlog(count("backlog"));
    if (get("proxy-protocol") instanceof Keyword mode) {
      builder.proxyProtocol(proxyMode(mode.getName()), trustedPeers());
    }
    builder.tls((TlsContext) get("ssl-context"));
  }

  private void setTimes(HttpServerBuilder builder) {
    builder.headTimeout(millis("head-timeout-ms"))
        .idleTimeout(millis("idle-timeout-ms"))
        .writeStallTimeout(millis("write-stall-timeout-ms"))
        .minBodyRate(number("min-body-bytes-per-s"), millis("body-grace-ms"))
        .shutdownTimeout(millis("shutdown-timeout-ms"));
  }

  private void setLimits(HttpServerBuilder builder) {
    builder.limits(Limits.DEFAULT
            .withMaxRequestLineBytes(count("max-request-line-bytes"))
            .withMaxFieldBytes(count("max-field-bytes"))
            .withMaxFields(count("max-fields"))
            .withMaxHeadBytes(count("max-head-bytes"))
            .withMaxBodyBytes(number("max-body-bytes"))
            .withMaxPipelined(count("max-pipelined")))
        .maxDrainBytes(number("max-drain-bytes"))
        .maxConnections(count("max-connections"), count("max-connections-per-address"));
    if (get("loops") != null) {
      builder.loops(count("loops"));
    }
  }

  private void setHandlers(HttpServerBuilder builder) {
    if (get("executor") instanceof Executor executor) {
      builder.executor(executor);
    } else if (get("executor") instanceof Keyword) {
      builder.handlersOnLoop();
    }
    builder.rawBodies(bodyKind == BodyKind.SOURCE)
        .serverHeader(get("server-header") instanceof String text ? text : null)
        .dateHeader(is("date-header?"));
    if (get("error-handler") instanceof IFn f) {
      builder.errorHandler((request, error) -> responses.readUnchecked(f.invoke(new RequestMap(request, bodyKind), error)));
    }
    if (get("rejected-handler") instanceof IFn f) {
      builder.rejectedHandler(request -> responses.readUnchecked(f.invoke(new RequestMap(request, bodyKind))));
    }
    if (get("continue-handler") instanceof IFn f) {
      builder.continueHandler(request -> decision(f.invoke(new RequestMap(request, bodyKind))));
    } else if (!is("continue-handler")) {
      builder.continueHandler(request -> false);
    }
  }

  /** What a continue handler said, as the server understands it: a Boolean, a Response, or a deferred of one. */
  private Object decision(@Nullable Object said) {
    if (said == null || said instanceof Boolean) {
      return Boolean.TRUE.equals(said);
    }
    Deferred<?> later = new Pending(null).of(said);
    if (later == null) {
      return responses.readUnchecked(said);
    }
    Deferred<Object> decided = new Deferred<>();
    later.onRealized(
        value -> {
          try {
            decided.success(decision(value));
          } catch (RuntimeException e) {
            decided.error(e);
          }
        },
        decided::error);
    return decided;
  }

  /**
   * A path.
   *
   * @param named a Path, a File, or anything else as its text
   * @return the path
   */
  public static Path path(Object named) {
    if (named instanceof Path path) {
      return path;
    }
    return named instanceof File file ? file.toPath() : Path.of(named.toString());
  }

  /**
   * A server as it prints.
   *
   * @param server any server
   * @return such as {@code #<leat.http server 127.0.0.1:8080 open, 3 connections>}
   */
  public static String describe(HttpServer server) {
    String state = server.closed().isRealized() ? "closed" : server.isClosing() ? "closing" : "open";
    int connections = server.stats().connections();
    return "#<leat.http server " + addressText(server.address()) + " " + state + ", " + connections
        + (connections == 1 ? " connection>" : " connections>");
  }

  private static String addressText(SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      String host = inet.getAddress().getHostAddress();
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
    }
    return address.toString();
  }
}

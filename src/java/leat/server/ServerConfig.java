package leat.server;

import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Function;
import leat.bytes.Nullable;
import leat.http.Limits;
import leat.net.ProxyProtocol;
import leat.tls.TlsContext;

/**
 * Everything a server was told, fixed at its start. {@link HttpServerBuilder} makes it; its methods say what each part
 * means. Durations are in nanoseconds here.
 */
record ServerConfig(
    SocketAddress address,
    @Nullable ServerSocketChannel listenChannel,
    @Nullable TlsContext tls,
    ProxyProtocol proxyProtocol,
    int backlog,
    int loops,
    Handler handler,
    boolean onLoop,
    @Nullable Executor executor,
    boolean rawBodies,
    BiFunction<Request, Throwable, Response> errorHandler,
    Function<Request, Response> rejectedHandler,
    @Nullable Function<Request, Object> continueHandler,
    Limits limits,
    long headTimeoutNanos,
    long idleTimeoutNanos,
    long writeStallTimeoutNanos,
    long minBodyBytesPerSecond,
    long bodyGraceNanos,
    long shutdownTimeoutNanos,
    long maxDrainBytes,
    int maxConnections,
    int maxConnectionsPerAddress,
    @Nullable String serverHeader,
    boolean dateHeader) {}

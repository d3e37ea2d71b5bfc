package leat.tcp;

import java.util.concurrent.Executor;
import leat.bytes.Nullable;
import leat.tls.TlsContext;

/** What servers and clients tell their connections. */
record TcpConfig(
    /* Where handlers and listeners run; null for the loop. */
    @Nullable Executor executor,
    boolean rawMessages,
    int readBytes,
    /* 0 for no limit. */
    long idleNanos,
    long halfClosedNanos,
    TcpEncoder encoder,
    @Nullable TlsContext tls) {}

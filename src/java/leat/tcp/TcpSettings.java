package leat.tcp;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import leat.bytes.Nullable;
import leat.net.CallbackThreads;
import leat.tls.TlsContext;

/**
 * What servers and clients have in common.
 *
 * @param <S> the builder
 */
public abstract sealed class TcpSettings<S extends TcpSettings<S>> permits TcpServerBuilder, TcpClient {
  private static final Duration LONGEST = Duration.ofDays(365);

  private @Nullable Executor executor = CallbackThreads.standard();
  private boolean rawMessages;
  private int readBytes = 128 * 1024;
  private Duration idleTimeout = Duration.ZERO;
  private Duration halfClosedTimeout = Duration.ofSeconds(60);
  private TcpEncoder encoder = value -> {
    throw new IllegalArgumentException("Expected a byte array, ByteBuffer or text, got a " + value.getClass().getName());
  };
  private @Nullable TlsContext tls;

  TcpSettings() {}

  abstract S self();

  /**
   * Where handlers and listeners run.
   *
   * @param value by default a virtual thread for each call on JDK 21 and later, else a pool of at most 512 threads
   * @return this
   */
  public S executor(Executor value) {
    this.executor = Objects.requireNonNull(value, "value");
    return self();
  }

  /**
   * Runs handlers and listeners on the event loop, where they must not block: the fastest way for those that do not.
   *
   * @return this
   */
  public S onLoop() {
    this.executor = null;
    return self();
  }

  /**
   * Whether messages come out as read-only ByteBuffers.
   *
   * @param value false by default: as byte arrays
   * @return this
   */
  public S rawMessages(boolean value) {
    this.rawMessages = value;
    return self();
  }

  /**
   * How many bytes may wait to be taken before no more is read.
   *
   * @param value 128 KiB by default; one read, of at most 64 KiB, may go beyond it
   * @return this
   */
  public S readBuffer(int value) {
    this.readBytes = positive("readBuffer", value);
    return self();
  }

  /**
   * How long nothing may move on a connection, in either direction, until it is closed.
   *
   * @param value zero, the default, for no limit
   * @return this
   */
  public S idleTimeout(Duration value) {
    this.idleTimeout = notNegative("idleTimeout", value);
    return self();
  }

  /**
   * The same, once the peer has sent its FIN, while this end is open: so a connection does not stay for ever which nobody
   * closes.
   *
   * @param value 60 seconds by default
   * @return this
   */
  public S halfClosedTimeout(Duration value) {
    this.halfClosedTimeout = notNegative("halfClosedTimeout", value);
    return self();
  }

  /**
   * What makes bytes of values that are none.
   *
   * @param value by default it refuses them all, and the connection is cut
   * @return this
   */
  public S encoder(TcpEncoder value) {
    this.encoder = Objects.requireNonNull(value, "value");
    return self();
  }

  /**
   * Speaks TLS.
   *
   * @param value certificates and rules, or null for plain connections
   * @return this
   */
  public S tls(@Nullable TlsContext value) {
    this.tls = value;
    return self();
  }

  static int positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("Expected " + name + " of 1 at least, got " + value);
    }
    return value;
  }

  static Duration notNegative(String name, Duration value) {
    if (value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("Expected " + name + " from 0 to 365 days, got " + value);
    }
    return value;
  }

  TcpConfig config() {
    return new TcpConfig(executor, rawMessages, readBytes, idleTimeout.toNanos(), Math.max(1, halfClosedTimeout.toNanos()),
        encoder, tls);
  }
}

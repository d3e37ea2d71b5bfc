package leat.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import leat.async.TimerWheel;
import leat.bytes.Nullable;

/**
 * Reads PROXY headers on accepted connections, before TLS and before the protocol, and tells the addresses that a trusted
 * proxy announces as those of the channel.
 *
 * <pre>
 *                       REQUIRED                              OPTIONAL
 *   trusted peer        a header, else the end                a header, or none
 *   any other peer      the end                               what it sends is for the protocol, header or not
 * </pre>
 *
 * <p>Immutable but for its counter; for one server.
 */
public final class ProxyProtocol {
  private static final Logger LOG = System.getLogger("leat.net");
  private static final long HEADER_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Whether connections begin with a header. */
  public enum Mode {
    /** No header is looked for. */
    DISABLED,
    /** Trusted peers may send one. */
    OPTIONAL,
    /** Trusted peers must send one, and nobody else may connect. */
    REQUIRED
  }

  private final Mode mode;
  private final TrustedPeers trusted;
  private final LongAdder refused = new LongAdder();

  /**
   * Makes a reader of headers.
   *
   * @param mode whether there are headers
   * @param trusted whose headers are believed
   * @throws IllegalArgumentException if there are headers, and nobody is trusted
   */
  public ProxyProtocol(Mode mode, TrustedPeers trusted) {
    this.mode = Objects.requireNonNull(mode, "mode");
    this.trusted = Objects.requireNonNull(trusted, "trusted");
    if (mode != Mode.DISABLED && trusted.isEmpty()) {
      throw new IllegalArgumentException("Expected trusted peers for the PROXY protocol, got none: a header is believed "
          + "only from peers that are listed");
    }
  }

  /**
   * How many connections were refused, for a missing or malformed header or for their origin.
   *
   * @return the count so far
   */
  public long refused() {
    return refused.sum();
  }

  /**
   * Puts the reading of headers before what else becomes of a connection.
   *
   * @param next asked for the handler once the header has come, with the address that it announces
   * @return what to give to an {@link Acceptor}
   */
  public Acceptor.Initializer before(Acceptor.Initializer next) {
    if (mode == Mode.DISABLED) {
      return next;
    }
    return (loop, remote) -> {
      if (trusted.contains(remote)) {
        return new HeaderReader(loop, next);
      }
      if (mode == Mode.OPTIONAL) {
        return next.accept(loop, remote);
      }
      refused.increment();
      LOG.log(Level.DEBUG, () -> "Refused a connection from " + remote + ": it is no trusted peer for the PROXY protocol");
      return null;
    };
  }

  /** Stands in for the handler until the header has come. */
  private final class HeaderReader extends TimerWheel.Timer implements ChannelHandler {
    private final EventLoop loop;
    private final Acceptor.Initializer next;
    private @Nullable TcpChannel channel;
    /** What has come so far, as much as there is; a header that comes whole never stands here. */
    private byte[] partial = {};

    HeaderReader(EventLoop loop, Acceptor.Initializer next) {
      this.loop = loop;
      this.next = next;
    }

    @Override
    public void onConnected(TcpChannel connected) {
      channel = connected;
      loop.schedule(this, HEADER_NANOS);
    }

    @Override
    protected void onTimeout(long nowNanos) {
      refuse(channel, new ProxyProtocolError("Expected a PROXY header within 10 s, got none"));
    }

    @Override
    public void onRead(TcpChannel from, byte[] bytes, int start, int end) {
      byte[] all = bytes;
      int at = start;
      int to = end;
      if (partial.length > 0) {
        all = Arrays.copyOf(partial, partial.length + end - start);
        System.arraycopy(bytes, start, all, partial.length, end - start);
        at = 0;
        to = all.length;
      }
      if (mode == Mode.OPTIONAL && !ProxyHeader.mayBegin(all, at, to)) {
        goOn(from, from.remoteAddress(), all, at, to);
        return;
      }
      try {
        ProxyHeader header = ProxyHeader.parse(all, at, to);
        if (header == null) {
          partial = Arrays.copyOfRange(all, at, to);
          return;
        }
        if (header.source() != null) {
          from.announce(header.source(), header.destination());
        }
        goOn(from, from.remoteAddress(), all, at + header.byteCount(), to);
      } catch (ProxyProtocolError e) {
        refuse(from, e);
      }
    }

    private void refuse(TcpChannel from, ProxyProtocolError cause) {
      refused.increment();
      LOG.log(Level.DEBUG, () -> "Refused a connection from " + from.remoteAddress() + ": " + cause.getMessage());
      from.close(cause);
    }

    private void goOn(TcpChannel from, SocketAddress remote, byte[] bytes, int at, int to) {
      loop.cancel(this);
      // The bytes may be the loop's own, which the next handler may overwrite while it begins.
      byte[] rest = Arrays.copyOfRange(bytes, at, to);
      ChannelHandler handler = next.accept(loop, remote);
      if (handler == null) {
        from.close();
        return;
      }
      from.handOver(handler);
      handler.onConnected(from);
      if (rest.length > 0) {
        from.receive(rest, 0, rest.length);
      }
    }

    @Override
    public void onReadEnd(TcpChannel from) {
      if (mode == Mode.OPTIONAL && partial.length == 0) {
        from.close();
      } else {
        refuse(from, new ProxyProtocolError("Expected a PROXY header, got the end"));
      }
    }

    @Override
    public void onClosed(TcpChannel from, @Nullable Throwable cause) {
      loop.cancel(this);
      if (cause instanceof IOException && !(cause instanceof ProxyProtocolError)) {
        LOG.log(Level.DEBUG, "A connection was lost before its PROXY header came", cause);
      }
    }
  }
}

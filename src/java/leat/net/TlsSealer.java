package leat.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import leat.bytes.Buf;
import leat.bytes.Nullable;
import leat.tls.TlsException;
import leat.tls.TlsException.Reason;

/**
 * The writing half of {@link TlsFilter}: seals what waits in the channel's queue when it is written, and keeps what the
 * socket did not take. Loop only.
 *
 * <pre>  before (in the clear)   then   sealed ◄── what the engine says by itself   then   the channel's queue, sealed </pre>
 */
final class TlsSealer {
  /** More than two writes: what the peer makes the engine say is counted here, where nothing else bounds it. */
  private static final int MOST_SEALED = 4 * EventLoop.IO_BYTES;

  // Final.
  private final TcpChannel channel;
  private final EventLoop loop;
  private final SSLEngine engine;

  // The loop's own.
  /** What was written before TLS began, and goes out in the clear. */
  private @Nullable OutQueue before;

  private @Nullable Buf sealed;

  TlsSealer(TcpChannel channel, SSLEngine engine) {
    this.channel = channel;
    this.loop = channel.loop();
    this.engine = engine;
    if (!channel.out.isEmpty()) {
      before = channel.out;
      channel.out = new OutQueue(loop);
    }
  }

  long pendingBytes() {
    return (before == null ? 0 : before.size()) + (sealed == null ? 0 : sealed.size());
  }

  boolean isEmpty() {
    return before == null && sealed == null;
  }

  /** Whether the peer is still to be told that no more comes. */
  boolean owesGoodbye() {
    return !channel.isOpen() && !engine.isOutboundDone();
  }

  /** Offers the socket one write; returns whether it may take more. */
  boolean writeTo(SocketChannel socket) throws IOException {
    ByteBuffer direct = loop.direct;
    if (before != null) {
      boolean more = before.writeTo(socket, direct);
      if (before.isEmpty()) {
        before = null;
      }
      return more;
    }
    direct.clear();
    if (sealed != null) {
      sealed.copyTo(direct);
      sealed.skip(socket.write(direct.flip()));
      if (sealed.isEmpty()) {
        recycleSealed();
      }
      return !direct.hasRemaining();
    }
    ByteBuffer fresh = seal();
    if (sealed != null) {
      // More than one write takes.
      keep(fresh);
      return true;
    }
    socket.write(direct.put(fresh).flip());
    if (direct.hasRemaining()) {
      keep(direct);
      return false;
    }
    return true;
  }

  /** Seals about one write of the channel's queue, and the farewell behind its end. */
  private ByteBuffer seal() throws IOException {
    ByteBuffer clear = loop.tlsBuffers().clear.clear();
    ByteBuffer fresh = loop.tlsBuffers().sealed.clear();
    channel.out.takeTo(clear);
    clear.flip();
    while (clear.hasRemaining()) {
      wrap(clear, fresh);
    }
    if (channel.out.isEmpty() && owesGoodbye()) {
      engine.closeOutbound();
      while (!engine.isOutboundDone()) {
        wrap(TlsBuffers.NOTHING, fresh);
      }
    }
    if (fresh.position() > EventLoop.IO_BYTES) {
      keep(fresh.flip());
      fresh.clear();
    }
    return fresh.flip();
  }

  private void wrap(ByteBuffer clear, ByteBuffer target) throws IOException {
    int waiting = clear.remaining();
    int at = target.position();
    SSLEngineResult result = engine.wrap(clear, target);
    Status status = result.getStatus();
    if (status == Status.BUFFER_OVERFLOW && at > 0) {
      keep(target.flip());
      target.clear();
    } else if (status == Status.CLOSED && waiting > 0) {
      throw new TlsException(Reason.CLOSED, "The peer has ended TLS: what waits cannot be sent any more");
    } else if (status != Status.CLOSED && clear.remaining() == waiting && target.position() == at) {
      throw TlsException.noProgress("wrap", result);
    }
  }

  /** Lets the engine say what it has to say by itself. */
  SSLEngineResult sealControl() throws IOException {
    ByteBuffer fresh = loop.tlsBuffers().sealed.clear();
    SSLEngineResult result = engine.wrap(TlsBuffers.NOTHING, fresh);
    if (fresh.position() > 0) {
      keep(fresh.flip());
      if (pendingBytes() > MOST_SEALED) {
        throw new TlsException(Reason.RECORD, "The peer asks for replies, and does not read them");
      }
    }
    return result;
  }

  private void keep(ByteBuffer fresh) {
    if (sealed == null) {
      sealed = loop.takeBuf();
    }
    sealed.write(fresh);
  }

  private void recycleSealed() {
    Buf buf = sealed;
    if (buf != null) {
      sealed = null;
      buf.clear();
      loop.recycleBuf(buf);
    }
  }

  /** Gives up what waits in the clear. */
  void dropClear() {
    if (before != null) {
      try {
        before.clear();
      } catch (IOException e) {
        // A file that cannot be closed: nobody is there to hear of it.
      }
      before = null;
    }
  }

  /** Gives up everything. */
  void clear() {
    dropClear();
    recycleSealed();
  }
}

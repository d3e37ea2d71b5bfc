package leat.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLSocket;
import leat.bytes.Nullable;
import leat.tls.TlsContext;

/** Peers for tests of TLS: sockets of the JDK, and an engine whose records a test can cut, change and leave out. */
final class TlsRig {
  static final TlsContext CONTEXT = TlsContext.selfSigned();

  private TlsRig() {}

  /** Secures the channel as the server, and then does what the other does. */
  static ChannelHandler server(TlsContext context, ChannelHandler handler) {
    return new Securing(context, handler);
  }

  static Rig rig(Supplier<? extends ChannelHandler> handlers) throws IOException {
    return new Rig(() -> server(CONTEXT, handlers.get()));
  }

  private static final class Securing implements ChannelHandler {
    private final TlsContext context;
    private final ChannelHandler handler;

    Securing(TlsContext context, ChannelHandler handler) {
      this.context = context;
      this.handler = handler;
    }

    @Override
    public void onConnected(TcpChannel channel) {
      channel.startTls(context);
      channel.handOver(handler);
      handler.onConnected(channel);
    }

    @Override
    public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
      throw new AssertionError("Expected the other handler to be told");
    }
  }

  /** A connected socket of the JDK's that speaks one version of TLS. */
  static SSLSocket client(Rig rig, String version) throws IOException {
    return client(CONTEXT.sslContext(), rig, version);
  }

  static SSLSocket client(SSLContext ssl, Rig rig, String version) throws IOException {
    return secured(ssl, rig.client(), rig.port(), version);
  }

  static SSLSocket secured(SSLContext ssl, Socket plain, int port, String version) throws IOException {
    SSLSocket socket = (SSLSocket) ssl.getSocketFactory().createSocket(plain, "localhost", port, true);
    socket.setEnabledProtocols(new String[] {version});
    return socket;
  }

  static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** TLS as a client, by hand, over a plain socket: every record is a thing that a test can hold. */
  static final class Peer {
    final SSLEngine engine;
    final Socket socket;
    private final InputStream in;
    private ByteBuffer records = ByteBuffer.allocate(64 * 1024).flip();

    Peer(Socket socket, String version) throws IOException {
      this(socket, version, CONTEXT.sslContext());
    }

    Peer(Socket socket, String version, SSLContext ssl) throws IOException {
      this.socket = socket;
      this.in = socket.getInputStream();
      this.engine = ssl.createSSLEngine("localhost", 1);
      engine.setUseClientMode(true);
      engine.setEnabledProtocols(new String[] {version});
    }

    /** Sends bytes, one or several at a time. */
    void send(byte[] bytes, int step) throws IOException {
      for (int at = 0; at < bytes.length; at += step) {
        socket.getOutputStream().write(bytes, at, Math.min(step, bytes.length - at));
        socket.getOutputStream().flush();
      }
    }

    /** Does the handshake, sending so many bytes at a time. */
    void handshake(int step) throws IOException {
      engine.beginHandshake();
      HandshakeStatus status = engine.getHandshakeStatus();
      while (status != HandshakeStatus.NOT_HANDSHAKING) {
        switch (status) {
          case NEED_TASK -> engine.getDelegatedTask().run();
          case NEED_WRAP -> send(seal(new byte[0]), step);
          default -> open();
        }
        status = engine.getHandshakeStatus();
      }
    }

    /** The records that the engine makes of these bytes, or by itself. */
    byte[] seal(byte[] clear) throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteBuffer source = ByteBuffer.wrap(clear);
      ByteBuffer target = ByteBuffer.allocate(32 * 1024);
      do {
        target.clear();
        SSLEngineResult result = engine.wrap(source, target);
        out.write(target.array(), 0, target.position());
        if (result.getStatus() == Status.CLOSED) {
          break;
        }
      } while (source.hasRemaining());
      return out.toByteArray();
    }

    byte[] sealGoodbye() throws IOException {
      engine.closeOutbound();
      return seal(new byte[0]);
    }

    /** The cleartext of the next record, which may be empty; null once the peer has said goodbye, or has gone. */
    @Nullable byte[] open() throws IOException {
      ByteBuffer target = ByteBuffer.allocate(32 * 1024);
      while (true) {
        SSLEngineResult result = engine.unwrap(records, target);
        if (result.getStatus() == Status.CLOSED) {
          return null;
        }
        if (result.getStatus() == Status.OK) {
          byte[] clear = new byte[target.position()];
          target.flip().get(clear);
          return clear;
        }
        records.compact();
        int n = in.read(records.array(), records.position(), records.remaining());
        if (n < 0) {
          throw new java.io.EOFException("The peer ended the connection without close_notify");
        }
        records.position(records.position() + n).flip();
      }
    }

    /** So many bytes of cleartext, or those before the end. */
    byte[] read(int count) throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      while (all.size() < count) {
        byte[] next = open();
        if (next == null) {
          break;
        }
        all.write(next);
        // What TLS 1.3 says after the handshake may ask for something.
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
          send(seal(new byte[0]), 1 << 20);
        }
      }
      return all.toByteArray();
    }
  }

  static <T> T unchecked(java.util.concurrent.Callable<T> task) {
    try {
      return task.call();
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError(e);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}

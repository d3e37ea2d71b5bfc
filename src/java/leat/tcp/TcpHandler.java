package leat.tcp;

/** What a server does with each connection. */
@FunctionalInterface
public interface TcpHandler {
  /**
   * Begins to serve a connection, which stays open after this returns until somebody closes it.
   *
   * @param connection open; with TLS the handshake is done
   * @throws Exception closes the connection, and is logged
   */
  void handle(TcpConnection connection) throws Exception;
}

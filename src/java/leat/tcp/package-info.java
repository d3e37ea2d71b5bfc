/**
 * TCP and Unix domain sockets as streams: servers, clients, and connections that are a source and a sink of bytes.
 *
 * <p>Its job is to join channels to streams, so that pressure travels both ways: nothing is read while nobody takes, and
 * puts wait while the peer does not read. It may import {@code leat.bytes}, {@code leat.async}, {@code leat.net} and
 * {@code leat.tls}.
 *
 * <p>Threads: connections are safe from any thread. Handlers and listeners run on the executor of the server or client, a
 * virtual thread for each call by default, or on the event loop if it was asked for.
 *
 * <p>Start reading at {@link leat.tcp.TcpConnection}, then {@link leat.tcp.TcpServer}.
 */
package leat.tcp;

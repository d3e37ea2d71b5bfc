/**
 * UDP sockets as streams of datagrams.
 *
 * <p>Its job is to join {@link leat.net.UdpChannel} to streams: puts wait while the socket is full; datagrams that come
 * faster than they are taken are dropped beyond a bound, and counted. It may import {@code leat.bytes}, {@code leat.async}
 * and {@code leat.net}.
 *
 * <p>Threads: sockets are safe from any thread. Listeners run on the executor of the socket, a thread for each call by
 * default, or on the event loop if that was asked for.
 *
 * <p>Start reading at {@link leat.udp.UdpSocket}.
 */
package leat.udp;

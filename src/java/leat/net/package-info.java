/**
 * Sockets: event loops, acceptors and channels over Java NIO.
 *
 * <p>Its job is to move bytes between sockets and the protocols above, to tell them what happened, and to carry pressure
 * back. It may import {@code leat.bytes} and {@code leat.async} and knows no protocol.
 *
 * <p>Threads: an {@link leat.net.EventLoop} is one thread; every channel belongs to one loop for its whole life, and all
 * methods of a channel and its handler run there. The one door from other threads is
 * {@link leat.net.EventLoop#execute(Runnable)}.
 *
 * <p>Start reading at {@link leat.net.EventLoop}, then {@link leat.net.TcpChannel}.
 */
package leat.net;

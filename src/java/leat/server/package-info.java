/**
 * The HTTP server: joins the protocol codecs of {@code leat.http1} to the channels of {@code leat.net}.
 *
 * <p>Its job is connections, exchanges, dispatch of handlers, bodies with back-pressure, timeouts, limits and the life
 * cycle of a server. It may import everything below ({@code bytes, async, net, http, http1}) and never
 * {@code leat.client}.
 *
 * <p>Threads: all state of a connection belongs to its {@link leat.net.EventLoop}; handlers run where
 * {@code Dispatch} puts them (a virtual thread, a pool, or the loop itself); {@link leat.server.Responder},
 * {@link leat.server.RequestBody} and {@link leat.server.HttpServer} may be used from any thread.
 *
 * <p>Start reading at {@link leat.server.HttpServer}, then {@code Http1Conn}, then {@code Exchange}.
 */
package leat.server;

/**
 * What every version of HTTP shares: methods, status codes, fields, body lengths, limits and the one kind of error.
 *
 * <p>May import {@code leat.bytes} and the JDK; knows no wire format (that is {@code leat.http1} and its later
 * siblings), no socket, no clock and no logger.
 *
 * <p>Every class here is immutable, so any thread may use any of them.
 *
 * <p>Start reading at {@link leat.http.Headers}: it is the place where a name or value that would break a message is
 * refused. Then {@link leat.http.Limits} (what a peer may send) and {@link leat.http.ProtocolError} (what happens when
 * it sends something else).
 */
package leat.http;

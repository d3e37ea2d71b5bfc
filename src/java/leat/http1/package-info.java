/**
 * HTTP/1.1 on the wire (RFC 9112): bytes in, heads and body bytes out, and the way back.
 *
 * <p>May import {@code leat.bytes} and {@code leat.http}. Everything here is pure: no input or output, no clock, no
 * logger. Readers may be fed any split of the same bytes and give the same result, be it an event or a
 * {@link leat.http.ProtocolError}; the grammar is read strictly, since what two programs read in two ways is how
 * requests are smuggled.
 *
 * <p>{@link leat.http1.RequestHead} is immutable; the readers belong to one thread at a time, which is the loop of the
 * connection; the methods of {@link leat.http1.HeadWriter} write into a {@code Buf} of that loop.
 *
 * <p>Start reading at {@link leat.http1.HeadParser}, whose states are drawn above it, then
 * {@link leat.http1.BodyReader}.
 */
package leat.http1;

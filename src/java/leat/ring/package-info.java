/**
 * Ring: request maps, response maps and handlers, in Java for speed.
 *
 * <p>Its job is to show a {@link leat.server.Request} as the lazy Clojure map that Ring's SPEC describes, to run a Ring
 * handler on it, and to turn what the handler gives, now or later, into a {@link leat.server.Response}. It may import
 * everything below and {@code clojure.lang}.
 *
 * <p>Threads: {@link leat.ring.RequestMap} and {@link leat.ring.HeaderMap} are immutable and may be used from any thread.
 * {@link leat.ring.RingHandler} runs where the server runs handlers; a response that comes later is converted on the
 * thread that realizes it.
 *
 * <p>Start reading at {@link leat.ring.RingHandler}, then {@link leat.ring.RequestMap}, then {@code RingResponse}.
 */
package leat.ring;

/**
 * Conversions between all that holds bytes or text.
 *
 * <p>Its job is to find a way from one type to another. Types are the nodes of a {@link leat.convert.ConversionGraph}, the
 * conversions that somebody has defined are its edges, each with a cost; the cheapest path is a
 * {@link leat.convert.Path}, which is found once and then looked up. A {@link leat.convert.Type} is a class, a protocol, or
 * a sequence, vector or stream of one of these. {@link leat.convert.BuiltIn} is the graph to begin with. Conversions that
 * give a sequence, a stream or an input stream take no more from what they read than is taken from them; a character that
 * two chunks share is read whole.
 *
 * <p>May import: {@code leat.bytes}, {@code leat.async}, {@code leat.clj}, {@code clojure.lang}. Threads: graphs, paths and
 * types are immutable; what a conversion returns belongs to whoever asked for it. Reading from a source of leat through an
 * input stream or a sequence blocks.
 *
 * <p>Start reading at {@link leat.convert.ConversionGraph}; {@code leat.bytes} in Clojure is the face of this.
 */
package leat.convert;

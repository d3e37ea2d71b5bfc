/**
 * Glue between {@link leat.async} and Clojure: what takes Clojure functions, or coerces what Clojure programs use as
 * values in time. The namespaces {@code leat.deferred} and {@code leat.stream} are thin layers over it.
 *
 * <p>May import: {@link leat.async}, {@link leat.bytes}, and {@code clojure.lang}.
 *
 * <p>Threads: everything may be used from any thread. A Clojure function is called where a listener of the deferred it
 * waits for is called, or at once on the caller's thread if there is nothing to wait for.
 *
 * <p>Start reading at {@link leat.clj.Chain}.
 */
package leat.clj;

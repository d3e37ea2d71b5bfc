/**
 * TLS settings: certificates, keys and trust, and the engines that are made of them.
 *
 * <p>Its job is to read keys and certificates in the forms in which people have them, to choose safe defaults, to pick a
 * certificate by the name that a client asks for, and to take in new certificates while it runs. It may import
 * {@code leat.bytes} and {@code leat.async}. It knows no channel: {@code leat.net} has the filter that uses the engines.
 *
 * <p>Threads: a {@link leat.tls.TlsContext} is safe from any thread. Handshake tasks run on daemon threads of
 * {@link leat.tls.TlsTasks}.
 *
 * <p>Start reading at {@link leat.tls.TlsContext}.
 */
package leat.tls;

/**
 * Values as bytes: what stands between a serialization library and bytes from strangers.
 *
 * <p>Its job is to look at bytes before a library does. A {@link leat.codec.ValueScanner} walks over a value without
 * recursion and without making anything of it: it finds where the value ends, and refuses what is too large, too deep,
 * declares more than there is, or names a class that nobody has allowed. A {@link leat.codec.Codec} joins a scanner, the
 * functions of a library, and the frames in which such values travel.
 *
 * <p>May import: {@code leat.bytes}, {@code leat.frame}. No library of serialization: those are used by the namespaces
 * {@code leat.impl.codec.*}, which are loaded when somebody asks for them.
 *
 * <p>Threads: codecs are immutable; a scanner belongs to one thread at a time.
 *
 * <p>Start reading at {@link leat.codec.Codec}.
 */
package leat.codec;

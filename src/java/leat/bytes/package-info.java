/**
 * Memory: the bytes of every connection live here.
 *
 * <p>Its job is to hold bytes between the socket and the codecs without copying more than once and without anybody
 * having to release anything. A {@link leat.bytes.Segment} is a fixed byte array with two indexes, a
 * {@link leat.bytes.SegmentPool} keeps some of them for one event loop, a {@link leat.bytes.Buf} is a queue of bytes
 * made of segments, and a {@link leat.bytes.Slice} is an immutable range of bytes that may be shared with anybody.
 * {@link leat.bytes.Ascii} and {@link leat.bytes.Utf8} know the letters.
 *
 * <p>May import: the JDK only. Threads: {@code Segment}, {@code SegmentPool} and {@code Buf} belong to one loop and are
 * used by its thread alone; {@code Slice} is immutable; the rest is static and without state.
 *
 * <p>Start reading at {@link leat.bytes.Buf}.
 */
package leat.bytes;

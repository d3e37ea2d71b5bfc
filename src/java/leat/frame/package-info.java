/**
 * Messages in a sequence of bytes: where each begins and ends.
 *
 * <p>Its job is to cut what comes from a peer into frames, and to make of values the bytes that cut well. A
 * {@link leat.frame.FrameCodec} is a rule; {@link leat.frame.Frames} makes them: fixed length, length prefix, delimiter,
 * line, netstring, tag-length-value, and what is composed of these. A {@link leat.frame.Payload} says what is in a frame,
 * which may be frames again. A {@link leat.frame.FrameDecoder} is fed with bytes, however they were split, and gives
 * frames, wants more, or throws a {@link leat.frame.FrameError}. Nothing is allocated from a length that the peer
 * declares.
 *
 * <p>May import: {@code leat.bytes}. Threads: codecs and payloads are immutable; a decoder and its scanner belong to one
 * thread at a time.
 *
 * <p>Start reading at {@link leat.frame.FrameDecoder}.
 */
package leat.frame;

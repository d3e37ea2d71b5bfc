package leat.net;

import java.nio.ByteBuffer;

/**
 * What the channels with TLS of one loop use in turn: each is valid within one call of {@link TlsFilter}, so that no
 * connection owns a buffer. On the heap, where the ciphers of the JDK are fastest.
 */
final class TlsBuffers {
  /**
   * The longest record: 2^14 bytes, and what a cipher may add (RFC 5246, 6.2.3), with its header. TLS 1.3 allows less.
   */
  static final int MAX_RECORD = 5 + (1 << 14) + 2048;

  /** Cleartext that is sealed for one write: with what sealing adds, it fills {@link EventLoop#IO_BYTES} nearly. */
  private static final int CLEAR_BYTES = EventLoop.IO_BYTES - 2048;

  static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** Records to open: the rest of the last read, and the next one. */
  final byte[] records = new byte[MAX_RECORD + EventLoop.IO_BYTES];

  /** What was opened: never more than there was to open. */
  final ByteBuffer opened = ByteBuffer.allocate(records.length);

  /** What is to be sealed. */
  final ByteBuffer clear = ByteBuffer.allocate(CLEAR_BYTES);

  /** What was sealed, with room for a record more. */
  final ByteBuffer sealed = ByteBuffer.allocate(EventLoop.IO_BYTES + MAX_RECORD);
}

package leat.http1;

import leat.http.BodyLength;
import leat.http.Headers;
import leat.http.Limits;
import leat.http.ProtocolError;

/**
 * Takes the framing off a body (RFC 9112 6, 7): wire bytes in, body bytes out to a {@link BodySink}. Belongs to one
 * thread at a time. It keeps none of the bytes of the body.
 */
public abstract class BodyReader {
  BodyReader() {}

  /**
   * Returns a reader for the body after a head.
   *
   * @param length how the body ends
   * @param limits of which those on bodies, extensions, trailers and fields count here
   * @return a new reader; one without a body is done at once
   * @throws ProtocolError with status 413 when the declared length is over the limit
   */
  public static BodyReader of(BodyLength length, Limits limits) {
    if (length.isChunked()) {
      return new ChunkedReader(limits);
    }
    if (length == BodyLength.UNTIL_CLOSE) {
      return new UntilCloseReader(limits.maxBodyBytes());
    }
    if (length.bytes() > limits.maxBodyBytes()) {
      throw tooLarge(limits.maxBodyBytes());
    }
    return new FixedReader(length.bytes());
  }

  static ProtocolError tooLarge(long maxBodyBytes) {
    return ProtocolError.remote(413, "Expected a body of at most " + maxBodyBytes + " bytes, got more.");
  }

  /**
   * Reads what there is, up to the end of the body. After an error the reader is of no more use.
   *
   * @param bytes the array
   * @param from the index of the first byte
   * @param to the index after the last byte there is
   * @param sink is given the bytes of the body, in their order
   * @return the index of the first byte that was not consumed: {@code to} unless the body ended before it
   * @throws ProtocolError when the framing is broken or a limit is passed; what came before went to the sink
   */
  public abstract int read(byte[] bytes, int from, int to, BodySink sink);

  /**
   * Tells whether the body has ended, with its trailers if it has any.
   *
   * @return true when {@link #read} will consume nothing more
   */
  public abstract boolean isDone();

  /**
   * Takes note that the peer will send no more bytes.
   *
   * @throws ProtocolError when the body should have gone on (RFC 9112 8)
   */
  public void end() {
    if (!isDone()) {
      throw ProtocolError.remote(400, "Expected the rest of a body (RFC 9112 8), got the end of the connection.");
    }
  }

  /**
   * Returns the fields after a chunked body. Those that may not stand there (framing, routing, authentication and the
   * like: RFC 9110 6.5.1) were dropped.
   *
   * @return the trailers; none before {@link #isDone}
   */
  public Headers trailers() {
    return Headers.EMPTY;
  }

  /** A counted number of bytes, 0 included. */
  private static final class FixedReader extends BodyReader {
    private long left;

    FixedReader(long bytes) {
      left = bytes;
    }

    @Override
    public int read(byte[] bytes, int from, int to, BodySink sink) {
      int count = (int) Math.min(left, to - from);
      if (count > 0) {
        left -= count;
        sink.data(bytes, from, from + count);
      }
      return from + count;
    }

    @Override
    public boolean isDone() {
      return left == 0;
    }
  }

  /** Whatever comes until the peer closes. */
  private static final class UntilCloseReader extends BodyReader {
    private final long maxBodyBytes;
    private long count;
    private boolean ended;

    UntilCloseReader(long maxBodyBytes) {
      this.maxBodyBytes = maxBodyBytes;
    }

    @Override
    public int read(byte[] bytes, int from, int to, BodySink sink) {
      if (to - from > maxBodyBytes - count) {
        throw tooLarge(maxBodyBytes);
      }
      if (to > from) {
        count += to - from;
        sink.data(bytes, from, to);
      }
      return to;
    }

    @Override
    public boolean isDone() {
      return ended;
    }

    @Override
    public void end() {
      ended = true;
    }
  }
}

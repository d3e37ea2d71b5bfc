package leat.http1;

/** Takes the bytes of a body from a {@link BodyReader}. */
@FunctionalInterface
public interface BodySink {
  /**
   * Called with the next bytes of the body, on the thread that reads.
   *
   * @param bytes an array that is only lent: copy what is needed after the call
   * @param from the index of the first byte
   * @param to the index after the last byte; greater than {@code from}
   */
  void data(byte[] bytes, int from, int to);
}

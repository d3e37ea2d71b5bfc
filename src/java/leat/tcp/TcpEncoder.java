package leat.tcp;

import leat.async.Source;

/** Makes bytes of values that are none. */
@FunctionalInterface
public interface TcpEncoder {
  /**
   * Makes bytes of a value. Called on a thread that may block.
   *
   * @param value neither bytes nor text
   * @return a source of byte arrays or ByteBuffers, which are written one after another as the peer takes them
   * @throws Exception closes the connection, if the value cannot be converted
   */
  Source<?> encode(Object value) throws Exception;
}

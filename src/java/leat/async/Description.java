package leat.async;

import leat.bytes.Nullable;

/**
 * How a {@link Node} stands at one moment. A number that a node does not know, or does not have, is -1.
 *
 * @param type           what kind of node it is
 * @param isSource       whether values come out of it
 * @param isSink         whether values go into it
 * @param isClosed       whether nothing more goes in
 * @param isDrained      whether nothing more comes out
 * @param isPermanent    whether it cannot be closed
 * @param bufferCapacity how many values it holds without anybody taking them
 * @param bufferSize     how many values it holds; of a {@link Stream} with a metric, their sum
 * @param pendingPuts    how many puts wait for room
 * @param pendingTakes   how many takes wait for a value
 * @param cause          the error that closed it, or null
 */
public record Description(
    String type,
    boolean isSource,
    boolean isSink,
    boolean isClosed,
    boolean isDrained,
    boolean isPermanent,
    long bufferCapacity,
    long bufferSize,
    int pendingPuts,
    int pendingTakes,
    @Nullable Throwable cause) {

  /**
   * Describes a node of which nothing but its kind is known.
   *
   * @param type what kind of node it is
   * @return the description
   */
  public static Description of(String type) {
    return new Description(type, false, false, false, false, false, -1, -1, -1, -1, null);
  }

  /**
   * Describes a source of which little is known.
   *
   * @param type       what kind of source it is
   * @param isDrained  whether nothing more comes out
   * @param bufferSize how many values it holds, or -1
   * @return the description
   */
  public static Description source(String type, boolean isDrained, long bufferSize) {
    return new Description(type, true, false, false, isDrained, false, -1, bufferSize, -1, -1, null);
  }

  /**
   * Describes a sink of which little is known.
   *
   * @param type           what kind of sink it is
   * @param isClosed       whether nothing more goes in
   * @param bufferCapacity how many values it holds without anybody taking them, or -1
   * @param bufferSize     how many values it holds, or -1
   * @return the description
   */
  public static Description sink(String type, boolean isClosed, long bufferCapacity, long bufferSize) {
    return new Description(type, false, true, isClosed, false, false, bufferCapacity, bufferSize, -1, -1, null);
  }
}

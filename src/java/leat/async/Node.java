package leat.async;

import java.util.List;
import leat.bytes.Nullable;

/**
 * What a graph of streams is made of: a {@link Source}, a {@link Sink}, or both. A node knows what it feeds, and
 * nothing else does: there is no list of all nodes anywhere. Thread-safe.
 */
public interface Node {

  /**
   * Describes this node as it stands at this moment.
   *
   * @return the description
   */
  default Description description() {
    return Description.of(getClass().getSimpleName());
  }

  /**
   * Returns the links through which this node feeds others, in the order in which they were made.
   *
   * @return the links, in an immutable list
   */
  default List<Link> downstream() {
    return List.of();
  }

  /**
   * Returns the nodes that feed this one, as far as they are known and have not been collected.
   *
   * @return the nodes, in an immutable list
   */
  default List<Node> upstream() {
    return List.of();
  }

  /**
   * Tells whether what is underneath makes threads wait, as a {@link java.util.concurrent.BlockingQueue} does. The
   * methods of this node wait for nothing even then.
   *
   * @return true if it does
   */
  default boolean isSynchronous() {
    return false;
  }

  /** Ends the sequence: nothing more goes in. What is in it may still be taken. A second call does nothing. */
  void close();

  /**
   * Ends the sequence because of an error, which {@link #closeCause()} and those who listen for the end are told.
   *
   * @param cause the error, or null if there is none
   */
  default void close(@Nullable Throwable cause) {
    close();
  }

  /**
   * Returns the error that ended the sequence.
   *
   * @return the error, or null if it is open or was closed without one
   */
  default @Nullable Throwable closeCause() {
    return null;
  }
}

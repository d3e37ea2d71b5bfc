package leat.net;

import java.nio.channels.SelectionKey;

/** What a selection key of a loop is attached to. All methods run on the loop. */
interface Selectable {
  /**
   * Some of the interests of the key are ready.
   *
   * @param key the channel's own
   */
  void onReady(SelectionKey key);

  /**
   * Something thrown while this was ready was not handled: give up the channel.
   *
   * @param cause what was thrown
   */
  void onFailure(Throwable cause);
}

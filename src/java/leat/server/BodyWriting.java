package leat.server;

/** A response body that is being written piece by piece. All methods are for the loop. */
interface BodyWriting {
  /** The channel takes more. */
  void onWritable();

  /** Nothing more will be written: lets go of what the body holds. The channel may be closed already. */
  void cancel(Throwable cause);

  /** The client sends no more, and has probably gone: what waits is written, but nothing new is waited for. */
  default void onClientGone() {}
}

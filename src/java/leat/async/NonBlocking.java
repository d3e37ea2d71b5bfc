package leat.async;

/**
 * Marks a {@link Thread} class whose threads must never wait, such as the thread of an event loop.
 */
public interface NonBlocking {

  /**
   * Refuses to go on if the current thread must never wait. Every operation that blocks calls this first.
   *
   * @param operation what would block, as the subject of a sentence
   * @throws IllegalStateException if the current thread is {@code NonBlocking}
   */
  static void refuse(String operation) {
    Thread thread = Thread.currentThread();
    if (thread instanceof NonBlocking) {
      throw new IllegalStateException(operation + " would block the thread \"" + thread.getName()
          + "\", which must never wait. Use a listener, or run the code on another executor.");
    }
  }
}

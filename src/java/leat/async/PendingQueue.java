package leat.async;

import leat.bytes.Nullable;

/** Puts or takes in the order in which they came. Guarded by the lock of its stream. */
final class PendingQueue {

  /** Withdrawn ones are swept out when a queue has grown to this size, and again when it has doubled. */
  private static final int FIRST_SWEEP = 64;

  private @Nullable Pending<?> first;
  private @Nullable Pending<?> last;
  private int size;
  private int nextSweep = FIRST_SWEEP;

  int size() {
    return size;
  }

  /** Counts those that have not been withdrawn. */
  int live() {
    int live = 0;
    for (Pending<?> each = first; each != null; each = (Pending<?>) each.link) {
      live += each.isRealized() ? 0 : 1;
    }
    return live;
  }

  boolean isEmpty() {
    return first == null;
  }

  boolean isFull() {
    return size >= Stream.MAX_PENDING;
  }

  void add(Pending<?> pending) {
    if (first == null) {
      first = pending;
    } else {
      last.link = pending;
    }
    last = pending;
    size++;
  }

  @Nullable Pending<?> peek() {
    return first;
  }

  @SuppressWarnings("unchecked")
  <T> @Nullable Pending<T> poll() {
    Pending<?> head = first;
    if (head != null) {
      unlinkFirst(head);
    }
    return (Pending<T>) head;
  }

  private void unlinkFirst(Pending<?> head) {
    first = (Pending<?>) head.link;
    head.link = null;
    if (first == null) {
      last = null;
    }
    size--;
  }

  /** Drops withdrawn ones from the front. Returns whether one is left. */
  boolean hasLive() {
    Pending<?> head = first;
    while (head != null && head.isRealized()) {
      unlinkFirst(head);
      head = first;
    }
    return head != null;
  }

  /** Drops all withdrawn ones if the queue has grown. Returns how many of the first {@code ahead} it has dropped. */
  int sweep(int ahead) {
    if (size < nextSweep) {
      return 0;
    }
    int droppedAhead = 0;
    int position = 0;
    Pending<?> kept = null;
    Pending<?> each = first;
    while (each != null) {
      Pending<?> next = (Pending<?>) each.link;
      if (each.isRealized()) {
        each.link = null;
        size--;
        droppedAhead += position < ahead ? 1 : 0;
      } else {
        if (kept == null) {
          first = each;
        } else {
          kept.link = each;
        }
        kept = each;
      }
      position++;
      each = next;
    }
    if (kept == null) {
      first = null;
    } else {
      kept.link = null;
    }
    last = kept;
    nextSweep = Math.min(Stream.MAX_PENDING, Math.max(FIRST_SWEEP, 2 * size));
    return droppedAhead;
  }
}

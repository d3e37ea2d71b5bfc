package leat.bytes;

/**
 * A stack of unused segments. Not thread-safe: each event loop has its own.
 *
 * <p>The pool is an economy and never a duty: a segment that is not given back is simply garbage. The two counters tell
 * a test whether the owners of segments give them back all the same.
 */
public final class SegmentPool {

  private final int maxKept;

  // Owned by the loop.
  private @Nullable Segment top;
  private int kept;
  private long taken;
  private long recycled;

  /**
   * Makes an empty pool.
   *
   * @param maxKept how many unused segments it keeps at most; what comes back beyond that is left to the collector
   * @throws IllegalArgumentException if {@code maxKept} is negative
   */
  public SegmentPool(int maxKept) {
    if (maxKept < 0) {
      throw new IllegalArgumentException("Expected maxKept >= 0, actual " + maxKept + ".");
    }
    this.maxKept = maxKept;
  }

  /**
   * Returns an empty segment, an unused one or else a new one. It belongs to the caller. Its old bytes are not wiped.
   *
   * @return a segment with {@code from == to == 0}
   */
  public Segment take() {
    taken++;
    Segment segment = top;
    if (segment == null) {
      return new Segment();
    }
    top = segment.next;
    segment.next = null;
    kept--;
    return segment;
  }

  /**
   * Takes {@code segment} back, whatever is in it. The caller must not touch it again.
   *
   * @param segment a segment that {@link #take()} of this pool returned and that has not come back since
   */
  public void recycle(Segment segment) {
    segment.from = 0;
    segment.to = 0;
    recycled++;
    if (kept < maxKept) {
      segment.next = top;
      top = segment;
      kept++;
    } else {
      segment.next = null;
    }
  }

  /**
   * Returns how many segments have been taken since the pool was made.
   *
   * @return the number of calls of {@link #take()}
   */
  public long taken() {
    return taken;
  }

  /**
   * Returns how many segments have come back since the pool was made, the ones it did not keep included.
   *
   * @return the number of calls of {@link #recycle(Segment)}
   */
  public long recycled() {
    return recycled;
  }

  @Override
  public String toString() {
    return "SegmentPool[" + kept + " of " + maxKept + " kept, " + (taken - recycled) + " in use]";
  }
}

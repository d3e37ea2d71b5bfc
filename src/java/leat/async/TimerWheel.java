package leat.async;

import leat.bytes.Nullable;

/**
 * Calls timers when their time has come. Single-threaded: it belongs to one loop, which tells it the time.
 *
 * <p>The wheel has slots of one tick each; a timer hangs in the slot of the tick at whose end it is due.
 *
 * <pre>
 *   ticks     0    1    2    3    4    5    6    7  | 8    9   ...
 *   slots   [0]  [1]  [2]  [3]  [4]  [5]  [6]  [7]  |[0]  [1]  ...    8 slots: tick 9 shares slot 1 with tick 1
 *                       ^ turned to here             next turn
 * </pre>
 *
 * <p>A timer never fires early, and less than one tick late if the wheel is polled by then. A timer whose deadline is
 * moved to later stays where it hangs and moves on only when the wheel comes past: to push a timeout before oneself, as
 * a connection does with each message, is a write to one field. Timers are links of their own lists, so that nothing is
 * allocated after construction.
 *
 * <p>Times are readings of a {@link Clock}; only differences count, and they must stay below 2^62 nanoseconds, which
 * are 146 years.
 */
public final class TimerWheel {

  /**
   * Something that happens at a certain time unless it is put off or cancelled. Made to be a part of whatever needs
   * it. It may be scheduled on one wheel at a time.
   */
  public abstract static class Timer {

    // Owned by the loop of the wheel. A timer is scheduled if and only if it has neighbours.
    private @Nullable Timer previous;
    private @Nullable Timer next;
    private long deadlineNanos;
    private long slotNanos;

    /** Makes a timer that is not scheduled. */
    protected Timer() {
    }

    /**
     * Called by {@link TimerWheel#poll} once the deadline has come. The timer is not scheduled any more and may be
     * scheduled again.
     *
     * @param nowNanos the time that was given to {@code poll}
     */
    protected abstract void onTimeout(long nowNanos);

    /**
     * Tells whether this timer will fire.
     *
     * @return true from {@link TimerWheel#schedule} until it fires or is cancelled
     */
    public final boolean isScheduled() {
      return next != null;
    }

    private void link(Timer ring, long newSlotNanos) {
      Timer last = ring.previous;
      previous = last;
      next = ring;
      last.next = this;
      ring.previous = this;
      slotNanos = newSlotNanos;
    }

    private void unlink() {
      previous.next = next;
      next.previous = previous;
      previous = null;
      next = null;
    }
  }

  /** The fixed point of a ring of timers: its next is the first, its previous the last. */
  private static final class Ring extends Timer {

    private static Ring empty() {
      Ring ring = new Ring();
      ((Timer) ring).previous = ring;
      ((Timer) ring).next = ring;
      return ring;
    }

    private @Nullable Timer first() {
      Timer first = ((Timer) this).next;
      return first == this ? null : first;
    }

    private void moveAllTo(Ring other) {
      Timer ring = this;
      Timer first = ring.next;
      if (first != ring) {
        Timer last = ring.previous;
        Timer otherRing = other;
        Timer otherLast = otherRing.previous;
        otherLast.next = first;
        first.previous = otherLast;
        last.next = otherRing;
        otherRing.previous = last;
        ring.next = ring;
        ring.previous = ring;
      }
    }

    @Override
    protected void onTimeout(long nowNanos) {
      throw new AssertionError("A ring has no deadline.");
    }
  }

  private final long tickNanos;
  private final long startNanos;
  private final Ring[] slots;
  private final int mask;

  // Owned by the loop.
  private final Ring due = Ring.empty();
  private int size;
  /** The last tick whose slot has been emptied of what was due. */
  private long tick;
  /** Before this time no slot needs to be looked at: a lower bound. Meaningless while size is 0. */
  private long earliestNanos;

  /**
   * Makes a wheel without timers.
   *
   * @param tickNanos  the length of a tick in nanoseconds: how late a timer may be
   * @param slotCount  how many slots at least; it is rounded up to a power of two. Longer deadlines than a turn are
   *                   allowed, and cost a look at each turn
   * @param startNanos the time now
   * @throws IllegalArgumentException if {@code tickNanos} is not positive, or {@code slotCount} is not in 1..2^20
   */
  public TimerWheel(long tickNanos, int slotCount, long startNanos) {
    if (tickNanos < 1) {
      throw new IllegalArgumentException("Expected tickNanos >= 1, actual " + tickNanos + ".");
    }
    if (slotCount < 1 || slotCount > 1 << 20) {
      throw new IllegalArgumentException("Expected slotCount in 1..2^20, actual " + slotCount + ".");
    }
    this.tickNanos = tickNanos;
    this.startNanos = startNanos;
    slots = new Ring[slotCount == 1 ? 1 : Integer.highestOneBit(slotCount - 1) << 1];
    mask = slots.length - 1;
    for (int i = 0; i < slots.length; i++) {
      slots[i] = Ring.empty();
    }
  }

  /**
   * Returns how many timers are scheduled.
   *
   * @return the number of timers
   */
  public int size() {
    return size;
  }

  /**
   * Makes {@code timer} fire at the first {@link #poll} at or up to one tick after {@code deadlineNanos}. If it is
   * scheduled already, this deadline replaces the other one. A deadline in the past is due at the next tick.
   *
   * @param timer         the timer, scheduled on no other wheel
   * @param deadlineNanos when
   */
  public void schedule(Timer timer, long deadlineNanos) {
    timer.deadlineNanos = deadlineNanos;
    if (timer.next != null) {
      if (deadlineNanos - timer.slotNanos >= 0) {
        // Later than its slot: poll will find out.
        return;
      }
      timer.unlink();
      size--;
    }
    hang(timer);
    if (size++ == 0 || timer.slotNanos - earliestNanos < 0) {
      earliestNanos = timer.slotNanos;
    }
  }

  private void hang(Timer timer) {
    long sinceStart = timer.deadlineNanos - startNanos;
    // Rounded up: the slot is looked at when the deadline is past, never before.
    long dueTick = sinceStart <= 0 ? 0 : (sinceStart - 1) / tickNanos + 1;
    long slotTick = Math.max(dueTick, tick + 1);
    timer.link(slots[(int) slotTick & mask], startNanos + slotTick * tickNanos);
  }

  /**
   * Keeps {@code timer} from firing. Does nothing if it is not scheduled.
   *
   * @param timer the timer, scheduled on no other wheel
   */
  public void cancel(Timer timer) {
    if (timer.next != null) {
      timer.unlink();
      size--;
    }
  }

  /**
   * Fires all timers that are due. What a timer throws is logged and keeps no other from firing. A timer may schedule
   * and cancel itself and others; what it schedules fires at the next tick at the earliest.
   *
   * @param nowNanos the time now
   * @return how many timers fired
   */
  public int poll(long nowNanos) {
    if (size == 0 || nowNanos - earliestNanos < 0) {
      return 0;
    }
    collectDue(nowNanos);
    int fired = 0;
    Timer timer = due.first();
    while (timer != null) {
      timer.unlink();
      if (timer.deadlineNanos - nowNanos > 0) {
        // Put off, before or by a timer that fired just now; or meant for a later turn.
        hang(timer);
      } else {
        size--;
        fired++;
        fire(timer, nowNanos);
      }
      timer = due.first();
    }
    findEarliest();
    return fired;
  }

  /** Turns the wheel to {@code nowNanos}: what hung in the slots that came past goes to the ring of those due. */
  private void collectDue(long nowNanos) {
    long nowTick = (nowNanos - startNanos) / tickNanos;
    // After a long pause each slot has come past once or more.
    long firstTick = Math.max(tick + 1, nowTick - mask);
    for (long slotTick = firstTick; slotTick <= nowTick; slotTick++) {
      slots[(int) slotTick & mask].moveAllTo(due);
    }
    tick = nowTick;
  }

  private static void fire(Timer timer, long nowNanos) {
    try {
      timer.onTimeout(nowNanos);
    } catch (Throwable thrown) {
      Log.thrown("A timer", thrown);
    }
  }

  private void findEarliest() {
    if (size == 0) {
      return;
    }
    for (long slotTick = tick + 1; slotTick <= tick + slots.length; slotTick++) {
      if (slots[(int) slotTick & mask].first() != null) {
        earliestNanos = startNanos + slotTick * tickNanos;
        return;
      }
    }
    throw new AssertionError("Expected " + size + " timers in the slots, actual none.");
  }

  /**
   * Returns how long nothing will be due. It may be too short, for a timer that was put off or cancelled, and is too
   * long by less than a tick at most.
   *
   * @param nowNanos the time now
   * @return nanoseconds from {@code nowNanos}, 0 if something may be due already, or {@link Long#MAX_VALUE} if
   *         nothing is scheduled
   */
  public long nanosToNext(long nowNanos) {
    return size == 0 ? Long.MAX_VALUE : Math.max(0, earliestNanos - nowNanos);
  }

  @Override
  public String toString() {
    return "TimerWheel[" + size + " timers, " + slots.length + " slots of " + tickNanos + " ns]";
  }
}

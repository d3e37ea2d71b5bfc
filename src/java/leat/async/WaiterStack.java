package leat.async;

import leat.bytes.Nullable;

/**
 * What is done to the waiters of a pending deferred besides adding and calling them.
 *
 * <p>The links of a stack never change while the deferred is pending: who takes one out copies those above it, and puts
 * the whole in the place of the old stack by one compare-and-set of its top. The links are read while somebody may be
 * realizing the deferred and turning them round. A search can then miss somebody, but not go wrong: the compare-and-set
 * fails, and the next turn sees the outcome.
 */
final class WaiterStack {

  /** How many waiters may be searched whenever somebody gives up. */
  static final int SHALLOW = 64;

  private WaiterStack() {
  }

  /** Returns {@code stack} with {@code waiter} on top, or next to the top if that is a claim. */
  static <T> Waiter<T> push(@Nullable Waiter<T> stack, Waiter<T> waiter) {
    if (stack instanceof Waiters.Claim<T> claim) {
      waiter.next = claim.next;
      return new Waiters.Claim<>(claim.token, waiter);
    }
    waiter.next = stack;
    return waiter;
  }

  /** Takes {@code listener} back where it was added last; returns whether it was there and will not be called. */
  static <T> boolean cancel(Deferred<T> deferred, Deferred.Listener<?> listener) {
    while (true) {
      Object current = deferred.state();
      if (current == null || Deferred.isOutcome(current)) {
        return false;
      }
      Waiter<T> top = Deferred.asWaiter(current);
      Waiter<T> found = top;
      while (found != null && !isOf(found, listener)) {
        found = found.next;
      }
      if (found == null) {
        if (deferred.state() == current) {
          return false;
        }
      } else if (found instanceof Registration.Waiting<T> waiting) {
        if (waiting.registration.cancel()) {
          return true;
        }
      } else {
        Waiters.Tally<T> tally = tally(top);
        if (tally != null) {
          tally.givenUp.incrementAndGet();
        }
        if (deferred.replaceState(current, without(top, found))) {
          return true;
        }
      }
    }
  }

  private static boolean isOf(Waiter<?> waiter, Deferred.Listener<?> listener) {
    return waiter instanceof Waiters.OfListener<?> of && of.listener == listener
        || waiter instanceof Registration.Waiting<?> waiting && waiting.registration.isOf(listener);
  }

  private static <T> @Nullable Waiter<T> without(Waiter<T> top, Waiter<T> found) {
    Waiter<T> above = null;
    for (Waiter<T> waiter = top; waiter != null && waiter != found; waiter = waiter.next) {
      above = waiter.copy(above);
    }
    return turn(above, found.next);
  }

  /** Puts the stack {@code above} on {@code below}, upside down. Its elements belong to this thread. */
  private static <T> @Nullable Waiter<T> turn(@Nullable Waiter<T> above, @Nullable Waiter<T> below) {
    Waiter<T> result = below;
    Waiter<T> waiter = above;
    while (waiter != null) {
      Waiter<T> rest = waiter.next;
      waiter.next = result;
      result = waiter;
      waiter = rest;
    }
    return result;
  }

  /**
   * Takes note that somebody gave up, and takes out all waiters through whom nobody waits any more. In a stack that is
   * not {@link #SHALLOW} that is not done each time, but once half of those who waited have given up: so each of very many
   * can give up without a search through all of them.
   *
   * @param gone whoever waits for this one has given up as well, but stays in the stack
   * @return true if the deferred is pending, and nobody waits for it any more
   */
  static <T> boolean sweep(Deferred<T> deferred, Deferred<?> gone) {
    while (true) {
      Object current = deferred.state();
      if (current == null) {
        return true;
      }
      if (Deferred.isOutcome(current)) {
        return false;
      }
      Waiter<T> top = Deferred.asWaiter(current);
      Waiters.Tally<T> tally = tally(top);
      // Counted twice where this loop takes another turn: too high only means a search too early.
      int givenUp = tally == null ? 0 : tally.givenUp.incrementAndGet();
      if (tally != null && tally.mostStillWait(givenUp)) {
        if (isStillSo(deferred, top, tally, givenUp)) {
          return false;
        }
        continue;
      }
      int size = 0;
      int idle = 0;
      int live = 0;
      for (Waiter<T> waiter = top; waiter != null; waiter = waiter.next) {
        size++;
        if (waiter.isIdle()) {
          idle++;
        } else if (!waiter.isPassive() && waiter.target() != gone) {
          live++;
        }
      }
      Waiter<T> swept = idle == 0 ? top : idle == size ? null : live(top);
      if (size - idle > SHALLOW) {
        swept = push(swept, new Waiters.Tally<>(live, 0));
      }
      boolean replaced = swept == top ? deferred.state() == top : deferred.replaceState(top, swept);
      // Whoever was counted during the search may have been found waiting by it: then search again.
      if (replaced && (tally == null || tally.givenUp.get() == givenUp)) {
        return live == 0;
      }
    }
  }

  /** Returns the highest tally in the stack, if there is one. */
  private static <T> @Nullable Waiters.Tally<T> tally(@Nullable Waiter<T> top) {
    for (Waiter<T> waiter = top; waiter != null; waiter = waiter.next) {
      if (waiter instanceof Waiters.Tally<T> tally) {
        return tally;
      }
    }
    return null;
  }

  /** Tells whether {@code tally} holds for the stack as it is; puts a new one on top if too many have come above it. */
  private static <T> boolean isStillSo(Deferred<T> deferred, Waiter<T> top, Waiters.Tally<T> tally, int givenUp) {
    int above = 0;
    int live = tally.live;
    for (Waiter<T> waiter = top; waiter != tally; waiter = waiter.next) {
      above++;
      if (!waiter.isIdle() && !waiter.isPassive()) {
        live++;
      }
    }
    if (above <= SHALLOW) {
      return deferred.state() == top;
    }
    Waiters.Tally<T> higher = new Waiters.Tally<>(live, givenUp);
    return deferred.replaceState(top, push(top, higher))
        && higher.mostStillWait(higher.givenUp.addAndGet(tally.givenUp.get() - givenUp));
  }

  private static <T> @Nullable Waiter<T> live(Waiter<T> stack) {
    Waiter<T> kept = null;
    for (Waiter<T> waiter = stack; waiter != null; waiter = waiter.next) {
      if (!waiter.isIdle()) {
        kept = waiter.copy(kept);
      }
    }
    return turn(kept, null);
  }

  /**
   * Returns the gate at which all blocked threads of the deferred wait, or null if it has been realized meanwhile. A new
   * gate gets in only if nobody has been added since the stack was searched, so there are never two.
   */
  static <T> @Nullable Waiters.Gate gate(Deferred<T> deferred) {
    Waiters.OfThreads<T> fresh = null;
    while (true) {
      Object current = deferred.state();
      if (Deferred.isOutcome(current)) {
        return null;
      }
      Waiter<T> top = Deferred.asWaiter(current);
      for (Waiter<T> waiter = top; waiter != null; waiter = waiter.next) {
        if (waiter instanceof Waiters.OfThreads<T> found) {
          return found.gate;
        }
      }
      if (fresh == null) {
        fresh = new Waiters.OfThreads<>();
      }
      if (deferred.replaceState(current, push(top, fresh))) {
        return fresh.gate;
      }
    }
  }
}

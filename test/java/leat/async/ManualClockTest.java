package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ManualClockTest {

  @Test
  void goesOnOnlyWhenTold() {
    ManualClock clock = new ManualClock();
    assertEquals(0, clock.nanos());
    assertEquals(7, clock.advance(7));
    assertEquals(7, clock.nanos());
    assertEquals(7, clock.advance(0));
    assertEquals(1000, new ManualClock(1000).nanos());
  }

  @Test
  void neverGoesBack() {
    ManualClock clock = new ManualClock(5);
    assertThrows(IllegalArgumentException.class, () -> clock.advance(-1));
    assertEquals(5, clock.nanos());
  }

  @Test
  void overflowsAsTheSystemClockMay() {
    ManualClock clock = new ManualClock(Long.MAX_VALUE);
    clock.advance(1);
    assertEquals(Long.MIN_VALUE, clock.nanos());
  }

  @Test
  void theSystemClockNeverGoesBack() {
    long before = Clock.SYSTEM.nanos();
    assertTrue(Clock.SYSTEM.nanos() - before >= 0);
  }
}

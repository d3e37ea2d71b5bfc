package leat.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SegmentPoolTest {

  @Test
  void givesNewSegmentsEmpty() {
    Segment segment = new SegmentPool(4).take();
    assertEquals(Segment.SIZE, segment.data.length);
    assertEquals(0, segment.size());
    assertEquals(Segment.SIZE, segment.room());
  }

  @Test
  void reusesRecycledSegmentsEmpty() {
    SegmentPool pool = new SegmentPool(4);
    Segment segment = pool.take();
    segment.to = 100;
    segment.from = 40;
    assertEquals(60, segment.size());
    assertEquals(Segment.SIZE - 100, segment.room());
    pool.recycle(segment);
    assertSame(segment, pool.take());
    assertEquals(0, segment.from);
    assertEquals(0, segment.to);
    assertNotSame(segment, pool.take());
  }

  @Test
  void neverGivesOneSegmentTwice() {
    SegmentPool pool = new SegmentPool(4);
    Segment a = pool.take();
    Segment b = pool.take();
    pool.recycle(a);
    pool.recycle(b);
    assertSame(b, pool.take());
    assertSame(a, pool.take());
    assertNotSame(a, pool.take());
  }

  @Test
  void keepsAtMostMaxKept() {
    SegmentPool pool = new SegmentPool(1);
    Segment kept = pool.take();
    Segment dropped = pool.take();
    pool.recycle(kept);
    pool.recycle(dropped);
    assertSame(kept, pool.take());
    assertNotSame(dropped, pool.take());
    assertEquals(4, pool.taken());
    assertEquals(2, pool.recycled());
  }

  @Test
  void keepsNothingWithMaxKeptZero() {
    SegmentPool pool = new SegmentPool(0);
    Segment segment = pool.take();
    pool.recycle(segment);
    assertNotSame(segment, pool.take());
  }

  @Test
  void refusesNegativeMaxKept() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new SegmentPool(-1));
    assertEquals("Expected maxKept >= 0, actual -1.", e.getMessage());
  }
}

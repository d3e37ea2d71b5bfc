package leat.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import leat.codec.FressianScanner;
import leat.codec.MessagePackScanner;
import leat.codec.NestingScanner;
import leat.codec.NippyScanner;
import leat.codec.ValueScanner;
import leat.frame.FrameError;

/**
 * What looks at serialized values before their libraries do, with any bytes: it says the same however they are split, and
 * nothing but a FrameError comes of them.
 */
public final class ScannersFuzz {

  private static final int MAX_BYTES = 4096;
  private static final int MAX_DEPTH = 20;
  private static final List<Supplier<ValueScanner>> SCANNERS = List.of(
      () -> new MessagePackScanner(MAX_BYTES, MAX_DEPTH),
      () -> new FressianScanner(MAX_BYTES, MAX_DEPTH),
      () -> new NippyScanner(MAX_BYTES, MAX_DEPTH, name -> name.length() < 3, name -> false));

  private ScannersFuzz() {
  }

  private static String scan(Supplier<ValueScanner> scanners, byte[] bytes, int step) {
    ValueScanner scanner = scanners.get();
    try {
      for (int to = Math.min(step, bytes.length);; to = (int) Math.min((long) to + step, bytes.length)) {
        int size = scanner.scan(bytes, 0, to);
        if (size >= 0) {
          return size <= to ? "whole after " + size : "more than there is: " + size;
        }
        if (-size <= to) {
          return "needs " + -size + " of " + to;
        }
        if (to == bytes.length) {
          return "needs more";
        }
      }
    } catch (FrameError e) {
      return e.getMessage();
    }
  }

  /**
   * Tries some bytes: the first says which scanner, the second how long the pieces are.
   *
   * @param data the bytes
   */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 2) {
      return;
    }
    byte[] bytes = Arrays.copyOfRange(data, 2, data.length);
    int which = (data[0] & 0xFF) % (SCANNERS.size() + 1);
    if (which == SCANNERS.size()) {
      checkNesting(bytes);
      return;
    }
    String whole = scan(SCANNERS.get(which), bytes, Integer.MAX_VALUE);
    for (int step : new int[] {1, 1 + (data[1] & 0x7F)}) {
      String split = scan(SCANNERS.get(which), bytes, step);
      if (!whole.equals(split) || whole.startsWith("more than")) {
        throw new AssertionError("Expected " + whole + " in pieces of " + step + ", actual " + split);
      }
    }
  }

  private static void checkNesting(byte[] bytes) {
    for (int i = 0; i < 2; i++) {
      try {
        if (i == 0) {
          NestingScanner.checkJson(bytes, 0, bytes.length, MAX_DEPTH);
        } else {
          NestingScanner.checkEdn(bytes, 0, bytes.length, MAX_DEPTH);
        }
      } catch (FrameError e) {
        if (e.getStackTrace().length > 0) {
          throw e;
        }
      }
    }
  }
}

package leat.codec;

import java.util.Arrays;
import leat.frame.FrameError;

/**
 * Measures how deep the values in text are within one another, for readers that recurse. It knows brackets, strings,
 * comments and prefixes, and leaves all else to the reader.
 */
public final class NestingScanner {
  private final boolean isEdn;
  private final int maxDepth;

  // The place.
  private int depth;
  private int[] prefixes = new int[8];
  private int prefix;

  private NestingScanner(boolean isEdn, int maxDepth) {
    this.isEdn = isEdn;
    this.maxDepth = maxDepth;
  }

  /**
   * Checks JSON.
   *
   * @param bytes    UTF-8
   * @param from     index of the first byte
   * @param to       index after the last
   * @param maxDepth how many arrays and objects may be within one another
   * @throws FrameError if there are more
   */
  public static void checkJson(byte[] bytes, int from, int to, int maxDepth) {
    new NestingScanner(false, maxDepth).check(bytes, from, to);
  }

  /**
   * Checks EDN: tags, discards and metadata count as well as collections, since readers recurse for these too.
   *
   * @param bytes    UTF-8
   * @param from     index of the first byte
   * @param to       index after the last
   * @param maxDepth how many may be within one another
   * @throws FrameError if there are more
   */
  public static void checkEdn(byte[] bytes, int from, int to, int maxDepth) {
    new NestingScanner(true, maxDepth).check(bytes, from, to);
  }

  private void check(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      switch (bytes[at]) {
        case '"' -> at = endOfString(bytes, at + 1, to);
        case '[', '{', '(' -> open(at - from);
        case ']', '}', ')' -> close();
        case '\\' -> at += isEdn ? 1 : 0;
        case ';' -> at = isEdn ? endOfLine(bytes, at, to) : at;
        case '#', '^' -> prefix(bytes, at, from, to);
        default -> atom(bytes, at, from);
      }
      at++;
    }
  }

  private void open(int position) {
    if (depth == prefixes.length) {
      prefixes = Arrays.copyOf(prefixes, 2 * depth);
    }
    prefixes[depth++] = prefix;
    checkDepth(position);
  }

  private void close() {
    if (depth > 0) {
      depth--;
    }
    // The prefixes of a collection were for it.
    prefix = depth == 0 ? 0 : prefixes[depth - 1];
  }

  private void prefix(byte[] bytes, int at, int from, int to) {
    boolean isSet = bytes[at] == '#' && at + 1 < to && bytes[at + 1] == '{';
    if (isEdn && !isSet && isStart(bytes, at, from)) {
      prefix++;
      checkDepth(at - from);
    }
  }

  /** A token that is not the name of a tag uses up all prefixes before it. */
  private void atom(byte[] bytes, int at, int from) {
    if (isEdn && isStart(bytes, at, from) && !isSpace(bytes[at]) && (at == from || bytes[at - 1] != '#')) {
      prefix = depth == 0 ? 0 : prefixes[depth - 1];
    }
  }

  private static boolean isStart(byte[] bytes, int at, int from) {
    if (at == from) {
      return true;
    }
    byte before = bytes[at - 1];
    return isSpace(before) || before == '[' || before == '{' || before == '(' || before == ']' || before == '}'
        || before == ')' || before == '"' || before == '#' || before == '^' || before == '_';
  }

  private static boolean isSpace(byte b) {
    return b >= 0 && b <= ' ' || b == ',';
  }

  private void checkDepth(int position) {
    if (depth + prefix > maxDepth) {
      throw new FrameError(FrameError.Kind.TOO_LARGE, position, "values at most " + maxDepth + " deep", "a deeper one");
    }
  }

  private static int endOfString(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] != '"') {
      at += bytes[at] == '\\' ? 2 : 1;
    }
    return at;
  }

  private static int endOfLine(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] != '\n') {
      at++;
    }
    return at;
  }
}

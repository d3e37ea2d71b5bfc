package leat.codec;

/** Walks over <a href="https://github.com/msgpack/msgpack/blob/master/spec.md">MessagePack</a>. */
public final class MessagePackScanner extends ValueScanner {

  /**
   * Makes a scanner.
   *
   * @param maxBytes how many bytes a value has at most
   * @param maxDepth how many arrays and maps are within one another at most
   */
  public MessagePackScanner(int maxBytes, int maxDepth) {
    super("MessagePack", maxBytes, maxDepth);
  }

  @Override
  protected long item(byte[] bytes, int at, int to, int kind, int left) {
    int code = bytes[at] & 0xff;
    if (code <= 0x7f || code >= 0xe0) {
      return 1;
    }
    if (code <= 0x8f) {
      follow(2 * (code & 0x0f), PLAIN);
      return 1;
    }
    if (code <= 0x9f) {
      follow(code & 0x0f, PLAIN);
      return 1;
    }
    if (code <= 0xbf) {
      return 1 + (code & 0x1f);
    }
    return switch (code) {
      case 0xc0, 0xc2, 0xc3 -> 1;
      case 0xc4, 0xd9 -> counted(bytes, at, to, 1, 0);
      case 0xc5, 0xda -> counted(bytes, at, to, 2, 0);
      case 0xc6, 0xdb -> counted(bytes, at, to, 4, 0);
      case 0xc7 -> counted(bytes, at, to, 1, 1);
      case 0xc8 -> counted(bytes, at, to, 2, 1);
      case 0xc9 -> counted(bytes, at, to, 4, 1);
      case 0xcc, 0xd0 -> 2;
      case 0xcd, 0xd1, 0xd4 -> 3;
      case 0xca, 0xce, 0xd2 -> 5;
      case 0xcb, 0xcf, 0xd3 -> 9;
      case 0xd5 -> 4;
      case 0xd6 -> 6;
      case 0xd7 -> 10;
      case 0xd8 -> 18;
      case 0xdc -> values(bytes, at, to, 2, 1);
      case 0xdd -> values(bytes, at, to, 4, 1);
      case 0xde -> values(bytes, at, to, 2, 2);
      case 0xdf -> values(bytes, at, to, 4, 2);
      default -> throw malformed(at, "a format byte other than 0xc1", "0xc1");
    };
  }

  /** As many bytes as the length says, and {@code more}. */
  private static long counted(byte[] bytes, int at, int to, int width, int more) {
    long count = unsigned(bytes, at + 1, to, width);
    return 1 + width + more + Math.max(0, count);
  }

  private long values(byte[] bytes, int at, int to, int width, int perEntry) {
    long count = unsigned(bytes, at + 1, to, width);
    if (count > 0) {
      follow(perEntry * count, PLAIN);
    }
    return 1 + width;
  }
}

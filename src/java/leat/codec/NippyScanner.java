package leat.codec;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.function.Predicate;

/**
 * Walks over what <a href="https://github.com/taoensso/nippy">Nippy</a> 2 and 3 write, without the header. What would have
 * Nippy load a class that the peer names is refused, unless that class is allowed: records, and what is serialized by
 * Java. Types with fields of their own, text for the reader, custom types and formats of old are refused: where they end
 * is known to their readers only, or they run code.
 */
public final class NippyScanner extends ValueScanner {

  // The kinds of levels; from CACHED on, a value that is known by its index when it is complete.
  private static final int SERIALIZED = 1;
  private static final int CACHED = 2;

  // What the table says of a type id: one of these, and a number in the low bits.
  private static final int BYTES = 1 << 8;
  private static final int LENGTH = 2 << 8;
  private static final int VALUES = 3 << 8;
  private static final int COUNT = 4 << 8;
  private static final int PAIRS = 5 << 8;
  private static final int CACHE = 6 << 8;
  private static final int RECORD = 7 << 8;
  private static final int SERIALIZABLE = 8 << 8;
  private static final int BIG = 9 << 8;

  private static final int[] TABLE = table();

  private final Predicate<String> isRecordAllowed;
  private final Predicate<String> isSerializableAllowed;
  private final BitSet cached = new BitSet();

  /**
   * Makes a scanner.
   *
   * @param maxBytes              how many bytes a value has at most
   * @param maxDepth              how many collections are within one another at most
   * @param isRecordAllowed       which classes of records may be made, by their names
   * @param isSerializableAllowed which classes may be made by Java's serialization, by their names
   */
  public NippyScanner(int maxBytes, int maxDepth, Predicate<String> isRecordAllowed,
      Predicate<String> isSerializableAllowed) {
    super("Nippy", maxBytes, maxDepth);
    this.isRecordAllowed = isRecordAllowed;
    this.isSerializableAllowed = isSerializableAllowed;
  }

  private static int[] table() {
    int[] table = new int[128];
    set(table, BYTES, 3, 8, 9, 34, 53, 17, 18, 19, 35, 37, 0, 55);
    set(table, BYTES + 1, 40, 100, 4);
    set(table, BYTES + 2, 10, 41, 101);
    set(table, BYTES + 4, 42, 102, 60);
    set(table, BYTES + 8, 43, 61, 90);
    set(table, BYTES + 12, 79, 83, 84);
    set(table, BYTES + 16, 91);
    set(table, LENGTH + 1, 105, 106, 56, 7);
    set(table, LENGTH + 2, 16, 85, 86, 15);
    set(table, LENGTH + 4, 13, 14, 57, 2, 77, 78);
    set(table, VALUES + 1, 58, 71);
    set(table, VALUES + 2, 113, 25);
    set(table, VALUES + 3, 114);
    set(table, COUNT + 1, 110, 111, 36, 38);
    set(table, COUNT + 2, 69, 32, 54, 39);
    set(table, COUNT + 4, 21, 115, 23, 20, 24, 28, 26);
    set(table, PAIRS + 1, 112);
    set(table, PAIRS + 2, 33);
    set(table, PAIRS + 4, 30, 31);
    set(table, CACHE + 0x10, 59, 63, 64, 65, 66, 72, 73, 74);
    set(table, CACHE + 1, 67);
    set(table, CACHE + 2, 68);
    set(table, RECORD + 1, 48);
    set(table, RECORD + 2, 49);
    set(table, SERIALIZABLE + 1, 75);
    set(table, SERIALIZABLE + 2, 76);
    set(table, BIG, 44, 45);
    set(table, BIG + 1, 62);
    set(table, BIG + 2, 70);
    return table;
  }

  private static void set(int[] table, int what, int... typeIds) {
    for (int id : typeIds) {
      table[id] = what;
    }
  }

  @Override
  protected void forget() {
    cached.clear();
  }

  @Override
  protected void completed(int kind) {
    if (kind >= CACHED) {
      cached.set(kind - CACHED);
    }
  }

  @Override
  protected long item(byte[] bytes, int at, int to, int kind, int left) {
    int id = bytes[at];
    int row = id < 0 ? 0 : TABLE[id];
    int number = row & 0xff;
    if (kind >= CACHED && !isScalar(row)) {
      throw malformed(at, "a scalar to be cached", "type id " + id);
    }
    if (kind == SERIALIZED && !(id == 53 || id == 7 || id == 15 || id == 2)) {
      throw malformed(at, "bytes", "type id " + id);
    }
    return switch (row & ~0xff) {
      case BYTES -> 1 + number;
      case LENGTH -> counted(bytes, at, to, number);
      case VALUES -> {
        follow(number, PLAIN);
        yield 1;
      }
      case COUNT -> values(bytes, at, to, number, 1);
      case PAIRS -> values(bytes, at, to, number, 2);
      case CACHE -> cached(bytes, at, to, id, number);
      case RECORD -> named(bytes, at, to, number, isRecordAllowed, "record", PLAIN);
      case SERIALIZABLE -> named(bytes, at, to, number, isSerializableAllowed, "serialized object", SERIALIZED);
      case BIG -> big(bytes, at, to, number);
      default -> throw malformed(at, "a type id that can be read safely", Integer.toString(id));
    };
  }

  /** Collections that refer to cached collections more than once would take for ever to compare. */
  private static boolean isScalar(int row) {
    int what = row & ~0xff;
    return what == BYTES || what == LENGTH || what == BIG;
  }

  private long counted(byte[] bytes, int at, int to, int width) {
    return 1 + width + Math.max(0, length(bytes, at, at + 1, to, width));
  }

  private long values(byte[] bytes, int at, int to, int width, int perEntry) {
    long count = length(bytes, at, at + 1, to, width);
    if (count > 0) {
      follow(perEntry * count, PLAIN);
    }
    return 1 + width;
  }

  /** Returns a length, or -1 if it is not all there. They are signed. */
  private long length(byte[] bytes, int at, int from, int to, int width) {
    long length = unsigned(bytes, from, to, width);
    if (length >= 1L << 8 * width - 1) {
      throw malformed(at, "a length of 0 or more", "a negative one");
    }
    return length;
  }

  private long cached(byte[] bytes, int at, int to, int id, int number) {
    if (number == 0x10) {
      int index = id == 59 ? 0 : id <= 66 ? id - 62 : id - 67;
      refer(index);
      return 1;
    }
    long index = length(bytes, at, at + 1, to, number);
    if (index >= 0) {
      refer((int) index);
    }
    return 1 + number;
  }

  /** A cached value stands where it comes first; after that its index is enough. */
  private void refer(int index) {
    if (!cached.get(index)) {
      follow(1, CACHED + index);
    }
  }

  private long named(byte[] bytes, int at, int to, int width, Predicate<String> isAllowed, String what, int kind) {
    long length = length(bytes, at, at + 1, to, width);
    long size = 1 + width + Math.max(0, length);
    if (length >= 0 && size <= to - at) {
      String name = new String(bytes, at + 1 + width, (int) length, StandardCharsets.UTF_8);
      if (!isAllowed.test(name)) {
        String shown = name.length() > 100 ? name.substring(0, 100) + "..." : name;
        throw malformed(at, "a " + what + " of a class that is allowed", shown);
      }
      follow(1, kind);
    }
    return size;
  }

  /** A big integer; with 1 the scale of a decimal, with 2 another big integer. */
  private long big(byte[] bytes, int at, int to, int number) {
    long size = 5 + Math.max(0, length(bytes, at, at + 1, to, 4));
    if (number == 1) {
      return size + 4;
    }
    if (number == 2 && size < to - at) {
      return size + 4 + Math.max(0, length(bytes, at, at + (int) size, to, 4));
    }
    return number == 2 ? size + 4 : size;
  }
}

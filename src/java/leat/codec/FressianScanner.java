package leat.codec;

import java.util.Arrays;

/**
 * Walks over <a href="https://github.com/Datomic/fressian/wiki">Fressian</a>. It keeps count of the fields of structs as a
 * reader does. Only what has no values within it may be put in the priority cache: lists that refer to lists there more
 * than once make a value whose hash takes for ever.
 */
public final class FressianScanner extends ValueScanner {

  // The kinds of levels.
  private static final int STRUCT_TYPE = 1;
  private static final int CACHED = 2;

  private static final int MAX_STRUCTS = 1024;

  private int[] structFields = new int[4];
  private int structs;

  // What packedInt() found.
  private long value;

  /**
   * Makes a scanner.
   *
   * @param maxBytes how many bytes a value has at most
   * @param maxDepth how many collections and structs are within one another at most
   */
  public FressianScanner(int maxBytes, int maxDepth) {
    super("Fressian", maxBytes, maxDepth);
  }

  @Override
  protected void forget() {
    structs = 0;
  }

  @Override
  protected long item(byte[] bytes, int at, int to, int kind, int left) {
    if (kind == STRUCT_TYPE && left == 1) {
      return fieldCount(bytes, at, to);
    }
    int code = bytes[at] & 0xff;
    if (kind == STRUCT_TYPE) {
      return structTag(bytes, at, to, code);
    }
    if (kind == CACHED && !isScalar(code)) {
      throw malformed(at, "a scalar to be cached", String.format("code 0x%02x", code));
    }
    if (code < 0x80 || code == 0xf8 || code == 0xff) {
      return packedIntSize(code);
    }
    if (code < 0xa0) {
      return 1;
    }
    if (code < 0xb0) {
      return struct(at, code - 0xa0, 1);
    }
    if (code <= 0xb5) {
      return values(bytes, at, to);
    }
    return code < 0xd0 ? tagged(bytes, at, to, code) : raw(bytes, at, to, code);
  }

  private static boolean isScalar(int code) {
    return code < 0x80 || code >= 0xc3 && code <= 0xca || code >= 0xd0 && code <= 0xe3 || code >= 0xf5 && code <= 0xfc
        || code == 0xff;
  }

  private long tagged(byte[] bytes, int at, int to, int code) {
    switch (code) {
      case 0xc0, 0xc1, 0xc3, 0xc4, 0xc5, 0xc6, 0xc8 -> follow(1, PLAIN);
      case 0xc7, 0xc9, 0xca -> follow(2, PLAIN);
      case 0xcc -> {
        return 1 + packedInt(bytes, at + 1, to);
      }
      case 0xcd -> follow(1, CACHED);
      default -> throw unknown(at, code);
    }
    return 1;
  }

  private long raw(byte[] bytes, int at, int to, int code) {
    if (code < 0xd8) {
      return 1 + code - 0xd0;
    }
    if (code >= 0xda && code < 0xe2) {
      return 1 + code - 0xda;
    }
    if (code >= 0xe4 && code < 0xec) {
      follow(code - 0xe4, PLAIN);
      return 1;
    }
    switch (code) {
      case 0xd8, 0xe2 -> {
        // A chunk: more of the same follows.
        isNoValue();
        return counted(bytes, at, to);
      }
      case 0xd9, 0xe3 -> {
        return counted(bytes, at, to);
      }
      case 0xec -> {
        return values(bytes, at, to);
      }
      case 0xed -> follow(UNTIL_END, PLAIN);
      case 0xef -> follow(2, STRUCT_TYPE);
      case 0xf0 -> {
        int size = packedInt(bytes, at + 1, to);
        return size <= to - at - 1 ? struct(at, value, 1 + size) : 1 + size;
      }
      case 0xf1 -> follow(2, PLAIN);
      case 0xf4 -> follow(1, PLAIN);
      case 0xf5, 0xf6, 0xf7, 0xfb, 0xfc -> {
        return 1;
      }
      case 0xf9 -> {
        return 5;
      }
      case 0xfa -> {
        return 9;
      }
      case 0xfd -> endOfList();
      case 0xfe -> {
        isNoValue();
        structs = 0;
      }
      default -> throw unknown(at, code);
    }
    return 1;
  }

  private RuntimeException unknown(int at, int code) {
    return malformed(at, "a code that can be read safely", String.format("0x%02x", code));
  }

  /** A count, and as many values. */
  private long values(byte[] bytes, int at, int to) {
    int size = packedInt(bytes, at + 1, to);
    if (size <= to - at - 1) {
      follow(count(at), PLAIN);
    }
    return 1 + size;
  }

  /** A count, and as many bytes. */
  private long counted(byte[] bytes, int at, int to) {
    int size = packedInt(bytes, at + 1, to);
    return 1 + size + (size <= to - at - 1 ? count(at) : 0);
  }

  private long count(int at) {
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw malformed(at, "a count from 0 to 2147483647", Long.toString(value));
    }
    return value;
  }

  /** A tag must be a string, and no name of an array: its reader would take memory for as many elements as it says. */
  private long structTag(byte[] bytes, int at, int to, int code) {
    int start = at + 1;
    long length = code - 0xda;
    if (code == 0xe3) {
      int size = packedInt(bytes, start, to);
      if (size > to - start) {
        return 1 + size;
      }
      start += size;
      length = count(at);
    } else if (code < 0xda || code >= 0xe2) {
      throw malformed(at, "the tag of a struct", String.format("code 0x%02x", code));
    }
    if (length > 0 && length <= to - start && bytes[start + (int) length - 1] == ']') {
      throw malformed(at, "the tag of a struct", "the name of an array");
    }
    return start - at + length;
  }

  private long fieldCount(byte[] bytes, int at, int to) {
    int size = packedInt(bytes, at, to);
    if (size <= to - at) {
      if (structs == MAX_STRUCTS) {
        throw malformed(at, "at most " + MAX_STRUCTS + " types of structs", "more");
      }
      if (structs == structFields.length) {
        structFields = Arrays.copyOf(structFields, 2 * structs);
      }
      int count = (int) count(at);
      structFields[structs++] = count;
      follow(count, PLAIN);
    }
    return size;
  }

  private long struct(int at, long index, int size) {
    if (index < 0 || index >= structs) {
      throw malformed(at, "one of " + structs + " types of structs", "the one with index " + index);
    }
    follow(structFields[(int) index], PLAIN);
    return size;
  }

  /** Reads an integer into {@link #value}, if it is all there. Returns how many bytes it has. */
  private int packedInt(byte[] bytes, int at, int to) {
    if (at >= to) {
      return 1;
    }
    int code = bytes[at] & 0xff;
    int size = packedIntSize(code);
    if (size == 0) {
      throw malformed(at, "an integer", String.format("code 0x%02x", code));
    }
    if (size <= to - at) {
      value = code == 0xf8 ? 0 : packedStart(code, size);
      for (int i = 1; i < size; i++) {
        value = value << 8 | bytes[at + i] & 0xff;
      }
    }
    return size;
  }

  /** The most significant part of an integer stands in its code, less that of zero. */
  private static long packedStart(int code, int size) {
    return switch (size) {
      case 1 -> (byte) code;
      case 2 -> code - 0x50;
      case 3 -> code - 0x68;
      case 4 -> code - 0x72;
      case 5 -> code - 0x76;
      case 6 -> code - 0x7a;
      default -> code - 0x7e;
    };
  }

  private static int packedIntSize(int code) {
    if (code < 0x40 || code == 0xff) {
      return 1;
    }
    if (code < 0x60) {
      return 2;
    }
    if (code < 0x70) {
      return 3;
    }
    if (code < 0x74) {
      return 4;
    }
    if (code < 0x78) {
      return 5;
    }
    if (code < 0x7c) {
      return 6;
    }
    if (code < 0x80) {
      return 7;
    }
    return code == 0xf8 ? 9 : 0;
  }
}

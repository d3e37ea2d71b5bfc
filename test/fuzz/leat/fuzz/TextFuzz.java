package leat.fuzz;

import clojure.lang.ILookup;
import clojure.lang.Keyword;
import clojure.lang.PersistentList;
import clojure.lang.RT;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import leat.convert.BuiltIn;
import leat.convert.ConversionGraph;
import leat.convert.Type;

/** Bytes as text, cut anywhere: a sequence of chunks is the same text as all bytes at once. */
public final class TextFuzz {

  private static final List<Charset> CHARSETS = List.of(Charset.forName("UTF-8"), Charset.forName("UTF-16"),
      Charset.forName("UTF-16LE"), Charset.forName("GB18030"), Charset.forName("Shift_JIS"), Charset.forName("EUC-JP"));
  private static final ConversionGraph GRAPH = BuiltIn.graph();

  private TextFuzz() {
  }

  /** Loads Clojure before the clock runs. */
  public static void fuzzerInitialize() {
    RT.init();
  }

  /**
   * Tries some bytes: the first says which character set, the second how long the pieces are.
   *
   * @param data the bytes
   * @throws IOException if a stream fails, which is a find
   */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    if (data.length < 2) {
      return;
    }
    Charset charset = CHARSETS.get((data[0] & 0xFF) % CHARSETS.size());
    byte[] bytes = Arrays.copyOfRange(data, 2, data.length);
    int step = 1 + (data[1] & 7);
    List<Object> chunks = new ArrayList<>();
    for (int from = 0; from < bytes.length; from += step) {
      chunks.add(ByteBuffer.wrap(bytes, from, Math.min(step, bytes.length - from)));
    }
    ILookup options = (ILookup) RT.map(Keyword.intern("encoding"), charset);
    Object sequence = chunks.isEmpty() ? PersistentList.EMPTY : RT.seq(chunks);
    String expected = new String(bytes, charset);
    check(expected, GRAPH.convert(sequence, String.class, options));
    StringBuilder joined = new StringBuilder();
    for (Object part : (Iterable<?>) GRAPH.convert(sequence, Type.of(Type.Wrapper.SEQ, String.class), options)) {
      joined.append(part);
    }
    check(expected, joined.toString());
    try (InputStream in = (InputStream) GRAPH.convert(sequence, InputStream.class, options)) {
      if (!Arrays.equals(bytes, in.readAllBytes())) {
        throw new AssertionError("Expected the bytes themselves");
      }
    }
  }

  private static void check(String expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError("Expected " + expected + ", actual " + actual);
    }
  }
}

package leat.codec;

import java.io.OutputStream;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import leat.bytes.Nullable;
import leat.frame.FrameBytes;
import leat.frame.FrameCodec;
import leat.frame.FrameError;
import leat.frame.FrameScanner;
import leat.frame.Payload;

/**
 * A way to write values as bytes: how one value is written and read, and in which frames values travel one after another.
 * Immutable, to be used by any thread.
 */
public final class Codec {

  /** Reads the one value that a range of bytes holds. */
  @FunctionalInterface
  public interface Reader {

    /**
     * Reads a value. Keeps no reference to the array.
     *
     * @param bytes the bytes
     * @param from  index of the first
     * @param to    index after the last
     * @return the value
     * @throws Exception if there is none
     */
    @Nullable Object read(byte[] bytes, int from, int to) throws Exception;
  }

  /** Writes a value. */
  @FunctionalInterface
  public interface Writer {

    /**
     * Writes a value.
     *
     * @param value the value
     * @param out   where it goes; need be neither flushed nor closed
     * @throws Exception if it cannot be written
     */
    void write(@Nullable Object value, OutputStream out) throws Exception;
  }

  private final String name;
  private final Payload<Object> payload;
  private final FrameCodec<Object> framing;

  private Codec(String name, Payload<Object> payload, FrameCodec<Object> framing) {
    this.name = Objects.requireNonNull(name, "name");
    this.payload = payload;
    this.framing = framing;
  }

  /**
   * Makes a codec of values that do not tell where they end.
   *
   * @param name     the name of the format, for messages
   * @param maxBytes how many bytes a value has at most
   * @param reader   reads a value; what it throws becomes a {@link FrameError} with that as its cause
   * @param writer   writes a value; likewise
   * @param framing  in which frames values travel, by what is in the frames
   * @return the codec
   */
  public static Codec framed(String name, int maxBytes, Reader reader, Writer writer,
      Function<Payload<Object>, FrameCodec<Object>> framing) {
    Payload<Object> payload = new LibraryPayload(name, maxBytes, null, reader, writer);
    return new Codec(name, payload, framing.apply(payload));
  }

  /**
   * Makes a codec of values that tell where they end. Bytes are scanned before they are read.
   *
   * @param name     the name of the format, for messages
   * @param maxBytes how many bytes a value has at most
   * @param scanner  makes scanners
   * @param reader   reads a value that has been scanned; what it throws becomes a {@link FrameError} with that as its cause
   * @param writer   writes a value; likewise
   * @return the codec, with values one after another in a stream
   */
  public static Codec selfDelimiting(String name, int maxBytes, Supplier<? extends ValueScanner> scanner, Reader reader,
      Writer writer) {
    LibraryPayload payload = new LibraryPayload(name, maxBytes, scanner, reader, writer);
    return new Codec(name, payload, new SelfDelimited(payload));
  }

  /**
   * Makes a codec with other frames.
   *
   * @param otherFraming in which frames values travel, by what is in the frames
   * @return the codec
   */
  public Codec in(Function<Payload<Object>, FrameCodec<Object>> otherFraming) {
    return new Codec(name, payload, otherFraming.apply(payload));
  }

  /**
   * Returns one value, as what is in a frame.
   *
   * @return the payload
   */
  public Payload<Object> payload() {
    return payload;
  }

  /**
   * Returns how values travel one after another.
   *
   * @return the codec of frames with a value each
   */
  public FrameCodec<Object> framing() {
    return framing;
  }

  /**
   * Writes a value.
   *
   * @param value the value
   * @return its bytes, which are the caller's, without a frame
   * @throws FrameError if it cannot be written
   */
  public byte[] encode(@Nullable Object value) {
    FrameBytes out = new FrameBytes();
    payload.write(value, out);
    return out.take();
  }

  /**
   * Reads a value.
   *
   * @param bytes the bytes
   * @param from  index of the first
   * @param to    index after the last
   * @return the value of all of them
   * @throws FrameError if they are not exactly one value, or one that is not allowed
   */
  public @Nullable Object decode(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    return payload.read(bytes, from, to);
  }

  @Override
  public String toString() {
    return "Codec[" + name + "]";
  }

  /** Values by the functions of a library, behind a scanner if there is one. */
  private static final class LibraryPayload extends Payload<Object> {
    private final String name;
    private final int maxBytes;
    private final @Nullable Supplier<? extends ValueScanner> scanner;
    private final Reader reader;
    private final Writer writer;

    LibraryPayload(String name, int maxBytes, @Nullable Supplier<? extends ValueScanner> scanner, Reader reader,
        Writer writer) {
      this.name = name;
      this.maxBytes = maxBytes;
      this.scanner = scanner;
      this.reader = reader;
      this.writer = writer;
    }

    @Override
    public @Nullable Object read(byte[] bytes, int from, int to) {
      if (to - from > maxBytes) {
        throw new FrameError(FrameError.Kind.TOO_LARGE, from, "a " + name + " value of at most " + maxBytes + " bytes",
            to - from + " bytes");
      }
      if (scanner != null) {
        int size = scanner.get().scan(bytes, from, to);
        if (size < 0) {
          throw new FrameError(FrameError.Kind.TRUNCATED, to, "the rest of a " + name + " value",
              "the end after " + (to - from) + " of at least " + -size + " bytes");
        }
        if (size < to - from) {
          throw new FrameError(FrameError.Kind.MALFORMED, from + size, "the end of a " + name + " value",
              to - from - size + " bytes more");
        }
      }
      return readScanned(bytes, from, to);
    }

    @Nullable Object readScanned(byte[] bytes, int from, int to) {
      try {
        return reader.read(bytes, from, to);
      } catch (FrameError e) {
        throw e;
      } catch (Exception | StackOverflowError e) {
        throw new FrameError(FrameError.Kind.MALFORMED, from, "a " + name + " value", String.valueOf(e.getMessage()), e);
      }
    }

    @Override
    public void write(@Nullable Object value, FrameBytes out) {
      try {
        writer.write(value, new FrameOutput(out));
      } catch (FrameError e) {
        throw e;
      } catch (Exception | StackOverflowError e) {
        throw new FrameError(FrameError.Kind.UNENCODABLE, -1, "a value that " + name + " can write",
            (value == null ? "null" : value.getClass().getName()) + " (" + e.getMessage() + ")", e);
      }
    }
  }

  /** Values one after another, with nothing between them. */
  private static final class SelfDelimited extends FrameCodec<Object> {
    private final LibraryPayload payload;

    SelfDelimited(LibraryPayload payload) {
      this.payload = payload;
    }

    @Override
    public int maxFrameBytes() {
      return payload.maxBytes;
    }

    @Override
    public FrameScanner<Object> scanner() {
      ValueScanner scanner = Objects.requireNonNull(payload.scanner).get();
      return new FrameScanner<>() {
        private int size;

        @Override
        public int scan(byte[] bytes, int from, int to) {
          size = scanner.scan(bytes, from, to);
          return size;
        }

        @Override
        public @Nullable Object frame(byte[] bytes, int from) {
          return payload.readScanned(bytes, from, from + size);
        }

        @Override
        public void reset() {
          scanner.reset();
        }
      };
    }

    @Override
    public void write(@Nullable Object value, FrameBytes out) {
      payload.write(value, out);
    }
  }
}

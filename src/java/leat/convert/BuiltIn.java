package leat.convert;

import clojure.lang.ILookup;
import clojure.lang.PersistentVector;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import leat.async.Source;
import leat.bytes.Nullable;
import leat.bytes.Slice;

/**
 * The conversions that are always there. What costs nothing keeps the bytes where they are; to copy them costs about 1, and
 * to make text of them, or bytes of text, 2.
 */
public final class BuiltIn {

  private static final Type BYTES = Type.of(byte[].class);
  private static final Type BUFFER = Type.of(ByteBuffer.class);
  private static final Type STRING = Type.of(String.class);
  private static final Type CHARS = Type.of(CharSequence.class);
  private static final Type INPUT = Type.of(InputStream.class);
  private static final Type READER = Type.of(Reader.class);
  private static final Type READABLE = Type.of(ReadableByteChannel.class);
  private static final Type WRITABLE = Type.of(WritableByteChannel.class);
  private static final Type FILE = Type.of(File.class);
  private static final Type SEQ_OF_BUFFERS = Type.of(Type.Wrapper.SEQ, ByteBuffer.class);
  private static final Type VECTOR_OF_BUFFERS = Type.of(Type.Wrapper.VECTOR, ByteBuffer.class);

  private BuiltIn() {
  }

  /**
   * Returns the graph of these conversions alone.
   *
   * @return a new graph
   */
  public static ConversionGraph graph() {
    AtomicReference<ConversionGraph> holder = new AtomicReference<>();
    holder.set(graph(holder::get));
    return holder.get();
  }

  /**
   * Returns a graph of these conversions, to which others may be added.
   *
   * @param current the graph with which elements of sequences and streams are converted that are neither bytes nor text
   * @return a new graph
   */
  public static ConversionGraph graph(Supplier<ConversionGraph> current) {
    ConversionGraph.Builder builder = new ConversionGraph.Builder(ConversionGraph.EMPTY);
    addBytes(builder);
    addText(builder);
    addStreams(builder);
    addFiles(builder);
    addElements(builder, current);
    return builder.build();
  }

  private static void addBytes(ConversionGraph.Builder builder) {
    builder
        .add(BYTES, BUFFER, 0, (x, options) -> Bytes.buffer((byte[]) x, options))
        .add(BYTES, INPUT, 0, (x, options) -> new ByteArrayInputStream((byte[]) x))
        .add(BUFFER, INPUT, 0, (x, options) -> new BufferInputStream((ByteBuffer) x))
        .add(BUFFER, BYTES, 1, (x, options) -> Bytes.array((ByteBuffer) x))
        .add(BUFFER, VECTOR_OF_BUFFERS, 0, (x, options) -> PersistentVector.create(Settings.hasChunkSize(options)
            ? Bytes.parts((ByteBuffer) x, Settings.chunkSize(options, 1)) : List.of(x)))
        .add(Type.of(Slice.class), BUFFER, 0, (x, options) -> ((Slice) x).asByteBuffer())
        .add(Type.of(Slice.class), BYTES, 1, (x, options) -> ((Slice) x).toByteArray());
  }

  private static void addText(ConversionGraph.Builder builder) {
    builder
        .add(STRING, BYTES, 2, (x, options) -> Bytes.encode((String) x, options))
        .add(CHARS, STRING, 1, (x, options) -> x.toString())
        .add(CHARS, READER, 1.5, (x, options) -> new StringReader(x.toString()))
        .add(BYTES, STRING, 2, (x, options) -> Bytes.string(ByteBuffer.wrap((byte[]) x), options))
        .add(BUFFER, STRING, 2, (x, options) -> Bytes.string((ByteBuffer) x, options))
        .add(INPUT, STRING, 3, (x, options) -> Bytes.readText((InputStream) x, options))
        .add(INPUT, READER, 1.5, (x, options) -> new BufferedReader(reader((InputStream) x, options)))
        .add(READER, CHARS, 1.5, (x, options) -> readAll((Reader) x, Settings.chunkSize(options, 2048)));
  }

  private static Reader reader(InputStream in, @Nullable ILookup options) {
    return new InputStreamReader(in, Settings.charset(options).newDecoder()
        .onMalformedInput(Settings.onError(options)).onUnmappableCharacter(Settings.onError(options)));
  }

  private static String readAll(Reader reader, int chunkSize) throws IOException {
    char[] chunk = new char[chunkSize];
    StringBuilder text = new StringBuilder();
    for (int count = reader.read(chunk); count >= 0; count = reader.read(chunk)) {
      text.append(chunk, 0, count);
    }
    return text.toString();
  }

  private static void addStreams(ConversionGraph.Builder builder) {
    builder
        .add(READABLE, INPUT, 0, (x, options) -> Channels.newInputStream((ReadableByteChannel) x))
        .add(INPUT, READABLE, 0, (x, options) -> Channels.newChannel((InputStream) x))
        .add(INPUT, BYTES, 1.5, (x, options) -> Bytes.readAll((InputStream) x))
        .add(INPUT, SEQ_OF_BUFFERS, 1, (x, options) -> Elements.lazy(chunks((InputStream) x, options)))
        .add(READABLE, SEQ_OF_BUFFERS, 1,
            (x, options) -> Elements.lazy(Files.chunks((ReadableByteChannel) x, options)))
        .add(Type.of(OutputStream.class), WRITABLE, 0, (x, options) -> Channels.newChannel((OutputStream) x))
        .add(WRITABLE, Type.of(OutputStream.class), 0, (x, options) -> Channels.newOutputStream((WritableByteChannel) x));
  }

  /** Returns what a stream gives, in chunks that are full but for the last, and closes it at its end. */
  private static Iterator<ByteBuffer> chunks(InputStream in, @Nullable ILookup options) {
    int size = Settings.chunkSize(options, 4096);
    return new Elements.Lookahead<>() {
      @Override
      @Nullable ByteBuffer pull() throws Exception {
        byte[] bytes = Bytes.readChunk(in, size);
        if (bytes == null) {
          in.close();
          return null;
        }
        return Bytes.buffer(bytes, options);
      }
    };
  }

  private static void addFiles(ConversionGraph.Builder builder) {
    builder
        .add(Type.of(Path.class), FILE, 0, (x, options) -> ((Path) x).toFile())
        .add(FILE, INPUT, 0, (x, options) -> new FileInputStream((File) x))
        .add(FILE, READABLE, 0, (x, options) -> Files.readable((File) x))
        .add(FILE, WRITABLE, 0, (x, options) -> Files.writable((File) x, options))
        .add(FILE, SEQ_OF_BUFFERS, 0, (x, options) -> Files.mapped((File) x, options));
  }

  private static void addElements(ConversionGraph.Builder builder, Supplier<ConversionGraph> current) {
    Type bufferStream = Type.of(Type.Wrapper.STREAM, ByteBuffer.class);
    Type stringStream = Type.of(Type.Wrapper.STREAM, String.class);
    builder
        .add(VECTOR_OF_BUFFERS, BUFFER, 1,
            (x, options) -> Bytes.gatherBuffer(Bytes.list(bytes(x, options, current)), options))
        .add(Type.SEQ, BYTES, 1.5, (x, options) -> Bytes.gather(Bytes.list(bytes(x, options, current))))
        .add(Type.SEQ, STRING, 3, (x, options) -> text(x, options, current))
        .add(Type.of(Type.Wrapper.VECTOR, String.class), STRING, 1, (x, options) -> text(x, options, current))
        .add(Type.SEQ, SEQ_OF_BUFFERS, 0.5, (x, options) -> Elements.lazy(bytes(x, options, current)))
        .add(Type.SEQ, Type.of(Type.Wrapper.SEQ, String.class), 1.5, (x, options) ->
            Elements.lazy(Chunks.iterator(Elements.iterator(x), new Chunks.OfText(options, current))))
        .add(Type.SEQ, INPUT, 0.5, (x, options) -> new ChunkInputStream(bytes(x, options, current), null))
        .add(Type.STREAM, INPUT, 0.4,
            (x, options) -> new ChunkInputStream(bytes(x, options, current), ((Source<?>) x)::close))
        .add(Type.STREAM, bufferStream, 0.5,
            (x, options) -> Chunks.source((Source<?>) x, () -> new Chunks.OfBytes(options, current)))
        .add(Type.STREAM, stringStream, 1.5,
            (x, options) -> Chunks.source((Source<?>) x, () -> new Chunks.OfText(options, current)));
  }

  private static String text(Object elements, @Nullable ILookup options, Supplier<ConversionGraph> current)
      throws IOException {
    String joined = Bytes.join(elements);
    return joined != null ? joined : Bytes.gatherText(Bytes.list(bytes(elements, options, current)), options);
  }

  private static Iterator<ByteBuffer> bytes(Object elements, @Nullable ILookup options,
      Supplier<ConversionGraph> current) {
    return Chunks.iterator(Elements.iterator(elements), new Chunks.OfBytes(options, current));
  }
}

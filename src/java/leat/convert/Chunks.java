package leat.convert;

import clojure.lang.ILookup;
import clojure.lang.Util;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.Supplier;
import leat.async.Source;
import leat.async.Transform;
import leat.bytes.Nullable;

/** Elements of any types as chunks of bytes or of text, one by one. */
final class Chunks {

  private Chunks() {
  }

  /** Makes chunks of elements; knows what the elements before have left over. For one thread. */
  abstract static class Maker<T> implements Transform {
    final @Nullable ILookup options;
    final Supplier<ConversionGraph> graph;

    Maker(@Nullable ILookup options, Supplier<ConversionGraph> graph) {
      this.options = options;
      this.graph = graph;
    }

    /** Gives what is whole with this element to {@code out}. */
    abstract void add(Object element, Consumer<? super T> out) throws Exception;

    /** Gives what is left over. */
    abstract void end(Consumer<? super T> out) throws Exception;

    @Override
    public final boolean step(@Nullable Object value, Consumer<Object> out) {
      try {
        add(value, out);
      } catch (Exception e) {
        throw Util.sneakyThrow(e);
      }
      return true;
    }

    @Override
    public final void finish(Consumer<Object> out) {
      try {
        end(out);
      } catch (Exception e) {
        throw Util.sneakyThrow(e);
      }
    }

    /** Returns the bytes of an element that is no text. */
    final ByteBuffer bytesOf(Object element) {
      if (element instanceof ByteBuffer buffer) {
        return buffer;
      }
      if (element instanceof byte[] bytes) {
        return ByteBuffer.wrap(bytes);
      }
      return (ByteBuffer) graph.get().convert(element, ByteBuffer.class, options);
    }
  }

  static final class OfBytes extends Maker<ByteBuffer> {
    private @Nullable TextEncoder encoder;

    OfBytes(@Nullable ILookup options, Supplier<ConversionGraph> graph) {
      super(options, graph);
    }

    @Override
    void add(Object element, Consumer<? super ByteBuffer> out) throws Exception {
      if (element instanceof CharSequence text && !(element instanceof CharBuffer)) {
        if (encoder == null) {
          encoder = new TextEncoder(options);
        }
        out.accept(encoder.encode(text));
      } else {
        end(out);
        out.accept(bytesOf(element));
      }
    }

    @Override
    void end(Consumer<? super ByteBuffer> out) throws Exception {
      if (encoder != null) {
        ByteBuffer last = encoder.finish();
        encoder = null;
        if (last.hasRemaining()) {
          out.accept(last);
        }
      }
    }
  }

  static final class OfText extends Maker<String> {
    private @Nullable TextDecoder decoder;

    OfText(@Nullable ILookup options, Supplier<ConversionGraph> graph) {
      super(options, graph);
    }

    @Override
    void add(Object element, Consumer<? super String> out) throws Exception {
      if (element instanceof CharSequence text) {
        end(out);
        out.accept(text.toString());
        return;
      }
      if (decoder == null) {
        decoder = new TextDecoder(options);
      }
      give(decoder.decode(bytesOf(element)), out);
    }

    @Override
    void end(Consumer<? super String> out) throws Exception {
      if (decoder != null) {
        give(decoder.finish(), out);
        decoder = null;
      }
    }

    private static void give(String text, Consumer<? super String> out) {
      if (!text.isEmpty()) {
        out.accept(text);
      }
    }
  }

  /** Returns what a maker makes of elements, when it is asked for. */
  static <T> Iterator<T> iterator(Iterator<?> elements, Maker<T> maker) {
    return new Elements.Lookahead<>() {
      private final ArrayDeque<T> ready = new ArrayDeque<>(2);
      private boolean hasEnded;

      @Override
      @Nullable T pull() throws Exception {
        while (ready.isEmpty() && !hasEnded) {
          if (elements.hasNext()) {
            maker.add(elements.next(), ready::add);
          } else {
            hasEnded = true;
            maker.end(ready::add);
          }
        }
        return ready.poll();
      }
    };
  }

  /** Returns a source of what a maker makes of what comes out of another. */
  static Source<?> source(Source<?> elements, Supplier<? extends Maker<?>> maker) {
    return Elements.transformed(elements, maker::get);
  }
}

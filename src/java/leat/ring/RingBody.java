package leat.ring;

import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.ISeq;
import clojure.lang.SeqIterator;
import java.io.File;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import leat.async.Deferred;
import leat.async.Source;
import leat.bytes.Nullable;
import leat.server.Body;
import leat.server.Request;

/** Reads the {@code :body} of Ring response maps. */
final class RingBody {
  private static final String KINDS = ":body to be nil, a string, bytes, a ByteBuffer, an InputStream, a File, a Path, a leat"
      + " file or source, a sequence, or of a type that extends the body protocol";

  private final @Nullable IFn bodyWriter;

  RingBody(@Nullable IFn bodyWriter) {
    this.bodyWriter = bodyWriter;
  }

  Body read(@Nullable Object body, Charset charset, IPersistentMap ring, @Nullable Request async) throws IOException {
    if (body == null) {
      return Body.EMPTY;
    }
    if (body instanceof String text) {
      return charset == StandardCharsets.UTF_8 ? Body.text(text) : Body.bytes(text.getBytes(charset));
    }
    if (body instanceof byte[] bytes) {
      return Body.bytes(bytes);
    }
    if (body instanceof ByteBuffer buffer) {
      return Body.bytes(buffer);
    }
    if (body instanceof InputStream stream) {
      return Body.stream(stream);
    }
    if (body instanceof ISeq seq) {
      return Body.iterator(new Parts(new SeqIterator(seq), charset));
    }
    if (body instanceof Source<?> source) {
      return Body.source(source);
    }
    if (body instanceof Body made) {
      return made;
    }
    return file(body, charset, ring, async);
  }

  private Body file(Object body, Charset charset, IPersistentMap ring, @Nullable Request async) throws IOException {
    if (body instanceof FileBody region) {
      return Body.file(region.path(), region.offset(), region.byteCount());
    }
    if (body instanceof File file) {
      return Body.file(file.toPath());
    }
    if (body instanceof Path path) {
      return Body.file(path);
    }
    Object write = bodyWriter == null ? null : bodyWriter.invoke(body);
    if (write instanceof IFn function) {
      return Body.writer(new Extended(function, body, ring, async));
    }
    if (body instanceof Iterable<?> values && !(body instanceof Map)) {
      return Body.iterator(new Parts(values.iterator(), charset));
    }
    throw RingError.malformed(KINDS, body);
  }

  /** The elements of a sequence: bytes as they are, anything else as its text, nil as nothing. */
  private record Parts(Iterator<?> values, Charset charset) implements Iterator<Object> {
    private static final byte[] NOTHING = {};

    @Override
    public boolean hasNext() {
      return values.hasNext();
    }

    @Override
    public Object next() throws NoSuchElementException {
      Object value = values.next();
      if (value instanceof byte[] || value instanceof ByteBuffer) {
        return value;
      }
      return value == null ? NOTHING : value.toString().getBytes(charset);
    }
  }

  /**
   * A body of a type that extends the body protocol. In an asynchronous handler it may write after its function has
   * returned, until it closes the stream or the exchange is over: the thread that writes bodies waits for that.
   */
  private record Extended(IFn write, Object body, IPersistentMap ring, @Nullable Request async)
      implements Body.BodyWriter {
    @Override
    public void writeTo(OutputStream out) {
      if (async == null) {
        write.invoke(body, ring, out);
        return;
      }
      UntilClosed stream = new UntilClosed(out);
      async.closed().onRealized(stream.closed::success, stream.closed::error);
      write.invoke(body, ring, stream);
      stream.closed.deref();
    }
  }

  /** A stream that tells when it is closed. */
  private static final class UntilClosed extends FilterOutputStream {
    final Deferred<Boolean> closed = new Deferred<>();

    UntilClosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int byteCount) throws IOException {
      out.write(bytes, from, byteCount);
    }

    @Override
    public void close() throws IOException {
      try {
        super.close();
      } finally {
        closed.success(true);
      }
    }
  }
}

package leat.ring;

import clojure.lang.AFn;
import clojure.lang.IFn;
import clojure.lang.IKVReduce;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import leat.bytes.Nullable;
import leat.http.Headers;
import leat.server.Body;
import leat.server.Request;
import leat.server.Response;

/** Reads Ring response maps: a {@link Response} for each. Any thread. */
public final class ResponseReader {
  private static final Keyword STATUS = Keyword.intern("status");
  private static final Keyword HEADERS = Keyword.intern("headers");
  private static final Keyword BODY = Keyword.intern("body");
  private static final String CHARSET = "charset=";
  private static final int REMEMBER_ONE_OF = 16;
  private static final Fields NONE = new Fields(null, Headers.EMPTY, StandardCharsets.UTF_8);

  private final RingBody bodies;

  // Shared, and written without order: any value of it is a true one. See fields().
  private Fields recent = NONE;

  /**
   * A reader.
   *
   * @param bodyWriter {@code (f body)} gives for a body of a type that only it knows a function
   *     {@code (write body response output-stream)}, nil for any other; null for none
   */
  public ResponseReader(@Nullable IFn bodyWriter) {
    this.bodies = new RingBody(bodyWriter);
  }

  /**
   * Converts a response of which everything is there.
   *
   * @param ring a Ring response map, its body no deferred
   * @return the response
   * @throws IOException if the body cannot be opened
   */
  public Response read(@Nullable Object ring) throws IOException {
    if (ring instanceof IPersistentMap map) {
      return read(map, null);
    }
    throw RingError.malformed("a map with :status", ring);
  }

  /** As above, for callers that cannot throw: an IOException comes unchecked. */
  Response readUnchecked(@Nullable Object ring) {
    try {
      return read(ring);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As above; {@code async} is the request when its handler is an asynchronous one. */
  Response read(IPersistentMap ring, @Nullable Request async) throws IOException {
    Object body = ring.valAt(BODY);
    try {
      int status = status(ring.valAt(STATUS));
      Fields fields = fields(ring.valAt(HEADERS));
      return Response.of(status, fields.headers, bodies.read(body, fields.charset, ring, async));
    } catch (IOException | RuntimeException | Error e) {
      if (body instanceof AutoCloseable closeable) {
        closeAfter(e, closeable);
      }
      throw e;
    }
  }

  /** Whether a body can be no value that comes later: a quick test for the usual kinds. */
  static boolean isPlain(@Nullable Object body) {
    return body == null || body instanceof String || body instanceof byte[];
  }

  private static void closeAfter(Throwable error, AutoCloseable body) {
    try {
      body.close();
    } catch (Exception second) {
      error.addSuppressed(second);
    }
  }

  private static int status(@Nullable Object status) {
    if (status instanceof Long || status instanceof Integer) {
      long code = ((Number) status).longValue();
      if (code >= 200 && code <= 599) {
        return (int) code;
      }
    }
    throw RingError.malformed(":status to be an integer from 200 to 599", status);
  }

  /**
   * The fields of a header map. Handlers often give the very same map each time, a literal of theirs: it is converted and
   * checked once. One that was not seen is remembered only now and then, so that handlers with ever new maps do not make
   * their threads fight for a cache line.
   */
  private Fields fields(@Nullable Object headers) {
    Fields known = recent;
    if (known.map == headers) {
      return known;
    }
    if (headers == null) {
      return NONE;
    }
    if (!(headers instanceof Map<?, ?> map)) {
      throw RingError.malformed(":headers to be a map of strings", headers);
    }
    Adder adder = new Adder();
    if (headers instanceof IKVReduce reducible) {
      reducible.kvreduce(adder, null);
    } else {
      map.forEach((name, value) -> adder.invoke(null, name, value));
    }
    Headers made = adder.builder.build();
    Fields fields = new Fields(headers, made, charset(made));
    if (adder.isConstant
        && headers instanceof IPersistentMap
        && ThreadLocalRandom.current().nextInt(REMEMBER_ONE_OF) == 0) {
      recent = fields;
    }
    return fields;
  }

  /** A header map and what it amounts to. The fields are final: safe to hand over without synchronization. */
  private record Fields(@Nullable Object map, Headers headers, Charset charset) {}

  /** Adds what a header map holds. */
  private static final class Adder extends AFn {
    final Headers.Builder builder = Headers.builder();
    /** Whether all values are strings, so that nobody can change them. */
    boolean isConstant = true;

    @Override
    public Object invoke(Object unused, Object name, Object value) {
      if (!(name instanceof String text)) {
        throw RingError.malformed("header names to be strings", name);
      }
      if (value instanceof String string) {
        builder.add(text, string);
      } else {
        isConstant = false;
        addOther(text, value);
      }
      return null;
    }

    /** As in Ring, nil is no value at all, and a collection is one field for each of its values. */
    private void addOther(String name, @Nullable Object value) {
      if (value instanceof Iterable<?> values && !(value instanceof Map)) {
        for (Object one : values) {
          addOne(name, one);
        }
      } else if (value != null) {
        addOne(name, value);
      }
    }

    private void addOne(String name, @Nullable Object value) {
      if (!(value instanceof String) && !(value instanceof Number)) {
        throw RingError.malformed(
            "the value of header " + RingError.shorten(name) + " to be a string, a number or a sequence of them", value);
      }
      builder.add(name, value.toString());
    }
  }

  /** The charset that Content-Type names, as Ring does for text; else UTF-8. */
  private static Charset charset(Headers headers) {
    String type = headers.get("content-type");
    int at = type == null ? -1 : type.toLowerCase(java.util.Locale.ROOT).indexOf(CHARSET);
    if (at < 0) {
      return StandardCharsets.UTF_8;
    }
    int from = at + CHARSET.length();
    int semicolon = type.indexOf(';', from);
    String name = type.substring(from, semicolon < 0 ? type.length() : semicolon).replace('"', ' ').trim();
    try {
      return Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw RingError.malformed("a charset that this JVM knows in content-type", name);
    }
  }
}

package leat.ring;

import clojure.lang.APersistentMap;
import clojure.lang.IDeref;
import clojure.lang.IEditableCollection;
import clojure.lang.IFn;
import clojure.lang.IKVReduce;
import clojure.lang.IMapEntry;
import clojure.lang.IMapIterable;
import clojure.lang.IObj;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentMap;
import clojure.lang.ISeq;
import clojure.lang.ITransientCollection;
import clojure.lang.Keyword;
import clojure.lang.MapEntry;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Util;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import leat.bytes.Nullable;
import leat.http.Method;
import leat.server.Request;
import leat.server.RequestBody;

/**
 * A Ring request: a Clojure map whose values are made from the {@link Request} when they are asked for.
 *
 * <p>Keys: those of Ring's SPEC, {@code :body} and {@code :query-string} being nil when there is none,
 * {@code :ssl-client-cert} only if the client has shown one, {@code :leat/closed} (a deferred: see {@link Request#closed()}) and {@code :leat/request} (the {@link Request}).
 *
 * <pre>
 *   keys:  bit n set = entry n of KEYS is still the request's own
 *   over:  every other entry: what was associated since, own keys replaced included
 *
 *   assoc(k, v) clears k's bit, and puts k into over;  without(k) clears k's bit, and takes k out of over
 * </pre>
 */
public final class RequestMap extends APersistentMap
    implements IObj, IKVReduce, IMapIterable, IEditableCollection {
  private static final long serialVersionUID = 1;

  private static final Keyword METHOD = Keyword.intern("request-method");
  private static final Keyword URI = Keyword.intern("uri");
  private static final Keyword QUERY = Keyword.intern("query-string");
  private static final Keyword HEADERS = Keyword.intern("headers");
  private static final Keyword BODY = Keyword.intern("body");
  private static final Keyword SCHEME = Keyword.intern("scheme");
  private static final Keyword SERVER_NAME = Keyword.intern("server-name");
  private static final Keyword SERVER_PORT = Keyword.intern("server-port");
  private static final Keyword REMOTE_ADDR = Keyword.intern("remote-addr");
  private static final Keyword PROTOCOL = Keyword.intern("protocol");
  private static final Keyword CLIENT_CERTIFICATE = Keyword.intern("ssl-client-cert");
  private static final Keyword CLOSED = Keyword.intern("leat", "closed");
  private static final Keyword REQUEST = Keyword.intern("leat", "request");

  private static final Keyword[] KEYS = {
    METHOD, URI, QUERY, HEADERS, BODY, SCHEME, SERVER_NAME, SERVER_PORT, REMOTE_ADDR, PROTOCOL, CLOSED, REQUEST,
    CLIENT_CERTIFICATE
  };
  private static final int ALL = (1 << KEYS.length) - 1;
  /** The last key is there only if the client has shown a certificate. */
  private static final int WITHOUT_CERTIFICATE = ALL >>> 1;

  private static final Keyword GET = Keyword.intern("get");
  private static final Keyword POST = Keyword.intern("post");
  private static final Keyword HTTP = Keyword.intern("http");
  private static final Keyword HTTPS = Keyword.intern("https");

  /** What {@code :body} holds. */
  public enum BodyKind {
    /** An input stream, as Ring has it. */
    STREAM,
    /** A {@link leat.async.Source} of read-only buffers. */
    SOURCE
  }

  private final transient Request request;
  private final transient BodyKind bodyKind;
  private final transient int keys;
  private final transient IPersistentMap over;
  private final transient @Nullable IPersistentMap meta;
  // Caches: whoever comes first makes it; two that come at once make equivalent ones.
  private transient @Nullable HeaderMap headers;
  private transient @Nullable Object body;

  /**
   * The map of a request.
   *
   * @param request the request
   * @param bodyKind what {@code :body} is to be
   */
  public RequestMap(Request request, BodyKind bodyKind) {
    this.request = request;
    this.bodyKind = bodyKind;
    this.keys = request.clientCertificate() == null ? WITHOUT_CERTIFICATE : ALL;
    this.over = PersistentArrayMap.EMPTY;
    this.meta = null;
  }

  private RequestMap(RequestMap base, int keys, IPersistentMap over, @Nullable IPersistentMap meta) {
    this.request = base.request;
    this.bodyKind = base.bodyKind;
    this.keys = keys;
    this.over = over;
    this.meta = meta;
    this.headers = base.headers;
    this.body = base.body;
  }

  /** The place of a key among KEYS, or -1. Identity is enough: keywords are interned. */
  private static int indexOf(Object key) {
    if (key instanceof Keyword) {
      for (int i = 0; i < KEYS.length; i++) {
        if (KEYS[i] == key) {
          return i;
        }
      }
    }
    return -1;
  }

  private boolean owns(int index) {
    return index >= 0 && (keys >>> index & 1) != 0;
  }

  /** The value of the request's own entry at a place among KEYS. */
  private @Nullable Object own(int index) {
    return switch (index) {
      case 0 -> methodKeyword(request.method());
      case 1 -> request.path();
      case 2 -> request.query();
      case 3 -> headers();
      case 4 -> body();
      case 5 -> "https".equals(request.scheme()) ? HTTPS : HTTP;
      case 6 -> request.serverName();
      // A Long, as Clojure's own numbers are.
      case 7 -> (long) request.serverPort();
      case 8 -> request.remoteAddress();
      case 9 -> request.head().minorVersion() == 0 ? "HTTP/1.0" : "HTTP/1.1";
      case 10 -> request.closed();
      case 11 -> request;
      default -> request.clientCertificate();
    };
  }

  private HeaderMap headers() {
    HeaderMap made = headers;
    if (made == null) {
      made = new HeaderMap(request.head());
      headers = made;
    }
    return made;
  }

  private @Nullable Object body() {
    Object made = body;
    RequestBody arriving = made == null ? request.body() : null;
    if (arriving != null) {
      made = bodyKind == BodyKind.STREAM ? arriving.stream() : arriving.source();
      body = made;
    }
    return made;
  }

  private static Keyword methodKeyword(Method method) {
    if (method == Method.GET) {
      return GET;
    }
    if (method == Method.POST) {
      return POST;
    }
    // Clojure holds keywords weakly, so a method that a stranger makes up is not kept.
    return Keyword.intern(Symbol.intern(null, method.name().toLowerCase(Locale.ROOT)));
  }

  @Override
  public Object valAt(Object key, Object notFound) {
    int index = indexOf(key);
    return owns(index) ? own(index) : over.valAt(key, notFound);
  }

  @Override
  public Object valAt(Object key) {
    return valAt(key, null);
  }

  @Override
  public boolean containsKey(Object key) {
    return owns(indexOf(key)) || over.containsKey(key);
  }

  @Override
  public IMapEntry entryAt(Object key) {
    int index = indexOf(key);
    return owns(index) ? MapEntry.create(KEYS[index], own(index)) : over.entryAt(key);
  }

  @Override
  public IPersistentMap assoc(Object key, Object value) {
    return new RequestMap(this, keysWithout(indexOf(key)), over.assoc(key, value), meta);
  }

  @Override
  public IPersistentMap assocEx(Object key, Object value) {
    if (containsKey(key)) {
      throw Util.runtimeException("Key already present");
    }
    return assoc(key, value);
  }

  @Override
  public IPersistentMap without(Object key) {
    return containsKey(key) ? new RequestMap(this, keysWithout(indexOf(key)), over.without(key), meta) : this;
  }

  private int keysWithout(int index) {
    return index < 0 ? keys : keys & ~(1 << index);
  }

  @Override
  public int count() {
    return Integer.bitCount(keys) + over.count();
  }

  @Override
  public IPersistentCollection empty() {
    return (IPersistentCollection) PersistentArrayMap.EMPTY.withMeta(meta);
  }

  @Override
  public ISeq seq() {
    return RT.chunkIteratorSeq(iterator());
  }

  @Override
  public Iterator<?> iterator() {
    return new Entries(Part.ENTRY);
  }

  @Override
  public Iterator<?> keyIterator() {
    return new Entries(Part.KEY);
  }

  @Override
  public Iterator<?> valIterator() {
    return new Entries(Part.VALUE);
  }

  @Override
  public Object kvreduce(IFn f, Object init) {
    Object result = init;
    for (Iterator<?> entries = iterator(); entries.hasNext(); ) {
      Map.Entry<?, ?> entry = (Map.Entry<?, ?>) entries.next();
      result = f.invoke(result, entry.getKey(), entry.getValue());
      if (RT.isReduced(result)) {
        return ((IDeref) result).deref();
      }
    }
    return result;
  }

  @Override
  public IPersistentMap meta() {
    return meta;
  }

  @Override
  public IObj withMeta(IPersistentMap newMeta) {
    return newMeta == meta ? this : new RequestMap(this, keys, over, newMeta);
  }

  @Override
  public ITransientCollection asTransient() {
    ITransientCollection copy = PersistentArrayMap.EMPTY.asTransient();
    for (Iterator<?> entries = iterator(); entries.hasNext(); ) {
      copy = copy.conj(entries.next());
    }
    return copy;
  }

  /**
   * Serialized, where its values can be, as the plain map that it equals.
   *
   * @return the plain map
   */
  private Object writeReplace() {
    return ((IObj) asTransient().persistent()).withMeta(meta);
  }

  /** What an iterator gives of each entry. */
  private enum Part {
    ENTRY,
    KEY,
    VALUE
  }

  /** The request's own entries in the order of KEYS, then the others. */
  private final class Entries implements Iterator<Object> {
    private final Part part;
    private final Iterator<?> others = over.iterator();
    private int left = keys;

    Entries(Part part) {
      this.part = part;
    }

    @Override
    public boolean hasNext() {
      return left != 0 || others.hasNext();
    }

    @Override
    public Object next() {
      if (left == 0) {
        Map.Entry<?, ?> entry = (Map.Entry<?, ?>) others.next();
        return switch (part) {
          case ENTRY -> entry;
          case KEY -> entry.getKey();
          case VALUE -> entry.getValue();
        };
      }
      int index = Integer.numberOfTrailingZeros(left);
      left &= left - 1;
      return switch (part) {
        case ENTRY -> MapEntry.create(KEYS[index], own(index));
        case KEY -> KEYS[index];
        case VALUE -> own(index);
      };
    }
  }
}

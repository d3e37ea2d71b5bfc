package leat.ring;

import clojure.lang.APersistentMap;
import clojure.lang.IEditableCollection;
import clojure.lang.IFn;
import clojure.lang.IKVReduce;
import clojure.lang.IMapEntry;
import clojure.lang.IMapIterable;
import clojure.lang.IObj;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.ISeq;
import clojure.lang.ITransientCollection;
import clojure.lang.ITransientMap;
import clojure.lang.MapEntry;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentVector;
import clojure.lang.RT;
import clojure.lang.Util;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import leat.bytes.Ascii;
import leat.bytes.Nullable;
import leat.http1.RequestHead;

/**
 * The {@code :headers} of a Ring request: a Clojure map from names in lower case to values, duplicates joined with
 * {@code ","}, those of {@code cookie} with {@code ";"}.
 *
 * <p>Looking a name up reads the head, and makes one String. Whatever needs the whole map makes it once, as a plain
 * Clojure map; {@code assoc} and {@code dissoc} give such plain maps.
 */
public final class HeaderMap extends APersistentMap implements IObj, IKVReduce, IMapIterable, IEditableCollection {
  private static final long serialVersionUID = 1;

  private final transient RequestHead head;
  private final transient @Nullable IPersistentMap meta;
  // A cache: whoever comes first makes it; two that come at once make equal ones.
  private transient @Nullable IPersistentMap whole;

  HeaderMap(RequestHead head) {
    this(head, null, null);
  }

  private HeaderMap(RequestHead head, @Nullable IPersistentMap meta, @Nullable IPersistentMap whole) {
    this.head = head;
    this.meta = meta;
    this.whole = whole;
  }

  /**
   * All values of a field, one for each time it came.
   *
   * @param headers the headers of a request; of an ordinary map with names in lower case, the one value or those of a
   *     collection
   * @param name a name in any case
   * @return a vector in the order in which they came, empty when the field is absent
   */
  public static IPersistentVector all(@Nullable Object headers, String name) {
    String lowerName = Ascii.toLower(name);
    List<Object> values = new ArrayList<>();
    if (headers instanceof HeaderMap own) {
      for (int i = 0; i < own.head.fieldCount(); i++) {
        if (own.head.fieldName(i).equals(lowerName)) {
          values.add(own.head.fieldValue(i));
        }
      }
    } else if (RT.get(headers, lowerName) instanceof Collection<?> several) {
      values.addAll(several);
    } else if (RT.get(headers, lowerName) != null) {
      values.add(RT.get(headers, lowerName));
    }
    return PersistentVector.create(values);
  }

  /** The same as a plain map, without metadata. */
  private IPersistentMap whole() {
    IPersistentMap made = whole;
    if (made == null) {
      ITransientMap entries = PersistentArrayMap.EMPTY.asTransient();
      for (int i = 0; i < head.fieldCount(); i++) {
        String name = head.fieldName(i);
        if (entries.valAt(name) == null) {
          entries = entries.assoc(name, head.joined(name));
        }
      }
      made = entries.persistent();
      whole = made;
    }
    return made;
  }

  private IPersistentMap plain() {
    IPersistentMap plain = whole();
    return meta == null ? plain : (IPersistentMap) ((IObj) plain).withMeta(meta);
  }

  @Override
  public Object valAt(Object key, Object notFound) {
    if (key instanceof String name) {
      String value = head.joined(name);
      return value == null ? notFound : value;
    }
    return notFound;
  }

  @Override
  public Object valAt(Object key) {
    return valAt(key, null);
  }

  @Override
  public boolean containsKey(Object key) {
    return key instanceof String name && head.has(name);
  }

  @Override
  public IMapEntry entryAt(Object key) {
    Object value = valAt(key, null);
    return value == null ? null : MapEntry.create(key, value);
  }

  @Override
  public IPersistentMap assoc(Object key, Object value) {
    return plain().assoc(key, value);
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
    return containsKey(key) ? plain().without(key) : this;
  }

  @Override
  public int count() {
    return whole().count();
  }

  @Override
  public IPersistentCollection empty() {
    return (IPersistentCollection) PersistentArrayMap.EMPTY.withMeta(meta);
  }

  @Override
  public ISeq seq() {
    return whole().seq();
  }

  @Override
  public Iterator<?> iterator() {
    return whole().iterator();
  }

  @Override
  public Iterator<?> keyIterator() {
    return ((IMapIterable) whole()).keyIterator();
  }

  @Override
  public Iterator<?> valIterator() {
    return ((IMapIterable) whole()).valIterator();
  }

  @Override
  public Object kvreduce(IFn f, Object init) {
    return ((IKVReduce) whole()).kvreduce(f, init);
  }

  @Override
  public IPersistentMap meta() {
    return meta;
  }

  @Override
  public IObj withMeta(IPersistentMap newMeta) {
    return newMeta == meta ? this : new HeaderMap(head, newMeta, whole);
  }

  @Override
  public ITransientCollection asTransient() {
    return ((IEditableCollection) whole()).asTransient();
  }

  /**
   * Serialized as the plain map that it equals.
   *
   * @return the plain map
   */
  private Object writeReplace() {
    return plain();
  }
}

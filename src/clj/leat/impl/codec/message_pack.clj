(ns leat.impl.codec.message-pack
  "MessagePack, by org.msgpack/msgpack-core."
  (:import [clojure.lang BigInt Keyword Symbol TaggedLiteral]
           [java.io OutputStream]
           [java.math BigInteger]
           [java.nio ByteBuffer]
           [java.time Instant]
           [java.util Date Map]
           [java.util.function Supplier]
           [leat.codec Codec Codec$Reader Codec$Writer MessagePackScanner]
           [org.msgpack.core MessagePack MessagePacker MessageUnpacker]
           [org.msgpack.value ValueType]))

(set! *warn-on-reflection* true)

(declare ^:private pack)

(defn- full-name ^String [^clojure.lang.Named x]
  (if-let [ns (.getNamespace x)] (str ns "/" (.getName x)) (.getName x)))

(defn- pack-bytes [^MessagePacker out ^bytes bytes]
  (.packBinaryHeader out (alength bytes))
  (.writePayload out bytes))

(defn- pack-buffer [^MessagePacker out ^ByteBuffer buffer]
  (let [bytes (byte-array (.remaining buffer))]
    (.get (.duplicate buffer) bytes)
    (pack-bytes out bytes)))

(defn- pack-map [^MessagePacker out ^Map m levels]
  (.packMapHeader out (.size m))
  (run! (fn [^java.util.Map$Entry entry]
          (pack out (.getKey entry) levels)
          (pack out (.getValue entry) levels))
        (.entrySet m)))

(defn- pack-all [^MessagePacker out xs levels]
  (let [xs (if (counted? xs) xs (vec xs))]
    (.packArrayHeader out (count xs))
    (run! #(pack out % levels) xs)))

(defn- pack-extension [^MessagePacker out ^TaggedLiteral x]
  (let [[type ^bytes bytes] (.form x)]
    (when-not (and (= 'msgpack/ext (.tag x)) (int? type) (bytes? bytes))
      (throw (IllegalArgumentException. "MessagePack takes #msgpack/ext [type bytes] only")))
    (.packExtensionTypeHeader out (byte type) (alength bytes))
    (.writePayload out bytes)))

(defn- pack-number [^MessagePacker out x]
  (cond
    (int? x) (.packLong out (long x))
    (instance? Double x) (.packDouble out (double x))
    (instance? Float x) (.packFloat out (float x))
    (instance? BigInt x) (.packBigInteger out (.toBigInteger ^BigInt x))
    (instance? BigInteger x) (.packBigInteger out ^BigInteger x)
    :else (throw (IllegalArgumentException. "MessagePack has integers of 64 bits, float and double"))))

(defn- pack
  "Writes `x`, in which values may be `levels` deep."
  [^MessagePacker out x ^long levels]
  (when (neg? levels)
    (throw (IllegalArgumentException. "too deep")))
  (cond
    (string? x) (.packString out ^String x)
    (nil? x) (.packNil out)
    (number? x) (pack-number out x)
    (or (keyword? x) (symbol? x)) (.packString out (full-name x))
    (boolean? x) (.packBoolean out (boolean x))
    (instance? Map x) (pack-map out x (dec levels))
    (bytes? x) (pack-bytes out x)
    (instance? ByteBuffer x) (pack-buffer out x)
    (tagged-literal? x) (pack-extension out x)
    (instance? Instant x) (.packTimestamp out ^Instant x)
    (instance? Date x) (.packTimestamp out (.toInstant ^Date x))
    (or (sequential? x) (set? x) (instance? Iterable x) (.isArray (class x))) (pack-all out x (dec levels))
    :else (throw (IllegalArgumentException. (str "MessagePack has nothing for a " (.getName (class x)))))))

(declare ^:private unpack)

(defn- unpack-bytes ^bytes [^MessageUnpacker in size]
  (.readPayload in (int size)))

(defn- unpack-all [^MessageUnpacker in key-fn]
  (let [n (.unpackArrayHeader in)]
    (loop [i 0, xs (transient [])]
      (if (< i n) (recur (inc i) (conj! xs (unpack in key-fn))) (persistent! xs)))))

(defn- unpack-map [^MessageUnpacker in key-fn]
  (let [n (.unpackMapHeader in)]
    (loop [i 0, m (transient {})]
      (if (< i n)
        (let [k (unpack in key-fn)]
          (recur (inc i) (assoc! m (if (string? k) (key-fn k) k) (unpack in key-fn))))
        (persistent! m)))))

(defn- unpack-integer [^MessageUnpacker in]
  (let [n (.unpackBigInteger in)]
    (if (< (.bitLength n) 64) (.longValue n) (bigint n))))

(defn- unpack-extension [^MessageUnpacker in]
  (let [header (.unpackExtensionTypeHeader in)]
    (if (.isTimestampType header)
      (.unpackTimestamp in header)
      (tagged-literal 'msgpack/ext [(long (.getType header)) (unpack-bytes in (.getLength header))]))))

(defn- unpack [^MessageUnpacker in key-fn]
  (let [format (.getNextFormat in)]
    (condp identical? (.getValueType format)
      ValueType/STRING (.unpackString in)
      ValueType/INTEGER (if (= "UINT64" (.name format)) (unpack-integer in) (.unpackLong in))
      ValueType/MAP (unpack-map in key-fn)
      ValueType/ARRAY (unpack-all in key-fn)
      ValueType/NIL (do (.unpackNil in) nil)
      ValueType/BOOLEAN (.unpackBoolean in)
      ValueType/FLOAT (if (= "FLOAT32" (.name format)) (.unpackFloat in) (.unpackDouble in))
      ValueType/BINARY (unpack-bytes in (.unpackBinaryHeader in))
      ValueType/EXTENSION (unpack-extension in))))

(defn codec
  "Returns the codec, see `leat.codec/message-pack`."
  ^Codec [{:keys [max-bytes max-depth keywords?]}]
  (let [key-fn (if keywords? keyword identity)
        max-bytes (int max-bytes)
        max-depth (int max-depth)]
    (Codec/selfDelimiting "MessagePack" max-bytes
                          (reify Supplier
                            (get [_] (MessagePackScanner. max-bytes max-depth)))
                          (reify Codec$Reader
                            (read [_ bytes from to]
                              (unpack (MessagePack/newDefaultUnpacker bytes from (- to from)) key-fn)))
                          (reify Codec$Writer
                            (write [_ value out]
                              (let [packer (MessagePack/newDefaultPacker ^OutputStream out)]
                                (pack packer value max-depth)
                                (.flush packer)))))))

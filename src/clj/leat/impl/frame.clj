(ns leat.impl.frame
  "What leat.frame does not show: options, payloads, and the way from a source of bytes to a source of values."
  (:require [leat.time :as time])
  (:import [clojure.lang Symbol]
           [java.nio ByteBuffer]
           [java.nio.charset Charset]
           [java.util List]
           [java.util.function Function LongPredicate]
           [leat.async Deferred Deferred$Listener Node Sink Source Stream]
           [leat.bytes Slice]
           [leat.clj Options]
           [leat.frame FrameCodec FrameDecoder FrameError LengthField Payload TagField Tagged Tlv]))

(set! *warn-on-reflection* true)

(defn checked
  "Returns `options` with the defaults of the function `f` of leat.frame."
  [f options]
  (Options/check (Symbol/intern "leat.frame" f) options))

(defn- fail [expected actual]
  (throw (IllegalArgumentException.
          (str "Expected " expected ", actual " (if (nil? actual) "nil" (.getName (class actual))) "."))))

(defn codec
  "Returns `x`, which must be a codec."
  ^FrameCodec [x]
  (if (instance? FrameCodec x) x (fail "a codec of leat.frame" x)))

(defn charset
  "Returns the character set called `x`, or `x`."
  ^Charset [x]
  (if (instance? Charset x) x (Charset/forName x)))

(defn text
  "Returns the payload of text."
  ^Payload [{:keys [encoding malformed]}]
  (if (= :replace malformed) (Payload/lenientText (charset encoding)) (Payload/text (charset encoding))))

(defn line-text
  "Returns the payload of text in lines, whose ends must be those of ASCII."
  ^Payload [{:keys [encoding] :as options}]
  (when-not (= [10] (vec (.getBytes "\n" (charset encoding))))
    (throw (IllegalArgumentException.
            (str "Expected a character set in which a line feed is the byte 10, actual " encoding "."))))
  (text options))

(defn payload
  "Returns the payload that the option `x` means."
  ^Payload [x]
  (cond
    (= :bytes x) Payload/BYTES
    (= :text x) (text {:encoding "UTF-8"})
    (instance? Payload x) x
    (instance? FrameCodec x) (Payload/one x)
    :else (fail ":bytes, :text, a payload or a codec of leat.frame as :payload" x)))

(defn length-field
  "Returns how a length stands before a frame."
  ^LengthField [{:keys [length-bytes endian includes-header? adjust]}]
  (cond-> (if (= :varint length-bytes) (LengthField/varint) (LengthField/ofBytes (int length-bytes)))
    (= :little endian) (.littleEndian)
    includes-header? (.countingItself)
    true (.adjusted (int adjust))))

(defn tag-field
  "Returns how a tag stands in a frame."
  ^TagField [{:keys [tag-bytes endian]}]
  (cond-> (TagField/ofBytes (int tag-bytes))
    (= :little endian) (.littleEndian)))

(defn- function ^Function [f]
  (reify Function (apply [_ x] (f x))))

(defn mapped
  "Returns a codec or payload with other values."
  [x decode encode]
  (cond
    (instance? FrameCodec x) (.map ^FrameCodec x (function decode) (function encode))
    (instance? Payload x) (.map ^Payload x (function decode) (function encode))
    :else (fail "a codec or a payload of leat.frame" x)))

(defn predicate
  "Returns a predicate of tags."
  ^LongPredicate [f]
  (reify LongPredicate (test [_ tag] (boolean (f tag)))))

(defn tlv->map
  "Returns an element as a map."
  [^Tlv element]
  {:tag (.tag element)
   :value (if (.isNested element) (mapv tlv->map (.elements element)) (.toByteArray (.bytes element)))})

(defn map->tlv
  "Returns a map as an element."
  ^Tlv [{:keys [tag value]}]
  (if (bytes? value)
    (Tlv/of (long tag) (Slice/copyOf ^bytes value))
    (Tlv/of (long tag) ^List (mapv map->tlv value))))

(defn tagged->pair
  "Returns a value with its tag as a vector."
  [^Tagged tagged]
  [(.tag tagged) (.value tagged)])

(defn pair->tagged
  "Returns a vector as a value with its tag."
  [[tag value]]
  (Tagged. (long tag) value))

;; ---- streams

(def ^:private to-byte-array (delay (requiring-resolve 'leat.bytes/to-byte-array)))

(defn as-buffer
  "Returns the bytes of `x` as a ByteBuffer with an array, which nobody may write to."
  ^ByteBuffer [x]
  (cond
    (bytes? x) (ByteBuffer/wrap ^bytes x)
    (and (instance? ByteBuffer x) (.hasArray ^ByteBuffer x)) (.duplicate ^ByteBuffer x)
    (instance? ByteBuffer x) (let [copy (byte-array (.remaining ^ByteBuffer x))]
                               (.get (.duplicate ^ByteBuffer x) copy)
                               (ByteBuffer/wrap copy))
    :else (ByteBuffer/wrap (@to-byte-array x))))

(defn- stop
  "Ends the connection from `source` to `out` because of `cause`."
  [^Source source ^Stream out cause]
  (.close source ^Throwable cause)
  (.close out ^Throwable cause)
  nil)

(defprotocol ^:private Steps
  (^:private follow [this deferred] "Goes on when `deferred` is realized.")
  (^:private advance [this value] "Returns the deferred to wait for after the last one has given `value`, or nil.")
  (^:private finish [this] "Takes note that no more bytes will come."))

;; One thread at a time runs this: whoever realizes the one deferred that it waits for, the take of a chunk or the put of
;; a frame. `bytes` is what is left of the chunk.
(deftype Decoding [^Source source ^FrameDecoder decoder ^Stream out ^long stall-ms clock
                   ^:unsynchronized-mutable ^ByteBuffer bytes]
  Deferred$Listener
  (onSuccess [this value] (follow this (advance this value)))
  (onError [_ error] (stop source out error))

  Steps
  (follow [this deferred]
    (loop [^Deferred d deferred]
      (when d
        (let [value (.successOrSelf d)]
          (if (identical? d value)
            (.onRealized d this)
            (recur (advance this value)))))))
  (advance [this value]
    (try
      (cond
        (identical? value source) (finish this)
        (identical? value decoder) (stop source out (.stalled decoder (str stall-ms " ms")))
        (false? value) (.close source)
        :else
        (let [^ByteBuffer b (if (true? value) bytes (set! bytes (as-buffer value)))
              from (+ (.arrayOffset b) (.position b))]
          (if (.decode decoder (.array b) from (+ from (.remaining b)))
            (do (.position b (+ (.position b) (.consumed decoder)))
                (.put out (.frame decoder)))
            (do (set! bytes nil)
                (if (and (pos? stall-ms) (pos? (.keptBytes decoder)))
                  (.take source source (time/ms->nanos stall-ms) decoder clock)
                  (.take source source))))))
      (catch Throwable e
        (stop source out e))))
  (finish [_]
    (when-not (.closeCause source)
      (.finish decoder))
    (.close out (.closeCause source))))

(defn decode-into
  "Puts what is in the frames of the bytes from `source` into `out`, each once the last one has found its place."
  [^FrameCodec codec ^Source source ^Stream out stall-ms]
  (let [decoding (Decoding. source (.decoder codec) out stall-ms time/*clock* nil)]
    (.onClosed out (fn [] (when-not (.isDrained source) (.close source))))
    (follow decoding (.take source source))))

(deftype EncodingSink [^FrameCodec codec ^Sink sink]
  Sink
  (put [_ value]
    (try
      (.put sink (.encode codec value))
      (catch FrameError e
        (Deferred/failed e))))
  (put [_ value timeout-nanos if-timeout scheduler]
    (try
      (.put sink (.encode codec value) timeout-nanos if-timeout scheduler)
      (catch FrameError e
        (Deferred/failed e))))
  (close [_] (.close sink))
  (isClosed [_] (.isClosed sink))
  (onClosed [_ listener] (.onClosed sink listener))

  Node
  (close [_ cause] (.close sink cause))
  (closeCause [_] (.closeCause sink))
  (upstream [_] (.upstream sink))
  (downstream [_] (.downstream sink))
  (description [_] (.description sink))
  (isSynchronous [_] (.isSynchronous sink)))

(ns leat.codec
  "Values as bytes, and back: EDN, JSON, Transit, MessagePack, Fressian and Nippy.

  `edn`, `json` and so on make a codec; `encode` and `decode` use it for one value, `encode-stream`, `decode-stream` and
  `wrap-duplex` for streams. The libraries are optional: each is loaded when its codec is made, and if it is missing the
  error names the coordinate to add.

  Bytes from strangers are looked at before a library sees them. They are refused, with a leat.frame.FrameError that says
  what was expected, when they are larger than `:max-bytes`, deeper than `:max-depth`, declare more than there is, or name
  a class that is not in `:records` or `:serializable`. An unknown tag is data."
  (:require [leat.frame :as frame])
  (:import [java.io FileNotFoundException]
           [java.nio ByteBuffer]
           [leat.async Source]
           [leat.clj Options]
           [leat.codec Codec]
           [leat.frame FrameCodec Payload]))

(set! *warn-on-reflection* true)

(defn- library-missing? [^Throwable error]
  (some #(or (instance? FileNotFoundException %) (instance? ClassNotFoundException %))
        (take-while some? (iterate #(some-> ^Throwable % .getCause) error))))

(defn- codec-of
  "The codec that leat.impl.codec.`format` makes, which needs the library with that coordinate."
  ^Codec [function format coordinate options]
  (let [checked (Options/check function options)
        make (try
               (requiring-resolve (symbol (str "leat.impl.codec." format) "codec"))
               (catch Exception e
                 (if (and coordinate (library-missing? e))
                   (throw (ex-info (str function " needs a library that is not on the class path. Add " coordinate ".")
                                   {:leat/error :missing-library, :coordinate coordinate} e))
                   (throw e))))]
    (make checked)))

(defn edn
  "Returns a codec of EDN, one value to a line, by clojure.edn. What has no form in EDN is an error. Tags without a reader
  become tagged literals. Options: `:readers` (functions by tag), `:default` (fn [tag value]), `:max-bytes` 1 MiB,
  `:max-depth` 256."
  (^Codec [] (edn nil))
  (^Codec [options] (codec-of `edn "edn" nil options)))

(defn json
  "Returns a codec of JSON (RFC 8259), one value to a line, by org.clojure/data.json. Keys of objects are strings, or
  keywords with `:keywords? true`. Options: `:keywords?`, `:max-bytes` 1 MiB, `:max-depth` 256."
  (^Codec [] (json nil))
  (^Codec [options] (codec-of `json "json" "org.clojure/data.json {:mvn/version \"2.5.1\"}" options)))

(defn transit
  "Returns a codec of Transit, by com.cognitect/transit-clj: JSON, one value to a line, or MessagePack. Unknown tags become
  TaggedValues. Options: `:format` :json, :json-verbose or :msgpack, `:read-handlers` and `:write-handlers` as the library
  has them, `:max-bytes` 1 MiB, `:max-depth` 256."
  (^Codec [] (transit nil))
  (^Codec [options] (codec-of `transit "transit" "com.cognitect/transit-clj {:mvn/version \"1.0.333\"}" options)))

(defn message-pack
  "Returns a codec of MessagePack, by org.msgpack/msgpack-core; values follow one another with nothing between them. Vectors,
  maps, strings, byte arrays, integers, doubles, booleans, nil and instants come back as they were; sequences and sets as
  vectors, keywords and symbols as strings, Dates as Instants. Other extension types are #msgpack/ext [type bytes].
  Options: `:keywords?` (strings that are keys of maps become keywords), `:max-bytes` 1 MiB, `:max-depth` 256."
  (^Codec [] (message-pack nil))
  (^Codec [options] (codec-of `message-pack "message-pack" "org.msgpack/msgpack-core {:mvn/version \"0.9.9\"}" options)))

(defn fressian
  "Returns a codec of Fressian, by org.clojure/data.fressian; values follow one another with nothing between them. Lists
  come back as vectors; unknown tags, and records of classes that are not in `:records`, as TaggedObjects. Options:
  `:records` (classes), `:read-handlers` and `:write-handlers` as the library has them, `:max-bytes` 1 MiB, `:max-depth`
  256."
  (^Codec [] (fressian nil))
  (^Codec [options] (codec-of `fressian "fressian" "org.clojure/data.fressian {:mvn/version \"1.1.0\"}" options)))

(defn nippy
  "Returns a codec of Nippy, by com.taoensso/nippy; each value has its length before it, four bytes. Refused are records and
  serialized objects of classes that are not in `:records` and `:serializable`, custom types, text for the reader, and
  compression other than LZ4. Options: `:records` and `:serializable` (classes), `:compress?` true, `:password` as the
  library has it, `:max-bytes` 1 MiB (after decompression too), `:max-depth` 256."
  (^Codec [] (nippy nil))
  (^Codec [options] (codec-of `nippy "nippy" "com.taoensso/nippy {:mvn/version \"3.1.3\"}" options)))

(defn encode
  "Returns a byte array with the value `x`, without a frame. Throws leat.frame.FrameError if it cannot be written."
  ^bytes [^Codec codec x]
  (.encode codec x))

(defn decode
  "Returns the value that `bytes`, a byte array or ByteBuffer, holds. Throws leat.frame.FrameError if that is not exactly
  one value, or one that is not allowed."
  [^Codec codec bytes]
  (if (instance? ByteBuffer bytes)
    (let [copy (byte-array (.remaining ^ByteBuffer bytes))]
      (.get (.duplicate ^ByteBuffer bytes) copy)
      (.decode codec copy 0 (alength copy)))
    (.decode codec bytes 0 (alength ^bytes bytes))))

(defn payload
  "Returns what a value is within a frame: the `:payload` of the codecs of leat.frame, to send values in other frames."
  ^Payload [^Codec codec]
  (.payload codec))

(defn framing
  "Returns the codec of frames, as leat.frame has them, with a value each."
  ^FrameCodec [^Codec codec]
  (.framing codec))

(defn encode-stream
  "Returns a source of byte arrays: the values of the source `source`, in frames. A value that cannot be written ends it,
  with the leat.frame.FrameError as its `close-cause`."
  ^Source [codec source]
  (frame/encode-stream (framing codec) source))

(defn decode-stream
  "Returns a source of values, from the source `source` of bytes, which may be split in any way. Options and errors are those
  of `leat.frame/decode-stream`."
  (^Source [codec source] (decode-stream codec source nil))
  (^Source [codec source options] (frame/decode-stream (framing codec) source options)))

(defn wrap-duplex
  "Returns a stream of values over `duplex`, a stream of bytes such as a TCP connection. Options and errors are those of
  `leat.frame/wrap-duplex`."
  ([codec duplex] (wrap-duplex codec duplex nil))
  ([codec duplex options] (frame/wrap-duplex (framing codec) duplex options)))

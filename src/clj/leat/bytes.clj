(ns leat.bytes
  "Conversions between all that holds bytes or text: byte arrays, ByteBuffers, strings, input and output streams, readers,
  channels, files, and sequences and leat streams of any of these.

      (to-string (java.io.File. \"a.txt\"))
      (convert stream-of-byte-arrays java.io.InputStream)
      (transfer input-stream (java.io.File. \"b.bin\"))

  There is a graph of conversions, to which `def-conversion` adds; `convert` goes the cheapest way. The options, a map:

  :encoding           the character set, \"UTF-8\" by default
  :on-encoding-error  :replace, the default, :report or :ignore
  :chunk-size         how many bytes the parts have into which something is cut, mostly 4096 by default
  :direct?            whether ByteBuffers that are made lie outside of the heap, false by default
  :append?            whether what is written to a file goes to its end, true by default
  :source-type        what `x` is, if it does not tell itself, such as `(stream-of bytes)`

  What reads from a leat stream as an InputStream or a sequence blocks. Nothing is read before it is wanted, and a
  character that two chunks share is read whole."
  (:refer-clojure :exclude [vector-of])
  (:require [leat.bytes.protocols :as proto]
            [leat.impl.bytes :as impl])
  (:import [clojure.lang ILookup]
           [java.io BufferedReader ByteArrayInputStream DataInputStream File InputStream OutputStream
            Reader]
           [java.nio ByteBuffer]
           [java.nio.channels FileChannel ReadableByteChannel WritableByteChannel]
           [java.util.function Supplier]
           [leat.async Node Sink]
           [leat.convert Bytes ConversionGraph LazyText Path Transfers Type Type$Wrapper]))

(set! *warn-on-reflection* true)

(def conversions
  "An atom with the graph of all conversions, a `leat.convert.ConversionGraph`."
  impl/conversions)

(def inverse-conversions
  "An atom with the graph of all conversions the other way around."
  impl/inverse-conversions)

(def src->dst->transfer
  "An atom with a map from what is read to a map from what is written to the function that does it."
  impl/transfers)

;; ---- types

(defn seq-of
  "Returns the type of sequences of `x`: a class, a protocol, or `bytes` for byte arrays."
  ^Type [x]
  (impl/wrapped Type$Wrapper/SEQ x))

(defn stream-of
  "Returns the type of leat streams of `x`: a class, a protocol, or `bytes` for byte arrays."
  ^Type [x]
  (impl/wrapped Type$Wrapper/STREAM x))

(defn vector-of
  "Returns the type of vectors of `x`: a class, a protocol, or `bytes` for byte arrays."
  ^Type [x]
  (impl/wrapped Type$Wrapper/VECTOR x))

(defn type-descriptor
  "Returns the type of `x`. A vector is one of what its first element is; of the elements of other sequences and of streams
  nothing is known."
  ^Type [x]
  (cond
    (nil? x) (Type/of ::nil)
    (identical? bytes x) (impl/->type x)
    :else (ConversionGraph/typeOf x)))

;; ---- conversions

(defmacro def-conversion
  "Defines a conversion from the type `src` to the type `dst`, which are classes, protocols (as vars), `bytes` or forms such
  as `(seq-of ByteBuffer)`. `params` are the value and, if they are wanted, the options. `^{:cost 2}` before the vector
  says what it costs, 1 by default."
  [[src dst :as conversion] params & body]
  (let [[x options] params]
    `(impl/add-conversion! ~src ~dst ~(:cost (meta conversion) 1)
                           (fn [~(vary-meta x assoc :tag (impl/tag src)) ~(or options '_)] ~@body))))

(defmacro def-transfer
  "Defines how bytes are moved from what is of the type `src` to what is of the type `dst`. `params` are the two, and the
  options if they are wanted. Both are closed afterwards, unless the option `:close?` is false."
  [[src dst] params & body]
  (let [[from to options] params]
    `(impl/add-transfer! ~src ~dst
                         (fn [~(vary-meta from assoc :tag (impl/tag src)) ~(vary-meta to assoc :tag (impl/tag dst))
                              ~(or options '_)]
                           ~@body))))

(defn convert
  "Returns `x` as `dst`: a class, a protocol (as a var), `bytes`, or what `seq-of`, `stream-of` or `vector-of` returns.
  Throws an IllegalArgumentException if there is no way. `options` are those of this namespace."
  ([x dst]
   (impl/convert x nil (if (class? dst) dst (impl/->type dst)) nil))
  ([x dst options]
   (if-let [source-type (:source-type options)]
     (impl/convert x source-type (impl/->type dst) (dissoc options :source-type))
     (impl/convert x nil (if (class? dst) dst (impl/->type dst)) options))))

(defn conversion-path
  "Returns the way from the type `src` to the type `dst` as a sequence of pairs of types, empty if there is nothing to do or
  no way."
  [src dst]
  (seq (some-> (impl/path src dst) (.forms))))

(defn possible-conversions
  "Returns a list of all types that the type `src` can become."
  [src]
  (->> (.targets ^ConversionGraph @conversions)
       (filter #(impl/path src %))
       (map #(.form ^Type %))
       distinct))

(defn conversion-cost
  "Returns the estimated cost of converting `x` into `dst`, 9999 if there is no way."
  ^long [x dst]
  (if-let [^Path path (impl/path (type-descriptor x) dst)]
    (long (.cost path))
    9999))

;; ---- transfers

(defn transfer
  "Returns nil. Moves all bytes from `source`, which is of the type `source-type` if that is given, into `sink`: a file, an
  output stream, a channel, a leat sink, or a `ByteSink`. Blocks. Throws an IllegalArgumentException if there is no way.
  Besides the options of this namespace there is

  :close?  whether both are closed afterwards, true by default"
  ([source sink]
   (transfer source nil sink nil))
  ([source sink options]
   (transfer source nil sink options))
  ([source source-type sink options]
   (let [src (if source-type (impl/->type source-type) (type-descriptor source))
         dst (if (instance? Sink sink) (impl/->type (class sink)) (type-descriptor sink))]
     (if-let [entry (impl/transfer-fn src dst)]
       (do (impl/transfer entry source source-type sink options) nil)
       (throw (IllegalArgumentException. (str "Don't know how to transfer from " src " to " dst ".")))))))

(def dev-null
  "A `ByteSink` that forgets what it takes."
  (reify proto/ByteSink
    (send-bytes! [_ _ _])))

(defn optimized-transfer?
  "Returns whether bytes can be transferred from the type `type-descriptor` to the type `sink-type`."
  [type-descriptor sink-type]
  (boolean (impl/transfer-fn (impl/->type type-descriptor) (impl/->type sink-type))))

;; ---- by name

(defn to-byte-buffer
  "Returns `x` as a ByteBuffer."
  (^ByteBuffer [x] (to-byte-buffer x nil))
  (^ByteBuffer [x options]
   (if (instance? ByteBuffer x) x (convert x ByteBuffer options))))

(defn to-byte-buffers
  "Returns `x` as a sequence of ByteBuffers."
  ([x] (to-byte-buffers x nil))
  ([x options] (convert x (seq-of ByteBuffer) options)))

(defn to-byte-array
  "Returns `x` as a byte array."
  (^bytes [x]
   (cond
     (bytes? x) x
     (string? x) (Bytes/encode x nil)
     :else (impl/convert x nil impl/byte-array-class nil)))
  (^bytes [x options]
   (if (bytes? x) x (convert x impl/byte-array-class options))))

(defn to-byte-arrays
  "Returns `x` as a sequence of byte arrays."
  ([x] (to-byte-arrays x nil))
  ([x options] (convert x (seq-of bytes) options)))

(defn to-input-stream
  "Returns `x` as an InputStream."
  (^InputStream [x] (to-input-stream x nil))
  (^InputStream [x options]
   (cond
     (instance? InputStream x) x
     (bytes? x) (ByteArrayInputStream. x)
     :else (convert x InputStream options))))

(defn to-data-input-stream
  "Returns `x` as a DataInputStream."
  (^DataInputStream [x] (to-data-input-stream x nil))
  (^DataInputStream [x options]
   (if (instance? DataInputStream x) x (DataInputStream. (to-input-stream x options)))))

(defn to-output-stream
  "Returns `x` as an OutputStream."
  (^OutputStream [x] (to-output-stream x nil))
  (^OutputStream [x options] (convert x OutputStream options)))

(defn to-char-sequence
  "Returns `x` as a CharSequence. It may be read as far as somebody looks."
  (^CharSequence [x] (to-char-sequence x nil))
  (^CharSequence [x options] (if (instance? CharSequence x) x (convert x CharSequence options))))

(defn to-readable-channel
  "Returns `x` as a ReadableByteChannel."
  (^ReadableByteChannel [x] (to-readable-channel x nil))
  (^ReadableByteChannel [x options] (convert x ReadableByteChannel options)))

(defn to-string
  "Returns `x` as a string: all that there is. For less, see `to-reader`, `to-line-seq` and `to-char-sequence`."
  (^String [x] (if (string? x) x (impl/convert x nil String nil)))
  (^String [x options] (if (string? x) x (convert x String options))))

(defn to-reader
  "Returns `x` as a Reader."
  (^Reader [x] (to-reader x nil))
  (^Reader [x options] (convert x Reader options)))

(defn to-line-seq
  "Returns `x` as a lazy sequence of lines, without their ends. At its end what it reads from is closed."
  ([x] (to-line-seq x nil))
  ([x options]
   (let [reader (BufferedReader. (to-reader x options))
         lines (fn lines []
                 (lazy-seq
                  (if-let [line (.readLine reader)]
                    (cons line (lines))
                    (.close reader))))]
     (lines))))

(defn to-byte-source
  "Returns `x` as something that satisfies `leat.bytes.protocols/ByteSource`."
  ([x] (to-byte-source x nil))
  ([x options] (convert x #'proto/ByteSource options)))

(defn to-byte-sink
  "Returns `x` as something that satisfies `leat.bytes.protocols/ByteSink`."
  ([x] (to-byte-sink x nil))
  ([x options] (convert x #'proto/ByteSink options)))

;; ---- comparison

(defn- at-hand? [x]
  (or (bytes? x) (instance? ByteBuffer x) (string? x)))

(defn compare-bytes
  "Returns a negative number, 0 or a positive number, if the bytes of `a` are less than, equal to or greater than those of
  `b`: as unsigned numbers, from the first on; a beginning of others is less than these."
  ^long [a b]
  (if (and (at-hand? a) (at-hand? b))
    (Bytes/compare (to-byte-buffer a) (to-byte-buffer b))
    (Bytes/compare (.iterator ^Iterable (sequence (to-byte-buffers a)))
                   (.iterator ^Iterable (sequence (to-byte-buffers b))))))

(defn bytes=
  "Returns whether `a` and `b` have the same bytes."
  [a b]
  (zero? (compare-bytes a b)))

;; ---- printing

(defn- readable [c]
  (if (or (Character/isLetterOrDigit (int c)) (some #{c} "' _-+=`~{}[]()\\/#@!?.,;\""))
    c
    \.))

(defn- hex [bytes]
  (apply str (interpose " " (map #(format "%02X" %) bytes))))

(defn print-bytes
  "Returns nil. Prints the bytes of `bytes` in hexadecimal and as text, 16 in a line."
  [bytes]
  (doseq [buffer (convert bytes (seq-of ByteBuffer) {:chunk-size 16})
          line (partition-all 16 (to-byte-array buffer))]
    (println (format "%-48s" (str (hex (take 8 line)) "  " (hex (drop 8 line))))
             "    "
             (apply str (map #(readable (char (bit-and 0xFF (long %)))) line)))))

;; ---- definitions of conversions and transfers, and extensions of the protocols

(defn- stream-of-source [source options]
  (Transfers/inputStream
   (reify Supplier
     (get [_]
       (some-> (proto/take-bytes! source (:chunk-size options 4096) options) (to-byte-buffer options))))
   #(when (proto/closeable? source) (proto/close source))))

(def-conversion ^{:cost 0.5} [#'proto/ByteSource InputStream]
  [source options]
  (stream-of-source source options))

(def-conversion ^{:cost 2.1} [#'proto/ByteSource CharSequence]
  [source options]
  (LazyText. (convert (if (instance? InputStream source) source (stream-of-source source options)) Reader options)))

(def-transfer [ReadableByteChannel File]
  [channel file ^ILookup options]
  (with-open [^FileChannel out (convert file WritableByteChannel options)]
    (Transfers/copy ^ReadableByteChannel channel out options)))

(def-transfer [File WritableByteChannel]
  [file channel ^ILookup options]
  (with-open [^FileChannel in (convert file ReadableByteChannel options)]
    (Transfers/copy in ^WritableByteChannel channel options)))

(def-transfer [InputStream OutputStream]
  [in out ^ILookup options]
  (Transfers/copy ^InputStream in ^OutputStream out options))

(extend-protocol proto/Closeable
  Node
  (close [this] (.close this)))

(extend-protocol proto/ByteSink
  OutputStream
  (send-bytes! [this bytes options]
    (.write this (to-byte-array bytes options)))

  WritableByteChannel
  (send-bytes! [this bytes options]
    (Transfers/writeAll this (to-byte-buffer bytes options)))

  Sink
  (send-bytes! [this bytes options]
    (when-not @(.put this (to-byte-array bytes options))
      (throw (java.io.IOException. "Expected an open sink, actual a closed one.")))))

(extend-protocol proto/ByteSource
  InputStream
  (take-bytes! [this n _]
    (Transfers/take this (int n)))

  ReadableByteChannel
  (take-bytes! [this n options]
    (Transfers/take this (int n) options))

  ByteBuffer
  (take-bytes! [this n _]
    (Transfers/take this (int n))))

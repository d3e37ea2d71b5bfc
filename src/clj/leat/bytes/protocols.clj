(ns leat.bytes.protocols
  "What gives bytes and what takes them, for types of your own. Extend `ByteSource` or `ByteSink` to a class, and
  `leat.bytes` converts and transfers it."
  (:refer-clojure :exclude [bytes]))

(defprotocol Closeable
  "What can be closed: every `java.io.Closeable`, and more."
  (close [_] "Closes it. A second call does nothing."))

(defprotocol ByteSource
  "What gives bytes."
  (take-bytes! [_ n options]
    "Returns the next `n` bytes, fewer at the end, in anything that can become a ByteBuffer, or nil after the end."))

(defprotocol ByteSink
  "What takes bytes."
  (send-bytes! [_ bytes options] "Takes all of `bytes`, which can become a ByteBuffer."))

(extend-protocol Closeable
  java.io.Closeable
  (close [this] (.close this)))

(defn closeable?
  "Returns whether `x` can be closed."
  [x]
  (or (instance? java.io.Closeable x) (and (some? x) (satisfies? Closeable x))))

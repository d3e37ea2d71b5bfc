(ns leat.impl.codec.transit
  "Transit, by com.cognitect/transit-clj."
  (:require [cognitect.transit :as transit]
            [leat.impl.codec.text :as text])
  (:import [java.io ByteArrayInputStream]
           [java.util.function Supplier]
           [leat.codec Codec Codec$Reader Codec$Writer MessagePackScanner NestingScanner]))

(set! *warn-on-reflection* true)

(defn codec
  "Returns the codec, see `leat.codec/transit`."
  ^Codec [{:keys [max-bytes max-depth format read-handlers write-handlers]}]
  (let [max-bytes (int max-bytes)
        max-depth (int max-depth)
        read-options (if read-handlers {:handlers read-handlers} {})
        write-options (if write-handlers {:handlers write-handlers} {})
        read-one #(transit/read (transit/reader (ByteArrayInputStream. %1 %2 (- %3 %2)) format read-options))
        writer (reify Codec$Writer
                 (write [_ value out]
                   (transit/write (transit/writer out format write-options) value)))]
    (if (= :msgpack format)
      (Codec/selfDelimiting "Transit" max-bytes
                            (reify Supplier
                              (get [_] (MessagePackScanner. max-bytes max-depth)))
                            (reify Codec$Reader
                              (read [_ bytes from to] (read-one bytes from to)))
                            writer)
      (Codec/framed "Transit" max-bytes
                    (reify Codec$Reader
                      (read [_ bytes from to]
                        (NestingScanner/checkJson bytes from to max-depth)
                        (read-one bytes from to)))
                    writer
                    (text/lines max-bytes)))))

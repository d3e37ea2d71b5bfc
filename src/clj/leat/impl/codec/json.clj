(ns leat.impl.codec.json
  "JSON (RFC 8259), by org.clojure/data.json."
  (:require [clojure.data.json :as json]
            [leat.impl.codec.text :as text])
  (:import [java.io PushbackReader StringReader StringWriter]
           [leat.codec Codec Codec$Reader Codec$Writer NestingScanner]))

(set! *warn-on-reflection* true)

(defn- read-one [key-fn ^String s]
  (let [in (PushbackReader. (StringReader. s) 64)
        value (json/read in :key-fn key-fn :bigdec false)]
    (loop [c (.read in)]
      (cond
        (neg? c) value
        (contains? #{32 9 10 13} c) (recur (.read in))
        :else (throw (IllegalArgumentException. "more than one value"))))))

(defn codec
  "Returns the codec, see `leat.codec/json`."
  ^Codec [{:keys [max-bytes max-depth keywords?]}]
  (let [key-fn (if keywords? keyword identity)
        deepest (int max-depth)]
    (Codec/framed "JSON" (int max-bytes)
                  (reify Codec$Reader
                    (read [_ bytes from to]
                      (NestingScanner/checkJson bytes from to deepest)
                      (read-one key-fn (text/string bytes from to))))
                  (reify Codec$Writer
                    (write [_ value out]
                      (let [written (StringWriter.)]
                        (json/write value written :escape-slash false :escape-unicode false)
                        (text/write (str written) out))))
                  (text/lines max-bytes))))

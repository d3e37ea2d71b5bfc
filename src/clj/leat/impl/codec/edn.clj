(ns leat.impl.codec.edn
  "EDN, by clojure.edn and `pr`."
  (:require [clojure.edn :as edn]
            [leat.impl.codec.text :as text])
  (:import [java.io PushbackReader StringReader StringWriter]
           [leat.codec Codec Codec$Reader Codec$Writer NestingScanner]))

(set! *warn-on-reflection* true)

(defn- read-one [options ^String s]
  (let [in (PushbackReader. (StringReader. s))
        end (Object.)
        value (edn/read options in)]
    (when-not (identical? end (edn/read (assoc options :eof end) in))
      (throw (IllegalArgumentException. "more than one value")))
    value))

(def ^:private unreadable
  "What prints classes that have no way to be printed of their own."
  (get-method print-method Object))

(defn- check
  "Throws unless everything in `x` prints as EDN, at most `levels` deep."
  [x ^long levels]
  (when (neg? levels)
    (throw (IllegalArgumentException. "too deep")))
  (cond
    (or (string? x) (keyword? x) (number? x) (nil? x) (boolean? x) (symbol? x)) nil
    (map? x) (reduce-kv (fn [_ k v] (check k (dec levels)) (check v (dec levels))) nil x)
    (coll? x) (run! #(check % (dec levels)) x)
    (tagged-literal? x) (check (:form x) (dec levels))
    (or (fn? x) (and (some? x) (identical? unreadable (get-method print-method (class x)))))
    (throw (IllegalArgumentException. (str "EDN has nothing for a " (.getName (class x)))))))

(defn- print-one ^String [value]
  (let [out (StringWriter.)]
    (binding [*print-length* nil, *print-level* nil, *print-meta* false, *print-readably* true, *print-dup* false
              *print-namespace-maps* true]
      (print-method value out))
    (str out)))

(defn codec
  "Returns the codec, see `leat.codec/edn`."
  ^Codec [{:keys [max-bytes max-depth readers default]}]
  (let [options {:readers (or readers {}), :default (or default tagged-literal)}
        deepest (int max-depth)]
    (Codec/framed "EDN" (int max-bytes)
                  (reify Codec$Reader
                    (read [_ bytes from to]
                      (NestingScanner/checkEdn bytes from to deepest)
                      (read-one options (text/string bytes from to))))
                  (reify Codec$Writer
                    (write [_ value out]
                      (check value deepest)
                      (text/write (print-one value) out)))
                  (text/lines max-bytes))))

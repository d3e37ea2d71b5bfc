(ns leat.impl.codec.fressian
  "Fressian, by org.fressian/fressian with the handlers of org.clojure/data.fressian, except the one for records, which
  would resolve names that the peer chose."
  (:require [clojure.data.fressian :as fressian])
  (:import [clojure.lang IPersistentMap]
           [java.io ByteArrayInputStream]
           [java.util List]
           [java.util.function Supplier]
           [leat.codec Codec Codec$Reader Codec$Writer FressianScanner]
           [org.fressian FressianReader FressianWriter TaggedObject]
           [org.fressian.handlers ReadHandler]))

(set! *warn-on-reflection* true)

(defn- constructor
  "The function that makes a record of the class of a map."
  [^Class record]
  (let [create (.getMethod record "create" (into-array Class [IPersistentMap]))]
    #(.invoke create nil (object-array [%]))))

(defn- record-handler
  "Makes records of these classes; others are a TaggedObject."
  [records]
  (let [constructors (into {} (map (fn [^Class record] [(.getName record) (constructor record)])) records)]
    (reify ReadHandler
      (read [_ reader _tag _component-count]
        (let [class-name (.readObject reader)
              fields (.readObject reader)]
          (if-let [construct (constructors (str class-name))]
            (construct fields)
            (TaggedObject. "record" (object-array [class-name fields]))))))))

(defn- vectors
  "Makes vectors of the lists that the reader makes, which are Java's. What is within maps and sets is done already."
  [x]
  (if (and (instance? List x) (not (coll? x)))
    (mapv vectors x)
    x))

(def ^:private map-handler
  (reify ReadHandler
    (read [_ reader _tag _component-count]
      (apply hash-map (vectors (.readObject reader))))))

(def ^:private set-handler
  (reify ReadHandler
    (read [_ reader _tag _component-count]
      (set (vectors (.readObject reader))))))

(defn codec
  "Returns the codec, see `leat.codec/fressian`."
  ^Codec [{:keys [max-bytes max-depth records read-handlers write-handlers]}]
  (let [readers (fressian/associative-lookup
                  (merge fressian/clojure-read-handlers
                         {"map" map-handler, "set" set-handler}
                         read-handlers
                         {"record" (record-handler records)}))
        writers (fressian/inheritance-lookup
                  (fressian/associative-lookup (merge fressian/clojure-write-handlers write-handlers)))
        max-bytes (int max-bytes)
        max-depth (int max-depth)]
    (Codec/selfDelimiting "Fressian" max-bytes
                          (reify Supplier
                            (get [_] (FressianScanner. max-bytes max-depth)))
                          (reify Codec$Reader
                            (read [_ bytes from to]
                              (-> (ByteArrayInputStream. bytes from (- to from))
                                  (FressianReader. readers false)
                                  .readObject
                                  vectors)))
                          (reify Codec$Writer
                            (write [_ value out]
                              (.writeObject (FressianWriter. out writers) value))))))

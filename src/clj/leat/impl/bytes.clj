(ns leat.impl.bytes
  "What leat.bytes does not show: the graph and the table of transfers with what has been found in them."
  (:require [leat.bytes.protocols :as proto])
  (:import [clojure.lang ILookup]
           [java.util.concurrent ConcurrentHashMap]
           [java.util.function Supplier]
           [leat.convert BuiltIn Conversion$Step ConversionGraph Path Type Type$Wrapper]))

(set! *warn-on-reflection* true)

(def conversions
  "The graph of all conversions."
  (atom nil))

(def inverse-conversions
  "The same graph the other way around, to look at."
  (atom nil))

(def transfers
  "The functions that transfer bytes, by the types of what they read and what they write."
  (atom nil))

(reset! conversions (BuiltIn/graph (reify Supplier (get [_] @conversions))))
(reset! inverse-conversions (.inverse ^ConversionGraph @conversions))

(def ^:private ^ConcurrentHashMap known-transfers
  "By a vector of two types, the function that transfers, or ::none."
  (ConcurrentHashMap.))

(defn- forget [& _] (.clear known-transfers))
(add-watch conversions ::transfers forget)
(add-watch transfers ::transfers forget)

(def ^Class byte-array-class "The class of byte arrays." (Class/forName "[B"))

(defn element
  "Returns the class or protocol that `x` means where `bytes` is the type of byte arrays."
  [x]
  (if (or (= 'bytes x) (identical? bytes x)) byte-array-class x))

(defn ->type
  "Returns the type that `x` means."
  ^Type [x]
  (if (instance? Type x) x (Type/of (element x))))

(defn wrapped
  "Returns the type of a sequence, stream or vector of what `x` means."
  ^Type [^Type$Wrapper wrapper x]
  (Type/of wrapper (element x)))

(defn add-conversion!
  "Adds a conversion of a value and options to the graph."
  [from to cost f]
  (let [step (reify Conversion$Step (apply [_ x options] (f x options)))]
    (swap! conversions (fn [^ConversionGraph graph] (.with graph (->type from) (->type to) (double cost) step)))
    (swap! inverse-conversions (fn [_] (.inverse ^ConversionGraph @conversions)))
    nil))

(defn add-transfer!
  "Adds a function of a source, a sink and options to the table."
  [from to f]
  (swap! transfers assoc-in [(->type from) (->type to)] f)
  nil)

(defn path
  "Returns the cheapest path between two types, or nil."
  ^Path [from to]
  (.find ^ConversionGraph @conversions (->type from) (->type to)))

(defn convert
  "Converts `x`, of the type `from` if that is not nil, into `to`."
  [x from to options]
  (if from
    (.convertFrom ^ConversionGraph @conversions x (->type from) to options)
    (.convert ^ConversionGraph @conversions x to options)))

(defn tag
  "Returns the type hint for a parameter of the type that the form `form` means, or nil."
  [form]
  (let [x (when (symbol? form) (resolve form))
        class (element (if (var? x) @x x))]
    (cond
      (identical? byte-array-class class) 'bytes
      (class? class) (symbol (.getName ^Class class)))))

;; ---- transfers

(defn- cheapest
  "The entry [from to f] of the table that `source` and `sink` reach at the lowest cost, or nil."
  [source sink]
  (let [routes (for [[from to->f] @transfers
                     :let [p (path source from)] :when p
                     [to f] to->f
                     :let [q (path sink to)] :when q]
                 [[(+ (.cost p) (.cost q)) (+ (count (.forms p)) (count (.forms q)))] [from to f]])]
    (second (first (sort-by first routes)))))

(defn- pump
  "Takes from a ByteSource and gives to a ByteSink, till the end."
  [source sink {:keys [chunk-size] :or {chunk-size 1024} :as options}]
  (loop []
    (when-let [chunk (proto/take-bytes! source chunk-size options)]
      (proto/send-bytes! sink chunk options)
      (recur))))

(defn- route
  "The entry of the table for `source` and `sink`, or the one that is always there, or nil."
  [source sink]
  (or (cheapest source sink)
      (when (and (path source #'proto/ByteSource) (path sink #'proto/ByteSink))
        [#'proto/ByteSource #'proto/ByteSink pump])))

(defn transfer-fn
  "Returns a function that transfers from the type `source` to the type `sink`, as an entry of the table, or nil."
  [source sink]
  (let [k [source sink]
        known (.get known-transfers k)]
    (cond
      (nil? known) (do (.put known-transfers k (or (route source sink) ::none))
                       (transfer-fn source sink))
      (identical? ::none known) nil
      :else known)))

(defn- close-after
  "Closes what was made of `given`, and that itself too if `close?`."
  [given made close?]
  (when (and (proto/closeable? made) (or close? (not (proto/closeable? given))))
    (proto/close made))
  (when (and close? (proto/closeable? given))
    (proto/close given)))

(defn transfer
  "Transfers by an entry of the table."
  [[from to f] source source-type sink ^ILookup options]
  (let [close? (:close? options true)
        from' (convert source source-type from options)]
    (try
      (let [to' (convert sink nil to options)]
        (try
          (f from' to' options)
          (finally
            (close-after sink to' close?))))
      (finally
        (close-after source from' close?)))))

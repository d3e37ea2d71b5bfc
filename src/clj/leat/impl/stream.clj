(ns leat.impl.stream
  "What leat.stream does not show: options, descriptions, and what becomes a source or a sink by itself."
  (:refer-clojure :exclude [reduce])
  (:require [leat.time :as time])
  (:import [clojure.lang IDeref RT Seqable]
           [java.io InputStream OutputStream Writer]
           [java.util Iterator]
           [java.util.concurrent BlockingQueue CompletionStage Flow$Publisher Flow$Subscriber Future]
           [java.util.function BiPredicate]
           [java.util.stream BaseStream]
           [leat.async CurrentExecutor Deferred Description Link Node Sink Sinks Source Sources Stream StreamBuilder
            Streams]
           [leat.clj SeqSource StreamFns]))

(set! *warn-on-reflection* true)

;; ---- coercion

(defn- channel?
  "Whether `x` is a core.async channel. Loads nothing: where there is a channel, core.async is there."
  [x]
  (and (some? x) (.startsWith (.getName (class x)) "clojure.core.async.impl.channels.")))

(def ^:private channel->source (delay (requiring-resolve 'leat.impl.channel/->source)))
(def ^:private channel->sink (delay (requiring-resolve 'leat.impl.channel/->sink)))
(def ^:private ->deferred (delay (requiring-resolve 'leat.deferred/->deferred)))

(defn- awaitable? [x]
  (or (instance? CompletionStage x) (instance? Future x)
      (and (instance? IDeref x) (instance? clojure.lang.IPending x))))

(defn- array? [x]
  (and (some? x) (.isArray (class x))))

(defn- iterable->source [^Iterable x]
  (Sources/of x))

(defn sourceable?
  "Returns whether `->source` knows what to do with `x`."
  [x]
  (boolean
   (or (instance? Deferred x) (instance? Seqable x) (channel? x) (instance? BlockingQueue x) (instance? Iterator x)
       (instance? BaseStream x) (instance? Flow$Publisher x) (instance? InputStream x) (instance? Iterable x)
       (array? x) (awaitable? x))))

(defn ->source
  "Returns a source of what is in `x`, or `default-val`."
  [x default-val]
  (cond
    (nil? x) default-val
    (instance? Deferred x) (Sources/of ^Deferred x)
    (channel? x) (@channel->source x)
    (instance? BlockingQueue x) (Sources/of ^BlockingQueue x)
    (or (instance? Seqable x) (array? x)) (SeqSource. x)
    (instance? Iterator x) (Sources/of ^Iterator x)
    (instance? BaseStream x) (Sources/of ^BaseStream x)
    (instance? Flow$Publisher x) (Sources/of ^Flow$Publisher x)
    (instance? InputStream x) (Sources/of ^InputStream x)
    (instance? Iterable x) (iterable->source x)
    (awaitable? x) (Sources/of ^Deferred (@->deferred x))
    :else default-val))

(defn sinkable?
  "Returns whether `->sink` knows what to do with `x`."
  [x]
  (or (instance? Deferred x) (channel? x) (instance? BlockingQueue x) (instance? OutputStream x)
      (instance? Flow$Subscriber x)))

(defn ->sink
  "Returns a sink into `x`, or `default-val`."
  [x default-val]
  (cond
    (instance? Deferred x) (Sinks/of ^Deferred x)
    (channel? x) (@channel->sink x)
    (instance? BlockingQueue x) (Sinks/of ^BlockingQueue x)
    (instance? OutputStream x) (Sinks/of ^OutputStream x)
    (instance? Flow$Subscriber x) (Sinks/of ^Flow$Subscriber x)
    :else default-val))

(defn cannot-convert
  "Returns the exception that says that `x` cannot become a `what`."
  [x what]
  (IllegalArgumentException. (str "Cannot convert " (StreamFns/nameOf x) " to a " what "."
                                  (when (fn? x) " It is a function: are the arguments in the wrong order?"))))

;; ---- options

(defn link
  "Returns a link into `sink` with the options of `leat.stream/connect`. No :timeout, or -1, is no limit."
  ^Link [^Sink sink {:keys [upstream? downstream? timeout description] :or {downstream? true}}]
  (cond-> (.described (.downstream (.upstream (Link/to sink) (boolean upstream?)) (boolean downstream?)) description)
    (not (or (nil? timeout) (== -1 timeout))) (.timeout (time/ms->nanos timeout) time/*clock*)))

(defn- builder ^StreamBuilder [{:keys [permanent? executor description]}]
  (-> (Stream/builder)
      (.permanent (boolean permanent?))
      (.executor (StreamFns/executor executor "executor of a stream"))
      (.label description)))

(defn stream
  "Returns a stream with the options of `leat.stream/stream*`."
  ^Stream [{:keys [buffer-size xform] :as options}]
  (let [b (.capacity (builder options) (int (max 0 (long (or buffer-size 0)))))]
    (if xform (.transformed b (StreamFns/transform xform)) (.build b))))

(defn metered-stream
  "Returns a stream whose capacity is a sum of sizes."
  ^Stream [metric limit description]
  (.metered (builder {:executor (CurrentExecutor/get), :description description}) (StreamFns/metric metric "metric of a stream")
            (long (StreamFns/number limit "limit of a stream"))))

(defn lossy-stream
  "Returns a stream of `n` values, fed from `source`, that drops values rather than making that wait."
  [n source drop-oldest?]
  (let [s (Streams/fresh (int (StreamFns/number n "first argument of a dropping or sliding stream")))]
    (Streams/connectLossy source s (boolean drop-oldest?))
    s))

(defn reduce
  "See `leat.stream/reduce`; `initial-value` counts if `initial?`."
  [f initial? initial-value source]
  (Streams/reduce (StreamFns/reducer f "first argument of reduce") (boolean initial?) initial-value
                  (StreamFns/supplier f "first argument of reduce") source))

(defn put-all
  "Puts all of `msgs` into `sink`. What `msgs` throws is the error of the deferred."
  [^Sink sink msgs]
  (let [values (try (RT/iter msgs) (catch Throwable e e))]
    (if (instance? Throwable values)
      (Deferred/failed values)
      (Streams/putAll values sink))))

(defn stream->seq
  "Returns a lazy sequence of what the deferreds that `take-or` returns hold, until that is the argument of `take-or`."
  [take-or]
  (lazy-seq
   (let [end (Object.)
         x @(take-or end)]
     (when-not (identical? end x)
       (cons x (stream->seq take-or))))))

(defn period->nanos
  "Returns the nanoseconds of a `period` in milliseconds, for `leat.stream/periodically`."
  ^long [period]
  (let [nanos (time/ms->nanos (StreamFns/number period "period of periodically"))]
    (when-not (pos? nanos)
      (throw (IllegalArgumentException. (str "Expected a period > 0 ms for periodically, actual " period "."))))
    nanos))

(defn until-next
  "Returns the milliseconds until the time of day is a multiple of `period`, which is positive."
  [period]
  (period->nanos period)
  (- (double period) (rem (System/currentTimeMillis) (double period))))

(def same
  "Whether two values are equal in the sense of Clojure."
  (reify BiPredicate (test [_ a b] (= a b))))

;; ---- descriptions

(defn describe
  "Returns `d` as a map, without what is not known."
  [^Description d]
  (let [known (fn [m k ^long n] (cond-> m (not (neg? n)) (assoc k n)))]
    (cond-> {:type (.type d)}
      (.isSink d) (assoc :sink? true, :closed? (.isClosed d))
      (.isSource d) (assoc :source? true, :drained? (.isDrained d))
      (and (.isSink d) (.isSource d)) (assoc :permanent? (.isPermanent d))
      true (known :buffer-capacity (.bufferCapacity d))
      true (known :buffer-size (.bufferSize d))
      true (known :pending-puts (.pendingPuts d))
      true (known :pending-takes (.pendingTakes d))
      (.cause d) (assoc :cause (.cause d)))))

(defn description
  "Returns the description of a node, as its maker wants it to be shown."
  [^Node node]
  (let [label (when (instance? Stream node) (.label ^Stream node))]
    (cond-> (describe (.description node))
      (ifn? label) label)))

(defmethod print-method Node [^Node node ^Writer w]
  (let [sink? (instance? Sink node), source? (instance? Source node)]
    (.write w (str "<< " (cond (and sink? source?) "stream" source? "source" sink? "sink" :else "node") ": "
                   (pr-str (description node)) " >>"))))
(prefer-method print-method Node Object)

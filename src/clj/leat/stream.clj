(ns leat.stream
  "Asynchronous sequences of values, with back-pressure.

  A stream has two ends: `put!` gives a deferred that is true once the value has found its place, `take!` a deferred of
  the next value. Whoever waits for these is never flooded. `connect` feeds a source into sinks, and `map`, `filter` and
  so on make sources of sources. Channels, queues, sequences, iterators, publishers and deferreds become sources and
  sinks by themselves where one is expected; what cannot become one is an IllegalArgumentException.

  Callbacks run on the thread that brings the value, or on the executor of the stream if it has one. When a callback
  throws, that is logged once; the stream behind it is closed with the exception as its `close-cause`, and the source
  too if nothing else is connected to it. Nothing here blocks but `stream->seq`.

  `graph` shows what is connected, and where values pile up."
  (:refer-clojure :exclude [concat filter map mapcat reduce reductions])
  (:require [clojure.core :as core]
            [leat.impl.graph :as graph]
            [leat.impl.stream :as impl]
            [leat.time :as time])
  (:import [java.util.function Function]
           [leat.async CurrentExecutor Deferred Link Node Sink Source Stream Streams Timing Views]
           [leat.clj Options StreamFns]))

(set! *warn-on-reflection* true)

(defprotocol Sinkable
  "What can be made a sink. Extend it to types of your own."
  (to-sink [x] "Returns a sink into `x`."))

(defprotocol Sourceable
  "What can be made a source. Extend it to types of your own."
  (to-source [x] "Returns a source of what is in `x`."))

;; ---- coercion

(defn sinkable?
  "Returns whether `x` is a sink or `->sink` can make one of it."
  [x]
  (or (instance? Sink x) (satisfies? Sinkable x) (impl/sinkable? x)))

(defn sourceable?
  "Returns whether `x` is a source or `->source` can make one of it."
  [x]
  (or (instance? Source x) (satisfies? Sourceable x) (impl/sourceable? x)))

(defn ->sink
  "Returns a sink into `x`: a core.async channel, BlockingQueue, deferred, OutputStream, Flow.Subscriber, or what
  implements `Sinkable`. For what cannot be a sink, returns `default-val`, or without one throws an IllegalArgumentException."
  (^Sink [x]
   (if (instance? Sink x) x (or (->sink x nil) (throw (impl/cannot-convert x "sink")))))
  (^Sink [x default-val]
   (cond
     (instance? Sink x) x
     (satisfies? Sinkable x) (to-sink x)
     :else (impl/->sink x default-val))))

(defn ->source
  "Returns a source of what is in `x`: a core.async channel, BlockingQueue, seq or collection, iterator, Java stream,
  Flow.Publisher, InputStream, deferred, or what implements `Sourceable`. For what cannot be a source, returns
  `default-val`, or without one throws an IllegalArgumentException."
  (^Source [x]
   (if (instance? Source x) x (or (->source x nil) (throw (impl/cannot-convert x "source")))))
  (^Source [x default-val]
   (cond
     (instance? Source x) x
     (satisfies? Sourceable x) (to-source x)
     :else (impl/->source x default-val))))

(defn source-only
  "Returns a view of the stream `s` that is nothing but a source."
  ^Source [s]
  (Views/sourceOnly (StreamFns/source s "source-only")))

(defn sink-only
  "Returns a view of the stream `s` that is nothing but a sink."
  ^Sink [s]
  (Views/sinkOnly (StreamFns/sink s "sink-only")))

(defn stream? "Returns whether `x` is a source or a sink, or both." [x] (instance? Node x))
(defn source? "Returns whether `x` is a source." [x] (instance? Source x))
(defn sink? "Returns whether `x` is a sink." [x] (instance? Sink x))

;; ---- looking

(defn description
  "Returns a map that describes the stream `x` as it stands: its :type, :source?, :sink?, :closed?, :drained?, and as far
  as they are known :pending-puts, :pending-takes, :buffer-size, :buffer-capacity, :permanent? and :cause."
  [x]
  (impl/description (StreamFns/node x "description")))

(defn downstream
  "Returns what the source `x` feeds, as a seq of pairs of the description of the connection and the sink."
  [x]
  (seq (core/map (fn [^Link link] [(.description link) (.sink link)]) (.downstream (StreamFns/node x "downstream")))))

(defn weak-handle
  "Returns a new WeakReference to the stream `x`, which does not keep it from being collected."
  [x]
  (java.lang.ref.WeakReference. x))

(defn synchronous?
  "Returns whether what is underneath the stream `x` makes threads wait, as a BlockingQueue does."
  [x]
  (.isSynchronous (StreamFns/node x "synchronous?")))

(defn graph
  "Returns the topology around the stream `s`, upstream and downstream: {:nodes [{:id 0, :type \"stream\", ...} ...],
  :edges [{:from 0, :to 1, :description ...} ...]}. A node is what `description` returns, with an :id and the :pressure
  there: :high where puts are pending or a buffer is full, :some where values wait, :hungry where takes are pending, else
  :none. `s` itself is the node 0."
  [s]
  (graph/graph (StreamFns/node s "graph")))

(defn graph->mermaid
  "Returns a drawing of `g`, a stream or what `graph` returns, as text for Mermaid. Colours show where pressure stands."
  [g]
  (graph/mermaid g))

(defn graph->svg
  "Returns a drawing of `g`, a stream or what `graph` returns, as text in SVG. Colours show where pressure stands."
  [g]
  (graph/svg g))

;; ---- the end

(defn close!
  "Returns nil. Closes the stream `sink`: later `put!`s give false, and what is in it can still be taken."
  [sink]
  (.close (StreamFns/node sink "close!")))

(defn closed?
  "Returns whether the stream `sink` is closed."
  [sink]
  (.isClosed (StreamFns/sink sink "closed?")))

(defn close-cause
  "Returns the exception with which the stream `s` was closed, or nil."
  [s]
  (.closeCause (StreamFns/node s "close-cause")))

(defn on-closed
  "Returns nil. Calls `callback` when the stream `sink` (or source) is closed, or at once if it is, on the thread that
  closes it. A callback of one argument gets the `close-cause`. What it throws is logged."
  [sink callback]
  (let [end (StreamFns/onEnd callback (StreamFns/node sink "on-closed") "second argument of on-closed")]
    (if (instance? Sink sink) (.onClosed ^Sink sink end) (.onClosed ^Source sink end))))

(defn drained?
  "Returns whether the stream `source` is closed and nothing is left in it."
  [source]
  (.isDrained (StreamFns/source source "drained?")))

(defn on-drained
  "Returns nil. Calls `callback` when the stream `source` is drained, or at once if it is, on the thread that takes the
  last value or closes it. A callback of one argument gets the `close-cause`. What it throws is logged."
  [source callback]
  (let [source (StreamFns/source source "on-drained")]
    (.onDrained source (StreamFns/onEnd callback source "second argument of on-drained"))))

;; ---- put and take

(defn put!
  "Returns a deferred that is true once the value `x` has found its place in `sink`: with somebody who takes it, or in a
  buffer; and false if `sink` is closed. It is an IllegalStateException if 16,384 puts are pending already. Its
  callbacks run on the thread that makes room."
  ^Deferred [sink x]
  (.put (StreamFns/sink sink "put!") x))

(defn put-all!
  "Returns a deferred that is true once all of `msgs` have found their place in `sink`, each put after the last one has,
  and false as soon as `sink` is closed. If `msgs` throws, so does the deferred."
  [sink msgs]
  (impl/put-all (StreamFns/sink sink "put-all!") msgs))

(defn try-put!
  "Returns a deferred as `put!` does, but `timeout-val`, false by default, if the value has found no place within
  `timeout` milliseconds: it never will then. Its callbacks run on the thread that makes room, or on a timer's."
  (^Deferred [sink x timeout]
   (try-put! sink x timeout false))
  (^Deferred [sink x ^double timeout timeout-val]
   (.put (StreamFns/sink sink "try-put!") x (time/ms->nanos timeout) timeout-val time/*clock*)))

(defn take!
  "Returns a deferred of the next value from `source`, or of `default-val`, nil by default, if it is drained. It
  is an IllegalStateException if 16,384 takes are pending already. Its callbacks run on the thread that puts."
  (^Deferred [source]
   (.take (StreamFns/source source "take!") nil))
  (^Deferred [source default-val]
   (.take (StreamFns/source source "take!") default-val)))

(defn try-take!
  "Returns a deferred as `take!` does, but of `timeout-val`, nil by default, if no value comes within `timeout`
  milliseconds: what comes later is for others. Its callbacks run on the thread that puts, or on a timer's."
  (^Deferred [source timeout]
   (try-take! source nil timeout nil))
  (^Deferred [source default-val ^double timeout timeout-val]
   (.take (StreamFns/source source "try-take!") default-val (time/ms->nanos timeout) timeout-val time/*clock*)))

;; ---- streams

(defn stream
  "Returns a new stream. `put!` gives true when the value is in the buffer of `buffer-size` values, 0 by default, or has
  been taken. The transducer `xform` is applied to what is put. The callbacks of `put!`, `take!` and connections run on
  `executor`, by default that of this thread, see `leat.executor`; without one, on the thread that brings the value."
  (^Stream []
   (Streams/fresh 0))
  (^Stream [buffer-size]
   (Streams/fresh (max 0 (long (StreamFns/number buffer-size "buffer-size of stream")))))
  (^Stream [buffer-size xform]
   (stream buffer-size xform (CurrentExecutor/get)))
  (^Stream [buffer-size xform executor]
   (impl/stream {:buffer-size (StreamFns/number buffer-size "buffer-size of stream"), :xform xform, :executor executor})))

(defn stream*
  "Returns a new stream as `stream` does, from a map:

  :permanent?   true if it cannot be closed; what :xform throws is then the error of that one put
  :buffer-size  the number of values that it holds before puts are pending, 0 by default
  :description  a function from its `description` to the one that is shown
  :executor     where callbacks run
  :xform        a transducer for what is put"
  {:arglists '([{:keys [permanent? buffer-size description executor xform]}])}
  ^Stream [options]
  (Options/check 'leat.stream/stream* options)
  (impl/stream (if (contains? options :executor) options (assoc options :executor (CurrentExecutor/get)))))

(defn buffered-stream
  "Returns a new stream with a buffer of `buffer-size` values. With `metric`, a function from a value to its size, puts
  are pending while the sizes of all that is in the buffer are more than `limit`; a value is in the buffer at once then,
  and comes out even if its put was withdrawn. `description` is as for `stream*`."
  (^Stream [buffer-size]
   (impl/stream {:buffer-size (StreamFns/number buffer-size "buffer-size of buffered-stream"), :executor (CurrentExecutor/get)}))
  (^Stream [metric limit]
   (buffered-stream metric limit identity))
  (^Stream [metric limit description]
   (impl/metered-stream metric limit description)))

(defn splice
  "Returns a stream of two halves: what is put goes into `sink`, and what is taken comes from `source`. `close!` closes
  both."
  [sink source]
  (Views/splice (->sink sink) (->source source)))

(defn onto
  "Returns a stream of the same values as `s`, whose callbacks run on `executor`."
  [executor s]
  (let [s' (impl/stream {:executor executor})]
    (.connect (->source s) (Link/to s'))
    s'))

;; ---- connections

(defn connect
  "Returns nil. Feeds `source` into `sink`, each value once the last one has found its place. Several sinks of a source
  get all of its values, at the pace of the slowest. The options:

  :upstream?    whether closing this sink closes the source even if it has others; false by default. When the last sink
                is closed, the source is always closed, unless it is permanent.
  :downstream?  whether the sink is closed when the source is drained; true by default
  :timeout      the milliseconds after which a sink that does not take a value is cut off, and closed if :downstream?;
                none if it is missing, nil or -1
  :description  of the connection, for `downstream` and `graph`"
  {:arglists '([source sink]
               [source sink {:keys [upstream? downstream? timeout description]
                             :or {upstream? false, downstream? true}}])}
  ([source sink]
   (.connect (->source source) (Link/to (->sink sink))))
  ([source sink options]
   (Options/check 'leat.stream/connect options)
   (.connect (->source source) (impl/link (->sink sink) options))))

(defn consume
  "Calls `callback` with each value of `source`, as fast as it returns, on the thread that puts. Returns a deferred
  that is true when `source` is drained, or `callback` has thrown: then `source` is closed with that cause."
  [callback source]
  (Streams/consume (StreamFns/consumer callback "first argument of consume") (->source source)))

(defn consume-async
  "Calls `callback` with each value of `source`, or its value if it is a deferred, each time once the deferred that the
  callback returned for the last one is realized. If that is false or an error, it is the end, and an error the
  cause with which `source` is closed. Returns a deferred that is true when `source` is drained or it was the end."
  [callback source]
  (Streams/consumeAsync (StreamFns/function callback "first argument of consume-async") (->source source)))

(defn connect-via
  "Calls `callback` with each value of `src`, which puts it into `dst` in some form and returns a deferred of true, or of
  false if `dst` is closed. `options` are those of `connect`. Returns a deferred that is true when `src` is drained, `dst`
  is closed or `callback` gave false. What `callback` throws, or its deferred, closes both ends with that cause."
  ([src callback dst]
   (connect-via src callback dst nil))
  ([src callback dst options]
   (Options/check 'leat.stream/connect-via options)
   (Streams/connectVia (->source src) (StreamFns/function callback "second argument of connect-via")
                       (impl/link (->sink dst) options))))

(defn drain-into
  "Puts all values of `src` into `dst`, and leaves that open. Returns a deferred that is true when `src` is drained or
  `dst` is closed."
  [src dst]
  (Streams/drainInto (->source src) (->sink dst)))

(defn stream->seq
  "Returns a lazy sequence of the values of `s`, which blocks until the next one is there. It ends when `s` is drained, or
  when no value comes for `timeout-interval` milliseconds. Blocks, and throws what a take fails with."
  ([s]
   (impl/stream->seq (partial take! (->source s))))
  ([s timeout-interval]
   (let [source (->source s)]
     (impl/stream->seq #(try-take! source % timeout-interval %)))))

(defn periodically
  "Returns a source of what the function `f` of no arguments returns, called every `period` milliseconds, first after
  `initial-delay` milliseconds; by default when the time of day is a multiple of `period`. Nothing is called while the
  last value but one has not been taken."
  ([period initial-delay f]
   (let [s (stream 1)]
     (Streams/periodically (StreamFns/supplier f "last argument of periodically") (time/ms->nanos initial-delay)
                           (impl/period->nanos period) time/*clock* s)
     (source-only s)))
  ([period f]
   (periodically period (impl/until-next period) f)))

;; ---- transformations

(defn transform
  "Returns a source of what the transducer `xform` makes of the source `s`, with a buffer of `buffer-size` values, 0 by
  default."
  ([xform s]
   (transform xform 0 s))
  ([xform buffer-size s]
   (let [s' (stream buffer-size (StreamFns/fn xform "first argument of transform"))]
     (.connect (->source s) (impl/link s' {:description {:op "transducer"}}))
     (source-only s'))))

(defn map
  "Returns a source of `(f value)` for each value of the source `s`; with several sources, of `f` called with a value of
  each."
  ([f s]
   (Streams/map (StreamFns/function f "first argument of map") (->source s) {:op "map"}))
  ([f s & rest]
   (Streams/zip (StreamFns/spread f "first argument of map")
                (core/mapv ->source (cons s rest)) {:op "map"})))

(defn realize-each
  "Returns a source of the values of the deferreds of the source `s`; what is no deferred goes through as it is."
  [s]
  (Streams/realizeEach (->source s) {:op "realize-each"}))

(defn zip
  "Returns a source of vectors of one value of each source, until one of them is drained."
  ([a]
   (map vector a))
  ([a & rest]
   (Streams/zip (StreamFns/tuples) (core/mapv ->source (cons a rest)) {:op "zip"})))

(defn filter
  "Returns a source of those values of the source `s` for which `(pred value)` is true."
  [pred s]
  (Streams/filter (StreamFns/predicate pred "first argument of filter") (->source s) {:op "filter"}))

(defn reductions
  "Returns a source of `initial-value`, which is by default the first value of the source `s`, and of what `f` makes of
  each value and the last result. Results and values may be deferreds."
  ([f s]
   (Streams/reductions (StreamFns/function2 f "first argument of reductions") false nil (->source s) {:op "reductions"}))
  ([f initial-value s]
   (Streams/reductions (StreamFns/function2 f "first argument of reductions") true initial-value (->source s) {:op "reductions"})))

(defn reduce
  "Returns a deferred of what `f` has made of all values of the source `s` when that is drained, or of the value that `f`
  has given as `reduced`. `initial-value` is by default the first value, and `(f)` if there is none. What `f`
  throws is the error of the deferred. Takes for itself, and closes nothing."
  ([f s]
   (impl/reduce f false nil (->source s)))
  ([f initial-value s]
   (impl/reduce f true initial-value (->source s))))

(defn mapcat
  "Returns a source of everything in the collections that `(f value)` returns for each value of the source `s`; with
  several sources, `f` is called with a value of each."
  ([f s]
   (Streams/mapcat (StreamFns/iterators f "first argument of mapcat") (->source s) {:op "mapcat"}))
  ([f s & rest]
   (let [f (StreamFns/fn f "first argument of mapcat")]
     (mapcat #(apply f %) (apply zip s rest)))))

(defn lazily-partition-by
  "Returns a source of sources: the values of the source `s`, cut where `(f value)` changes. The next source comes when
  the last one has been taken to its end. `(transform (partition-by f) s)` gives vectors instead."
  [f s]
  (Streams/partition (StreamFns/function f "first argument of lazily-partition-by") impl/same
                     (->source s) {:op "lazily-partition-by"}))

(defn concat
  "Returns a source of the values of all the sources that come out of the source `s`, one after another."
  [s]
  (Streams/concat (reify Function (apply [_ x] (->source x))) (->source s) {:op "concat"}))

(defn buffer
  "Returns a source of the values of the source `s` with a buffer in between, which holds `limit` values, or with `metric`
  values of that total size."
  ([limit s]
   (let [s' (buffered-stream limit)]
     (connect s s')
     (source-only s')))
  ([metric limit s]
   (let [s' (buffered-stream metric limit)]
     (connect s s')
     (source-only s'))))

(defn batch
  "Returns a source of vectors of the values of the source `s`: of `batch-size` values; or of at most `max-size` in all,
  where `metric` gives the size of a value, 1 by default. A batch does not wait longer than `max-latency` milliseconds
  for its last value. The last batch may be smaller, and a value that is too large goes alone."
  ([batch-size s]
   (batch (constantly 1) batch-size nil s))
  ([max-size max-latency s]
   (batch (constantly 1) max-size max-latency s))
  ([metric max-size max-latency s]
   (Streams/batch (StreamFns/metric metric "metric of batch") (StreamFns/vectors)
                  (long (StreamFns/number max-size "size of a batch"))
                  (if max-latency (max 0 (time/ms->nanos max-latency)) -1) (Timing/of time/*clock*)
                  (->source s) {:op "batch"})))

(defn throttle
  "Returns a source of the values of the source `s`, at most `max-rate` of them in a second. After a time with fewer,
  up to `max-backlog` of them, by default `max-rate`, come out at once."
  ([max-rate s]
   (throttle max-rate max-rate s))
  ([max-rate max-backlog s]
   (Streams/throttle (double (StreamFns/number max-rate "max-rate of throttle"))
                     (double (StreamFns/number max-backlog "max-backlog of throttle"))
                     (Timing/of time/*clock*) (->source s) {:op "throttle"})))

(defn dropping-stream
  "Returns a stream with a buffer of `n` values, which drops what is put while it is full. With `source`, it is fed from
  that."
  ([n]
   (let [in (stream)]
     (splice in (dropping-stream n in))))
  ([n source]
   (impl/lossy-stream n (->source source) false)))

(defn sliding-stream
  "Returns a stream with a buffer of `n` values, which drops the oldest when something is put while it is full. With
  `source`, it is fed from that."
  ([n]
   (let [in (stream)]
     (splice in (sliding-stream n in))))
  ([n source]
   (impl/lossy-stream n (->source source) true)))

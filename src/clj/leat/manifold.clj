(ns leat.manifold
  "A bridge to the real Manifold, 0.4 or later, for programs that have both on the class path. Without Manifold this
  namespace loads and offers only `available?`.

  Once it is loaded, each library takes the other's objects wherever it coerces: Manifold's `->deferred`, `chain`, `zip`,
  `->source`, `->sink`, `connect`, `map` and so on take leat's deferreds, streams and connections, and leat's take
  Manifold's. `->manifold` and `->leat` convert by hand. Manifold's `take!`, `put!` and a few others never coerce;
  `accept-leat!` teaches them.

  A converted deferred is another deferred with the same fate: whichever of the two is realized first decides for both.
  A converted stream is a view: nothing is buffered on the way, and a take that timed out takes nothing."
  (:require [leat.deferred :as d]
            [leat.stream :as s]
            [leat.time :as t])
  (:import [java.io FileNotFoundException]
           [leat.async Deferred Description Link Sink Source]))

(set! *warn-on-reflection* true)

(def ^{:doc "Whether Manifold is on the class path."} available?
  (try
    (require 'manifold.deferred 'manifold.stream)
    true
    (catch FileNotFoundException e
      ;; Missing itself, or missing something that it needs?
      (if (re-find #"manifold/deferred" (str (ex-message e))) false (throw e)))))

(defmacro ^:private when-available
  "`body`, which may name Manifold's classes and functions, or nothing where there is no Manifold."
  [& body]
  (when available? `(do ~@body)))

(defmacro ^:private defmanifold
  "`defn` of a function whose body names Manifold; without it the function throws."
  [name doc args & body]
  `(defn ~name ~doc ~args
     ~@(if available?
         body
         [`(throw (IllegalStateException. "Expected Manifold on the class path for leat.manifold, found none."))])))

(declare ->manifold ->leat)

;; ---- deferreds

(when-available
 (defn- deferred->manifold [^Deferred d]
   (let [m (manifold.deferred/deferred (.executor d))]
     (d/on-realized d #(manifold.deferred/success! m %) #(manifold.deferred/error! m %))
     (manifold.deferred/on-realized m #(d/success! d %) #(d/error! d %))
     m))

 (defn- deferred->leat [^manifold.deferred.IDeferred m]
   (let [d (d/deferred (.executor m))]
     (manifold.deferred/on-realized m #(d/success! d %) #(d/error! d %))
     (when (instance? manifold.deferred.IMutableDeferred m)
       (d/on-realized d #(manifold.deferred/success! m %) #(manifold.deferred/error! m %)))
     d)))

;; ---- leat's streams as Manifold's

(when-available
 (defn- result
   "What an operation of a Manifold stream returns for leat's deferred `d`: its value if the operation `blocking?`."
   [^Deferred d blocking?]
   (cond
     blocking? @d
     (and (.isRealized d) (nil? (.errorValue d nil))) (manifold.deferred/success-deferred (.getNow d))
     :else (deferred->manifold d))))

(defn- described
  "A leat description in the words of Manifold."
  [^Description description]
  {:type "leat"
   :source? (.isSource description)
   :sink? (.isSink description)
   :closed? (.isClosed description)
   :drained? (.isDrained description)
   :permanent? (.isPermanent description)
   :buffer-capacity (.bufferCapacity description)
   :buffer-size (.bufferSize description)
   :pending-puts (.pendingPuts description)
   :pending-takes (.pendingTakes description)})

(def ^:private source-methods
  "The methods of a Manifold source over leat's `source`."
  '[(isSynchronous [_] false)
    (description [_] (described (.description source)))
    (close [_] (.close source))
    (isDrained [_] (.isDrained source))
    (onDrained [_ callback] (.onDrained source callback))
    (take [_ default-val blocking?]
          (result (.take source default-val) blocking?))
    (take [_ default-val blocking? timeout timeout-val]
          (result (.take source default-val (t/ms->nanos timeout) timeout-val t/*clock*) blocking?))
    ;; Manifold's own connections take from a source, and would compete for its messages.
    (connector [_ _] (fn [_ sink options]
                     (s/connect source (->leat sink)
                                (select-keys options [:upstream? :downstream? :timeout :description]))))])

(def ^:private sink-methods
  "The methods of a Manifold sink over leat's `sink`."
  '[(isSynchronous [_] false)
    (description [_] (described (.description sink)))
    (close [_] (.close sink))
    (markClosed [_] (.close sink))
    (isClosed [_] (.isClosed sink))
    (onClosed [_ callback] (.onClosed sink callback))
    (put [_ x blocking?]
         (result (.put sink x) blocking?))
    (put [_ x blocking? timeout timeout-val]
         (result (.put sink x (t/ms->nanos timeout) timeout-val t/*clock*) blocking?))])

(defmacro ^:private defview
  "Defines a type with `definer`, one of Manifold's, and the methods in `method-vars`; of two for the same, the last."
  [definer name params & method-vars]
  `(~definer ~name ~params ~@(mapcat (comp deref resolve) method-vars)))

(when-available
 (defview manifold.stream.core/def-source LeatSource [^Source source] source-methods)
 (defview manifold.stream.core/def-sink LeatSink [^Sink sink] sink-methods)
 (defview manifold.stream.core/def-sink+source LeatStream [^Source source ^Sink sink] source-methods sink-methods))

;; ---- Manifold's streams as leat's

(defn- ms ^double [nanos] (/ (long nanos) 1e6))

(defn- ->description
  "leat's description of what Manifold describes with the map `m`."
  ^Description [{:keys [type source? sink? closed? drained? permanent? buffer-capacity buffer-size pending-puts
                        pending-takes]}]
  (letfn [(number [n] (if (number? n) n -1))]
    (Description. (str "manifold " type) (boolean source?) (boolean sink?) (boolean closed?) (boolean drained?)
                  (boolean permanent?) (long (number buffer-capacity)) (long (number buffer-size))
                  (int (number pending-puts)) (int (number pending-takes)) nil)))

(defn- link-options
  "The options of `link` for Manifold's `connect`."
  [^Link link]
  {:upstream? (.isUpstream link), :downstream? (.isDownstream link), :description (.description link)
   :timeout (if (neg? (.timeoutNanos link)) -1 (ms (.timeoutNanos link)))})

(defmacro ^:private reify-stream
  "`reify` of leat's interfaces over the Manifold stream that is called `m`: `Source`, `Sink` or both."
  [m source? sink?]
  (let [[stream source sink] (map #(vary-meta m assoc :tag (symbol (str "manifold.stream.core." %)))
                                  '[IEventStream IEventSource IEventSink])]
    `(reify
       ~@(when source?
           `[Source
             (take [~'_ if-drained#] (deferred->leat (.take ~source if-drained# false)))
             (take [~'_ if-drained# nanos# if-timeout# ~'_]
               (deferred->leat (.take ~source if-drained# false (ms nanos#) if-timeout#)))
             (isDrained [~'_] (boolean (.isDrained ~source)))
             (onDrained [~'_ listener#] (.onDrained ~source (~'callback listener#)))
             ;; Every connection gets every message, those that Manifold makes included.
             (~(with-meta 'connect {:tag 'void}) [~'_ ~(with-meta 'link {:tag `Link})]
               (manifold.stream/connect ~m (->manifold (.sink ~'link)) (link-options ~'link)))])
       ~@(when sink?
           `[Sink
             (put [~'_ x#] (deferred->leat (.put ~sink x# false)))
             (put [~'_ x# nanos# if-timeout# ~'_]
               (deferred->leat (.put ~sink x# false (ms nanos#) if-timeout#)))
             (isClosed [~'_] (boolean (.isClosed ~sink)))])
       ;; Of the one interface, or of both.
       (onClosed [~'_ ~'listener]
         ~(if sink? `(.onClosed ~sink (~'callback ~'listener)) `(.onDrained ~source (~'callback ~'listener))))
       (close [~'_] (.close ~stream))
       (isSynchronous [~'_] (boolean (.isSynchronous ~stream)))
       (description [~'_] (->description (.description ~stream))))))

(when-available
 (defn- stream->leat [m]
   (let [callback (fn [^Runnable listener] #(.run listener))
         source? (instance? manifold.stream.core.IEventSource m)
         sink? (instance? manifold.stream.core.IEventSink m)]
     (-> (cond
           (and source? sink?) (reify-stream m true true)
           source? (reify-stream m true false)
           :else (reify-stream m false true))
         (with-meta {::original m})))))

;; ---- both ways

(defmanifold ->manifold
  "Returns Manifold's own kind of leat's deferred, source, sink or stream `x`; anything else as it is. Of what `->leat`
  has made of a stream, the original."
  [x]
  (cond
    (::original (meta x)) (::original (meta x))
    (instance? Deferred x) (deferred->manifold x)
    (and (instance? Source x) (instance? Sink x)) (->LeatStream x x)
    (instance? Source x) (->LeatSource x)
    (instance? Sink x) (->LeatSink x)
    :else x))

(defmanifold ->leat
  "Returns leat's own kind of Manifold's deferred, source, sink or stream `x`; anything else as it is. Of what
  `->manifold` has made of a stream, the original."
  [x]
  (cond
    (instance? LeatSource x) (.source ^LeatSource x)
    (instance? LeatSink x) (.sink ^LeatSink x)
    (instance? LeatStream x) (.source ^LeatStream x)
    (instance? manifold.deferred.IDeferred x) (deferred->leat x)
    (instance? manifold.stream.core.IEventStream x) (stream->leat x)
    :else x))

(when-available
 (extend-type Deferred
   manifold.deferred/Deferrable
   (to-deferred [d] (->manifold d)))
 (extend-type Source
   manifold.stream.core/Sourceable
   (to-source [source] (->manifold source)))
 (extend-type Sink
   manifold.stream.core/Sinkable
   (to-sink [sink] (->manifold sink)))
 (extend-type manifold.deferred.IDeferred
   d/Deferrable
   (to-deferred [m] (->leat m)))
 (extend-type manifold.stream.core.IEventSource
   s/Sourceable
   (to-source [m] (->leat m)))
 (extend-type manifold.stream.core.IEventSink
   s/Sinkable
   (to-sink [m] (->leat m))))

(def ^:private that-never-coerce
  "Functions of Manifold that take their first argument as it is."
  '{manifold.stream [take! try-take! put! try-put! put-all! close! closed? on-closed drained? on-drained description
                     stream->seq]
    manifold.deferred [on-realized success! error!]})

(defn- converting
  "The function `f` of `arglists`, but its first argument is converted. Primitive arguments remain so: code that was
  compiled before passes them as such."
  [f arglists]
  (let [plain (fn [arg] (with-meta arg (when (#{'double 'long} (:tag (meta arg))) {:tag (:tag (meta arg))})))
        arities (for [arglist arglists :let [[x & more :as args] (mapv plain arglist)]]
                  `(~args (~'f (->manifold ~x) ~@more)))]
    ((eval `(fn [~'f] (fn ~@arities))) f)))

(defn- teach
  "Makes the function of `v` convert its first argument. Code that is compiled later calls the function instead of the
  inlined form."
  [v]
  (when-not (::taught (meta v))
    (alter-meta! v #(-> % (dissoc :inline :inline-arities) (assoc ::taught true)))
    (alter-var-root v converting (:arglists (meta v)))))

(defn accept-leat!
  "Returns nil. From now on Manifold's functions that never coerce, such as `manifold.stream/take!` and `put!`, take
  leat's deferreds and streams too: in code that is compiled after this call, since they are inlined. For the life of
  the JVM; a second call does nothing. Without Manifold it throws an IllegalStateException."
  []
  (when-not available? (->manifold nil))
  (doseq [[ns-name names] that-never-coerce
          name names]
    (teach (ns-resolve ns-name name)))
  nil)

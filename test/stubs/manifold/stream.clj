(ns manifold.stream
  "See manifold.deferred beside this. The only stream holds what it is given, without limit, and is for one thread."
  (:require [manifold.deferred :as d]
            [manifold.stream.core :as core])
  (:import [manifold.stream.core IEventSink IEventSource]))

(defn- end-if-drained [state]
  (let [{:keys [closed? messages drained]} @state]
    (when (and closed? (empty? messages))
      (swap! state assoc :drained [])
      (run! #(%) drained))))

(core/def-sink+source Stream [state]
  (isSynchronous [_] false)
  (description [_]
    {:type "stub", :source? true, :sink? true, :closed? (:closed? @state), :buffer-size (count (:messages @state))})
  (close [_]
    (let [[{:keys [takes closed]}] (swap-vals! state assoc :closed? true, :takes [], :closed [])]
      (run! #(%) closed)
      (doseq [[take if-drained] takes] (d/success! take if-drained))
      (end-if-drained state)))
  (isClosed [_] (boolean (:closed? @state)))
  (onClosed [_ callback] (if (:closed? @state) (callback) (swap! state update :closed conj callback)))
  (isDrained [_] (boolean (and (:closed? @state) (empty? (:messages @state)))))
  (onDrained [this callback] (if (.isDrained this) (callback) (swap! state update :drained conj callback)))
  (put [_ x _]
    (let [{:keys [takes closed?]} @state]
      (d/success-deferred
       (cond
         closed? false
         (seq takes) (do (swap! state update :takes subvec 1) (d/success! (ffirst takes) x) true)
         :else (do (swap! state update :messages conj x) true)))))
  (put [this x blocking? _ _] (.put this x blocking?))
  (take [_ default-val _]
    (let [{:keys [messages closed?]} @state, taken (d/deferred)]
      (cond
        (seq messages) (do (swap! state update :messages subvec 1) (d/success! taken (first messages)))
        closed? (d/success! taken default-val)
        :else (swap! state update :takes conj [taken default-val]))
      (end-if-drained state)
      taken))
  (take [_ _ _ timeout timeout-val]
    (let [message (first (:messages @state))]
      (swap! state update :messages #(if (seq %) (subvec % 1) %))
      (d/success-deferred (or message [timeout timeout-val])))))

(defn stream []
  (->Stream (atom {:messages [], :takes [], :closed [], :drained []})))

(defn ->source [x] (if (instance? IEventSource x) x (core/to-source x)))
(defn ->sink [x] (if (instance? IEventSink x) x (core/to-sink x)))

(def connections "What `connect` was asked for: the messages stay where they are." (atom []))

(defn connect
  ([source sink] (connect source sink nil))
  ([source sink options]
   (let [^IEventSource source (->source source), sink (->sink sink)]
     (if-let [connector (.connector source sink)]
       (connector source sink options)
       (swap! connections conj [source sink options]))
     nil)))

(defn put!
  {:inline (fn [sink x] `(.put ~(with-meta sink {:tag `IEventSink}) ~x false))}
  [^IEventSink sink x]
  (.put sink x false))

(defn put-all! [sink xs] (run! #(put! sink %) xs))

(defn try-put!
  ([^IEventSink sink x ^double timeout] (.put sink x false timeout false))
  ([^IEventSink sink x ^double timeout timeout-val] (.put sink x false timeout timeout-val)))

(defn take!
  ([^IEventSource source] (.take source nil false))
  ([^IEventSource source default-val] (.take source default-val false)))

(defn try-take!
  ([^IEventSource source ^double timeout] (.take source nil false timeout nil))
  ([^IEventSource source default-val ^double timeout timeout-val] (.take source default-val false timeout timeout-val)))

(definline close! [sink] `(let [^manifold.stream.core.IEventStream s# ~sink] (.close s#)))
(definline closed? [sink] `(.isClosed ~(with-meta sink {:tag `IEventSink})))
(definline on-closed [sink f] `(.onClosed ~(with-meta sink {:tag `IEventSink}) ~f))
(definline drained? [source] `(.isDrained ~(with-meta source {:tag `IEventSource})))
(definline on-drained [source f] `(.onDrained ~(with-meta source {:tag `IEventSource}) ~f))
(definline description [s] `(.description ~(with-meta s {:tag 'manifold.stream.core.IEventStream})))

(defn stream->seq [source]
  (lazy-seq
   (let [x @(take! source ::none)]
     (when-not (identical? ::none x) (cons x (stream->seq source))))))

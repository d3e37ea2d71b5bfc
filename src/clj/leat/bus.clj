(ns leat.bus
  "Event buses: a message that is published under a topic reaches all who have subscribed to that topic, and pressure
  from the slowest of them reaches who has published it. A bus holds nothing but the streams of its subscribers, and of
  these only the open ones."
  (:require [leat.deferred :as d]
            [leat.stream :as s])
  (:import [java.io Writer]
           [leat.async Deferred]
           [leat.clj StreamFns]))

(set! *warn-on-reflection* true)

(defprotocol IEventBus
  "What the functions of this namespace ask of a bus."
  (-publish [bus topic message] "Returns a deferred of whether anybody got it.")
  (-subscribe [bus topic] "Returns a new source.")
  (-downstream [bus topic] "Returns a seq of streams, or nil.")
  (-snapshot [bus] "Returns a map from topic to streams."))

(defn- no-bus [x caller]
  (throw (IllegalArgumentException. (str "Expected an event bus for " caller ", actual " (StreamFns/nameOf x) "."))))

(def ^:private no-buses
  {:-publish (fn [x _ _] (no-bus x "publish!"))
   :-subscribe (fn [x _] (no-bus x "subscribe"))
   :-downstream (fn [x _] (no-bus x "downstream or active?"))
   :-snapshot (fn [x] (no-bus x "topic->subscribers"))})

(extend nil IEventBus no-buses)
(extend Object IEventBus no-buses)

(defn- remove-subscriber [topics topic s]
  (let [left (into [] (remove #(identical? s %)) (get topics topic))]
    (if (seq left) (assoc topics topic left) (dissoc topics topic))))

(defn- in-place? [^Deferred put]
  (and (.isRealized put) (nil? (.errorValue put nil))))

(defn- put-to-all
  "Returns a deferred that is true when all `subscribers` have taken `message`, or are closed; an error if it is lost for
  one of them."
  [subscribers message]
  (let [pending (into [] (remove in-place?) (mapv #(s/put! % message) subscribers))]
    (if (empty? pending)
      (d/success-deferred true)
      (d/chain' (apply d/zip' pending) (constantly true)))))

(deftype ^:private EventBus [topics stream-generator]
  IEventBus
  (-publish [_ topic message]
    (if-let [subscribers (get @topics topic)]
      (put-to-all subscribers message)
      (d/success-deferred false)))
  (-subscribe [_ topic]
    (let [s (stream-generator)]
      (swap! topics update topic (fnil conj []) s)
      (s/on-closed s (fn [] (swap! topics remove-subscriber topic s)))
      (s/source-only s)))
  (-downstream [_ topic]
    (seq (get @topics topic)))
  (-snapshot [_]
    @topics))

(defmethod print-method EventBus [^EventBus bus ^Writer w]
  (let [topics @(.-topics bus)]
    (.write w (str "<< bus: {:topics " (count topics) ", :subscribers " (transduce (map count) + (vals topics)) "} >>"))))

(defn event-bus
  "Returns a new event bus. `stream-generator` makes the stream of each subscriber, `leat.stream/stream` by default. Topics
  are equal if `=` says so."
  ([]
   (event-bus s/stream))
  ([stream-generator]
   (EventBus. (atom {}) (StreamFns/fn stream-generator "first argument of event-bus"))))

(defn publish!
  "Returns a deferred that is true once all who have subscribed to `topic` have taken `message`, and false if nobody has
  subscribed. An error if the message is lost for a subscriber, as when 16,384 puts wait for it already. A slow
  subscriber holds up the deferred: give it a `leat.stream/buffer`, or `leat.stream/connect` it with
  a :timeout, or make the bus with streams that have buffers."
  [bus topic message]
  (-publish bus topic message))

(defn subscribe
  "Returns a source of the messages that are published under `topic` from now on. Closing it ends the subscription."
  [bus topic]
  (-subscribe bus topic))

(defn downstream
  "Returns a seq of the streams that are subscribed to `topic`, or nil."
  [bus topic]
  (-downstream bus topic))

(defn active?
  "Returns whether anybody is subscribed to `topic`."
  [bus topic]
  (some? (-downstream bus topic)))

(defn topic->subscribers
  "Returns a map from each topic with subscribers to a vector of their streams."
  [bus]
  (-snapshot bus))

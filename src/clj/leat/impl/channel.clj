(ns leat.impl.channel
  "Deferreds, sources and sinks over the channels of core.async, of releases 1.6 to 1.8. Loaded when the first channel is met."
  (:require [clojure.core.async :as async])
  (:import [java.util.function Consumer]
           [leat.async Deferred Onlooker]
           [leat.clj Awaited ChannelSink ChannelSource]))

(set! *warn-on-reflection* true)

(defn- attempt
  "Takes from or puts into a channel, `port`, and gives `answer` what came of it, or `withdrawn` once `waiting` is
  realized before. That leaves no handler behind in the channel."
  [port ^Deferred waiting ^Consumer answer interpret withdrawn]
  (let [cancel (async/promise-chan)
        finish (fn [[x from]] (.accept answer (if (identical? from cancel) withdrawn (interpret x))))
        at-once (async/do-alts finish [port cancel] {:priority true})]
    (if at-once
      (finish @at-once)
      (when waiting
        (Onlooker/add waiting #(async/close! cancel))))))

(defn ->deferred
  "Returns a deferred of the next value of the channel `ch`, nil once it is closed; a throwable is an error. Once the
  deferred is realized otherwise, or nobody waits for it any more, it takes nothing."
  [ch]
  (let [d (Awaited.)]
    (attempt ch d
             (reify Consumer
               (accept [_ value]
                 (cond
                   (identical? ChannelSource/WITHDRAWN value) nil
                   (instance? Throwable value) (.error d value)
                   :else (.success d value))))
             identity ChannelSource/WITHDRAWN)
    d))

(defn ->source
  "Returns a source of what is put into the channel `ch`. Closing it closes the channel."
  [ch]
  (ChannelSource.
   #(async/poll! ch)
   (fn [answer waiting] (attempt ch waiting answer #(if (nil? %) ChannelSource/CLOSED %) ChannelSource/WITHDRAWN))
   #(async/close! ch)))

(defn ->sink
  "Returns a sink into the channel `ch`. Closing it closes the channel once all that was put is in it."
  [ch]
  (ChannelSink.
   #(async/offer! ch %)
   (fn [x answer waiting] (attempt [ch x] waiting answer boolean nil))
   #(async/close! ch)))

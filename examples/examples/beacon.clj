(ns examples.beacon
  "A UDP beacon: sends the time once a second to everybody who has sent it anything in the last minute.

    nc -u 127.0.0.1 8080        (and Enter)"
  (:require [leat.stream :as s]
            [leat.udp :as udp])
  (:import [java.io Closeable]
           [java.time Instant]))

(def period-ms "How long from one time to the next." 1000)
(def beats "How many times a listener gets before it must ask again." 60)
(def most-listeners "Who asks beyond that is not heard." 1000)

(defn- hear [listeners {:keys [sender]}]
  (if (or (contains? listeners sender) (< (count listeners) most-listeners))
    (assoc listeners sender beats)
    listeners))

(defn- count-down [listeners]
  (into {} (keep (fn [[sender n]] (when (< 1 n) [sender (dec n)]))) listeners))

(defn start
  "Opens the socket on a port of 127.0.0.1. Returns a Closeable."
  ^Closeable [port]
  (let [socket @(udp/socket {:port port, :host "127.0.0.1"})
        listeners (atom {})
        times (s/periodically period-ms #(str (Instant/now) "\n"))]
    (s/consume #(swap! listeners hear %) socket)
    (s/consume (fn [now]
                 (doseq [sender (keys @listeners)]
                   (s/put! socket {:socket-address sender, :message now}))
                 (swap! listeners count-down))
               times)
    (reify
      Closeable
      (close [_]
        (s/close! times)
        (s/close! socket))
      clojure.lang.IDeref
      (deref [_] (udp/port socket)))))

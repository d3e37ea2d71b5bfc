(ns examples.ticker
  "A clock that ticks 200 times a second, for clients who want no more than 20 ticks in a second, ten at a time. What they do
  not take is dropped; when the client goes away, the clock stops.

    curl -N http://127.0.0.1:8080/"
  (:require [leat.http :as http]
            [leat.stream :as s]
            [leat.time :as t]))

(defn ticks
  "A source of the numbers of the ticks of a clock, every `period-ms` milliseconds. While nobody takes them, new ones take
  the place of old ones. Closing it stops the clock."
  [period-ms]
  (let [out (s/sliding-stream 1)
        n (atom 0)
        stop (t/every period-ms #(s/put! out (swap! n inc)))]
    (s/on-closed out stop)
    out))

(defn lines
  "A source of lines, each about ten ticks, or fewer if no more came within a second."
  []
  (->> (ticks 5)
       (s/throttle 20 1)
       (s/batch 10 1000)
       (s/map #(str (count %) " ticks, the last was number " (peek %) "\n"))))

(defn handler
  "A body without an end: a source."
  [_request]
  {:status 200
   :headers {"content-type" "text/plain; charset=utf-8", "x-content-type-options" "nosniff"}
   :body (lines)})

(defn start
  "Starts the server."
  [port]
  (http/start-server #'handler {:port port, :host "127.0.0.1"}))

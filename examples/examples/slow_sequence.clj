(ns examples.slow-sequence
  "A lazy sequence as a body: each element is sent as soon as it is there.

    curl -N http://127.0.0.1:8080/"
  (:require [leat.http :as http]))

(def pause-ms
  "How long to wait between two lines."
  400)

(defn- lines
  "A line for each of the numbers from `n` down to 1, made one at a time, with a pause before each but the first."
  [n]
  (if (zero? n)
    (list "Lift-off.\n")
    (cons (str n " ...\n")
          (lazy-seq
           (Thread/sleep (long pause-ms))
           (lines (dec n))))))

(defn handler
  "Counts down from ten."
  [_request]
  {:status 200
   :headers {"content-type" "text/plain; charset=utf-8"
             ;; Browsers wait for more before they show plain text, unless they need not guess its type.
             "x-content-type-options" "nosniff"}
   :body (lines 10)})

(defn start
  "Starts the server."
  [port]
  (http/start-server #'handler {:port port, :host "127.0.0.1"}))

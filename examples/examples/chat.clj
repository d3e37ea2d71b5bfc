(ns examples.chat
  "A chat over TCP: what one says in a line, all get. Who does not read for five seconds is put out, and holds up nobody else
  for longer.

    nc 127.0.0.1 8080"
  (:require [leat.bus :as bus]
            [leat.deferred :as d]
            [leat.frame :as frame]
            [leat.stream :as s]
            [leat.tcp :as tcp]))

(defn- say! [room & words]
  (bus/publish! room :lines (apply str words)))

(defn- join
  "Lets whoever is at the other end of `stream` take part in `room` until they leave."
  [room stream {:keys [remote-port]}]
  (let [lines (frame/wrap-duplex (frame/line {:max-bytes 1000}) stream)
        guest (str "guest-" remote-port)]
    (s/connect (bus/subscribe room :lines) lines {:timeout 5000})
    (say! room "* " guest " came")
    (d/chain (s/consume-async #(say! room guest ": " %) lines)
             (fn [_]
               (s/close! lines)
               (say! room "* " guest " left")))))

(defn start
  "Starts the server on a port of 127.0.0.1."
  [port]
  (let [room (bus/event-bus)]
    (tcp/start-server (partial #'join room) {:port port, :host "127.0.0.1", :shutdown-timeout-ms 1000})))

(ns examples.fan-out
  "A bus: whoever listens to a topic gets what others publish there. Who publishes is answered when all listeners have it,
  or after two seconds; a listener who is 16 messages late holds up the others, until it has been late for five.

    curl -N http://127.0.0.1:8080/news
    curl -d 'The wheel turns.' http://127.0.0.1:8080/news"
  (:require [leat.bus :as bus]
            [leat.deferred :as d]
            [leat.http :as http]
            [leat.stream :as s]))

(def ^:private shared (bus/event-bus))

(defn- subscribe
  "A source of the messages under `topic` from now on, as lines. It is closed when they are not taken in time."
  [topic]
  (let [out (s/stream 16 (map #(str % "\n")))]
    (s/connect (bus/subscribe shared topic) out {:timeout 5000})
    (s/put! out (str "Listening to " topic "."))
    out))

(defn- publish!
  "A deferred response that says who got `message`."
  [topic message]
  (-> (bus/publish! shared topic message)
      (d/chain #(if % [200 "All listeners have it.\n"] [404 "Nobody listens.\n"]))
      (d/timeout! 2000 [202 "Not all listeners have it yet.\n"])
      (d/chain (fn [[status text]] {:status status, :headers {"content-type" "text/plain"}, :body text}))))

(defn handler
  "GET listens to the topic that the path names; POST publishes there."
  [{:keys [request-method uri body]}]
  (case request-method
    :get {:status 200
          :headers {"content-type" "text/plain; charset=utf-8", "x-content-type-options" "nosniff"}
          :body (subscribe uri)}
    :post (publish! uri (if body (slurp body) ""))
    {:status 405, :headers {"content-type" "text/plain"}, :body "Only GET and POST.\n"}))

(defn start
  "Starts the server."
  [port]
  (http/start-server #'handler {:port port, :host "127.0.0.1"}))

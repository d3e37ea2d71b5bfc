(ns examples.pressure
  "Orders fan out to an archive, a mailer and a dashboard, at the pace of the slowest of them. Let orders come in and let
  the disk write, and see where the pressure stands.

    curl -d '' 'http://127.0.0.1:8080/put?n=3'
    curl http://127.0.0.1:8080/mermaid

  `lein run -m examples.pressure FILE` draws the picture of the README."
  (:require [examples.page :as page]
            [leat.deferred :as d]
            [leat.http :as http]
            [leat.stream :as s]))

(defn- named [stream-name buffer-size]
  (s/stream* {:buffer-size buffer-size, :description #(assoc % :name stream-name)}))

(defn pipeline
  "The two ends of connected streams: a map of :orders, where to put, and :disk, where to take."
  []
  (let [[orders archive mail dashboard disk] (map named ["orders" "archive" "mail" "dashboard" "disk"] [0 4 16 0 0])
        priced (s/map #(assoc % :price (* 2 (:pieces %))) orders)]
    (run! #(s/connect priced %) [archive mail dashboard])
    (s/connect archive disk {:description "write"})
    (d/loop []
      (d/chain (s/take! dashboard ::drained) #(when-not (= ::drained %) (d/recur))))
    {:orders orders, :disk disk}))

(defn put! "Puts `n` orders, whether anybody takes them or not." [{:keys [orders]} n]
  (dotimes [i n] (s/put! orders {:pieces i})))

(defn write!
  "Has the disk write `n` orders, if they come within the next half second."
  [{:keys [disk]} n]
  (dotimes [_ n] (s/try-take! disk 500)))

(defn- page [{:keys [orders]}]
  (page/html 200 "Pressure"
             (str "<header><h1>Pressure</h1><p>Orders go on at the pace of the slowest.</p></header><main><p>"
                  (s/graph->svg (s/graph orders)) "</p><form method=\"post\">"
                  "<button formaction=\"put?n=3\">3 orders come in</button> "
                  "<button formaction=\"write?n=3\">the disk writes 3</button></form></main>")))

(def ^:private shared (delay (pipeline)))

(defn handler
  "Shows the pipeline, puts orders, writes."
  [{:keys [request-method uri query-string]}]
  (let [n (or (some->> query-string (re-matches #"n=(\d{1,2})") second parse-long) 1)]
    (case [request-method uri]
      [:get "/"] (page @shared)
      [:get "/mermaid"] {:status 200, :body (s/graph->mermaid (s/graph (:orders @shared)))}
      [:post "/put"] (do (put! @shared n) {:status 303, :headers {"location" "."}})
      [:post "/write"] (do (write! @shared n) {:status 303, :headers {"location" "."}})
      {:status 404, :headers {"content-type" "text/plain"}, :body "Try /.\n"})))

(defn start "Starts the server." [port] (http/start-server #'handler {:port port, :host "127.0.0.1"}))

(defn -main "Draws ten orders, of which none is written." [file]
  (spit file (s/graph->svg (s/graph (:orders (doto (pipeline) (put! 10)))))))

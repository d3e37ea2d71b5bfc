(ns examples.routes
  "Routes by `case`: a handler is a function, so Clojure itself is a router.

    curl http://127.0.0.1:8080/fruits
    curl http://127.0.0.1:8080/fruits/pear
    curl -X PUT -d 'yellow, long' http://127.0.0.1:8080/fruits/banana
    curl -i -X DELETE http://127.0.0.1:8080/fruits"
  (:require [clojure.string :as str]
            [leat.http :as http]))

(def ^:private fruits
  (atom (sorted-map "apple" "red, round" "pear" "green, not quite round")))

(def ^:private text {"content-type" "text/plain; charset=utf-8"})

(defn- show [fruit]
  (if-let [description (@fruits fruit)]
    {:status 200, :headers text, :body (str description "\n")}
    {:status 404, :headers text, :body (str "There is no fruit " fruit ".\n")}))

(defn- plant! [fruit body]
  (swap! fruits assoc fruit (slurp body))
  {:status 201, :headers text, :body (str "Now there are " (count @fruits) ".\n")})

(defn handler
  "Takes the path apart and chooses by method and first part."
  [{:keys [request-method uri body]}]
  (let [[_ place fruit] (str/split uri #"/" 3)]
    (case [request-method place (some? fruit)]
      [:get "" false] {:status 302, :headers {"location" "fruits"}}
      [:get "fruits" false] {:status 200, :headers text, :body (map #(str % "\n") (keys @fruits))}
      [:get "fruits" true] (show fruit)
      [:put "fruits" true] (plant! fruit (or body ""))
      {:status 404, :headers text, :body "Try /fruits, or /fruits/apple.\n"})))

(defn start
  "Starts the server."
  [port]
  (http/start-server #'handler {:port port, :host "127.0.0.1"}))

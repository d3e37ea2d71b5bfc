(ns examples.hello
  "The smallest server there is.

    curl -i http://127.0.0.1:8080/"
  (:require [leat.http :as http]))

(defn handler
  "Greets whoever asks, whatever they ask for."
  [_request]
  {:status 200
   :headers {"content-type" "text/plain"}
   :body "Hello, World!"})

(defn start
  "Starts the server. Through the var, `handler` can be evaluated anew at the REPL while it runs."
  [port]
  (http/start-server #'handler {:port port, :host "127.0.0.1"}))

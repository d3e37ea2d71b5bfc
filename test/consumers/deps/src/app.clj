(ns app
  "Starts a server with leat and asks it with the JDK's HTTP client."
  (:require [leat.http :as http])
  (:import [java.net URI]
           [java.net.http HttpClient HttpRequest HttpResponse$BodyHandlers]))

(defn -main []
  (with-open [^java.io.Closeable server (http/start-server (fn [request]
                                                             {:status 200
                                                              :headers {"content-type" "text/plain"}
                                                              :body (str "Hello, " (:uri request) "!")})
                                                           {:port 0})]
    (let [uri (URI/create (str "http://localhost:" (http/port server) "/outside"))
          response (.send (HttpClient/newHttpClient) (.build (HttpRequest/newBuilder uri)) (HttpResponse$BodyHandlers/ofString))]
      (println (.statusCode response) (.body response))
      (assert (= [200 "Hello, /outside!"] [(.statusCode response) (.body response)]))))
  (shutdown-agents))

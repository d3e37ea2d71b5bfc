(ns examples.main
  "Runs an example: `lein run NAME`. Without a name it is the showcase. PORT=9000 takes another port than 8080."
  (:require [clojure.string :as str])
  (:import [java.io Closeable]))

(def names
  "What `lein run NAME` takes. Each has a namespace examples.NAME with a function `start` from a port to a Closeable."
  ["showcase" "hello" "routes" "slow-sequence" "upload" "download" "pressure" "ticker" "fan-out" "chat" "beacon" "starttls" "rpc"])

(def java-classes
  "Examples in Java, by name: classes with a static method `start` from a port to a Closeable."
  {"java-hello" "examples.JavaHello", "java-flow" "examples.JavaFlow", "tcp-echo" "examples.TcpEcho"
   "many-echoes" "examples.ManyEchoes"})

(def ^:private not-http
  "Those that speak TCP or UDP: for nc."
  #{"chat" "starttls" "rpc" "beacon" "tcp-echo" "many-echoes"})

(defn start
  "Starts the example `example-name` on `port` (0 = a free one) of 127.0.0.1. Returns a Closeable."
  ^Closeable [example-name port]
  (if-let [class-name (java-classes example-name)]
    (let [method (.getMethod (Class/forName class-name) "start" (into-array Class [Integer/TYPE]))]
      (.invoke method nil (object-array [(int port)])))
    ((requiring-resolve (symbol (str "examples." example-name) "start")) port)))

(defn -main
  "Runs one example until it is interrupted."
  [& [example-name]]
  (let [example-name (or example-name "showcase")
        text (or (System/getenv "PORT") "8080")
        port (parse-long text)]
    (when-not (and port (<= 0 port 65535))
      (println (str "PORT must be a number from 0 to 65535, not " text))
      (System/exit 1))
    (if (some #{example-name} (concat names (keys java-classes)))
      (do (try (start example-name port)
               (catch clojure.lang.ExceptionInfo e
                 (println (ex-message e))
                 (System/exit 1)))
          (println (str example-name " runs on " (if (not-http example-name) "" "http://") "127.0.0.1:" port "   Ctrl-C ends it, PORT=... takes another port"))
          @(promise))
      (do (println "There is no example" (str example-name ". There are:")
                   (str/join ", " (concat names (keys java-classes))))
          (System/exit 1)))))

(ns examples.starttls
  "A connection that begins in plain and goes on in TLS: the client says STARTTLS, the server answers 220, and after the
  handshake it gives back every line in capitals. `(ask 8080 \"hello\")` is a client for it.

  openssl knows such a dialogue from mail servers, which greet first; this one does not."
  (:require [clojure.string :as str]
            [leat.deferred :as d]
            [leat.frame :as frame]
            [leat.stream :as s]
            [leat.tcp :as tcp]
            [leat.tls :as tls]))

(defonce ^{:doc "A certificate of our own: good for localhost, on this machine, for a year."} context
  (delay (tls/self-signed)))

(defn- shout
  "Gives lines back in capitals, until the client ends."
  [stream]
  (let [lines (frame/wrap-duplex (frame/line {:end :crlf}) stream)]
    (s/connect (s/map str/upper-case lines) lines)))

(defn- serve [stream _]
  (d/chain (s/take! stream)
           (fn [message]
             ;; This line and nothing behind it: that would have come in the clear, from anybody, but be taken for protected.
             (if (= "STARTTLS\r\n" (some-> ^bytes message String.))
               (d/chain (tls/start-tls stream {:ssl-context @context, :last-plain "220 Go ahead\r\n"})
                        (fn [_] (shout stream)))
               (do (s/put! stream "500 STARTTLS comes first\r\n")
                   (s/close! stream))))))

(defn ask
  "Returns a deferred of the server's answer to a line."
  [port line]
  (d/chain (tcp/client {:host "localhost", :port port})
           (fn [stream]
             (s/put! stream "STARTTLS\r\n")
             (d/chain (s/take! stream)
                      (fn [_go-ahead] (tls/start-tls stream {:ssl-context @context, :host "localhost", :port port}))
                      (fn [_session] (let [lines (frame/wrap-duplex (frame/line {:end :crlf}) stream)]
                                       (s/put! lines line)
                                       (s/take! lines)))
                      (fn [answer] (s/close! stream) answer)))))

(defn start
  "Starts the server on a port of 127.0.0.1."
  [port]
  (tcp/start-server #'serve {:port port, :host "127.0.0.1", :shutdown-timeout-ms 1000}))

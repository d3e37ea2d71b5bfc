(ns examples.rpc
  "Calls over TLS, in which both sides show a certificate: Nippy values, each with its length before it. It needs Nippy on the
  class path. `(call 8080 :add 1 2)` is a client for it."
  (:require [clojure.string :as str]
            [leat.codec :as codec]
            [leat.deferred :as d]
            [leat.stream :as s]
            [leat.tcp :as tcp]
            [leat.tls :as tls]))

(defonce ^{:doc "For both sides: a certificate of our own, and clients must show it too."} context
  (delay (tls/context {:self-signed? true, :client-auth :require})))

(def ^:private functions
  {:add +, :upper str/upper-case})

(defn- answer [{:keys [function arguments]}]
  (try
    (if-let [f (functions function)]
      {:value (apply f arguments)}
      {:error (str "There is no function " function)})
    (catch Exception e
      {:error (ex-message e)})))

(defn- serve [codec stream _]
  (let [calls (codec/wrap-duplex codec stream)]
    (s/connect (s/map answer calls) calls)))

(defn call
  "Returns a deferred of what the function gives for the arguments; it fails with the server's error."
  [port function & arguments]
  (d/chain (tcp/client {:host "localhost", :port port, :ssl-context @context})
           (fn [stream]
             (let [calls (codec/wrap-duplex (codec/nippy) stream)]
               (s/put! calls {:function function, :arguments (vec arguments)})
               (d/finally (d/chain (s/take! calls {:error "The server ended the connection"})
                                   (fn [{:keys [value error]}]
                                     (if error (throw (ex-info error {:function function})) value)))
                 #(s/close! calls))))))

(defn start
  "Starts the server on a port of 127.0.0.1."
  [port]
  (tcp/start-server (partial #'serve (codec/nippy))
                    {:port port, :host "127.0.0.1", :ssl-context @context, :shutdown-timeout-ms 1000}))

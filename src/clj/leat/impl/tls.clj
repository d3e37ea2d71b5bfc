(ns leat.impl.tls
  "What leat.tls does with connections of leat.tcp: apart, so that HTTP with TLS need not load it."
  (:require [leat.impl.net :as net])
  (:import [javax.net.ssl SSLSession]
           [leat.async Deferred]
           [leat.tcp TcpConnection]
           [leat.tls TlsContext]))

(defn connection
  "The connection of a stream of leat.tcp, or nil."
  ^TcpConnection [stream]
  (TcpConnection/of stream))

(defn session
  "The TLS session of a connection, or nil."
  ^SSLSession [^TcpConnection connection]
  (.tlsSession connection))

(defn- to-bytes ^bytes [value]
  (let [buffer (net/byte-buffer value)
        bytes (byte-array (.remaining buffer))]
    (.get buffer bytes)
    bytes))

(defn start-server
  "Goes on in TLS as the server, after `last-plain`."
  ^Deferred [^TcpConnection connection ^TlsContext context last-plain]
  (.startTls connection context (when last-plain (to-bytes last-plain))))

(defn start-client
  "Goes on in TLS as the client."
  ^Deferred [^TcpConnection connection ^TlsContext context ^String host port]
  (.startTls connection context host (int port)))

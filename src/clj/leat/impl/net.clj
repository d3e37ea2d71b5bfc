(ns leat.impl.net
  "What leat.tcp and leat.udp have in common: options to Java, addresses, conversions, errors."
  (:require [clojure.string :as str])
  (:import [clojure.lang Named]
           [java.io File]
           [java.net BindException InetSocketAddress SocketAddress UnixDomainSocketAddress]
           [java.nio ByteBuffer]
           [java.nio.file Path]
           [java.time Duration]
           [javax.net.ssl SSLContext]
           [leat.bytes Utf8]
           [leat.net ProxyProtocol$Mode SocketOptions TrustedPeers]
           [leat.tls TlsContext]))

(defn ms
  "A Duration of `n` milliseconds; nil is none."
  ^Duration [n]
  (Duration/ofMillis (long (or n 0))))

(defn path
  "A Path of a string, File or Path."
  ^Path [x]
  (cond
    (instance? Path x) x
    (instance? File x) (.toPath ^File x)
    :else (Path/of x (make-array String 0))))

(defn socket-options
  "Options of sockets from a map like {:so-rcvbuf 65536}."
  ^SocketOptions [options]
  (if (seq options)
    (SocketOptions/of (into {} (map (fn [[k v]] [(if (instance? Named k) (name k) (str k)) v])) options))
    SocketOptions/NONE))

(defn proxy-mode
  "The mode for a value of the option :proxy-protocol."
  ^ProxyProtocol$Mode [k]
  (case k
    :disable ProxyProtocol$Mode/DISABLED
    :optional ProxyProtocol$Mode/OPTIONAL
    :enable ProxyProtocol$Mode/REQUIRED))

(defn trusted-peers
  "The peers for a value of the option :trusted-peers."
  ^TrustedPeers [peers]
  (if (seq peers) (TrustedPeers/of peers) TrustedPeers/NONE))

(defn- from-bytes-ns
  "A function of leat.bytes, which is loaded only when it is needed."
  [sym]
  (requiring-resolve (symbol "leat.bytes" sym)))

(defn byte-buffers
  "A sequence of ByteBuffers from whatever leat.bytes converts."
  [x]
  ((from-bytes-ns "to-byte-buffers") x))

(defn byte-buffer
  "A ByteBuffer with the bytes of an array, a ByteBuffer, a text in UTF-8, or whatever leat.bytes converts."
  ^ByteBuffer [x]
  (cond
    (bytes? x) (ByteBuffer/wrap x)
    (instance? ByteBuffer x) (.duplicate ^ByteBuffer x)
    (string? x) (ByteBuffer/wrap (Utf8/encode x))
    (nil? x) (throw (IllegalArgumentException. "Expected bytes or what leat.bytes converts, got nil."))
    :else ((from-bytes-ns "to-byte-buffer") x)))

(defn tls-context
  "A TlsContext from a value of the option :ssl-context, or nil. A map is for the function of leat.tls called `maker`."
  ^TlsContext [x maker]
  (cond
    (or (nil? x) (instance? TlsContext x)) x
    (instance? SSLContext x) (TlsContext/of ^SSLContext x)
    (map? x) ((requiring-resolve (symbol "leat.tls" maker)) x)
    :else (throw (IllegalArgumentException.
                  (str "Expected a leat.tls.TlsContext, a javax.net.ssl.SSLContext or a map as :ssl-context, got "
                       (.getName (class x)) ".")))))

(defn name-server
  "The address of a name server from \"192.0.2.53\", \"[2001:db8::53]:5353\" and the like."
  ^InetSocketAddress [text]
  (let [[_ bracketed plain port] (re-matches #"(?:\[([0-9a-fA-F:.]+)\]|([0-9a-fA-F:]+:[0-9a-fA-F:.]*|[0-9.]+))(?::(\d{1,5}))?" text)
        ^String address (or bracketed plain)
        port (if port (parse-long port) 53)]
    (when-not (and address (<= 1 port 65535))
      (throw (IllegalArgumentException.
              (str "Expected the address of a name server such as \"192.0.2.53\" or \"192.0.2.53:5353\", got " (pr-str text) "."))))
    (InetSocketAddress. address (int port))))

(defn host
  "The host of an address as text, without looking anything up; the path of a Unix domain socket."
  [^SocketAddress address]
  (cond
    (instance? InetSocketAddress address)
    (let [inet (.getAddress ^InetSocketAddress address)]
      (if inet (.getHostAddress inet) (.getHostString ^InetSocketAddress address)))
    (instance? UnixDomainSocketAddress address) (str address)))

(defn port
  "The port of an address, or nil of a Unix domain socket."
  [^SocketAddress address]
  (when (instance? InetSocketAddress address)
    (.getPort ^InetSocketAddress address)))

(defn cannot-listen
  "The error for an address at which nobody can listen."
  [^Throwable cause options]
  (let [message (str (.getMessage cause))
        in-use? (and (instance? BindException cause) (str/includes? message "in use"))]
    (ex-info message {:leat/error (if in-use? :address-in-use :cannot-listen), :port (:port options)} cause)))

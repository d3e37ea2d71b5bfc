(ns leat.udp
  "UDP sockets as streams of datagrams.

    (def sink @(socket {:port 10000}))
    @(d/chain (socket {}) (fn [s] (s/put! s {:host \"127.0.0.1\", :port 10000, :message \"hello\"})))
    @(s/take! sink)   ; {:sender #object[InetSocketAddress ...], :message #object[\"[B\" ...]}

  `join!` and `leave!` are for multicast; `dropped` tells how many datagrams came that there was no place for."
  (:require [leat.deferred :as d]
            [leat.impl.net :as net])
  (:import [java.net InetAddress InetSocketAddress NetworkInterface]
           [java.util.concurrent Executor]
           [java.util.function Function]
           [leat.async Deferred]
           [leat.clj Options]
           [leat.udp Datagram UdpSocket]))

(defn- target
  "Where a datagram is to go."
  ^InetSocketAddress [{:keys [host port socket-address]}]
  (cond
    (instance? InetSocketAddress socket-address) socket-address
    (and (instance? InetAddress host) (int? port)) (InetSocketAddress. ^InetAddress host (int port))
    (and (string? host) (int? port)) (InetSocketAddress/createUnresolved host (int port))
    :else (throw (IllegalArgumentException. "Expected :host and :port, or :socket-address, of a datagram to send."))))

(def ^:private to-datagram
  (reify Function
    (apply [_ value]
      (when-not (map? value)
        (throw (IllegalArgumentException.
                (str "Expected a map with :host, :port and :message to send, got "
                     (if (nil? value) "nil" (.getName (class value))) "."))))
      (Datagram. (target value) (net/byte-buffer (:message value))))))

(defn- from-datagram [raw?]
  (reify Function
    (apply [_ datagram]
      (let [^Datagram datagram datagram]
        {:sender (.address datagram)
         :message (if raw? (.asReadOnlyBuffer (.bytes datagram)) (.array (.bytes datagram)))}))))

(defn socket
  "Returns a deferred of a UDP socket as a duplex stream. Out of it come maps {:sender InetSocketAddress, :message bytes},
  with ByteBuffers instead of byte arrays with `:raw-stream? true`. Into it go maps {:host, :port, :message} or
  {:socket-address, :message}; the host is a name, looked up without blocking, or an address, the message anything that
  leat.bytes converts, 65,507 bytes at most. A put of anything else fails, and the socket goes on.

  A put is true once the system has the datagram, and pending while it has no room for it. Datagrams that come while
  `:queue-length` wait to be taken are dropped; see `dropped`.

  The deferred fails with a java.net.BindException that names the address. Callbacks run on virtual threads on JDK 21 or
  newer, else on a pool; with `:executor :none` on the event loop, where they must not block.

  Options: `:port` (nil or 0 = a free one; with `:host`) or `:socket-address`, `:broadcast?` false, `:raw-stream?` false,
  `:queue-length` 1024, `:socket-options` such as {:so-rcvbuf 1048576}, `:executor`; all are in doc/OPTIONS.md."
  (^Deferred [] (socket {}))
  (^Deferred [options]
   (let [{:keys [port host socket-address executor raw-stream?] :as checked} (Options/check `socket options)
         port (int (or port 0))
         builder (UdpSocket/builder)]
     (doto builder
       (.address (cond
                   socket-address socket-address
                   host (InetSocketAddress. ^String host port)
                   :else (InetSocketAddress. port)))
       (.broadcast (:broadcast? checked))
       (.queueLength (:queue-length checked))
       (.socketOptions (net/socket-options (:socket-options checked)))
       (.values to-datagram (from-datagram raw-stream?)))
     (cond
       (= :none executor) (.onLoop builder)
       executor (.executor builder ^Executor executor))
     (d/chain' (.open builder) (fn [^UdpSocket socket] (.duplex socket))))))

(defn- socket-of ^UdpSocket [stream]
  (or (UdpSocket/of stream)
      (throw (IllegalArgumentException.
              (str "Expected a stream of leat.udp, actual " (if (nil? stream) "nil" (.getName (class stream))) ".")))))

(defn port
  "The local port of the socket `stream`."
  [stream]
  (.port (socket-of stream)))

(defn dropped
  "How many datagrams came to the socket `stream` while as many waited as its queue holds, and were dropped."
  [stream]
  (.dropped (socket-of stream)))

(defn failed-sends
  "How many datagrams the system refused to send from the socket `stream`, for want of a way to the target or the like."
  [stream]
  (.failedSends (socket-of stream)))

(defn- network-interface ^NetworkInterface [x]
  (cond
    (nil? x) nil
    (instance? NetworkInterface x) x
    :else (or (NetworkInterface/getByName (str x))
              (throw (IllegalArgumentException. (str "Expected the name of a network interface, got " (pr-str x) "."))))))

(defn- group-address ^InetAddress [x]
  (if (instance? InetAddress x) x (InetAddress/getByName x)))

(defn join!
  "Returns a deferred that is true once the socket `stream` has joined the multicast `group` (an address) on `interface`: a
  name such as \"eth0\", a NetworkInterface, or nil for the first that does multicast. It fails with an IOException that
  names the group."
  (^Deferred [stream group] (join! stream group nil))
  (^Deferred [stream group interface]
   (.join (socket-of stream) (group-address group) (network-interface interface))))

(defn leave!
  "Returns a deferred that is true once the socket `stream` has left the multicast `group` on `interface`, as for `join!`."
  (^Deferred [stream group] (leave! stream group nil))
  (^Deferred [stream group interface]
   (.leave (socket-of stream) (group-address group) (network-interface interface))))

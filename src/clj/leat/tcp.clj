(ns leat.tcp
  "TCP and Unix domain sockets as streams.

  Servers: `start-server`, `port`, `address`, `close!`, `wait-for-close`. Clients: `client`. What both give is a duplex
  stream of leat.stream: `take!` byte arrays from it, `put!` anything into it that leat.bytes converts. Its two ends can be
  closed one by one: `close-output!` sends the end and goes on reading.

    (def server (start-server (fn [stream info] (s/connect stream stream)) {:port 7000}))
    @(d/chain (client {:host \"localhost\", :port 7000})
              (fn [stream] (s/put! stream \"hello\") (s/take! stream)))"
  (:require [leat.deferred :as d]
            [leat.impl.net :as net])
  (:import [clojure.lang IPersistentMap]
           [java.io IOException Writer]
           [java.net SocketAddress]
           [java.util.concurrent Executor]
           [leat.async Deferred Sources]
           [leat.clj Options]
           [leat.net DnsJavaResolver DnsJavaResolver$Service]
           [leat.tcp TcpClient TcpConnection TcpEncoder TcpHandler TcpServer TcpServerBuilder TcpSettings]))

(def ^:private encoder
  (reify TcpEncoder
    (encode [_ value]
      (let [^Iterable buffers (net/byte-buffers value)]
        (Sources/of buffers)))))

(defn- info
  "What a handler is told of a connection."
  [^TcpConnection connection]
  {:server-name (net/host (.localAddress connection))
   :server-port (net/port (.localAddress connection))
   :remote-addr (net/host (.remoteAddress connection))
   :remote-port (net/port (.remoteAddress connection))
   :ssl-session (.tlsSession connection)})

(defn- common!
  "Sets what servers and clients have in common."
  [^TcpSettings settings {:keys [executor raw-stream? idle-timeout-ms half-closed-timeout-ms read-buffer-bytes]}]
  (.rawMessages settings raw-stream?)
  (.idleTimeout settings (net/ms idle-timeout-ms))
  (.halfClosedTimeout settings (net/ms half-closed-timeout-ms))
  (.readBuffer settings read-buffer-bytes)
  (.encoder settings encoder)
  (cond
    (= :none executor) (.onLoop settings)
    executor (.executor settings ^Executor executor)))

(defn- where!
  "Sets the address of a server."
  [^TcpServerBuilder builder {:keys [port host socket-address unix-socket listen-socket]}]
  (cond
    port (do (.port builder port) (when host (.host builder host)))
    socket-address (.address builder socket-address)
    unix-socket (.unixSocket builder (net/path unix-socket))
    :else (.listenChannel builder listen-socket)))

(defn- server-builder ^TcpServerBuilder [{:keys [loops] :as options}]
  (let [builder (TcpServer/builder)]
    (common! builder options)
    (where! builder options)
    (when loops (.loops builder loops))
    (doto builder
      (.backlog (:backlog options))
      (.maxConnections (:max-connections options))
      (.shutdownTimeout (net/ms (:shutdown-timeout-ms options)))
      (.tls (net/tls-context (:ssl-context options) "server-context"))
      (.socketOptions (net/socket-options (:socket-options options)))
      (.proxyProtocol (net/proxy-mode (:proxy-protocol options)) (net/trusted-peers (:trusted-peers options))))))

(defn start-server
  "Returns a running server, a java.io.Closeable, that gives each connection to `handler`, a function of a duplex stream and
  a map: `:server-name`, `:server-port`, `:remote-addr`, `:remote-port` and `:ssl-session` (nil without TLS).

  The source gives byte arrays, or read-only ByteBuffers with `:raw-stream? true`; how the bytes are cut into messages says
  nothing. It ends when the peer has sent its end. Pressure travels: nothing is read while nobody takes, and puts wait while
  the peer does not read. The connection stays open until both ends are closed: `leat.stream/close!` closes both.

  The handler and all callbacks of the stream run on virtual threads on JDK 21 or newer, else on a pool; with
  `:executor :none` on the event loop, where they must not block. What the handler throws is logged, and cuts the connection.

  Throws ex-info with `:leat/error` in its data: `:unknown-option`, `:malformed-option`, `:address-in-use` with `:port`, or
  `:cannot-listen`.

  Options, with their defaults; all are in doc/OPTIONS.md. Where it listens, exactly one of: `:port` (0 = a free one; with
  `:host`), `:socket-address`, `:unix-socket` (a path), `:listen-socket`. `:idle-timeout-ms` none, `:half-closed-timeout-ms`
  60000, `:shutdown-timeout-ms` 15000, `:max-connections` 65536, `:socket-options` such as {:so-rcvbuf 65536},
  `:ssl-context` (a TlsContext, an SSLContext, or a map for leat.tls), `:proxy-protocol` :disable, :optional or :enable,
  believed only from `:trusted-peers`."
  ^TcpServer [handler options]
  (let [^IPersistentMap checked (Options/check `start-server options)]
    (Options/checkOneOf `start-server checked [:port :socket-address :unix-socket :listen-socket])
    (when-not (ifn? handler)
      (throw (ex-info (str "start-server expects a function or var as handler, got " (pr-str handler))
                      {:leat/error :malformed-handler})))
    (try
      (.start (server-builder checked)
              (reify TcpHandler
                (handle [_ connection]
                  (handler (.duplex connection) (info connection)))))
      (catch IOException e
        (throw (net/cannot-listen e checked))))))

(defn dns-resolver
  "Returns a resolver for the option `:resolver` of `client`, which asks given name servers. It needs the library dnsjava;
  the IllegalStateException that it throws without it says what to add to the dependencies.

  Options: `:name-servers`, a vector of addresses such as \"192.0.2.53\" or \"192.0.2.53:5353\" (default: the system's),
  `:search-domains`, a vector of names (default: the system's), `:query-timeout-ms` 5000."
  ^DnsJavaResolver [options]
  (let [{:keys [name-servers search-domains query-timeout-ms]} (Options/check `dns-resolver options)]
    (DnsJavaResolver. (mapv net/name-server name-servers) (vec search-domains) (net/ms query-timeout-ms))))

(defn services
  "Returns a deferred of a vector of the places where the service `service-name`, such as \"_xmpp-server._tcp.example.org\",
  is offered (SRV records): maps of `:host`, `:port`, `:priority` and `:weight`, the preferred ones first. `resolver` is what
  `dns-resolver` returns. It fails with a java.net.UnknownHostException when no name server answers."
  ^Deferred [^DnsJavaResolver resolver service-name]
  (d/chain' (.services resolver service-name)
            (fn [found]
              (mapv (fn [^DnsJavaResolver$Service service]
                      {:host (.host service), :port (.port service), :priority (.priority service), :weight (.weight service)})
                    found))))

(defn- client-of
  "The Java client for checked options."
  ^TcpClient [{:keys [host port remote-address unix-socket]}]
  (cond
    remote-address (TcpClient/to ^SocketAddress remote-address)
    unix-socket (TcpClient/toUnixSocket (net/path unix-socket))
    (and host port) (TcpClient/to ^String host (int port))
    :else (throw (ex-info "client needs :host with :port, :remote-address or :unix-socket"
                          {:leat/error :malformed-options}))))

(defn client
  "Returns a deferred of a duplex stream: a connection to `:host` and `:port`, to the `:remote-address`, or to the
  `:unix-socket` (a path). All addresses of a host are tried, the next one when 250 ms have passed or the last one has
  failed, and the first that answers is taken. Ends, pressure and messages are as with `start-server`.

  The deferred fails with a java.io.IOException that names the address: java.net.ConnectException when it is refused,
  SocketTimeoutException after `:connect-timeout-ms`, UnknownHostException. To realize or cancel it gives up.

  Callbacks run on virtual threads on JDK 21 or newer, else on a pool; with `:executor :none` on the event loop.

  Options: `:connect-timeout-ms` 10000, `:local-address`, `:resolver` (see `dns-resolver`), `:idle-timeout-ms`, `:half-closed-timeout-ms` 60000,
  `:raw-stream?`, `:ssl-context`, `:socket-options`, `:executor`; all are in doc/OPTIONS.md."
  ^Deferred [options]
  (let [{:keys [connect-timeout-ms local-address resolver] :as checked} (Options/check `client options)
        client (client-of checked)]
    (common! client checked)
    (.connectTimeout client (net/ms connect-timeout-ms))
    (.tls client (net/tls-context (:ssl-context checked) "client-context"))
    (.socketOptions client (net/socket-options (:socket-options checked)))
    (when local-address (.localAddress client local-address))
    (when resolver (.resolver client resolver))
    (d/chain' (.connect client) (fn [^TcpConnection connection] (.duplex connection)))))

(defn- connection ^TcpConnection [stream]
  (or (TcpConnection/of stream)
      (throw (IllegalArgumentException.
              (str "Expected a stream of leat.tcp, actual " (if (nil? stream) "nil" (.getName (class stream))) ".")))))

(defn close-output!
  "Sends the end (FIN) on `stream` after all that was put; what the peer sends can still be taken. Returns nil."
  [stream]
  (.closeOutput (connection stream)))

(defn cut!
  "Closes the socket of `stream` at once; what waits to be written is lost. Returns nil."
  [stream]
  (.cut (connection stream)))

(defn connection-info
  "The map of a connection that handlers get, for any duplex `stream` of leat.tcp. In it are `:server-name` and
  `:server-port`, the address of this end, `:remote-addr` and `:remote-port`, and `:ssl-session`."
  [stream]
  (info (connection stream)))

(defn closed
  "Returns a deferred that is true once the socket of `stream` is closed, for whatever reason."
  ^Deferred [stream]
  (.closed (connection stream)))

(defn port
  "Returns the port that `server` listens at, or -1 for a Unix domain socket."
  [^TcpServer server]
  (.port server))

(defn address
  "Returns the java.net.SocketAddress that `server` listens at."
  ^SocketAddress [^TcpServer server]
  (.address server))

(defn close!
  "Returns a deferred that is true once `server` is closed and its port free. Stops listening at once, ends what comes out of
  its connections, so that handlers come to their end, and cuts those that are still open after `:shutdown-timeout-ms`.
  `(.close server)` does the same and waits."
  ^Deferred [^TcpServer server]
  (.closeAsync server))

(defn wait-for-close
  "Blocks until `server` is closed, by whomever. Returns true."
  [^TcpServer server]
  @(.closed server))

(defmethod print-method TcpServer [server ^Writer writer]
  (.write writer (str server)))

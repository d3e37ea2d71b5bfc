(ns leat.http
  "HTTP for Ring handlers.

  Servers: `start-server`, `port`, `address`, `close!`, `wait-for-close`. Requests are Ring's maps; `get-all` gives every
  value of a header. Responses are Ring's maps, or deferreds of them; `file` makes a body of a region of a file.

  What a response may be can be extended: its body by the protocol `StreamableBody`, what counts as a deferred by the
  multimethod `as-deferred`."
  (:import [java.io IOException Writer]
           [java.net BindException SocketAddress]
           [leat.async Deferred]
           [leat.clj Options]
           [leat.ring FileBody HeaderMap RingServer]
           [leat.server HttpServer]))

(defprotocol StreamableBody
  "What a response body of a type that leat does not know must do. Types that extend Ring's own
  ring.core.protocols/StreamableResponseBody are taken too, where that namespace is loaded."
  (write-body-to-stream [body response output-stream]
    "Writes `body` to `output-stream`, on a thread that may block; writing blocks while the client does not read, and
  throws when it has gone. The body ends when this returns; in an asynchronous handler, when the stream is closed.
  What it throws cuts the response, so that the client sees that it is not whole."))

(defmulti as-deferred
  "Returns a leat deferred or a CompletionStage that gets what the value will be, or nil when the value is there already.
  Add a method for a class of values of your own that come later. (A multimethod, since a second protocol would make this
  namespace load noticeably slower.)"
  class)

(defmethod as-deferred :default [_] nil)

(defn- ring-body-writer
  "The function of Ring's protocol for `body`, or nil."
  [body]
  (when-let [ring (find-ns 'ring.core.protocols)]
    (when-let [protocol (ns-resolve ring 'StreamableResponseBody)]
      (when (satisfies? @protocol body)
        @(ns-resolve ring 'write-body-to-stream)))))

(defn- body-writer [body]
  (if (satisfies? StreamableBody body)
    write-body-to-stream
    (ring-body-writer body)))

(defn- cannot-listen [^IOException cause options]
  (let [message (str (.getMessage cause))
        in-use? (and (instance? BindException cause) (re-find #"in use" message))]
    (ex-info message {:leat/error (if in-use? :address-in-use :cannot-listen), :port (:port options)} cause)))

(defn- with-tls
  "The options with a TlsContext in place of whatever stands for one."
  [{:keys [ssl-context] :as options}]
  (if (some? ssl-context)
    (assoc options :ssl-context ((requiring-resolve 'leat.tls/server-context) ssl-context))
    options))

(defn start-server
  "Returns a running server, a java.io.Closeable, that answers HTTP requests with the Ring `handler`.

  The handler takes a Ring request map and returns a Ring response map, or a deferred of one: a leat deferred, a
  CompletionStage, whatever `as-deferred` knows; a Clojure promise, future or delay is waited for. With `:async? true` it
  takes [request respond raise]. Given as a var (#'handler) it can be redefined while the server runs. Requests also have
  `:leat/closed`, a deferred that becomes true when the client goes away first, and false when the response is sent.

  It runs on a virtual thread on JDK 21 or newer, else on a pool; see `:executor`. Dynamic bindings are not conveyed.

  Throws ex-info with `:leat/error` in its data: for an unknown option, `:unknown-option`; for a value that is not taken,
  `:malformed-option`; `:tls-context` for certificates that cannot be used; `:address-in-use`, with `:port`, or
  `:cannot-listen`, when it cannot listen there.

    (start-server (fn [request] {:status 200, :body \"Hello\"}) {:port 8080})

  Options, with their defaults; all are in doc/OPTIONS.md. Where it listens, exactly one of: `:port` (0 = a free one; with
  `:host`, else on every address), `:socket-address`, `:unix-socket` (a path), `:listen-socket` (a bound channel).
  `:ssl-context` for HTTPS: a map as leat.tls/context takes it, or what it returns.
  How handlers run: `:executor` (nil, an Executor, or :none = on the event loop), `:async?` false, `:raw-stream?` false
  (bodies are sources of ByteBuffers), `:error-handler` (fn [request error]), `:rejected-handler`, `:continue-handler`.
  Times: `:idle-timeout-ms` 60000, `:head-timeout-ms` 10000, `:write-stall-timeout-ms` 30000, `:min-body-bytes-per-s` 240,
  `:shutdown-timeout-ms` 15000. Limits: `:max-body-bytes` 64 MiB, `:max-head-bytes` 65536, `:max-connections` 65536 ..."
  ^HttpServer [handler options]
  (let [checked (Options/check `start-server options)]
    (Options/checkOneOf `start-server checked [:port :socket-address :unix-socket :listen-socket])
    (when-not (ifn? handler)
      (throw (ex-info (str "start-server expects a function or var as handler, got " (pr-str handler))
                      {:leat/error :malformed-handler})))
    (try
      (RingServer/start handler (with-tls checked) body-writer as-deferred)
      (catch IOException e
        (throw (cannot-listen e checked))))))

(defn port
  "Returns the port that `server` listens at, or -1 for a Unix domain socket."
  [^HttpServer server]
  (.port server))

(defn address
  "Returns the java.net.SocketAddress that `server` listens at."
  ^SocketAddress [^HttpServer server]
  (.address server))

(defn close!
  "Returns a deferred that is true once `server` is closed and its port free. Stops listening at once, ends idle
  connections, lets requests that run end within `:shutdown-timeout-ms`, and cuts what is left then. Closing it again is
  harmless. `(.close server)` does the same and waits: a handler that wants to end its own server calls this one, since it
  would wait for itself."
  ^Deferred [^HttpServer server]
  (.closeAsync server))

(defn wait-for-close
  "Blocks until `server` is closed, by whomever. Returns true."
  [^HttpServer server]
  @(.closed server))

(defn file
  "Returns a response body: the file `path` (a string, File or Path), or its region of `length` bytes from `offset` on. It
  is opened when the response is sent, and sent without passing through the heap. A file that is missing or too short
  fails the request."
  (^FileBody [path]
   (FileBody. (RingServer/path path) 0 -1))
  (^FileBody [path offset length]
   (FileBody. (RingServer/path path) offset length)))

(defn get-all
  "Returns a vector of all values of the header `header-name`, one for each time that it came, given the `:headers` of a
  request. Of an ordinary map with names in lower case it gives the one value, or those of a collection."
  [headers header-name]
  (HeaderMap/all headers header-name))

(defmethod print-method HttpServer [server ^Writer writer]
  (.write writer (RingServer/describe server)))

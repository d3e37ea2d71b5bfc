(ns leat.tls
  "TLS for servers and clients.

  Contexts: `context` makes one of a map, `self-signed` for development in one call, `server-context` and `client-context`
  are what the `:ssl-context` of servers and clients goes through. One context serves both ends. `reload!` takes in new
  certificates while everything runs.

    (http/start-server handler {:port 8443, :ssl-context {:certificate-chain \"chain.pem\", :private-key \"key.pem\"}})
    (tcp/client {:host \"localhost\", :port 7000, :ssl-context {:trust-store \"ca.pem\"}})

  Of connections: `session`, `peer-certificate`, and `start-tls` for a connection that began in plain. TLS 1.2 and 1.3 only."
  (:import [clojure.lang ILookup]
           [java.io IOException Writer]
           [java.security.cert X509Certificate]
           [java.time Duration]
           [javax.net.ssl SSLContext SSLPeerUnverifiedException SSLSession]
           [leat.async Deferred]
           [leat.clj Options]
           [leat.server Request]
           [leat.tls TlsContext TlsContext$ClientAuth TlsContextBuilder]))

(defn- strings ^"[Ljava.lang.String;" [names]
  (into-array String names))

(defn- application-protocol
  "The name in ALPN of a string, or of :http1 or :http2."
  [given]
  (or (get {:http1 "http/1.1", :http2 "h2"} given)
      (when (string? given) given)
      (throw (ex-info (str "Option :application-protocols for context: expected strings, :http1 or :http2, got " (pr-str given) ".")
                      {:leat/error :malformed-option, :option :application-protocols}))))

(defn- add-identity! [^TlsContextBuilder builder {:keys [certificate-chain private-key private-key-password
                                                         key-store key-store-password]}]
  (cond
    (and certificate-chain private-key)
    (.certificate builder certificate-chain private-key private-key-password)

    (or certificate-chain private-key)
    (throw (ex-info "A certificate needs both :certificate-chain and :private-key."
                    {:leat/error :malformed-options, :options [:certificate-chain :private-key]})))
  (when key-store
    (.keyStore builder key-store key-store-password)))

(defn- set-trust! [^TlsContextBuilder builder {:keys [trust-store trust-store-password insecure? verify-host?]}]
  (when trust-store
    (.trust builder trust-store trust-store-password))
  (when insecure?
    (.insecure builder))
  (.verifyHost builder verify-host?))

(defn- set-handshake! [^TlsContextBuilder builder {:keys [protocols ciphers client-auth application-protocols
                                                          handshake-timeout-ms]}]
  (when (seq protocols) (.protocols builder (strings protocols)))
  (when (seq ciphers) (.ciphers builder (strings ciphers)))
  (.clientAuth builder (case client-auth
                         :none TlsContext$ClientAuth/NONE
                         :optional TlsContext$ClientAuth/OPTIONAL
                         :require TlsContext$ClientAuth/REQUIRE))
  (.applicationProtocols builder (strings (map application-protocol application-protocols)))
  (.handshakeTimeout builder (Duration/ofMillis handshake-timeout-ms)))

(defn- cannot-load [^Throwable cause]
  (ex-info (str "The TLS context cannot be made: " (.getMessage cause)) {:leat/error :tls-context} cause))

(defn- build ^TlsContext [^TlsContextBuilder builder checked]
  (try
    (run! #(add-identity! builder %)
          (cons checked (map #(Options/check `certificate %) (:certificates checked))))
    (when (:self-signed? checked)
      (.selfSigned builder (strings nil)))
    (set-trust! builder checked)
    (set-handshake! builder checked)
    (.sessionCacheSize builder (:session-cache-size checked))
    (.sessionTimeout builder (Duration/ofSeconds (:session-timeout-s checked)))
    (when-let [period (:reload-ms checked)]
      (.reloadEvery builder (Duration/ofMillis period)))
    (.build builder)
    (catch IOException e
      (throw (cannot-load e)))
    (catch IllegalArgumentException e
      (throw (cannot-load e)))))

(defn context
  "Returns a context for servers and clients made of `options`. It is safe from any thread, and is made once for many
  connections. Blocks while it reads files.

  Throws ex-info with `:leat/error` in its data: `:unknown-option`, `:malformed-option`, or `:tls-context` when a key,
  certificate or store cannot be read or used; the message says which, and why.

  Options, with their defaults; all are in doc/OPTIONS.md. Wherever a key, certificates or a store are expected, a file (a
  string, File or Path), PEM text, a URL, bytes, an InputStream or the JDK's object will do.
  The own certificate: `:certificate-chain` with `:private-key` (`:private-key-password`), or `:key-store` in PKCS#12
  (`:key-store-password`). More of them, by the host that a client asks for: `:certificates`, maps of the same keys.
  `:self-signed?` true for development.
  Trust: `:trust-store` (`:trust-store-password`), by default whom Java trusts; `:verify-host?` true; `:insecure?` false.
  For servers: `:client-auth` :none, :optional or :require. `:protocols`, `:ciphers`, `:application-protocols` (ALPN),
  `:handshake-timeout-ms` 10000, `:session-cache-size` 20480, `:session-timeout-s` 86400, `:reload-ms` never."
  ^TlsContext [options]
  (build (TlsContext/builder) (Options/check `context options)))

(defn self-signed
  "Returns a context for development: a new key, with a certificate for `hosts` that is valid for a year; by default for
  localhost, 127.0.0.1 and ::1. It trusts its own certificate and no other, so that a client may use it as well."
  ^TlsContext [& hosts]
  (TlsContext/selfSigned (strings hosts)))

(defn insecure-client-context
  "Returns a context for clients that trusts everybody and verifies no host name. Anybody on the way can read and change
  everything."
  ^TlsContext []
  (context {:insecure? true}))

(defn- of-given [given who]
  (cond
    (instance? TlsContext given) given
    (instance? SSLContext given) (TlsContext/of given)
    (map? given) (context given)
    :else (throw (ex-info (str "Option :ssl-context for " who ": expected a map, a context of leat.tls or a "
                               "javax.net.ssl.SSLContext, got " (pr-str given) ".")
                          {:leat/error :malformed-option, :option :ssl-context}))))

(defn server-context
  "Returns a context for a server made of `given`: a map as for `context`, a context, which is returned itself, or a
  javax.net.ssl.SSLContext. Throws ex-info with `:leat/error` for anything else, and for a map without a certificate."
  ^TlsContext [given]
  (when (and (map? given) (not-any? given [:certificate-chain :private-key :key-store :certificates :self-signed?]))
    (throw (ex-info "A server needs a certificate: :certificate-chain with :private-key, :key-store, :certificates or :self-signed?."
                    {:leat/error :malformed-options, :options (vec (keys given))})))
  (of-given given "a server"))

(defn client-context
  "Returns a context for a client made of `given`: a map as for `context`, a context, which is returned itself, or a
  javax.net.ssl.SSLContext. Throws ex-info with `:leat/error` for anything else."
  ^TlsContext [given]
  (of-given given "a client"))

(defn reload!
  "Reads the keys, certificates and trust of `ctx` again, from the files that they came from. Connections that are open go
  on; new ones use what was read. Blocks while it reads. Returns `ctx`. Throws ex-info with `:leat/error` :tls-context if
  something cannot be used; then all stays as it was."
  ^TlsContext [^TlsContext ctx]
  (try
    (.reload ctx)
    ctx
    (catch IOException e
      (throw (cannot-load e)))
    (catch IllegalArgumentException e
      (throw (cannot-load e)))))

(defn certificates
  "Returns a vector of the own certificates of `ctx` as they are now, java.security.cert.X509Certificate each."
  [^TlsContext ctx]
  (vec (.certificates ctx)))

(defn pem
  "Returns `certificate` as PEM text, such as for a file that clients trust."
  [^X509Certificate certificate]
  (TlsContext/pem certificate))

(defn ssl-context
  "Returns the javax.net.ssl.SSLContext of `ctx` as it is now, for other libraries."
  ^SSLContext [^TlsContext ctx]
  (.sslContext ctx))

(defn- connection
  "The Java connection of a stream of leat.tcp."
  [stream]
  (or ((requiring-resolve 'leat.impl.tls/connection) stream)
      (throw (IllegalArgumentException.
              (str "Expected a Ring request or a stream of leat.tcp, actual " (if (nil? stream) "nil" (.getName (class stream))) ".")))))

(defn session
  "Returns the javax.net.ssl.SSLSession of a Ring request of leat.http, or of a duplex stream of leat.tcp; nil without TLS."
  ^SSLSession [request-or-stream]
  (if (instance? ILookup request-or-stream)
    (some-> ^Request (:leat/request request-or-stream) .tlsSession)
    ((requiring-resolve 'leat.impl.tls/session) (connection request-or-stream))))

(defn peer-certificate
  "Returns the X509Certificate that the peer has shown on the connection of a Ring request or a stream of leat.tcp, or nil."
  ^X509Certificate [request-or-stream]
  (when-let [session (session request-or-stream)]
    (try
      (first (.getPeerCertificates session))
      (catch SSLPeerUnverifiedException _ nil))))

(defn start-tls
  "Returns a deferred of the javax.net.ssl.SSLSession once a plain `stream` of leat.tcp goes on in TLS, as after a command
  like STARTTLS. It fails, and the connection is cut, if the handshake does, or if the peer sent more in plain than was
  taken: that could come from anybody.

  For the server of the connection, `options` are `:ssl-context` and `:last-plain`, bytes that are sent before TLS begins,
  such as the answer to the command; for the client, `:ssl-context`, `:host`, whose certificate it must be, and `:port`."
  ^Deferred [stream options]
  (let [{:keys [ssl-context host port last-plain]} (Options/check `start-tls options)]
    (if host
      ((requiring-resolve 'leat.impl.tls/start-client) (connection stream) (client-context ssl-context) host port)
      ((requiring-resolve 'leat.impl.tls/start-server) (connection stream) (server-context ssl-context) last-plain))))

(defmethod print-method TlsContext [ctx ^Writer writer]
  (.write writer (str "#<" ctx ">")))

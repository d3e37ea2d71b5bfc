(ns leat.tls-test
  (:require [clojure.test :refer [deftest is testing]]
            [leat.deferred :as d]
            [leat.http :as http]
            [leat.serving :as serving]
            [leat.stream :as s]
            [leat.tcp :as tcp]
            [leat.tls :as tls])
  (:import [java.net Socket]
           [java.security.cert X509Certificate]
           [javax.net.ssl SSLSession SSLSocket]
           [leat.async Deferred]
           [leat.tls TlsContext TlsContext$ClientAuth]))

(def ^:private localhost (tls/self-signed))

(defn- connect
  "A socket to `server` that has done its handshake as `ctx` says."
  ^SSLSocket [server ctx]
  (let [plain (doto (Socket. "127.0.0.1" (int (http/port server))) (.setSoTimeout 20000))
        socket (.createSocket (.getSocketFactory (tls/ssl-context ctx)) plain "localhost" (int (http/port server)) true)]
    (.startHandshake ^SSLSocket socket)
    socket))

(defn- fetch
  "The response to one request over TLS."
  [server ctx]
  (with-open [socket (connect server ctx)]
    (serving/send! socket ["GET /path HTTP/1.1" "Host: example.com"])
    (serving/read-response! socket)))

(defn- error [f]
  (try (f) nil (catch clojure.lang.ExceptionInfo e e)))

(defn- value [^Deferred d]
  (let [v (deref d 20000 ::never)]
    (is (not= ::never v))
    v))

(deftest serves-https
  (let [seen (promise)]
    (serving/with-server [server (fn [request] (deliver seen request) {:status 200, :body "secure"}) {:ssl-context localhost}]
      (is (= "secure" (:body (fetch server localhost))))
      (let [request @seen]
        (is (= [:https 443 "/path"] ((juxt :scheme :server-port :uri) request)))
        (is (not (contains? request :ssl-client-cert)))
        (is (= "TLSv1.3" (.getProtocol (tls/session request))))
        (is (nil? (tls/peer-certificate request)))))))

(deftest tells-the-certificate-of-the-client
  (let [seen (promise)
        ctx (.build (doto (TlsContext/builder)
                      (.selfSigned (into-array String ["localhost"]))
                      (.clientAuth TlsContext$ClientAuth/OPTIONAL)))]
    (serving/with-server [server (fn [request] (deliver seen request) {:status 200, :body "x"}) {:ssl-context ctx}]
      (fetch server ctx)
      (is (= (first (tls/certificates ctx)) (:ssl-client-cert @seen) (tls/peer-certificate @seen)))
      (is (some #{:ssl-client-cert} (keys @seen)))
      (is (instance? X509Certificate (:ssl-client-cert (into {} @seen)))))))

(deftest takes-an-ssl-context-of-the-jdk
  (serving/with-server [server (fn [_] {:status 200, :body "jdk"}) {:ssl-context (tls/ssl-context localhost)}]
    (is (= "jdk" (:body (fetch server localhost))))))

(deftest says-what-is-wrong
  (testing "options"
    (is (= "Unknown option :certificate for context. Did you mean :certificates?" (ex-message (error #(tls/context {:certificate 1})))))
    (is (re-find #":client-auth" (ex-message (error #(tls/context {:client-auth :maybe})))))
    (is (= {:leat/error :malformed-options, :options [:certificate-chain :private-key]}
           (ex-data (error #(tls/context {:private-key "key.pem"})))))
    (is (= :malformed-options (:leat/error (ex-data (error #(http/start-server identity {:port 0, :ssl-context {}}))))))
    (is (= :malformed-option (:leat/error (ex-data (error #(http/start-server identity {:port 0, :ssl-context 5})))))))
  (testing "files"
    (let [missing (error #(tls/context {:certificate-chain "/no/such/chain.pem", :private-key "/no/such/key.pem"}))]
      (is (= :tls-context (:leat/error (ex-data missing))))
      (is (re-find #"/no/such/" (ex-message missing))))
    (is (re-find #"The private key cannot be used: Expected a private key in PEM or DER"
                 (ex-message (error #(tls/context {:certificate-chain (.getBytes "junk"), :private-key (.getBytes "junk")}))))))
  (testing "versions and ciphers"
    (is (re-find #"TLSv1.1" (ex-message (error #(tls/context {:protocols ["TLSv1.1"]})))))
    (is (re-find #"NULL_WITH" (ex-message (error #(tls/context {:ciphers ["NULL_WITH_NULL"]})))))))

(deftest a-client-of-tcp-verifies-the-host
  (with-open [server (tcp/start-server (fn [stream _] (s/connect stream stream))
                                       {:port 0, :host "127.0.0.1", :ssl-context localhost})]
    (let [port (tcp/port server)
          stream (value (tcp/client {:host "localhost", :port port, :ssl-context localhost}))]
      (s/put! stream "hello")
      (is (= "hello" (String. ^bytes (value (s/take! stream)))))
      (is (= (first (tls/certificates localhost)) (tls/peer-certificate stream)))
      (is (= "TLSv1.3" (.getProtocol (tls/session stream))))
      (s/close! stream)
      (is (thrown-with-msg? leat.tls.TlsException #"(?i)certificat"
                            (value (tcp/client {:host "localhost", :port port, :ssl-context (tls/self-signed)}))))
      (let [insecure (value (tcp/client {:host "localhost", :port port, :ssl-context (tls/insecure-client-context)}))]
        (s/put! insecure "x")
        (is (= "x" (String. ^bytes (value (s/take! insecure)))))
        (s/close! insecure)))))

(deftest starts-tls-on-a-plain-connection
  (with-open [server (tcp/start-server
                      (fn [stream _]
                        (d/let-flow' [command (s/take! stream)]
                          (is (= "STARTTLS" (String. ^bytes command)))
                          (d/let-flow' [session (tls/start-tls stream {:ssl-context localhost, :last-plain "220"})]
                            (s/put! stream (.getProtocol ^SSLSession session)))))
                      {:port 0, :host "127.0.0.1"})]
    (let [stream (value (tcp/client {:host "localhost", :port (tcp/port server)}))]
      (s/put! stream "STARTTLS")
      (is (= "220" (String. ^bytes (value (s/take! stream)))))
      (value (tls/start-tls stream {:ssl-context localhost, :host "localhost", :port (tcp/port server)}))
      (is (= "TLSv1.3" (String. ^bytes (value (s/take! stream)))))
      (s/close! stream))))

(deftest prints-without-secrets
  (is (re-matches #"#<TlsContext\[\[CN=localhost\], \[TLSv1.3, TLSv1.2\]\]>" (pr-str localhost)))
  (is (re-find #"^-----BEGIN CERTIFICATE-----\n" (tls/pem (first (tls/certificates localhost))))))

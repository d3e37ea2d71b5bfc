(ns leat.tcp-test
  "leat.tcp, between its own two ends and with plain sockets."
  (:require [clojure.string :as str]
            [clojure.test :refer [are deftest is testing]]
            [leat.deferred :as d]
            [leat.http :as http]
            [leat.impl.net :as net]
            [leat.stream :as s]
            [leat.tcp :as tcp])
  (:import [clojure.lang ExceptionInfo]
           [java.io ByteArrayInputStream Closeable File]
           [java.net ConnectException InetAddress InetSocketAddress ServerSocket Socket SocketTimeoutException]
           [java.nio ByteBuffer]
           [java.nio.file Files]
           [java.nio.file.attribute FileAttribute]
           [java.util.concurrent TimeoutException]))

(defn- await! [deferred]
  (let [value (deref deferred 20000 ::late)]
    (when (= ::late value) (throw (TimeoutException. "Nothing came within 20 s")))
    value))

(defn- text [message]
  (cond
    (bytes? message) (String. ^bytes message "UTF-8")
    (instance? ByteBuffer message) (str (.decode (java.nio.charset.Charset/forName "UTF-8") (.duplicate ^ByteBuffer message)))
    :else message))

(defn- take-text!
  "What comes until there are `n` characters, or the end."
  [stream n]
  (loop [all ""]
    (if (<= n (count all))
      all
      (let [message (await! (s/take! stream ::end))]
        (if (= ::end message) all (recur (str all (text message))))))))

(defmacro ^:private with-server [[sym handler & [options]] & body]
  `(with-open [~sym ^Closeable (tcp/start-server ~handler (merge {:port 0, :host "127.0.0.1", :shutdown-timeout-ms 200} ~options))]
     ~@body))

(defn- echo [stream _info]
  (s/connect stream stream))

(defn- connect! [server & [options]]
  (await! (tcp/client (merge {:host "127.0.0.1", :port (tcp/port server)} options))))

(deftest a-client-and-a-server-talk
  (doseq [executor [nil :none]]
    (with-server [server echo {:executor executor}]
      (let [client (connect! server {:executor executor})]
        (is (s/stream? client))
        (is (true? (await! (s/put! client "hello"))))
        (is (= "hello" (take-text! client 5)))
        (s/close! client)
        (is (true? (await! (tcp/closed client))))
        (is (= ::end (await! (s/take! client ::end))))))))

(deftest handlers-are-told-of-the-connection
  (let [told (promise)]
    (with-server [server (fn [stream info] (deliver told info) (s/close! stream))]
      (let [client (connect! server)]
        (is (= {:server-name "127.0.0.1", :server-port (tcp/port server), :remote-addr "127.0.0.1", :ssl-session nil}
               (dissoc (await! told) :remote-port)))
        (is (= (:remote-port (await! told)) (:server-port (tcp/connection-info client))))))))

(deftest what-leat-bytes-converts-can-be-put
  (with-server [server echo]
    (let [client (connect! server)]
      (doseq [message ["a" (.getBytes "b") (ByteBuffer/wrap (.getBytes "c")) (StringBuilder. "d")
                       (ByteArrayInputStream. (.getBytes "e")) ["f" (.getBytes "g")]]]
        (is (true? (await! (s/put! client message)))))
      (is (= "abcdefg" (take-text! client 7))))))

(deftest messages-are-buffers-when-they-are-asked-for
  (with-server [server echo]
    (let [client (connect! server {:raw-stream? true})]
      (s/put! client "hello")
      (let [^ByteBuffer message (await! (s/take! client))]
        (is (instance? ByteBuffer message))
        (is (.isReadOnly message))
        (is (= "hello" (text message)))))))

(deftest the-output-can-be-closed-alone
  (with-server [server (fn [stream _] (d/chain (s/reduce str (s/map text stream)) #(s/put! stream %) (fn [_] (s/close! stream))))]
    (let [client (connect! server)]
      (s/put! client "one ")
      (s/put! client "two")
      (tcp/close-output! client)
      (is (= "one two" (take-text! client 100)))
      (is (false? (await! (s/put! client "three")))))))

(deftest handlers-may-block
  (with-server [server (fn [stream _]
                         (loop []
                           (when-let [message @(s/take! stream)]
                             @(s/put! stream (str/upper-case (text message)))
                             (recur)))
                         (s/close! stream))]
    (let [client (connect! server)]
      (s/put! client "hello")
      (is (= "HELLO" (take-text! client 5)))
      (tcp/close-output! client)
      (is (= "" (take-text! client 1))))))

(deftest pressure-reaches-the-one-who-puts
  (with-server [server (fn [_stream _info])]
    (let [client (connect! server)
          message (byte-array 100000)
          puts (doall (take 500 (repeatedly #(s/put! client message))))]
      (is (= ::late (deref (last puts) 100 ::late)) "50 MB wait for somebody who takes nothing")
      (tcp/cut! client)
      (is (every? boolean? (map await! puts)) "nobody waits for ever"))))

(deftest unix-sockets-by-path
  (let [folder (str (Files/createTempDirectory "leat" (make-array FileAttribute 0)))
        path (str folder "/echo")]
    (with-open [server (tcp/start-server echo {:unix-socket path, :shutdown-timeout-ms 0})]
      (is (= -1 (tcp/port server)))
      (let [client (await! (tcp/client {:unix-socket (File. path)}))]
        (s/put! client "hello")
        (is (= "hello" (take-text! client 5)))
        (is (= path (:remote-addr (tcp/connection-info client))))))
    (is (not (.exists (File. path))))))

(deftest what-cannot-be-reached-is-named
  (let [free (with-open [socket (ServerSocket. 0)] (.getLocalPort socket))]
    (is (thrown-with-msg? ConnectException (re-pattern (str "^Cannot connect to 127.0.0.1:" free ": Connection refused$"))
                          @(tcp/client {:host "127.0.0.1", :port free}))))
  (with-open [silent (ServerSocket. 0 1 (InetAddress/getByName "127.0.0.1"))]
    (let [address (.getLocalSocketAddress silent)
          fill (doall (repeatedly 4 #(doto (java.nio.channels.SocketChannel/open) (.configureBlocking false) (.connect address))))]
      (is (thrown-with-msg? SocketTimeoutException #" within 50 ms: no answer$"
                            @(tcp/client {:remote-address address, :connect-timeout-ms 50})))
      (run! #(.close ^Closeable %) fill)))
  (is (thrown-with-msg? java.net.UnknownHostException #"^Cannot connect to mill.invalid:80: "
                        @(tcp/client {:host "mill.invalid", :port 80}))))

(deftest options-are-checked
  (are [message data form] (let [e (try form nil (catch ExceptionInfo e e))]
                             (and (= message (ex-message e)) (= data (:leat/error (ex-data e)))))
    "Unknown option :prot for start-server. Did you mean :port?" :unknown-option (tcp/start-server echo {:prot 1})
    "Option :port for client: expected an integer from 1 to 65535, got 0." :malformed-option (tcp/client {:host "a", :port 0})
    "client needs :host with :port, :remote-address or :unix-socket" :malformed-options (tcp/client {:host "a"})
    "start-server needs exactly one of :port, :socket-address, :unix-socket, :listen-socket, got none." :malformed-options
    (tcp/start-server echo {})
    "start-server expects a function or var as handler, got 5" :malformed-handler (tcp/start-server 5 {:port 0}))
  (is (thrown-with-msg? IllegalArgumentException #"^Expected trusted peers for the PROXY protocol, got none"
                        (tcp/start-server echo {:port 0, :proxy-protocol :enable})))
  (is (thrown-with-msg? IllegalArgumentException #"^Expected a stream of leat.tcp, actual nil.$" (tcp/close-output! nil))))

(deftest name-servers-are-addresses
  (are [host port text] (= (InetSocketAddress. ^String host (int port)) (net/name-server text))
    "192.0.2.53" 53 "192.0.2.53"
    "192.0.2.53" 5353 "192.0.2.53:5353"
    "2001:db8::53" 53 "2001:db8::53"
    "2001:db8::53" 5353 "[2001:db8::53]:5353"
    "::1" 53 "[::1]")
  (doseq [wrong ["localhost" "192.0.2.53:0" "192.0.2.53:65536" "[192.0.2.53" "ns.example:53"]]
    (is (thrown-with-msg? IllegalArgumentException #"^Expected the address of a name server" (tcp/dns-resolver {:name-servers [wrong]})))))

(deftest a-resolver-of-ones-own-is-asked
  (with-server [server echo]
    (let [resolver (reify leat.net.Resolver
                     (resolve [_ host]
                       (if (= "mill.example" host)
                         (leat.async.Deferred/succeeded [(InetAddress/getByName "127.0.0.1")])
                         (leat.async.Deferred/failed (java.net.UnknownHostException. "not here")))))
          client (connect! server {:host "mill.example", :resolver resolver})]
      (s/put! client "hello")
      (is (= "hello" (take-text! client 5)))
      (is (thrown-with-msg? java.net.UnknownHostException #"^Cannot connect to other.example:9: not here$"
                            @(tcp/client {:host "other.example", :port 9, :resolver resolver}))))))

(deftest a-port-in-use-is-an-error
  (with-server [server echo]
    (let [e (is (thrown? ExceptionInfo (tcp/start-server echo {:port (tcp/port server), :host "127.0.0.1"})))]
      (is (= {:leat/error :address-in-use, :port (tcp/port server)} (ex-data e))))))

(deftest a-server-closes-in-order
  (let [server (tcp/start-server echo {:port 0, :host "127.0.0.1"})
        client (connect! server)]
    (s/put! client "hello")
    (is (= "hello" (take-text! client 5)))
    (is (str/starts-with? (pr-str server) "TcpServer[/127.0.0.1:"))
    (let [closed (tcp/close! server)]
      (is (= ::end (await! (s/take! client ::end))) "the echo ends")
      (s/close! client)
      (is (true? (await! closed)))
      (is (true? (tcp/wait-for-close server))))))

(defn- raw [server lines]
  (with-open [socket (Socket. "127.0.0.1" (int (.getPort ^InetSocketAddress (if (instance? leat.tcp.TcpServer server) (tcp/address server) (http/address server)))))]
    (.setSoTimeout socket 20000)
    (.write (.getOutputStream socket) (.getBytes ^String lines))
    (.shutdownOutput socket)
    (slurp (.getInputStream socket))))

(deftest proxies-are-believed-when-they-are-trusted
  (let [header "PROXY TCP4 203.0.113.9 198.51.100.7 4321 443\r\n"
        tell (fn [stream {:keys [remote-addr remote-port]}]
               (s/put! stream (str remote-addr " " remote-port))
               (s/close! stream))]
    (with-server [server tell {:proxy-protocol :enable, :trusted-peers ["127.0.0.1"]}]
      (is (= "203.0.113.9 4321" (raw server header))))
    (with-server [server tell {:proxy-protocol :optional, :trusted-peers ["192.0.2.0/24"]}]
      (is (re-find #"^127.0.0.1 \d+$" (raw server ""))))
    (testing "HTTP servers too"
      (with-open [server (http/start-server (fn [request] {:status 200, :body (:remote-addr request)})
                                            {:port 0, :host "127.0.0.1", :proxy-protocol :enable, :trusted-peers ["127.0.0.0/8"]})]
        (is (str/ends-with? (raw server (str header "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")) "203.0.113.9"))
        (is (= "" (try (raw server "GET / HTTP/1.1\r\nHost: a\r\n\r\n") (catch java.net.SocketException _ ""))))))))

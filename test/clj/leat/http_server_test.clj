(ns leat.http-server-test
  "The life of a server, the requests that handlers see, and the options, over real sockets."
  (:require [clojure.string :as str]
            [clojure.test :refer [are deftest is testing]]
            [leat.http :as http]
            [leat.serving :as serving :refer [header request with-server]])
  (:import [java.io Closeable InputStream]
           [java.net ConnectException InetAddress InetSocketAddress ServerSocket StandardProtocolFamily
            UnixDomainSocketAddress URI]
           [java.net.http HttpClient HttpRequest HttpRequest$BodyPublishers HttpResponse$BodyHandlers]
           [java.nio ByteBuffer]
           [java.nio.channels Channels ServerSocketChannel SocketChannel]
           [java.nio.file Files Path]
           [java.nio.file.attribute FileAttribute]
           [java.util.concurrent Executor Executors RejectedExecutionException]
           [leat.async Source]
           [leat.ring RequestMap]
           [leat.server HttpServer Request]))

(defn- ok [body] {:status 200, :headers {"content-type" "text/plain"}, :body body})

(def ^:private hello (constantly (ok "Hello, World!")))

(defn- seen
  "The request map that a handler gets for a request, and what `f` makes of it while it runs."
  [f line & {:keys [options] :as more}]
  (let [result (promise)]
    (with-server [server (fn [r] (deliver result (try [r (f r)] (catch Throwable t [r t]))) (ok "")) options]
      (apply request server line (mapcat identity (dissoc more :options)))
      @result)))

;; --- Requests -------------------------------------------------------------------------------------------------------

(defn- lint
  "What is wrong with request map `r` by Ring's SPEC, as a list of keys."
  [{:keys [headers] :as r}]
  (let [rules {:request-method #(and (keyword? %) (= (name %) (str/lower-case (name %))))
               :uri #(and (string? %) (or (str/starts-with? % "/") (= "*" %)))
               :query-string #(or (nil? %) (string? %))
               :headers #(and (map? %) (every? (fn [[k v]] (and (string? k) (= k (str/lower-case k)) (string? v))) %))
               :body #(or (nil? %) (instance? InputStream %))
               :scheme #{:http :https}
               :server-name string?
               :server-port integer?
               :remote-addr string?
               :protocol string?}]
    (concat (when-not (map? r) [:not-a-map])
            (for [[k valid?] rules :when (not (and (contains? r k) (valid? (get r k))))] k)
            (when-not (= (get headers "host") "localhost") [:host]))))

(deftest requests-are-as-ring-wants-them
  (are [line version body] (let [[r wrong] (seen (comp vec lint) line :version version :body body)]
                             (and (instance? RequestMap r) (= [] wrong)))
    "GET /a?b=c" "HTTP/1.1" nil
    "POST /a" "HTTP/1.1" "body"
    "PUT /a" "HTTP/1.0" "body"
    "DELETE /a" "HTTP/1.1" nil
    "OPTIONS *" "HTTP/1.1" nil
    "PATCH http://localhost/a" "HTTP/1.1" "body"))

(deftest requests-say-what-came
  (let [[r body] (seen #(slurp (:body %)) "POST /p%20q?a=b%26" :headers ["X: 1" "x: 2" "Cookie: a" "Cookie: b"] :body "abc")]
    (is (= [:post "/p%20q" "a=b%26" :http "localhost" 80 "127.0.0.1" "HTTP/1.1"]
           (map r [:request-method :uri :query-string :scheme :server-name :server-port :remote-addr :protocol])))
    (is (= {"x" "1,2", "cookie" "a;b", "content-length" "3"} (dissoc (:headers r) "host")))
    (is (= ["1" "2"] (http/get-all (:headers r) "X")))
    (is (= "abc" body))
    (is (instance? Request (:leat/request r)))
    (is (re-find #"^\{:request-method :post, :uri \"/p%20q\"" (pr-str r)))))

(deftest get-all-takes-ordinary-maps-too
  (are [expected headers] (= expected (http/get-all headers "A"))
    ["1"] {"a" "1"}
    ["1" "2"] {"a" ["1" "2"]}
    [] {}
    [] nil
    [] (:headers (first (seen identity "GET /")))))

(deftest copies-of-a-request-share-its-body
  (let [[_ same?] (seen (fn [r] (and (identical? (:body r) (:body (assoc r :a 1)))
                                     (= (into {} r) r (dissoc (assoc r :a 1) :a))))
                        "POST /" :body "abc")]
    (is (true? same?))))

(deftest a-body-can-be-a-source
  (let [[_ [text read-only? end]]
        (seen (fn [{:keys [^Source body]}]
                (let [^ByteBuffer buffer @(.take body nil)
                      bytes (byte-array (.remaining buffer))]
                  (.get buffer bytes)
                  [(String. bytes) (.isReadOnly buffer) @(.take body ::end)]))
              "POST /" :body "abc" :options {:raw-stream? true})]
    (is (= ["abc" true ::end] [text read-only? end]))))

(deftest a-request-says-when-its-exchange-is-over
  (let [requests (java.util.concurrent.LinkedBlockingQueue.)
        never (promise)]
    (with-server [server (fn [{:keys [uri] :as r}] (.put requests (:leat/closed r)) (if (= uri "/ok") (ok "") never))
                  {:shutdown-timeout-ms 0}]
      (testing "false when it was answered"
        (request server "GET /ok")
        (is (false? (deref (.take requests) 20000 ::late))))
      (testing "true when the client went away, though nothing is written"
        (with-open [socket (serving/connect server)]
          (serving/send! socket ["GET /never HTTP/1.1" "Host: a"])
          (let [closed (.take requests)]
            (is (not (realized? closed)))
            (.close socket)
            (is (true? (deref closed 20000 ::late))))))
      (deliver never (ok "")))))

(deftest an-ordinary-client-is-served
  (with-server [server (fn [{:keys [body request-method]}] (ok (str request-method " " (some-> body slurp))))]
    (let [client (HttpClient/newHttpClient)
          uri (URI. (str "http://127.0.0.1:" (http/port server) "/"))
          send (fn [method publisher]
                 (.body (.send client
                               (-> (HttpRequest/newBuilder uri) (.method method publisher) .build)
                               (HttpResponse$BodyHandlers/ofString))))]
      (is (= ":get " (send "GET" (HttpRequest$BodyPublishers/noBody))))
      (is (= ":post abc" (send "POST" (HttpRequest$BodyPublishers/ofString "abc"))))
      (is (= (str ":put " (apply str (repeat 300000 "x")))
             (send "PUT" (HttpRequest$BodyPublishers/ofInputStream
                          (reify java.util.function.Supplier
                            (get [_] (java.io.ByteArrayInputStream. (byte-array 300000 (byte 120))))))))))))

;; --- Where handlers run -----------------------------------------------------------------------------------------------

(defn- thread-of-handler [options]
  (second (seen (fn [_] (.getName (Thread/currentThread))) "GET /" :options options)))

(deftest handlers-run-where-the-executor-says
  (is (re-find #"^leat-loop-" (thread-of-handler {:executor :none})))
  (is (not (re-find #"^leat-loop-" (thread-of-handler {}))))
  (let [own (Executors/newSingleThreadExecutor
             (reify java.util.concurrent.ThreadFactory
               (newThread [_ task] (doto (Thread. task "own") (.setDaemon true)))))]
    (is (= "own" (thread-of-handler {:executor own})))
    (.shutdown own)))

(deftest a-full-executor-gives-503
  (let [full (reify Executor (execute [_ _] (throw (RejectedExecutionException.))))]
    (with-server [server hello {:executor full}]
      (is (= 503 (:status (request server "GET /")))))
    (with-server [server hello {:executor full, :rejected-handler (fn [{:keys [uri]}] {:status 429, :body uri})}]
      (is (= [429 "/x"] ((juxt :status :body) (request server "GET /x")))))))

(deftest the-continue-handler-decides
  (are [decide first-status] (with-server [server (fn [{:keys [body]}] (ok (slurp body))) {:continue-handler decide}]
                               (with-open [socket (serving/connect server)]
                                 (serving/send! socket ["POST / HTTP/1.1" "Host: a" "Content-Length: 3"
                                                        "Expect: 100-continue"])
                                 (let [status (:status (serving/read-head! socket))]
                                   (when (= 100 status)
                                     (.write (.getOutputStream socket) (.getBytes "abc"))
                                     (is (= "abc" (:body (serving/read-response! socket)))))
                                   (= first-status status))))
    nil 100
    true 100
    (fn [{:keys [uri]}] (= uri "/")) 100
    (fn [_] (delay true)) 100
    false 417
    (constantly nil) 417
    (fn [_] {:status 403}) 403
    (fn [_] (java.util.concurrent.CompletableFuture/completedFuture {:status 401})) 401))

;; --- Life -------------------------------------------------------------------------------------------------------------

(deftest a-var-can-be-redefined-while-the-server-runs
  (let [v (intern *ns* (gensym "handler") (constantly (ok "one")))]
    (with-server [server v]
      (is (= "one" (:body (request server "GET /"))))
      (alter-var-root v (constantly (constantly (ok "two"))))
      (is (= "two" (:body (request server "GET /")))))))

(deftest a-closed-server-gives-its-port-back
  (let [server (serving/start hello)
        port (http/port server)
        waiting (future (http/wait-for-close server))]
    (is (pos? port))
    (is (= (InetSocketAddress. "127.0.0.1" (int port)) (http/address server)))
    (is (= "Hello, World!" (:body (request server "GET /"))))
    (is (true? (deref (http/close! server) 20000 ::late)))
    (is (true? (deref waiting 20000 ::late)))
    (is (thrown? ConnectException (serving/connect server)))
    (.close ^Closeable server)
    (is (true? @(http/close! server)))
    (with-server [again hello {:port port}]
      (is (= port (http/port again)))
      (is (= "Hello, World!" (:body (request again "GET /")))))))

(deftest a-server-finishes-what-runs
  (let [began (promise)
        go-on (promise)
        server (serving/start (fn [_] (deliver began true) @go-on (ok "finished")))
        response (future (request server "GET /"))]
    @began
    (let [closed (http/close! server)]
      (deliver go-on true)
      (is (= "finished" (:body @response)))
      (is (true? (deref closed 20000 ::late))))))

(deftest a-server-prints-what-it-is
  (let [server (serving/start hello)
        text #(str "#<leat.http server 127.0.0.1:" (http/port server) " " %)]
    (is (= (text "open, 0 connections>") (pr-str server)))
    (with-open [socket (serving/connect server)]
      (serving/send! socket ["GET / HTTP/1.1" "Host: a"])
      (serving/read-response! socket)
      (is (= (text "open, 1 connection>") (pr-str server))))
    (.close server)
    (is (= (text "closed, 0 connections>") (pr-str server)))))

(deftest a-port-in-use-is-an-error-that-names-it
  (testing "by another server of leat"
    (with-server [server hello]
      (let [port (http/port server)
            error (is (thrown? clojure.lang.ExceptionInfo (serving/start hello {:port port})))]
        (is (str/includes? (ex-message error) (str "port " port)))
        (is (str/includes? (ex-message error) "in use"))
        (is (= {:leat/error :address-in-use, :port port} (ex-data error))))))
  (testing "by anything else"
    (with-open [socket (ServerSocket. 0 1 (InetAddress/getByName "127.0.0.1"))]
      (is (thrown-with-msg? clojure.lang.ExceptionInfo (re-pattern (str "port " (.getLocalPort socket) " .*in use"))
                            (serving/start hello {:port (.getLocalPort socket)})))))
  (testing "and so is a host that is not here"
    (is (thrown? clojure.lang.ExceptionInfo (serving/start hello {:host "192.0.2.1"})))))

(defn- ask-unix [path]
  (with-open [channel (SocketChannel/open (UnixDomainSocketAddress/of ^Path path))]
    (.write channel (ByteBuffer/wrap (.getBytes "GET / HTTP/1.0\r\n\r\n")))
    (slurp (Channels/newInputStream channel))))

(deftest listens-where-it-is-told
  (let [path (.resolve (Files/createTempDirectory "leat" (make-array FileAttribute 0)) "socket")
        remote (promise)
        handler (fn [r] (deliver remote (:remote-addr r)) (ok "Hello"))]
    (doseq [options [{:unix-socket (str path)} {:unix-socket path} {:socket-address (UnixDomainSocketAddress/of path)}]]
      (with-open [server (http/start-server handler options)]
        (is (str/ends-with? (ask-unix path) "Hello"))
        (is (= "" @remote))
        (is (= -1 (http/port server)))
        (is (str/includes? (pr-str server) (str path))))
      (is (not (.exists (.toFile path)))))
    (with-open [server (http/start-server hello {:socket-address (InetSocketAddress. "127.0.0.1" 0)})]
      (is (= 200 (:status (request server "GET /")))))
    (let [bound (doto (ServerSocketChannel/open StandardProtocolFamily/INET)
                  (.bind (InetSocketAddress. "127.0.0.1" 0)))]
      (with-open [server (http/start-server hello {:listen-socket bound})]
        (is (= (.getLocalAddress bound) (http/address server)))
        (is (= 200 (:status (request server "GET /")))))
      (is (not (.isOpen bound))))))

(deftest headers-of-the-server-can-be-switched-off
  (are [options server-header date?] (with-server [server hello options]
                                       (let [response (request server "GET /")]
                                         (= [server-header date?]
                                            [(header response "server") (some? (header response "date"))])))
    {} "leat" true
    {:server-header false} nil true
    {:server-header nil} nil true
    {:server-header "mill", :date-header? false} "mill" false
    {:server-header false, :date-header? false} nil false))

(deftest limits-are-kept
  (with-server [server hello {:max-body-bytes 3, :max-fields 3, :max-request-line-bytes 40, :max-field-bytes 40}]
    (are [status line more] (= status (:status (apply request server line more)))
      200 "POST /" [:body "abc"]
      413 "POST /" [:body "abcd"]
      431 "GET /" [:headers ["a: 1" "b: 2" "c: 3"]]
      431 "GET /" [:headers [(str "a: " (apply str (repeat 50 "x")))]]
      414 (str "GET /" (apply str (repeat 50 "x"))) [])))

(deftest times-are-kept
  (with-server [server hello {:idle-timeout-ms 50, :head-timeout-ms 50}]
    (with-open [socket (serving/connect server)]
      (is (= -1 (.read (.getInputStream socket))) "an idle connection is closed"))
    (with-open [socket (serving/connect server)]
      (.write (.getOutputStream socket) (.getBytes "GET / HTTP/1.1\r\n"))
      (is (= 408 (:status (serving/read-head! socket))) "a head that does not end is refused"))))

(deftest the-java-server-is-behind-it
  (with-server [server hello]
    (is (instance? HttpServer server))
    (request server "GET /")
    (is (= 1 (.requests (.stats ^HttpServer server))))))

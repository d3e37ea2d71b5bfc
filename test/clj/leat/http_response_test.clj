(ns leat.http-response-test
  "What a Ring handler may return, over real sockets: every kind of body and header, deferreds, asynchronous handlers."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [are deftest is testing]]
            [leat.http :as http]
            [leat.serving :as serving :refer [header request with-server]])
  (:import [java.io ByteArrayInputStream File OutputStream]
           [java.nio ByteBuffer]
           [java.util.concurrent CompletableFuture CountDownLatch TimeUnit]
           [leat.async Deferred Stream]))

(defn- utf8 ^bytes [^String s] (.getBytes s "UTF-8"))

(defn- temporary-file ^File [content]
  (doto (File/createTempFile "leat" ".txt")
    (.deleteOnExit)
    (spit content)))

(defn- source-of [& messages]
  (let [stream (Stream. 16)]
    (run! #(.put stream %) messages)
    (.close stream)
    stream))

(defrecord Greeting [who])

(extend-type Greeting
  http/StreamableBody
  (write-body-to-stream [{:keys [who]} response ^OutputStream out]
    (.write out (utf8 (str "Hello " who ", " (:status response))))))

(defn- response-to
  "The response that the body made by the function `body` arrives as."
  [body & [line]]
  (with-server [server (fn [_] {:status 200, :body (body)})]
    (request server (or line "GET /"))))

(deftest bodies-of-known-length-have-a-content-length
  (let [file (temporary-file "0123456789")]
    (are [expected body] (let [response (response-to (fn [] body))]
                           (and (= expected (:body response))
                                (= (str (count (utf8 expected))) (header response "content-length"))
                                (nil? (header response "transfer-encoding"))))
      "" nil
      "" ""
      "text" "text"
      "h\u00e9llo \u20ac" "h\u00e9llo \u20ac"
      "bytes" (utf8 "bytes")
      "uffe" (ByteBuffer/wrap (utf8 "Buffer") 1 4)
      "rea" (.asReadOnlyBuffer (ByteBuffer/wrap (utf8 "rea")))
      "0123456789" file
      "0123456789" (.toPath file)
      "0123456789" (http/file file)
      "0123456789" (http/file (str file))
      "345" (http/file (.toPath file) 3 3)
      "" (http/file file 10 0))))

(deftest bodies-of-unknown-length-are-chunked
  (are [expected body] (let [response (response-to (fn [] body))]
                         (and (= expected (:body response))
                              (nil? (header response "content-length"))
                              (= "chunked" (header response "transfer-encoding"))))
    "stream" (ByteArrayInputStream. (utf8 "stream"))
    "abc" (list "a" "b" "c")
    "abc" (map str [\a \b \c])
    "1:k\u00e9" (list 1 :k nil "\u00e9" "")
    "xyz" (list (utf8 "x") (ByteBuffer/wrap (utf8 "y")) "z")
    "" ()
    "" (map identity nil)
    "vec" ["v" "e" "c"]
    "sou5" (source-of "s" (utf8 "o") (ByteBuffer/wrap (utf8 "u")) 5)
    "" (source-of)
    "Hello you, 200" (->Greeting "you")))

(deftest bodies-of-unknown-length-end-with-the-connection-in-http-1-0
  (with-server [server (fn [_] {:status 200, :body (list "a" "b")})]
    (let [response (request server "GET /" :version "HTTP/1.0")]
      (is (= "ab" (:body response)))
      (is (nil? (header response "transfer-encoding")))
      (is (= "close" (header response "connection"))))))

(deftest an-answer-to-head-has-no-body
  (is (= ["4" ""] ((juxt #(header % "content-length") :body) (response-to (fn [] "text") "HEAD /")))))

(deftest a-body-may-come-later
  (are [body] (= "later" (:body (response-to (fn [] body))))
    (Deferred/succeeded "later")
    (Deferred/succeeded (Deferred/succeeded (list "la" "ter")))
    (CompletableFuture/completedFuture (ByteArrayInputStream. (utf8 "later")))
    (delay "later")
    (future "later")
    (doto (promise) (deliver (utf8 "later")))))

(deftest elements-of-a-sequence-are-sent-as-they-come
  (let [go-on (promise)]
    (with-server [server (fn [_] {:status 200, :body (lazy-seq (cons "first" (lazy-seq (list @go-on))))})]
      (with-open [socket (serving/connect server)]
        (serving/send! socket ["GET / HTTP/1.1" "Host: a"])
        (is (= 200 (:status (serving/read-head! socket))))
        (is (= "first" (String. (serving/read-chunk! socket))))
        (deliver go-on "second")
        (is (= "second" (String. (serving/read-chunk! socket))))
        (is (= "" (String. (serving/read-chunk! socket))))))))

(deftest a-body-that-fails-halfway-cuts-the-response
  (serving/logging "leat.server"
    (fn []
      (with-server [server (fn [_] {:status 200, :body (lazy-seq (cons "first" (lazy-seq (throw (ex-info "no" {})))))})]
        (is (thrown? java.io.IOException (request server "GET /"))
            "an end without the last chunk is not mistaken for the end")))))

(deftest an-input-stream-is-closed
  (doseq [line ["GET /" "HEAD /"]]
    (let [closed (CountDownLatch. 1)
          stream (proxy [ByteArrayInputStream] [(utf8 "abc")] (close [] (.countDown closed)))]
      (with-server [server (fn [_] {:status 200, :body stream})]
        (request server line)
        (is (.await closed 20 TimeUnit/SECONDS) line)))))

(deftest header-values-are-strings-numbers-or-several
  (with-server [server (fn [_] {:status 200
                                :headers {"a" "x", "B" 5, "set-cookie" ["c=1" "d=2"], "e" nil, "f" '("g")}})]
    (is (= {"a" ["x"], "b" ["5"], "set-cookie" ["c=1" "d=2"], "f" ["g"]}
           (select-keys (:headers (request server "GET /")) ["a" "b" "set-cookie" "e" "f"])))))

(deftest text-has-the-charset-of-its-content-type
  (doseq [body ["\u00e9" (list "\u00e9")]]
    (with-server [server (fn [_] {:status 200, :headers {"Content-Type" "text/plain; charset=iso-8859-1"}, :body body})]
      (is (= [(unchecked-byte 0xe9)] (vec (:bytes (request server "GET /"))))))))

(deftest the-server-owns-framing
  (with-server [server (fn [_] {:status 200, :headers {"content-length" "99", "transfer-encoding" "chunked"}, :body "four"})]
    (let [response (request server "GET /")]
      (is (= [["4"] nil "four"] [(get-in response [:headers "content-length"]) (header response "transfer-encoding")
                                 (:body response)])))))

(deftest a-response-may-come-later
  (let [ok {:status 200, :body "later"}]
    (are [result] (with-server [server (fn [_] result)]
                    (= "later" (:body (request server "GET /"))))
      (Deferred/succeeded ok)
      (CompletableFuture/completedFuture ok)
      (CompletableFuture/supplyAsync (reify java.util.function.Supplier (get [_] ok)))
      (Deferred/succeeded (CompletableFuture/completedFuture ok))
      (delay ok)
      (future ok)
      (doto (promise) (deliver ok)))))

(deftest a-response-may-be-realized-by-another-thread
  (let [result (Deferred.)
        asked (promise)]
    (with-server [server (fn [_] (deliver asked true) result) {:executor :none}]
      (let [response (future (request server "GET /"))]
        @asked
        (.success result {:status 201})
        (is (= 201 (:status @response)))))))

(deftype Ticket [result])

(defmethod http/as-deferred Ticket [^Ticket ticket] (.result ticket))

(deftest other-types-may-count-as-deferred
  (with-server [server (fn [_] (->Ticket (Deferred/succeeded {:status 200, :body (->Ticket (delay "inner"))})))]
    (is (= "inner" (:body (request server "GET /"))))))

(deftest an-event-loop-never-waits-for-a-promise
  (let [log (serving/logging "leat.server"
              #(with-server [server (fn [_] (promise)) {:executor :none}]
                 (is (= 500 (:status (request server "GET /"))))))]
    (is (some #(str/includes? % "A handler on an event loop must not block") log))))

(deftest asynchronous-handlers-respond-and-raise
  (let [handler (fn [{:keys [uri]} respond raise]
                  (case uri
                    "/now" (respond {:status 200, :body "now"})
                    "/later" (future (respond {:status 200, :body "later"}))
                    "/deferred" (respond (Deferred/succeeded {:status 200, :body (delay "deferred")}))
                    "/twice" (do (respond {:status 200, :body "first"}) (respond {:status 200, :body "second"})
                                 (raise (ex-info "third" {})))
                    "/raise" (future (raise (ex-info "raised" {})))
                    "/throw" (throw (ex-info "thrown" {}))
                    "/malformed" (respond {:status "200"}))
                  {:status 200, :body "what it returns does not count"})]
    (serving/logging "leat.server"
      (fn []
        (with-server [server handler {:async? true, :error-handler (fn [_ e] {:status 500, :body (ex-message e)})}]
          (are [uri status body] (= [status body] ((juxt :status :body) (request server (str "GET " uri))))
            "/now" 200 "now"
            "/later" 200 "later"
            "/deferred" 200 "deferred"
            "/twice" 200 "first"
            "/raise" 500 "raised"
            "/throw" 500 "thrown"
            "/malformed" 500 (str "Malformed response: expected :status to be an integer from 200 to 599, "
                                  "got \"200\" (java.lang.String)")))))))

(defrecord Later [go-on])

(extend-type Later
  http/StreamableBody
  (write-body-to-stream [{:keys [go-on]} _ ^OutputStream out]
    (future (.write out (utf8 "a"))
            (.flush out)
            @go-on
            (.write out (utf8 "b"))
            (.close out))))

(deftest bodies-of-asynchronous-handlers-may-be-written-by-another-thread
  (let [go-on (promise)]
    (with-server [server (fn [_ respond _] (respond {:status 200, :body (->Later go-on)})) {:async? true}]
      (with-open [socket (serving/connect server)]
        (serving/send! socket ["GET / HTTP/1.1" "Host: a"])
        (serving/read-head! socket)
        (is (= "a" (String. (serving/read-chunk! socket))))
        (deliver go-on true)
        (is (= "b" (String. (serving/read-chunk! socket))))
        (is (= "" (String. (serving/read-chunk! socket))))))))

(deftest types-that-extend-the-protocol-of-ring-are-taken
  (is (nil? (find-ns 'ring.core.protocols)) "this test stands in for Ring")
  (binding [*ns* (create-ns 'ring.core.protocols)]
    (try
      (refer-clojure)
      (eval '(do (defprotocol StreamableResponseBody (write-body-to-stream [body response out]))
                 (extend-protocol StreamableResponseBody
                   java.util.Optional
                   (write-body-to-stream [body response ^java.io.OutputStream out]
                     (with-open [out out]
                       (.write out (.getBytes (str (:status response) (.get body)))))))))
      (is (= "200ring" (:body (response-to (fn [] (java.util.Optional/of "ring"))))))
      (finally (remove-ns 'ring.core.protocols)))))

(deftest failures-are-answered-with-500-and-logged
  (are [said handler] (let [log (serving/logging "leat.server"
                                  #(with-server [server handler]
                                     (is (= 500 (:status (request server "GET /x"))))
                                     (is (not (str/includes? (:body (request server "GET /x")) said))
                                         "the client is told no details")))]
                        (some #(str/includes? % said) log))
    "oh no" (fn [_] (throw (ex-info "oh no" {})))
    "oh no" (fn [_] (Deferred/failed (ex-info "oh no" {})))
    "oh no" (fn [_] (future (throw (ex-info "oh no" {}))))
    "oh no" (fn [_] {:status 200, :body (Deferred/failed (ex-info "oh no" {}))})
    "oh no" (fn [_] (throw (AssertionError. "oh no")))
    "got nil" (fn [_])
    "got \"text\"" (fn [_] "text")
    "expected :status to be" (fn [_] {:body "text"})
    "the value of header a" (fn [_] {:status 200, :headers {"a" :b}})
    "expected :body to be" (fn [_] {:status 200, :body {:a 1}})
    "missing.txt" (fn [_] {:status 200, :body (io/file "missing.txt")})
    "Expected a region within" (fn [_] {:status 200, :body (http/file (temporary-file "abc") 2 5)})
    "position" (fn [_] {:status 200, :headers {"a" "x\r\nb: y"}})))

(deftest the-error-handler-makes-the-response
  (serving/logging "leat.server"
    (fn []
      (with-server [server (fn [_] (throw (ex-info "oh no" {})))
                    {:error-handler (fn [{:keys [uri]} e] {:status 503, :body (str uri " " (ex-message e))})}]
        (is (= [503 "/x oh no"] ((juxt :status :body) (request server "GET /x")))))
      (testing "and when it fails itself, the server does"
        (with-server [server (fn [_]) {:error-handler (fn [_ _] (throw (ex-info "again" {})))}]
          (is (= 500 (:status (request server "GET /"))))))
      (testing "and when it gives no response"
        (with-server [server (fn [_]) {:error-handler (fn [_ _])}]
          (is (= 500 (:status (request server "GET /")))))))))

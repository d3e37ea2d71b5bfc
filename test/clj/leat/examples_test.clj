(ns leat.examples-test
  "Every example is run for real, on a free port."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [are deftest is testing]]
            [examples.beacon :as beacon]
            [examples.capabilities :as capabilities]
            [examples.main :as main]
            [examples.page :as page]
            [examples.pressure :as pressure]
            [examples.rpc :as rpc]
            [examples.slow-sequence :as slow-sequence]
            [examples.starttls :as starttls]
            [examples.ticker :as ticker]
            [leat.deferred :as d]
            [leat.http :as http]
            [leat.serving :as serving :refer [header request]]
            [leat.stream :as s]
            [leat.tcp :as tcp]
            [leat.time :as t]
            [leat.tls :as tls]
            [leat.udp :as udp])
  (:import [java.io Closeable File]
           [java.net Socket]))

(defmacro ^:private with-example [[sym example-name] & body]
  `(with-open [~sym ^Closeable (main/start ~example-name 0)]
     ~@body))

(defn- body [server line & more]
  (:body (apply request server line more)))

(deftest main-knows-every-example
  (let [files (fn [folder ending] (->> (.list (io/file folder)) (filter #(str/ends-with? % ending))
                                       (map #(subs % 0 (- (count %) (count ending)))) set))]
    (is (= (set (concat main/names ["main" "page" "small" "capabilities"]))
           (set (map #(str/replace % "_" "-") (files "examples/examples" ".clj")))))
    (is (= (set (vals main/java-classes)) (set (map #(str "examples." %) (files "examples/java/examples" ".java")))))))

(deftest hello-greets
  (with-example [server "hello"]
    (let [response (request server "GET /")]
      (is (= [200 "Hello, World!" "text/plain"] [(:status response) (:body response) (header response "content-type")])))))

(deftest routes-lead-to-fruits
  (with-example [server "routes"]
    (is (= "red, round\n" (body server "GET /fruits/apple")))
    (is (= 201 (:status (request server "PUT /fruits/banana" :body "yellow"))))
    (is (= "yellow\n" (body server "GET /fruits/banana")))
    (is (= "apple\nbanana\npear\n" (body server "GET /fruits")))
    (are [status line] (= status (:status (request server line)))
      302 "GET /"
      404 "GET /fruits/plum"
      404 "DELETE /fruits")))

(deftest the-slow-sequence-counts-down
  (with-redefs [slow-sequence/pause-ms 0]
    (with-example [server "slow-sequence"]
      (let [response (request server "GET /")]
        (is (= "chunked" (header response "transfer-encoding")))
        (is (= (concat (map #(str % " ...") (range 10 0 -1)) ["Lift-off."]) (str/split-lines (:body response))))))))

(deftest an-upload-is-counted-and-hashed
  (with-example [server "upload"]
    (is (re-find #"^200000 bytes in "
                 (body server "PUT /?ms=1" :body (apply str (repeat 200000 "x")))))
    (is (re-find #"SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n$" (body server "PUT /" :body "abc")))
    (is (re-find #"^0 bytes" (body server "PUT /")))))

(deftest a-download-is-whole-or-a-region
  (with-example [server "download"]
    (let [whole (request server "GET /")
          part (request server "GET /" :headers ["Range: bytes=10-19"])]
      (is (= 200 (:status whole)))
      (is (= 100000 (count (str/split-lines (:body whole)))))
      (is (= [206 (subs (:body whole) 10 20)] [(:status part) (:body part)]))
      (is (= (str "bytes 10-19/" (count (:body whole))) (header part "content-range")))
      (is (= 200 (:status (request server "GET /" :headers ["Range: bytes=99999999-"])))))))

(deftest pressure-comes-and-goes
  (with-example [server "pressure"]
    (with-redefs [pressure/shared (delay (pressure/pipeline))]
      (let [drawn #(body server "GET /mermaid")]
        (is (not (str/includes? (drawn) ":::high")))
        (is (= 303 (:status (request server "POST /put?n=12"))))
        (is (re-find #"\"orders 0<br/>5 puts wait\"\]:::high" (drawn)))
        (is (str/includes? (body server "GET /") "held up here"))
        (is (= 303 (:status (request server "POST /write?n=12"))))
        (is (some #(not (re-find #":::(high)" %)) (repeatedly 1000 drawn)) "the disk wrote all")
        (is (= 404 (:status (request server "GET /put"))))))))

(deftest the-picture-of-the-readme-is-up-to-date
  (let [drawn (File/createTempFile "pressure" ".svg")]
    (pressure/-main drawn)
    (is (= (slurp "doc/pressure.svg") (slurp drawn))
        "doc/pressure.svg is drawn: lein run -m examples.pressure doc/pressure.svg")
    (.delete drawn)))

(deftest the-ticker-keeps-its-pace
  (let [clock (t/mock-clock)
        lines (t/with-clock clock (ticker/lines))
        first-line (s/take! lines)]
    (t/advance clock 2000)
    (is (re-matches #"10 ticks, the last was number \d+\n" @first-line))
    (is (d/realized? (s/take! lines)) "the next one is there too")
    (s/close! lines))
  (let [clock (t/mock-clock)
        ticks (t/with-clock clock (ticker/ticks 5))]
    (t/advance clock 50)
    (is (= 11 @(s/take! ticks)) "the others were dropped: one was there at once, and one every 5 ms")
    (s/close! ticks)
    (t/advance clock 50)
    (is (s/drained? ticks) "the clock has stopped"))
  (with-example [server "ticker"]
    (with-open [socket (serving/connect server)]
      (serving/send! socket ["GET / HTTP/1.1" "Host: a"])
      (is (some #(re-find #"^\d+ ticks, the last was number \d+$" %)
                (take 20 (line-seq (io/reader (.getInputStream ^Socket socket)))))))))

(deftest a-message-fans-out-to-all-listeners
  (with-example [server "fan-out"]
    (is (= 404 (:status (request server "POST /news" :body "Does anybody listen?"))))
    (with-open [one (serving/connect server), two (serving/connect server)]
      (let [lines (vec (for [^Socket socket [one two]]
                         (do (.setSoTimeout socket 20000)
                             (serving/send! socket ["GET /news HTTP/1.1" "Host: a"])
                             (remove #{""} (line-seq (io/reader (.getInputStream socket)))))))
            until (fn [text lines] (drop-while #(not= text %) lines))
            listening (mapv #(until "Listening to /news." %) lines)]
        (run! first listening)
        (is (= "All listeners have it.\n" (body server "POST /news" :body "The wheel turns.")))
        (is (= ["The wheel turns." "The wheel turns."] (mapv #(first (until "The wheel turns." %)) listening)))))
    (is (some #{404} (repeatedly 1000 #(:status (request server "POST /news" :body "Still there?"))))
        "who goes away listens no more")
    (is (= 405 (:status (request server "PUT /news" :body ""))))))

(deftest java-streams-too
  (with-example [server "java-flow"]
    (is (= "The sum is 333383335000.\n" (body server "GET /sum")))
    (is (= (map #(str (* % %)) (range 1 10001)) (str/split-lines (body server "GET /"))))))

(deftest java-says-hello-too
  (with-example [server "java-hello"]
    (is (= "Hello from Java, /mill!\n" (body server "GET /mill")))
    (is (= 405 (:status (request server "DELETE /"))))))

(deftest the-tcp-echo-gives-back-what-it-gets
  (with-example [server "tcp-echo"]
    (with-open [socket (Socket. "127.0.0.1" (int (.port ^examples.TcpEcho server)))]
      (.setSoTimeout socket 20000)
      (let [sent (byte-array (map unchecked-byte (range 3000000)))
            writing (future (.write (.getOutputStream socket) sent) (.shutdownOutput socket))]
        (is (java.util.Arrays/equals sent (.readAllBytes (.getInputStream socket))))
        @writing))))

(deftest three-thousand-clients-are-echoed
  (with-example [clients "many-echoes"]
    (is (true? (.awaitAll ^examples.ManyEchoes clients)))))

(deftest the-chat-tells-everybody
  (with-open [server ^Closeable (main/start "chat" 0)
              one (Socket. "127.0.0.1" (int (tcp/port server)))
              two (Socket. "127.0.0.1" (int (tcp/port server)))]
    (let [[in-one in-two] (map #(do (.setSoTimeout ^Socket % 20000) (io/reader (.getInputStream ^Socket %))) [one two])
          until (fn [reader pattern] (some #(re-find pattern %) (repeatedly #(.readLine ^java.io.BufferedReader reader))))]
      (is (until in-one #"^\* guest-\d+ came$"))
      (is (until in-two #"^\* guest-\d+ came$"))
      (.write (.getOutputStream one) (.getBytes "hello\n"))
      (is (until in-one #"^guest-\d+: hello$"))
      (is (until in-two #"^guest-\d+: hello$"))
      (.close one)
      (is (until in-two #"^\* guest-\d+ left$")))))

(deftest the-beacon-tells-the-time
  (with-redefs [beacon/period-ms 1]
    (with-open [server ^Closeable (main/start "beacon" 0)]
      (let [socket @(udp/socket {:host "127.0.0.1"})]
        @(s/put! socket {:host "127.0.0.1", :port @server, :message "?"})
        (is (re-find #"^\d{4}-.*Z\n$" (String. ^bytes (:message (deref (s/take! socket) 20000 nil)))))
        (s/close! socket)))))

(deftest the-showcase-shows-everything
  (with-redefs [slow-sequence/pause-ms 0]
    (with-example [server "showcase"]
      (let [page (body server "GET /")]
        (doseq [{:keys [path title link]} capabilities/table]
          (testing title
            (is (str/includes? page (str "<h2>" title "</h2>")))
            (when-not (false? link)
              (is (str/includes? page (str "href=\"" path link "\"")))
              (is (= (cond (= path "/status") 418 (= path "/error") 500 :else 200)
                     (:status (serving/silently #(request server (str "GET " path link)))))))))
        (is (not (re-find #"(src|href)=\"(https?:)?//" page)) "nothing from elsewhere")))))

(deftest ^{:needs "curl"} the-curl-lines-of-the-showcase-work
  (with-redefs [slow-sequence/pause-ms 0]
    (with-example [server "showcase"]
      (doseq [{:keys [title curl] :as row} capabilities/table :when curl]
        (let [line (page/command row (str "127.0.0.1:" (http/port server)))
              {:keys [exit out err]} (serving/silently #(shell/sh "sh" "-c" line))]
          (is (= 0 exit) (str title ": " line "\n" err))
          (is (seq out) (str title ": " line)))))))

(deftest the-showcase-answers
  (with-example [server "showcase"]
    (are [expected line more] (str/includes? (let [{:keys [status body]} (apply request server line more)] (str status " " body)) expected)
      "404 " "GET /no" []
      "There is no /&lt;b&gt; in" "GET /<b>" []
      "\"x-two\" \"1,2\"" "GET /request" [:headers ["X-Two: 1" "x-two: 2"]]
      ":query-string \"q=1\"" "GET /request/a?q=1" []
      "200 hey" "POST /echo" [:body "hey"]
      "503 " "GET /status/503" []
      "404 " "GET /status/99" []
      "a second later" "GET /later" []
      "clients went away" "GET /departures" [])
    (is (= ["flavour=oat" "size=large; HttpOnly"] (get-in (request server "GET /cookies") [:headers "set-cookie"])))
    (serving/silently #(is (str/includes? (body server "GET /error") "This example fails on purpose")))))

(deftest the-showcase-counts-departures
  (with-example [server "showcase"]
    (let [left #(parse-long (re-find #"\d+" (body server "GET /departures")))
          before (left)]
      (with-open [socket (serving/connect server)]
        (serving/send! socket ["GET /departures/wait HTTP/1.1" "Host: a"]))
      (is (some #(< before %) (repeatedly 1000 left)) "a client that went away was seen"))))

(deftest starttls-secures-a-plain-connection
  (with-example [server "starttls"]
    (is (= "HELLO" (deref (starttls/ask (tcp/port server) "hello") 20000 :never)))
    (testing "what stands behind the command is not believed"
      (with-open [socket (Socket. "127.0.0.1" (int (tcp/port server)))]
        (.write (.getOutputStream socket) (.getBytes "STARTTLS\r\nEVIL\r\n"))
        (is (= "500 STARTTLS comes first\r\n" (slurp (.getInputStream socket))))))))

(deftest calls-need-a-certificate
  (if (io/resource "taoensso/nippy.clj")
    (with-example [server "rpc"]
      (let [call #(deref (apply rpc/call (tcp/port server) %&) 20000 :never)]
        (is (= 6 (call :add 1 2 3)))
        (is (thrown-with-msg? clojure.lang.ExceptionInfo #"There is no function :subtract" (call :subtract 1)))
        (is (thrown-with-msg? clojure.lang.ExceptionInfo #"cannot be cast" (call :add "x" 1))))
      (with-redefs [rpc/context (delay (tls/insecure-client-context))]
        (is (thrown? Exception (deref (rpc/call (tcp/port server) :add 1) 20000 :never)) "without a certificate")))
    (println "SKIPPED leat.examples-test/calls-need-a-certificate: needs Nippy")))

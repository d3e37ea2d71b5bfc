(ns leat.strangers-test
  "leat.tcp and leat.udp with programs that know nothing of leat: nc, socat, HAProxy."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [leat.stream :as s]
            [leat.tcp :as tcp]
            [leat.udp :as udp])
  (:import [java.io Closeable File]
           [java.net ServerSocket Socket]
           [java.nio.file Files]
           [java.nio.file.attribute FileAttribute]
           [java.util Arrays]
           [java.util.concurrent TimeUnit]))

(defn- folder ^File []
  (.toFile (Files/createTempDirectory "leat" (make-array FileAttribute 0))))

(defn- sh
  "The output of a command line, as bytes."
  ^bytes [input & words]
  (let [{:keys [exit out err]} (apply shell/sh "timeout" "30" (concat words [:in input :out-enc :bytes]))]
    (is (zero? exit) (str (str/join " " words) ": " err))
    out))

(defn- pattern ^bytes [n]
  (byte-array (map #(unchecked-byte (bit-xor % (bit-shift-right % 8))) (range n))))

(defmacro ^:private with-echo [[sym options] & body]
  `(with-open [~sym ^Closeable (tcp/start-server (fn [stream# _#] (s/connect stream# stream#)) (merge {:shutdown-timeout-ms 1000} ~options))]
     ~@body))

(deftest ^{:needs "nc"} nc-is-echoed
  (with-echo [server {:port 0, :host "127.0.0.1"}]
    (is (= "hello\n" (String. (sh "hello\n" "nc" "-N" "127.0.0.1" (str (tcp/port server))))))))

(deftest ^{:needs "socat"} socat-is-echoed
  (let [sent (pattern 2000000)]
    (doseq [executor [nil :none]]
      (with-echo [server {:port 0, :host "127.0.0.1", :executor executor}]
        (is (Arrays/equals sent (sh sent "socat" "-t" "20" "-" (str "TCP:127.0.0.1:" (tcp/port server)))))))))

(deftest ^{:needs "socat"} socat-is-echoed-over-a-unix-socket
  (let [path (str (folder) "/echo")
        sent (pattern 500000)]
    (with-echo [_server {:unix-socket path}]
      (is (Arrays/equals sent (sh sent "socat" "-t" "20" "-" (str "UNIX-CONNECT:" path)))))))

(defmacro ^:private with-process
  "Runs a program while the body runs. It is told to end, and waited for."
  [[sym words] & body]
  `(let [~sym (.start (doto (ProcessBuilder. ^"[Ljava.lang.String;" (into-array String ~words))
                        (.redirectErrorStream true)
                        (.redirectOutput (File/createTempFile "leat" ".log"))))]
     (try ~@body
          (finally (.destroy ~sym)
                   (when-not (.waitFor ~sym 10 TimeUnit/SECONDS) (.destroyForcibly ~sym))))))

(defn- eventually
  "The value of `f` once it does not throw, for 20 s at most."
  [f]
  (let [end (+ (System/nanoTime) 20000000000)]
    (loop []
      (let [[value e] (try [(f)] (catch Exception e [nil e]))]
        (cond
          (nil? e) value
          (< end (System/nanoTime)) (throw e)
          :else (do (Thread/yield) (recur)))))))

(defn- take-bytes! ^bytes [stream n]
  (let [out (java.io.ByteArrayOutputStream.)]
    (loop []
      (when (< (.size out) (long n))
        (when-let [message (deref (s/take! stream) 20000 nil)]
          (.writeBytes out message)
          (recur))))
    (.toByteArray out)))

(deftest ^{:needs "socat"} a-socat-server-is-connected-to
  (let [path (str (folder) "/cat")
        sent (pattern 500000)]
    (with-process [_socat ["socat" (str "UNIX-LISTEN:" path ",fork") "EXEC:cat"]]
      (let [client (eventually #(deref (tcp/client {:unix-socket path})))]
        (s/put! client sent)
        (tcp/close-output! client)
        (is (Arrays/equals sent (take-bytes! client (alength sent))))
        (is (nil? (deref (s/take! client) 20000 ::late)) "and the end")))))

(deftest ^{:needs "socat"} socat-and-udp
  (let [socket @(udp/socket {:host "127.0.0.1"})]
    (try
      (let [answers (future (let [{:keys [^java.net.InetSocketAddress sender ^bytes message]} (deref (s/take! socket) 20000 nil)]
                              @(s/put! socket {:socket-address sender, :message (str/upper-case (String. message))})))]
        (is (= "HELLO" (String. (sh "hello" "socat" "-t" "2" "-" (str "UDP:127.0.0.1:" (udp/port socket))))))
        (is (true? @answers)))
      (finally (s/close! socket)))))

(deftest ^{:needs "nc"} nc-and-udp
  (let [socket @(udp/socket {:host "127.0.0.1"})]
    (try
      (sh "hello" "nc" "-u" "-w" "1" "127.0.0.1" (str (udp/port socket)))
      (is (= "hello" (String. ^bytes (:message (deref (s/take! socket) 20000 nil)))))
      (finally (s/close! socket)))))

(defn- free-port []
  (with-open [socket (ServerSocket. 0)] (.getLocalPort socket)))

(deftest ^{:needs "haproxy"} haproxy-tells-the-address-of-its-client
  (doseq [version ["send-proxy" "send-proxy-v2"]]
    (with-open [server (tcp/start-server
                        (fn [stream {:keys [remote-addr remote-port]}]
                          @(s/put! stream (str remote-addr " " remote-port " "))
                          (s/connect stream stream))
                        {:port 0, :host "127.0.0.1", :proxy-protocol :enable, :trusted-peers ["127.0.0.1"], :shutdown-timeout-ms 0})]
      (let [port (free-port)
            config (io/file (folder) "haproxy.cfg")]
        (spit config (str "defaults\n mode tcp\n timeout connect 5s\n timeout client 20s\n timeout server 20s\n"
                          "listen proxy\n bind 127.0.0.1:" port "\n server leat 127.0.0.1:" (tcp/port server) " " version "\n"))
        (with-process [_haproxy ["haproxy" "-db" "-f" (str config)]]
          (with-open [^Socket socket (eventually #(Socket. "127.0.0.1" (int port)))]
            (.setSoTimeout socket 20000)
            (.write (.getOutputStream socket) (.getBytes "hello"))
            (.shutdownOutput socket)
            (is (= (str "127.0.0.1 " (.getLocalPort socket) " hello") (slurp (.getInputStream socket))) version)))))))

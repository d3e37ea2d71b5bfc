(ns leat.serving
  "For tests: servers on free ports, and requests over plain sockets, read byte by byte as HTTP/1.1 has it."
  (:require [clojure.string :as str]
            [leat.http :as http])
  (:import [java.io ByteArrayOutputStream Closeable EOFException InputStream]
           [java.net Socket]
           [java.util.logging Handler Logger]))

(defn start
  "A server for `handler` on a free port of 127.0.0.1."
  ^Closeable [handler & [options]]
  (http/start-server handler (merge {:port 0, :host "127.0.0.1"} options)))

(defmacro with-server
  "Evaluates `body` with the server `sym` for `handler`, and closes it."
  [[sym handler & [options]] & body]
  `(with-open [~sym (start ~handler ~options)]
     ~@body))

(defn connect
  "A socket to `server` whose reads give up after 20 s."
  ^Socket [server]
  (doto (Socket. "127.0.0.1" (int (http/port server)))
    (.setSoTimeout 20000)))

(defn send!
  "Writes `lines` to `socket`, each with CRLF, and an empty line; then `body` as it is."
  [^Socket socket lines & [body]]
  (let [out (.getOutputStream socket)]
    (.write out (.getBytes (str (str/join (map #(str % "\r\n") lines)) "\r\n" body) "ISO-8859-1"))
    (.flush out)))

(defn- read-byte [^InputStream in]
  (let [b (.read in)]
    (when (neg? b) (throw (EOFException. "The server closed the connection")))
    b))

(defn read-line!
  "The next line of `socket` up to CRLF, byte by byte."
  [^Socket socket]
  (let [in (.getInputStream socket)
        line (ByteArrayOutputStream.)]
    (loop []
      (let [b (read-byte in)]
        (if (= 10 b)
          (str/replace (.toString line "ISO-8859-1") #"\r$" "")
          (do (.write line (int b)) (recur)))))))

(defn read-bytes!
  "The next `n` bytes of `socket`."
  ^bytes [^Socket socket n]
  (let [bytes (.readNBytes (.getInputStream socket) (int n))]
    (when (< (alength bytes) n) (throw (EOFException. "The server closed the connection")))
    bytes))

(defn read-head!
  "The next response head of `socket`: :version, :status, :headers (a map from lower-case names to vectors of values)."
  [socket]
  (let [[_ version status] (re-matches #"(\S+) (\d{3}) .*" (read-line! socket))
        lines (take-while seq (repeatedly #(read-line! socket)))]
    {:version version
     :status (parse-long status)
     :headers (reduce (fn [headers line]
                        (let [[_ field value] (re-matches #"([^:]+): ?(.*)" line)]
                          (update headers (str/lower-case field) (fnil conj []) value)))
                      {} lines)}))

(defn read-chunk!
  "The next chunk of `socket` as bytes; empty is the last one."
  ^bytes [socket]
  (let [bytes (read-bytes! socket (Long/parseLong (read-line! socket) 16))]
    (read-line! socket)
    bytes))

(defn header
  "The first value of a header of a response."
  [response field]
  (first (get-in response [:headers field])))

(defn- read-body! [^Socket socket response]
  (cond
    (= "chunked" (header response "transfer-encoding"))
    (let [out (ByteArrayOutputStream.)]
      (run! #(.writeBytes out %) (take-while #(pos? (alength ^bytes %)) (repeatedly #(read-chunk! socket))))
      (.toByteArray out))

    (header response "content-length")
    (read-bytes! socket (parse-long (header response "content-length")))

    (#{204 304} (:status response)) (byte-array 0)

    :else (.readAllBytes (.getInputStream socket))))

(defn read-response!
  "The next response of `socket`, with its body as :bytes and, from UTF-8, as :body."
  [socket & {:keys [head?]}]
  (let [head (read-head! socket)
        bytes (if head? (byte-array 0) (read-body! socket head))]
    (assoc head :bytes bytes :body (String. ^bytes bytes "UTF-8"))))

(defn request
  "The response to one request on a connection of its own. `line` is such as \"GET /\"."
  [server line & {:keys [headers body version] :or {version "HTTP/1.1"}}]
  (with-open [socket (connect server)]
    (send! socket (concat [(str line " " version) "Host: localhost"]
                          headers
                          (when body [(str "Content-Length: " (count body))]))
           body)
    (read-response! socket :head? (str/starts-with? line "HEAD"))))

(defn logging
  "Calls `f`, keeps the log of `logger-name` from the console, and returns its lines: message and error."
  [logger-name f]
  (let [lines (atom [])
        logger (Logger/getLogger logger-name)
        handler (proxy [Handler] []
                  (publish [^java.util.logging.LogRecord line]
                    (swap! lines conj (str (.getMessage line) " " (.getThrown line))))
                  (flush [])
                  (close []))]
    (.addHandler logger handler)
    (.setUseParentHandlers logger false)
    (try
      (f)
      (finally
        (.removeHandler logger handler)
        (.setUseParentHandlers logger true)))
    @lines))

(defn silently
  "Calls `f`, keeps the server's log from the console, and returns what `f` does."
  [f]
  (let [result (promise)]
    (logging "leat.server" #(deliver result (f)))
    @result))

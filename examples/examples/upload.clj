(ns examples.upload
  "An upload of any size in constant memory: the body is an InputStream that reads as the bytes arrive, and when this
  handler reads slowly, the client has to write slowly. `?ms=100` makes it wait that long for each 64 KiB.

    head -c 10000000 /dev/zero | curl -T - http://127.0.0.1:8080/
    head -c 10000000 /dev/zero | curl -T - 'http://127.0.0.1:8080/?ms=20'"
  (:require [leat.http :as http])
  (:import [java.io InputStream]
           [java.security MessageDigest]))

(defn- pause-ms [query]
  (or (some->> query (re-matches #"ms=(\d{1,4})") second parse-long) 0))

(defn- digest!
  "Reads `body` to its end. Returns how many bytes it had and their SHA-256."
  [^InputStream body pause]
  (let [digest (MessageDigest/getInstance "SHA-256")
        part (byte-array 65536)]
    (loop [total 0]
      (let [n (.readNBytes body part 0 (alength part))]
        (when (pos? n)
          (.update digest part 0 n)
          (when (pos? pause) (Thread/sleep (long pause))))
        (if (= n (alength part))
          (recur (+ total n))
          [(+ total n) (format "%064x" (BigInteger. 1 (.digest digest)))])))))

(defn handler
  "Says how long the body was, what it hashes to and how fast it came."
  [{:keys [body query-string]}]
  (let [start (System/nanoTime)
        [byte-count sha] (digest! (or body (InputStream/nullInputStream)) (pause-ms query-string))
        seconds (/ (- (System/nanoTime) start) 1e9)]
    {:status 200
     :headers {"content-type" "text/plain"}
     :body (format "%d bytes in %.2f s (%.1f MB/s)\nSHA-256 %s\n"
                   byte-count seconds (/ byte-count seconds 1e6) sha)}))

(defn start
  "Starts the server, which takes bodies of up to 10 GB."
  [port]
  (http/start-server #'handler {:port port, :host "127.0.0.1", :max-body-bytes 10000000000}))

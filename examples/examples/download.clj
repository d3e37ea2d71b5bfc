(ns examples.download
  "Files and regions of files, sent by the system without passing through the heap.

    curl -o whole.txt http://127.0.0.1:8080/
    curl -i -r 60-119 http://127.0.0.1:8080/"
  (:require [leat.http :as http])
  (:import [java.io File]))

(def ^:private ^File sample
  (delay
    (let [file (doto (File/createTempFile "leat" ".txt") .deleteOnExit)]
      (spit file (apply str (for [i (range 100000)] (format "This is line %6d of a file of 100,000 lines, 60 bytes.%n" i))))
      file)))

(defn- region
  "The [offset length] that a header `Range: bytes=FROM-TO` asks for in a file of `size` bytes, or nil."
  [header size]
  (when-let [[_ from to] (some->> header (re-matches #"bytes=(\d{1,15})-(\d{0,15})"))]
    (let [from (parse-long from)
          to (min (or (parse-long to) size) (dec size))]
      (when (<= from to)
        [from (inc (- to from))]))))

(defn handler
  "The whole file, or the region that the client asks for."
  [{:keys [headers]}]
  (let [file ^File @sample
        size (.length file)
        common {"content-type" "text/plain; charset=utf-8", "accept-ranges" "bytes"}]
    (if-let [[offset length] (region (headers "range") size)]
      {:status 206
       :headers (assoc common "content-range" (str "bytes " offset "-" (+ offset length -1) "/" size))
       :body (http/file file offset length)}
      {:status 200
       :headers (assoc common "content-disposition" "attachment; filename=\"lines.txt\"")
       :body file})))

(defn start
  "Starts the server."
  [port]
  (http/start-server #'handler {:port port, :host "127.0.0.1"}))

(ns leat.codec-bench
  "What bench/codec runs: one thread writes and reads the same value again and again with each codec. CPU time of the thread,
  and bytes that it allocates; medians of five rounds."
  (:require [clojure.string :as str]
            [leat.codec :as codec])
  (:import [com.sun.management ThreadMXBean]
           [java.lang.management ManagementFactory]
           [java.time LocalDate]))

(set! *warn-on-reflection* true)

(def ^:private orders
  "What every format can hold: some 9 KB of JSON."
  (vec (for [i (range 100)]
         {"id" i, "customer" (str "customer-" (* 7919 i)), "price" (/ (* 31 i) 8.0), "paid" (even? i), "note" nil
          "lines" [(str "article " i) (* 1000003 i)]})))

(def ^:private codecs
  (array-map "EDN" codec/edn, "JSON" codec/json, "Transit (JSON)" codec/transit
             "Transit (MessagePack)" #(codec/transit {:format :msgpack}), "MessagePack" codec/message-pack
             "Fressian" codec/fressian, "Nippy" codec/nippy, "Nippy, plain" #(codec/nippy {:compress? false})))

(def ^:private ^ThreadMXBean threads (ManagementFactory/getThreadMXBean))

(defn- median [xs]
  (nth (sort xs) (quot (count xs) 2)))

(defn- round
  "Calls `f` for some seconds. Returns [µs of CPU, bytes allocated] for each call."
  [f seconds]
  (let [end (+ (System/nanoTime) (long (* 1e9 seconds)))
        cpu (.getCurrentThreadCpuTime threads)
        bytes (.getCurrentThreadAllocatedBytes threads)]
    (loop [n 0]
      (if (< (System/nanoTime) end)
        (do (f) (recur (inc n)))
        [(/ (- (.getCurrentThreadCpuTime threads) cpu) 1e3 n)
         (/ (- (.getCurrentThreadAllocatedBytes threads) bytes) (double n))]))))

(defn- cost [f seconds]
  (round f seconds)
  (let [rounds (repeatedly 5 #(round f (/ seconds 5.0)))]
    [(median (map first rounds)) (median (map second rounds))]))

(defn- row [[codec-name make] seconds]
  (let [c (make)
        encoded (codec/encode c orders)
        size (alength ^bytes encoded)
        _ (assert (= orders (codec/decode c encoded)))
        [write-us write-bytes] (cost #(codec/encode c orders) seconds)
        [read-us read-bytes] (cost #(codec/decode c encoded) seconds)]
    (format "| %s | %,d | %.1f | %.0f | %,.0f | %.1f | %.0f | %,.0f |"
            codec-name size write-us (/ size write-us) write-bytes read-us (/ size read-us) read-bytes)))

(defn -main
  "Measures, prints the report, and writes it to bench/results."
  [seconds]
  (let [seconds (parse-double seconds)
        report (str/join
                 "\n"
                 (concat ["# Codecs: a vector of 100 maps" ""
                          (str "- date: " (LocalDate/now))
                          (str "- jdk: " (System/getProperty "java.runtime.version"))
                          (str "- model: one thread, CPU time, medians of 5 rounds after " seconds " s of warm-up") ""
                          "| codec | bytes | write µs | MB/s | bytes allocated | read µs | MB/s | bytes allocated |"
                          "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
                         (map #(row % seconds) codecs)
                         [""]))]
    (println report)
    (spit (str "bench/results/" (LocalDate/now) "-codec.md") report)
    (shutdown-agents)))

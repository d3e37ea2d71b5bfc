(ns leat.soak
  "What bench/soak runs: streams are opened, connected, used and closed or abandoned, in several shapes, beside streams,
  a bus and a deferred that live as long as the program; and the heap after a collection must stay as it is."
  (:require [clojure.string :as str]
            [leat.bus :as bus]
            [leat.deferred :as d]
            [leat.stream :as s])
  (:import [java.lang.management ManagementFactory]
           [leat.async Deferred]))

(set! *warn-on-reflection* true)

(def ^:private slack-bytes
  "So much more than after the first step may be there after a later one: what the JIT and the timers keep."
  (* 1024 1024))

(defn- fixture
  "What lives as long as the program: a sink into which, and a source out of which others are connected, a bus, and a
  deferred that is never realized."
  []
  (let [sink (s/stream* {:permanent? true}), source (s/stream* {:permanent? true}), received (atom 0)
        shutdown (d/deferred)]
    (d/on-realized shutdown identity identity) ; else it would be cancelled with the first who waits for it
    (s/consume (fn [_] (swap! received inc)) sink)
    (s/consume (fn [_] (swap! received inc)) source)
    {:sink sink, :source source, :bus (bus/event-bus), :shutdown shutdown, :received received}))

(defn- pass
  "A value through `a`, out of `b`."
  [a b]
  (s/put! a 1)
  (when-not (= 1 @(s/take! b))
    (throw (IllegalStateException. "Expected 1 at the other end."))))

(defn- must-be-closed [& streams]
  (when-not (every? #(if (s/sink? %) (s/closed? %) (s/drained? %)) streams)
    (throw (IllegalStateException. (str "Expected closed streams, actual " (pr-str streams))))))

(defn- connected [close-first]
  (let [a (s/stream), b (s/stream)]
    (s/connect a b)
    (pass a b)
    (s/close! (close-first a b))
    (must-be-closed a b)))

(defn- transformed [f close-first]
  (let [a (s/stream), b (f a)]
    (pass a b)
    (s/close! (close-first a b))
    (must-be-closed a b)))

(def ^:private transformations
  [#(s/map identity %) #(s/filter some? %) #(s/buffer 3 %) #(s/mapcat vector %) #(s/transform (map identity) %)
   #(s/map first (s/batch 1 %)) #(s/map + % (s/->source (repeat 0))) #(s/buffer (constantly 1) 3 %)
   #(s/concat (s/map vector %)) #(s/realize-each %) #(s/mapcat identity (s/batch (constantly 1) 1 100000 %))])

(defn- abandoned [_ _]
  (let [a (s/stream), b (s/stream)]
    (s/connect a b)
    (s/put! a 1)
    (s/put! a 2)))

(defn- consumed [_ i]
  (let [a (s/stream), done (s/consume identity a)]
    (s/put! a 1)
    (when (even? (long i)) ; every other one is abandoned
      (s/close! a)
      @done)))

(defn- into-long-lived [{:keys [sink]} i]
  (let [a (s/stream)]
    (s/connect a sink {:downstream? false})
    (s/put! a 1)
    (when-not (zero? (rem (long i) 10)) ; every tenth is abandoned
      (s/close! a))))

(defn- out-of-long-lived [{:keys [source]} i]
  (let [a (s/stream 1)]
    (s/connect source a {:timeout 600000})
    (s/put! source i)
    (when-not (= i @(s/take! a))
      (throw (IllegalStateException. "Expected the value at the end.")))
    (s/close! a)))

(defn- subscribed [{:keys [bus]} i]
  (let [topic (rem (long i) 100), a (bus/subscribe bus topic), taken (s/take! a)]
    @(bus/publish! bus topic i)
    @taken
    (s/close! a)))

(defn- diamond [_ _]
  (let [a (s/stream), b (s/stream), c (s/stream), to (s/stream)]
    (s/connect a b)
    (s/connect a c)
    (s/connect b to)
    (s/connect c to)
    (s/put! a 1)
    @(s/take! to)
    @(s/take! to)
    (s/close! to)
    (must-be-closed a b c to)))

(defn- in-time [_ _]
  (let [a (s/stream), taken (s/try-take! a 600000)]
    (s/put! a 1)
    @taken
    (let [put (s/try-put! a 2 600000)]
      @(s/take! a)
      @put)
    @(s/try-take! a 0)
    @(s/try-put! a 3 0)))

(defn- either [{:keys [shutdown]} i]
  (let [a (s/stream), either (d/alt (s/take! a) shutdown)]
    (if (even? (long i))
      (do (s/put! a 1) @either)
      (.cancel ^Deferred either false))))

(defn- transformation [i] (transformations (mod i (count transformations))))
(defn- source-of [a _] a)
(defn- sink-of [_ b] b)

(def shapes
  "From the name of a shape to [streams, function]: the function opens that many streams, given the fixture and a number."
  (array-map
   "connect, close the source" [2 (fn [_ _] (connected source-of))]
   "connect, close the sink" [2 (fn [_ _] (connected sink-of))]
   "transform, close the source" [2 (fn [_ i] (transformed (transformation i) source-of))]
   "transform, close the result" [2 (fn [_ i] (transformed (transformation i) sink-of))]
   "connect, abandon" [2 abandoned]
   "consume" [1 consumed]
   "into a long-lived sink" [1 into-long-lived]
   "out of a long-lived source" [1 out-of-long-lived]
   "topic of a bus" [1 subscribed]
   "fan-out and fan-in" [4 diamond]
   "put and take in time" [1 in-time]
   "either a value or the shutdown" [1 either]))

(defn- used-bytes
  "The heap that is in use after collections."
  ^long []
  (dotimes [_ 3]
    (System/gc)
    (Thread/yield))
  (.getUsed (.getHeapMemoryUsage (ManagementFactory/getMemoryMXBean))))

(defn- run-step
  "Opens about `streams` streams, in all `shapes` alike. Returns how many."
  [fixture streams shapes]
  (let [each (quot (long streams) (count shapes))]
    (reduce (fn [opened [_ [per-call f]]]
              (let [calls (max 1 (quot each (long per-call)))]
                (loop [i 0]
                  (when (< i calls)
                    (f fixture i)
                    (recur (inc i))))
                (+ (long opened) (* calls (long per-call)))))
            0 shapes)))

(defn soak
  "Opens `streams` streams in steps of `step`, in the shapes whose names contain `text`. Prints a row for each step.
  Returns true if the heap is no larger at the end than after the first step, but for a little."
  [streams step text]
  (let [fixture (fixture)
        chosen (filterv (fn [[shape _]] (str/includes? shape text)) shapes)
        _ (run-step fixture (min 20000 (long step)) chosen)
        before (used-bytes)]
    (println "| streams | heap after collection, KiB | seconds |\n| ---: | ---: | ---: |")
    (println (format "| 0 | %,d | |" (quot before 1024)))
    (loop [left (max 1 (quot (long streams) (long step))), opened 0, first-used nil]
      (let [start (System/nanoTime)
            opened (+ opened (long (run-step fixture step chosen)))
            seconds (/ (- (System/nanoTime) start) 1e9)
            used (used-bytes)]
        (println (format "| %,d | %,d | %.1f |" opened (quot used 1024) seconds))
        (flush)
        (if (< 1 left)
          (recur (dec left) opened (or first-used used))
          (let [growth (- used (long (or first-used before)))]
            ;; The fixture must live to the end, else there is nothing to leak into.
            (println (format "The heap has grown by %,d KiB; %,d values came through the long-lived streams."
                             (quot growth 1024) (long @(:received fixture))))
            (<= growth slack-bytes)))))))

(defn -main
  "STREAMS [STEP [SHAPE]]: see bench/soak."
  ([streams] (-main streams "1000000"))
  ([streams step] (-main streams step ""))
  ([streams step text]
   (let [ok? (soak (parse-long streams) (parse-long step) text)]
     (println (if ok? "The heap stays as it is." "THE HEAP GROWS."))
     (flush)
     (System/exit (if ok? 0 1)))))

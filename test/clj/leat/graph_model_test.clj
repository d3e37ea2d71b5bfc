(ns leat.graph-model-test
  "Random graphs of streams, with several threads that put and several that take: what comes out at the ends is what the
  model says, each way keeps its order, nobody waits once all is closed, and nothing is left of the graph."
  (:require [clojure.test :refer [deftest is]]
            [clojure.test.check :as tc]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [leat.deferred :as d]
            [leat.stream :as s])
  (:import [java.lang.ref WeakReference]
           [java.util.concurrent ConcurrentLinkedQueue CountDownLatch]
           [leat.async Deferred]))

(set! *warn-on-reflection* true)

;; A graph is a vector of nodes {:in [[from edge] ...], :op, :size, :end}. The node i has inputs from nodes before it; one
;; without inputs is a source, one that feeds nobody has a consumer. A message is [number node edge node edge ...]: each
;; edge adds its node and its number, so a message tells on which way it came.

(defn- passes? [message] (not= 1 (mod (long (first message)) 3)))

(def ^:private ops
  "From the name of what a node does to [function of a stream and a size, function of the messages of one way]."
  {:none [(fn [s _] s) identity]
   :map [(fn [s _] (s/map identity s)) identity]
   :filter [(fn [s _] (s/filter passes? s)) #(filter passes? %)]
   :buffer [(fn [s n] (s/buffer n s)) identity]
   :metered [(fn [s n] (s/buffer count (* 3 (long n)) s)) identity]
   :batch [(fn [s n] (s/mapcat identity (s/batch (inc (long n)) s))) identity]
   :mapcat [(fn [s _] (s/mapcat #(if (passes? %) [%] nil) s)) #(filter passes? %)]
   :transform [(fn [s n] (s/transform (comp (partition-all 2) cat) n s)) identity]
   :realize [(fn [s _] (s/realize-each (s/map #(d/success-deferred %) s))) identity]
   :later [(fn [s _] (s/realize-each (s/map #(d/future %) s))) identity]
   :partition [(fn [s _] (s/concat (s/lazily-partition-by #(quot (long (first %)) 4) s))) identity]
   :concat [(fn [s _] (s/concat (s/map vector s))) identity]
   :zip [(fn [s _] (s/map first (s/zip s (range)))) identity]
   :reductions [(fn [s _] (s/reductions (fn [_ x] x) s)) identity]
   :throttle [(fn [s _] (s/throttle 1e6 s)) identity]})

(defn- tagging
  "Returns a function that says on which way a message came."
  [node edge]
  #(conj % node edge))

(def ^:private edges
  "From the name of a kind of edge to a function that connects `from` to `to`, and closes nothing. Returns a deferred."
  {:drain (fn [tag from to] (s/drain-into (s/map tag from) to))
   :via (fn [tag from to] (s/connect-via from #(s/put! to (tag %)) to {:downstream? false}))
   :async (fn [tag from to] (s/consume-async #(s/put! to (tag %)) from))
   :xform (fn [tag from to] (s/drain-into (s/transform (map tag) 1 from) to))})

(defn- build
  "Returns {:sources, :ends}: the streams of the graph into which messages go, and those from which they come. Each stream
  goes into the queue `all`."
  [graph ^ConcurrentLinkedQueue all]
  (let [note #(do (.add all (WeakReference. %)) %)
        outs (reduce (fn [outs [node {:keys [in op size]}]]
                       (let [stream (note (s/stream (if (odd? (long size)) size 0)))
                             edges-in (mapv (fn [[from edge]]
                                              ((edges edge) (tagging node edge) (:out (outs from)) stream))
                                            in)]
                         (when (seq in)
                           (d/on-realized (apply d/zip edges-in) (fn [_] (s/close! stream)) (fn [_] (s/close! stream))))
                         (conj outs {:in stream, :out (note ((first (ops op)) stream size))})))
                     [] (map-indexed vector graph))
        fed (into #{} (mapcat #(map first (:in %))) graph)]
    {:sources (for [[i {:keys [in]}] (map-indexed vector graph) :when (empty? in)] (:in (outs i)))
     :ends (for [[i node] (map-indexed vector graph) :when (not (fed i))] [(:end node) (:out (outs i))])}))

(defn- expected
  "The messages that come out of each end, by the way on which they came."
  [graph n]
  (let [fed (into #{} (mapcat #(map first (:in %))) graph)
        ways (reduce (fn [ways [node {:keys [in op]}]]
                       (conj ways
                             (for [way (if (empty? in)
                                         [(for [i (range n)] [i node])]
                                         (for [[from edge] in, way (ways from)] (map (tagging node edge) way)))]
                               ((second (ops op)) way))))
                     [] (map-indexed vector graph))]
    (for [i (range (count graph)) :when (not (fed i))]
      (into {} (comp (remove empty?) (map (fn [way] [(rest (first way)) way]))) (ways i)))))

(defn- consumer
  "Returns a function of no arguments that gives a deferred or future of all messages of `out`."
  [end out]
  (let [messages (ConcurrentLinkedQueue.)]
    (case end
      :consume #(d/chain (s/consume (fn [m] (.add messages m)) out) (fn [_] (vec messages)))
      :reduce #(s/reduce conj [] out)
      :take #(d/loop [taken []]
               (d/chain (s/take! out ::end) (fn [m] (if (= m ::end) taken (d/recur (conj taken m))))))
      :seq #(future (vec (s/stream->seq out))))))

(defn- feed
  "Puts `n` messages, waiting for each or not. Returns the deferreds."
  [stream node n wait?]
  (let [puts (mapv (fn [i] (let [put (s/put! stream [i node])] (when wait? (deref put 10000 nil)) put)) (range n))]
    (s/close! stream)
    puts))

(defn- run-graph
  "Returns {:got, :puts}, after which nothing refers to the graph but its deferreds."
  [graph n wait? all]
  (let [{:keys [sources ends]} (build graph all)
        nodes (keep-indexed (fn [i {:keys [in]}] (when (empty? in) i)) graph)
        start (CountDownLatch. 1)
        feeders (mapv (fn [node stream] (future (.await start) (feed stream node n wait?))) nodes sources)
        results (mapv (fn [[end out]] ((consumer end out))) ends)]
    (.countDown start)
    {:puts (into [] (mapcat deref) feeders)
     :got (mapv #(deref % 10000 ::stuck) results)}))

(defn- collected?
  "Whether all of the weak references are cleared soon."
  [references]
  (loop [tries 50]
    (System/gc)
    (cond
      (every? #(nil? (.get ^WeakReference %)) references) true
      (zero? tries) false
      :else (do (Thread/onSpinWait) (recur (dec tries))))))

(def ^:private graph
  (gen/let [nodes (gen/vector (gen/tuple (gen/vector (gen/tuple gen/nat (gen/elements (keys edges))) 0 2)
                                         (gen/elements (keys ops))
                                         (gen/choose 0 3)
                                         (gen/elements [:consume :reduce :take :seq]))
                              1 6)]
    (into []
          (map-indexed (fn [i [in op size end]]
                         {:in (if (zero? (long i))
                                [] ; nothing comes before it
                                (into [] (distinct) (for [[from edge] in] [(mod (long from) (long i)) edge])))
                          :op op, :size size, :end end}))
          nodes)))

(defn- agrees? [graph n wait?]
  (let [all (ConcurrentLinkedQueue.)
        {:keys [puts got]} (run-graph graph n wait? all)]
    (or (and (not-any? #{::stuck} got)
             (every? #(true? (deref ^Deferred % 5000 ::stuck)) puts)
             (= (for [messages got] (group-by rest messages)) (expected graph n)))
        (do (println "got" got "\nputs" (filterv #(not= true (deref % 0 ::pending)) puts)) false))))

(deftest graphs-do-what-the-model-does
  (let [result (tc/quick-check (Long/getLong "leat.graph.trials" 60)
                               (prop/for-all [graph graph, n (gen/choose 0 20), wait? gen/boolean]
                                 (agrees? graph n wait?)))]
    (is (:pass? result) (pr-str (select-keys result [:seed :shrunk])))))

(deftest nothing-is-left-of-a-graph
  (let [all (ConcurrentLinkedQueue.)
        seed (System/nanoTime)]
    (dotimes [i 20]
      (run-graph (gen/generate graph 20 (+ seed i)) 10 false all))
    (is (< 20 (count all)))
    (is (collected? all) (str "seed " seed))))

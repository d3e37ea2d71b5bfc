(ns leat.stream-test
  (:require [clojure.core.async :as async]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [are deftest is testing]]
            [leat.deferred :as d]
            [leat.stream :as s]
            [leat.time :as time])
  (:import [java.io ByteArrayInputStream ByteArrayOutputStream]
           [java.util ArrayList]
           [java.util.concurrent ArrayBlockingQueue CompletableFuture SubmissionPublisher SynchronousQueue]
           [java.util.logging Level Logger]
           [leat.async Sources]))

(defmacro quietly
  "Returns what `body` gives, without the log of leat.async."
  [& body]
  `(let [logger# (Logger/getLogger "leat.async")
         level# (.getLevel logger#)]
     (.setLevel logger# Level/OFF)
     (try ~@body (finally (.setLevel logger# level#)))))

;; ---- put and take

(deftest a-put-waits-for-a-take
  (let [s (s/stream), put (s/put! s 1)]
    (is (not (d/realized? put)))
    (is (= 1 @(s/take! s)))
    (is (true? @put))
    (s/close! s)
    (is (false? @(s/put! s 2)))
    (is (= ::none @(s/take! s ::none)))
    (is (s/drained? s))))

(deftest what-does-not-come-in-time-is-withdrawn
  (let [clock (time/mock-clock)]
    (time/with-clock clock
      (let [s (s/stream), put (s/try-put! s 1 10 ::late), take (s/try-take! (s/stream) ::drained 10 ::late)]
        (time/advance clock 9)
        (is (not (d/realized? put)))
        (time/advance clock 1)
        (is (= ::late @put @take))
        (is (= ::late @(s/try-take! s ::drained 0 ::late)))
        (is (= false @(s/try-put! s 1 0)))))))

(deftest put-all-stops-at-the-end
  (let [s (s/stream 3)]
    (is (true? @(s/put-all! s [1 2])))
    (is (true? @(s/put-all! s [])))
    (let [rest (s/put-all! s [3 4 5])]
      (is (not (d/realized? rest)))
      (s/close! s)
      (is (= [1 2 3 4] (s/stream->seq s)))
      (is (false? @rest)))))

;; ---- sources and sinks

(deftest many-things-are-sources
  (are [x] (= [1 2 3] (s/stream->seq (s/->source x)))
    [1 2 3]
    '(1 2 3)
    (map inc (range 3))
    (lazy-seq [1 2 3])
    (object-array [1 2 3])
    (ArrayList. [1 2 3])
    (.iterator (ArrayList. [1 2 3]))
    (.stream (ArrayList. [1 2 3]))
    (async/to-chan! [1 2 3])
    (Sources/publisher (s/->source [1 2 3])))
  (is (= [1] (s/stream->seq (s/->source (d/success-deferred 1)))))
  (is (= [1] (s/stream->seq (s/->source (CompletableFuture/completedFuture 1)))))
  (is (= [1] (s/stream->seq (s/->source (doto (promise) (deliver 1))))))
  (is (= "bytes" (apply str (map #(String. ^bytes %) (s/stream->seq (s/->source (ByteArrayInputStream. (.getBytes "bytes"))))))))
  (is (= ::no (s/->source 1 ::no)))
  (is (thrown-with-msg? IllegalArgumentException #"Cannot convert java.lang.Long to a source" (s/->source 1)))
  (is (thrown-with-msg? IllegalArgumentException #"Cannot convert nil to a sink" (s/->sink nil)))
  (is (every? s/sourceable? [[1] (async/chan) (d/deferred) (SynchronousQueue.)]))
  (is (not-any? s/sourceable? [1 :a nil])))

(defrecord Own [values]
  s/Sourceable
  (to-source [_] (s/->source (reverse values))))

(deftest types-of-others-can-be-sources
  (is (s/sourceable? (->Own [1 2])))
  (is (= [2 1] (s/stream->seq (s/->source (->Own [1 2]))))))

(deftest channels-and-queues-have-back-pressure
  (doseq [[x room] [[(async/chan 1) 1] [(async/chan) 0] [(ArrayBlockingQueue. 1) 1] [(SynchronousQueue.) 0]]]
    (let [sink (s/->sink x), source (s/->source x)
          puts (mapv #(s/put! sink %) (range 3))]
      (is (= (repeat room true) (map deref (take room puts))))
      (is (not-any? d/realized? (drop room puts)))
      (is (= [0 1 2] (repeatedly 3 #(deref (s/take! source)))))
      (is (every? true? (map deref puts)))
      (is (= ::late @(s/try-take! source nil 1 ::late)))
      (is (= ::late @(s/try-take! source nil 0 ::late)) "a withdrawn take"))))

(deftest a-withdrawn-take-from-a-channel-leaves-its-values-to-others
  (let [ch (async/chan 1), source (s/->source ch)]
    (is (= ::late @(s/try-take! source nil 0 ::late)))
    (async/>!! ch 1)
    (is (= 1 (async/<!! ch)))
    (async/close! ch)
    (is (= ::drained @(s/take! source ::drained)))
    (is (s/drained? source))))

(deftest closing-a-sink-closes-its-channel-after-what-was-put
  (let [ch (async/chan), sink (s/->sink ch), put (s/put! sink 1)]
    (s/close! sink)
    (is (false? @(s/put! sink 2)))
    (is (= 1 (async/<!! ch)))
    (is (true? @put))
    (is (nil? (async/<!! ch)))))

(deftest a-lazy-sequence-is-realized-only-as-far-as-it-is-taken
  (let [seen (atom [])
        source (s/->source ((fn step [n] (lazy-seq (swap! seen conj n) (cons n (step (inc n))))) 0))]
    (is (= [0 1] [@(s/take! source) @(s/take! source)]))
    (is (= [0 1] @seen))))

(deftest publishers-and-output-streams
  (let [publisher (SubmissionPublisher.)
        source (s/->source publisher)
        taken (d/future (doall (s/stream->seq source)))]
    (dotimes [i 100] (.submit publisher i))
    (.close publisher)
    (is (= (range 100) @taken)))
  (let [out (ByteArrayOutputStream.), sink (s/->sink out)]
    (is (true? @(s/put-all! sink ["a" (.getBytes "b") (java.nio.ByteBuffer/wrap (.getBytes "c"))])))
    (is (= "abc" (str out)))))

(deftest core-async-is-not-loaded-without-need
  (let [form '(do (require 'leat.stream)
                  (print (boolean (find-ns 'clojure.core.async))))
        {:keys [out err]} (shell/sh (str (System/getProperty "java.home") "/bin/java") "-cp"
                                    (System/getProperty "java.class.path") "clojure.main" "-e" (pr-str form))]
    (is (= "false" (str/trim out)) err)))

;; ---- transformations

(deftest transformations-do-what-those-of-sequences-do
  (are [expected source] (= expected (s/stream->seq source))
    [2 3 4] (s/map inc [1 2 3])
    [[1 :a] [2 :b]] (s/zip [1 2 3] [:a :b])
    [11 22] (s/map + [1 2] [10 20])
    [1 3] (s/filter odd? (range 4))
    [1 1 2 2] (s/mapcat #(list % %) [1 2])
    [1 2] (s/mapcat list [1] [2])
    [1 3 6] (s/reductions + [1 2 3])
    [0 1 3] (s/reductions + 0 [1 2])
    [1 2 3] (s/concat [(s/->source [1 2]) [] [3]])
    [[1 2] [3]] (s/batch 2 [1 2 3])
    [[1 1] [9] [2]] (s/batch identity 2 1e4 [1 1 9 2])
    [1 2] (s/realize-each [(d/success-deferred 1) 2])
    [[0 1] [2]] (s/transform (partition-all 2) (range 3))
    [0 1] (s/transform (take 2) (range))
    [1 2 3] (s/buffer 2 [1 2 3])
    [1 2 3] (s/throttle 1e6 [1 2 3])
    [0 1 2] (s/dropping-stream 3 (range 9))
    [6 7 8] (s/sliding-stream 3 (range 9)))
  (is (= [[1 1] [2] [1]] (map s/stream->seq (s/stream->seq (s/lazily-partition-by identity [1 1 2 1])))))
  (is (= 6 @(s/reduce + [1 2 3]) @(s/reduce + 1 [2 3])))
  (is (= 0 @(s/reduce + [])))
  (is (= :early @(s/reduce (fn [_ x] (if (= x 2) (reduced :early) x)) 0 (range 9)))))

(deftest batches-do-not-wait-too-long
  (let [clock (time/mock-clock)]
    (time/with-clock clock
      (let [s (s/stream), batches (s/batch 3 10 s)]
        @(s/put-all! s [1 2])
        (let [batch (s/take! batches)]
          (time/advance clock 9)
          (is (not (d/realized? batch)))
          (time/advance clock 1)
          (is (= [1 2] @batch)))))))

(deftest periodic-streams-stop-while-nobody-takes
  (let [clock (time/mock-clock), calls (atom 0)]
    (time/with-clock clock
      (let [s (s/periodically 10 0 #(swap! calls inc))]
        (time/advance clock 100)
        (is (= 2 @calls) "one in the buffer, one waiting")
        (is (= [1 2] [@(s/take! s) @(s/take! s)]))
        (s/close! s)
        (time/advance clock 100)
        (is (= 0 (.size clock)) "nothing is left in the clock")))))

(deftest metrics-count-what-is-in-a-buffer
  (let [s (s/buffered-stream count 3), [a b c] (map #(s/put! s %) ["12" "34" "5"])]
    (is (d/realized? a))
    (is (not (d/realized? b)))
    (is (= {:buffer-size 5, :buffer-capacity 3} (select-keys (s/description s) [:buffer-size :buffer-capacity])))
    (is (= "12" @(s/take! s)))
    (is (true? @b))
    (is (true? @c))))

;; ---- errors

(deftest an-exception-closes-the-stream-with-its-cause
  (quietly
   (let [s (s/stream), s' (s/map #(/ 1 %) s), causes (atom [])]
     (s/on-closed s' (fn [cause] (swap! causes conj (class cause))))
     (s/on-drained s' (fn [] (swap! causes conj :no-argument)))
     (is (true? @(s/put! s 0)))
     (is (= [ArithmeticException :no-argument] @causes))
     (is (instance? ArithmeticException (s/close-cause s)))
     (is (s/drained? s')))
   (let [s (s/stream 1 (map #(/ 1 %)))]
     (is (false? @(s/put! s 0)))
     (is (instance? ArithmeticException (:cause (s/description s)))))))

(deftest callbacks-of-the-end-of-all-shapes
  (let [s (s/stream), calls (atom [])]
    (s/on-closed s #(swap! calls conj :none))
    (s/on-closed s (fn [cause] (swap! calls conj [:one cause])))
    (s/on-closed s (fn [& more] (swap! calls conj [:many more])))
    (s/on-closed s (partial swap! calls conj :partial))
    (s/close! s)
    (is (= [:none [:one nil] [:many nil] :partial] @calls))))

;; ---- what is said of wrong arguments

(defn- message
  "What the exception that `f` throws says."
  [f]
  (try
    (f)
    "none"
    (catch IllegalArgumentException e
      (ex-message e))
    (catch clojure.lang.ExceptionInfo e
      (if (:leat/error (ex-data e)) (ex-message e) (throw e)))))

(defmacro says
  "That each form throws an exception with the text behind it."
  [& forms-and-texts]
  `(do ~@(for [[form text] (partition 2 forms-and-texts)] `(is (= ~text (message (fn [] ~form))) ~(pr-str form)))))

(deftest what-is-no-stream-is-an-error-that-says-what-to-do
  (let [s (s/stream), source (s/source-only s), sink (s/sink-only s)]
    (says
     (s/put! source 1)
     "Expected a sink for put!, actual a source (leat.async.Views$SourceView): put into the stream that it comes from."
     (s/closed? source)
     "Expected a sink for closed?, actual a source (leat.async.Views$SourceView); drained? tells whether it is at its end."
     (s/take! sink)
     "Expected a source for take!, actual a sink (leat.async.Views$SinkView): take from the stream that it goes into."
     (s/drained? sink)
     "Expected a source for drained?, actual a sink (leat.async.Views$SinkView); closed? tells whether it is closed."
     (s/on-drained sink identity)
     "Expected a source for on-drained, actual a sink (leat.async.Views$SinkView); on-closed takes a sink."
     (s/take! [1 2]) "Expected a source for take!, actual clojure.lang.PersistentVector; leat.stream/->source makes one of it."
     (s/take! nil ::none) "Expected a source for take!, actual nil."
     (s/try-take! 1 1) "Expected a source for try-take!, actual java.lang.Long."
     (s/put! (ArrayBlockingQueue. 1) 1)
     "Expected a sink for put!, actual java.util.concurrent.ArrayBlockingQueue; leat.stream/->sink makes one of it."
     (s/put! (int-array 1) 1) "Expected a sink for put!, actual int[]."
     (s/put-all! nil [1]) "Expected a sink for put-all!, actual nil."
     (s/try-put! :a 1 1) "Expected a sink for try-put!, actual clojure.lang.Keyword."
     (s/close! (d/deferred)) "Expected a stream for close!, actual leat.clj.Promise; leat.stream/->source makes one of it."
     (s/close! (ByteArrayOutputStream.))
     "Expected a stream for close!, actual java.io.ByteArrayOutputStream; leat.stream/->sink makes one of it."
     (s/close-cause 1) "Expected a stream for close-cause, actual java.lang.Long."
     (s/on-closed 1 identity) "Expected a stream for on-closed, actual java.lang.Long."
     (s/description nil) "Expected a stream for description, actual nil."
     (s/downstream 1) "Expected a stream for downstream, actual java.lang.Long."
     (s/synchronous? nil) "Expected a stream for synchronous?, actual nil."
     (s/source-only sink)
     "Expected a source for source-only, actual a sink (leat.async.Views$SinkView): take from the stream that it goes into."
     (s/sink-only nil) "Expected a sink for sink-only, actual nil."
     (s/graph nil) "Expected a stream for graph, actual nil."
     (s/graph->svg nil) "Expected a stream or what leat.stream/graph returns, actual nil."))
  (is (= [1 2] (s/stream->seq [1 2]) (s/stream->seq [1 2] 1000))))

(deftest what-is-no-function-is-an-error-that-says-where
  (let [s (s/stream)]
    (says
     (s/map [1 2 3] inc) "Cannot convert clojure.core$inc to a source. It is a function: are the arguments in the wrong order?"
     (s/consume s println) "Expected a function as the first argument of consume, actual leat.async.Stream."
     (s/consume-async s println) "Expected a function as the first argument of consume-async, actual leat.async.Stream."
     (s/connect-via s s println) "Expected a function as the second argument of connect-via, actual leat.async.Stream."
     (s/map 1 s) "Expected a function as the first argument of map, actual java.lang.Long."
     (s/map 1 s s) "Expected a function as the first argument of map, actual java.lang.Long."
     (s/filter nil s) "Expected a function as the first argument of filter, actual nil."
     (s/mapcat s [1]) "Expected a function as the first argument of mapcat, actual leat.async.Stream."
     (s/mapcat s [1] [2]) "Expected a function as the first argument of mapcat, actual leat.async.Stream."
     (s/reduce 1 s) "Expected a function as the first argument of reduce, actual java.lang.Long."
     (s/reductions 1 0 s) "Expected a function as the first argument of reductions, actual java.lang.Long."
     (s/lazily-partition-by nil s) "Expected a function as the first argument of lazily-partition-by, actual nil."
     (s/transform nil s) "Expected a function as the first argument of transform, actual nil."
     (s/periodically 100 nil) "Expected a function as the last argument of periodically, actual nil."
     (s/on-closed s 1) "Expected a function as the second argument of on-closed, actual java.lang.Long."
     (s/on-drained s nil) "Expected a function as the second argument of on-drained, actual nil."
     (s/stream 1 5) "Expected a function as the transducer of a stream, actual java.lang.Long."
     (s/buffered-stream 5 5) "Expected a function as the metric of a stream, actual java.lang.Long."
     (s/batch 5 5 5 s) "Expected a function as the metric of batch, actual java.lang.Long.")))

(deftest what-is-no-number-is-an-error-that-says-where
  (says
   (s/stream nil) "Expected a number as the buffer-size of stream, actual nil."
   (s/stream "1" (map inc)) "Expected a number as the buffer-size of stream, actual java.lang.String."
   (s/stream 1 nil :pool) "Expected an executor as the executor of a stream, actual clojure.lang.Keyword."
   (s/onto 5 []) "Expected an executor as the executor of a stream, actual java.lang.Long."
   (s/buffer nil []) "Expected a number as the buffer-size of buffered-stream, actual nil."
   (s/batch nil []) "Expected a number as the size of a batch, actual nil."
   (s/throttle 0 []) "Expected a rate > 0, actual 0.0."
   (s/throttle nil []) "Expected a number as the max-rate of throttle, actual nil."
   (s/periodically 0 inc) "Expected a period > 0 ms for periodically, actual 0."
   (s/periodically -5 0 inc) "Expected a period > 0 ms for periodically, actual -5."
   (s/periodically nil inc) "Expected a number as the period of periodically, actual nil."
   (s/dropping-stream nil) "Expected a number as the first argument of a dropping or sliding stream, actual nil."))

(deftest options-are-checked
  (let [a (s/stream), b (s/stream)]
    (says
     (s/connect a b {:timout 5}) "Unknown option :timout for connect. Did you mean :timeout?"
     (s/connect a b {:timeout "5"}) "Option :timeout for connect: expected a number, got \"5\"."
     (s/connect a b 5) "connect expects a map of options, got 5."
     (s/connect-via a inc b {:down-stream? true}) "Unknown option :down-stream? for connect-via. Did you mean :downstream??"
     (s/stream* {:buffer-sise 4}) "Unknown option :buffer-sise for stream*. Did you mean :buffer-size?"
     (s/stream* {:colour 4})
     "Unknown option :colour for stream*. Known are :buffer-size, :description, :executor, :permanent?, :xform."
     (s/stream* {:executor :none}) "Option :executor for stream*: expected a java.util.concurrent.Executor or nil, got :none.")
    (is (nil? (s/downstream a)) "nothing is connected then")
    (is (nil? (s/connect a b nil)))
    (is (nil? (s/connect a b {:upstream? nil, :downstream? false, :timeout 1e3, :description nil})))
    (is (s/stream? (s/stream* nil)))
    (is (s/stream? (s/stream* {:permanent? true, :buffer-size 1, :description identity, :executor nil, :xform (map inc)})))))

;; ---- connections and the graph

(deftest connections-have-options-and-descriptions
  (let [a (s/stream), b (s/stream 1), c (s/stream 1)]
    (s/connect a b {:description {:op "ab"}})
    (s/connect a c {:downstream? false})
    (is (= [[{:op "ab"} b] [nil c]] (s/downstream a)))
    (is (= [1 1] (do (s/put! a 1) [@(s/take! b) @(s/take! c)])))
    (s/close! a)
    (is (s/closed? b))
    (is (not (s/closed? c)))
    (is (nil? (s/downstream a)))))

(deftest the-ends-of-consumers-are-told
  (let [seen (atom [])]
    (is (true? @(s/consume #(swap! seen conj %) [1 2])))
    (is (true? @(s/consume-async #(do (swap! seen conj %) (d/success-deferred (< % 4))) [3 4 5])))
    (is (= [1 2 3 4] @seen)))
  (let [s (s/stream), dst (s/stream), over (s/drain-into s dst)]
    (s/close! dst)
    (is (true? @over))
    (is (s/closed? s))))

(deftest the-graph-shows-where-pressure-stands
  (let [a (s/stream* {:buffer-size 1, :description #(assoc % :name "a")})
        b (s/map inc a), c (s/buffer 2 b)
        pressure #(mapv :pressure (:nodes (s/graph a)))]
    (is (= [:none :none :none] (pressure)))
    (is (= [[:none :none :some] [:none :none :high] [:none :none :high] [:none :high :high] [:high :high :high]]
           (mapv (fn [i] (s/put! a i) (pressure)) (range 5)))
        "it grows from the end that nobody takes from")
    (let [g (s/graph a), mermaid (s/graph->mermaid g), svg (s/graph->svg g)]
      (is (= [{:from 0, :to 1, :description {:op "map"}} {:from 1, :to 2}] (:edges g)))
      (is (= "a" (:name (first (:nodes g)))))
      (is (= [0 1 2] (map :id (:nodes g))))
      (is (= [1 0 2] (map :buffer-size (:nodes g))))
      (is (= [0 1 1] (map :pending-puts (:nodes g))))
      (is (str/includes? mermaid "n0 -->|\"map\"| n1"))
      (is (str/includes? mermaid ":::high"))
      (is (str/includes? svg "buffer 2 of 2")))
    (is (= 3 (count (:nodes (s/graph c)))) "from any node")
    (s/take! (s/map identity c))
    (s/close! a)
    (is (= [0] (map :id (:nodes (s/graph (s/stream))))))))

(deftest the-graph-shows-who-waits-and-what-is-closed
  (let [s (s/stream)]
    (s/take! s)
    (is (= [:hungry] (map :pressure (:nodes (s/graph s)))))
    (s/close! s)
    (is (= [[true true :none]] (map (juxt :closed? :drained? :pressure) (:nodes (s/graph s)))))))

(deftest a-stream-has-metadata-and-prints
  (let [s (s/stream)]
    (alter-meta! s assoc :a 1)
    (is (= {:a 1} (meta s)))
    (is (str/starts-with? (pr-str s) "<< stream: {"))
    (is (str/starts-with? (pr-str (s/source-only s)) "<< source: {"))
    (testing "views"
      (is (s/source? (s/source-only s)))
      (is (not (s/sink? (s/source-only s))))
      (is (not (s/source? (s/sink-only s)))))))

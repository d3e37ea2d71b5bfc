(ns bridge-check
  "Tests of leat.manifold against the stub of Manifold beside this. Run by leat.optional-libraries-test in a JVM of its
  own, which ends with status 0 when they pass."
  (:require [clojure.test :refer [deftest is testing]]
            [leat.deferred :as d]
            [leat.manifold :as bridge]
            [leat.stream :as s]
            [manifold.deferred :as md]
            [manifold.stream :as ms])
  (:import [java.util.concurrent Executor]))

(set! *warn-on-reflection* true)

(defn- now [x] (deref x 10000 ::hangs))

(deftest deferreds-share-their-fate
  (is (true? bridge/available?))
  (doseq [[make convert succeed fail] [[d/deferred md/->deferred md/success! md/error!]
                                       [md/deferred d/->deferred d/success! d/error!]
                                       [d/deferred bridge/->manifold md/success! md/error!]
                                       [md/deferred bridge/->leat d/success! d/error!]]]
    (testing "the converted one decides"
      (let [original (make)]
        (is (true? (succeed (convert original) 1)))
        (is (= 1 @original)))
      (let [original (make)]
        (fail (convert original) (Exception. "as planned"))
        (is (thrown-with-msg? Exception #"as planned" @original)))))
  (testing "the original decides"
    (let [d (d/deferred), m (md/->deferred d)]
      (d/success! d nil)
      (is (nil? @m)))
    (let [m (md/deferred), d (d/chain m inc)]
      (md/success! m 1)
      (is (= 2 (now d))))
    (let [d (d/deferred), m (md/->deferred d)]
      (d/error! d (Exception. "as planned"))
      (is (thrown-with-msg? Exception #"as planned" @m))))
  (testing "both keep their executor"
    (let [e (reify Executor (execute [_ task] (.run task)))]
      (is (identical? e (.executor ^manifold.deferred.IDeferred (md/->deferred (d/deferred e)))))
      (is (identical? e (.executor ^leat.async.Deferred (d/->deferred (md/deferred e))))))))

(deftest leat-as-manifold
  (let [s (s/stream 3), m (ms/->source s), sink (ms/->sink s), ended (atom [])]
    (ms/on-closed sink #(swap! ended conj :closed))
    (ms/on-drained m #(swap! ended conj :drained))
    (is (true? (now (ms/put! sink 1))))
    (is (= {:type "leat", :source? true, :sink? true, :closed? false, :drained? false, :permanent? false
            :buffer-capacity 3, :buffer-size 1, :pending-puts 0, :pending-takes 0}
           (ms/description m)))
    (is (= 1 (now (ms/take! m))))
    (is (= :late (now (ms/try-take! m :drained 1 :late))) "a take that is late takes nothing")
    (now (s/put-all! s [1 2 3]))
    (is (= :late (now (ms/try-put! sink 4 1 :late))))
    (is (= 1 (.take ^manifold.stream.core.IEventSource m nil true)) "blocking")
    (is (true? (.put ^manifold.stream.core.IEventSink sink 4 true)))
    (ms/close! sink)
    (is (= [:closed] @ended))
    (is (ms/closed? sink))
    (is (not (ms/drained? m)))
    (is (= [2 3 4] (ms/stream->seq m)))
    (is (= [:closed :drained] @ended))
    (is (ms/drained? m))
    (is (= :drained (now (ms/take! m :drained))))
    (is (false? (now (ms/put! sink 5)))))
  (testing "only what it is"
    (let [s (s/stream)]
      (is (not (instance? manifold.stream.core.IEventSink (bridge/->manifold (s/source-only s)))))
      (is (not (instance? manifold.stream.core.IEventSource (bridge/->manifold (s/sink-only s)))))
      (is (= 5 (bridge/->manifold 5)))
      (is (nil? (bridge/->manifold nil)))))
  (testing "Manifold's connections are leat's: each gets every message, and options count"
    (let [s (s/stream), a (s/stream), b (ms/stream)]
      (ms/connect s a)
      (ms/connect s b {:downstream? false, :timeout -1, :of-its-own 1})
      (s/put! s 1)
      (is (= [1 1] [(now (s/take! a)) (now (ms/take! b))]))
      (s/close! s)
      (is (s/closed? a))
      (is (not (ms/closed? b)))
      (is (empty? @ms/connections)))))

(deftest manifold-as-leat
  (let [m (ms/stream), s (s/->source m), sink (s/->sink m), ended (atom [])]
    (s/on-closed sink #(swap! ended conj :closed))
    (s/on-drained s #(swap! ended conj :drained))
    (is (true? (now (s/put! sink 1))))
    (is (true? (now (s/try-put! sink 2 5 :late))))
    (is (= {:type "manifold stub", :source? true, :sink? true, :closed? false, :buffer-size 2}
           (select-keys (s/description s) [:type :source? :sink? :closed? :buffer-size :buffer-capacity])))
    (is (= 1 (now (s/take! s))))
    (is (= 2 (now (s/try-take! s :drained 5 :late))))
    (is (= [5.0 :late] (now (s/try-take! s :drained 5 :late))) "the stub tells what it was given: milliseconds")
    (s/put! sink 3)
    (s/close! sink)
    (is (= [:closed] @ended))
    (is (s/closed? sink))
    (is (not (s/drained? s)))
    (is (= [3] (s/stream->seq s)))
    (is (= [:closed :drained] @ended))
    (is (s/drained? s))
    (is (false? (now (s/put! sink 4)))))
  (testing "leat's connections are Manifold's"
    (let [m (ms/stream), s (s/stream)]
      (reset! ms/connections [])
      (s/connect m s {:upstream? true, :timeout 7, :description "here"})
      (s/connect m s)
      (let [[[source sink options] [_ _ plain]] @ms/connections]
        (is (identical? m source))
        (is (identical? s (bridge/->leat sink)))
        (is (= {:upstream? true, :downstream? true, :timeout 7.0, :description "here"} options))
        (is (= {:upstream? false, :downstream? true, :timeout -1, :description nil} plain))))))

(deftest there-and-back
  (let [s (s/stream), m (ms/stream)]
    (doseq [x [s (s/source-only s) (s/sink-only s)]]
      (is (identical? x (bridge/->leat (bridge/->manifold x)))))
    (is (identical? m (bridge/->manifold (bridge/->leat m))))
    (is (= 5 (bridge/->leat 5)))))

(deftest manifold-functions-learn
  ;; Compiled before they do, with a primitive argument.
  (let [before (eval '(fn [s] (manifold.stream/try-take! s nil 1.0 :late)))]
    (is (nil? (bridge/accept-leat!)))
    (let [f @#'ms/take!]
      (bridge/accept-leat!)
      (is (identical? f @#'ms/take!) "once"))
    (is (= :late (now (before (s/stream)))))
    (is (= [1 2] (eval '(let [s (leat.stream/stream 2)]
                          (manifold.stream/put! s 1)
                          (manifold.stream/put-all! s [2])
                          (manifold.stream/close! s)
                          (manifold.stream/stream->seq s)))))
    (is (true? (eval '(let [d (leat.deferred/deferred)]
                        (and (manifold.deferred/success! d 1)
                             (not (manifold.deferred/error! d (Exception.)))
                             (= 1 @d))))))
    (is (= 1 (eval '(let [m (manifold.stream/stream)] (manifold.stream/put! m 1) @(manifold.stream/take! m)))))))

(defn -main [& _]
  (let [{:keys [test pass fail error]} (clojure.test/run-tests 'bridge-check)]
    (println "COUNTS" test pass)
    (System/exit (if (and (pos? (long test)) (zero? (+ (long fail) (long error)))) 0 1))))

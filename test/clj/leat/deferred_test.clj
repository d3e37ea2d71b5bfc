(ns leat.deferred-test
  (:require [clojure.test :refer [deftest is testing]]
            [leat.debug]
            [leat.deferred :as d]
            [leat.executor :as ex]
            [leat.test :as lt]
            [leat.time :as time])
  (:import [clojure.lang ExceptionInfo]
           [java.util.concurrent CancellationException CompletableFuture CompletionStage Executor TimeoutException]))

(deftest ^:ignore-dropped-errors realizing
  (let [d (d/deferred)]
    (is (= [true false false] [(d/success! d 1) (d/success! d 2) (d/error! d 3)]))
    (is (= [1 1 true] [@d (deref d 0 :late) (d/realized? d)])))
  (let [d (d/deferred)]
    (is (identical? d (deliver d 1)))
    (is (nil? (deliver d 2)))
    (is (thrown? clojure.lang.ArityException (d)))
    (is (= {:a 1} (meta (doto d (alter-meta! assoc :a 1))))))
  (let [d (d/deferred)
        token (d/claim! d)]
    (is (nil? (d/claim! d)))
    (is (= [false true] [(d/success! d 1) (d/success! d 2 token)]))
    (is (thrown? IllegalStateException (d/success! d 2 token)))))

(deftest errors-that-are-no-throwables
  (let [d (doto (d/deferred) (d/error! :bar))]
    (is (= {:error :bar} (try @d (catch ExceptionInfo e (ex-data e)))))
    (is (= :bar @(d/catch d identity)))
    (is (= :bar (d/error-value d nil)))
    (is (= :caught @(d/catch d clojure.lang.Keyword (constantly :caught))))))

(deftest callbacks
  (let [d (d/deferred), seen (atom [])
        l (d/listener #(swap! seen conj [:l %]))]
    (is (identical? d (d/on-realized d #(swap! seen conj %) nil)))
    (is (= [true true false] [(d/add-listener! d l) (d/cancel-listener! d l) (d/cancel-listener! d l)]))
    (d/success! d 1)
    (is (= [1] @seen)))
  (let [queue (atom [])
        executor (reify Executor (execute [_ task] (swap! queue conj task)))
        d (d/deferred executor), seen (atom [])]
    (d/on-realized d #(swap! seen conj %) nil)
    (d/success! d 1)
    (is (= [] @seen))
    (run! #(.run ^Runnable %) @queue)
    (is (= [1] @seen))
    (is (= 1 @d) "a blocked thread needs no executor")))

(deftest chains
  (is (= 6 @(d/chain 1 inc #(d/future (inc %)) inc (fn [x] (delay (inc x))) inc)))
  (is (= [1 2] [@(d/chain 1) @(d/chain (d/success-deferred (d/success-deferred 2)))]))
  (let [f (future 1)]
    (is (identical? f @(d/chain' 1 (constantly f)))))
  (is (= 10 @(apply d/chain 0 (repeat 10 inc))))
  (let [d (d/deferred), called (atom false)
        c (d/chain d (fn [_] (reset! called true)))]
    (d/success! c :early)
    (d/success! d 1)
    (is (= [:early false] [@c @called])))
  (let [d (d/deferred), protected (d/chain d)]
    (d/timeout! protected 0 :late)
    (is (= [:late false] [@protected (d/realized? d)]))))

(deftest long-chains-fit-on-the-stack
  (let [d (d/deferred)
        end (nth (iterate #(d/chain % inc) d) 100000)]
    (d/success! d 0)
    (is (= 100000 @end)))
  (let [d (d/deferred)
        end (nth (iterate #(let [next (d/deferred)] (d/connect % next) next) d) 100000)]
    (d/success! d 0)
    (is (= 0 @end)))
  (let [d (d/deferred)
        end (nth (iterate #(d/catch (d/finally % (fn [])) ArithmeticException identity) d) 50000)]
    (d/error! d (ex-info "x" {}))
    (is (thrown? ExceptionInfo @end))))

(deftest long-loops-neither-overflow-nor-leak
  (is (= 10000000 @(d/loop [i 0] (if (< i 10000000) (d/recur (inc i)) i))))
  (is (= 1000000 @(d/loop [i 0] (d/chain' i #(if (< % 1000000) (d/recur (inc %)) %)))))
  (testing "turns that wait"
    (let [current (atom nil)
          result (d/loop [i 0]
                   (if (< i 100000)
                     (d/chain' (reset! current (d/deferred)) #(d/recur (+ i %)))
                     i))]
      (while (not (d/realized? result))
        (d/success! @current 1))
      (is (= 100000 @result))))
  (testing "another thread races with the loop"
    (is (= 20000 @(d/loop [i 0] (if (< i 20000) (d/chain (d/future i) #(d/recur (inc %))) i)))))
  (testing "recur where it cannot be made cheap"
    (is (= 3 @(d/loop [i 0] (case (int i) 3 i (d/recur (inc i))))))
    (is (= [4 3 2 1] @(d/loop [a 1 b 2 c 3 d 4] (if (= a 1) (apply d/recur [d c b a]) [a b c d]))))
    (is (= 1 @(d/loop [{:keys [a]} {:a 1}] (let [b a] (cond (nil? b) (d/recur {}) :else b)))))))

(deftest a-loop-ends-when-it-is-realized-from-outside
  (let [turns (atom 0), ds (repeatedly 10 d/deferred)
        result (d/loop [[d & more] ds]
                 (swap! turns inc)
                 (d/chain' d (fn [_] (d/recur more))))]
    (d/timeout! result 0 :enough)
    (run! #(d/success! % 1) ds)
    (is (= [:enough 1] [@result @turns]))))

(deftest errors-are-caught
  (is (= :caught @(d/catch (d/chain 1 #(/ % 0)) ArithmeticException (constantly :caught))))
  (is (thrown? ArithmeticException @(d/catch (d/chain 1 #(/ % 0)) IllegalStateException (constantly :caught))))
  (let [d (d/deferred), c (d/catch d (fn [e] (d/future (ex-message e))))]
    (d/error! d (ex-info "x" {}))
    (is (= "x" @c)))
  (is (= 5 (d/catch 5 (constantly 1))))
  (let [d (d/success-deferred 1)]
    (is (identical? d (d/catch d identity)) "nothing to catch"))
  (let [d (d/deferred), after (atom 0), f (d/finally d #(swap! after inc))]
    (d/timeout! f 0 :late)
    (d/success! d 1)
    (is (= [:late 1] [@f @after]) "what must happen does, also when nobody waits any more")))

(deftest several
  (is (= [1 2 3] @(d/zip 1 (d/future 2) (delay 3))))
  (is (= [] @(d/zip)))
  (let [a (d/deferred), b (d/deferred), z (d/zip a b)]
    (d/error! b (ex-info "b" {}))
    (is (thrown-with-msg? ExceptionInfo #"b" @z)))
  (let [a (d/deferred), b (d/deferred), first-of (d/alt a b)]
    (d/success! b (future :b))
    (is (= :b @(d/chain first-of))))
  (is (#{1 2} @(d/alt 1 (d/deferred) (d/success-deferred 2)))))

(deftest time-limits
  (let [clock (time/mock-clock)]
    (time/with-clock clock
      (let [a (d/deferred), b (d/deferred), c (d/deferred)]
        (is (identical? a (d/timeout! a 10)))
        (d/timeout! b 10 :late)
        (d/timeout! c 10 :late)
        (d/success! c :early)
        (time/advance clock 10)
        (is (thrown-with-msg? TimeoutException #"^timed out after 10 milliseconds$" @a))
        (is (= [:late :early] [@b @c]))
        (is (= 5 (d/timeout! 5 10)))))))

(deftest cancellation-travels
  (let [source (d/deferred), middle (d/chain source inc), end (d/catch (d/zip middle 1) IllegalStateException identity)]
    (d/error! end (CancellationException. "enough"))
    (is (= ["enough" "enough"] (map #(ex-message (d/error-value % nil)) [middle source]))))
  (let [source (d/deferred), end (d/chain source inc), other (d/chain source dec)]
    (is (true? (future-cancel end)))
    (is (future-cancelled? end))
    (d/success! source 1)
    (is (= 0 @other) "the source is still wanted")))

(deftest coercions
  (let [stage (CompletableFuture.)]
    (.completeExceptionally stage (ex-info "x" {}))
    (is (= "x" @(d/catch (.thenApply stage (reify java.util.function.Function (apply [_ x] x))) ex-message))))
  (is (= "x" @(d/catch (future (throw (ex-info "x" {}))) ex-message)) "no ExecutionException around it")
  (let [p (promise), d (d/->deferred p)]
    (deliver p 1)
    (is (= 1 @d)))
  (is (= [1 1] [@(d/->deferred (delay 1)) @(d/->deferred (doto (CompletableFuture.) (.complete 1)))]))
  (is (= ::none (d/->deferred 1 ::none)))
  (is (thrown-with-msg? IllegalArgumentException #"Expected what can become a deferred, actual java.lang.Long"
                        (d/->deferred 1)))
  (is (= [true true false false] (map d/deferrable? [(promise) (d/deferred) 1 (lazy-seq nil)])))
  (is (= [1 2] [(d/unwrap (d/success-deferred (doto (promise) (deliver 1)))) (d/unwrap' 2)]))
  (is (instance? CompletionStage (d/deferred))))

(defrecord ^:private Answer [value])

(deftest the-protocol-can-be-extended-at-any-time
  (is (= (->Answer 1) @(d/chain (->Answer 1))))
  (extend-protocol d/Deferrable
    Answer
    (to-deferred [answer] (d/success-deferred (:value answer))))
  (is (= 2 @(d/chain (->Answer 1) inc))))

(deftest executors
  (let [executor (reify Executor (execute [_ task] (.run task)))]
    (is (= executor (.executor (ex/with-executor executor (d/chain (d/deferred) inc)))))
    (is (= executor (.executor (d/onto (d/deferred) executor))))
    (let [d (d/deferred executor)]
      (is (identical? d (d/onto d executor))))
    (is (= 1 @(d/future-with executor 1)))))

(deftest printing
  (is (= ["<< 1 >>" "<< \u2026 >>"] (map pr-str [(d/success-deferred 1) (d/deferred)])))
  (is (re-find #"^<< ERROR: " (pr-str (d/error-deferred (ex-info "x" {}))))))

(deftest ^:ignore-dropped-errors dropped-errors
  (lt/expect-dropped-errors 1
    (d/chain (d/error-deferred (ex-info "dropped, as the test wants" {})) inc inc))
  (lt/expect-dropped-errors 1
    (d/error! (d/timeout! (d/deferred) 10000) (ex-info "to keep the time is not to see it" {})))
  (lt/expect-dropped-errors 0
    (d/catch (d/chain (d/error-deferred (ex-info "seen" {})) inc inc) identity)
    (d/timeout! (d/catch (d/deferred) identity) 0 1))
  (lt/expect-dropped-errors 0
    (binding [leat.debug/*dropped-error-logging-enabled?* false]
      (d/error-deferred (ex-info "not watched" {})))))

(lt/instrument-tests-with-dropped-error-detection!)

(ns leat.deferred-trap-test
  "What took users of Manifold by surprise, or would take anybody: each has a test."
  (:require [clojure.test :refer [are deftest is testing]]
            [leat.deferred :as d]
            [leat.executor :as ex]
            [leat.time :as t])
  (:import [clojure.lang ExceptionInfo IBlockingDeref IDeref IPending]
           [java.lang.ref WeakReference]
           [java.util ArrayDeque]
           [java.util.concurrent CountDownLatch Executor Future]
           [leat.async Deferred Deferred$Listener]))

(defn- queueing
  "An executor that keeps its tasks, with a function that runs them all."
  []
  (let [queue (ArrayDeque.)]
    [(reify Executor (execute [_ task] (.add queue task)))
     #(while (not (.isEmpty queue)) (.run ^Runnable (.poll queue)))]))

(deftest where-the-functions-of-a-chain-run
  ;; Manifold's issues 239 and 151: with a chain it was left to chance.
  (testing "of what is realized: here, before chain returns"
    (let [thread (atom nil)
          result (d/chain (d/success-deferred 1) (fn [_] (reset! thread (Thread/currentThread))))]
      (is (d/realized? result))
      (is (= (Thread/currentThread) @thread))))
  (testing "of what is pending: where it is realized"
    (let [d (d/deferred), thread (atom nil)]
      (d/chain d (fn [_] (reset! thread (Thread/currentThread))))
      (is (nil? @thread))
      (let [other (Thread. #(d/success! d 1))]
        (.start other)
        (.join other)
        (is (= other @thread))))))

(deftest what-follows-a-deferred-with-an-executor-runs-there
  (testing "be it realized or not"
    (doseq [realized? [true false]
            chain [(fn [d f] (d/chain d f inc))
                   (fn [d f] (d/chain' d f inc))
                   (fn [d f] (d/chain (d/chain d f) inc))
                   (fn [d f] (d/chain 0 (fn [_] d) f inc))]]
      (let [[executor run-all] (queueing)
            d (d/deferred), called (atom false)
            moved (d/onto d executor)]
        (when realized? (d/success! d 1))
        (let [result (chain moved (fn [x] (reset! called true) x))]
          (d/success! d 1)
          (is (false? @called))
          (run-all)
          (is (= [true 2] [@called @result]))))))
  (testing "errors too"
    (let [[executor run-all] (queueing)
          called (atom [])
          failed (d/onto (d/error-deferred (ex-info "x" {})) executor)
          caught (d/catch failed (fn [e] (swap! called conj (ex-message e)) :caught))
          after (d/finally failed #(swap! called conj :finally))]
      (is (= [] @called))
      (run-all)
      (is (= ["x" :finally] @called))
      (is (= :caught @caught))
      (is (thrown? ExceptionInfo @after))))
  (testing "but not a second time on the executor of this thread, which may have no other"
    (let [[executor] (queueing)]
      (is (= 2 (ex/with-executor executor @(d/chain (d/success-deferred 1) inc)))))))

(deftest what-is-derived-can-be-delivered
  (doseq [derive [#(d/chain % inc) #(d/chain' % inc) #(d/zip % 1) #(d/alt %) #(d/catch % identity) #(d/finally % (fn []))
                  #(d/onto % (reify Executor (execute [_ task] (.run task)))) #(d/let-flow [x %] x)
                  #(d/loop [] (d/chain' % identity))]]
    (let [derived (derive (d/deferred))]
      (is (identical? derived (deliver derived :given)))
      (is (nil? (deliver derived :again)))
      (is (= :given @derived))))
  (are [realized] (nil? (deliver realized :late))
    (d/success-deferred 1)
    (d/success-deferred nil)
    (d/chain 1 inc)
    (d/chain (d/success-deferred 1) inc inc)
    (d/zip 1 2)
    (d/let-flow [x 1] x)
    (d/loop [i 0] (if (< i 3) (d/recur (inc i)) i))
    (doto (d/error-deferred (ex-info "x" {})) (d/error-value nil))
    (doto (d/chain 1 #(/ % 0)) (d/error-value nil))))

(deftest what-is-no-function-fails-the-chain
  (are [message chain] (thrown-with-msg? IllegalArgumentException message @chain)
    #"Expected a function as the 1st step of chain, actual java.lang.Long." (d/chain 1 5)
    #"Expected a function as the 2nd step of chain, actual nil." (d/chain 1 inc nil)
    #"Expected a function as the 2nd step of chain, actual nil." (d/chain 1 inc nil inc)
    #"Expected a function as the 3rd step of chain, actual nil." (d/chain' 1 inc inc nil)
    #"Expected a function as the next step of chain, actual nil." (d/chain 1 inc inc inc nil inc)
    #"Expected a function as the 1st step of chain, actual nil." (apply d/chain 1 [nil])
    #"Expected a function as the next step of chain, actual nil." (apply d/chain' 1 [inc inc inc inc nil]))
  (is (thrown? NullPointerException @(d/chain nil inc)))
  (is (= [nil 1] [@(d/chain nil identity) @(d/chain nil (constantly 0) inc)]))
  (let [d (d/deferred), result (d/chain d inc inc inc inc 1)]
    (d/success! d 1)
    (is (thrown-with-msg? IllegalArgumentException #"actual java.lang.Long" @result))))

(deftest what-is-no-deferred-is-refused-in-plain-words
  (are [message call] (thrown-with-msg? IllegalArgumentException message call)
    #"Expected a deferred for success!, actual clojure.core.promise.*; for a promise of Clojure use deliver."
    (d/success! (promise) 1)
    #"Expected a deferred for success!, actual nil." (d/success! nil 1 (Object.))
    #"Expected a deferred for error!, actual java.lang.Long." (d/error! 1 1)
    #"Expected a deferred for error!, actual java.lang.Long." (d/error! 1 1 (Object.))
    #"Expected a deferred for claim!, actual java.lang.Long." (d/claim! 1)
    #"Expected a deferred for on-realized, actual java.lang.Long." (d/on-realized 1 identity identity)
    #"Expected a deferred for realized[?], actual java.lang.Long." (d/realized? 5)
    #"Expected a deferred for add-listener!, actual java.lang.Long." (d/add-listener! 5 (d/listener identity))
    #"Expected a deferred for cancel-listener!, actual java.lang.Long." (d/cancel-listener! 5 (d/listener identity))
    #"Expected a listener, as leat.deferred/listener makes it, actual clojure.core.println."
    (d/add-listener! (d/deferred) println)
    #"Expected at least one value for alt." (d/alt)
    #"Expected at least one value for alt." (d/alt')))

(deftest errors-say-what-they-are
  (are [message error] (thrown-with-msg? ExceptionInfo message @(d/error-deferred error))
    #"^The deferred failed with :boom, which is no Throwable.$" :boom
    #"^The deferred failed with nil, which is no Throwable.$" nil
    #"^The deferred failed with \(0 1 2 3 4 5 6 7 8 9 ...\), which is no Throwable.$" (range)
    #"^The deferred failed with \"a{79}\.\.\., which is no Throwable.$" (apply str (repeat 100 \a))))

(deftest bindings-are-checked-as-in-let
  (are [message form] (thrown-with-msg? Throwable message
                                        (try (macroexpand-1 form) (catch Throwable e (throw (or (ex-cause e) e)))))
    #"let-flow requires an even number of forms in its binding vector, in " `(d/let-flow [a# 1 b#] a#)
    #"let-flow requires a vector for its bindings, in " `(d/let-flow (a# 1) a#)
    #"let-flow' requires a vector for its bindings, in " `(d/let-flow' a# 1)
    #"loop requires an even number of forms in its binding vector, in " `(d/loop [a# 0 b#] a#)
    #"loop requires a vector for its bindings, in " `(d/loop a# 0)))

(deftest listeners-of-all-kinds-are-taken-back
  (let [a (d/deferred), b (d/deferred), calls (atom [])
        own (d/listener #(swap! calls conj [:own %]) #(swap! calls conj [:error %]))
        foreign (reify Deferred$Listener
                  (onSuccess [_ x] (swap! calls conj [:foreign x]))
                  (onError [_ _]))]
    (doseq [d [a b], l [own foreign]]
      (is (true? (d/add-listener! d l))))
    (is (= [true false] [(d/cancel-listener! a own) (d/cancel-listener! a own)]) "though it was added elsewhere since")
    (is (= [true false] [(d/cancel-listener! b foreign) (d/cancel-listener! b foreign)]))
    (is (false? (d/cancel-listener! a :other)))
    (d/success! a 1)
    (d/success! b 2)
    (is (= [[:foreign 1] [:own 2]] @calls))
    (is (false? (d/cancel-listener! b own)))
    (d/add-listener! (d/error-deferred :e) own)
    (is (= [:error :e] (peek @calls)))))

(deftest many-listeners-are-taken-back
  (let [d (d/deferred), calls (atom 0)
        listeners (vec (repeatedly 100000 #(d/listener (fn [_] (swap! calls inc)))))]
    (run! #(d/add-listener! d %) listeners)
    (is (every? #(d/cancel-listener! d %) (pop listeners)))
    (d/success! d 1)
    (is (= 1 @calls))))

(defn- collected?
  "Whether all of `references` are garbage, soon."
  [references]
  (loop [tries 50]
    (System/gc)
    (cond
      (every? #(nil? (.get ^WeakReference %)) references) true
      (pos? tries) (recur (dec tries))
      :else false)))

(deftest nothing-is-kept-of-what-is-over
  (testing "the turns of a loop that goes on"
    (let [seen (atom []), current (atom nil)
          result (d/loop [i 0]
                   (if (< i 1000)
                     (let [d (d/deferred)]
                       (swap! seen conj (WeakReference. d))
                       (reset! current d)
                       (d/chain d (fn [_] (d/recur (inc i)))))
                     i))]
      (dotimes [_ 999] (d/success! @current 1))
      (is (not (d/realized? result)))
      (is (collected? (butlast @seen)))
      (d/success! @current 1)
      (is (= 1000 @result))))
  (testing "the middle of a chain"
    (let [seen (atom []), source (d/deferred)
          end (nth (iterate #(let [next (d/chain % inc)] (swap! seen conj (WeakReference. next)) next) source) 1000)]
      (d/success! source 0)
      (is (collected? (butlast @seen)))
      (is (= [0 1000] [@source @end]))))
  (testing "those who did not wait to the end"
    (let [source (d/deferred)
          seen (mapv (fn [_] (WeakReference. (doto (d/chain source (fn [x] x)) (d/timeout! 0 :late)))) (range 1000))]
      (is (collected? seen))
      (is (not (d/realized? source))))))

(deftest a-wait-that-nobody-needs-ends
  (testing "however what was coerced is given up"
    (doseq [give-up [(fn [chained clock]
                       (d/timeout! chained 1 :late)
                       (t/advance clock 1))
                     (fn [chained _] (.cancel ^Deferred chained true))]
            pending [(fn [wait]
                       (reify
                         IPending (isRealized [_] false)
                         IDeref (deref [_] (wait))
                         IBlockingDeref (deref [_ _ _] (wait))))
                     (fn [wait]
                       (reify Future (isDone [_] false) (get [_] (wait))))]]
      (let [clock (t/mock-clock), ended (promise), called (promise)
            chained (d/chain (pending #(try
                                         (.await (CountDownLatch. 1))
                                         (catch InterruptedException e
                                           (deliver ended true)
                                           (throw e))))
                             (fn [_] (deliver called true)))]
        (t/with-clock clock (give-up chained clock))
        (is (true? (deref ended 10000 :still-waiting)))
        (is (not (realized? called)))))
    (is (instance? IBlockingDeref (promise))))
  (testing "but a delay is not disturbed, since that would be its outcome"
    (let [begun (promise), go-on (promise)
          slow (delay (deliver begun true) @go-on)
          chained (d/chain slow inc)]
      @begun
      (.cancel ^Deferred chained true)
      (deliver go-on 1)
      (is (= 1 @slow)))))

(deftest cancellation-finds-what-came-out-of-another-deferred
  (doseq [wait-for [#(d/zip' %) #(d/zip %) #(d/zip' % (d/deferred)) #(d/alt' % (d/deferred)) #(d/alt % (d/deferred))]]
    (let [inner (d/chain (d/deferred) inc), outer (d/deferred), result (wait-for outer)]
      (d/success! outer inner)
      (.cancel ^Deferred result true)
      (is (d/realized? inner)))))

(deftest an-executor-that-fails-leaves-nobody-waiting
  (let [thrown (OutOfMemoryError. "unable to create native thread")
        d (d/deferred (reify Executor (execute [_ _] (throw thrown))))
        chained (d/chain d inc)]
    (is (true? (d/success! d 1)))
    (is (identical? thrown (d/error-value chained :none)))
    (is (.isDone (.toCompletableFuture ^Deferred d)))))

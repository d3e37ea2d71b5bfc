(ns leat.time-test
  (:require [clojure.test :refer [are deftest is testing]]
            [leat.deferred :as d]
            [leat.executor :as ex]
            [leat.test :as leat-test]
            [leat.time :as t])
  (:import [java.util.concurrent CancellationException CountDownLatch Executor Executors RejectedExecutionException]
           [leat.async Deferred]))

(set! *warn-on-reflection* true)

(def ^:dynamic *marker* :none)

(deftest units-are-in-milliseconds
  (are [expected actual] (= expected actual)
    0.5 (t/nanoseconds 500000)
    1.5 (t/microseconds 1500)
    2.0 (t/milliseconds 2)
    2000.0 (t/seconds 2)
    120000.0 (t/minutes 2)
    7200000.0 (t/hours 2)
    1.728e8 (t/days 2)
    10.0 (t/hz 100)
    1500000 (t/ms->nanos 1.5)))

(deftest durations-as-text
  (are [text ms] (= text (t/format-duration ms))
    "0s" 0
    "0s" 999
    "1s" 1500
    "1m" (t/minutes 1)
    "5d 3h 1m" (+ (t/days 5) (t/hours 3) (t/minutes 1))
    "1d 59s" (+ (t/days 1) (t/seconds 59))))

(defn- at-utc [text]
  (inst-ms (clojure.instant/read-instant-date text)))

(deftest timestamps-are-rounded-down
  (is (= 1000 (t/floor 1001 :second)))
  (is (= 60000 (t/floor (t/seconds 61) :minute)))
  (are [expected unit] (= (at-utc expected) (t/floor (at-utc "2026-11-21T17:45:12.345Z") unit))
    "2026-11-21T17:45:12.345Z" :millisecond
    "2026-11-21T17:45:12Z" :second
    "2026-11-21T17:45:00Z" :minute
    "2026-11-21T17:00:00Z" :hour
    "2026-11-21T00:00:00Z" :day
    "2026-11-16T00:00:00Z" :week
    "2026-11-01T00:00:00Z" :month)
  (is (thrown-with-msg? IllegalArgumentException #"Expected a unit among .*, actual :era\." (t/floor 0 :era))))

(deftest timestamps-are-added-to-by-the-calendar
  (are [expected value unit] (= (at-utc expected) (t/add (at-utc "2027-01-31T10:00:00Z") value unit))
    "2027-01-31T10:00:00.007Z" 7 :millisecond
    "2027-01-31T09:59:00Z" -1 :minute
    "2027-02-01T10:00:00Z" 1 :day
    "2027-02-14T10:00:00Z" 2 :week
    "2027-02-28T10:00:00Z" 1 :month))

(deftest in-on-the-real-clock
  (testing "the value of the function"
    (is (= 7 @(t/in 1 (constantly 7)))))
  (testing "its error"
    (is (thrown-with-msg? Exception #"as planned" @(t/in 1 #(throw (Exception. "as planned"))))))
  (testing "the value or error of its deferred"
    (is (= 7 @(t/in 0 #(t/in 1 (constantly 7)))))
    (is (thrown-with-msg? Exception #"as planned" @(t/in 1 #(d/error-deferred (Exception. "as planned"))))))
  (testing "at a timestamp"
    (let [timestamp (+ 5 (System/currentTimeMillis))]
      (is (<= timestamp (long @(t/at timestamp #(System/currentTimeMillis)))))
      (is (= :late @(t/at 0 (constantly :late)))))))

(deftest a-realized-deferred-cancels-its-function
  (let [clock (t/mock-clock)
        calls (atom 0)]
    (t/with-clock clock
      (doseq [end [#(d/success! % :cancel) #(d/error! % (Exception. "cancel"))]]
        (let [later (t/in 1 #(swap! calls inc))]
          (d/catch later (constantly nil))
          (end later)
          (t/advance clock 1)
          (is (= 0 @calls))
          (is (= 0 (.size clock)) "nothing is left behind"))))))

(deftest a-function-that-waits-for-its-executor-can-be-cancelled
  (let [queue (atom [])
        executor (reify Executor (execute [_ task] (swap! queue conj task)))
        clock (t/mock-clock)
        calls (atom 0)]
    (t/with-clock clock
      (let [later (ex/with-executor executor (t/in 1 #(swap! calls inc)))]
        (t/advance clock 1)
        (d/success! later :cancelled)
        (run! #(%) @queue)
        (is (= 0 @calls))
        (is (= :cancelled @later))))))

(deftest a-mock-clock-goes-on-by-hand
  (let [clock (t/mock-clock 10)
        calls (atom [])
        call #(swap! calls conj (t/now clock))]
    (t/with-clock clock
      (t/in 0 call)
      (is (= [10.0] @calls) "at once")
      (t/in 1.5 call)
      (t/in 1 call)
      (t/advance clock 1)
      (is (= [10.0 11.0] @calls))
      (t/advance clock 0.5)
      (is (= [10.0 11.0 11.5] @calls))
      (let [cancel (t/every 5 1 call)]
        (t/advance clock 12)
        (is (= [12.5 17.5 22.5] (drop 3 @calls)))
        (cancel)
        (t/advance clock 100)
        (is (= 6 (count @calls)))))))

(deftest every-counts-its-first-call
  (let [clock (t/mock-clock)
        calls (atom 0)]
    (t/with-clock clock (t/every 1 #(swap! calls inc)))
    (t/advance clock 5)
    (is (= 6 @calls))))

(deftest every-on-the-real-clock
  (let [latch (CountDownLatch. 5)
        cancel (t/every 0.5 #(.countDown latch))]
    (.await latch)
    (cancel)))

(deftest dynamic-bindings-are-conveyed
  (let [clock (t/mock-clock)
        seen (atom [])]
    (t/with-clock clock
      (binding [*marker* :here]
        (t/in 1 #(swap! seen conj *marker*))
        (t/every 10 2 #(swap! seen conj *marker*))
        (t/in 3 #(t/in 1 (fn [] (swap! seen conj (t/now clock)))))))
    (t/advance clock 5)
    (is (= [:here :here 4.0] @seen) "the clock is one of them")))

(deftest functions-run-on-the-executor-of-the-thread
  (let [executor (Executors/newSingleThreadExecutor (ex/thread-factory (constantly "mine") nil))
        thread-name #(.getName (Thread/currentThread))]
    (try
      (is (= "mine" (ex/with-executor executor @(t/in 1 thread-name))))
      (let [names (promise)
            seen (atom [])
            cancel (ex/with-executor executor
                     (t/every 0.1 #(when (= 3 (count (swap! seen conj (thread-name)))) (deliver names @seen))))]
        (is (= ["mine" "mine" "mine"] @names))
        (cancel))
      (finally (.shutdown executor)))
    (is (thrown? RejectedExecutionException (ex/with-executor executor @(t/in 1 thread-name)))
        "a refusal is the error of the deferred")))

(deftest every-ends-with-the-first-exception
  (let [calls (atom 0)
        queue (atom [])
        executor (reify Executor (execute [_ task] (swap! queue conj task)))
        run-all #(doseq [task (first (reset-vals! queue []))] (task))
        clock (t/mock-clock)]
    (t/with-clock clock
      (ex/with-executor executor
        (t/every 1 #(when (= 2 (swap! calls inc)) (throw (Exception. "as planned"))))))
    (run-all)
    (is (= 1 @calls))
    (t/advance clock 3)
    (is (= 1 (count @queue)) "never twice at once")
    (run-all)
    (is (= 2 @calls))
    (t/advance clock 10)
    (run-all)
    (is (= 2 @calls))
    (is (= 0 (.size clock)))))

;; ---- what goes wrong

(deftest errors-that-nobody-looks-at
  (let [clock (t/mock-clock)]
    (t/with-clock clock
      (leat-test/expect-dropped-errors 1
        (t/in 1 #(throw (Exception. "as planned: nobody looks")))
        (t/advance clock 1))
      (testing "an error that is given to cancel the function is no news"
        (leat-test/expect-dropped-errors 0
          (d/error! (t/in 1 (constantly 1)) (Exception. "as planned"))))
      (is (= 0 (.size clock))))))

(deftest a-cancelled-chain-cancels-its-function
  (let [clock (t/mock-clock)
        calls (atom 0)]
    (t/with-clock clock
      (let [later (t/in 1 #(swap! calls inc))
            chained (d/chain later inc)]
        (is (= 1 (.size clock)))
        (.cancel ^Deferred chained false)
        (is (= 0 (.size clock)))
        (t/advance clock 1)
        (is (= 0 @calls))
        (is (thrown? CancellationException @later))))))

(deftest mistakes-are-told-at-once
  (are [message form] (thrown-with-msg? IllegalArgumentException message form)
    #"Expected a function for in, actual nil\." (t/in 5 nil)
    #"Expected a function for every, actual java.lang.String\." (t/every 5 "x")
    #"Expected a function for in, actual java.lang.Long\." (t/at 5 7)
    #"Expected a period > 0 ms for every, actual 0\.0\." (t/every 0 (constantly 1))
    #"Expected a time >= 0 ms for advance, actual -1\." (t/advance (t/mock-clock) -1)))

(deftest refusals-are-told
  (let [refusing (reify Executor (execute [_ _] (throw (RejectedExecutionException. "as planned"))))
        clock (t/mock-clock)
        calls (atom 0)]
    (t/with-clock clock
      (ex/with-executor refusing
        (let [later (t/in 1 #(swap! calls inc))]
          (t/every 1 1 #(swap! calls inc))
          (t/advance clock 1)
          (is (thrown-with-msg? RejectedExecutionException #"as planned" @later)))))
    (is (= 0 @calls))
    (is (= 0 (.size clock)) "refused once, it ends")))

;; ---- the threads of the real clock

(deftest a-slow-callback-delays-nothing-else
  (let [gate (CountDownLatch. 1)
        begun (CountDownLatch. 40)
        wait (fn [& _] (.countDown begun) (.await gate))
        slow (doall (for [i (range 10)]
                      (do (t/every 1 wait)
                          (t/in 0 wait)
                          (d/on-realized (d/timeout! (d/deferred) 1 :late) wait wait)
                          (t/in 1 #(d/chain 1 wait)))))]
    (.await begun)
    (testing "while all forty wait, another function runs, another timeout comes"
      (is (= :in @(t/in 1 (constantly :in))))
      (is (= :late @(d/timeout! (d/deferred) 1 :late))))
    (.countDown gate)
    (run! deref slow)))

(deftest functions-run-on-threads-with-names
  (is (re-matches #"leat-timer-task-\d+" @(t/in 0 #(.getName (Thread/currentThread)))))
  (is (true? @(t/in 0 #(.isDaemon (Thread/currentThread))))))

(deftest a-repeated-function-that-throws-stops-only-itself
  (let [calls (atom 0)
        called (CountDownLatch. 1)
        others (CountDownLatch. 10)]
    (t/every 1 #(do (swap! calls inc) (.countDown called) (throw (Error. "as planned"))))
    (.await called)
    (let [cancel (t/every 1 #(.countDown others))]
      (.await others)
      (cancel))
    (is (= 1 @calls))))

(deftest tens-of-thousands-of-timers
  (let [n 20000
        timers (vec (for [i (range n)] (t/in (mod i 50) (constantly i))))]
    (doseq [i (range 0 n 2)] (d/success! (timers i) :cancelled))
    (is (= (for [i (range 1 n 2)] i) (map deref (take-nth 2 (rest timers)))))
    (is (every? #(or (= :cancelled %) (even? (long %))) (map deref (take-nth 2 timers))))))

(deftest a-scheduled-executor-as-a-clock
  (let [executor (Executors/newSingleThreadScheduledExecutor (ex/thread-factory (constantly "mine") nil))]
    (try
      (t/with-clock (t/scheduled-executor->clock executor)
        (is (= "mine" @(t/in 1 #(.getName (Thread/currentThread)))))
        (let [latch (CountDownLatch. 3)
              cancel (t/every 0.1 #(.countDown latch))]
          (.await latch)
          (is (true? (cancel)))))
      (finally (.shutdown executor)))
    (t/with-clock (t/scheduled-executor->clock executor)
      (is (thrown? RejectedExecutionException (t/in 1 (constantly 1)))))))

(deftest what-every-throws-on-an-executor-is-logged-at-once
  (let [log (java.util.logging.Logger/getLogger "leat.async")
        logged (promise)
        handler (proxy [java.util.logging.Handler] []
                  (publish [^java.util.logging.LogRecord entry] (deliver logged (ex-message (.getThrown entry))))
                  (flush [])
                  (close []))
        calls (atom 0)]
    (.addHandler log handler)
    (.setUseParentHandlers log false)
    (try
      (testing "long before the next call is due"
        (ex/with-executor (ex/fixed-thread-executor 1)
          (t/every (t/hours 1) (fn [] (throw (ex-info "boom" {}))))
          (is (= "boom" (deref logged 5000 :not-logged)))))
      (testing "and it is not called again"
        (let [clock (t/mock-clock)]
          (t/with-clock clock
            (ex/with-executor (reify Executor (execute [_ task] (.run task)))
              (t/every 10 (fn [] (swap! calls inc) (throw (ex-info "boom" {}))))
              (t/advance clock 100)
              (is (= 1 @calls))))))
      (finally
        (.setUseParentHandlers log true)
        (.removeHandler log handler)))))

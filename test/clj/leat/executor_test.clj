(ns leat.executor-test
  (:require [clojure.test :refer [deftest is testing]]
            [leat.deferred :as d]
            [leat.executor :as ex])
  (:import [java.lang.reflect Method]
           [java.util.concurrent CountDownLatch Executor ExecutorService RejectedExecutionException]
           [leat.async ExecutorStats$Metric InstrumentedExecutor InstrumentedExecutor$Controller]))

(set! *warn-on-reflection* true)

(defn- on
  "What `f` returns on `executor`."
  [executor f]
  (let [result (promise)]
    (.execute ^Executor executor #(deliver result (f)))
    @result))

(defn- thread-name [] (.getName (Thread/currentThread)))

(defn- shut [& executors]
  (run! #(.shutdownNow ^ExecutorService %) executors))

(deftest with-executor-is-for-the-body-and-the-thread
  (is (nil? (ex/executor)))
  (let [outer (reify Executor (execute [_ _])), inner (reify Executor (execute [_ _]))]
    (ex/with-executor outer
      (is (identical? outer (ex/executor)))
      (is (identical? outer (.get ^ThreadLocal ex/executor-thread-local)))
      (is (thrown? Exception (ex/with-executor inner (throw (Exception. "as planned")))))
      (is (identical? outer (ex/executor)))
      (is (nil? @(future (ex/executor))))
      (ex/with-executor nil (is (nil? (ex/executor)))))
    (is (nil? (ex/executor)))))

(deftest thread-factories
  (let [factory (ex/thread-factory (constantly "mine") (deliver (promise) :unused))
        thread (.newThread factory #(do))]
    (is (= "mine" (.getName thread)))
    (is (.isDaemon thread))
    (is (identical? (.getClassLoader (class ex/thread-factory)) (.getContextClassLoader thread))))
  (let [asked (promise)
        factory (ex/thread-factory (constantly "mine") nil 4096 false
                                   (fn [group target name stack-size]
                                     (deliver asked [name stack-size])
                                     (Thread. ^ThreadGroup group ^Runnable target "other" (long stack-size))))
        thread (.newThread factory #(do))]
    (is (= ["mine" 4096] @asked))
    (is (= "other" (.getName thread)))
    (is (not (.isDaemon thread)))))

(deftest what-a-task-makes-is-on-its-executor
  (let [executor (ex/fixed-thread-executor 1)
        other (ex/fixed-thread-executor 1 {:onto? false})]
    (is (identical? executor (on executor ex/executor)))
    (is (nil? (on other ex/executor)))
    (let [d (on executor d/deferred)
          name (promise)]
      (d/on-realized d (fn [_] (deliver name (thread-name))) identity)
      (d/success! d 1)
      (is (= (on executor thread-name) @name)))
    (shut executor other)))

(deftest a-fixed-executor-uses-all-its-threads
  (let [executor (ex/fixed-thread-executor 3)
        together (CountDownLatch. 3)]
    (dotimes [_ 3]
      (.execute executor #(do (.countDown together) (.await together))))
    (.await together)
    (dotimes [_ 1000] (.execute executor #(do)))
    (is (= 3 (.threadCount ^InstrumentedExecutor executor)))
    (shut executor)))

(deftest a-utilization-executor-has-no-queue
  (let [executor (ex/utilization-executor 0.9 2)
        gate (CountDownLatch. 1)]
    (dotimes [_ 2] (.execute executor #(.await gate)))
    (is (thrown? RejectedExecutionException (.execute executor #(do))))
    (.countDown gate)
    (shut executor)
    (is (thrown-with-msg? IllegalArgumentException #"utilization in \(0, 1\], actual 2" (ex/utilization-executor 2)))))

(deftest a-controller-decides
  (let [asked (promise)
        controller (reify InstrumentedExecutor$Controller
                     (shouldIncrement [_ n] (< n 2))
                     (adjustment [_ stats] (deliver asked (ex/stats->map stats)) 0))
        names (atom 0)
        executor (ex/instrumented-executor
                  {:controller controller, :control-period 1, :sample-period 1
                   :thread-factory (ex/thread-factory #(str "my-pool-" (swap! names inc)) nil)})]
    (is (contains? #{"my-pool-1" "my-pool-2"} (on executor thread-name)))
    (is (<= 0 (:num-workers @asked) 2))
    (shut executor)
    (is (thrown-with-msg? IllegalArgumentException #"Expected :controller or :max-threads" (ex/instrumented-executor {})))))

(deftest stats-come-as-maps
  (let [reported (promise)
        executor (ex/fixed-thread-executor 1 {:stats-callback #(deliver reported %), :sample-period 1, :control-period 5})
        stats @reported]
    (is (= #{:num-workers :queue-length :queue-latency :task-latency :task-arrival-rate :task-completion-rate
             :task-rejection-rate :utilization}
           (set (keys stats))))
    (is (= [0.5 0.9 0.95 0.99 0.999] (sort (keys (:queue-length stats)))))
    (testing "only what was asked for"
      (let [stats-of #(let [executor (ex/utilization-executor 0.5 1 {:metrics %, :stats-callback identity})]
                        (try
                          (ex/stats->map (.stats executor) [0.5])
                          (finally (shut executor))))]
        (is (= {:num-workers 0, :utilization {0.5 0.0}} (stats-of [ExecutorStats$Metric/UTILIZATION])))
        (is (= {:num-workers 0} (stats-of :none)))))
    (shut executor)))

(deftest the-two-pools
  (is (identical? (ex/wait-pool) (ex/wait-pool)))
  (is (re-matches #"leat-wait-\d+" (on (ex/wait-pool) thread-name)))
  (is (re-matches #"leat-execute-\d+" (on (ex/execute-pool) thread-name)))
  (is (nil? (on (ex/execute-pool) ex/executor)))
  (testing "as many tasks as one likes"
    (let [together (CountDownLatch. 50)]
      (dotimes [_ 50] (.execute (ex/wait-pool) #(do (.countDown together) (.await together))))
      (.await together)))
  (testing "callbacks make it measure"
    (let [metrics #(.metrics (.stats ^InstrumentedExecutor (ex/execute-pool)))
          callback identity]
      (ex/register-execute-pool-stats-callback callback)
      (ex/register-execute-pool-stats-callback callback)
      (is (seq (metrics)))
      (ex/unregister-execute-pool-stats-callback callback)
      (is (empty? (metrics)))
      (is (nil? (ex/register-wait-pool-stats-callback callback)))
      (is (nil? (ex/unregister-wait-pool-stats-callback callback))))))

(deftest options-of-executors
  (testing "a queue as long as asked for, then a refusal that says why"
    (let [gate (CountDownLatch. 1)
          executor (ex/fixed-thread-executor 1 {:queue-length 2})]
      (dotimes [_ 3] (.execute executor #(.await gate)))
      (is (thrown-with-msg? RejectedExecutionException #"All 1 threads .* queue of 2 is full"
                            (.execute executor #(do))))
      (.countDown gate)
      (shut executor)))
  (testing "without a queue and with one thread, like Manifold's default, with :max-threads instead of a controller"
    (let [gate (CountDownLatch. 1)
          executor (ex/instrumented-executor {:max-threads 1})]
      (.execute executor #(.await gate))
      (is (thrown? RejectedExecutionException (.execute executor #(do))))
      (.countDown gate)
      (shut executor)))
  (testing "threads are daemons with names, on the executor, unless a thread factory says otherwise"
    (let [executor (ex/utilization-executor 1.0)
          other (ex/utilization-executor 1.0 8 {:thread-factory (ex/thread-factory (constantly "mine") nil 0 false)})]
      (is (re-matches #"leat-pool-\d+-1" (on executor thread-name)))
      (is (true? (on executor #(.isDaemon (Thread/currentThread)))))
      (is (identical? executor (on executor ex/executor)))
      (is (= ["mine" false nil] (on other #(vector (thread-name) (.isDaemon (Thread/currentThread)) (ex/executor)))))
      (shut executor other)))
  (testing "a task that throws takes no thread with it"
    (let [executor (ex/fixed-thread-executor 1)
          before (on executor thread-name)]
      (.execute executor #(throw (Error. "as planned")))
      (is (= before (on executor thread-name)))
      (shut executor))))

(deftest what-is-measured
  (let [executor (ex/fixed-thread-executor 1 {:queue-length 1, :stats-callback identity, :sample-period 1})
        began (System/nanoTime)
        elapsed-ms #(/ (- (System/nanoTime) began) 1e6)
        spin (fn [] (let [start (System/nanoTime)] (while (< (- (System/nanoTime) start) 5000000))))
        metric #(get-in (ex/stats->map (.stats executor) [1.0]) [% 1.0])
        until-positive #(loop [] (when-not (pos? (double (metric %))) (recur)))]
    (testing "latencies are in milliseconds"
      (.execute executor spin)
      (on executor (constantly nil))
      (is (<= 5 (metric :task-latency) (elapsed-ms)))
      (is (<= 0 (metric :queue-latency) (metric :task-latency))))
    (testing "the rest is told at the next sample"
      (let [gate (CountDownLatch. 1), begun (CountDownLatch. 1)]
        (.execute executor #(do (.countDown begun) (.await gate)))
        (.await begun)
        (.execute executor #(do))
        (is (thrown? RejectedExecutionException (.execute executor #(do))))
        (run! until-positive [:queue-length :task-arrival-rate :task-rejection-rate :utilization])
        (is (= 1.0 (metric :queue-length)))
        (.countDown gate)
        (until-positive :task-completion-rate)))
    (shut executor)))

(deftest waiting-is-for-virtual-threads
  (is (= (<= 24 (.feature (Runtime/version)))
         (on (ex/wait-pool) #(boolean (when-let [virtual? (->> (.getMethods Thread)
                                                               (filter (fn [^Method m] (= "isVirtual" (.getName m))))
                                                               first)]
                                        (.invoke ^Method virtual? (Thread/currentThread) (object-array 0))))))))

(deftest options-are-checked
  (doseq [make [#(ex/instrumented-executor (assoc % :max-threads 1))
                #(ex/fixed-thread-executor 1 %)
                #(ex/utilization-executor 0.9 1 %)]]
    (is (thrown-with-msg? clojure.lang.ExceptionInfo #"Unknown option :queue-lenght .* Did you mean :queue-length\?"
                          (make {:queue-lenght 3})))
    (is (thrown-with-msg? clojure.lang.ExceptionInfo #"Option :onto\? .*expected true or false"
                          (make {:onto? 1})))))

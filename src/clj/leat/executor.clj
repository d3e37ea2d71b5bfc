(ns leat.executor
  "Executors that measure themselves, and the executor on which deferreds and streams are made.

  Two pools exist once somebody needs them: `wait-pool` for code that only waits (for a future, a blocking queue), and
  `execute-pool` for the bodies of `leat.deferred/future` and `leat.go-off/go-off`."
  (:import [java.util Collection]
           [java.util.concurrent ThreadFactory]
           [java.util.function Consumer]
           [leat.async CurrentExecutor ExecutorStats ExecutorStats$Metric InstrumentedExecutor
            WaitThreads]
           [leat.clj Options]))

(set! *warn-on-reflection* true)

;; ---- the executor of a thread

(def ^ThreadLocal executor-thread-local
  "The executor of each thread; see `executor`."
  (CurrentExecutor/threadLocal))

(defn executor
  "Returns the `java.util.concurrent.Executor` on which deferreds and streams that this thread makes call their
  callbacks, or nil when callbacks run on the thread that makes their event happen."
  {:inline (fn [] `(CurrentExecutor/get))}
  ^java.util.concurrent.Executor []
  (CurrentExecutor/get))

(defmacro with-executor
  "Returns what `body` gives. The deferreds and streams that it makes on this thread are on `executor`, or on none when
  that is nil."
  [executor & body]
  `(let [before# (CurrentExecutor/get)]
     (CurrentExecutor/set ~executor)
     (try
       ~@body
       (finally (CurrentExecutor/set before#)))))

(defn thread-factory
  "Returns a `java.util.concurrent.ThreadFactory`.

  - `name-generator`: a function of no arguments that returns the name of a new thread.
  - `executor-promise`: what a new thread derefs for its `executor`, which may be nil. Give nil instead for none.
  - `stack-size`: in bytes; nil or 0, the default, leaves it to the JVM.
  - `daemon?`: whether the JVM may end while such a thread runs; true by default.
  - `new-thread-fn`: a function `[group target name stack-size]` that returns the `Thread`."
  (^java.util.concurrent.ThreadFactory [name-generator executor-promise]
   (thread-factory name-generator executor-promise nil true nil))
  (^java.util.concurrent.ThreadFactory [name-generator executor-promise stack-size]
   (thread-factory name-generator executor-promise stack-size true nil))
  (^java.util.concurrent.ThreadFactory [name-generator executor-promise stack-size daemon?]
   (thread-factory name-generator executor-promise stack-size daemon? nil))
  (^java.util.concurrent.ThreadFactory [name-generator executor-promise stack-size daemon? new-thread-fn]
   (let [new-thread (or new-thread-fn
                        (fn [group target name stack-size]
                          (Thread. ^ThreadGroup group ^Runnable target ^String name (long stack-size) false)))
         ;; Where the code of this namespace comes from, not the loader of whoever happens to bring the task.
         loader (.getClassLoader (class thread-factory))]
     (reify ThreadFactory
       (newThread [_ task]
         (let [run (fn []
                     (when executor-promise (CurrentExecutor/set @executor-promise))
                     (.run task))]
           (doto ^Thread (new-thread nil run (name-generator) (or stack-size 0))
             (.setDaemon (boolean daemon?))
             (.setContextClassLoader loader))))))))

;; ---- stats

(def ^:private metric-keys
  "Metric, key of `stats->map`, and what its unit must be multiplied with: latencies are in milliseconds there."
  [[ExecutorStats$Metric/QUEUE_LENGTH :queue-length 1.0]
   [ExecutorStats$Metric/QUEUE_LATENCY :queue-latency 1e-6]
   [ExecutorStats$Metric/TASK_LATENCY :task-latency 1e-6]
   [ExecutorStats$Metric/TASK_ARRIVAL_RATE :task-arrival-rate 1.0]
   [ExecutorStats$Metric/TASK_COMPLETION_RATE :task-completion-rate 1.0]
   [ExecutorStats$Metric/TASK_REJECTION_RATE :task-rejection-rate 1.0]
   [ExecutorStats$Metric/UTILIZATION :utilization 1.0]])

(defn stats->map
  "Returns a map of what a `leat.async.ExecutorStats` holds: `:num-workers`, and for each metric a map from quantile
  to value. `:queue-length` is in tasks; `:queue-latency` and `:task-latency` (with the wait) in milliseconds;
  `:task-arrival-rate`, `:task-completion-rate` and `:task-rejection-rate` in tasks per second; `:utilization` of the
  threads from 0 to 1. `quantiles` are [0.5 0.9 0.95 0.99 0.999] by default."
  ([s] (stats->map s [0.5 0.9 0.95 0.99 0.999]))
  ([^ExecutorStats s quantiles]
   (into {:num-workers (.threadCount s)}
         (for [[^ExecutorStats$Metric metric k factor] metric-keys
               :when (.contains (.metrics s) metric)]
           [k (into {} (map (fn [q] [q (* (double factor) (.quantile s metric (double q)))])) quantiles)]))))

(defn- stats-consumer
  "A `Consumer` of `ExecutorStats` that calls `f` with the map."
  ^Consumer [f]
  (reify Consumer
    (accept [_ stats] (f (stats->map stats)))))

;; ---- making executors

(def ^:private pool-count (atom 0))

(defn- default-thread-factory
  ^ThreadFactory [executor-promise]
  (let [number (swap! pool-count inc)
        threads (atom 0)]
    (thread-factory #(str "leat-pool-" number "-" (swap! threads inc)) executor-promise)))

(defn instrumented-executor
  "Returns a `leat.async.InstrumentedExecutor`, which is a `java.util.concurrent.ExecutorService`. It throws a
  `RejectedExecutionException` when it can take no more tasks. What a task throws is logged.

  - `:thread-factory`: the `java.util.concurrent.ThreadFactory` of its threads; daemons by default.
  - `:queue-length`: how many tasks may wait; 0 by default.
  - `:stats-callback`: called every `:control-period` with a map as from `stats->map`, on a thread of its own.
  - `:sample-period`: how often to look at the queue and the threads, in milliseconds; 25 by default.
  - `:control-period`: how often to sum up, and to ask the controller, in milliseconds; 10000 by default.
  - `:controller`: the `leat.async.InstrumentedExecutor$Controller` that decides how many threads there are.
  - `:max-threads`: how many threads there may be; without limit by default. Needed when there is no `:controller`.
  - `:metrics`: a collection of `leat.async.ExecutorStats$Metric`, or :none; all of them by default.
  - `:initial-thread-count`: how many threads stay even if they are idle; 1 by default. Others end after 10 s.
  - `:onto?`: whether deferreds and streams that its tasks make are on this executor; true by default.

  Nothing is measured while there is neither a callback nor a controller."
  ^leat.async.InstrumentedExecutor
  [options]
  (let [{:keys [thread-factory queue-length stats-callback sample-period control-period controller metrics
                initial-thread-count max-threads onto?]}
        (Options/check 'leat.executor/instrumented-executor options)
        _ (when-not (or controller max-threads)
            (throw (IllegalArgumentException.
                    "Expected :controller or :max-threads for instrumented-executor, found neither.")))
        executor-promise (promise)
        builder (doto (InstrumentedExecutor/builder)
                  (.threadFactory (or thread-factory (default-thread-factory (when onto? executor-promise))))
                  (.queueLength (int queue-length))
                  (.samplePeriodMs (long sample-period))
                  (.controlPeriodMs (long control-period))
                  (.coreThreads (int initial-thread-count)))]
    (when controller (.controller builder controller))
    (when max-threads (.maxThreads builder (int (min (long max-threads) Integer/MAX_VALUE))))
    (when metrics (.metrics builder (if (identical? :none metrics) [] ^Collection metrics)))
    (let [executor (.build builder)]
      (deliver executor-promise executor)
      (when stats-callback (.addStatsListener executor (stats-consumer stats-callback)))
      executor)))

(defn fixed-thread-executor
  "Returns an executor with up to `num-threads` threads, each started with a task of its own, so that no task waits
  while there could be another thread. The queue is without limit, or as long as `:queue-length` says. `options` are
  those of `instrumented-executor`."
  (^leat.async.InstrumentedExecutor [num-threads] (fixed-thread-executor num-threads nil))
  (^leat.async.InstrumentedExecutor [num-threads options]
   (instrumented-executor
    (-> options
        (update :queue-length #(or % Integer/MAX_VALUE))
        (assoc :max-threads num-threads, :initial-thread-count num-threads)))))

(defn utilization-executor
  "Returns an executor without a queue: it starts a thread for each task that finds none idle, up to `max-threads`,
  which is without limit by default; beyond that it refuses. The last thread to fall idle gets the next task, and one
  that got none for 10 s ends, so that those that stay are busy. `utilization`, from 0 to 1, must be given for the sake
  of old programs and has no other effect. `options` are those of `instrumented-executor`."
  (^leat.async.InstrumentedExecutor [utilization] (utilization-executor utilization Integer/MAX_VALUE nil))
  (^leat.async.InstrumentedExecutor [utilization max-threads] (utilization-executor utilization max-threads nil))
  (^leat.async.InstrumentedExecutor [utilization max-threads options]
   (when-not (< 0 utilization 1.000001)
     (throw (IllegalArgumentException. (str "Expected utilization in (0, 1], actual " utilization "."))))
   (instrumented-executor (assoc options :queue-length 0, :max-threads max-threads))))

;; ---- the two pools

(defn- pool
  "A delay of a pool, and an atom with its stats callbacks: callback -> `Consumer`."
  [factory]
  {:pool (delay (utilization-executor 0.95 Integer/MAX_VALUE {:thread-factory (factory)}))
   :callbacks (atom {})})

(def ^:private wait (pool #(WaitThreads/factory "leat-wait-")))

(def ^:private execute
  (pool #(let [threads (atom 0)]
           (thread-factory (fn [] (str "leat-execute-" (swap! threads inc))) nil))))

(defn- register
  [{:keys [pool callbacks]} c]
  (let [consumer (stats-consumer c)
        [before] (swap-vals! callbacks #(if (contains? % c) % (assoc % c consumer)))]
    (when-not (contains? before c)
      (.addStatsListener ^InstrumentedExecutor @pool consumer))
    nil))

(defn- unregister
  [{:keys [pool callbacks]} c]
  (let [[before] (swap-vals! callbacks dissoc c)]
    (when-let [consumer (before c)]
      (.removeStatsListener ^InstrumentedExecutor @pool consumer))
    nil))

(defn wait-pool
  "Returns the executor for code that does little but wait. Its threads are virtual from JDK 24 on."
  ^java.util.concurrent.ExecutorService []
  @(:pool wait))

(defn execute-pool
  "Returns the executor for the bodies of `leat.deferred/future` and `leat.go-off/go-off`. It has as many threads as
  there are tasks."
  ^java.util.concurrent.ExecutorService []
  @(:pool execute))

(defn register-wait-pool-stats-callback
  "Returns nil. From now on calls `c` with the stats of `wait-pool`, as from `stats->map`, every 10 s."
  [c]
  (register wait c))

(defn unregister-wait-pool-stats-callback
  "Returns nil. Calls `c` no more with the stats of `wait-pool`."
  [c]
  (unregister wait c))

(defn register-execute-pool-stats-callback
  "Returns nil. From now on calls `c` with the stats of `execute-pool`, as from `stats->map`, every 10 s."
  [c]
  (register execute c))

(defn unregister-execute-pool-stats-callback
  "Returns nil. Calls `c` no more with the stats of `execute-pool`."
  [c]
  (unregister execute c))

(ns leat.time
  "Time: units, rounding, and functions that run later. The unit is the millisecond.

  Later means on the clock in `*clock*`. The usual one keeps time on a thread of its own and runs functions on others,
  so that a slow function delays nothing else. `mock-clock` goes on only when a test says so."
  (:require [clojure.string :as str]
            [leat.executor])
  (:import [clojure.lang Var]
           [java.lang System$Logger$Level]
           [java.time DayOfWeek Instant ZoneOffset ZonedDateTime]
           [java.time.temporal ChronoUnit TemporalAdjusters TemporalUnit]
           [java.util.concurrent Executor ScheduledExecutorService]
           [java.util.concurrent.atomic AtomicBoolean AtomicInteger AtomicReference]
           [leat.async CurrentExecutor Deferred ExecutorScheduler ManualScheduler ScheduledTask Scheduler Timeouts]))

(set! *warn-on-reflection* true)

;; ---- units

(defn nanoseconds "Returns `n` nanoseconds in milliseconds." [^double n] (/ n 1e6))
(defn microseconds "Returns `n` microseconds in milliseconds." [^double n] (/ n 1e3))
(defn milliseconds "Returns `n` milliseconds in milliseconds, as a double." [^double n] n)
(defn seconds "Returns `n` seconds in milliseconds." [^double n] (* n 1e3))
(defn minutes "Returns `n` minutes in milliseconds." [^double n] (* n 6e4))
(defn hours "Returns `n` hours in milliseconds." [^double n] (* n 36e5))
(defn days "Returns `n` days in milliseconds." [^double n] (* n 864e5))
(defn hz "Returns the period, in milliseconds, of what happens `n` times a second." [^double n] (/ 1e3 n))

(defn ms->nanos
  "Returns `ms` milliseconds in whole nanoseconds, rounded; at most some 292 years."
  ^long [^double ms]
  (Math/round (* ms 1e6)))

(defn format-duration
  "Returns the duration of `n` milliseconds as text in whole days, hours, minutes and seconds, such as \"5d 3h 1m\"."
  [^double n]
  (let [total (long (/ n 1e3))
        parts [["d" (quot total 86400)] ["h" (rem (quot total 3600) 24)] ["m" (rem (quot total 60) 60)]
               ["s" (rem total 60)]]
        text (str/join " " (for [[unit ^long amount] parts :when (pos? amount)] (str amount unit)))]
    (if (= "" text) "0s" text)))

(def ^:private units
  {:millisecond ChronoUnit/MILLIS, :second ChronoUnit/SECONDS, :minute ChronoUnit/MINUTES, :hour ChronoUnit/HOURS
   :day ChronoUnit/DAYS, :week ChronoUnit/WEEKS, :month ChronoUnit/MONTHS})

(defn- unit-of ^TemporalUnit [unit]
  (or (units unit)
      (throw (IllegalArgumentException. (str "Expected a unit among " (str/join " " (keys units)) ", actual " unit ".")))))

(defn- utc ^ZonedDateTime [timestamp]
  (.atZone (Instant/ofEpochMilli (long timestamp)) ZoneOffset/UTC))

(defn floor
  "Returns `timestamp`, in milliseconds since the epoch, rounded down to a whole `unit`: :millisecond, :second, :minute,
  :hour, :day, :week (which begins on Monday) or :month, in UTC.

      (floor 1001 :second) => 1000
      (floor (seconds 61) :minute) => 60000"
  [timestamp unit]
  (let [truncate #(.truncatedTo (utc timestamp) %)
        chrono (unit-of unit)
        ^ZonedDateTime floored (case unit
                                 :week (.with ^ZonedDateTime (truncate ChronoUnit/DAYS)
                                              (TemporalAdjusters/previousOrSame DayOfWeek/MONDAY))
                                 :month (.withDayOfMonth ^ZonedDateTime (truncate ChronoUnit/DAYS) 1)
                                 (truncate chrono))]
    (.toEpochMilli (.toInstant floored))))

(defn add
  "Returns `timestamp`, in milliseconds since the epoch, plus `value` times `unit`, as for `floor`, by the calendar in
  UTC: a month after 31 January is the last day of February."
  [timestamp value unit]
  (.toEpochMilli (.toInstant (.plus (utc timestamp) (long value) (unit-of unit)))))

;; ---- clocks

(def ^:dynamic *clock*
  "The `leat.async.Scheduler` that `in`, `at`, `every` and all timeouts of leat use."
  (Scheduler/system))

(defmacro with-clock
  "Returns what `body` gives, with `clock` as `*clock*`."
  [clock & body]
  `(binding [*clock* ~clock] ~@body))

(defprotocol IMockClock
  "A clock that can be moved by hand."
  (now [clock] "Returns the time of the clock, in milliseconds as a double.")
  (advance [clock time]
    "Returns nil. Moves the clock on by `time` milliseconds: not in one jump, but from one scheduled function to the
    next, and each runs, on this thread, with the clock at its time. For example, of

        (every 1 #(swap! counter inc))

    and five milliseconds the counter knows six runs: one at once, since the initial delay is 0, and one for each
    millisecond."))

(extend-type ManualScheduler
  IMockClock
  (now [clock] (/ (.nanos clock) 1e6))
  (advance [clock time]
    (when (neg? (double time))
      (throw (IllegalArgumentException. (str "Expected a time >= 0 ms for advance, actual " time "."))))
    (.advance clock (ms->nanos time))))

(defn mock-clock
  "Returns a clock for tests, at `initial-time` in milliseconds, 0 by default. Use it with `with-clock`, move it with
  `advance`. What is due at once runs before it is returned from `in` or `every`. Thread-safe."
  (^leat.async.ManualScheduler [] (mock-clock 0))
  (^leat.async.ManualScheduler [^double initial-time] (ManualScheduler. (ms->nanos initial-time))))

(defn scheduled-executor->clock
  "Returns a clock that leaves everything to a `ScheduledExecutorService`, whose threads run the functions. Once that
  has been shut down, `in`, `every` and timeouts throw its `RejectedExecutionException`."
  ^leat.async.Scheduler [^ScheduledExecutorService e]
  (ExecutorScheduler. e))

;; ---- later

(defn- conveying
  "A function that calls `f` with the dynamic bindings of the thread that is here now."
  [f]
  (let [frame (Var/cloneThreadBindingFrame)]
    (fn []
      (let [before (Var/getThreadBindingFrame)]
        (Var/resetThreadBindingFrame frame)
        (try
          (f)
          (finally (Var/resetThreadBindingFrame before)))))))

;; leat.deferred needs this namespace for its timeouts.
(def ^:private deferred (delay (requiring-resolve 'leat.deferred/deferred)))
(def ^:private connect (delay (requiring-resolve 'leat.deferred/connect)))

(defn- check-function [f caller]
  (when-not (ifn? f)
    (throw (IllegalArgumentException.
            (str "Expected a function for " caller ", actual " (if (nil? f) "nil" (.getName (class f))) ".")))))

(defn in
  "Returns a deferred of what the function `f` of no arguments will return, or will throw, in `interval` milliseconds;
  if `f` returns a deferred, of its value. When the deferred is realized or cancelled before that, `f` is not called.
  `f` runs on the executor of this thread if there is one (see `leat.executor`), else on a thread of the clock, with the
  dynamic bindings of now. If the executor refuses it, that is the error of the deferred."
  [^double interval f]
  (check-function f "in")
  (let [^Deferred d (@deferred)
        executor (CurrentExecutor/get)
        run (conveying #(when-not (.isRealized d)
                          (try
                            (@connect (f) d)
                            (catch Throwable e (.error d e)))))
        task (if executor
               #(try
                  (.execute executor run)
                  (catch Throwable e (.error d e)))
               run)]
    (Timeouts/cancelOnceRealized d (.schedule ^Scheduler *clock* (ms->nanos interval) task))
    d))

(defn- one-at-a-time
  "A function that has `executor` call `f`, never twice at once: a call that comes while another runs follows it. Once
  `f` has thrown, `failed` is called with that, and `f` no more."
  [^Executor executor f failed]
  (let [calls (AtomicInteger.)
        drain (fn []
                (when (try
                        (f)
                        true
                        (catch Throwable e
                          ;; The count stays above 0, so nobody else comes to call.
                          (failed e)
                          false))
                  (when-not (zero? (.decrementAndGet calls))
                    (recur))))]
    (fn []
      (when (zero? (.getAndIncrement calls))
        (.execute executor drain)))))

(defn- every-on
  "Like `every`, but `f` runs on `executor`. What it throws is logged there and then: the next call may be far off."
  [^Executor executor ^long initial-nanos ^long period-nanos f]
  (let [scheduled (AtomicReference.)
        failed? (AtomicBoolean.)
        cancel #(some-> ^ScheduledTask (.get scheduled) .cancel)
        failed (fn [^Throwable e]
                 (.log (System/getLogger "leat.async") System$Logger$Level/ERROR
                       "A repeated task, which will not run any more, threw an exception." e)
                 (.set failed? true)
                 (cancel))]
    (.set scheduled (.scheduleEvery ^Scheduler *clock* initial-nanos period-nanos (one-at-a-time executor f failed)))
    ;; It may have failed before it was known how to cancel it.
    (when (.get failed?) (cancel))
    cancel))

(defn every
  "Returns a function of no arguments that ends it: calls the function `f` of no arguments every `period` milliseconds,
  first in `initial-delay` milliseconds, 0 by default. It is never called twice at once; a call that comes late makes up
  for it. When `f` throws, or the executor refuses it, that is logged, and it is not called any more. Threads and bindings
  are as for `in`."
  ([period f] (every period 0 f))
  ([^double period ^double initial-delay f]
   (check-function f "every")
   (let [period-nanos (ms->nanos period)
         executor (CurrentExecutor/get)
         f (conveying f)]
     (when-not (pos? period-nanos)
       (throw (IllegalArgumentException. (str "Expected a period > 0 ms for every, actual " period "."))))
     (if executor
       (every-on executor (ms->nanos initial-delay) period-nanos f)
       (let [scheduled (.scheduleEvery ^Scheduler *clock* (ms->nanos initial-delay) period-nanos f)]
         #(.cancel scheduled))))))

(defn at
  "Returns a deferred as `in` does; `f` runs at `timestamp`, in milliseconds since the epoch, or at once if that is past."
  [^long timestamp f]
  (in (double (max 0 (- timestamp (System/currentTimeMillis)))) f))

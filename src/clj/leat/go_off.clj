(ns leat.go-off
  "`go` blocks of core.async over deferreds and streams: `(go-off (+ (<!? a) (<!? b)))`. Needs core.async, 1.6 or later,
  on the class path and loads it; no other namespace of leat does before it meets a channel."
  (:require [leat.deferred :as d]
            [leat.executor :as ex]
            [leat.stream :as s])
  (:import [clojure.lang Var]
           [java.io FileNotFoundException]
           [java.util.concurrent Executor]
           [leat.async Deferred]))

(set! *warn-on-reflection* true)

(try
  (require '[clojure.core.async.impl.ioc-macros :as ioc])
  (catch FileNotFoundException e
    ;; Missing itself, or missing something that it needs?
    (throw (if (re-find #"clojure/core/async" (str (ex-message e)))
             (ex-info (str "Expected core.async on the class path for leat.go-off, found none. "
                           "Add org.clojure/core.async, 1.6.681 or later, to the dependencies of the program.")
                      {:leat/error :missing-library, :library 'org.clojure/core.async} e)
             e))))

;; The compiler of `go` blocks stands in another namespace since core.async 1.8; what runs them stayed in ioc-macros.
(def ^:private state-machine
  (or (ns-resolve 'clojure.core.async.impl.ioc-macros 'state-machine)
      (requiring-resolve 'clojure.core.async.impl.go/state-machine)))

;; A block becomes a state machine, an array of objects. What belongs to the block itself is kept in its first user slot:
;; the deferred of its result.

(defn- result-of
  "The deferred of the result of the block whose machine is `state`."
  ^Deferred [state]
  (ioc/aget-object state ioc/USER-START-IDX))

(defn ^:no-doc return-deferred
  "Where a block ends: realizes its deferred."
  [state value]
  (doto (result-of state) (.success value)))

(defn ^:no-doc run-state-machine-wrapped
  "Runs a block until it ends or parks. What it throws is the error of its deferred."
  [state]
  (try
    (ioc/run-state-machine state)
    (catch Throwable e
      (.error (result-of state) e))))

(defn- resume-with
  "Makes the machine go on at block `blk` with `value` when it is run next."
  [state blk value]
  (ioc/aset-all! state ioc/VALUE-IDX value ioc/STATE-IDX blk))

(defn ^:no-doc take!
  "Where a block takes from `d`, which may be anything: goes on at once with a value that is there, or with the error, else
  parks until it is."
  [state blk d]
  (let [x (if (s/source? d) (s/take! d) d)]
    (if-not (d/deferrable? x)
      (do (resume-with state blk x) :recur)
      (let [d (d/->deferred x)
            outcome (d/success-value d (d/error-value d ::pending))]
        (if (identical? ::pending outcome)
          (let [go-on #(do (resume-with state blk %) (run-state-machine-wrapped state))]
            (d/on-realized d go-on go-on)
            nil)
          (do (resume-with state blk outcome) :recur))))))

(defn <!
  "Returns the value of a deferred, or the next message of a stream (nil when it is drained), or anything else as it is;
  an error is returned, not thrown. Only inside `go-off`, where it parks the block until there is a value; anywhere else
  it throws. Prefer `<!?`."
  [deferred-or-stream]
  (throw (IllegalStateException. "Expected <! and <!? directly inside a go-off block.")))

(defmacro <!?
  "Returns the value of a deferred, or the next message of a stream (nil when it is drained), or anything else as it is;
  throws the error of the deferred. Only inside `go-off`, where it parks the block until there is a value."
  [deferred-or-stream]
  `(let [taken# (<! ~deferred-or-stream)]
     (if (instance? Throwable taken#)
       (throw taken#)
       taken#)))

(def ^:no-doc async-custom-terminators
  "What ends a block of the state machine, for core.async's compiler."
  {'leat.go-off/<! `take!
   :Return `return-deferred})

(defn ^:no-doc start-block
  "Returns the deferred of the result of a block, unwrapped. `machine` makes its state machine; it begins on `executor`
  with the bindings of this thread."
  [^Executor executor machine]
  (let [d (d/deferred)
        frame (Var/cloneThreadBindingFrame)]
    (.execute executor #(-> (machine)
                            (ioc/aset-all! ioc/USER-START-IDX d ioc/BINDINGS-IDX frame)
                            run-state-machine-wrapped))
    (d/chain d)))

(defmacro go-off-with
  "Like `go-off`, but the body begins on `executor`."
  [executor & body]
  (let [;; The machine is compiled out of sight of the locals around it; these functions, called once, bring them in.
        crossing (zipmap (keys &env) (repeatedly gensym))]
    `(start-block ~executor
                  (^:once fn* []
                    (let [~@(mapcat (fn [[local sym]] [sym `(^:once fn* [] ~(vary-meta local dissoc :tag))]) crossing)
                          machine# ~(state-machine `(do ~@body) 1 [crossing &env] async-custom-terminators)]
                      (machine#))))))

(defmacro go-off
  "Returns a deferred of what `body` returns or throws; when that is a deferred, of its value. The body begins on
  `leat.executor/execute-pool`. `<!?` and `<!` in it, but not in functions it makes or calls, wait for deferreds and
  streams without holding a thread; the body then goes on, on the thread that realizes what it waited for. Code that
  blocks is welcome, at the price of a thread."
  [& body]
  `(go-off-with (ex/execute-pool) ~@body))

(ns leat.deferred
  "Values that come later: one value or one error each, `chain`ed, `zip`ped, raced, limited in time.

  A deferred is a `leat.async.Deferred`, which is a `java.util.concurrent.CompletionStage` and a `Future` as well. A
  deferrable is a deferred or what `->deferred` can make one of. The functions whose names end in ' know nothing but
  deferreds. Callbacks run on the thread that realizes what they wait for, or at once if that is realized already; those
  of a deferred that was made with an executor run there."
  (:refer-clojure :exclude [realized? loop future])
  (:require [leat.debug]
            [leat.executor :as ex]
            [leat.impl.flow :as flow]
            [leat.impl.tail :as tail]
            [leat.time :as time])
  (:import [clojure.lang MultiFn Var]
           [java.io Writer]
           [java.util.concurrent Executor]
           [leat.async CurrentExecutor Deferred Deferreds Derived Scheduler]
           [leat.clj Alt Awaited Callbacks Chain Coerce Connect DerivedPromise ErrorValue Flow Loop Promise Recover Recur
            Settled]))

(set! *warn-on-reflection* true)

(defprotocol Deferrable
  "What can become a deferred. Classes of the JDK, of Clojure and of core.async that can, need no extension; one that is
  made all the same takes precedence."
  (to-deferred [_] "Returns a deferred that will have the value or error of this."))

;; ---- looking

(definline realized?
  "Returns true if the deferred `x` has its value or error."
  [x]
  `(Callbacks/isRealized ~x))

(defn success-value
  "Returns the value of the deferred `x`, or `default-value` if it is pending or has failed. Never blocks."
  {:no-doc true
   :inline (fn [x default-value] `(.successValue ~(with-meta x {:tag `Deferred}) ~default-value))}
  [^Deferred x default-value]
  (.successValue x default-value))

(defn error-value
  "Returns the error of the deferred `x`, or `default-value` if it is pending or has succeeded. Never blocks."
  {:no-doc true}
  [^Deferred x default-value]
  (let [error (.errorValue x nil)]
    (if (nil? error) default-value (ErrorValue/raw error))))

(defmacro success-error-unrealized
  "Returns the value of one of three forms, by what `deferred` is now; two of them see its value or error by the name that
  is given before them."
  {:no-doc true}
  [deferred success-value success-clause error-value error-clause unrealized-clause]
  `(let [^Deferred d# ~deferred
         ~success-value (.successOrSelf d#)]
     (if (identical? d# ~success-value)
       (let [~error-value (.errorValue d# nil)]
         (if (nil? ~error-value)
           ~unrealized-clause
           (let [~error-value (ErrorValue/raw ~error-value)]
             ~error-clause)))
       ~success-clause)))

(defn on-realized
  "Returns `x`, a deferred. Once it is realized, `on-success` is called with its value, or `on-error` with its error. What
  they throw is logged."
  {:inline (fn [x on-success on-error] `(Callbacks/onRealized ~x ~on-success ~on-error))
   ::deferred-args true}
  [x on-success on-error]
  (Callbacks/onRealized x on-success on-error))

(definline deferred?
  "Returns true if `x` is a deferred."
  [x]
  `(instance? Deferred ~x))

(defn deferrable?
  "Returns true if `x` is a deferred, or `->deferred` can make one of it."
  [x]
  (Coerce/isDeferrable x))

(defn ->deferred
  "Returns a deferred that has, or will have, the value or error of `x`: of

  - a deferred: itself
  - what the protocol `Deferrable` is extended to
  - a `java.util.concurrent.CompletionStage` or `Future`; the cause counts, not a `CompletionException` or
    `ExecutionException` around it
  - what is pending in Clojure's sense, such as a promise or a delay, which this forces
  - a core.async channel: the next value that it gives, nil when it is closed; a throwable is an error.

  What can only be waited for by blocking is, on a thread of `leat.executor/wait-pool`; that ends, and nothing is taken
  from a channel, once nobody waits for the deferred any more. Anything else gives
  `default-val`, or without that an `IllegalArgumentException`."
  {::deferred-args true}
  ([x]
   (or (Coerce/toDeferred x)
       (throw (IllegalArgumentException.
               (str "Expected what can become a deferred, actual "
                    (if (nil? x) "nil" (.getName (class x))) ".")))))
  ([x default-val]
   (or (Coerce/toDeferred x) default-val)))

(defn unwrap'
  "Returns the value of the deferred `x`, and if that is a deferred again, of that, and so on; or the first one on the way
  that is pending or has failed. What is no deferred is returned as it is."
  {::deferred-args true}
  [x]
  (Deferreds/unwrap x))

(defn unwrap
  "Like `unwrap'`, but for all deferrables."
  {::deferred-args true}
  [x]
  (Coerce/unwrap x))

;; ---- making and realizing

(defn deferred
  "Returns a new pending deferred. Its callbacks run on `executor`, by default that of the current thread, see
  `leat.executor/executor`, or when there is none on the thread that realizes it. `deliver` works on it."
  {:inline (fn ([] `(Promise.)) ([executor] `(Promise. ~executor)))
   :inline-arities #{0 1}}
  (^Deferred [] (Promise.))
  (^Deferred [executor] (Promise. executor)))

(def ^:no-doc true-deferred- "A deferred with the value true." (Settled. true))
(def ^:no-doc false-deferred- "A deferred with the value false." (Settled. false))
(def ^:no-doc nil-deferred- "A deferred with the value nil." (Settled. nil))

(defn success-deferred
  "Returns a deferred that has the value `val`. Its callbacks run on `executor`, by default that of the current thread, or
  when there is none at once."
  (^Deferred [val] (success-deferred val (CurrentExecutor/get)))
  (^Deferred [val executor]
   (cond
     executor (doto (Promise. executor) (.success val))
     (nil? val) nil-deferred-
     (true? val) true-deferred-
     (false? val) false-deferred-
     :else (Settled. val))))

(defn error-deferred
  "Returns a deferred that has failed with `error`, usually a throwable. Its callbacks run on `executor`, by default that
  of the current thread, or when there is none at once."
  (^Deferred [error] (error-deferred error (CurrentExecutor/get)))
  (^Deferred [error executor]
   (if executor
     (doto (Promise. executor) (.error (ErrorValue/wrap error)))
     (Settled/because (ErrorValue/wrap error)))))

(defn success!
  "Returns true if this call gave `deferred` its value, `x`; false if it has its outcome already, or is claimed. With the
  token that `claim!` returned it is true, or an `IllegalStateException` if the token is not right. Callbacks run before
  it returns, unless they are on an executor."
  {::deferred-args true}
  ([deferred x] (.success (Callbacks/deferred deferred "success!") x))
  ([deferred x claim-token] (.success (Callbacks/deferred deferred "success!") x claim-token)))

(defn error!
  "Like `success!`, but `deferred` fails with `x`, usually a throwable. Any other value is thrown as the `:error` of an
  `ex-info`, but handlers get it as it is. A `java.util.concurrent.CancellationException` goes on to what `deferred` was
  made of, as far as nothing else waits for that."
  {::deferred-args true}
  ([deferred x] (.error (Callbacks/deferred deferred "error!") (ErrorValue/wrap x)))
  ([deferred x claim-token] (.error (Callbacks/deferred deferred "error!") (ErrorValue/wrap x) claim-token)))

(defn claim!
  "Returns a token, without which `deferred` cannot be realized from now on; nil if it is realized or claimed already."
  {::deferred-args true}
  [deferred]
  (.claim (Callbacks/deferred deferred "claim!")))

(defn listener
  "Returns a listener for `add-listener!`. It calls `on-success` with a value, or `on-error` with an error; by default
  errors are passed over."
  ([on-success] (listener on-success nil))
  ([on-success on-error] (Callbacks/listener on-success on-error)))

(defn add-listener!
  "Returns true. Has `listener` called once `deferred` is realized. Like `on-realized`, but can be taken back."
  {::deferred-args true}
  [deferred listener]
  (Callbacks/add deferred listener))

(defn cancel-listener!
  "Returns true if `listener`, which had been given to `add-listener!`, will not be called any more; false if it was not
  there or has been called."
  {::deferred-args true}
  [deferred listener]
  (Callbacks/cancel deferred listener))

(defn connect
  "Returns false if the deferred `b` is realized already, else true. `b` gets the value or error of `a`, a value or
  deferrable, once that is there. What happens to `b` does not travel back to `a`."
  {::deferred-args true}
  [a b]
  (when-not (deferred? b)
    (throw (IllegalArgumentException. "Expected a deferred as the second argument of connect.")))
  (Connect/connect a b))

(defn onto
  "Returns a deferred with the value or error of the deferred `d`, whose callbacks run on `executor`, also if it is
  realized already; or for nil on the thread that realizes it."
  {::deferred-args true}
  ^Deferred [d executor]
  (Connect/onto d executor))

(defn- run-on
  "Has `executor` realize `d` with what `f` returns or throws, with the dynamic bindings of now."
  [^Executor executor ^Deferred d f]
  (let [frame (Var/cloneThreadBindingFrame)]
    (.execute executor
              (fn []
                (when-not (.isRealized d)
                  (let [before (Var/getThreadBindingFrame)]
                    (Var/resetThreadBindingFrame frame)
                    (try
                      (.success d (f))
                      (catch Throwable e (.error d e))
                      (finally (Var/resetThreadBindingFrame before)))))))
    d))

(defmacro future-with
  "Returns a deferred with the value of `body`, which runs on `executor`, with the dynamic bindings of the current thread,
  unless the deferred has been realized before its turn comes."
  [executor & body]
  `(#'run-on ~executor (deferred) (fn [] ~@body)))

(defmacro future
  "Like `future-with`, on `leat.executor/execute-pool`."
  [& body]
  `(future-with (ex/execute-pool) ~@body))

;; ---- one after another

(defn- inline-chain [coerce? [x f g h & fs :as args]]
  (if (< 3 (count args))
    `(Chain/chain ~coerce? ~x ~f ~g ~h ~(when fs `(list ~@fs)))
    `(Chain/chain ~coerce? ~@args)))

(defn chain'
  "Like `chain`, but waits only for deferreds."
  {:inline (fn [& args] (inline-chain false args))
   :inline-arities pos?
   ::deferred-args true}
  (^Deferred [x] (Chain/chain false x))
  (^Deferred [x f] (Chain/chain false x f))
  (^Deferred [x f g] (Chain/chain false x f g))
  (^Deferred [x f g & fs] (Chain/chain false x f g (first fs) (next fs))))

(defn chain
  "Returns a deferred with what comes of `x` when it is given to `f`, the result of that to `g`, and so on. Each function
  is called with a plain value: `x` and all results may be deferrables, and are waited for. An error ends the chain. So
  does an outcome from outside, such as that of `timeout!`: functions that have not been called by then never are.

  As long as there is nothing to wait for, the functions run here, before `chain` returns; then, where that is realized
  for which they wait. What comes after a deferred with an executor, see `onto`, runs there in any case, except that
  nothing moves if that is the executor of this thread.

      @(chain 1 inc #(future (inc %)))  ; => 3"
  {:inline (fn [& args] (inline-chain true args))
   :inline-arities pos?
   ::deferred-args true}
  (^Deferred [x] (Chain/chain true x))
  (^Deferred [x f] (Chain/chain true x f))
  (^Deferred [x f g] (Chain/chain true x f g))
  (^Deferred [x f g & fs] (Chain/chain true x f g (first fs) (next fs))))

(defn- chain-into [f d x fs]
  (if (nil? d)
    (apply f x fs)
    (when-not (realized? d)
      (Connect/connect (apply f x fs) d)
      d)))

(defn chain'-
  "Like `chain'`, into the deferred `d` unless that is nil."
  {:no-doc true, :arglists '([d x] [d x f] [d x f g] [d x f g & fs]), ::deferred-args true}
  [d x & fs]
  (chain-into chain' d x fs))

(defn chain-
  "Like `chain`, into the deferred `d` unless that is nil."
  {:no-doc true, :arglists '([d x] [d x f] [d x f g] [d x f g & fs]), ::deferred-args true}
  [d x & fs]
  (chain-into chain d x fs))

(defn catch'
  "Like `catch`, but waits only for deferreds."
  {::deferred-args true}
  ([x error-handler] (catch' x nil error-handler))
  ([x error-class error-handler]
   (Recover/recover false (if (deferred? x) x (Settled. x)) error-class error-handler)))

(defn catch
  "Returns a deferred with the value of the deferrable `x`; or if that fails with an `error-class`, by default anything,
  with what `error-handler` returns when it is called with the error, which may be a deferrable again. What is no
  deferrable is returned as it is.

      (-> (chain d f g)
          (catch IOException (fn [e] \"no connection\")))"
  {::deferred-args true}
  ([x error-handler] (catch x nil error-handler))
  ([x error-class error-handler]
   (if-let [d (Coerce/toDeferred x)]
     (Recover/recover true d error-class error-handler)
     x)))

(defn finally'
  "Like `finally`, but takes only deferreds."
  {::deferred-args true}
  [x f]
  (Recover/afterwards x f))

(defn finally
  "Returns a deferred with the value or error of the deferrable `x`, once `f` has been called without arguments. When `f`
  throws, the deferred fails with that."
  {::deferred-args true}
  [x f]
  (Recover/afterwards (or (Coerce/toDeferred x) (Settled. x)) f))

;; ---- several at once

(defn zip'
  "Like `zip`, but waits only for deferreds."
  {::deferred-args true}
  ^Deferred [& vals]
  (Flow/zip false (object-array vals)))

(defn zip
  "Returns a deferred with a list of the values of `vals`, which may be deferrables, in their order; or with the first
  error, as soon as there is one."
  {::deferred-args true}
  ^Deferred [& vals]
  (Flow/zip true (object-array vals)))

(defn alt'
  "Like `alt`, but waits only for deferreds."
  {::deferred-args true}
  ^Deferred [& vals]
  (Alt/alt false (object-array vals)))

(defn alt
  "Returns a deferred with the value or error of that of `vals`, values or deferrables, which is there first. If several
  are there from the start, each has the same chance. The others go on."
  {::deferred-args true}
  ^Deferred [& vals]
  (Alt/alt true (object-array vals)))

(defn timeout!
  "Returns `d`. If it is a deferred and still pending in `interval` milliseconds, it gets `timeout-value`, or without that
  fails with a `java.util.concurrent.TimeoutException`. With nil as the interval it has all the time it wants. The clock
  is `leat.time/*clock*`. What `d` is made of hears of it, if nothing else waits for that and it cares; see
  `leat.async.Deferred/onAbandoned`."
  {::deferred-args true}
  ([d interval]
   (when (and interval (deferred? d) (not (realized? d)))
     (Deferreds/failAfter d ^Scheduler time/*clock* (time/ms->nanos interval) interval))
   d)
  ([d interval timeout-value]
   (when (and interval (deferred? d) (not (realized? d)))
     (Deferreds/succeedAfter d ^Scheduler time/*clock* (time/ms->nanos interval) timeout-value))
   d))

;; ---- loops and flows

(defn recur
  "Returns what makes `leat.deferred/loop` take another turn with `args`."
  ;; Not inlined: the compiler would take that for its own recur in this namespace.
  {:arglists '([& args])}
  ([] (Recur/of))
  ([a] (Recur/of a))
  ([a b] (Recur/of a b))
  ([a b c] (Recur/of a b c))
  ([a b c & more] (Recur/ofAll (list* a b c more))))

(defmacro loop
  "Returns a deferred with the value of `body`, with `bindings` as in Clojure's `loop`. When the value, or that of the
  deferred that it is, comes from `leat.deferred/recur`, there is another turn with those arguments. Only deferreds are
  waited for. When the deferred is realized from outside, there are no more turns.

      (loop [i 1000]
        (chain (future i)
          #(if (zero? %) % (recur (dec %)))))"
  [bindings & body]
  (flow/check-bindings &form bindings)
  (let [pairs (partition 2 bindings)
        params (repeatedly (count pairs) #(gensym "var"))
        body (concat (butlast body) [(tail/turn (set (keys &env)) (last body))])]
    `(Loop/start (leat.deferred/recur ~@(map second pairs))
                 (fn [~@params]
                   (clojure.core/loop [~@(interleave (map first pairs) params)]
                     ~@body)))))

(defmacro let-flow
  "Returns a deferred with the value of `body`, which may be a deferrable. `bindings` are those of `let`: names may be
  taken apart, and shadow earlier ones. In `body` and in the bindings, names stand for plain values: whatever uses a name
  that stands for a deferrable, be it from these bindings or from around, waits for its value first. Bindings that do not
  use each other do not wait for each other; `body` waits for all of them. Nothing changes threads for it: what has waited
  goes on where the last value was realized, or on the executor of the current thread, if there is one, with the dynamic
  bindings of the current thread.

  A name from around that is an argument of a function for deferreds, such as `alt` or `success!`, is not waited for: the
  function gets the deferred. The metadata `:leat.deferred/deferred-args` on a var makes its function one of those.

      (let-flow [x (future 1)
                 y (future (inc x))]
        (+ x y))  ; => a deferred with 3"
  {::flow true}
  [bindings & body]
  (flow/check-bindings &form bindings)
  (flow/expand true &env bindings body))

(defmacro let-flow'
  "Like `let-flow`, but waits only for deferreds."
  {::flow true}
  [bindings & body]
  (flow/check-bindings &form bindings)
  (flow/expand false &env bindings body))

;; ---- what the coercion and the printer need

(defn- from-channel [ch]
  ((requiring-resolve 'leat.impl.channel/->deferred) ch))

(defn- extended? [^Class type]
  (boolean (some #(extends? Deferrable %) (cons type (supers type)))))

(Coerce/install extended? #'to-deferred from-channel ex/wait-pool)

(add-watch #'Deferrable ::coercion (fn [_ _ _ _] (Coerce/forget)))

(defn- print-deferred [^Deferred d ^Writer w]
  (.write w "<< ")
  (.write w ^String (success-error-unrealized d
                      value (pr-str value)
                      error (str "ERROR: " (pr-str error))
                      "\u2026"))
  (.write w " >>"))

;; Each class by itself: then nobody who extends print-method to one of the interfaces makes the choice ambiguous.
(doseq [type [Deferred Derived Promise DerivedPromise Settled Awaited]]
  (.addMethod ^MultiFn print-method type print-deferred))

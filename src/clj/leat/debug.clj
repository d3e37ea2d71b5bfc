(ns leat.debug
  "Errors that nobody looks at, and what to do about them: each failed deferred whose error nobody has seen by the time
  that it is collected as garbage is reported once."
  {:no-doc true}
  (:import [java.util.concurrent.atomic AtomicLong]
           [leat.async DroppedErrors]))

(set! *warn-on-reflection* true)

(def ^:dynamic *dropped-error-logging-enabled?*
  "Whether dropped errors are reported. Asked on the thread that fails a deferred."
  true)

(defn enable-dropped-error-logging!
  "Has dropped errors reported, as they are by default."
  []
  (.bindRoot #'*dropped-error-logging-enabled?* true))

(defn disable-dropped-error-logging!
  "Has dropped errors not reported any more."
  []
  (.bindRoot #'*dropped-error-logging-enabled?* false))

(def ^:dynamic *leak-aware-deferred-rate*
  "Of how many deferreds that fail while nobody waits for them one is watched. 1, the default, means all. Asked on the
  thread that fails the deferred."
  1)

(defn set-leak-aware-deferred-rate!
  "Sets the root value of `*leak-aware-deferred-rate*` to `n`."
  [n]
  (.bindRoot #'*leak-aware-deferred-rate* n))

(defn trace-dropped-errors!
  "Switches on, or off, that a report says where the deferred failed, and where it was made, if that was after this
  call. That costs a stack trace for each deferred, and another for each that fails while nobody waits for it."
  [on?]
  (DroppedErrors/trace (boolean on?)))

(def dropped-errors
  "An atom with the number of dropped errors within `with-dropped-error-detection`, else nil."
  nil)

(defn log-dropped-error!
  "Reports a dropped error; `place`, if it is known, is a throwable whose trace says where the deferred failed, and that of its
  cause where it was made."
  ([error] (log-dropped-error! error nil))
  ([error place]
   (some-> dropped-errors (swap! inc))
   (DroppedErrors/log error place)))

(defn with-dropped-error-detection
  "Returns what `handle-dropped-errors` returns when it is called with the number of errors that were dropped while `f`, a
  function without arguments, ran. Each of them is logged. Collects garbage, and blocks until that is done; cannot be
  nested."
  [f handle-dropped-errors]
  (when dropped-errors
    (throw (IllegalStateException. "with-dropped-error-detection may not be nested.")))
  (DroppedErrors/flush)
  (let [counted (atom 0)]
    (with-redefs [dropped-errors counted]
      (f)
      (DroppedErrors/flush))
    (handle-dropped-errors @counted)))

(let [failures (AtomicLong.)]
  (defn- sampled? []
    (and *dropped-error-logging-enabled?*
         (let [rate (long *leak-aware-deferred-rate*)]
           (or (= 1 rate) (zero? (rem (.incrementAndGet failures) rate)))))))

(DroppedErrors/sample (reify java.util.function.BooleanSupplier (getAsBoolean [_] (boolean (sampled?)))))
(DroppedErrors/reportTo (reify java.util.function.BiConsumer
                          (accept [_ error place] (log-dropped-error! error place))))

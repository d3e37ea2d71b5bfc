(ns leat.impl.tail
  "Makes `leat.deferred/recur` cheap where it is the last thing that a turn of `leat.deferred/loop` does: there it becomes
  the `recur` of Clojure, and the turn ends without an object for its arguments."
  (:import [clojure.lang Var]))

(set! *warn-on-reflection* true)

(def ^:private macros
  "Macros of clojure.core that keep a last form last."
  '#{let when when-not if-not if-let when-let if-some when-some cond condp -> ->> when-first})

(defn- core-var? [locals op names]
  (and (symbol? op)
       (not (contains? locals op))
       (let [^Var v (try (resolve op) (catch Exception _ nil))]
         (and (var? v)
              (= "clojure.core" (str (.ns v)))
              (contains? names (.sym v))))))

(defn- recur-var? [op]
  (and (symbol? op)
       (namespace op)
       (let [v (try (resolve op) (catch Exception _ nil))]
         (and (var? v) (= 'leat.deferred/recur (.toSymbol ^Var v))))))

(declare turn)

(defn- turn-last [locals forms]
  (when (seq forms)
    (concat (butlast forms) [(turn locals (last forms))])))

(defn- turn-let [locals [bindings & body]]
  `(let* ~bindings ~@(turn-last (into locals (take-nth 2 bindings)) body)))

(defn turn
  "`form` with its calls of `leat.deferred/recur` in tail position made into `recur`, as far as they can be found.
  `locals` is a set of symbols."
  [locals form]
  (if-not (and (seq? form) (seq form))
    form
    (let [[op & args] form
          keep-meta #(with-meta % (meta form))]
      (cond
        (recur-var? op) (keep-meta `(recur ~@args))
        (= 'do op) (keep-meta `(do ~@(turn-last locals args)))
        (= 'if op) (keep-meta `(if ~(first args) ~@(map #(turn locals %) (rest args))))
        (= 'let* op) (keep-meta (turn-let locals args))
        (core-var? locals op macros) (turn locals (macroexpand-1 form))
        :else form))))

(ns leat.impl.flow
  "The expansion of `leat.deferred/let-flow`.

      (let-flow [x (f)            (let [flow1 (f)
                 y (g x)]               flow2 (wait for flow1, then (let [x its value] (g x)))]
        (+ x y))                    (wait for flow1 and flow2, then (let [x its value, y its value] (+ x y))))

  Destructuring is taken apart first, so that what a name stands for is waited for too. A local from outside is waited
  for by what uses it, unless its type says that there is nothing to wait for."
  (:require [leat.impl.locals :as locals])
  (:import [clojure.lang Compiler$LocalBinding]
           [leat.async Deferred]
           [leat.clj Flow]))

(set! *warn-on-reflection* true)

(defn check-bindings
  "Throws an `IllegalArgumentException` unless `bindings`, those of the macro call `form`, are a vector of pairs."
  [form bindings]
  (let [fail #(throw (IllegalArgumentException.
                      (str (name (first form)) " requires " % ", in " (ns-name *ns*)
                           (when-let [line (:line (meta form))] (str ":" line)) ".")))]
    (cond
      (not (vector? bindings)) (fail "a vector for its bindings")
      (odd? (count bindings)) (fail "an even number of forms in its binding vector"))))

(defn- plain?
  "Whether the compiler knows that a local is nothing that could come later."
  [local]
  (and (instance? Compiler$LocalBinding local)
       (try
         (let [^Compiler$LocalBinding local local]
           (and (.hasJavaClass local)
                (let [^Class type (.getJavaClass local)]
                  (or (.isPrimitive type)
                      (isa? type Number)
                      (contains? #{String Boolean Character clojure.lang.Keyword} type)))))
         (catch Exception _ false))))

(defn- outer-scope
  "The locals around the form."
  [env]
  (into {} (for [[sym local] env :when (not (plain? local))]
             [sym {:name sym, :source (gensym (str (name sym) "-flow")), :order -1, :outer? true}])))

(defn- once
  "`form`, coerced: what can be coerced but once, such as a channel, has several who wait for it."
  [coerce? form]
  (if (and coerce? (or (seq? form) (symbol? form)))
    `(Flow/once ~form)
    form))

(defn- values-array
  "A form for an array of the values of `forms`."
  [forms]
  (if (<= 1 (count forms) 4)
    `(Flow/array ~@forms)
    `(to-array [~@forms])))

(defn- wait-for
  "A form that waits for flows, and then evaluates `body` with their names bound to their values. `passed` are bound to
  what they are."
  [coerce? flows passed body]
  (let [values (with-meta (gensym "values") {:tag 'objects})
        flows (sort-by :order flows)]
    `(Flow/flow ~coerce? ~(values-array (map :source flows))
                (fn [~values]
                  (let [~@(mapcat (juxt :name :source) (remove :outer? (sort-by :order passed)))
                        ~@(mapcat (fn [n {:keys [name]}] [name `(aget ~values ~n)]) (range) flows)]
                    ~@body)))))

(defn- flow-binding
  "The flow for one binding, with the form for it, and the flows that it waits for."
  [coerce? scope env order [sym init]]
  (let [{:keys [used passed]} (locals/uses-of scope env [init])
        passed (remove :outer? passed)]
    {:name sym
     :source (gensym (str (name sym) "-flow"))
     :order order
     :used used
     :form (cond
             (seq used) (wait-for coerce? used passed [init])
             (seq passed) (once coerce? `(let [~@(mapcat (juxt :name :source) passed)] ~init))
             :else (once coerce? init))}))

(defn- id
  "What stands for a flow in scopes and answers."
  [flow]
  (select-keys flow [:name :source :order]))

(defn- flow-bindings
  "A flow for each pair of `bindings`, and the scope of the body."
  [coerce? env bindings]
  (loop [todo (partition 2 (destructure bindings)), scope (outer-scope env), flows []]
    (if (seq todo)
      (let [flow (flow-binding coerce? scope env (count flows) (first todo))]
        (recur (rest todo) (assoc scope (:name flow) (id flow)) (conj flows flow)))
      [flows scope])))

(defn expand
  "The form for (let-flow `bindings` `body`...), where `env` is the &env of the macro. What a binding throws makes the
  result fail."
  [coerce? env bindings body]
  (let [[flows scope] (flow-bindings coerce? env bindings)
        {:keys [used passed]} (locals/uses-of scope env body)
        declared (set (map id flows))
        outer (distinct (filter :outer? (concat used (mapcat :used flows))))]
    `(try
       (let [~@(mapcat (fn [{:keys [name source]}] [source (once coerce? name)]) outer)
             ~@(mapcat (juxt :source :form) flows)]
         ~(wait-for coerce? (into declared used) (remove declared passed) body))
       (catch Throwable e#
         (Deferred/failed e#)))))

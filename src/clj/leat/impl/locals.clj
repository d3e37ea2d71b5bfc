(ns leat.impl.locals
  "Which locals a form uses: the analysis behind `leat.deferred/let-flow`. Macros are expanded to find out, but the forms
  themselves are left as they are.

  A scope is a map from symbol to what stands for the local, here any value; what is not in it is of no interest. The
  answer is a map of two sets of those values: `:used`, and `:passed` for locals of which only the deferred itself is
  needed. That is so when a local is an argument of a function that takes deferreds (its var has the metadata
  `:leat.deferred/deferred-args`), or stands alone where its value is thrown away."
  (:import [clojure.lang Compiler Compiler$LocalBinding ISeq RT Symbol Var]))

(set! *warn-on-reflection* true)

(declare uses)

(def nothing
  "The answer for a form that uses no local of the scope."
  {:used #{}, :passed #{}})

(defn- join [a b]
  {:used (into (:used a) (:used b)), :passed (into (:passed a) (:passed b))})

(defn- uses-all [env forms]
  (transduce (map #(uses env %)) (completing join) nothing forms))

(defn- local-binding
  "What the compiler has in &env for a local of which nothing is known."
  [sym]
  (Compiler$LocalBinding. 0 sym nil nil false nil))

(defn- bind
  "`env` with locals that are new, and therefore not those of the scope."
  [env syms]
  (-> env
      (update :scope #(apply dissoc % syms))
      (update :locals into (map (juxt identity local-binding)) syms)))

(defn- passed [{:keys [scope]} sym]
  (if-let [[_ id] (find scope sym)]
    (assoc nothing :passed #{id})
    nothing))

(defn- uses-body
  "Uses of forms of which the last one gives the value."
  [env forms]
  (join (transduce (map #(if (symbol? %) (passed env %) (uses env %))) (completing join) nothing (butlast forms))
        (if (seq forms) (uses env (last forms)) nothing)))

(defn- uses-let [env [bindings & body]]
  (let [[env found] (reduce (fn [[env found] [sym init]]
                              [(bind env [sym]) (join found (uses env init))])
                            [env nothing]
                            (partition 2 bindings))]
    (join found (uses-body env body))))

(defn- uses-fn [env args]
  (let [[fn-name args] (if (symbol? (first args)) [[(first args)] (rest args)] [nil args])
        env (bind env fn-name)
        methods (if (vector? (first args)) [args] args)]
    (transduce (map (fn [[params & body]] (uses-body (bind env params) body))) (completing join) nothing methods)))

(defn- uses-letfn [env [bindings & body]]
  (let [env (bind env (take-nth 2 bindings))]
    (join (uses-all env (take-nth 2 (rest bindings))) (uses-body env body))))

(defn- uses-try [env forms]
  (let [clause #(when (seq? %) ('#{catch finally} (first %)))
        uses-clause (fn [[kind & args]]
                      (if (= 'catch kind)
                        (uses-body (bind env [(second args)]) (nnext args))
                        (uses-body env args)))]
    (transduce (map uses-clause) (completing join) (uses-body env (remove clause forms)) (filter clause forms))))

(defn- uses-case [env [expr _ _ default clauses]]
  (uses-all env (list* expr default (map second (vals clauses)))))

(defn- uses-dot [env [target member & args]]
  (let [call (if (seq? member) (rest member) args)]
    (uses-all env (cons target call))))

(defn- uses-reify [env [_ & methods]]
  (transduce (map (fn [[_ params & body]] (uses-body (bind env params) body))) (completing join) nothing
             (filter seq? methods)))

(defn- uses-special [env op args]
  (case op
    (quote var deftype* import* clojure.core/import*) nothing
    (let* loop*) (uses-let env args)
    fn* (uses-fn env args)
    letfn* (uses-letfn env args)
    try (uses-try env args)
    case* (uses-case env args)
    do (uses-body env args)
    new (uses-all env (rest args))
    . (uses-dot env args)
    reify* (uses-reify env args)
    def (uses-all env (rest args))
    (uses-all env args)))

(defn- every-symbol
  "For a form that cannot be expanded here: what it may use."
  [env form]
  (uses-all env (filter symbol? (tree-seq coll? seq form))))

(defn- expand [{:keys [locals]} form]
  (with-bindings {Compiler/LOCAL_ENV locals}
    (macroexpand-1 form)))

(defn- function-var
  "The var that a symbol at the head of a form stands for, or nil."
  ^Var [{:keys [locals]} op]
  (when (and (symbol? op) (not (contains? locals op)))
    (let [v (try (resolve op) (catch Exception _ nil))]
      (when (var? v) v))))

(defn- uses-call [env [op & args :as form]]
  (let [v (function-var env op)
        flow? (:leat.deferred/flow (meta v))]
    (cond
      ;; The names that it binds are those of a let, and nothing else matters here.
      flow? (uses env `(let ~@args))
      (:leat.deferred/deferred-args (meta v)) (transduce (map #(if (symbol? %) (passed env %) (uses env %)))
                                                         (completing join) nothing args)
      :else (let [expansion (if (and (symbol? op) (not (contains? (:locals env) op)))
                              (try (expand env form) (catch Throwable _ ::failed))
                              form)]
              (cond
                (= ::failed expansion) (every-symbol env form)
                (identical? expansion form) (join (if (symbol? op) (uses env op) (uses-all env [op]))
                                                  (uses-all env args))
                :else (uses env expansion))))))

(defn- uses
  [{:keys [scope] :as env} form]
  (cond
    (symbol? form) (if-let [[_ id] (find scope form)] (assoc nothing :used #{id}) nothing)
    (seq? form) (cond
                  (empty? form) nothing
                  (special-symbol? (first form)) (uses-special env (first form) (rest form))
                  (= 'clojure.core/import* (first form)) nothing
                  :else (uses-call env form))
    (map? form) (uses-all env (mapcat identity form))
    (coll? form) (uses-all env form)
    :else nothing))

(defn uses-of
  "The uses of `forms`, of which the last gives the value, where `scope` maps symbols to what stands for them, and
  `locals` is the &env of the macro that asks."
  [scope locals forms]
  (let [env (bind {:scope {}, :locals (or locals {})} (keys scope))
        {:keys [used passed]} (uses-body (assoc env :scope scope) forms)]
    {:used used, :passed (reduce disj passed used)}))

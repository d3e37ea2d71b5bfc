(ns manifold.deferred
  "As much of Manifold's namespace of this name as leat.manifold needs, for the build, which does without Manifold: the
  names and shapes are Manifold's, what is behind them is not."
  (:import [java.util.concurrent CompletableFuture CompletionException ExecutionException TimeUnit TimeoutException]
           [java.util.function BiConsumer]))

(definterface IDeferred
  (executor [])
  (^boolean realized [])
  (onRealized [on_success on_error]))

(definterface IMutableDeferred
  (success [x])
  (error [x]))

(defprotocol Deferrable
  (to-deferred [x] "Returns a deferred."))

(deftype Deferred [executor ^CompletableFuture outcome]
  IDeferred
  (executor [_] executor)
  (realized [_] (.isDone outcome))
  (onRealized [_ on-success on-error]
    (.whenComplete outcome (reify BiConsumer (accept [_ x e] (if e (on-error e) (on-success x))))))
  IMutableDeferred
  (success [_ x] (.complete outcome x))
  (error [_ x] (.completeExceptionally outcome x))
  clojure.lang.IDeref
  (deref [_] (try (.join outcome) (catch CompletionException e (throw (.getCause e)))))
  clojure.lang.IBlockingDeref
  (deref [_ timeout-ms timeout-val]
    (try
      (.get outcome timeout-ms TimeUnit/MILLISECONDS)
      (catch TimeoutException _ timeout-val)
      (catch ExecutionException e (throw (.getCause e))))))

(defn deferred
  ([] (deferred nil))
  ([executor] (->Deferred executor (CompletableFuture.))))

(defn success! [^IMutableDeferred d x] (.success d x))
(defn error! [^IMutableDeferred d e] (.error d e))
(defn success-deferred [x] (doto (deferred) (success! x)))

(definline on-realized [x on-success on-error]
  `(let [^manifold.deferred.IDeferred x# ~x]
     (.onRealized x# ~on-success ~on-error)
     x#))

(defn ->deferred [x]
  (if (instance? IDeferred x) x (to-deferred x)))

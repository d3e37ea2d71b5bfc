(ns leat.stream-leak-test
  "What is closed or abandoned is collected, though the bus or the stream that it was connected to lives on. The tests in
  Java of leat.async.AbandonedStreamTest have the transformations one by one."
  (:require [clojure.test :refer [deftest is]]
            [leat.bus :as b]
            [leat.stream :as s])
  (:import [java.lang.ref Reference WeakReference]))

(defn- collected?
  "Whether what all `references` refer to is collected; waits some seconds for it."
  [references]
  (loop [turns 100]
    (cond
      (every? #(nil? (.get ^WeakReference %)) references) true
      (zero? turns) false
      :else (do (System/gc) (recur (dec turns))))))

(deftest a-bus-keeps-nothing-of-those-who-have-gone
  (let [bus (b/event-bus)
        references (vec (for [i (range 50)]
                          (let [s (b/subscribe bus i)]
                            (b/publish! bus i i)
                            (s/close! s)
                            (s/weak-handle s))))]
    (is (= {} (b/topic->subscribers bus)))
    (is (collected? references))
    (Reference/reachabilityFence bus)))

(deftest a-stream-keeps-nothing-of-what-is-closed
  (let [s (s/stream* {:permanent? true})
        references (vec (for [f [#(s/map inc %) #(s/batch 2 %) #(s/zip % %) #(s/buffer 3 %) #(s/sliding-stream 3 %)]]
                          (let [end (f s)]
                            (s/close! end)
                            (s/weak-handle end))))]
    (is (nil? (s/downstream s)))
    (is (= 1 (count (:nodes (s/graph s)))))
    (is (collected? references))
    (Reference/reachabilityFence s)))

(deftest an-abandoned-web-of-streams-is-collected
  (let [references (vec (for [i (range 20)]
                          (let [s (s/stream 1), value (Object.)]
                            (s/connect (s/map identity s) (s/splice (s/stream) (s/buffer 2 s)))
                            (s/put! s value)
                            [(s/weak-handle s) (s/weak-handle value)])))]
    (is (collected? (flatten references)))))

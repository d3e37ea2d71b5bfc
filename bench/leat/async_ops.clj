(ns leat.async-ops
  "The operations that bench/async measures. Each entry of `operations` is a function that prepares one, and returns the
  function of no arguments that is timed."
  (:require [leat.deferred :as d]
            [leat.stream :as s]))

(def ^:private turns
  "How often an operation that is measured by turn or by message repeats in one call."
  1000)

(defn- sum-pending
  "What `let-flow` makes of two deferreds that are realized after it."
  []
  (let [a (d/deferred)
        b (d/deferred)
        sum (d/let-flow [x a, y b] (+ (long x) (long y)))]
    (d/success! a 1)
    (d/success! b 2)
    @sum))

(def ^:private deferreds
  {"create" (fn [] #(let [d (d/deferred)] (d/success! d 1) @d))
   "on-realized" (fn [] #(let [d (d/deferred)]
                           (d/on-realized d identity identity)
                           (d/success! d 1)))
   "chain-realized" (fn [] #(deref (d/chain (d/success-deferred 1) inc inc inc)))
   "chain-pending" (fn [] #(let [d (d/deferred)
                                 result (d/chain d inc inc inc)]
                             (d/success! d 1)
                             @result))
   "chain-plain" (fn [] #(deref (d/chain 1 inc inc inc)))
   "let-flow-realized" (fn [] #(deref (d/let-flow [x (d/success-deferred 1), y (d/success-deferred 2)]
                                        (+ (long x) (long y)))))
   "let-flow-pending" (fn [] sum-pending)
   "zip" (fn [] #(deref (d/zip (d/success-deferred 1) (d/success-deferred 2))))
   "catch" (fn [] #(deref (d/catch (d/success-deferred 1) identity)))
   "timeout" (fn [] #(let [d (d/timeout! (d/deferred) 10000)]
                       (d/success! d 1)
                       @d))
   "loop-plain" (fn [] #(deref (d/loop [i 0]
                                 (if (< (long i) (long turns)) (d/recur (inc (long i))) i))))
   "loop-chain" (fn [] #(deref (d/loop [i 0]
                                 (d/chain (d/success-deferred i)
                                          (fn [n] (if (< (long n) (long turns)) (d/recur (inc (long n))) n))))))})

(defn- consumed
  "A source of which all messages are taken and dropped."
  [source]
  (s/consume (fn [_]) source))

(def ^:private streams
  {"create-stream" (fn [] #(s/stream))
   "take-first" (fn []
                  (let [s (s/stream)]
                    #(let [taken (s/take! s)] (s/put! s 1) @taken)))
   "put-first" (fn []
                 (let [s (s/stream)]
                   #(do (s/put! s 1) @(s/take! s))))
   "buffered" (fn []
                (let [s (s/stream 1024)]
                  #(do (s/put! s 1) @(s/take! s))))
   "put-consumed" (fn []
                    (let [s (s/stream)]
                      (consumed s)
                      #(s/put! s 1)))
   "map-filter" (fn []
                  (let [s (s/stream)]
                    (consumed (s/filter some? (s/map inc s)))
                    #(s/put! s 1)))
   "connect" (fn []
               (let [a (s/stream), b (s/stream)]
                 (s/connect a b)
                 (consumed b)
                 #(s/put! a 1)))
   "buffer" (fn []
              (let [a (s/stream), b (s/buffer 1024 a)]
                #(do (s/put! a 1) @(s/take! b))))
   "batch" (fn []
             (let [a (s/stream)]
               (consumed (s/batch 64 a))
               #(s/put! a 1)))
   "reduce" (fn [] #(deref (s/reduce + 0 (s/->source (range turns)))))})

(defn prepare
  "The function of no arguments that is the operation called `op`."
  [op]
  (((merge deferreds streams) op)))

(ns leat.go-off-test
  (:require [clojure.test :refer [deftest is testing]]
            [leat.deferred :as d]
            [leat.executor :as ex]
            [leat.go-off :refer [<! <!? go-off go-off-with]]
            [leat.stream :as s])
  (:import [java.util.concurrent ExecutorService]))

(def ^:dynamic *marker* :none)

(deftest values-come-out
  (is (= 3 @(go-off (+ 1 2))))
  (is (nil? @(go-off nil)))
  (is (= [1 2 3] @(go-off [(<!? (d/success-deferred 1)) (<!? 2) (<!? (d/future 3))])))
  (testing "a deferred as the result is unwrapped, and so is what is taken"
    (is (= 5 @(go-off (go-off (go-off 5)))))
    (is (= 5 @(go-off (<!? (go-off (go-off 5)))))))
  (testing "in a loop and around locals"
    (is (= 10 (let [n 5] @(go-off (loop [i 0, sum 0] (if (< i n) (recur (inc i) (+ sum (<!? (d/future i)))) sum))))))))

(deftest it-parks-until-there-is-a-value
  (let [a (d/deferred), b (d/deferred)
        sum (go-off (+ (<!? a) (<!? b)))]
    (d/success! b 2)
    (is (not (d/realized? sum)))
    (d/success! a 1)
    (is (= 3 @sum))))

(deftest errors
  (is (thrown? ArithmeticException @(go-off (/ 1 0))))
  (is (thrown? ArithmeticException @(go-off (<!? (d/future (/ 1 0))))))
  (is (= :caught @(go-off (try (<!? (d/future (/ 1 0))) (catch ArithmeticException _ :caught)))))
  (is (instance? ArithmeticException @(go-off (<! (d/error-deferred (ArithmeticException. "as planned"))))))
  (testing "outside of a block"
    (is (thrown-with-msg? IllegalStateException #"directly inside a go-off block" (<! 1)))))

(deftest messages-of-a-stream
  (let [s (s/stream)
        taken (go-off [(<!? s) (<!? s) (<!? s)])]
    (s/put! s 1)
    (s/put! s 2)
    (s/close! s)
    (is (= [1 2 nil] @taken))))

(deftest threads-and-bindings
  (testing "it begins on the executor, and stays on the thread while everything is there"
    (let [executor (ex/fixed-thread-executor 1 {:thread-factory (ex/thread-factory (constantly "mine") nil)})]
      (is (= ["mine" "mine"] @(go-off-with executor [(.getName (Thread/currentThread))
                                                     (do (<!? (d/success-deferred 1)) (.getName (Thread/currentThread)))])))
      (.shutdown ^ExecutorService executor)))
  (testing "dynamic bindings"
    (let [gate (d/deferred)
          seen (binding [*marker* :here] (go-off [*marker* (do (<!? gate) *marker*)]))]
      (d/success! gate 1)
      (is (= [:here :here] @seen)))))

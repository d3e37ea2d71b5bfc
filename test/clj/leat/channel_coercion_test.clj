(ns leat.channel-coercion-test
  "Channels of core.async as deferrables. This namespace loads core.async; leat.deferred does not."
  (:require [clojure.core.async :as a]
            [clojure.java.shell :as shell]
            [clojure.test :refer [deftest is]]
            [leat.deferred :as d]
            [leat.time :as t])
  (:import [leat.async Deferred]))

(deftest a-channel-gives-its-next-value
  (let [c (a/chan 2)]
    (a/>!! c 1)
    (a/>!! c 2)
    (is (= [2 3] [@(d/chain c inc) @(d/chain c inc)]))
    (a/close! c)
    (is (nil? @(d/->deferred c))))
  (is (thrown-with-msg? clojure.lang.ExceptionInfo #"x" @(d/chain (a/go (ex-info "x" {})))))
  (let [c (a/chan)]
    (is (identical? c @(d/chain' 1 (constantly c))))))

(deftest a-flow-takes-from-a-channel-once
  (is (= 3 @(d/let-flow [x (a/go 1)
                         y (d/future (a/<!! (a/go (inc x))))]
              (+ x y)))))

(deftest leat-deferred-does-not-load-core-async
  (is (= 0 (:exit (shell/sh (str (System/getProperty "java.home") "/bin/java")
                                "-cp" (System/getProperty "java.class.path") "clojure.main" "-e"
                                (str "(require 'leat.deferred)"
                                     "(leat.deferred/chain {} identity)"
                                     "(System/exit (if (nil? (find-ns 'clojure.core.async)) 0 1))"))))))

(deftest a-chain-that-nobody-waits-for-takes-nothing-from-its-channel
  (doseq [give-up [(fn [d _] (.cancel ^Deferred d true))
                   (fn [d clock]
                     (d/timeout! d 1 :late)
                     (t/advance clock 1))]
          follow [#(d/chain % inc)
                  #(d/zip % (d/deferred))
                  d/->deferred]]
    (let [c (a/chan 5), clock (t/mock-clock)]
      (t/with-clock clock (give-up (follow c) clock))
      (a/offer! c 1)
      (is (= 1 (a/poll! c))))))

(ns leat.bus-test
  (:require [clojure.test :refer [deftest is]]
            [leat.bus :as b]
            [leat.deferred :as d]
            [leat.stream :as s]))

(deftest a-message-reaches-all-subscribers-of-its-topic
  (let [bus (b/event-bus), s1 (b/subscribe bus :a), s2 (b/subscribe bus :a), other (b/subscribe bus :b)
        published (b/publish! bus :a 1)]
    (is (= 1 @(s/take! s1)))
    (is (not (d/realized? published)) "the slowest holds it up")
    (is (= 1 @(s/take! s2)))
    (is (true? @published))
    (is (= ::none @(s/try-take! other nil 0 ::none)))))

(deftest nobody-listens
  (let [bus (b/event-bus)]
    (is (false? @(b/publish! bus :a 1)))
    (is (not (b/active? bus :a)))
    (is (nil? (b/downstream bus :a)))))

(deftest a-closed-subscription-leaves-nothing
  (let [bus (b/event-bus), s (b/subscribe bus :a), t (b/subscribe bus :a)]
    (is (b/active? bus :a))
    (is (= 2 (count (b/downstream bus :a))))
    (is (= [:a] (keys (b/topic->subscribers bus))))
    (s/close! s)
    (is (= 1 (count (b/downstream bus :a))))
    (s/close! t)
    (is (= {} (b/topic->subscribers bus)))
    (is (false? @(b/publish! bus :a 1)))))

(deftest closing-frees-who-has-published
  (let [bus (b/event-bus), s (b/subscribe bus :a)
        published (b/publish! bus :a 1)]
    (s/close! s)
    (is (= 1 @(s/take! s)))
    (is (true? @published))))

(deftest topics-are-equal-as-in-clojure
  (let [bus (b/event-bus #(s/stream 1)), s (b/subscribe bus (int 1))]
    (is (true? @(b/publish! bus 1 :x)))
    (is (= :x @(s/take! s)))
    (b/subscribe bus nil)
    (is (true? @(b/publish! bus nil :y)))))

(deftest what-is-no-bus-is-an-error-that-says-so
  (doseq [[caller f] {"publish!" #(b/publish! % :a 1), "subscribe" #(b/subscribe % :a)
                      "downstream or active?" #(b/active? % :a), "topic->subscribers" b/topic->subscribers}
          [x actual] {nil "nil", 5 "java.lang.Long", {} "clojure.lang.PersistentArrayMap"}]
    (is (= (str "Expected an event bus for " caller ", actual " actual ".")
           (try (f x) (catch IllegalArgumentException e (ex-message e))))))
  (is (thrown-with-msg? IllegalArgumentException #"^Expected a function as the first argument of event-bus, actual java.lang.Long\.$"
                        (b/event-bus 5))))

(defrecord Own []
  b/IEventBus
  (-publish [_ topic message] [topic message])
  (-subscribe [_ _] nil)
  (-downstream [_ _] nil)
  (-snapshot [_] {}))

(deftest a-bus-of-ones-own-is-a-bus
  (is (= [:a 1] (b/publish! (->Own) :a 1)))
  (is (not (b/active? (->Own) :a))))

(deftest a-bus-prints-how-many-listen
  (let [bus (b/event-bus)]
    (is (= "<< bus: {:topics 0, :subscribers 0} >>" (pr-str bus)))
    (run! #(b/subscribe bus %) [:a :a :b])
    (is (= "<< bus: {:topics 2, :subscribers 3} >>" (pr-str bus)))))

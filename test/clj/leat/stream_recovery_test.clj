(ns leat.stream-recovery-test
  "What goes on all the same, or comes to its end, when something around a stream throws, refuses, gives up or ends."
  (:require [clojure.test :refer [deftest is]]
            [leat.bus :as bus]
            [leat.deferred :as d]
            [leat.executor :as ex]
            [leat.stream :as s]
            [leat.time :as time])
  (:import [java.util Iterator]
           [java.util.concurrent ExecutorService Flow$Publisher Flow$Subscriber Flow$Subscription LinkedBlockingQueue]
           [leat.async Deferred Source Sources Stream]))

(defn- cancel! [^Deferred d]
  (.cancel d true))

(defn- publish-to
  "Subscribes to `source`; what comes gets into the atom `seen`. Returns the subscription, after a request for `n`."
  [source seen n on-next]
  (let [subscription (atom nil)]
    (.subscribe ^Flow$Publisher (Sources/publisher (s/->source source))
                (reify Flow$Subscriber
                  (onSubscribe [_ given]
                    (reset! subscription given)
                    (.request ^Flow$Subscription given n))
                  (onNext [_ x] (swap! seen conj x) (on-next x))
                  (onError [_ e] (swap! seen conj [:error (ex-message e)]))
                  (onComplete [_] (swap! seen conj :complete))))
    @subscription))

;; ---- whoever waits may be copied

(deftest a-subscription-that-is-cancelled-stays-so-whoever-else-gives-up
  (let [x (d/deferred), seen (atom [])
        a (d/chain x inc)
        ^Flow$Subscription subscription (publish-to x seen 1 identity)
        b (d/chain x dec)]
    (cancel! b)
    (cancel! a)
    (.cancel subscription)
    (d/success! x 1)
    (is (= [] @seen))))

(deftest concat-closes-its-part-whoever-else-gave-up
  (let [x (d/deferred), inner (s/stream), out (s/concat [x inner])
        taken (s/take! out)
        others [(d/chain x dec) (d/chain x dec)]]
    (cancel! (first others))
    (d/success! x 1)
    (is (= 1 @taken))
    (s/take! out)
    (s/close! out)
    (is (s/closed? inner))))

(deftest concat-passes-on-the-cause-of-the-end-of-a-part
  (let [cause (Exception. "cut"), part (s/stream), out (s/concat [part [1]]), taken (s/take! out ::none)]
    (.close ^Stream part cause)
    (is (= ::none @taken))
    (is (s/drained? out))
    (is (identical? cause (s/close-cause out)))))

;; ---- what refuses

(deftest connections-go-on-when-the-executor-refuses
  (let [pool (ex/fixed-thread-executor 1), a (s/stream), b (s/stream 0 nil pool), seen (atom [])
        c (s/stream 0 nil pool), sum (s/reduce + 0 c), subscribed (s/stream 0 nil pool)
        d (s/stream 0 nil pool), zipped (s/zip d [:x])]
    (s/connect a b)
    (s/put! a 1)
    (s/put! a 2)
    (publish-to subscribed seen 5 identity)
    (let [taken (s/take! zipped)]
      (.shutdown ^ExecutorService pool)
      (is (= 1 (deref (s/take! b) 1000 ::pending)))
      (is (= 2 (deref (s/take! b) 1000 ::pending)))
      (run! #(s/put! c %) [1 2])
      (s/close! c)
      (is (= 3 (deref sum 1000 ::pending)))
      (s/put! subscribed 1)
      (is (= [1] @seen))
      (s/put! d 1)
      (is (= [1 :x] (deref taken 1000 ::pending))))))

;; ---- what throws

(deftest a-subscriber-that-throws-is-the-end-of-its-source
  (let [a (s/stream 5), seen (atom [])]
    (publish-to a seen 10 (fn [_] (throw (Exception. "broken"))))
    (s/put! a 1)
    (is (s/closed? a))
    (is (= "broken" (ex-message (s/close-cause a))))
    (is (false? @(s/put! a 2)))
    (is (= [1] @seen))))

(deftest put-all-of-what-throws-is-an-error
  (let [broken (fn [_] (throw (Exception. "broken")))]
    (is (= "broken" (ex-message (d/error-value (s/put-all! (s/stream 5) (map broken [1])) nil))))
    (is (= "broken" (ex-message (d/error-value (s/put-all! (s/stream 5) (reify Iterable (iterator [this] (broken this))))
                                               nil))))))

(deftest what-a-transducer-throws-is-the-error-of-one-put-into-a-permanent-stream
  (let [s (s/stream* {:permanent? true, :xform (map inc)}), taken (s/take! s)]
    (is (thrown? ClassCastException @(s/put! s "x")))
    (is (not (s/closed? s)))
    (is (true? @(s/put! s 1)))
    (is (= 2 (deref taken 1000 ::pending)))))

(deftest a-message-that-is-lost-for-a-subscriber-is-an-error
  (let [bus (bus/event-bus)]
    (bus/subscribe bus :a)
    (dotimes [_ Stream/MAX_PENDING] (bus/publish! bus :a 1))
    (is (instance? IllegalStateException (d/error-value (bus/publish! bus :a 2) nil)))))

;; ---- what is withdrawn

(deftest the-value-of-a-deferred-outlives-a-take-that-gave-up
  (let [x (d/deferred), source (s/->source x)]
    (is (= ::late @(s/try-take! source ::none 1 ::late)))
    (is (not (s/drained? source)))
    (let [taken (s/try-take! source ::none 60000 ::late)]
      (d/success! x 7)
      (is (= 7 (deref taken 1000 ::pending))))
    (is (s/drained? source))
    (is (= ::none @(s/take! source ::none))))
  (let [x (d/deferred), source (s/->source x)]
    @(s/try-take! source 1)
    (d/success! x 7)
    (is (= 7 @(s/take! source))))
  (let [source (s/->source (d/deferred)), taken (s/try-take! source ::none 60000 ::late)]
    (.close ^Source source)
    (is (= ::none (deref taken 1000 ::pending)) "closed meanwhile")))

(deftest a-stream-is-drained-when-its-last-put-is-withdrawn
  (let [clock (time/mock-clock)]
    (time/with-clock clock
      (doseq [late? [false true]]
        (let [s (s/stream), told (atom 0)
              listen #(s/on-drained s (fn [] (swap! told inc)))]
          (when-not late? (listen))
          (s/try-put! s 1 10)
          (s/try-put! s 2 20)
          (s/close! s)
          (when late? (listen))
          (time/advance clock 10)
          (is (= 0 @told))
          (time/advance clock 10)
          (is (= 1 @told))
          (is (s/drained? s)))))))

(deftest puts-that-were-withdrawn-are-not-pending
  (let [s (s/buffered-stream count 1)]
    @(s/try-put! s "xxx" 1)
    (is (= 0 (:pending-puts (s/description s))))
    (s/put! s "x")
    (is (= 1 (:pending-puts (s/description s))))))

;; ---- what waits for itself

(deftest a-queue-that-is-closed-while-a-take-looks-ends-the-take
  (let [source (atom nil)
        queue (proxy [LinkedBlockingQueue] [] (poll ([] (s/close! @source) nil) ([_ _] nil)))]
    (reset! source (s/->source queue))
    (is (= ::end (deref (s/take! @source ::end) 2000 ::pending)))))

(deftest a-callback-of-an-iterator-may-wait-for-the-next-value
  (let [source (s/->source (.iterator ^Iterable [1 2 3])), seen (promise)]
    (d/on-realized (s/take! source)
                   (fn [v] (deliver seen [v (deref (s/take! source) 2000 ::stuck) (deref (s/take! source) 2000 ::stuck)]))
                   identity)
    (is (= [1 2 3] (deref seen 5000 ::none)))))

(deftest an-iterator-is-never-called-by-two
  (let [inside (atom 0), most (atom 0), n (atom 0)
        source (s/->source (reify Iterator
                             (hasNext [_] (< @n 2000))
                             (next [_]
                               (swap! most max (swap! inside inc))
                               (let [x (swap! n inc)]
                                 (swap! inside dec)
                                 x))))
        seen (atom []), done (d/deferred)]
    (letfn [(step [x]
              (if (= x ::end)
                (d/success! done true)
                (do (swap! seen conj x)
                    (let [y (if (zero? (mod x 7)) (deref (s/take! source ::end) 2000 ::stuck) ::none)]
                      (when-not (= y ::none) (when-not (= y ::end) (swap! seen conj y))))
                    (d/on-realized (s/take! source ::end) step identity))))]
      (d/on-realized (s/take! source ::end) step identity))
    (is (true? (deref done 20000 ::stuck)))
    (is (= (range 1 2001) @seen))
    (is (= 1 @most))))

;; What is put off, see Detour.
(deftest what-has-been-put-off-is-done-before-a-callback-blocks
  (let [in (s/stream), tail (nth (iterate #(s/map identity %) in) 100)
        streams (vec (repeatedly 40 s/stream)), outer (s/stream), seen (promise)]
    (s/put! in 0)
    (is (= 0 @(s/take! tail)))
    (doseq [[a b] (partition 2 1 streams)]
      (s/on-closed a #(s/close! b)))
    (s/on-closed (peek streams) #(s/put! in 1))
    (s/consume (fn [_]
                 (s/close! (first streams))
                 (deliver seen (deref (s/take! tail) 2000 ::stuck)))
               outer)
    (s/put! outer 1)
    (is (= 1 (deref seen 0 ::none)))))

;; ---- options

(deftest a-connection-without-limit
  (doseq [timeout [-1 nil]]
    (let [a (s/stream), b (s/stream)]
      (s/connect a b {:timeout timeout})
      (s/put! a 1)
      (is (not (s/closed? b)))
      (is (= 1 @(s/take! b))))))

(deftest no-change-of-metadata-gets-lost
  (let [view (s/source-only (s/stream))
        change #(future (dotimes [_ 20000] (alter-meta! view update :n (fnil inc 0))))]
    (run! deref [(change) (change)])
    (is (= 40000 (:n (meta view))))))

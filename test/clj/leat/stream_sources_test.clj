(ns leat.stream-sources-test
  "What becomes a source or a sink by itself: how each kind ends, and what it does to what is underneath."
  (:require [clojure.core.async :as async]
            [clojure.test :refer [are deftest is]]
            [leat.deferred :as d]
            [leat.stream :as s])
  (:import [java.io ByteArrayInputStream ByteArrayOutputStream]
           [java.util ArrayList Iterator]
           [java.util.concurrent CompletableFuture Flow$Publisher Flow$Subscriber Flow$Subscription
            LinkedBlockingQueue SubmissionPublisher]
           [leat.async Sinks]))

(defn- values
  "All values of the source that `x` becomes."
  [x]
  (doall (s/stream->seq (s/->source x))))

(defn- subscriber
  "A Flow.Subscriber that asks for everything and keeps what it gets in the atom `seen`."
  [seen]
  (reify Flow$Subscriber
    (onSubscribe [_ subscription] (.request ^Flow$Subscription subscription Long/MAX_VALUE))
    (onNext [_ x] (swap! seen conj x))
    (onError [_ e] (swap! seen conj [:error (ex-message e)]))
    (onComplete [_] (swap! seen conj :complete))))

(deftest each-kind-is-a-source-of-its-values
  (are [x] (= [1 2 3] (values x))
    (async/to-chan! [1 2 3])
    [1 2 3]
    (sorted-set 3 2 1)
    (seq [1 2 3])
    (into-array [1 2 3])
    (int-array [1 2 3])
    (ArrayList. [1 2 3])
    (.iterator (ArrayList. [1 2 3]))
    (.stream (ArrayList. [1 2 3]))
    (java.util.stream.IntStream/rangeClosed 1 3)
    (reify Iterable (iterator [_] (.iterator (ArrayList. [1 2 3])))))
  (is (= [[:a 1]] (values {:a 1})))
  (is (= [nil 1 nil] (values [nil 1 nil]))))

(deftest an-endless-sequence-is-taken-as-far-as-it-is-wanted
  (is (= [1 2 3] (take 3 (s/stream->seq (s/->source (iterate inc 1)))))))

(deftest what-gives-one-value-is-a-source-of-it
  (are [x] (= [1] (values x))
    (d/success-deferred 1)
    (d/future 1)
    (CompletableFuture/completedFuture 1)
    (future 1)
    (doto (promise) (deliver 1))
    (delay 1))
  (let [d (d/deferred), source (s/->source d), taken (s/take! source)]
    (is (not (d/realized? taken)))
    (d/success! d 1)
    (is (= 1 @taken))
    (is (s/drained? source)))
  (is (thrown-with-msg? Exception #"broken" @(s/take! (s/->source (d/error-deferred (Exception. "broken")))))))

(deftest a-queue-is-a-source-that-never-ends
  (let [queue (LinkedBlockingQueue. [1 2]), source (s/->source queue)]
    (is (= [1 2] (s/stream->seq source 1)))
    (.put queue 3)
    (is (= 3 @(s/take! source)))
    (is (not (s/drained? source)))
    (is (s/synchronous? source))
    (s/close! source)
    (is (s/drained? source))))

(deftest closing-a-source-closes-its-channel
  (let [ch (async/chan 1), source (s/->source ch)]
    (s/close! source)
    (is (not (async/put! ch 1)))
    (is (not (s/synchronous? source)))))

(deftest a-channel-is-fed-and-feeds
  (let [in (async/chan), out (async/chan)]
    (s/connect (s/map inc in) out)
    (async/onto-chan! in (range 100))
    (is (= (range 1 101) (async/<!! (async/into [] out))) "and the end goes through")))

(deftest publishers-are-sources-and-sources-are-publishers
  (let [publisher (SubmissionPublisher.), source (s/->source publisher)
        taken (d/future (doall (s/stream->seq source)))]
    (run! #(.submit publisher %) (range 100))
    (.close publisher)
    (is (= (range 100) @taken)))
  (let [publisher (SubmissionPublisher.), source (s/->source publisher)]
    (.closeExceptionally publisher (Exception. "broken"))
    (is (nil? @(s/take! source)))
    (is (= "broken" (ex-message (s/close-cause source)))))
  (let [seen (atom []), s (s/stream)]
    (.subscribe ^Flow$Publisher (s/map inc s) (subscriber seen))
    @(s/put-all! s [1 2])
    (s/close! s)
    (is (= [2 3 :complete] @seen))))

(deftest subscribers-are-sinks-and-sinks-can-subscribe
  (let [seen (atom [])]
    (s/connect [1 2] (subscriber seen))
    (is (= [1 2 :complete] @seen)))
  (is (s/sinkable? (subscriber (atom []))))
  (let [publisher (SubmissionPublisher.), sink (s/stream)]
    (.subscribe publisher (Sinks/subscriber sink))
    (.submit publisher 1)
    (.close publisher)
    (is (= [1] (values sink)))))

(deftest bytes-come-from-input-streams-and-go-into-output-streams
  (let [in (ByteArrayInputStream. (.getBytes (apply str (repeat 5000 "abc")))), out (ByteArrayOutputStream.)]
    (is (true? @(s/drain-into in out)))
    (is (= (apply str (repeat 5000 "abc")) (str out)))))

(deftest a-deferred-is-a-sink-for-one-value
  (let [d (d/deferred), sink (s/->sink d)]
    (is (true? @(s/put! sink 1)))
    (is (= 1 @d))
    (is (s/closed? sink))
    (is (false? @(s/put! sink 2)))))

(deftest collections-with-own-iterators-are-closed
  (let [closed (promise)
        source (s/->source (reify
                             Iterator (hasNext [_] true) (next [_] 1)
                             java.io.Closeable (close [_] (deliver closed true))))]
    (is (= 1 @(s/take! source)))
    (s/close! source)
    (is (true? (deref closed 5000 false)))))

(ns leat.stream-errors-test
  "An exception in a callback closes the stream with that cause; `on-closed` and the log give it, with the user's frames."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [leat.deferred :as d]
            [leat.stream :as s]
            [leat.time :as time])
  (:import [java.util.logging Handler Level LogRecord Logger]))

(defn- logged-while
  "The throwables that are logged under leat.async while `f` runs."
  [f]
  (let [logger (Logger/getLogger "leat.async"), thrown (atom [])
        handler (proxy [Handler] []
                  (publish [^LogRecord entry] (swap! thrown conj (.getThrown entry)))
                  (flush [])
                  (close []))]
    (.addHandler logger handler)
    (.setUseParentHandlers logger false)
    (try
      (f)
      @thrown
      (finally
        (.setUseParentHandlers logger true)
        (.removeHandler logger handler)))))

(defn- broken [& _]
  (throw (ex-info "broken" {})))

(defn- names-the-frame-of-broken? [^Throwable e]
  (boolean (some #(str/starts-with? (.getClassName ^StackTraceElement %) "leat.stream_errors_test$broken")
                 (.getStackTrace e))))

(def ^:private kinds
  "From a name to a function that connects a source to a callback that throws; it returns the new source, if there is one."
  {"consume"             #(do (s/consume broken %) nil)
   "consume-async"       #(do (s/consume-async broken %) nil)
   "connect-via"         #(let [to (s/stream)] (s/connect-via % broken to) to)
   "map"                 #(s/map broken %)
   "map of two"          #(s/map broken % (repeat 1))
   "filter"              #(s/filter broken %)
   "mapcat"              #(s/mapcat broken %)
   "reductions"          #(s/reductions broken 0 %)
   "transform"           #(s/transform (map broken) %)
   "lazily-partition-by" #(s/lazily-partition-by broken %)
   "batch"               #(s/batch broken 2 nil %)
   "buffer"              #(s/buffer broken 2 %)})

(deftest what-a-callback-throws-is-the-cause-of-the-end
  (doseq [[kind f] kinds]
    (testing kind
      (let [s (s/stream), told (atom []), end (volatile! nil)
            logged (logged-while #(do (s/on-closed s (fn [cause] (swap! told conj cause)))
                                      (vreset! end (f s))
                                      (some-> @end (s/on-closed (fn [cause] (swap! told conj cause))))
                                      (s/take! (or @end (s/stream)))
                                      (s/put! s 1)))
            e (first logged)]
        (is (= 1 (count logged)) "logged once")
        (is (= "broken" (ex-message e)))
        (is (names-the-frame-of-broken? e))
        (is (= (if @end [e e] [e]) @told) "both ends are told")
        (is (s/closed? s))
        (is (identical? e (s/close-cause s)))
        (when @end
          (is (s/drained? @end))
          (is (identical? e (s/close-cause @end))))))))

(deftest what-a-deferred-of-a-callback-fails-with-is-the-cause-of-the-end
  (doseq [[kind f] {"consume-async" #(do (s/consume-async % %2) nil)
                    "connect-via"   #(let [to (s/stream)] (s/connect-via %2 % to) to)
                    "reductions"    #(s/reductions (fn [_ x] (% x)) 0 %2)
                    "realize-each"  #(s/realize-each (s/map % %2))}]
    (testing kind
      (let [s (s/stream), answer (d/deferred), end (f (constantly answer) s)]
        (when end (s/take! end) (s/take! end))
        (s/put! s 1)
        (is (not (s/closed? s)))
        (let [e (try (broken) (catch Exception e e))]
          (is (= [e] (logged-while #(d/error! answer e))))
          (is (s/closed? s))
          (is (identical? e (s/close-cause s)))
          (when end
            (is (s/drained? end))
            (is (identical? e (s/close-cause end)))))))))

(deftest the-cause-goes-all-the-way-down
  (let [s (s/stream), ends (map #(% (s/map broken s))
                                [identity #(s/batch 2 %) #(s/zip % [1]) #(s/throttle 10 %) #(s/buffer 2 %) #(s/concat %)
                                 #(s/lazily-partition-by odd? %) #(s/dropping-stream 2 %) s/realize-each])]
    (run! s/take! ends)
    (let [logged (logged-while #(s/put! s 1))]
      (is (= (repeat 9 "broken") (map ex-message logged)))
      (is (= (set logged) (set (map s/close-cause ends)))))))

(deftest others-who-are-fed-go-on
  (let [s (s/stream), seen (atom []), told (atom [])]
    (s/consume #(swap! seen conj %) s)
    (s/on-closed (s/map broken s) (fn [cause] (swap! told conj (ex-message cause))))
    (is (= 1 (count (logged-while #(s/put! s 1)))))
    (is (= ["broken"] @told))
    (is (not (s/closed? s)))
    (is (true? @(s/put! s 2)))
    (is (= [1 2] @seen))))

(deftest a-part-that-is-cut-short-is-closed-with-the-cause
  (let [s (s/stream), parts (s/lazily-partition-by #(if (= 2 %) (broken) %) s)
        part (s/take! parts)]
    (s/put! s 1)
    (is (= 1 @(s/take! @part)))
    (let [rest (s/take! @part ::none)]
      (is (= 1 (count (logged-while #(s/put! s 2)))))
      (is (= ::none @rest))
      (is (= "broken" (ex-message (s/close-cause @part)))))))

(deftest a-periodic-callback-that-throws-stops
  (let [clock (time/mock-clock)]
    (time/with-clock clock
      (let [s (s/periodically 10 10 broken), logged (logged-while #(time/advance clock 100))]
        (is (= ["broken"] (map ex-message logged)))
        (is (names-the-frame-of-broken? (first logged)))
        (is (s/drained? s))
        (is (= "broken" (ex-message (s/close-cause s))))
        (is (= 0 (.size clock)))))))

(deftest what-a-listener-for-the-end-throws-is-logged-and-stops-nobody
  (let [s (s/stream), told (atom [])]
    (s/on-closed s broken)
    (s/on-drained s (fn [_] (broken)))
    (s/on-closed s #(swap! told conj :closed))
    (s/on-drained s #(swap! told conj :drained))
    (is (= ["broken" "broken"] (map ex-message (logged-while #(s/close! s)))))
    (is (= [:closed :drained] @told))))

(deftest a-reduction-that-throws-fails-its-deferred
  (is (thrown-with-msg? Exception #"broken" @(s/reduce broken [1 2])))
  (is (thrown-with-msg? Exception #"broken" @(s/put-all! (s/stream 9) (map broken [1 2])))))

(deftest the-log-says-what-failed
  (let [logger (Logger/getLogger "leat.async"), records (atom [])
        handler (proxy [Handler] []
                  (publish [^LogRecord entry] (swap! records conj [(.getLevel entry) (.getMessage entry)]))
                  (flush [])
                  (close []))]
    (.addHandler logger handler)
    (.setUseParentHandlers logger false)
    (try
      (s/put! (doto (s/stream) (->> (s/consume broken))) 1)
      (is (= [[Level/SEVERE "The callback of consume threw an exception."]] @records))
      (finally
        (.setUseParentHandlers logger true)
        (.removeHandler logger handler)))))

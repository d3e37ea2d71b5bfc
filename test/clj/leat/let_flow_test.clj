(ns leat.let-flow-test
  "let-flow: what waits for what, and the traps that Manifold's has or had."
  (:require [clojure.test :refer [deftest is testing]]
            [leat.deferred :as d])
  (:import [leat.async Deferred]))

(defn- pending? [x] (not (d/realized? x)))

(deftest names-shadow-as-in-let
  (is (= "dog" @(d/let-flow [a "cat", a "dog"] a)))
  (is (= 2 @(d/let-flow [a (d/success-deferred 1), a (inc a)] a)))
  (let [late (d/deferred)]
    (is (= 3 @(d/let-flow [late (d/success-deferred 1), b (let [late 2] (inc late))] b)))
    (is (= 5 @(d/let-flow [x 5] (let [late x] late))) "a local of the body hides the one around")
    (is (= 5 @(d/let-flow [x 5] ((fn [late] late) x))))
    (is (= 5 @(d/let-flow [x 5] (loop [late x] (if (< late 6) late (recur 1))))))
    (is (= :e @(d/let-flow [x 5] (try (throw (ex-info "" {:x x})) (catch Exception late (do late :e))))))
    (is (= 5 @(d/let-flow [x 5] (letfn [(late [] x)] (late)))))
    (is (= 'late @(d/let-flow [] 'late)) "a quoted symbol is no use of a local")))

(deftest the-body-waits-for-bindings-it-does-not-use
  (let [late (d/deferred)
        ran (atom false)
        result (d/let-flow [_ late] (reset! ran true) :done)]
    (is (pending? result))
    (is (false? @ran))
    (d/success! late 1)
    (is (= :done @result)))
  (let [ran (atom 0)]
    (is (= 1 @(d/let-flow [a (do (swap! ran inc) nil), b (do (swap! ran inc) a)] 1)))
    (is (= 2 @ran))))

(deftest only-bindings-that-are-used-together-wait-together
  (let [a (d/deferred), b (d/deferred), seen (atom [])
        result (d/let-flow [x a
                            y b
                            x2 (do (swap! seen conj :x2) (inc x))
                            y2 (do (swap! seen conj :y2) (inc y))]
                 [x2 y2])]
    (d/success! b 1)
    (is (= [:y2] @seen))
    (d/success! a 1)
    (is (= [2 2] @result))))

(deftest a-deferred-from-around-is-its-value
  (let [z (d/deferred)
        result (d/let-flow [x (d/success-deferred 1), y (+ z x)] (+ x y z))]
    (d/success! z 1)
    (is (= 4 @result))))

(deftest functions-for-deferreds-get-the-deferred
  (testing "alt with a deferred from around does not wait for it"
    (let [late (d/deferred), early (d/deferred)
          result (d/let-flow [x (d/alt early late)] x)]
      (d/success! early "cat")
      (is (= "cat" (deref result 1000 :late)))))
  (testing "nor when it was bound here"
    (let [early (d/deferred), late (d/deferred)
          result (d/let-flow [x early, y (d/alt x late)] (d/alt y late))]
      (d/success! early "cat")
      (is (= "cat" (deref result 1000 :late)))))
  (testing "in a loop"
    (let [kill (d/deferred)
          turns (atom 0)
          result (d/loop []
                   (d/let-flow [res (d/alt kill (d/success-deferred :ok))]
                     (if (< (swap! turns inc) 3) (d/recur) [res @turns])))]
      (is (= [:ok 3] (deref result 1000 :late)))))
  (testing "the body may realize one"
    (let [k (d/deferred)]
      (is (= true (deref (d/let-flow [x 1] (d/success! k x)) 1000 :late))))))

(deftest a-deferred-that-stands-alone-is-not-waited-for
  (let [k (d/deferred)]
    (is (= {:result 1} (deref (d/let-flow [x (d/success-deferred 1)] k {:result x}) 1000 :late)))
    (is (= 1 (deref (d/let-flow' [x (d/success-deferred 1)] k x) 1000 :late)))))

(deftest works-in-a-loop
  (is (= 3 (deref (d/loop [n 0]
                    (d/let-flow [m (d/future (inc n))]
                      (if (= m 3) m (d/recur m))))
                  1000 :late))))

(defprotocol ^:private Thing (thing [this x]))

(defrecord ^:private Box [y]
  Thing
  (thing [_ x] (d/let-flow [z (d/success-deferred 1)] (+ x y z))))

(deftest works-in-methods-of-records
  (is (= 6 @(thing (->Box 2) 3))))

(deftest knows-case
  (is (= 1 @(d/let-flow [x 1, y (case :x :x x {})] y)))
  (is (= {} @(d/let-flow [x (d/success-deferred :y), y (case x :x 1 {})] y))))

(defmacro ^:private twice [form] `(d/let-flow [x# ~form] (* 2 x#)))

(defmacro ^:private needs-env
  "Whether `sym` is a local here, as macros like core.async's `go` ask."
  [sym]
  (contains? &env sym))

(deftest works-inside-macros
  (is (= 4 @(twice (d/success-deferred 2))))
  (is (= 8 @(twice (twice (d/success-deferred 2)))))
  (is (= [true false] @(d/let-flow [a (d/success-deferred 1), b (do a [(needs-env a) (needs-env c)])] b)))
  (is (= [1 2 3] @(d/let-flow [a (d/success-deferred 1)] (for [i (range 3)] (+ i a)))))
  (is (= 3 @(d/let-flow [a (d/success-deferred {:b 2})] (-> a :b inc))))
  (is (= [1 2] @(d/let-flow [a (d/success-deferred 1)] (when-let [b a] [b (inc b)])))))

(deftest takes-names-apart
  (is (= [1 2 [3] 5] @(d/let-flow [[a b & c] (d/future [1 2 3])
                                   {:keys [d] :or {d (+ a 4)}} (d/success-deferred {})]
                        [a b (vec c) d])))
  (is (= 3 @(d/let-flow [[a b] [(d/success-deferred 1) (d/future 2)]] (+ a b)))))

(deftest nested-flows-and-functions
  (is (= 6 @(d/let-flow [a (d/future 1)]
              (d/let-flow [b (d/future (inc a))]
                (d/let-flow [c (d/future (inc b))]
                  (+ a b c))))))
  (is (= [2 3] @(d/let-flow [a (d/success-deferred 1)] (mapv #(+ a %) [1 2]))))
  (let [n 5]
    (is (= 10 @(d/let-flow [a (d/success-deferred n)] (loop [i n, sum a] (if (= i 0) (+ sum n) (recur (dec i) sum))))))))

(def ^:dynamic *bound* nil)

(deftest hops-no-thread-and-keeps-bindings
  (let [a (d/deferred), b (d/deferred)
        result (binding [*bound* :here]
                 (d/let-flow [x a, y b] [(Thread/currentThread) *bound* x y]))]
    (d/success! a 1)
    (d/success! b 2)
    (is (d/realized? result))
    (is (= [(Thread/currentThread) :here 1 2] @result))
    (is (nil? *bound*))))

(deftest errors-end-the-flow
  (let [a (d/deferred), b (d/deferred)
        result (d/let-flow [x a, y b] (+ x y))]
    (d/error! b (ex-info "b" {}))
    (is (thrown-with-msg? clojure.lang.ExceptionInfo #"b" @result)))
  (is (instance? Deferred (d/catch (d/let-flow [x (throw (ex-info "now" {}))] x) (constantly nil)))))

(deftest what-is-coerced-is-coerced-once
  (let [coerced (atom 0)
        once (reify d/Deferrable (to-deferred [_] (d/success-deferred (swap! coerced inc))))]
    (is (= [1 2 1] @(d/let-flow [x once, y (inc x)] [x y once])))
    (is (= 1 @coerced))))

(deftest coercing-and-not
  (is (= 3 @(d/let-flow [a (future 1), b (delay (inc a))] (+ a b))))
  (let [f (future 1)]
    (is (identical? f @(d/let-flow' [a f] a)))))

(ns leat.soak-test
  "bench/soak in small."
  (:require [clojure.test :refer [deftest is]]))

(load-file "bench/leat/soak.clj")

(deftest streams-leave-nothing-behind
  (let [ok? (volatile! nil)
        table (with-out-str (vreset! ok? ((resolve 'leat.soak/soak) 100000 20000 "")))]
    (is @ok? table)))

(ns leat.test
  "Helpers for the tests of those who use leat."
  (:require [clojure.test :as test]
            [leat.debug :as debug]))

(defn- report-dropped-errors! [dropped-errors]
  ;; Only a failure is an assertion: a test that passes has no more of them than its author wrote.
  (when (pos? dropped-errors)
    (test/is (zero? dropped-errors) "Errors of deferreds were dropped. The log has them.")))

(defn- detecting
  "The test function `tf`, or one around it that fails when errors are dropped."
  [tf]
  (if (::detecting? (meta tf))
    tf
    (with-meta
      (fn []
        (binding [debug/*leak-aware-deferred-rate* 1]
          (debug/with-dropped-error-detection tf report-dropped-errors!)))
      {::detecting? true})))

(defn instrument-tests-with-dropped-error-detection!
  "Makes every test of the current namespace fail when an error of a deferred is dropped while it runs. To be called at the
  end of a test namespace. A test with the metadata `:ignore-dropped-errors` is left alone.

  This is no fixture, because a fixture cannot fail the test that it is around."
  []
  (doseq [v (vals (ns-interns *ns*))
          :let [{:keys [test ignore-dropped-errors]} (meta v)]
          :when (and test (not ignore-dropped-errors))]
    (alter-meta! v update :test detecting)))

(defmacro expect-dropped-errors
  "An assertion that exactly `n` errors of deferreds are dropped while `body` runs. In a namespace that is instrumented,
  the test must have the metadata `:ignore-dropped-errors`."
  [n & body]
  `(debug/with-dropped-error-detection
    (fn [] ~@body)
    (fn [actual#] (test/is (= ~n actual#) "The number of dropped errors is not as expected."))))

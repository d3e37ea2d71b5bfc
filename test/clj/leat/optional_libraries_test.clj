(ns leat.optional-libraries-test
  "core.async and Manifold are loaded by nobody who does not use them, and may be missing. In JVMs of their own, since
  this one has loaded core.async for other tests."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]])
  (:import [java.io File]))

(defn- jvm
  "What `clojure.main` with `args` gives in a JVM of its own with the entries of this class path that `keep?`, and
  `more` ones: a map of :exit, :out and :err."
  [keep? more & args]
  (let [entries (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator))]
    (apply shell/sh (str (io/file (System/getProperty "java.home") "bin" "java")) "-XX:+UseSerialGC"
           "-XX:TieredStopAtLevel=1" "-cp" (str/join File/pathSeparator (concat (filter keep? entries) more))
           "clojure.main" args)))

(defn- answer
  "The value that the last of `forms`, evaluated in a JVM of its own, prints as."
  [keep? & forms]
  (let [{:keys [exit out err]} (jvm keep? nil "-e" (pr-str `(do ~@forms)))]
    (is (zero? exit) err)
    (last (str/split-lines out))))

(deftest nobody-loads-what-is-optional
  (let [[server all]
        (read-string
         (answer (constantly true)
                 '(defn loaded [] (sort (map (comp str ns-name) (all-ns))))
                 '(require 'leat.http)
                 '(def server (loaded))
                 '(run! require '[leat.deferred leat.stream leat.bus leat.time leat.executor leat.debug leat.test
                                  leat.manifold])
                 '(leat.stream/map inc [1 2 3])
                 '(deref (leat.deferred/chain (future 1) inc))
                 '(leat.time/in 0 (constantly 1))
                 '(prn [server (loaded)])
                 '(shutdown-agents)))]
    (testing "a server needs neither streams nor deferreds from Clojure"
      (is (some #{"leat.http"} server))
      (is (= [] (filter #{"leat.stream" "leat.deferred" "leat.time"} server))))
    (is (some #{"leat.stream"} all))
    (is (= [] (filter #(re-find #"^(clojure\.core\.async|clojure\.tools|manifold|potemkin)" %) all)))))

(deftest without-the-libraries
  (let [said (read-string
              (answer #(not (re-find #"core\.async|tools\.analyzer" %))
                      '(run! require '[leat.deferred leat.stream leat.manifold leat.http])
                      '(defn root [e] (if-let [c (ex-cause e)] (if (ex-data c) c (recur c)) e))
                      '(let [caught #(try (%) (catch Throwable e e))
                             missing (root (caught (fn [] (require 'leat.go-off))))]
                         (prn {:go-off [(ex-message missing) (ex-data missing)]
                               :available? leat.manifold/available?
                               :manifold (for [f [#(leat.manifold/->manifold 1) #(leat.manifold/->leat 1)
                                                  leat.manifold/accept-leat!]]
                                           (ex-message (caught f)))}))))]
    (testing "leat.go-off names the library that it needs"
      (is (= [(str "Expected core.async on the class path for leat.go-off, found none. "
                   "Add org.clojure/core.async, 1.6.681 or later, to the dependencies of the program.")
              {:leat/error :missing-library, :library 'org.clojure/core.async}]
             (:go-off said))))
    (testing "leat.manifold loads and says what is missing"
      (is (false? (:available? said)))
      (is (= (repeat 3 "Expected Manifold on the class path for leat.manifold, found none.") (:manifold said))))))

(deftest with-manifold
  (let [{:keys [exit out err]} (jvm (constantly true) ["test/stubs"] "-m" "bridge-check")]
    (is (zero? exit) (str out err))
    (is (re-find #"COUNTS [1-9]" (str out)))
    (is (= [] (filter #(re-find #"^Reflection warning, leat" %) (str/split-lines (str err)))))))

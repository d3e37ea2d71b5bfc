(ns leat.test-runner
  "Runs the tests of every file *_test.clj under the given folders and counts tests (`deftest`), not assertions:
  `java -cp ... clojure.main -m leat.test-runner FILTER FOLDER...`. FILTER is a part of a namespace's name; \"\" takes all.

  A test with the metadata `{:needs \"curl\"}` is skipped, by name, where there is no such program on the PATH.
  Ends with a line `COUNTS passed failed skipped`, and with status 1 when something failed."
  (:require [clojure.java.io :as io]
            [clojure.main :as main]
            [clojure.string :as str]
            [clojure.test :as test])
  (:import [java.io File]
           [java.util.concurrent TimeUnit]))

(def ^:private seconds-for-a-namespace 120)

(defn- namespaces
  "The symbols of the test namespaces under `folder` whose name contains `filter-text`."
  [filter-text folder]
  (->> (file-seq (io/file folder))
       (filter #(str/ends-with? (.getName ^File %) "_test.clj"))
       (map #(-> (str (.relativize (.toPath (io/file folder)) (.toPath ^File %)))
                 (str/replace #"\.clj$" "") (str/replace File/separator ".") (str/replace "_" "-") symbol))
       (filter #(str/includes? (str %) filter-text))
       sort))

(defn- on-path? [program]
  (some #(.canExecute (io/file % program)) (str/split (System/getenv "PATH") (re-pattern File/pathSeparator))))

(defn- test-name [v]
  (str (ns-name (:ns (meta v))) "/" (:name (meta v))))

(defn- count-into
  "A reporter for clojure.test that passes failures on to the usual one and keeps in the atom `state` the test that
  runs (:current), whether it has failed so far (:bad?), and :passed and :failed tests."
  [state]
  (let [usual test/report]
    (fn [{:keys [type] :as event}]
      (case type
        :begin-test-var (swap! state assoc :current (:var event) :bad? false)
        :end-test-var (swap! state #(-> % (update (if (:bad? %) :failed :passed) inc) (assoc :current nil)))
        :pass nil
        (:fail :error) (do (swap! state (fn [{:keys [current] :as s}]
                                          (if current (assoc s :bad? true) (update s :failed inc)))) ; in a fixture
                           (usual event))
        nil))))

(defn- stacks-of
  "Prints where each thread stands, for a test that hangs."
  []
  (doseq [[^Thread thread frames] (Thread/getAllStackTraces)]
    (println (.getName thread))
    (run! #(println "    at" (str %)) frames)))

(defn- run-within-limit
  "Runs `f` on a thread of its own. Gives false when it is not done in time."
  [f]
  (let [task (bound-fn* f)
        thread (doto (Thread. ^Runnable task "tests") (.setDaemon true) (.start))]
    (.join thread (.toMillis TimeUnit/SECONDS seconds-for-a-namespace))
    (not (.isAlive thread))))

(defn- run-namespace
  "Runs the tests of namespace `ns-symbol` and counts them in the atom `state`. A namespace that cannot be loaded is a
  failed test."
  [state ns-symbol]
  (let [start (System/nanoTime)]
    (try
      (require ns-symbol)
      (let [vars (filter (comp :test meta) (sort-by (comp :line meta) (vals (ns-interns ns-symbol))))
            {runnable false, skipped true} (group-by #(let [p (:needs (meta %))] (boolean (and p (not (on-path? p)))))
                                                     vars)]
        (doseq [v skipped]
          (println "SKIPPED" (test-name v) "needs" (:needs (meta v)))
          (swap! state update :skipped inc))
        (when-not (run-within-limit #(test/test-vars runnable))
          (println "FAIL:" (some-> (:current @state) test-name) "hangs")
          (stacks-of)
          (swap! state update :failed inc)))
      (catch Throwable e
        (swap! state update :failed inc)
        (println "FAIL: namespace" ns-symbol "cannot be loaded or run")
        (println (main/ex-str (main/ex-triage (Throwable->map e))))))
    (println (format "%-40s %5.1f s" ns-symbol (/ (- (System/nanoTime) start) 1e9)))))

(defn -main
  "See the namespace."
  [filter-text & folders]
  (let [state (atom {:passed 0, :failed 0, :skipped 0})]
    (println "Clojure" (clojure-version) "on JDK" (System/getProperty "java.version"))
    (binding [test/*test-out* *out*
              test/*report-counters* (ref test/*initial-report-counters*)
              test/report (count-into state)]
      (run! #(run-namespace state %) (mapcat #(namespaces filter-text %) folders)))
    (let [{:keys [passed failed skipped]} @state]
      (println "COUNTS" passed failed skipped)
      (flush)
      (System/exit (if (zero? failed) 0 1)))))

(ns leat.house-test
  "The house rules for Clojure: who may require whom, how long files and forms may be, docstrings, no reflection, and
  a generated page of options that is up to date. The rules for Java and for the repository are in test/java/leat/house."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]])
  (:import [clojure.lang LineNumberingPushbackReader]
           [java.io File]))

(def ^:private file-lines 450)
(def ^:private form-lines 40)

(defn- clojure-files [& folders]
  (->> (mapcat #(file-seq (io/file %)) folders)
       (filter #(and (.isFile ^File %) (str/ends-with? (str %) ".clj")))
       (sort-by str)))

(defn- ns-form [file]
  (with-open [reader (java.io.PushbackReader. (io/reader file))]
    (read reader)))

(defn- ns-name-of [file] (second (ns-form file)))

(defn- references
  "The names of the namespaces and classes that the ns form of `file` requires, uses or imports, as strings."
  [file]
  (for [[kind & entries] (filter seq? (ns-form file))
        :when (#{:require :use :import :require-macros} kind)
        entry entries
        :let [[head & more] (if (sequential? entry) entry [entry])]
        reference (if (= kind :import) (if more (map #(str head "." %) more) [(str head)]) [(str head)])]
    reference))

(defn- breaches
  "\"FILE refers to NAME\" for what the files under `folder` refer to and `allowed?` does not take."
  [folder allowed?]
  (for [file (clojure-files folder), reference (references file) :when (not (allowed? reference))]
    (str file " refers to " reference)))

(defn- under? [& prefixes]
  (fn [reference] (boolean (some #(or (= reference %) (str/starts-with? reference (str % "."))) prefixes))))

(deftest namespaces-stay-on-their-floor
  (is (= [] (breaches "src/clj" (under? "clojure" "java" "javax" "leat" "org.msgpack" "org.fressian" "taoensso.nippy" "net.jpountz.lz4" "cognitect.transit")))
      "floor 5: leat, what comes with Clojure and the JDK, and libraries of serialization")
  (is (= [] (->> (clojure-files "src/clj")
                 (remove #(str/includes? (str %) "leat/impl/codec"))
                 (mapcat references)
                 (filter (under? "org" "taoensso" "cognitect" "clojure.data"))))
      "only leat.impl.codec.*, which are loaded when asked for, know such a library")
  (is (= [] (breaches "compat/src" (every-pred (complement (under? "leat.impl"))
                                               (under? "clojure" "java" "javax" "leat" "aleph" "manifold" "clj-commons"
                                                       "byte-streams" "potemkin"))))
      "floor 6: only the public namespaces of leat")
  (is (= [] (breaches "examples" (every-pred (complement (under? "leat.impl"))
                                             (under? "clojure" "java" "javax" "leat" "examples"))))
      "examples show what a user can do"))

(deftest clojure-files-are-not-too-long
  (doseq [file (clojure-files "src" "test" "examples" "compat" "bench" "build.clj")
          :let [lines (with-open [reader (io/reader file)] (count (line-seq reader)))]]
    (is (<= lines (if (str/starts-with? (str file) "examples") 60 file-lines)) (str file " has " lines " lines"))))

(defn- newlines [text] (count (filter #{\newline} text)))

(defn- docstring-lines
  "How many lines the docstrings of top-level `form` take beyond the first one each."
  [form]
  (let [{:keys [doc]} (when (seq? form) (second (filter map? form)))
        strings (when (seq? form) (filter string? (take 4 form)))]
    (+ (newlines (str doc)) (reduce + (map newlines strings)))))

(defn- table?
  "Whether `form` is nothing but data: (def name literal)."
  [form]
  (and (seq? form) (= 'def (first form)) (coll? (last form)) (not (seq? (last form)))))

(defn- long-forms
  "\"FILE:LINE NAME has N lines\" for the top-level forms of `file`, whose namespace is loaded, that are too long."
  [file]
  (binding [*ns* (the-ns (ns-name-of file))]
    (with-open [reader (LineNumberingPushbackReader. (io/reader file))]
      (doall
       (for [form (take-while #(not= ::end %) (repeatedly #(read {:read-cond :allow, :eof ::end} reader)))
             :let [start (:line (meta form))
                   lines (when start (- (inc (.getLineNumber reader)) start (docstring-lines form)))]
             :when (and lines (> lines form-lines) (not (table? form)) (not= 'ns (first form)))]
         (str file ":" start " " (second form) " has " lines " lines"))))))

(defn- library-missing? [ns-symbol]
  (and (str/starts-with? (str ns-symbol) "leat.impl.codec.")
       (try (require ns-symbol) false
         (catch Exception e
           (let [missing (some #(when (instance? java.io.FileNotFoundException %) %)
                               (take-while some? (iterate #(some-> ^Throwable % .getCause) e)))]
             (when-not missing (throw e))
             (println "SKIPPED" (str "the house rules for " ns-symbol ": its library is missing"))
             true)))))

(def ^:private product-files
  "The files of the product whose namespaces can be loaded here."
  (delay (doall (remove (comp library-missing? ns-name-of) (clojure-files "src/clj" "compat/src")))))

(deftest forms-are-not-too-long
  (doseq [file (concat @product-files (clojure-files "examples"))]
    (require (ns-name-of file))
    (is (= [] (long-forms file)))))

(defn- generated?
  "Whether defrecord or deftype made this var."
  [v]
  (boolean (re-find #"^(map)?->[A-Z]" (name (:name (meta v))))))

(deftest public-vars-and-namespaces-have-docstrings
  (doseq [ns-symbol (map ns-name-of @product-files)]
    (require ns-symbol)
    (is (not (str/blank? (:doc (meta (the-ns ns-symbol))))) (str ns-symbol " has no docstring"))
    (is (= [] (->> (vals (ns-publics ns-symbol))
                   (remove #(or (generated? %) (not (str/blank? (:doc (meta %))))))
                   (map str) sort))
        "public vars without a docstring")))

(deftest nothing-reflects
  (let [namespaces (map ns-name-of @product-files)
        form `(do (set! *warn-on-reflection* true) (run! require '~namespaces))
        {:keys [exit err]} (shell/sh (str (io/file (System/getProperty "java.home") "bin" "java"))
                                     "-cp" (System/getProperty "java.class.path")
                                     "clojure.main" "-e" (pr-str form))]
    (is (zero? exit) err)
    (is (= [] (filter #(re-find #"^Reflection warning, leat" %) (str/split-lines err))))))

(deftest the-page-of-options-is-up-to-date
  (is (= ((requiring-resolve 'leat.impl.options/markdown)) (slurp "doc/OPTIONS.md"))
      "doc/OPTIONS.md is generated: make it anew with the step `docs` of build.clj"))

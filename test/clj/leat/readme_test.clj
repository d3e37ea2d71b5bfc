(ns leat.readme-test
  "Every Clojure block of README.md is run, form by form, in a namespace of its own; a comment `;=> value` after a form
  says what it must give. Every Java block is compiled. Ports in the text are exchanged for free ones."
  (:require [clojure.java.io :as io]
            [clojure.main :as main]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]])
  (:import [clojure.lang LineNumberingPushbackReader]
           [java.io Closeable StringReader]
           [java.net InetAddress ServerSocket URI]
           [java.nio.file Files]
           [java.nio.file.attribute FileAttribute]
           [javax.tools DiagnosticCollector JavaFileObject$Kind SimpleJavaFileObject ToolProvider]))

(defn- blocks
  "The fenced blocks of README.md in `language`: maps of :line, where it begins, and :text."
  [language]
  (let [text (slurp "README.md")
        matcher (re-matcher (re-pattern (str "(?ms)^```" language "\\n(.*?)^```")) text)]
    (loop [found []]
      (if (.find matcher)
        (recur (conj found {:line (inc (count (re-seq #"\n" (subs text 0 (.start matcher)))))
                            :text (.group matcher 1)}))
        found))))

(defn- free-ports [n]
  (let [sockets (vec (repeatedly n #(ServerSocket. 0 1 (InetAddress/getLoopbackAddress))))]
    (try (mapv #(.getLocalPort ^ServerSocket %) sockets)
         (finally (run! #(.close ^Closeable %) sockets)))))

(defn- with-free-ports
  "`text` with each port in it (`:port 8080`, `.port(8080)`, `localhost:8080`) exchanged everywhere for a free one."
  [text]
  (let [ports (->> (re-seq #"(?::port\s+|port\(|localhost:|127\.0\.0\.1:)(\d{4,5})\b" text) (map second) distinct)]
    (reduce (fn [s [port free]] (str/replace s (re-pattern (str "\\b" port "\\b")) (str free)))
            text
            (map vector ports (free-ports (count ports))))))

(defn- expectation
  "The text after `;=>` in the comments that `text` starts with, or nil."
  [text]
  (->> (str/split-lines text)
       (map str/trim)
       (take-while #(or (str/blank? %) (str/starts-with? % ";")))
       (some #(second (re-matches #";+\s*=>\s*(.*)" %)))))

(defn- forms
  "The forms of `text` as maps of :form and :expected, what a comment after it says it gives. Reads lazily, since a form
  can only be read when those before it have been evaluated."
  [text]
  (let [reader (LineNumberingPushbackReader. (StringReader. (str text "\n:end/of-block")))
        step (fn step [form]
               (lazy-seq
                (when (not= form :end/of-block)
                  (let [mark (delay (read+string reader))]
                    (cons {:form form, :expected #(expectation (second @mark))}
                          (lazy-seq (step (first @mark))))))))]
    (step (read reader))))

(defn- printed
  "`value` as text; of an endless sequence only the beginning."
  [value]
  (binding [*print-length* 50] (pr-str value)))

(defn- as-expected?
  "Whether `actual` is what the README says: an equal value, or one that prints as the text; up to an ellipsis."
  [actual ^String expected]
  (let [text (printed actual)]
    (or (= text expected)
        (let [dots (.indexOf expected "...")]
          (and (pos? dots) (str/starts-with? text (subs expected 0 dots))))
        (= actual (try (read-string expected) (catch RuntimeException _ ::unreadable))))))

(defn- run-block [text]
  (let [ns-symbol (gensym "readme-block-")]
    (binding [*ns* (create-ns ns-symbol)]
      (try
        (refer-clojure)
        (doseq [{:keys [form expected]} (forms (with-free-ports text))]
          (let [actual (eval form)]
            (when-let [said (expected)]
              (is (as-expected? actual said) (str (pr-str form) " gave " (printed actual) ", README says " said)))))
        (finally
          (doseq [n (distinct [*ns* (the-ns ns-symbol)])
                  v (vals (ns-interns n))
                  :let [value (var-get v)]
                  :when (instance? Closeable value)]
            (.close ^Closeable value))
          (remove-ns ns-symbol))))))

(deftest ^{:doc "Each block runs without an exception and gives what it says."} clojure-blocks-run
  (is (seq (blocks "clojure")) "README.md has Clojure blocks")
  (doseq [{:keys [line text]} (blocks "clojure")]
    (testing (str "README.md, block at line " line)
      (is (nil? (try (with-out-str (run-block text)) nil (catch Throwable e (main/ex-str (main/ex-triage (Throwable->map e))))))))))

;; --- Java ----------------------------------------------------------------------------------------------------------

(defn- compilation-unit
  "The class name and source for Java block `text`: as it stands when it holds a class, else wrapped into a method."
  [text]
  (if-let [[_ class-name] (re-find #"(?m)^(?:public |final )*(?:class|record|interface|enum) (\w+)" text)]
    [class-name text]
    (let [{imports true, code false} (group-by #(str/starts-with? % "import ") (str/split-lines text))]
      ["Snippet" (str (str/join "\n" imports)
                      "\nclass Snippet { static void run() throws Exception {\n" (str/join "\n" code) "\n} }")])))

(defn- compile-errors
  "What javac says of Java source `text` of class `class-name`, compiled on this class path; empty when it is fine."
  [class-name text]
  (let [compiler (ToolProvider/getSystemJavaCompiler)
        diagnostics (DiagnosticCollector.)
        source (proxy [SimpleJavaFileObject] [(URI/create (str "string:///" class-name ".java")) JavaFileObject$Kind/SOURCE]
                 (getCharContent [_] text))
        target (str (Files/createTempDirectory "leat-readme" (make-array FileAttribute 0)))
        task (.getTask compiler nil nil diagnostics
                       ["-proc:none" "-d" target "-cp" (System/getProperty "java.class.path")] nil [source])]
    (.call task)
    (run! io/delete-file (reverse (file-seq (io/file target))))
    (mapv str (.getDiagnostics diagnostics))))

(deftest ^{:doc "Each Java block compiles against leat without a warning."} java-blocks-compile
  (doseq [{:keys [line text]} (blocks "java")]
    (testing (str "README.md, block at line " line)
      (is (= [] (apply compile-errors (compilation-unit text)))))))

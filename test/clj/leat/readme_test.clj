(ns leat.readme-test
  "Every Clojure block of the documents is run, form by form: in README.md each in a namespace of its own, in the others
  all of a page in one. A comment `;=> value` after a form says what it must give. Every Java block is compiled, and run
  if it is not a class; `// prints text` says what it prints. Ports in the text are exchanged for free ones."
  (:require [clojure.java.io :as io]
            [clojure.main :as main]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [leat.serving :as serving])
  (:import [clojure.lang LineNumberingPushbackReader]
           [java.io ByteArrayOutputStream Closeable PrintStream StringReader]
           [java.net BindException InetAddress ServerSocket URI URL URLClassLoader]
           [java.nio.file Files]
           [java.nio.file.attribute FileAttribute]
           [javax.tools DiagnosticCollector JavaFileObject$Kind SimpleJavaFileObject ToolProvider]))

(def ^:private documents ["README.md" "doc/STREAMS.md" "doc/BYTES.md"])

(defn- blocks
  "The fenced blocks of `document` in `language`: maps of :line, where it begins, and :text."
  [document language]
  (let [text (slurp document)
        matcher (re-matcher (re-pattern (str "(?ms)^```" language "\\n(.*?)^```")) text)]
    (loop [found []]
      (if (.find matcher)
        (recur (conj found {:line (inc (count (re-seq #"\n" (subs text 0 (.start matcher)))))
                            :text (.group matcher 1)}))
        found))))

(defn- free? [port]
  (try
    (.close (ServerSocket. port 1 (InetAddress/getLoopbackAddress)))
    true
    (catch BindException _ false)))

(defn- free-ports
  "`n` ports that are free, below those that systems hand out by themselves, so that nobody takes one meanwhile."
  [n]
  (->> (repeatedly #(+ 20000 (rand-int 12000))) distinct (filter free?) (take n) vec))

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

(defn- run-forms [place text]
  (doseq [{:keys [form expected]} (forms (with-free-ports text))]
    (let [actual (eval form)]
      (when-let [said (expected)]
        (is (as-expected? actual said) (str (pr-str form) " gave " (printed actual) ", " place " says " said))))))

(defn- run-session
  "Runs `blocks` of `document` one after another in a new namespace. Returns nil, or what the first one threw that did."
  [document blocks]
  (let [ns-symbol (gensym "readme-block-")]
    (binding [*ns* (create-ns ns-symbol)]
      (try
        (refer-clojure)
        (first (keep (fn [{:keys [line text]}]
                       (let [place (str document ", block at line " line)]
                         (try
                           (with-out-str (run-forms place text))
                           nil
                           (catch Throwable e (str place ": " (main/ex-str (main/ex-triage (Throwable->map e))))))))
                     blocks))
        (finally
          (doseq [n (distinct [*ns* (the-ns ns-symbol)])
                  v (vals (ns-interns n))
                  :let [value (var-get v)]
                  :when (instance? Closeable value)]
            (.close ^Closeable value))
          (remove-ns ns-symbol))))))

(deftest ^{:doc "Each block runs without an exception and gives what it says."} clojure-blocks-run
  (doseq [document documents
          :let [found (blocks document "clojure")]]
    (is (seq found) (str document " has Clojure blocks"))
    (doseq [session (if (= "README.md" document) (map list found) [found])]
      ;; Blocks about errors log them.
      (serving/logging "leat.async"
                       #(is (nil? (deref (future (run-session document session)) 60000
                                         (str document " takes more than a minute"))))))))

(deftest links-lead-somewhere
  (doseq [file (concat (filter #(str/ends-with? (str %) ".md") (.listFiles (io/file ".")))
                       (filter #(str/ends-with? (str %) ".md") (file-seq (io/file "doc"))))
          [_ target] (re-seq #"\]\(([^)\s]+)\)" (slurp file))
          :when (not (re-find #"^(https?:|#)" target))]
    (is (.exists (io/file (.getParentFile (io/file file)) (str/replace target #"#.*" ""))) (str file " leads to " target))))

;; --- Java ----------------------------------------------------------------------------------------------------------

(defn- compilation-unit
  "The class name and source for Java block `text`: as it stands when it holds a class, else wrapped into a method."
  [text]
  (if-let [[_ class-name] (re-find #"(?m)^(?:public |final )*(?:class|record|interface|enum) (\w+)" text)]
    [class-name text]
    (let [{imports true, code false} (group-by #(str/starts-with? % "import ") (str/split-lines text))]
      ["Snippet" (str (str/join "\n" imports)
                      "\nclass Snippet { static void run() throws Exception {\n" (str/join "\n" code) "\n} }")])))

(defn- run-snippet
  "What the method `run` of the class Snippet prints, compiled into the folder `target`, as lines."
  [target]
  (with-open [loader (URLClassLoader. (into-array URL [(.toURL (.toURI (io/file target)))]))]
    (let [run (doto (.getDeclaredMethod (.loadClass loader "Snippet") "run" (make-array Class 0))
                (.setAccessible true))
          out System/out
          bytes (ByteArrayOutputStream.)]
      (System/setOut (PrintStream. bytes true))
      (try (.invoke run nil (object-array 0))
           (finally (System/setOut out)))
      (str/split-lines (str bytes)))))

(defn- check-java
  "Compiles Java source `text` of class `class-name` on this class path, and runs it if it is a Snippet: what does javac
  say, and does it print `expected`?"
  [class-name text expected]
  (let [compiler (ToolProvider/getSystemJavaCompiler)
        diagnostics (DiagnosticCollector.)
        source (proxy [SimpleJavaFileObject] [(URI/create (str "string:///" class-name ".java")) JavaFileObject$Kind/SOURCE]
                 (getCharContent [_] text))
        target (str (Files/createTempDirectory "leat-readme" (make-array FileAttribute 0)))
        task (.getTask compiler nil nil diagnostics
                       ["-proc:none" "-Xlint:all" "-d" target "-cp" (System/getProperty "java.class.path")] nil [source])]
    (try
      (let [compiled? (.call task)]
        (is (= [] (mapv str (.getDiagnostics diagnostics))))
        (when (and compiled? (= "Snippet" class-name))
          (is (= expected (deref (future (run-snippet target)) 60000 :takes-more-than-a-minute)))))
      (finally
        (run! io/delete-file (reverse (file-seq (io/file target))))))))

(deftest ^{:doc "Each Java block compiles against leat without a warning, and prints what it says."} java-blocks-work
  (doseq [document documents
          {:keys [line text]} (blocks document "java")
          :let [[class-name source] (compilation-unit text)]]
    (testing (str document ", block at line " line)
      (check-java class-name source (map second (re-seq #"// prints (.*)" text))))))

;; Leiningen's view of deps.edn, which alone holds the versions.
(def deps-edn
  (clojure.edn/read-string
   (slurp (clojure.java.io/file (.getParentFile (clojure.java.io/file *file*)) "deps.edn"))))

(defn coordinates
  "[lib version] for each entry of a deps.edn dependency map."
  [deps]
  (vec (for [[lib {:mvn/keys [version]}] deps] [lib version])))

(defn alias-deps
  "The dependencies that alias `k` of deps.edn adds, replaces or overrides, as Leiningen coordinates."
  [k]
  (let [{:keys [extra-deps replace-deps override-deps]} (get-in deps-edn [:aliases k])]
    (coordinates (merge extra-deps replace-deps override-deps))))

(def artifact (get-in deps-edn [:aliases :leat/artifact]))

;; Debian's Leiningen takes nREPL and the like from here.
(def debian-repository "/usr/share/maven-repo")

(defproject leat/leat (:version artifact)
  :description "An asynchronous networking toolkit for Clojure and Java"
  :license {:name "MIT"}
  :dependencies ~(coordinates (:deps deps-edn))
  :repositories ~(if (.isDirectory (clojure.java.io/file debian-repository))
                   [["debian" {:url (str "file:" debian-repository) :checksum :ignore}]]
                   [])
  :source-paths ["src/clj"]
  :java-source-paths ["src/java"]
  :test-paths ["test/clj"]
  :resource-paths []
  :javac-options ["--release" ~(:java-release artifact)]
  :jvm-opts ^:replace []
  ;; Apart from build.clj's target/classes, so that what goes into the jar never holds the examples.
  :target-path "target/lein"
  :clean-targets ^{:protect false} ["target"]
  :profiles {:dev {:source-paths ["examples"]
                   :java-source-paths ["examples/java"]
                   :main ^:skip-aot examples.main
                   :dependencies ~(alias-deps :test)}
             :clojure-1.11 {:dependencies ~(alias-deps :clojure-1.11)}
             :bench {:source-paths ["bench"]
                     :dependencies ~(alias-deps :bench)}
             :build {:source-paths ^:replace ["."]
                     :java-source-paths ^:replace []
                     :test-paths ^:replace []
                     :dependencies ~(alias-deps :build)}})

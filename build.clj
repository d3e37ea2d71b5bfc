(ns build
  "Builds leat with tools.build. Each public function is a step: `clojure -T:build jar`, or without the Clojure
  command line `bin/test`, which runs several in one JVM through `-main`. Versions stand in deps.edn."
  (:refer-clojure :exclude [compile])
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.tools.build.api :as b])
  (:import [java.io PrintWriter]
           [java.util.spi ToolProvider]))

(def ^:private class-dir "target/classes")

(defn- basis
  "The resolved dependencies of the project with `aliases`."
  [& aliases]
  (b/create-basis {:project "deps.edn", :user nil, :aliases (vec aliases)}))

(def ^:private artifact
  (delay (get-in (basis) [:aliases :leat/artifact])))

(defn- jar-file []
  (format "target/leat-%s.jar" (:version @artifact)))

(defn- java-files [folder]
  (->> (file-seq (io/file folder)) (map str) (filter #(str/ends-with? % ".java")) sort))

(defn- javac
  "Compiles the Java files under `source` into `target`, afresh. When `strict?`, a warning is an error."
  [basis source target strict? & more-options]
  (b/delete {:path target})
  (.mkdirs (io/file target))
  (when (seq (java-files source))
    (b/javac {:basis basis
              :src-dirs [source]
              :class-dir target
              :javac-opts (-> ["--release" (:java-release @artifact) "-encoding" "UTF-8"]
                              (into (if strict? ["-Xlint:all" "-Werror"] ["-nowarn"]))
                              (into more-options))})))

(defn- over-classes
  "`basis` with leat's own classes on the class path of javac."
  [basis]
  (assoc-in basis [:libs 'leat/leat :paths] [class-dir]))

(defn compile
  "Compiles src/java into target/classes. A warning is an error, unless `:strict? false` is given, as it is
  when tools.deps prepares leat as somebody's git or :local/root dependency."
  [{:keys [strict?] :or {strict? true}}]
  (javac (basis) "src/java" class-dir strict?))

(defn compile-tests
  "Compiles test/java into target/test-classes and examples/java into target/examples, over target/classes."
  [_]
  (javac (over-classes (basis :test)) "test/java" "target/test-classes" true)
  (javac (over-classes (basis)) "examples/java" "target/examples" true))

(defn compile-stress
  "Compiles test/jcstress into target/jcstress, over target/classes, with the programs that jcstress makes of it."
  [_]
  (javac (over-classes (basis :jcstress)) "test/jcstress" "target/jcstress" false
         "-processor" "org.openjdk.jcstress.infra.processors.JCStressTestProcessor"))

(defn compile-fuzz
  "Compiles test/fuzz into target/fuzz, over target/classes."
  [_]
  (javac (over-classes (basis :fuzz)) "test/fuzz" "target/fuzz" true))

(defn classpaths
  "Writes the class paths that bin/test starts its JVMs with to target/cp/."
  [_]
  (doseq [[file aliases] {"main" []
                          "test" [:test :examples :codecs]
                          "test-1.11" [:test :examples :codecs :clojure-1.11 :core-async-1.6]
                          "jcstress" [:jcstress]
                          "fuzz" [:fuzz]}]
    (b/write-file {:path (str "target/cp/" file)
                   :string (str/join java.io.File/pathSeparator (:classpath-roots (apply basis aliases)))})))

(defn jar
  "Makes target/leat-VERSION.jar: the classes in target/classes, the Clojure sources, the pom and the licence."
  [_]
  (let [{:keys [lib version]} @artifact
        staging "target/jar"]
    (b/delete {:path staging})
    (b/copy-dir {:src-dirs [class-dir "src/clj"], :target-dir staging})
    (b/copy-file {:src "LICENSE", :target (str staging "/META-INF/LICENSE")})
    (b/write-pom {:basis (update (basis) :mvn/repos select-keys ["central"])
                  :class-dir staging
                  :lib lib
                  :version version
                  :pom-data [[:description "An asynchronous networking toolkit for Clojure and Java"]
                             [:licenses [:license
                                         [:name "MIT License"]
                                         [:url "https://opensource.org/license/mit"]]]]})
    (b/jar {:class-dir staging
            :jar-file (jar-file)
            :manifest {"Automatic-Module-Name" "leat", "Implementation-Version" version}})))

(defn install
  "Compiles, makes the jar and puts it into the local Maven repository."
  [options]
  (compile options)
  (jar options)
  (b/install {:basis (basis), :lib (:lib @artifact), :version (:version @artifact)
              :jar-file (jar-file), :class-dir "target/jar"}))

(defn javadoc
  "Makes target/javadoc. Anything undocumented, and any other warning, is an error."
  [_]
  (let [out (PrintWriter. *out*)
        arguments (into ["-d" "target/javadoc" "-quiet" "-Xdoclint:all" "-Werror" "-encoding" "UTF-8"
                         "--release" (:java-release @artifact)
                         "-classpath" (str/join java.io.File/pathSeparator (:classpath-roots (basis)))]
                        (java-files "src/java"))
        tool ^ToolProvider (.orElseThrow (ToolProvider/findFirst "javadoc"))
        status (.run tool out out ^"[Ljava.lang.String;" (into-array String arguments))]
    (.flush out)
    (when-not (zero? status)
      (throw (ex-info "Javadoc has warnings" {:status status})))))

(defn docs
  "Writes doc/OPTIONS.md anew from the table of options."
  [_]
  (let [form '(do (require 'leat.impl.options)
                  (spit "doc/OPTIONS.md" ((resolve 'leat.impl.options/markdown))))
        command (b/java-command {:basis (basis), :main 'clojure.main, :main-args ["-e" (pr-str form)]})]
    (when-not (zero? (:exit (b/process command)))
      (throw (ex-info "doc/OPTIONS.md could not be made" {})))))

(defn -main
  "Runs the named steps in order, in this JVM."
  [& steps]
  (doseq [step steps]
    (let [start (System/nanoTime)]
      ((or (ns-resolve 'build (symbol step)) (throw (ex-info (str "No such step: " step) {}))) {})
      (println (format "%-14s %5.1f s" step (/ (- (System/nanoTime) start) 1e9)))))
  (shutdown-agents))

;; What `clojure -X:deps prep` and `clojure -Spath` do: resolves the deps.edn of this folder with tools.deps, compiles
;; leat through its :deps/prep-lib, and writes the class path.
(require '[clojure.tools.deps :as deps])

(let [basis (deps/create-basis {:user nil, :project "deps.edn"})
      unprepared (try (deps/prep-libs! (:libs basis) {:action :error} basis)
                      (catch clojure.lang.ExceptionInfo e (ex-message e)))]
  (assert (re-find #"leat/leat" (str unprepared)) "leat asks to be prepared")
  (deps/prep-libs! (:libs basis) {:action :prep, :log :info} basis)
  (spit "classpath" (deps/join-classpath (:classpath-roots basis))))
(shutdown-agents)

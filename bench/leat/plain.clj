;; The fixed plain-text answer as a Ring handler on leat.
;; Arguments: port, then optionally an EDN map of server options, e.g. '{:executor :none}'.
(require '[clojure.edn :as edn]
         '[leat.http :as http])

(defn hello
  "A Ring response: 13 bytes of plain text."
  [_request]
  {:status 200, :headers {"content-type" "text/plain"}, :body "Hello, World!"})

(let [[port options] *command-line-args*]
  (http/start-server hello
                     (merge {:port (parse-long port), :host "127.0.0.1"}
                            (some-> options edn/read-string))))

@(promise)

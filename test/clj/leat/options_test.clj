(ns leat.options-test
  "Options: what is taken, what is said of what is not, and the page that lists them."
  (:require [clojure.test :refer [are deftest is]]
            [leat.http :as http]
            [leat.impl.options :as options])
  (:import [leat.clj Options]
           [leat.http Limits]))

(def ^:private rows
  (mapcat second (Options/table 'leat.http/start-server)))

(defn- check [opts]
  (Options/check 'leat.http/start-server opts))

(defn- message [opts]
  (try
    (.close (http/start-server identity opts))
    "none"
    (catch clojure.lang.ExceptionInfo e
      (when-not (:leat/error (ex-data e)) (throw e))
      (ex-message e))))

(deftest an-unknown-option-is-an-error-that-names-the-nearest
  (are [k expected] (= expected (message {:port 0, k 1}))
    :idle-timout-ms "Unknown option :idle-timout-ms for start-server. Did you mean :idle-timeout-ms?"
    :idle-timeout "Unknown option :idle-timeout for start-server. Did you mean :idle-timeout-ms?"
    :shutdown-timeout "Unknown option :shutdown-timeout for start-server. Did you mean :shutdown-timeout-ms?"
    :prot "Unknown option :prot for start-server. Did you mean :port?"
    :raw-stream "Unknown option :raw-stream for start-server. Did you mean :raw-stream??"
    :max-body-size "Unknown option :max-body-size for start-server. Did you mean :max-body-bytes?"
    "host" "Unknown option \"host\" for start-server. Did you mean :host?")
  (is (re-find #"^Unknown option :compression-level for start-server. Known are :async\?, :backlog, .*:write-stall-timeout-ms\.$"
               (message {:compression-level 5}))))

(deftest a-value-of-the-wrong-kind-is-an-error-that-says-what-is-right
  (are [opts expected] (= (str "Option " expected) (message opts))
    {:port "80"} ":port for start-server: expected an integer from 0 to 65535, got \"80\"."
    {:port 65536} ":port for start-server: expected an integer from 0 to 65535, got 65536."
    {:port 80.0} ":port for start-server: expected an integer from 0 to 65535, got 80.0."
    {:idle-timeout-ms 0} ":idle-timeout-ms for start-server: expected an integer from 1 to 2147483647, got 0."
    {:host ""} ":host for start-server: expected a string that is not empty, got \"\"."
    {:executor :loop} ":executor for start-server: expected a java.util.concurrent.Executor, :none or nil, got :loop."
    {:async? 1} ":async? for start-server: expected true or false, got 1."
    {:unix-socket 5} ":unix-socket for start-server: expected a path: a string, java.io.File or java.nio.file.Path, got 5."
    {:error-handler (range)} ":error-handler for start-server: expected a function, got (0 1 2 3 4 ...)."))

(deftest what-cannot-be-is-an-error
  (are [opts expected] (= expected (message opts))
    {} "start-server needs exactly one of :port, :socket-address, :unix-socket, :listen-socket, got none."
    nil "start-server needs exactly one of :port, :socket-address, :unix-socket, :listen-socket, got none."
    {:port 0, :unix-socket "a"}
    "start-server needs exactly one of :port, :socket-address, :unix-socket, :listen-socket, got :port and :unix-socket."
    8080 "start-server expects a map of options, got 8080.")
  (is (thrown-with-msg? clojure.lang.ExceptionInfo #"start-server expects a function or var as handler, got \"hi\""
                        (http/start-server "hi" {:port 0}))))

(deftest defaults-are-filled-in
  (let [checked (check {:port 5, :backlog nil, :max-fields 7})]
    (is (= [5 1024 7 60000 "leat" true nil]
           (map checked [:port :backlog :max-fields :idle-timeout-ms :server-header :date-header? :executor])))
    (is (= (set (map first rows)) (set (keys checked)))))
  (is (contains? (check {:server-header nil}) :server-header))
  (is (nil? (:server-header (check {:server-header nil}))) "nil is none here")
  (is (true? (:continue-handler (check {:continue-handler nil}))) "nil is the default here"))

(deftest every-default-is-of-its-kind
  (doseq [[k _ default] rows :when (some? default)]
    (is (= default (get (check {k default}) k)))))

(deftest the-page-of-options-is-up-to-date
  (is (= (options/markdown) (slurp "doc/OPTIONS.md"))
      "doc/OPTIONS.md is stale: (spit \"doc/OPTIONS.md\" (leat.impl.options/markdown))"))

(deftest the-bounds-are-those-of-the-parser
  (let [most (into {} (for [[k kind] rows, :when (vector? kind)] [k (peek kind)]))]
    (is (= [Limits/MOST_HEAD_BYTES Limits/MOST_HEAD_BYTES Limits/MOST_HEAD_BYTES Limits/MOST_FIELDS]
           (map most [:max-request-line-bytes :max-field-bytes :max-head-bytes :max-fields])))))

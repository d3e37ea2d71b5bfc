(ns leat.impl.options
  "The options of every function that takes any: one table for each function. It checks, fills in defaults and makes the
  page doc/OPTIONS.md. A row has the key, the kind of its values, the default, the unit and what it does.

  What is said of options, in errors and in that page, is in leat.impl.option-texts, which is loaded when it is needed:
  whoever only starts a server waits for as little as can be."
  (:import [java.io File]
           [java.net SocketAddress]
           [java.nio.channels ServerSocketChannel]
           [java.nio.file Path]
           [java.util.concurrent Executor]
           [leat.http Limits]))

(defn- path? [x]
  (or (string? x) (instance? Path x) (instance? File x)))

(defn- text? [x]
  (and (string? x) (not= "" x)))

(def kinds
  "For each kind of value: in words what it takes, and its test: [from to] for integers, a class, or a predicate."
  {:port      ["an integer from 0 to 65535" [0 65535]]
   :string    ["a string that is not empty" text?]
   :text?     ["a string that is not empty; false or nil for none" #(or (not %) (text? %))]
   :boolean   ["true or false" boolean?]
   :function  ["a function" ifn?]
   :address   ["a java.net.SocketAddress" SocketAddress]
   :listening ["a java.nio.channels.ServerSocketChannel" ServerSocketChannel]
   :path      ["a path: a string, java.io.File or java.nio.file.Path" path?]
   :executor  ["a java.util.concurrent.Executor, :none or nil" #(or (= :none %) (instance? Executor %))]
   :continue  ["a function, true or false" #(or (boolean? %) (ifn? %))]
   :duration  ["an integer from 1 to 2147483647" [1 Integer/MAX_VALUE]]
   :duration? ["an integer from 0 to 2147483647" [0 Integer/MAX_VALUE]]
   :head-size ["an integer from 32 to 16777216" [32 Limits/MOST_HEAD_BYTES]]
   :fields    ["an integer from 1 to 16384" [1 Limits/MOST_FIELDS]]
   :requests  ["an integer from 1 to 65536" [1 65536]]
   :any-size  ["an integer of 0 or more" [0 Long/MAX_VALUE]]
   :count     ["an integer from 1 to 2147483647" [1 Integer/MAX_VALUE]]})

(def start-server
  "The options of `leat.http/start-server`: [key kind default unit doc], by topic."
  [["Where it listens: exactly one of the first four"
    [[:port :port nil nil "The TCP port; 0 takes a free one, which `leat.http/port` tells."]
     [:socket-address :address nil nil
      "The address to listen on, a `java.net.UnixDomainSocketAddress` included."]
     [:unix-socket :path nil nil "The path of a Unix domain socket, which is deleted on close."]
     [:listen-socket :listening nil nil
      "A channel that is bound already, such as one inherited from systemd. It is closed with the server."]
     [:host :string nil nil "With `:port`: the local name or address to listen on; nil is every one."]
     [:backlog :count 1024 "connections" "How many connections the system lets wait to be accepted."]]]
   ["Handlers"
    [[:executor :executor nil nil
      (str "Where handlers run: nil is a virtual thread for each request on JDK 21 or newer, else a pool sized to the"
           " machine; an Executor; or `:none`, on the event loop, where they must not block.")]
     [:async? :boolean false nil "Whether the handler takes `[request respond raise]`, as Ring has it."]
     [:raw-stream? :boolean false nil
      "Whether `:body` of a request is a leat source of read-only ByteBuffers instead of an InputStream."]
     [:error-handler :function nil nil
      "`(f request error)` gives the response when a handler fails, which is logged too. nil answers 500."]
     [:rejected-handler :function nil nil
      "`(f request)` gives the response when the executor is full; it runs on the event loop. nil answers 503."]
     [:continue-handler :continue true nil
      (str "For requests with `Expect: 100-continue`, before the handler runs: `(f request)` gives true, the client is to"
           " go on; false, 417; or another response, or a deferred of these. true alone tells the client to go on when"
           " the handler first reads the body.")]]]
   ["Times"
    [[:head-timeout-ms :duration 10000 "ms" "From the first byte of a request's head to its last, else 408."]
     [:idle-timeout-ms :duration 60000 "ms" "How long a connection may wait for its first or next request."]
     [:min-body-bytes-per-s :any-size 240 "bytes/s" "How fast the body of a request must arrive, else 408; 0 is no limit."]
     [:body-grace-ms :duration 5000 "ms" "The time over which that rate is averaged."]
     [:write-stall-timeout-ms :duration 30000 "ms" "How long a client may take nothing of what is written to it."]
     [:shutdown-timeout-ms :duration? 15000 "ms" "How long requests may go on after `leat.http/close!`."]]]
   ["Limits"
    [[:max-request-line-bytes :head-size 8192 "bytes" "Longer request lines are answered with 414."]
     [:max-field-bytes :head-size 8192 "bytes" "Longer header fields are answered with 431."]
     [:max-fields :fields 128 "fields" "More header fields are answered with 431."]
     [:max-head-bytes :head-size 65536 "bytes" "Larger heads are answered with 431."]
     [:max-body-bytes :any-size 67108864 "bytes" "Larger bodies of requests are answered with 413."]
     [:max-drain-bytes :any-size 262144 "bytes"
      "How much of a body that nobody read is read over to keep the connection."]
     [:max-pipelined :requests 16 "requests" "How many requests of a connection may wait for their turn."]
     [:max-connections :count 65536 "connections" "More are answered with 503 and closed."]
     [:max-connections-per-address :count 4096 "connections" "The same for those from one address; Unix domain sockets do not count."]]]
   ["The rest"
    [[:loops :count nil "threads" "How many event loops; nil is one for each processor."]
     [:server-header :text? "leat" nil "The `Server` header of responses; false leaves it out."]
     [:date-header? :boolean true nil "Whether responses have a `Date` header."]]]])

(def tables
  "The tables by the name of the function."
  {"start-server" start-server})

(defn- text
  "Gives what the function named `f` of leat.impl.option-texts gives for `args`."
  [f & args]
  (apply (requiring-resolve (symbol "leat.impl.option-texts" f)) args))

(defn- valid? [kind value]
  (let [test (peek (kinds kind))]
    (cond
      (vector? test) (and (int? value) (<= (nth test 0) value (nth test 1)))
      (class? test) (instance? test value)
      :else (test value))))

(defn check
  "Returns `options` with the defaults of the function named `function` (a string, as in `tables`) filled in. A nil stands
  for the default, unless it is of the option's kind. Throws ex-info with `:leat/error` for a key that the table does not
  have, naming the nearest one, and for a value that is not of its kind."
  [function options]
  (when-not (or (nil? options) (map? options))
    (throw (text "malformed-options" function options)))
  (let [rows (mapcat peek (tables function))
        by-key (zipmap (map first rows) rows)]
    (reduce-kv (fn [checked k value]
                 (if-let [row (by-key k)]
                   (cond
                     (valid? (nth row 1) value) (assoc checked k value)
                     (nil? value) checked
                     :else (throw (text "malformed-option" function row value)))
                   (throw (text "unknown-option" function k))))
               (zipmap (keys by-key) (map #(nth % 2) (vals by-key)))
               options)))

(defn check-one-of
  "Returns `options`, which must have a value for exactly one of the keys `ks`. Throws ex-info when they have not."
  [function options ks]
  (if (= 1 (count (remove nil? (map options ks))))
    options
    (throw (text "not-one-of" function options ks))))

(defn markdown
  "The page doc/OPTIONS.md, as a string."
  []
  (text "markdown"))

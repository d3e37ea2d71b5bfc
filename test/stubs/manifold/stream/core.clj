(ns manifold.stream.core
  "See manifold.deferred beside this.")

(defprotocol Sinkable
  (to-sink [x] "Returns a sink."))

(defprotocol Sourceable
  (to-source [x] "Returns a source."))

(definterface IEventStream
  (description [])
  (isSynchronous [])
  (downstream [])
  (weakHandle [reference_queue])
  (close []))

(definterface IEventSink
  (put [x blocking])
  (put [x blocking timeout timeout_val])
  (markClosed [])
  (isClosed [])
  (onClosed [callback]))

(definterface IEventSource
  (take [default_val blocking])
  (take [default_val blocking timeout timeout_val])
  (markDrained [])
  (isDrained [])
  (onDrained [callback])
  (connector [sink]))

(def ^:private defaults
  '{IEventStream [(downstream [_] nil) (weakHandle [_ _] nil)]
    IEventSink [(markClosed [_] nil)]
    IEventSource [(markDrained [_] nil) (connector [_ _] nil)]})

(defn- definition [type-name params interfaces body]
  (let [methods (into {} (map (juxt (juxt first (comp count second)) identity))
                      (concat (mapcat defaults interfaces) body))]
    `(deftype ~type-name ~params ~@(map #(symbol (str "manifold.stream.core." %)) interfaces) ~@(vals methods))))

(defmacro def-source [type-name params & body]
  (definition type-name params '[IEventStream IEventSource] body))

(defmacro def-sink [type-name params & body]
  (definition type-name params '[IEventStream IEventSink] body))

(defmacro def-sink+source [type-name params & body]
  (definition type-name params '[IEventStream IEventSink IEventSource] body))

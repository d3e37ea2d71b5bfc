;; A TCP echo on leat. Arguments: port, then :handler for a ChannelHandler on the bare engine, or an EDN map of options of
;; leat.tcp/start-server for a stream that is connected to itself.
(require '[clojure.edn :as edn]
         '[leat.stream :as s]
         '[leat.tcp :as tcp])
(import '[java.net InetSocketAddress]
        '[leat.net Acceptor Acceptor$Initializer ChannelHandler EventLoops TcpChannel])

(defn handler
  "Sends back what comes, and reads no more while it is not taken."
  []
  (reify ChannelHandler
    (onConnected [_ _channel])
    (^void onRead [_ ^TcpChannel channel ^bytes bytes ^int from ^int to]
      (.write (.output channel) bytes from to)
      (.flush channel)
      (when-not (.isWritable channel)
        (.pauseReading channel)))
    (^void onWritable [_ ^TcpChannel channel]
      (.resumeReading channel))))

(let [[port options] *command-line-args*
      port (parse-long port)
      options (edn/read-string options)]
  (if (= :handler options)
    (Acceptor/bind (EventLoops/start) (InetSocketAddress. "127.0.0.1" (int port)) 4096
                   (reify Acceptor$Initializer (accept [_ _loop _remote] (handler))))
    (tcp/start-server (fn [stream _info] (s/connect stream stream))
                      (merge {:port port, :host "127.0.0.1", :backlog 4096, :max-connections 1000000} options))))

@(promise)

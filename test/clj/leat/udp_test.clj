(ns leat.udp-test
  "leat.udp: sockets that send to each other."
  (:require [clojure.test :refer [deftest is]]
            [leat.stream :as s]
            [leat.udp :as udp])
  (:import [clojure.lang ExceptionInfo]
           [java.net BindException InetSocketAddress NetworkInterface]
           [java.nio ByteBuffer]))

(defn- await! [deferred]
  (let [value (deref deferred 20000 ::late)]
    (is (not= ::late value))
    value))

(defmacro ^:private with-sockets [bindings & body]
  (if-let [[sym options & more] (seq bindings)]
    `(let [~sym (await! (udp/socket (merge {:host "127.0.0.1"} ~options)))]
       (try (with-sockets [~@more] ~@body)
            (finally (s/close! ~sym))))
    `(do ~@body)))

(deftest datagrams-are-maps
  (doseq [executor [nil :none]]
    (with-sockets [one {:executor executor}, two {:executor executor}]
      (doseq [to [{:host "127.0.0.1", :port (udp/port two)} {:socket-address (InetSocketAddress. "127.0.0.1" (int (udp/port two)))}]
              message ["hello" (.getBytes "hello") (ByteBuffer/wrap (.getBytes "hello")) ["hel" "lo"]]]
        (is (true? (await! (s/put! one (assoc to :message message)))))
        (let [{:keys [sender message]} (await! (s/take! two))]
          (is (= (InetSocketAddress. "127.0.0.1" (int (udp/port one))) sender))
          (is (= "hello" (String. ^bytes message))))))))

(deftest messages-are-buffers-when-they-are-asked-for
  (with-sockets [one {:raw-stream? true}]
    (s/put! one {:host "localhost", :port (udp/port one), :message "hello"})
    (let [^ByteBuffer message (:message (await! (s/take! one)))]
      (is (.isReadOnly message))
      (is (= 5 (.remaining message))))))

(deftest what-is-no-datagram-fails-and-nothing-else
  (with-sockets [one {}]
    (is (thrown-with-msg? IllegalArgumentException #"^Expected a map with :host, :port and :message to send, got java.lang.String.$"
                          @(s/put! one "hello")))
    (is (thrown-with-msg? IllegalArgumentException #"^Expected :host and :port, or :socket-address" @(s/put! one {:message "hello"})))
    (is (thrown-with-msg? IllegalArgumentException #"^Expected bytes or what leat.bytes converts, got nil"
                          @(s/put! one {:host "127.0.0.1", :port 9})))
    (is (thrown-with-msg? IllegalArgumentException #"^Expected a datagram of at most 65507 bytes, got 65508$"
                          @(s/put! one {:host "127.0.0.1", :port 9, :message (byte-array 65508)})))
    (is (not (s/closed? one)))
    (is (true? (await! (s/put! one {:host "127.0.0.1", :port (udp/port one), :message "fine"}))))
    (is (= "fine" (String. ^bytes (:message (await! (s/take! one))))))))

(deftest drops-are-counted
  (with-sockets [lazy {:queue-length 2, :executor :none}]
    (is (zero? (udp/dropped lazy)))
    (dotimes [_ 5]
      (await! (s/put! lazy {:host "127.0.0.1", :port (udp/port lazy), :message "x"})))
    (is (some #(= 3 %) (repeatedly 100000 #(do (Thread/yield) (udp/dropped lazy)))))
    (is (zero? (udp/failed-sends lazy)))))

(deftest an-address-in-use-is-named
  (with-sockets [one {}]
    (is (thrown-with-msg? BindException #"^Cannot open a UDP socket at 127.0.0.1:\d+: "
                          @(udp/socket {:host "127.0.0.1", :port (udp/port one)})))
    (is (thrown-with-msg? ExceptionInfo #"^Unknown option :prot for socket. Did you mean :port\?$" (udp/socket {:prot 1})))))

(deftest groups-have-names
  (with-sockets [one {:host "0.0.0.0"}]
    (is (thrown-with-msg? java.io.IOException #"^Cannot join the group 127.0.0.1: it is not a multicast address$"
                          @(udp/join! one "127.0.0.1" (.getName (NetworkInterface/getByInetAddress (java.net.InetAddress/getByName "127.0.0.1"))))))
    (is (thrown-with-msg? IllegalArgumentException #"^Expected the name of a network interface, got \"nonsense0\".$"
                          (udp/join! one "239.1.2.3" "nonsense0")))
    (is (true? (await! (udp/leave! one "239.1.2.3"))) "leaving where one never was is harmless")
    (is (thrown-with-msg? IllegalArgumentException #"^Expected a stream of leat.udp" (udp/port nil)))))

(ns leat.frame-test
  (:require [clojure.test :refer [are deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [leat.deferred :as d]
            [leat.frame :as frame]
            [leat.stream :as s]
            [leat.time :as time])
  (:import [java.nio ByteBuffer]
           [java.util Arrays]
           [leat.frame FrameError FrameError$Kind]))

(set! *warn-on-reflection* true)

(defn- utf8 ^bytes [^String text] (.getBytes text "UTF-8"))

(defn- readable
  "Byte arrays as vectors, to be compared."
  [x]
  (cond (bytes? x) (vec x)
        (map? x) (update-vals x readable)
        (sequential? x) (mapv readable x)
        :else x))

(defmacro failure
  "The exception that `body` throws."
  [& body]
  `(try ~@body (catch Exception e# e#)))

;; ---- codecs

(deftest each-option-reaches-its-codec
  (are [bytes codec value] (= bytes (vec (frame/encode codec value)))
    [1 2] (frame/fixed-length 2) (byte-array [1 2])
    [97 98] (frame/fixed-length 2 {:payload :text}) "ab"
    [0 0 0 1 97] (frame/length-prefixed) (utf8 "a")
    [1 97] (frame/length-prefixed {:length-bytes 1, :payload :text}) "a"
    [1 97] (frame/length-prefixed {:length-bytes :varint, :payload (frame/text)}) "a"
    [3 0 97] (frame/length-prefixed {:length-bytes 2, :endian :little, :includes-header? true, :payload :text}) "a"
    [0 97] (frame/length-prefixed {:length-bytes 1, :adjust 1, :payload :text}) "a"
    [97 13 10] (frame/line {:end :crlf}) "a"
    [-23 10] (frame/line {:encoding "ISO-8859-1"}) "é"
    [97 0] (frame/delimited (byte-array 1) {:payload :text}) "a"
    [97 59] (frame/delimited [";" ","] {:payload :text}) "a"
    [97 44] (frame/delimited [";" ","] {:payload :text, :keep-delimiter? true}) "a,"
    [49 58 97 44] (frame/netstring {:payload :text}) "a"
    [7 0 1 9] (frame/tlv) {:tag 7, :value (byte-array [9])}
    [0 7 3 0 8 0] (frame/tlv {:tag-bytes 2, :length-bytes 1, :nested #{7}}) {:tag 7, :value [{:tag 8, :value (byte-array 0)}]}
    [1 0 97 10] (frame/tagged {1 (frame/line)} {:tag-bytes 2, :endian :little}) [1 "a"]
    [97 10 98 10] (frame/tuple (frame/line) (frame/line)) ["a" "b"]
    [52 58 97 10 98 10 44] (frame/netstring {:payload (frame/many (frame/line))}) ["a" "b"]
    [50 58 97 10 44] (frame/netstring {:payload (frame/line)}) "a"
    [49 10] (frame/mapped (frame/line) parse-long str) 1
    [1 49] (frame/length-prefixed {:length-bytes 1, :payload (frame/mapped (frame/text) parse-long str)}) 1))

(deftest what-is-wrong-is-said
  (are [message form] (= message (ex-message (failure form)))
    "Unknown option :lenght-bytes for length-prefixed. Did you mean :length-bytes?"
    (frame/length-prefixed {:lenght-bytes 2})
    "Option :length-bytes for length-prefixed: expected 1 or 2 or 3 or 4 or 8 or :varint, got 5."
    (frame/length-prefixed {:length-bytes 5})
    "Expected :bytes, :text, a payload or a codec of leat.frame as :payload, actual clojure.lang.Keyword."
    (frame/netstring {:payload :txt})
    "Expected a codec of leat.frame, actual java.lang.String."
    (frame/tuple "a")
    "Option :encoding for line: expected the name of a character set, or a java.nio.charset.Charset, got \"UTF-88\"."
    (frame/line {:encoding "UTF-88"})
    "Expected a character set in which a line feed is the byte 10, actual UTF-16." (frame/line {:encoding "UTF-16"})
    "Expected a payload of at most 3 bytes, actual 4 bytes." (frame/encode (frame/line {:max-bytes 3}) "abcd")
    "Expected a value of this codec, actual java.lang.Long." (frame/encode (frame/line) 5)
    "Expected a payload of at most 3 bytes, actual no delimiter within 5 bytes at byte 0."
    (frame/decode (frame/line {:max-bytes 3}) (utf8 "abcdefg\n"))
    "Expected the rest of a frame, actual the end after 1 of at least 2 bytes at byte 2."
    (frame/decode (frame/line) (utf8 "\na"))))

(def ^:private leaves
  "Pairs of a codec and a generator of its values."
  (let [text (gen/fmap #(apply str (remove #{\newline \return} %)) gen/string)]
    [[(frame/line) text]
     [(frame/netstring) gen/bytes]
     [(frame/length-prefixed {:length-bytes :varint}) gen/bytes]
     [(frame/length-prefixed {:length-bytes 3, :endian :little, :includes-header? true}) gen/bytes]
     [(frame/fixed-length 2) (gen/fmap byte-array (gen/vector gen/byte 2))]
     [(frame/tlv {:nested #{1}})
      (gen/recursive-gen (fn [inner] (gen/fmap #(hash-map :tag 1 :value %) (gen/vector inner 0 3)))
                         (gen/fmap #(hash-map :tag 2 :value %) gen/bytes))]]))

(defn- nested
  "A generator of pairs as in `leaves`, with codecs of the pair `inner`."
  [inner]
  (gen/let [[codec values] inner, [codec2 values2] inner]
    (gen/elements [[(frame/tuple codec codec2) (gen/tuple values values2)]
                   [(frame/tagged {1 codec, 2 codec2})
                    (gen/one-of [(gen/tuple (gen/return 1) values) (gen/tuple (gen/return 2) values2)])]
                   [(frame/netstring {:payload (frame/many codec)}) (gen/vector values 0 3)]
                   [(frame/length-prefixed {:payload codec}) values]])))

(def ^:private messages
  "A generator of a codec, some values for it, and the sizes of the pieces that their bytes come in."
  (gen/let [[codec values] (gen/recursive-gen nested (gen/elements leaves))]
    (gen/tuple (gen/return codec) (gen/vector values 0 5) (gen/vector (gen/choose 1 40) 1 10))))

(defn- pieces
  "The bytes cut into pieces of these sizes, over and over."
  [bytes sizes]
  (let [bytes (byte-array bytes)]
    (loop [from 0, [size & sizes] (cycle sizes), result []]
      (let [to (min (alength bytes) (+ from (long size)))]
        (if (< from to)
          (recur to sizes (conj result (Arrays/copyOfRange bytes from to)))
          result)))))

(defspec what-was-encoded-is-decoded 80
  (prop/for-all [[codec values sizes] messages]
    (let [bytes (mapcat #(frame/encode codec %) values)
          decoded (frame/decode-stream codec (pieces bytes sizes))]
      (and (= (readable values) (readable (s/stream->seq decoded)))
           (nil? (s/close-cause decoded))
           (= (readable values) (readable (frame/decode codec (byte-array bytes))))))))

(defspec any-bytes-give-values-or-a-frame-error 80
  (prop/for-all [[codec values sizes] messages, garbage gen/bytes, at gen/nat]
    (let [bytes (vec (mapcat #(frame/encode codec %) values))
          [before after] (split-at at bytes)
          decoded (frame/decode-stream codec (pieces (concat before garbage after) sizes))]
      (dorun (s/stream->seq decoded))
      (or (nil? (s/close-cause decoded)) (instance? FrameError (s/close-cause decoded))))))

;; ---- streams

(deftest chunks-may-be-buffers-and-text
  (let [direct (doto (ByteBuffer/allocateDirect 3) (.put (utf8 "b\nc")) (.flip))
        read-only (.asReadOnlyBuffer (ByteBuffer/wrap (utf8 "xx\nxx") 2 1))
        part (ByteBuffer/wrap (utf8 "xxdxx") 2 1)]
    (is (= ["ab" "c" "d"]
           (s/stream->seq (frame/decode-stream (frame/line) [(utf8 "a") direct read-only part (utf8 "\n")]))))
    (is (= 3 (.remaining direct)) "buffers stay as they are")))

(deftest no-more-is-taken-than-is-wanted
  (let [in (s/stream), out (frame/decode-stream (frame/line) in)]
    (is (true? @(s/put! in (utf8 "a\nb\nc"))) "the first chunk is taken at once")
    (let [put (s/put! in (utf8 "d\n"))]
      (is (not (d/realized? put)))
      (is (= "a" @(s/take! out)))
      (is (not (d/realized? put)) "b is still there")
      (is (= "b" @(s/take! out)))
      (is (true? @put))
      (is (= "cd" @(s/take! out))))))

(deftest the-end-within-a-frame-is-an-error
  (let [in (s/stream 10), out (frame/decode-stream (frame/line) in)]
    (s/put-all! in [(utf8 "a\nb")])
    (s/close! in)
    (is (= ["a"] (s/stream->seq out)))
    (is (= FrameError$Kind/TRUNCATED (.kind ^FrameError (s/close-cause out))))
    (is (= "Expected the rest of a frame, actual the end after 1 of at least 2 bytes at byte 3."
           (ex-message (s/close-cause out))))))

(deftest bytes-that-are-no-frame-close-both
  (let [in (s/stream 10), out (frame/decode-stream (frame/netstring {:payload :text}) in)]
    (s/put! in (utf8 "1:a,x"))
    (is (= ["a"] (s/stream->seq out)))
    (is (= "Expected a digit, actual byte 0x78 at byte 4." (ex-message (s/close-cause out))))
    (is (identical? (s/close-cause out) (s/close-cause in)))))

(deftest a-source-that-fails-is-the-cause
  (let [in (s/stream), out (frame/decode-stream (frame/line) in), cause (Exception. "reset")]
    (s/put! in (utf8 "a"))
    (.close in cause)
    (is (= [] (s/stream->seq out)))
    (is (identical? cause (s/close-cause out)))))

(deftest a-frame-that-does-not-go-on-is-cut
  (let [clock (time/mock-clock)]
    (time/with-clock clock
      (let [in (s/stream), out (frame/decode-stream (frame/line) in {:stall-timeout-ms 100})]
        (time/advance clock 1000)
        (is (not (s/closed? in)) "between frames nothing is limited")
        (s/put! in (utf8 "a"))
        (time/advance clock 99)
        (s/put! in (utf8 "b"))
        (time/advance clock 99)
        (is (not (s/closed? in)))
        (time/advance clock 1)
        (is (s/closed? in))
        (is (s/drained? out))
        (is (= FrameError$Kind/STALLED (.kind ^FrameError (s/close-cause out))))
        (is (= "Expected the rest of a frame within 100 ms, actual 2 of at least 3 bytes at byte 2."
               (ex-message (s/close-cause out))))))))

(deftest the-consumer-is-not-the-one-who-stalls
  (let [clock (time/mock-clock)]
    (time/with-clock clock
      (let [in (s/stream), out (frame/decode-stream (frame/line) in {:stall-timeout-ms 100})]
        (s/put! in (utf8 "a\nb"))
        (time/advance clock 1000)
        (is (= "a" @(s/take! out)))
        (is (not (s/closed? in)))))))

(deftest closing-what-comes-out-closes-what-goes-in
  (let [in (s/stream), out (frame/decode-stream (frame/line) in)]
    (s/close! out)
    (is (s/closed? in))))

(deftest a-duplex-stream-of-values
  (let [to-peer (s/stream), from-peer (s/stream)
        duplex (frame/wrap-duplex (frame/line) (s/splice to-peer from-peer))
        put (s/put! duplex "hello")]
    (is (not (d/realized? put)) "what goes out has its place when its bytes have")
    (is (= "hello\n" (String. ^bytes @(s/take! to-peer))))
    (is (true? @put))
    (testing "a value for which there is no frame"
      (let [put (s/put! duplex "a\nb")]
        (is (instance? FrameError (failure @put)))
        (is (not (s/closed? duplex)))
        (is (= ::none @(s/try-take! to-peer ::drained 0 ::none)) "nothing is sent")))
    (testing "the end of what comes in"
      (s/put! from-peer (utf8 "hi\n"))
      (is (= "hi" @(s/take! duplex)))
      (s/close! from-peer)
      (is (= ::drained @(s/take! duplex ::drained)))
      (is (not (s/closed? to-peer)))
      (s/put! duplex "bye")
      (is (= "bye\n" (String. ^bytes @(s/take! to-peer)))))
    (s/close! duplex)
    (is (s/closed? to-peer))))

(deftest an-error-closes-a-duplex-stream
  (let [to-peer (s/stream), from-peer (s/stream)
        duplex (frame/wrap-duplex (frame/netstring) (s/splice to-peer from-peer))]
    (s/put! from-peer (utf8 "x"))
    (is (= ::drained @(s/take! duplex ::drained)))
    (is (= "Expected a digit, actual byte 0x78 at byte 0." (ex-message (s/close-cause duplex))))
    (is (s/closed? to-peer))
    (is (s/closed? from-peer))))

(deftest a-stream-of-frames
  (is (= "a\nb\n" (apply str (map #(String. ^bytes %) (s/stream->seq (frame/encode-stream (frame/line) ["a" "b"])))))))

(deftest many-frames-neither-overflow-nor-block
  (let [n 20000
        bytes (utf8 (apply str (repeat n "a\n")))
        in (frame/decode-stream (frame/line) [bytes bytes])]
    (is (= (* 2 n) @(s/reduce (fn [sum _] (inc sum)) 0 in)))))

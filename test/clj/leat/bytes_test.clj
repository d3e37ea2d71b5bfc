(ns leat.bytes-test
  (:require [clojure.string :as str]
            [clojure.test :refer [are deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [leat.bytes :as b]
            [leat.bytes.protocols :as proto]
            [leat.deferred :as d]
            [leat.stream :as s])
  (:import [java.io ByteArrayInputStream ByteArrayOutputStream Closeable File IOException InputStream OutputStream Reader
            StringReader]
           [java.nio ByteBuffer]
           [java.nio.channels ReadableByteChannel WritableByteChannel]
           [java.nio.charset CharacterCodingException]
           [java.util Arrays]
           [leat.bytes Slice]
           [leat.convert Type]))

(set! *warn-on-reflection* true)

(def ^:private text "Größe, 日本語, 😀 and 🏳️‍🌈: a text of several scripts.")

(defn- utf8 ^bytes [^String text] (.getBytes text "UTF-8"))

(defn- temporary ^File []
  (doto (File/createTempFile "leat-bytes" ".tmp") (.deleteOnExit)))

(defn- cut
  "The bytes in pieces of `size`."
  [^bytes bytes size]
  (for [from (range 0 (alength bytes) size)]
    (Arrays/copyOfRange bytes (int from) (int (min (alength bytes) (+ (long from) (long size)))))))

(def ^:private types
  "All types that text can become, as `convert` takes them."
  (for [form (b/possible-conversions String)]
    (if (seq? form)
      (({'seq-of b/seq-of, 'vector-of b/vector-of, 'stream-of b/stream-of} (first form)) (second form))
      form)))

(def ^:private text-types
  (into #{} (mapcat #(vector % (b/seq-of %) (b/stream-of %))) [String CharSequence Reader]))

;; ---- conversions

(deftest everything-becomes-everything
  (is (<= 22 (count types)))
  (doseq [from types, to types]
    (is (= text
           (-> text (b/convert from) (b/convert to) (b/convert String))
           (-> text (b/convert from) (b/convert to {:source-type from}) (b/convert String {:source-type to})))
        (str from " to " to))))

(deftest bytes-that-are-no-text-survive
  (let [bytes (byte-array (range -128 128))]
    (doseq [from types, to types :when (not (or (text-types from) (text-types to)))]
      (is (= (seq bytes) (seq (-> bytes (b/convert from) (b/convert to) (b/convert (class bytes)))))
          (str from " to " to)))))

(deftest other-things-that-hold-bytes
  (are [x] (= "text" (b/to-string x))
    "text"
    (StringBuilder. "text")
    (utf8 "text")
    (ByteBuffer/wrap (utf8 "a text !") 2 4)
    (.asReadOnlyBuffer (ByteBuffer/wrap (utf8 "text")))
    (doto (ByteBuffer/allocateDirect 4) (.put (utf8 "text")) (.flip))
    (Slice/wrap (utf8 "text"))
    (StringReader. "text")
    (ByteArrayInputStream. (utf8 "text"))
    (doto (temporary) (spit "text"))
    (.toPath (doto (temporary) (spit "text")))
    ["te" (utf8 "x") (ByteBuffer/wrap (utf8 "t"))]
    (list "t" [(utf8 "e") (list "x")] (ByteArrayInputStream. (utf8 "t")))
    (s/->source ["te" (utf8 "xt")]))
  (are [x] (= "" (b/to-string x))
    "" [] () (byte-array 0) (s/->source []) (temporary) (ByteArrayInputStream. (byte-array 0))))

(deftest what-cannot-be-converted
  (are [message form] (= message (try form (catch IllegalArgumentException e (ex-message e))))
    "Don't know how to convert nil into java.lang.String." (b/to-string nil)
    "Don't know how to convert java.lang.Long into java.nio.ByteBuffer." (b/to-byte-buffer 5)
    "Don't know how to convert java.lang.Long into java.nio.ByteBuffer." (b/to-string (list 5))
    "Don't know how to transfer from java.lang.String to java.lang.Long." (b/transfer "a" 5)
    "Expected :chunk-size >= 1, actual 0." (doall (b/to-byte-buffers (ByteArrayInputStream. (byte-array 1)) {:chunk-size 0}))))

(deftest options-reach-conversions
  (let [latin1 (.getBytes "é" "ISO-8859-1")]
    (is (= "é" (b/to-string latin1 {:encoding "ISO-8859-1"})
           (b/to-string (ByteArrayInputStream. latin1) {:encoding :iso-8859-1})
           (b/to-string [latin1] {:encoding "latin1"})
           (b/to-string (b/to-reader latin1 {:encoding "ISO-8859-1"}))))
    (is (= [-23] (vec (b/to-byte-array "é" {:encoding "ISO-8859-1"})) (vec (b/to-byte-array ["é"] {:encoding "ISO-8859-1"}))))
    (is (= "�" (b/to-string latin1) (b/to-string [latin1]) (b/to-string (b/to-char-sequence [latin1]))))
    (is (thrown? CharacterCodingException (b/to-string latin1 {:on-encoding-error :report})))
    (is (thrown? CharacterCodingException (b/to-string [latin1] {:on-encoding-error :report})))
    (is (thrown? CharacterCodingException (b/to-byte-array ["a\ud83db"] {:on-encoding-error :report})))
    (is (thrown? CharacterCodingException (slurp (b/to-reader latin1 {:on-encoding-error :report})))))
  (is (.isDirect (b/to-byte-buffer (utf8 "abc") {:direct? true})))
  (is (.isDirect (b/to-byte-buffer [(ByteBuffer/allocate 1) (ByteBuffer/allocate 2)] {:direct? true})))
  (is (= [3 3 1] (map #(.remaining ^ByteBuffer %) (b/to-byte-buffers (byte-array 7) {:chunk-size 3}))
         (map #(.remaining ^ByteBuffer %) (b/to-byte-buffers (ByteArrayInputStream. (byte-array 7)) {:chunk-size 3}))
         (map alength (b/to-byte-arrays (doto (temporary) (spit "1234567")) {:chunk-size 3})))))

(deftest buffers-stay-as-they-are
  (let [buffer (doto (ByteBuffer/wrap (utf8 "0123456789")) (.position 2) (.limit 5))]
    (doseq [type types]
      (is (= "234" (b/to-string (b/convert buffer type) {:source-type type})) (str type))
      (is (= [2 5] [(.position buffer) (.limit buffer)]) (str type)))))

;; ---- text at the edges of chunks

(deftest characters-that-two-chunks-share
  (doseq [encoding ["UTF-8" "UTF-16" "GB18030" "ISO-2022-JP"], size [1 2 3 7]
          :let [options {:encoding encoding}
                bytes (b/to-byte-array text options)
                text (String. bytes ^String encoding)
                chunks (cut bytes size)]]
    (testing (str encoding " by " size)
      (is (= text
             (b/to-string chunks options)
             (b/to-string (vec chunks) options)
             (b/to-string (s/->source chunks) options)
             (str/join (b/convert chunks (b/seq-of String) options))
             (str/join (b/convert (vec chunks) (b/seq-of CharSequence) (assoc options :source-type (b/vector-of bytes))))
             (str/join (s/stream->seq (b/convert (s/->source chunks) (b/stream-of String) options)))
             (str/join (s/stream->seq (b/convert (s/->source chunks) (b/stream-of String)
                                                 (assoc options :source-type (b/stream-of bytes)))))
             (slurp (b/to-reader chunks options))
             (str (b/to-char-sequence (b/to-input-stream chunks) options)))))))

(deftest surrogates-that-two-strings-share
  (let [chars (map str text)]
    (doseq [encoding ["UTF-8" "UTF-16"], :let [options {:encoding encoding}, expected (seq (b/to-byte-array text options))]]
      (is (= expected
             (seq (b/to-byte-array chars options))
             (seq (b/to-byte-array (s/->source chars) options))
             (mapcat seq (b/to-byte-arrays chars options))
             (mapcat seq (s/stream->seq (b/convert (s/->source chars) (b/stream-of bytes) options))))
          encoding))
    (is (= text (b/to-string chars)))))

(defspec any-split-is-the-same-text 100
  (prop/for-all [text gen/string, sizes (gen/vector (gen/choose 1 5) 1 5)]
    (let [bytes (utf8 text)
          chunks (loop [from 0, [size & sizes] (cycle sizes), result []]
                   (let [to (min (alength bytes) (+ from (long size)))]
                     (if (< from to)
                       (recur to sizes (conj result (Arrays/copyOfRange bytes from to)))
                       result)))]
      (= text (b/to-string chunks) (str/join (b/convert (s/->source chunks) (b/seq-of String)))))))

;; ---- streams: no more is read than is wanted

(defn- counting
  "An endless lazy sequence of one-byte arrays, one realized at a time, that counts them in the atom `n`."
  [n]
  (lazy-seq (cons (byte-array [(swap! n inc)]) (counting n))))

(deftest lazy-sequences-stay-lazy
  (let [n (atom 0)
        in (b/to-input-stream (counting n))]
    (is (= 0 @n))
    (is (= 1 (.read in)))
    (is (= 2 (.read in)))
    (is (= 2 @n)))
  (let [n (atom 0)
        buffers (b/convert (counting n) (b/seq-of ByteBuffer))]
    (is (= 0 @n))
    (is (= 1 (.get ^ByteBuffer (first buffers))))
    (is (= 1 @n))))

(deftest a-stream-waits-for-whoever-reads-it
  (let [source (s/stream)
        in (b/to-input-stream source)
        first-put (s/put! source (utf8 "ab"))]
    (is (not (d/realized? first-put)) "nothing is taken before somebody reads")
    (is (= (int \a) (.read in)))
    (is (true? @first-put))
    (let [second-put (s/put! source (utf8 "cd"))]
      (is (= (int \b) (.read in)))
      (is (not (d/realized? second-put)))
      (.close in)
      (is (s/closed? source)))))

(deftest a-stream-that-fails-is-an-error-to-its-reader
  (let [source (s/stream 1)]
    (s/put! source (utf8 "a"))
    (.close source (IOException. "reset"))
    (is (thrown-with-msg? IOException #"reset" (slurp (b/to-input-stream source))))))

(deftest streams-become-streams-with-back-pressure
  (let [source (s/stream)
        strings (b/convert source (b/stream-of String))
        puts (mapv #(s/put! source (utf8 (str %))) (range 5))]
    (is (not (d/realized? (peek puts))))
    (is (= "0" @(s/take! strings)))
    (is (= ["1" "2" "3" "4"] (do (s/close! source) (s/stream->seq strings))))
    (is (every? deref puts))))

(deftest text-is-read-as-far-as-somebody-looks
  (let [n (atom 0)
        chars (b/to-char-sequence (reify proto/ByteSource
                                    (take-bytes! [_ _ _] (utf8 (str (swap! n inc) " ")))))]
    (is (= 0 @n))
    (is (= \1 (.charAt chars 0)))
    (is (< 0 @n 10000)))
  (let [closed (atom 0)
        in (proxy [ByteArrayInputStream] [(utf8 "one\ntwo")] (close [] (swap! closed inc)))]
    (is (= ["one" "two"] (b/to-line-seq in)))
    (is (pos? (long @closed)))))

;; ---- conversions and transfers of one's own

(defrecord Note [text])
(defrecord Envelope [^bytes content])

(deftest definitions-of-ones-own
  (is (thrown? IllegalArgumentException (b/to-string (->Note "a"))))
  (b/def-conversion ^{:cost 0.5} [Note String] [note] (.text note))
  (b/def-conversion [bytes Envelope] [content {:keys [mark]}] (->Envelope (b/to-byte-array (str mark (b/to-string content)))))
  (is (= "a" (b/to-string (->Note "a"))))
  (is (= "ab" (b/to-string (list (->Note "a") (->Note "b")))))
  (is (= [97 98] (vec (b/to-byte-array [(->Note "a") (->Note "b")]))))
  (is (= "!a" (b/to-string (:content (b/convert "a" Envelope {:mark "!"})))))
  (is (= ["a" "b"] (map #(b/to-string (:content %)) (b/convert ["a" "b"] (b/seq-of Envelope)))))
  (is (= 0 (b/conversion-cost (->Note "a") String)))
  (is (= 9999 (b/conversion-cost "a" Note)))
  (is (= [[Note String] [String (class (byte-array 0))]] (b/conversion-path Note (class (byte-array 0)))))
  (is (some #{Envelope} (b/possible-conversions Note))))

(deftype Box [contents])

(deftest transfers-of-ones-own
  (is (not (b/optimized-transfer? String Box)))
  (is (thrown? IllegalArgumentException (b/transfer "a" (Box. (atom "")))))
  (b/def-transfer [String Box] [text box {:keys [mark]}] (swap! (.contents ^Box box) str text mark))
  (is (b/optimized-transfer? String Box))
  (let [box (Box. (atom ""))]
    (b/transfer (utf8 "a") box)
    (b/transfer "b" box {:mark "!"})
    (is (= "ab!" @(.contents box)))))

(deftype Countdown [^:unsynchronized-mutable ^long n closed]
  proto/ByteSource
  (take-bytes! [_ size _]
    (when (pos? n)
      (set! n (dec n))
      (byte-array size (byte n))))
  Closeable
  (close [_] (swap! closed inc)))

(deftest byte-sources-and-sinks
  (let [closed (atom 0)]
    (is (= 6000 (alength (b/to-byte-array (Countdown. 3 closed) {:chunk-size 2000}))))
    (is (pos? (long @closed))))
  (let [sent (atom [])
        sink (reify proto/ByteSink (send-bytes! [_ bytes _] (swap! sent conj (b/to-string bytes))))]
    (b/transfer "abcdef" sink {:chunk-size 4})
    (is (= ["abcd" "ef"] @sent)))
  (is (= "ab" (b/to-string (proto/take-bytes! (b/to-byte-source "abc") 2 nil))))
  (let [out (ByteArrayOutputStream.)]
    (proto/send-bytes! (b/to-byte-sink out) "ab" nil)
    (is (= "ab" (str out))))
  (is (nil? (b/transfer "abc" b/dev-null)))
  (let [sink (s/stream 10)]
    (b/transfer "abcdef" sink {:chunk-size 4})
    (is (= ["abcd" "ef"] (map b/to-string (s/stream->seq sink)))))
  (is (thrown-with-msg? IOException #"Expected an open sink" (b/transfer "a" (doto (s/stream) s/close!)))))

(deftest transfers
  (doseq [type types]
    (let [file (temporary), out (ByteArrayOutputStream.)]
      (b/transfer (b/convert text type) file {:chunk-size 5})
      (is (= text (slurp file)) (str type))
      (b/transfer (b/convert text type) file)
      (is (= (str text text) (slurp file)) (str type))
      (b/transfer (b/convert text type) (doto file (spit "")) {:append? false})
      (is (= text (slurp file)) (str type))
      (b/transfer (b/convert text type) type out nil)
      (is (= text (str out)) (str type)))))

(deftest what-is-read-to-its-end-in-chunks-is-closed
  (doseq [wrap [identity b/to-readable-channel]]
    (let [closed (atom 0)
          chunks (b/to-byte-buffers (wrap (proxy [ByteArrayInputStream] [(utf8 "abc")] (close [] (swap! closed inc))))
                                    {:chunk-size 2})]
      (is (= 0 @closed))
      (is (= "abc" (b/to-string chunks)))
      (is (pos? (long @closed))))))

(deftest transfers-close-both-unless-they-are-not-to
  (doseq [close? [true false]]
    (let [closed (atom #{})
          in (proxy [ByteArrayInputStream] [(utf8 "abc")] (close [] (swap! closed conj :in)))
          out (proxy [ByteArrayOutputStream] [] (close [] (swap! closed conj :out)))]
      (b/transfer in out {:close? close?})
      (is (= (if close? #{:in :out} #{}) @closed)))))

;; ---- comparison and printing

(deftest comparison
  (is (neg? (b/compare-bytes (byte-array [0 0 0 1]) (byte-array [0x7f]))))
  (is (pos? (b/compare-bytes (byte-array [-128]) (byte-array [127 0]))) "as unsigned numbers")
  (is (neg? (b/compare-bytes "ab" "abc")))
  (is (b/bytes= "" []))
  (is (b/bytes= "abcdef" (cut (utf8 "abcdef") 4)))
  (is (b/bytes= (cut (utf8 "abcdef") 4) (ByteArrayInputStream. (utf8 "abcdef"))) "cut in another way")
  (is (not (b/bytes= (cut (utf8 "abcdef") 4) "abcdeg")))
  (is (= [[1] [1 2] [-1]] (map vec (sort b/compare-bytes [(byte-array [-1]) (byte-array [1 2]) (byte-array [1])])))))

(defspec comparison-is-that-of-text 200
  (prop/for-all [a gen/string-ascii, b gen/string-ascii]
    (= (Long/signum (compare a b)) (Long/signum (b/compare-bytes a b)) (Long/signum (b/compare-bytes (list a) (list b))))))

(deftest printing
  (is (= (str "54 65 78 74 0A 00 FF 20  41 42 43 44 45 46 47 48      Text..ÿ ABCDEFGH\n"
              "49                                                    I\n")
         (with-out-str (b/print-bytes (byte-array (concat (utf8 "Text\n") [0 -1] (utf8 " ABCDEFGHI")))))))
  (is (= "" (with-out-str (b/print-bytes "")))))

;; ---- files

(deftest files-are-closed-at-their-end
  (let [file (doto (temporary) (spit (apply str (repeat 100 "0123456789"))))
        parts (b/convert file (b/seq-of ByteBuffer) {:chunk-size 300})]
    (is (= [300 300 300 100] (map #(.remaining ^ByteBuffer %) parts)))
    (is (instance? Closeable parts))
    (let [parts (b/convert file (b/seq-of ByteBuffer) {:chunk-size 300})]
      (first parts)
      (.close ^Closeable parts)
      (is (= 1 (count parts)) "nothing more is mapped")))
  (with-open [channel ^WritableByteChannel (b/convert (temporary) WritableByteChannel)]
    (is (instance? OutputStream (b/to-output-stream channel))))
  (with-open [channel (b/to-readable-channel (doto (temporary) (spit "a")))]
    (is (instance? ReadableByteChannel channel))))

;; ---- the rest

(deftest descriptions-of-types
  (are [form x] (= form (.form ^Type x))
    String (b/type-descriptor "a")
    '(seq-of nil) (b/type-descriptor (list 1))
    '(stream-of nil) (b/type-descriptor (s/stream))
    (list 'vector-of String) (b/type-descriptor ["a" 1])
    (list 'seq-of (class (byte-array 0))) (b/seq-of bytes)
    (list 'stream-of InputStream) (b/stream-of InputStream)
    ::b/nil (b/type-descriptor nil))
  (is (= (b/seq-of bytes) (b/seq-of (class (byte-array 0)))))
  (is (= #'proto/ByteSource (.form (Type/of proto/ByteSource))))
  (is (not (.isAssignableTo (Type/of String) (Type/of #'proto/ByteSource))))
  (is (.isAssignableTo (Type/of ByteArrayInputStream) (Type/of #'proto/ByteSource)) "extended to a superclass")
  (is (.isAssignableTo (Type/of Countdown) (Type/of #'proto/ByteSource)) "implemented in place")
  (is (not (.isAssignableTo (Type/of ::b/nil) (Type/of #'proto/ByteSource)))))

(deftest every-name-is-there
  (is (= '#{bytes= compare-bytes conversion-cost conversion-path conversions convert def-conversion def-transfer dev-null
            inverse-conversions optimized-transfer? possible-conversions print-bytes seq-of src->dst->transfer stream-of
            to-byte-array to-byte-arrays to-byte-buffer to-byte-buffers to-byte-sink to-byte-source to-char-sequence
            to-data-input-stream to-input-stream to-line-seq to-output-stream to-readable-channel to-reader to-string
            transfer type-descriptor vector-of}
         (set (keys (ns-publics 'leat.bytes)))))
  (is (= 97 (.readByte (b/to-data-input-stream "a")))))

(ns leat.codec-test
  "Codecs: what is encoded comes back, whatever it is; what strangers send is refused in time; streams."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [are deftest is testing]]
            [clojure.test.check :as tc]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [leat.codec :as codec]
            [leat.frame :as frame]
            [leat.stream :as s])
  (:import [java.util Arrays]
           [leat.codec Codec NestingScanner]
           [leat.frame FrameError FrameError$Kind]))

(defrecord Point [x y])

(def ^:private makers
  {"edn" codec/edn, "json" codec/json, "transit" codec/transit, "message-pack" codec/message-pack
   "fressian" codec/fressian, "nippy" codec/nippy
   "transit-msgpack" (fn ([] (codec/transit {:format :msgpack})) ([o] (codec/transit (assoc o :format :msgpack))))})

(def ^:private codecs
  "The makers whose libraries are on the class path, by name. The others are told, and skipped."
  (into {}
        (remove (fn [[codec-name make]]
                  (try (make) false
                    (catch clojure.lang.ExceptionInfo e
                      (when-not (= :missing-library (:leat/error (ex-data e))) (throw e))
                      (println "SKIPPED" (str "leat.codec-test for " codec-name ": needs " (:coordinate (ex-data e))))
                      true))))
        makers))

(defn- kind [f]
  (try (f) :none (catch FrameError e (keyword (str/lower-case (str (.kind e)))))))

;; ---- values

(def ^:private json-value
  (gen/recursive-gen #(gen/one-of [(gen/vector % 0 6) (gen/map gen/string % {:max-elements 6})])
                     (gen/one-of [gen/large-integer gen/string gen/boolean (gen/return nil)
                                  (gen/double* {:NaN? false, :infinite? false})])))

(def ^:private clojure-value
  (gen/recursive-gen #(gen/one-of [(gen/vector % 0 6) (gen/map % % {:max-elements 6}) (gen/set % {:max-elements 6})
                                   (gen/list %)])
                     (gen/one-of [gen/large-integer gen/string gen/boolean (gen/return nil) gen/keyword-ns gen/symbol
                                  gen/uuid gen/char-alphanumeric gen/size-bounded-bigint gen/ratio
                                  (gen/double* {:NaN? false})])))

(def ^:private values-of
  {"json" json-value, "message-pack" json-value})

(defn- holds? [property]
  (let [{:keys [pass? seed shrunk]} (tc/quick-check 100 property)]
    (when-not pass? (println "seed" seed "smallest" (:smallest shrunk) (:result-data shrunk)))
    pass?))

(deftest what-is-encoded-comes-back
  (doseq [[codec-name make] codecs, :let [c (make)]]
    (testing codec-name
      (is (holds? (prop/for-all [x (values-of codec-name clojure-value)]
                    (= x (codec/decode c (codec/encode c x)))))))))

(deftest any-garbage-is-a-value-or-a-frame-error
  (doseq [[codec-name make] codecs, :let [c (make {:max-bytes 4096, :max-depth 32})]]
    (testing codec-name
      (is (holds? (prop/for-all [x gen/bytes]
                    (contains? #{:none :malformed :too_large :truncated} (kind #(codec/decode c x))))))
      (is (holds? (prop/for-all [x (values-of codec-name clojure-value), at gen/nat, b gen/byte]
                    (let [encoded (codec/encode (make) x)]
                      (when (pos? (alength encoded))
                        (aset-byte encoded (mod at (alength encoded)) b))
                      (contains? #{:none :malformed :too_large :truncated} (kind #(codec/decode c encoded))))))))))

(deftest a-value-that-is-cut-off-is-an-error
  (doseq [[codec-name make] (dissoc codecs "edn" "json" "transit"), :let [c (make)]]
    (testing codec-name
      (let [encoded (codec/encode c {"key" ["a string" 123456 nil 2.5 {"x" [true]}]})]
        (doseq [n (range (alength encoded))]
          (is (not= :none (kind #(codec/decode c (Arrays/copyOf encoded (int n))))) n))))))

(deftest more-than-one-value-is-an-error
  (doseq [[codec-name make] (dissoc codecs "transit"), :let [c (make)]]
    (testing codec-name
      (let [encoded (codec/encode c "x")
            twice (byte-array (concat encoded (.getBytes " ") encoded))]
        (is (= :malformed (kind #(codec/decode c twice))))))))

;; ---- limits

(defn- nested [n]
  (nth (iterate vector 1) n))

(deftest values-that-are-too-deep-or-too-large-are-refused
  (doseq [[codec-name make] codecs]
    (testing codec-name
      (let [encoded (codec/encode (make) (nested 40))]
        (is (= (nested 40) (codec/decode (make {:max-depth 50}) encoded)))
        (is (= :too_large (kind #(codec/decode (make {:max-depth 20}) encoded)))))
      (let [encoded (codec/encode (make) (str/join (range 1000)))]
        (is (= :too_large (kind #(codec/decode (make {:max-bytes 1000}) encoded))))))))

(deftest what-cannot-be-written-is-an-error-that-names-its-class
  (doseq [codec-name ["edn" "json" "message-pack"], :when (codecs codec-name), :let [c ((codecs codec-name))]]
    (testing codec-name
      (is (thrown-with-msg? FrameError #"java.lang.Thread" (codec/encode c {"a" (Thread.)})))
      (is (= :unencodable (kind #(codec/encode c {"a" (Thread.)})))))))

(defn- bytes-of [& bs]
  (byte-array (map unchecked-byte bs)))

(deftest nothing-is-allocated-from-a-declared-length
  (are [codec-name bs] (or (nil? (codecs codec-name))
                           (contains? #{:too_large :truncated :malformed}
                                      (kind #(codec/decode ((codecs codec-name)) bs))))
    "message-pack" (bytes-of 0xdd 0x7f 0xff 0xff 0xff)
    "message-pack" (bytes-of 0xdf 0x7f 0xff 0xff 0xff)
    "message-pack" (bytes-of 0xc6 0x7f 0xff 0xff 0xff)
    "message-pack" (bytes-of 0xdb 0xff 0xff 0xff 0xff)
    "message-pack" (bytes-of 0xc1)
    "transit-msgpack" (bytes-of 0xdd 0x7f 0xff 0xff 0xff)
    "fressian" (bytes-of 0xec 0x72 0xff 0xff 0xff)
    "fressian" (bytes-of 0xd9 0xf8 0 0 0 0 0x7f 0xff 0xff 0xff)
    "fressian" (bytes-of 0xb5 0xf8 0 0 0 0 0x7f 0xff 0xff 0xff)
    "fressian" (bytes-of 0xb0 0xff)
    "fressian" (bytes-of 0xf0 0x05)
    "fressian" (byte-array (concat (bytes-of 0xef 0xe0) (.getBytes "long[]") (bytes-of 1 0xf8 0 0 0 0 0x7f 0xff 0xff 0xf7)))
    "nippy" (bytes-of 0x4e 0x50 0x59 0 110 2 59 110 1 3 59)
    "nippy" (bytes-of 0x4e 0x50 0x59 0 2 0x7f 0xff 0xff 0xff)
    "nippy" (bytes-of 0x4e 0x50 0x59 0 115 0x7f 0xff 0xff 0xff)
    "nippy" (bytes-of 0x4e 0x50 0x59 0 2 0xff 0xff 0xff 0xff)
    "nippy" (bytes-of 0x4e 0x50 0x59 8 0x7f 0xff 0xff 0xff 0)
    "nippy" (bytes-of 0x4e 0x50 0x59 11 0 0 0 0)))

(deftest prefixes-of-edn-count-as-depth
  (are [text depth] (and (nil? (NestingScanner/checkEdn (.getBytes ^String text) 0 (count text) depth))
                         (= :too_large (kind #(NestingScanner/checkEdn (.getBytes ^String text) 0 (count text) (dec depth)))))
    "[[[1]] [2]]" 3
    "#a #b #c 1" 3
    "[#a 1 #b 2 #c 3]" 2
    "[#a [#b [1]]]" 5
    "#_ #_ 1 2 3" 2
    "^{:a [1]} x" 3
    "[\"[[[[\" \\[ ; [[[\n [1]]" 2
    "#{#{}}" 2
    "(1 a#b c^d)" 1))

;; ---- classes

(deftest records-must-be-allowed
  (doseq [[codec-name allowed refused?] [["nippy" {:records [Point]} #(= :malformed (kind %))]
                                         ["fressian" {:records [Point]} #(not (instance? Point (%)))]]
          :when (codecs codec-name)]
    (testing codec-name
      (let [encoded (codec/encode ((codecs codec-name)) (->Point 1 [2]))]
        (is (= (->Point 1 [2]) (codec/decode ((codecs codec-name) allowed) encoded)))
        (is (refused? #(codec/decode ((codecs codec-name)) encoded)))))))

(deftest no-class-of-the-peers-choice-is-loaded
  (when (codecs "nippy")
    (let [nippy (codec/nippy)
          named (fn [id ^String class-name rest]
                  (byte-array (concat (.getBytes "NPY") [0 id (count class-name)] (.getBytes class-name) rest)))]
      (is (= :malformed (kind #(codec/decode nippy (named 48 "leat.codec_test.Missing" [19])))))
      (is (= :malformed (kind #(codec/decode nippy (named 75 "java.util.Random" [53])))))
      (is (= :malformed (kind #(codec/decode nippy (named 46 "java.util.Random" [0])))))
      (is (= :malformed (kind #(codec/decode nippy (named 47 "#=(+ 1 2)" []))))))))

(deftest serialized-objects-must-be-allowed
  (when (codecs "nippy")
    (let [day (java.time.LocalDate/of 2026 1 2)
          open (codec/nippy {:serializable [java.time.LocalDate]})
          encoded (codec/encode open day)]
      (is (= day (codec/decode open encoded)))
      (is (= :malformed (kind #(codec/decode (codec/nippy) encoded))))
      (is (= :unencodable (kind #(codec/encode (codec/nippy) day)))))))

(deftest values-of-nippy-can-be-compressed-and-encrypted
  (when (codecs "nippy")
    (let [large (vec (repeat 10000 "the same again"))
          c (codec/nippy)
          secret (codec/nippy {:password [:salted "secret"]})]
      (is (> 10000 (alength (codec/encode c large))))
      (is (< 100000 (alength (codec/encode (codec/nippy {:compress? false}) large))))
      (is (= large (codec/decode c (codec/encode c large))))
      (is (= :too_large (kind #(codec/decode (codec/nippy {:max-bytes 100000}) (codec/encode c large)))))
      (is (= large (codec/decode secret (codec/encode secret large))))
      (is (= :malformed (kind #(codec/decode c (codec/encode secret large)))))
      (is (= :malformed (kind #(codec/decode secret (codec/encode c large)))) "what nobody with the password has written"))))

;; ---- streams

(deftest values-travel-through-bytes-split-in-any-way
  (doseq [[codec-name make] codecs, :let [c (make)]]
    (testing codec-name
      (let [values [{"a" [1 2 3]} "two" nil ["ü\n" {"b" 4.5}] 5]
            chunks (s/stream->seq (codec/encode-stream c (s/->source values)))
            all (mapcat seq chunks)]
        (doseq [size [1 2 7 1000]]
          (let [split (map byte-array (partition-all size all))]
            ;; nil is a value that a stream can hold, but its seq ends there.
            (is (= values (s/stream->seq (s/map identity (codec/decode-stream c (s/->source split)))))
                size)))))))

(deftest values-can-travel-in-other-frames
  (let [c (frame/length-prefixed {:length-bytes 2, :payload (codec/payload (codec/edn))})]
    (is (= (concat [0 10] (.getBytes "[1 {:a 2}]")) (seq (frame/encode c [1 {:a 2}]))))
    (is (= [[1 {:a 2}]] (frame/decode c (frame/encode c [1 {:a 2}]))))))

(deftest a-missing-library-is-an-error-that-names-the-coordinate
  (let [class-path (->> (str/split (System/getProperty "java.class.path") (re-pattern java.io.File/pathSeparator))
                        (remove #(re-find #"data\.json|msgpack|fressian|nippy|transit" (.getName (io/file %))))
                        (str/join java.io.File/pathSeparator))
        form (pr-str '(do (require 'leat.codec)
                          (doseq [f '[json message-pack fressian nippy transit]]
                            (println (try ((ns-resolve 'leat.codec f))
                                          (catch Exception e [(:leat/error (ex-data e)) (ex-message e)]))))))
        process (.start (doto (ProcessBuilder. [(str (System/getProperty "java.home") "/bin/java")
                                                "-XX:TieredStopAtLevel=1" "-cp" class-path "clojure.main" "-e" form])
                          (.redirectErrorStream true)))
        printed (slurp (.getInputStream process))]
    (doseq [coordinate ["org.clojure/data.json" "org.msgpack/msgpack-core" "org.clojure/data.fressian"
                        "com.taoensso/nippy" "com.cognitect/transit-clj"]]
      (is (str/includes? printed (str "Add " coordinate " {:mvn/version")) printed))))

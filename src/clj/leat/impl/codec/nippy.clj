(ns leat.impl.codec.nippy
  "Nippy, by com.taoensso/nippy."
  (:require [taoensso.nippy :as nippy])
  (:import [java.io OutputStream]
           [java.util Arrays]
           [java.util.function Function Predicate]
           [leat.codec Codec Codec$Reader Codec$Writer NippyScanner]
           [leat.frame FrameError FrameError$Kind Frames LengthField]
           [net.jpountz.lz4 LZ4Factory]))

(set! *warn-on-reflection* true)

(defn- malformed [expected actual]
  (FrameError. FrameError$Kind/MALFORMED -1 expected actual))

(def ^:private forms
  "By the fourth byte: what was done to the value. Other compressors and ciphers are refused: theirs is a size that cannot
  be known before."
  {0 #{}, 8 #{:lz4}, 14 #{:aes128-gcm}, 16 #{:lz4 :aes128-gcm}})

(defn- form [^bytes bytes]
  (when-not (and (< 4 (alength bytes)) (Arrays/equals bytes 0 3 (.getBytes "NPY") 0 3))
    (throw (malformed "the header of Nippy" "other bytes")))
  (or (forms (long (aget bytes 3)))
      (throw (malformed "a Nippy value that is plain, or of LZ4 or AES128-GCM" (str "format " (aget bytes 3))))))

(defn- int-at ^long [^bytes bytes]
  (if (< (alength bytes) 4) -1 (.getInt (java.nio.ByteBuffer/wrap bytes))))

(defn- decompress ^bytes [^bytes bytes max-bytes]
  ;; No byte of LZ4 stands for more than 255.
  (when-not (<= 0 (int-at bytes) (min (long max-bytes) (* 255 (alength bytes))))
    (throw (FrameError. FrameError$Kind/TOO_LARGE -1 (str "a Nippy value of at most " max-bytes " bytes")
                        (str (int-at bytes) " bytes when decompressed"))))
  ;; Nippy's own decompressor is lz4-java's fast one, which reads beyond what hostile bytes hold.
  (.decompress (.safeDecompressor (LZ4Factory/safeInstance)) bytes 4 (- (alength bytes) 4) (int (int-at bytes))))

(defn- plain
  "The bytes of the value, as they are without compression and encryption."
  ^bytes [^bytes bytes {:keys [max-bytes password]}]
  (let [done (form bytes)]
    (when (not= (some? password) (contains? done :aes128-gcm))
      (throw (malformed (if password "an encrypted Nippy value" "a Nippy value that is not encrypted, since there is no :password")
                        "another")))
    (cond-> (Arrays/copyOfRange bytes 4 (alength bytes))
      (:aes128-gcm done) (->> (nippy/decrypt nippy/aes128-gcm-encryptor password))
      (:lz4 done) (decompress max-bytes))))

(defn- one-of ^Predicate [class-names]
  (reify Predicate
    (test [_ class-name] (contains? class-names class-name))))

(defn- thaw [^bytes bytes {:keys [max-bytes max-depth records serializable] :as options}]
  (let [plain (plain bytes options)
        scanner (NippyScanner. (int max-bytes) (int max-depth) (one-of records) (one-of serializable))
        size (.scan scanner plain 0 (alength plain))]
    (when-not (= size (alength plain))
      (throw (malformed "one whole Nippy value" (str (alength plain) " bytes, of " (abs size)))))
    (binding [nippy/*thaw-serializable-allowlist* serializable]
      (nippy/fast-thaw plain))))

(defn- freeze ^bytes [value {:keys [compress? password serializable]}]
  (nippy/freeze value (cond-> {:compressor (if compress? :auto nil)
                               :serializable-allowlist serializable}
                        password (assoc :password password))))

(defn codec
  "Returns the codec, see `leat.codec/nippy`."
  ^Codec [{:keys [max-bytes records serializable] :as given}]
  (let [max-bytes (int max-bytes)
        options (assoc given
                       :records (into #{} (map #(.getName ^Class %)) records)
                       :serializable (into #{} (map #(.getName ^Class %)) serializable))]
    (Codec/framed "Nippy" max-bytes
                  (reify Codec$Reader
                    (read [_ bytes from to]
                      (thaw (Arrays/copyOfRange ^bytes bytes (int from) (int to)) options)))
                  (reify Codec$Writer
                    (write [_ value out]
                      (.write ^OutputStream out (freeze value options))))
                  (reify Function
                    (apply [_ payload]
                      (Frames/lengthPrefixed (LengthField/ofBytes 4) payload max-bytes))))))

(ns leat.frame
  "Messages in a sequence of bytes: codecs say where each ends and what is in it.

  A codec is made by `fixed-length`, `length-prefixed`, `delimited`, `line`, `netstring`, `tlv`, or of other codecs by
  `tuple`, `tagged` and `mapped`. What is in a frame, its payload, is a byte array unless the option `:payload` says
  something else: `:text`, `(text {...})`, another codec, or `(many codec)`.

      (def messages (length-prefixed {:length-bytes 2, :payload :text}))
      (wrap-duplex messages connection)       ; a stream of strings over a stream of bytes

  Bytes that are no frame, and values for which there is none, are a `leat.frame.FrameError` that says what was expected,
  what came and where. Nothing is allocated from a length that the peer declares. Codecs are immutable."
  (:require [leat.impl.frame :as impl]
            [leat.stream :as s])
  (:import [java.nio ByteBuffer]
           [java.util ArrayList List]
           [java.util.function Consumer]
           [leat.async Sink Source]
           [leat.frame FrameCodec Frames Frames$LineEnd Payload]))

(set! *warn-on-reflection* true)

;; ---- payloads

(defn text
  "Returns a payload of strings. The options:

  :encoding   the character set, \"UTF-8\" by default
  :malformed  :report, the default, if bytes that are no text and characters that the character set does not have are an
              error; :replace if they are replaced"
  {:arglists '([] [{:keys [encoding malformed]}])}
  (^Payload [] (text nil))
  (^Payload [options] (impl/text (impl/checked "text" options))))

(defn many
  "Returns a payload of vectors: the values of any number of frames of `codec` one after another, at most `:max-frames`,
  which is 16384 by default."
  {:arglists '([codec] [codec {:keys [max-frames]}])}
  (^Payload [codec] (many codec nil))
  (^Payload [codec options]
   (let [{:keys [max-frames]} (impl/checked "many" options)]
     (impl/mapped (Payload/many (impl/codec codec) (int max-frames)) vec vec))))

;; ---- codecs

(defn fixed-length
  "Returns the codec of frames of `byte-count` bytes. The option `:payload` says what is in them."
  {:arglists '([byte-count] [byte-count {:keys [payload]}])}
  (^FrameCodec [byte-count] (fixed-length byte-count nil))
  (^FrameCodec [byte-count options]
   (Frames/fixed (int byte-count) (impl/payload (:payload (impl/checked "fixed-length" options))))))

(defn length-prefixed
  "Returns the codec of frames before which their length stands. The options:

  :length-bytes      how many bytes the length has: 1, 2, 3, 4 (the default), 8, or :varint
  :endian            :big, the default, or :little
  :includes-header?  whether the length counts its own bytes as well; false by default
  :adjust            what must be added to the length to get the number of bytes that follow it, 0 by default
  :max-bytes         how many bytes a payload has at most, 1 MiB by default
  :payload           what is in a frame"
  {:arglists '([] [{:keys [length-bytes endian includes-header? adjust max-bytes payload]}])}
  (^FrameCodec [] (length-prefixed nil))
  (^FrameCodec [options]
   (let [{:keys [max-bytes payload] :as checked} (impl/checked "length-prefixed" options)]
     (Frames/lengthPrefixed (impl/length-field checked) (impl/payload payload) (int max-bytes)))))

(defn delimited
  "Returns the codec of frames that end with a delimiter, which is a byte array or a string, or one of several: the first
  is written, all are read, and the one that ends first counts. A payload cannot contain one. The options:

  :keep-delimiter?  whether the delimiter belongs to the payload, false by default
  :max-bytes        how many bytes a payload has at most, 1 MiB by default
  :payload          what is in a frame"
  {:arglists '([delimiters] [delimiters {:keys [keep-delimiter? max-bytes payload]}])}
  (^FrameCodec [delimiters] (delimited delimiters nil))
  (^FrameCodec [delimiters options]
   (let [{:keys [keep-delimiter? max-bytes payload]} (impl/checked "delimited" options)
         ->bytes #(if (string? %) (.getBytes ^String % "UTF-8") %)
         ^List all (mapv ->bytes (if (sequential? delimiters) delimiters [delimiters]))
         payload (impl/payload payload)]
     (if keep-delimiter?
       (Frames/delimitedKeeping all payload (int max-bytes))
       (Frames/delimited all payload (int max-bytes))))))

(defn line
  "Returns the codec of lines of text, without their ends. The options:

  :end        how lines end that are written: :lf, the default, or :crlf; those that are read may end either way
  :encoding   the character set, \"UTF-8\" by default
  :malformed  :report, the default, if bytes that are no text are an error, or :replace
  :max-bytes  how many bytes a line has at most, 1 MiB by default"
  {:arglists '([] [{:keys [end encoding malformed max-bytes]}])}
  (^FrameCodec [] (line nil))
  (^FrameCodec [options]
   (let [{:keys [end max-bytes] :as checked} (impl/checked "line" options)]
     (Frames/line (impl/line-text checked) (if (= :crlf end) Frames$LineEnd/CRLF Frames$LineEnd/LF) (int max-bytes)))))

(defn netstring
  "Returns the codec of netstrings, such as `5:hello,`. The options:

  :max-bytes  how many bytes a payload has at most, 1 MiB by default
  :payload    what is in a frame"
  {:arglists '([] [{:keys [max-bytes payload]}])}
  (^FrameCodec [] (netstring nil))
  (^FrameCodec [options]
   (let [{:keys [max-bytes payload]} (impl/checked "netstring" options)]
     (Frames/netstring (impl/payload payload) (int max-bytes)))))

(defn tlv
  "Returns the codec of elements that consist of a tag, a length and a value. They are maps of :tag, a number, and :value,
  which is a byte array, or for some tags a vector of elements again. The options:

  :tag-bytes    how many bytes a tag has, 1 by default
  :length-bytes how many bytes the length has: 1, 2 (the default), 3, 4, 8, or :varint
  :endian, :includes-header?, :adjust  as for `length-prefixed`, :endian for the tag as well
  :nested       a set of those tags whose values are elements, or another function of a tag
  :max-depth    how many elements are in one another at most, 32 by default
  :max-elements how many elements are in one frame at most, 16384 by default
  :max-bytes    how many bytes a value has at most, 1 MiB by default"
  {:arglists '([] [{:keys [tag-bytes length-bytes endian includes-header? adjust nested max-depth max-elements
                           max-bytes]}])}
  (^FrameCodec [] (tlv nil))
  (^FrameCodec [options]
   (let [{:keys [nested max-bytes max-depth max-elements] :as checked} (impl/checked "tlv" options)]
     (impl/mapped (Frames/tlv (impl/tag-field checked) (impl/length-field checked) (impl/predicate nested)
                              (int max-bytes) (int max-depth) (int max-elements))
                  impl/tlv->map impl/map->tlv))))

(defn tuple
  "Returns the codec of vectors: a frame consists of one frame each of `codecs`, in their order."
  ^FrameCodec [& codecs]
  (impl/mapped (Frames/sequence ^List (mapv impl/codec codecs)) vec vec))

(defn tagged
  "Returns the codec of frames that begin with a tag, which says how they go on: `codecs` is a map from tags, which are
  numbers, to codecs. The values are vectors of a tag and the value of its codec. The options:

  :tag-bytes  how many bytes the tag has, 1 by default
  :endian     :big, the default, or :little"
  {:arglists '([codecs] [codecs {:keys [tag-bytes endian]}])}
  (^FrameCodec [codecs] (tagged codecs nil))
  (^FrameCodec [codecs options]
   (impl/mapped (Frames/tagged (impl/tag-field (impl/checked "tagged" options))
                               (into {} (map (fn [[tag codec]] [(long tag) (impl/codec codec)])) codecs))
                impl/tagged->pair impl/pair->tagged)))

(defn mapped
  "Returns a codec of the same frames with other values, or a payload of the same bytes: `decode` makes a value of what
  `codec` gives, `encode` is the inverse. What they throw is the cause of a `FrameError`."
  [codec decode encode]
  (impl/mapped codec decode encode))

;; ---- without streams

(defn encode
  "Returns the frame for `value`, as a byte array. Throws a `FrameError` if there is none from which `value` would be read."
  ^bytes [codec value]
  (.encode (impl/codec codec) value))

(defn decode
  "Returns the values of all frames in `bytes`, a byte array or a ByteBuffer, as a vector. Throws a `FrameError` if they are
  no frames, or end within one."
  [codec bytes]
  (let [decoder (.decoder (impl/codec codec))
        ^ByteBuffer chunk (impl/as-buffer bytes)
        from (+ (.arrayOffset chunk) (.position chunk))
        values (ArrayList.)]
    (.decode decoder (.array chunk) from (+ from (.remaining chunk))
             (reify Consumer (accept [_ value] (.add values value))))
    (.finish decoder)
    (vec values)))

;; ---- streams

(defn encode-sink
  "Returns a sink: what is put into it goes as a frame into the sink `sink` of bytes, and finds its place when that does.
  The deferred of a value for which there is no frame has a `FrameError`, and nothing is sent."
  ^Sink [codec sink]
  (impl/->EncodingSink (impl/codec codec) (s/->sink sink)))

(defn encode-stream
  "Returns a source of byte arrays: the frames for the values of the source `source`. A value for which there is no frame
  ends it, with the `FrameError` as its `close-cause`."
  ^Source [codec source]
  (let [^FrameCodec codec (impl/codec codec)]
    (s/map #(.encode codec %) source)))

(defn decode-stream
  "Returns a source of the values of all frames in the bytes of the source `source`, which gives byte arrays, ByteBuffers
  or whatever `leat.bytes` makes bytes of, split in any way. No more is taken from that than is taken from this.

  Bytes that are no frame, an end within a frame, and a frame whose rest does not come close both, with the `FrameError`
  as their `close-cause`; what was whole before can still be taken. The options:

  :stall-timeout-ms  how long a frame of which a part has come may wait for its next byte, 30 seconds by default; 0 is no
                     limit"
  {:arglists '([codec source] [codec source {:keys [stall-timeout-ms]}])}
  (^Source [codec source] (decode-stream codec source nil))
  (^Source [codec source options]
   (let [{:keys [stall-timeout-ms]} (impl/checked "decode-stream" options)
         out (s/stream)]
     (impl/decode-into (impl/codec codec) (s/->source source) out stall-timeout-ms)
     (s/source-only out))))

(defn wrap-duplex
  "Returns a stream of values over `duplex`, a stream of bytes such as a TCP connection: what is put goes out in a frame, as
  by `encode-sink`, and what is taken comes from frames, as by `decode-stream`, whose options these are. The end of the
  bytes that come in leaves the other direction open; an error closes both."
  {:arglists '([codec duplex] [codec duplex {:keys [stall-timeout-ms]}])}
  ([codec duplex] (wrap-duplex codec duplex nil))
  ([codec duplex options]
   (s/splice (encode-sink codec duplex) (decode-stream codec duplex options))))

(ns leat.impl.codec.text
  "What the codecs of text have in common: UTF-8, one value to a line."
  (:import [java.io OutputStream]
           [java.nio ByteBuffer]
           [java.nio.charset CharacterCodingException StandardCharsets]
           [java.util.function Function]
           [leat.frame FrameError FrameError$Kind Frames Frames$LineEnd]))

(set! *warn-on-reflection* true)

(defn string
  "Returns the text of a range of bytes, which must be UTF-8."
  ^String [^bytes bytes from to]
  (try
    (str (.decode (.newDecoder StandardCharsets/UTF_8) (ByteBuffer/wrap bytes from (- (long to) (long from)))))
    (catch CharacterCodingException _
      (throw (FrameError. FrameError$Kind/MALFORMED (long from) "UTF-8" "other bytes")))))

(defn write
  "Writes the string `s` as UTF-8. Surrogates that are not pairs are an error."
  [^String s ^OutputStream out]
  (let [encoded (.encode (.newEncoder StandardCharsets/UTF_8) (java.nio.CharBuffer/wrap s))]
    (.write out (.array encoded) 0 (.limit encoded))))

(defn lines
  "Returns a function from what is in a frame to lines of it, with at most `max-bytes` in each."
  ^Function [max-bytes]
  (reify Function
    (apply [_ payload]
      (Frames/line payload Frames$LineEnd/LF (int max-bytes)))))

(ns leat.bytes-ops
  "The operations that bench/bytes measures. Each entry of `operations` is a function that prepares one, and returns the
  function of no arguments that is timed. All are on the same 4 KiB of ASCII."
  (:require [leat.bytes :as b])
  (:import [java.io ByteArrayInputStream]
           [java.nio ByteBuffer]
           [java.util Arrays]))

(def ^:private ^String text (apply str (repeat 64 "All work and no play makes Jack a dull boy, says the old rhyme. ")))

(defn- content
  "The bytes of the text, in an array of their own."
  ^bytes []
  (.getBytes text "UTF-8"))

(defn- buffers
  "The bytes of the text in 8 buffers, in a sequence that has been realized."
  []
  (let [bytes (content)
        size (quot (alength bytes) 8)]
    (doall (for [i (range 8)]
             (ByteBuffer/wrap (Arrays/copyOfRange bytes (int (* size (long i))) (int (* size (inc (long i))))))))))

(def ^:private operations
  {"string-bytes" (fn [] #(b/to-byte-array text))
   "input-bytes" (fn [] (let [bytes (content)] #(b/to-byte-array (ByteArrayInputStream. bytes))))
   "input-string" (fn [] (let [bytes (content)] #(b/to-string (ByteArrayInputStream. bytes))))
   "buffers-string" (fn [] (let [all (buffers)] #(b/to-string all)))
   "buffers-bytes" (fn [] (let [all (buffers)] #(b/to-byte-array all)))
   "equal" (fn [] (let [a (content), b (content)] #(b/bytes= a b)))})

(defn prepare
  "The function of no arguments that is the operation called `op`."
  [op]
  ((operations op)))

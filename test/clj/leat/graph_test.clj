(ns leat.graph-test
  "The drawings of leat.stream/graph->svg and graph->mermaid."
  (:require [clojure.string :as str]
            [clojure.test :refer [are deftest is testing]]
            [clojure.xml :as xml]
            [leat.stream :as s])
  (:import [java.io ByteArrayInputStream]))

(defn- named [stream-name buffer-size]
  (s/stream* {:buffer-size buffer-size, :description #(assoc % :name stream-name)}))

(defn- elements
  "All elements of the SVG of `x` with the tag `tag`, as clojure.xml gives them."
  [tag x]
  (->> (xml/parse (ByteArrayInputStream. (.getBytes ^String (s/graph->svg x) "UTF-8")))
       (tree-seq :content :content)
       (filter #(= tag (:tag %)))))

(defn- texts [x]
  (mapcat :content (elements :text x)))

(defn- boxes
  "The boxes of the nodes of the drawing of `x`, by id: maps of :x, :y, :class and whether it is marked as :held-up?."
  [x]
  (into {} (for [{[title box & more] :content} (elements :g x)
                 :let [id (parse-long (re-find #"\d+(?=,|$)" (first (:content title))))
                       {:keys [x y class]} (:attrs box)]]
             [id {:x (parse-long x), :y (parse-long y), :class class
                  :held-up? (boolean (some #{["held up here"]} (map :content more)))}])))

(deftest a-drawing-shows-who-holds-up-whom
  (let [orders (named "orders" 0), archive (named "archive" 2), mail (named "mail" 9), disk (named "disk" 0)]
    (s/connect orders mail)
    (s/connect orders archive {:description "a < b & \"c\""})
    (s/connect archive disk)
    (dotimes [i 8] (s/put! orders i))
    (let [{:keys [nodes]} (s/graph orders)
          id (into {} (map (juxt :name :id)) nodes)
          drawn (boxes orders)
          at #(drawn (id %))]
      (testing "names, buffers and those who wait"
        (is (= ["orders" "4 puts wait" "mail" "4 of 9" "archive" "2 of 2" "1 put waits" "disk" "1 put waits"]
               (filter #(re-find #"wait|of|^(orders|archive|mail|disk)$" %)
                       (remove #{"full: puts wait" "values wait" "takes wait" "nothing waits"} (texts orders))))))
      (testing "colours"
        (are [n colour] (= colour (:class (at n)))
          "orders" "leat-high", "archive" "leat-high", "mail" "leat-some", "disk" "leat-high"))
      (testing "pressure begins at the last full one only"
        (is (= {"orders" false, "archive" false, "mail" false, "disk" true}
               (into {} (map (fn [[n id]] [n (:held-up? (drawn id))])) id))))
      (testing "from left to right"
        (is (< (:x (at "orders")) (:x (at "archive")) (:x (at "disk"))))
        (is (= (:x (at "archive")) (:x (at "mail"))))
        (is (not= (:y (at "archive")) (:y (at "mail"))))
        (is (= (:y (at "archive")) (:y (at "disk"))) "beside what feeds it"))
      (is (= 2 (count (filter #(= "leat-high-line" (:class (:attrs %))) (elements :path orders)))) "edges under pressure")
      (is (some #{"a < b & \"c\""} (texts orders)) "text is escaped"))))

(deftest circles-are-drawn-too
  (let [a (s/stream 1), b (s/map identity a)]
    (s/connect b a)
    (let [drawn (boxes a)]
      (is (= 2 (count drawn)))
      (is (< (:x (drawn 0)) (:x (drawn 1))))))
  (let [self (s/stream 1)]
    (s/connect self self)
    (is (= 1 (count (boxes self))))))

(deftest nothing-is-drawn-upon-anything-else
  (let [sources (repeatedly 4 #(s/stream 1)), all (s/stream 1)]
    (run! #(s/connect % all) sources)
    (s/map identity all)
    (s/connect (s/map identity all) (first sources))
    (let [places (map (juxt :x :y) (vals (boxes all)))]
      (is (= 7 (count places)))
      (is (apply distinct? places))
      (is (not-any? neg? (flatten places))))))

(deftest a-stream-can-be-drawn-without-asking-for-its-graph
  (let [a (named "a" 3)]
    (s/take! a)
    (is (= (s/graph->svg (s/graph a)) (s/graph->svg a)))
    (is (= (s/graph->mermaid (s/graph a)) (s/graph->mermaid a)))
    (is (str/includes? (s/graph->mermaid a) "n0[\"a 0<br/>buffer 0 of 3<br/>1 take waits\"]:::hungry"))
    (are [x text] (thrown-with-msg? IllegalArgumentException text (s/graph->svg x))
      nil #"Expected a stream or what leat.stream/graph returns, actual nil\."
      {} #"actual clojure.lang.PersistentArrayMap\.")))

(ns leat.impl.graph
  "The topology of streams as data and as drawings, for leat.stream."
  (:require [clojure.string :as str]
            [leat.impl.stream :as impl])
  (:import [leat.async Graph Graph$Edge Node]))

(set! *warn-on-reflection* true)

;; ---- data

(defn- pressure
  "How much waits at a node."
  [{:keys [pending-puts pending-takes buffer-size buffer-capacity]}]
  (let [puts (long (or pending-puts 0)), takes (long (or pending-takes 0))
        size (long (or buffer-size 0)), capacity (long (or buffer-capacity 0))]
    (cond
      (or (pos? puts) (and (pos? capacity) (>= size capacity))) :high
      (pos? size) :some
      (pos? takes) :hungry
      :else :none)))

(defn graph
  "See `leat.stream/graph`."
  [^Node s]
  (let [found (Graph/around s)]
    {:nodes (vec (map-indexed (fn [id node]
                                (let [d (impl/description node)]
                                  (assoc d :id id :pressure (pressure d))))
                              (.nodes found)))
     :edges (mapv (fn [^Graph$Edge e]
                    (cond-> {:from (.from e), :to (.to e)}
                      (some? (.description e)) (assoc :description (.description e))))
                  (.edges found))}))

(defn- data
  "The graph that `x` is, or that is around the stream `x`."
  [x]
  (cond
    (instance? Node x) (graph x)
    (:nodes x) x
    :else (throw (IllegalArgumentException.
                  (str "Expected a stream or what leat.stream/graph returns, actual "
                       (if (nil? x) "nil" (.getName (class x))) ".")))))

;; ---- words

(defn- title [{:keys [name type]}]
  (str (or name type)))

(defn- counted [n one many]
  (when (pos? (long (or n 0)))
    (str n " " (if (= 1 n) one many))))

(defn- waiting
  "What a drawing says of those who wait at a node, and of its end, as lines."
  [{:keys [pending-puts pending-takes closed? drained?]}]
  (remove nil? [(counted pending-puts "put waits" "puts wait")
                (counted pending-takes "take waits" "takes wait")
                (cond drained? "drained", closed? "closed")]))

(defn- buffer-line [{:keys [buffer-size buffer-capacity]}]
  (when (pos? (long (or buffer-capacity 0)))
    (str (or buffer-size 0) " of " buffer-capacity)))

(defn- edge-label [{:keys [description]}]
  (cond
    (nil? description) nil
    (map? description) (str (or (:op description) description))
    :else (str description)))

(defn- escaped [text]
  (str/escape (str text) {\& "&amp;", \< "&lt;", \> "&gt;", \" "&quot;"}))

(defn- cut
  "`text`, or its beginning when it is longer than `n` characters."
  [n text]
  (if (< (long n) (count text)) (str (subs text 0 (dec (long n))) "…") text))

;; ---- Mermaid

(def ^:private colours
  "What a node is filled with and what is drawn around it, by pressure; for light pages and for dark ones."
  {:high {:light ["#ffebe9" "#cf222e"], :dark ["#3d1518" "#ff7b72"]}
   :some {:light ["#fff8c5" "#9a6700"], :dark ["#2e2606" "#d29922"]}
   :hungry {:light ["#ddf4ff" "#0969da"], :dark ["#0c2744" "#58a6ff"]}
   :none {:light ["#f6f8fa" "#818b98"], :dark ["#161b22" "#7d8590"]}})

(defn mermaid
  "See `leat.stream/graph->mermaid`."
  [graph-or-stream]
  (let [{:keys [nodes edges]} (data graph-or-stream)]
    (str/join "\n"
              (concat
               ["flowchart LR"]
               (for [{:keys [id pressure] :as node} nodes
                     :let [lines (concat [(str (title node) " " id)]
                                         (some->> (buffer-line node) (str "buffer ") list)
                                         (waiting node))]]
                 (str "  n" id "[\"" (str/join "<br/>" (map escaped lines)) "\"]:::" (name pressure)))
               (for [{:keys [from to] :as edge} edges :let [label (edge-label edge)]]
                 (str "  n" from " -->" (when label (str "|\"" (escaped label) "\"|")) " n" to))
               (for [[pressure {[fill stroke] :light}] (sort-by key colours)]
                 (str "  classDef " (name pressure) " fill:" fill ",stroke:" stroke ",color:#17202a"))
               [""]))))

;; ---- where things stand in the SVG: in columns from left to right

(def ^:private box-width 164)
(def ^:private box-height 76)
(def ^:private column-width 244)
(def ^:private row-height 108)
(def ^:private margin 28)
(def ^:private legend-height 54)

(defn- columns
  "A map from the id of each node to its column, one to the right of what feeds it. Where everything left is fed by what is
  left, the circle is cut at the lowest id. `feeders` is a map from an id to the ids of what feeds it."
  [ids feeders]
  (loop [left (sort ids), columns {}]
    (if (empty? left)
      columns
      (let [placed? (fn [id] (every? #(or (= id %) (columns %)) (feeders id)))
            next-ids (or (seq (filter placed? left)) (take 1 left))
            column (fn [id] (inc (long (reduce max -1 (keep columns (feeders id))))))]
        (recur (remove (set next-ids) left) (into columns (map (juxt identity column)) next-ids))))))

(defn- beside
  "`rows` with those of `ids`, a column: each as near as there is room to what is its neighbour already."
  [rows ids neighbours]
  (let [wanted (fn [id]
                 (let [known (keep rows (neighbours id))]
                   (if (seq known) (/ (reduce + known) (count known)) 0)))]
    (first (reduce (fn [[rows free] id]
                     (let [row (max free (wanted id))]
                       [(assoc rows id row) (inc row)]))
                   [rows 0] (sort-by (juxt wanted identity) ids)))))

(defn- rows
  "A map from the id of each node to its row, from the column with the most nodes outwards."
  [columns feeders readers]
  (let [ids (mapv val (sort-by key (group-by columns (keys columns))))
        widest (or (first (sort-by #(- (count (ids %))) (range (count ids)))) 0)
        right (reduce #(beside %1 %2 feeders) {} (subvec ids widest))]
    (reduce #(beside %1 %2 readers) right (reverse (subvec ids 0 widest)))))

(defn- layout
  "The size of the drawing, and a map from the id of each node to the [x y] of its upper left corner."
  [nodes edges]
  (let [feeders (update-vals (group-by :to edges) #(map :from %))
        readers (update-vals (group-by :from edges) #(map :to %))
        column (columns (map :id nodes) feeders)
        row (rows column feeders readers)
        place (fn [id] [(+ (long margin) (* (long column-width) (long (column id))))
                        (+ (long margin) (long (* (long row-height) (row id))))])
        places (into {} (map (juxt identity place)) (map :id nodes))]
    {:place places
     :width (max 560 (+ (long margin) (long box-width) (long (reduce max 0 (map first (vals places))))))
     :height (+ (long margin) (long box-height) (long legend-height) (long (reduce max 0 (map second (vals places)))))}))

;; ---- SVG

(defn- style
  "The colours, for light and for dark pages; the drawing brings its own background."
  []
  (let [rules (fn [theme page line text soft]
                (str ".leat-page{fill:" page ";stroke:" line "}.leat-text{fill:" text "}.leat-soft{fill:" soft "}"
                     ".leat-halo{fill:" soft ";stroke:" page ";stroke-width:5;paint-order:stroke;stroke-linejoin:round}"
                     (str/join (for [[pressure by-theme] (sort-by key colours)
                                     :let [[fill stroke] (by-theme theme), c (str ".leat-" (name pressure))]]
                                 (str c "{fill:" fill ";stroke:" stroke "}" c "-ink{fill:" stroke "}"
                                      c "-line{fill:none;stroke:" stroke "}")))))]
    (str "<style>" (rules :light "#ffffff" "#d1d9e0" "#1f2328" "#59636e")
         "@media(prefers-color-scheme:dark){" (rules :dark "#0d1117" "#3d444d" "#f0f6fc" "#9198a1") "}</style>")))

(defn- text [x y class attributes content]
  (str "<text x=\"" x "\" y=\"" y "\" class=\"" class "\"" attributes ">" (escaped content) "</text>"))

(defn- buffer-bar
  "How full the buffer of a node is, as a bar with a figure."
  [x y {:keys [buffer-size buffer-capacity pressure] :as node}]
  (when-let [line (buffer-line node)]
    (let [width (max 20 (min 84 (- 134 (* 8 (count line)))))
          full (long (* width (min 1.0 (/ (double (or buffer-size 0)) (double buffer-capacity)))))
          bar (fn [w class]
                (str "<rect x=\"" x "\" y=\"" y "\" width=\"" w "\" height=\"10\" rx=\"3\" class=\"" class "\"/>"))]
      (str (bar full (str "leat-" (name pressure) "-ink"))
           (bar width (str "leat-" (name pressure) "-line"))
           (text (+ (long x) width 8) (+ (long y) 10) "leat-text" "" (cut 14 line))))))

(defn- dots
  "A row of dots, one for each of those who wait, and the x where it ends; at most six."
  [x y n class]
  (let [shown (min 6 (long (or n 0)))]
    [(str/join (for [i (range shown)]
                 (str "<circle cx=\"" (+ (long x) 4 (* 10 (long i))) "\" cy=\"" y "\" r=\"3.5\" class=\"" class "\"/>")))
     (+ (long x) (* 10 shown) (if (pos? shown) 6 0))]))

(defn- summary [node]
  (str/join ", " (concat [(str (title node) " " (:id node))] (some->> (buffer-line node) (str "buffer ") list) (waiting node))))

(defn- svg-node [[x y] held-up? {:keys [id pressure pending-puts pending-takes] :as node}]
  (let [x (long x), y (long y), left (+ x 14), base (+ y 64), class (str "leat-" (name pressure))
        puts? (pos? (long (or pending-puts 0)))
        [marks after] (if puts?
                        (dots left (- base 4) pending-puts (str class "-ink"))
                        (dots left (- base 4) pending-takes (str class "-line")))]
    (str "<g><title>" (escaped (summary node)) "</title>"
         "<rect x=\"" x "\" y=\"" y "\" width=\"" box-width "\" height=\"" box-height "\" rx=\"8\" class=\"" class
         "\" stroke-width=\"" (if held-up? 4 2) "\"/>"
         (text left (+ y 24) "leat-text" " font-weight=\"600\" font-size=\"15\"" (cut 13 (title node)))
         (text (+ x (long box-width) -12) (+ y 24) "leat-soft" " text-anchor=\"end\"" id)
         (buffer-bar left (+ y 35) node)
         marks
         (text after base "leat-text" "" (str/join ", " (waiting node)))
         (when held-up?
           (text (+ x (quot (long box-width) 2)) (- y 9) (str class "-ink") " text-anchor=\"middle\" font-weight=\"600\""
                 "held up here"))
         "</g>")))

(defn- svg-edge [place high? {:keys [from to] :as edge}]
  (let [[x y] (place from), [x' y'] (place to)
        middle (quot (long box-height) 2)
        x1 (+ (long x) (long box-width) 2), y1 (+ (long y) middle), x2 (- (long x') 5), y2 (+ (long y') middle)
        back? (<= x2 x1), bend (if back? 70 45), down (if back? 84 0)
        class (if high? "leat-high" "leat-none"), label (edge-label edge)]
    (str "<path d=\"M" x1 " " y1 " C" (+ x1 bend) " " (+ y1 down) " " (- x2 bend) " " (+ y2 down) " " x2 " " y2
         "\" class=\"" class "-line\" stroke-width=\"" (if high? 4 2) "\" marker-end=\"url(#" class "-to)\"/>"
         (when label
           (text (quot (+ x1 x2) 2) (+ (quot (+ y1 y2) 2) (quot (* 3 down) 4) -9) "leat-halo" " text-anchor=\"middle\""
                 (cut 11 label))))))

(defn- marker [class size]
  (str "<marker id=\"" class "-to\" viewBox=\"0 0 10 10\" refX=\"8\" refY=\"5\" markerWidth=\"" size "\" markerHeight=\""
       size "\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" class=\"" class "-ink\"/></marker>"))

(defn- legend [y]
  (str/join (for [[x pressure what] [[0 :high "full: puts wait"] [150 :some "values wait"] [278 :hungry "takes wait"]
                                     [398 :none "nothing waits"]]
                  :let [x (+ (long margin) (long x))]]
              (str "<rect x=\"" x "\" y=\"" (- (long y) 11) "\" width=\"14\" height=\"14\" rx=\"3\" class=\"leat-"
                   (name pressure) "\" stroke-width=\"2\"/>"
                   (text (+ x 22) y "leat-soft" "" what)))))

(defn svg
  "See `leat.stream/graph->svg`."
  [graph-or-stream]
  (let [{:keys [nodes edges]} (data graph-or-stream)
        {:keys [place width height]} (layout nodes edges)
        high (into #{} (comp (filter #(= :high (:pressure %))) (map :id)) nodes)
        ;; Those that feed a full one are full for that; what reads from the others is slow itself.
        goes-on (into #{} (comp (filter #(high (:to %))) (map :from)) edges)]
    (str "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" width "\" height=\"" height "\" viewBox=\"0 0 " width " "
         height "\" font-family=\"system-ui,sans-serif\" font-size=\"13\">\n"
         (style) "\n<defs>" (marker "leat-none" 7) (marker "leat-high" 5) "</defs>\n"
         "<rect x=\"1\" y=\"1\" width=\"" (- (long width) 2) "\" height=\"" (- (long height) 2)
         "\" rx=\"10\" class=\"leat-page\"/>\n"
         (str/join "\n" (map #(svg-edge place (contains? high (:to %)) %) edges)) "\n"
         (str/join "\n" (map #(svg-node (place (:id %)) (and (high (:id %)) (not (goes-on (:id %)))) %) nodes)) "\n"
         (legend (- (long height) 18)) "\n</svg>\n")))

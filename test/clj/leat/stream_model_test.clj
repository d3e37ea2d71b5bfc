(ns leat.stream-model-test
  "Streams against a sequential model: random commands on one thread, with each outcome compared after every step; and
  random programs of several threads, with what must hold however they mix."
  (:require [clojure.test :refer [deftest is]]
            [clojure.test.check :as tc]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [leat.stream :as s])
  (:import [java.util.concurrent CountDownLatch]
           [leat.async Deferred]))

(set! *warn-on-reflection* true)

;; A state has the streams :a and :b, each {:capacity, :permanent?, :xform, :buffer [value], :puts [[id value]],
;; :takes [id], :closed?}, and :outcomes, a map from the id of a put or take to what its deferred holds. The id :pipe
;; stands for the connection from :a to :b, both as a take from :a and as a put into :b; :connected? tells whether it is
;; there, and :options what it was made with.

(declare put put-all take-from cut)

(defn- outcome [state id value]
  (if (#{:pipe :part} id) state (assoc-in state [:outcomes id] value)))

(defn- live? [state id] (or (#{:pipe :part} id) (not (contains? (:outcomes state) id))))

(defn- drop-withdrawn [state k]
  (-> state
      (update-in [k :puts] (fn [puts] (into [] (filter #(live? state (first %))) puts)))
      (update-in [k :takes] (fn [takes] (into [] (filter #(live? state %)) takes)))))

(defn- put-done
  "A pending put into `k` has found its place, or was refused."
  [state id]
  (if (= id :pipe)
    (if (:connected? state) (take-from (assoc state :busy? false) :a :pipe) (assoc state :busy? false))
    (outcome state id true)))

(defn- flushed
  "What the end of the transducer of `k` still gives goes in before the end."
  [state k]
  (if-let [rf (get-in state [k :xform])]
    (let [values (volatile! [])]
      (rf values)
      (put-all (assoc-in state [k :xform] nil) k :part @values))
    state))

(defn- end [state k]
  (let [state (drop-withdrawn (assoc-in state [k :closed?] true) k)
        takes (get-in state [k :takes])
        state (assoc-in state [k :takes] [])
        state (reduce (fn [st id] (outcome st id ::drained)) state takes)]
    (cond
      (and (= k :a) (some #{:pipe} takes)) (cut state)
      (and (= k :b) (:connected? state)) (-> state
                                             (assoc :connected? false)
                                             (update-in [:a :takes] #(into [] (remove #{:pipe}) %))
                                             (as-> st (if (get-in st [:a :permanent?]) st (end (flushed st :a) :a))))
      :else state)))

(defn- close [state k]
  (if (or (get-in state [k :closed?]) (get-in state [k :permanent?])) state (end (flushed state k) k)))

(defn- cut
  "The connection is over because :a is drained."
  [state]
  (let [state (assoc state :connected? false)]
    (if (:downstream? (:options state) true) (close state :b) state)))

(defn- pipe-got [state value]
  (put (assoc state :busy? true) :b :pipe value))

(defn- refused [state id]
  (if (= id :pipe)
    (close (assoc state :busy? false :connected? false) :a)
    (outcome state id false)))

(defn- place
  "Finds a place for a value that has been through the transducer, if there is one."
  [state k id value]
  (let [state (drop-withdrawn state k)
        {:keys [capacity buffer puts takes closed?]} (k state)]
    (cond
      closed? (refused state id)
      (seq takes) (let [state (update-in state [k :takes] #(into [] (rest %)))]
                    (put-done (if (= :pipe (first takes))
                                (assoc state :for-pipe [value])
                                (outcome state (first takes) value))
                              id))
      (< (count buffer) capacity) (put-done (update-in state [k :buffer] conj value) id)
      :else (assoc-in state [k :puts] (conj puts [id value])))))

(defn- put-all
  "Finds places for all `values`, of which the last is that of `id`, before the connection gets any of them."
  [state k id values]
  (let [state (reduce #(place %1 k :part %2) state (butlast values))
        state (if (seq values) (place state k id (last values)) state)
        [value :as for-pipe] (:for-pipe state)]
    (cond-> (dissoc state :for-pipe)
      for-pipe (pipe-got value))))

(defn- put [state k id value]
  (let [{:keys [xform closed?]} (k state)]
    (if (or closed? (nil? xform))
      (put-all state k id [value])
      (let [values (volatile! [])
            more? (not (reduced? (xform values value)))
            state (put-all state k (if more? id :part) @values)]
        (cond
          (not more?) (refused (close state k) id)
          (seq @values) state
          :else (put-done state id))))))

(defn- take-from [state k id]
  (let [state (drop-withdrawn state k)
        {:keys [buffer puts closed?]} (k state)
        [[put-id put-value]] puts
        got (fn [st value] (if (= id :pipe) (pipe-got st value) (outcome st id value)))
        next-put (fn [st] (-> st (update-in [k :puts] #(into [] (rest %))) (put-done put-id)))]
    (cond
      (seq buffer) (let [state (update-in state [k :buffer] #(into [] (rest %)))]
                     (if put-id
                       (-> state (update-in [k :buffer] conj put-value) next-put (got (first buffer)))
                       (got state (first buffer))))
      put-id (got (next-put state) put-value)
      closed? (if (= id :pipe) (cut state) (outcome state id ::drained))
      :else (update-in state [k :takes] conj id))))

(defn- withdraw [state id value]
  (if (live? state id) (assoc-in state [:outcomes id] value) state))

(defn- connect [state options]
  (cond
    (:connected-once? state) state
    (get-in state [:b :closed?]) (close (assoc state :connected-once? true) :a)
    :else (take-from (assoc state :connected-once? true, :connected? true, :options options) :a :pipe)))

(defn- model-step [state [id [command k value]]]
  (case command
    :put (put state k id value)
    :take (take-from state k id)
    :try-put (withdraw (put state k id value) id ::late)
    :try-take (withdraw (take-from state k id) id ::late)
    :withdraw (withdraw state value ::withdrawn)
    :close (close state k)
    :connect (connect state value)))

(defn- real-step [streams deferreds [id [command k value]]]
  (let [s (k streams)]
    (case command
      :put (assoc deferreds id (s/put! s value))
      :take (assoc deferreds id (s/take! s ::drained))
      :try-put (assoc deferreds id (s/try-put! s value 0 ::late))
      :try-take (assoc deferreds id (s/try-take! s ::drained 0 ::late))
      :withdraw (do (when-let [^Deferred d (get deferreds value)]
                      (when-not (.isRealized d) (.success d ::withdrawn)))
                    deferreds)
      :close (do (s/close! s) deferreds)
      :connect (do (when-not (:connected? (meta s))
                     (alter-meta! s assoc :connected? true)
                     (s/connect s (:b streams) value))
                   deferreds))))

(defn- real-outcomes [deferreds]
  (into {} (for [[id ^Deferred d] deferreds :when (.isRealized d)] [id @d])))

(def ^:private xforms
  {:none nil, :map (map vector), :filter (filter (comp even? hash)), :take (take 3)
   :mapcat (mapcat #(repeat (mod (hash %) 3) %))
   :partition (partition-all 2), :dedupe (dedupe)})

(def ^:private command
  (let [k (gen/elements [:a :b])
        options (gen/hash-map :upstream? gen/boolean :downstream? gen/boolean)]
    (gen/frequency
     [[8 (gen/tuple (gen/return :put) k gen/nat)]
      [8 (gen/tuple (gen/return :take) k gen/nat)]
      [2 (gen/tuple (gen/return :try-put) k gen/nat)]
      [2 (gen/tuple (gen/return :try-take) k gen/nat)]
      [2 (gen/tuple (gen/return :withdraw) k gen/nat)]
      [1 (gen/tuple (gen/return :close) k gen/nat)]
      [1 (gen/tuple (gen/return :connect) (gen/return :a) options)]])))

(def ^:private stream-options
  (gen/hash-map :buffer-size (gen/choose 0 3)
                :permanent? (gen/frequency [[4 (gen/return false)] [1 (gen/return true)]])
                :xform (gen/frequency [[3 (gen/return :none)] [2 (gen/elements (keys xforms))]])))

(defn- model-stream [{:keys [buffer-size permanent? xform]}]
  {:capacity buffer-size, :permanent? permanent?, :buffer [], :puts [], :takes []
   :xform (when-let [x (xforms xform)]
            (x (fn ([out] out) ([out value] (vswap! out conj value) out))))})

(defn- real-stream [{:keys [xform] :as options}]
  (s/stream* (assoc options :xform (xforms xform))))

(defn- agrees? [options commands]
  (let [streams (zipmap [:a :b] (map real-stream options))
        state (into {:outcomes {}} (zipmap [:a :b] (map model-stream options)))]
    (loop [state state, deferreds {}, steps (map-indexed vector commands)]
      (if-let [step (first steps)]
        (let [state (if (and (= :withdraw (first (second step)))
                             (not (contains? deferreds (nth (second step) 2))))
                      state
                      (model-step state step))
              deferreds (real-step streams deferreds step)]
          (if (and (= (:outcomes state) (real-outcomes deferreds))
                   (= (get-in state [:a :closed?] false) (s/closed? (:a streams)))
                   (= (get-in state [:b :closed?] false) (s/closed? (:b streams))))
            (recur state deferreds (rest steps))
            (do (println "step" step "\n  model" (:outcomes state) "\n  real " (real-outcomes deferreds)) false)))
        true))))

(defn- check
  "Fails unless `property` holds for `n` values, or as often as the system property leat.model.trials says."
  [n property]
  (let [result (tc/quick-check (Long/getLong "leat.model.trials" (long n)) property)]
    (is (:pass? result) (pr-str (select-keys result [:seed :shrunk])))))

(deftest streams-do-what-the-model-does
  (check 3000 (prop/for-all [options (gen/tuple stream-options stream-options)
                             commands (gen/vector command 0 40)]
                (agrees? options commands))))

;; ---- several threads

(defn- run-program
  "Runs the commands of one thread. Returns [kind value deferred] for each put and take."
  [s thread commands]
  (into []
        (map-indexed
         (fn [n [command wait?]]
           (let [value [thread n]
                 ^Deferred d (case command
                               :put (s/put! s value)
                               :take (s/take! s ::drained)
                               :try-put (s/try-put! s value 0 false)
                               :try-take (s/try-take! s ::drained 0 ::late))]
             (when wait? (Thread/yield))
             (when (= wait? :withdraw) (.success d (if (#{:put :try-put} command) false ::late)))
             [(if (#{:put :try-put} command) :put :take) value d])))
        commands))

(defn- side-by-side
  "Calls the functions, each on a thread of its own, all at once. Returns their results."
  [functions]
  (let [start (CountDownLatch. 1)
        results (mapv #(future (.await start) (%)) functions)]
    (.countDown start)
    (mapv deref results)))

(defn- drain [s]
  (loop [values []]
    (let [value @(s/take! s ::drained)]
      (if (= value ::drained) values (recur (conj values value))))))

(defn- in-order?
  "Whether in `values` those of each thread come in the order in which that has put them."
  [values]
  (every? #(apply < -1 (map second %)) (vals (group-by first values))))

(defn- nothing-lost?
  "What holds after the programs: each accepted value came out once, no other did, and nobody waits any more."
  [s out programs]
  (let [done (side-by-side (map-indexed (fn [i commands] #(run-program s i commands)) programs))]
    (s/close! s)
    (let [left (drain out)
          taken (mapv (fn [program] (for [[kind _ d] program
                                          :when (= kind :take)
                                          :let [value (deref d 5000 ::stuck)]
                                          :when (not (#{::drained ::late} value))]
                                      value))
                      done)
          put (for [program done, [kind value d] program :when (= kind :put)] [value (deref d 5000 ::stuck)])
          all (concat left (mapcat identity taken))]
      (and (= (sort all) (sort (for [[value answer] put :when (true? answer)] value)))
           (every? (comp boolean? second) put)
           (in-order? left)
           (every? in-order? taken)))))

(def ^:private program
  (gen/vector (gen/tuple (gen/elements [:put :put :put :take :take :try-put :try-take])
                         (gen/elements [false false true :withdraw]))
              0 30))

(deftest threads-lose-nothing
  (check 400 (prop/for-all [buffer-size (gen/choose 0 3), programs (gen/vector program 2 3)]
               (let [s (s/stream buffer-size)]
                 (nothing-lost? s s programs)))))

(deftest threads-lose-nothing-through-a-connection
  (check 400 (prop/for-all [sizes (gen/tuple (gen/choose 0 2) (gen/choose 0 2)), programs (gen/vector program 2 3)
                            connect-late? gen/boolean]
               (let [[a b] (map s/stream sizes)
                     connect #(do (s/connect a b) [])
                     ;; A put! is true as soon as the connection has the value, so all must be taken at the other end.
                     puts (mapv (fn [p] (filterv #(= :put (first %)) p)) programs)
                     puts (mapv (fn [p] (mapv #(assoc % 1 false) p)) puts)]
                 (when-not connect-late? (connect))
                 (let [result (future (drain b))
                       done (side-by-side (concat (map-indexed (fn [i p] #(run-program a i p)) puts)
                                                  (when connect-late? [connect])))]
                   (s/close! a)
                   (let [values (deref result 5000 ::stuck)]
                     (and (not= values ::stuck)
                          (in-order? values)
                          (= (sort values) (sort (for [p done, [_ value] p] value)))
                          (every? (fn [[_ _ d]] (true? (deref d 5000 ::stuck))) (mapcat identity done)))))))))

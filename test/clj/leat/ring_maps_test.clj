(ns leat.ring-maps-test
  "RequestMap and HeaderMap behave as Clojure maps in every way, over real request heads."
  (:require [clojure.set :as set]
            [clojure.test :refer [are deftest is testing]]
            [clojure.walk :as walk])
  (:import [clojure.lang MapEntry]
           [java.io ByteArrayInputStream ByteArrayOutputStream ObjectInputStream ObjectOutputStream]
           [java.util HashMap]
           [leat.async Deferred]
           [leat.http Limits]
           [leat.http1 HeadParser RequestHead]
           [leat.ring HeaderMap RequestMap RequestMap$BodyKind]
           [leat.server Request]))

(defn- head ^RequestHead [& lines]
  (let [bytes (.getBytes (str (apply str (interleave lines (repeat "\r\n"))) "\r\n") "ISO-8859-1")]
    (.parse (HeadParser. Limits/DEFAULT) bytes 0 (alength bytes))))

(defn- request [^RequestHead head]
  (let [closed (Deferred.)]
    (reify Request
      (head [_] head)
      (body [_] nil)
      (scheme [_] "http")
      (remoteAddress [_] "192.0.2.7")
      (serverName [_] (.host head))
      (serverPort [_] 8080)
      (closed [_] closed)
      (toString [_] "GET /a"))))

(defn- request-map [& lines]
  (RequestMap. (request (apply head lines)) RequestMap$BodyKind/STREAM))

(defn- sample []
  (request-map "GET /a%20b?q=1&r=%C3%A9 HTTP/1.1" "Host: example.org:8080" "Accept: text/html" "X-Two: 1"
               "Cookie: a=1" "x-two: 2" "cookie: b=2"))

(def ^:private ring-keys
  [:request-method :uri :query-string :headers :body :scheme :server-name :server-port :remote-addr :protocol
   :leat/closed :leat/request])

(def ^:private sample-headers
  {"host" "example.org:8080", "accept" "text/html", "x-two" "1,2", "cookie" "a=1;b=2"})

(deftest has-the-keys-of-ring
  (let [r (sample)]
    (is (= ring-keys (keys r)))
    (are [k v] (= v (k r) (r k) (get r k) (.valAt ^RequestMap r k) (val (find r k)))
      :request-method :get
      :uri "/a%20b"
      :query-string "q=1&r=%C3%A9"
      :headers sample-headers
      :body nil
      :scheme :http
      :server-name "example.org"
      :server-port 8080
      :remote-addr "192.0.2.7"
      :protocol "HTTP/1.1")
    (is (instance? Deferred (:leat/closed r)))
    (is (instance? Request (:leat/request r)))))

(deftest tells-the-true-protocol-and-method
  (is (= "HTTP/1.0" (:protocol (request-map "GET / HTTP/1.0"))))
  (doseq [[method k] {"GET" :get, "HEAD" :head, "POST" :post, "PUT" :put, "DELETE" :delete, "PATCH" :patch,
                      "OPTIONS" :options, "PROPFIND" :propfind}]
    (is (= k (:request-method (request-map (str method " / HTTP/1.1") "host: a")))))
  (is (= "*" (:uri (request-map "OPTIONS * HTTP/1.1" "host: a"))))
  (is (contains? (request-map "GET / HTTP/1.1" "host: a") :query-string)))

(defn- plain
  "An ordinary map with the entries of `m`, built by hand."
  [m]
  (apply hash-map (mapcat identity m)))

(defn- check-like
  "Checks that `m` cannot be told from the plain map `p`, and that neither can what is made from them with `k`, a key they
  have, and `absent`, one they have not."
  [m p k absent]
  (testing "equality and hashes, both ways"
    (is (= m p)) (is (= p m)) (is (.equals ^Object m p)) (is (.equals ^Object p m))
    (is (= (HashMap. ^java.util.Map p) m)) (is (= m (HashMap. ^java.util.Map p)))
    (is (= (hash m) (hash p))) (is (= (.hashCode ^Object m) (.hashCode ^Object p)))
    (is (not= m (assoc p absent 1))) (is (not= m (dissoc p k))) (is (not= m (assoc p k ::other)))
    (is (= 1 (count (hash-set m p)))) (is (= ::found (get {p ::found} m))))
  (testing "lookup"
    (is (= (count p) (count m) (.size ^java.util.Map m)))
    (is (contains? m k)) (is (not (contains? m absent))) (is (not (contains? m nil)))
    (is (nil? (get m absent))) (is (= ::none (get m absent ::none) (m absent ::none)))
    (is (nil? (find m absent))) (is (map-entry? (find m k)))
    (is (map? m)) (is (ifn? m)) (is (associative? m)) (is (counted? m)) (is (coll? m))
    (is (not (empty? m))))
  (testing "new maps"
    (is (= (assoc p k 1) (assoc m k 1))) (is (= (assoc p absent 1 k 2) (assoc m absent 1 k 2)))
    (is (= (dissoc p k) (dissoc m k))) (is (= p (dissoc m absent) (dissoc (assoc m absent 1) absent)))
    (is (= (dec (count p)) (count (dissoc m k)) (count (dissoc (dissoc m k) k)) (count (dissoc (assoc m k 1) k))))
    (is (= (count p) (count (assoc m k 1)) (count (assoc (dissoc m k) absent 1)) (dec (count (assoc m absent 1)))))
    (is (= p (assoc (dissoc m k) k (get p k))))
    (is (nil? (get (dissoc m k) k))) (is (= ::none (get (dissoc m k) k ::none)))
    (is (= (select-keys p [k absent]) (select-keys m [k absent])))
    (is (= (update p k vector) (update m k vector)))
    (is (= (merge p {absent 1}) (merge m {absent 1}))) (is (= (merge {absent 1} p) (merge {absent 1} m)))
    (is (= (conj p [absent 1]) (conj m [absent 1]) (conj m (MapEntry. absent 1)) (conj m {absent 1})))
    (is (= p (into {} m) (into m []) (into (empty m) m))) (is (= (assoc p absent 1) (into m [[absent 1]])))
    (is (= {} (empty m)))
    (is (= (set/rename-keys p {k absent}) (set/rename-keys m {k absent})))
    (is (= (update-vals p str) (update-vals m str))) (is (= (update-keys p str) (update-keys m str)))
    (is (thrown? RuntimeException (.assocEx ^clojure.lang.IPersistentMap m k 1))))
  (testing "walking through"
    (is (= (set (seq p)) (set (seq m)))) (is (every? map-entry? m))
    (is (= (set (keys p)) (set (keys m)))) (is (= (set (vals p)) (set (vals m))))
    (is (= (map key m) (keys m))) (is (= (map val m) (vals m)))
    (is (= (seq m) (iterator-seq (.iterator ^Iterable m))))
    (is (= (set p) (set (.entrySet ^java.util.Map m)))) (is (= (set (keys p)) (.keySet ^java.util.Map m)))
    (is (= p (reduce-kv assoc {} m) (reduce (fn [a [k v]] (assoc a k v)) {} m)))
    (is (= ::stop (reduce-kv (fn [_ _ _] (reduced ::stop)) nil m)))
    (is (= ::stop (reduce-kv (fn [_ found _] (when (= found (last (keys m))) (reduced ::stop))) nil m)))
    (is (= p (walk/postwalk identity m))))
  (testing "metadata"
    (is (nil? (meta m)))
    (is (= {:a 1} (meta (with-meta m {:a 1})) (meta (assoc (with-meta m {:a 1}) absent 1))
           (meta (dissoc (with-meta m {:a 1}) k)) (meta (into (with-meta m {:a 1}) [[absent 1]]))
           (meta (empty (with-meta m {:a 1}))) (meta (merge (with-meta m {:a 1}) {absent 1}))))
    (is (= m (with-meta m {:a 1})))
    (is (= (vary-meta m assoc :b 2) p)))
  (testing "transients"
    (is (= (assoc (dissoc p k) absent 1) (persistent! (assoc! (dissoc! (transient m) k) absent 1)))))
  (testing "it stays as it was" (is (= p m))))

(deftest a-request-behaves-as-a-map
  (let [r (sample)]
    (check-like r (plain r) :uri :absent)
    (testing "with entries of its own, of which some replace the request's"
      (let [changed (assoc r :params {"q" "1"} :uri "/other" :scheme :https)]
        (check-like changed (plain changed) :params :absent)
        (check-like changed (plain changed) :uri :absent)
        (is (= "/other" (:uri changed)))
        (is (= :get (:request-method changed)))))
    (testing "without some of the request's"
      (let [changed (dissoc r :body :leat/request)]
        (check-like changed (plain changed) :headers :body)))))

(deftest headers-behave-as-a-map
  (check-like (:headers (sample)) sample-headers "accept" "absent")
  (check-like (:headers (sample)) sample-headers "x-two" :accept))

(deftest an-empty-header-map-is-empty
  (let [headers (:headers (request-map "GET / HTTP/1.0"))]
    (is (= {} headers)) (is (nil? (seq headers))) (is (zero? (count headers))) (is (= (hash {}) (hash headers)))
    (is (= "{}" (pr-str headers)))))

(deftest header-names-are-found-in-lower-case-only
  (let [headers (:headers (sample))]
    (is (= "text/html" (headers "accept") (get headers "accept")))
    (is (nil? (headers "Accept"))) (is (nil? (headers :accept))) (is (nil? (headers 'accept)))
    (is (not (contains? headers "Accept")))
    (is (= [1 2] (mapv parse-long (HeaderMap/all headers "X-Two"))))
    (is (= [] (HeaderMap/all headers "absent")))))

(deftest destructures
  (let [{:keys [uri request-method leat/closed absent] {:strs [accept host]} :headers :as whole :or {absent 5}} (sample)]
    (is (= ["/a%20b" :get "text/html" "example.org:8080" 5] [uri request-method accept host absent]))
    (is (instance? Deferred closed))
    (is (= 12 (count whole))))
  (is (= "/a%20b" ((fn [{:keys [uri]}] uri) (sample)))))

(deftest prints-as-a-map
  (let [r (dissoc (sample) :leat/closed :leat/request)]
    (is (= (plain r) (read-string (pr-str r))))
    (is (= (str r) (pr-str r)))
    (is (= sample-headers (read-string (pr-str (:headers r)))))
    (is (re-find #":leat/request #object" (pr-str (sample))))))

(deftest keeps-what-is-not-asked-for-unmade
  (let [asked (atom 0)
        request (reify Request (serverName [_] (swap! asked inc) "name"))
        r (RequestMap. request RequestMap$BodyKind/STREAM)]
    (is (contains? (dissoc (assoc r :a 1) :uri) :server-name))
    (is (= ring-keys (keys r)))
    (is (zero? @asked) "neither copies, keys nor contains? make values")
    (is (= "name" (:server-name (assoc r :a 1))))
    (is (= 1 @asked))))

(defn- through-bytes [x]
  (let [bytes (ByteArrayOutputStream.)]
    (with-open [out (ObjectOutputStream. bytes)] (.writeObject out x))
    (.readObject (ObjectInputStream. (ByteArrayInputStream. (.toByteArray bytes))))))

(deftest serializes-as-a-plain-map
  (let [r (dissoc (sample) :leat/closed :leat/request)]
    (is (= r (through-bytes r)))
    (is (= sample-headers (through-bytes (:headers r))))
    (is (not (instance? RequestMap (through-bytes r))))))

(deftest copies-share-the-header-map
  (let [r (sample)]
    (is (identical? (:headers r) (:headers r)))
    (is (identical? (:headers r) (:headers (assoc r :a 1))))))

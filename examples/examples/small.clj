(ns examples.small
  "The small handlers of the showcase, a few lines each."
  (:require [clojure.pprint :as pprint])
  (:import [java.util.concurrent CompletableFuture TimeUnit]
           [java.util.function Supplier]
           [leat.async Deferred]))

(defn- text [body]
  {:status 200, :headers {"content-type" "text/plain; charset=utf-8"}, :body body})

(defn show-request
  "The request map, printed."
  [request]
  (text (with-out-str (pprint/pprint (into (sorted-map) (dissoc request :leat/request :leat/closed :body))))))

(defn echo
  "The body of the request as the body of the response."
  [{:keys [headers body]}]
  (assoc-in (text body) [:headers "content-type"] (headers "content-type" "application/octet-stream")))

(defn later
  "A response after a second."
  [_request]
  (CompletableFuture/supplyAsync
   (reify Supplier (get [_] (text "Here it is, a second later.\n")))
   (CompletableFuture/delayedExecutor 1 TimeUnit/SECONDS)))

(defn cookies
  "Two cookies."
  [_request]
  (assoc-in (text "Two cookies for you.\n") [:headers "set-cookie"] ["flavour=oat" "size=large; HttpOnly"]))

(defn status
  "The status that the path names."
  [{:keys [uri]}]
  (let [code (or (some->> uri (re-matches #"/([2-5]\d\d)") second parse-long) 404)]
    (assoc (text (str "Status " code "\n")) :status code)))

(defn fail
  "Throws."
  [_request]
  (throw (ex-info "This example fails on purpose" {})))

(def ^:private departed (atom 0))

(defn departures
  "At /wait: no answer, ever, but counts the clients that go away. Else: the count."
  [{:keys [uri leat/closed]}]
  (if (= "/wait" uri)
    (let [^Deferred never (Deferred.)]
      (.onRealized ^Deferred closed
                   (reify java.util.function.Consumer (accept [_ gone?] (when gone? (swap! departed inc))))
                   (reify java.util.function.Consumer (accept [_ _error])))
      never)
    (text (str @departed " clients went away.\n"))))

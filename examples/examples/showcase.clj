(ns examples.showcase
  "Everything leat can do so far, on one server: an index page with links and curl lines, made from the table in
  examples.capabilities."
  (:require [clojure.string :as str]
            [examples.capabilities :as capabilities]
            [examples.page :as page]
            [leat.http :as http]))

(defn- below?
  "Whether `uri` is `path` or lies below it."
  [path uri]
  (or (= uri path) (str/starts-with? uri (str path "/"))))

(defn- capability-at
  "The row of the table that answers `uri`, or nil."
  [uri]
  (first (filter #(below? (:path %) uri) capabilities/table)))

(defn- index [request]
  (page/html 200 "leat" (page/index capabilities/table (get-in request [:headers "host"] "127.0.0.1:8080"))))

(defn- not-found [{:keys [uri]}]
  (page/html 404 "Not found" (page/message "Nothing here" (str "There is no " uri " in this showcase."))))

(defn handler
  "Hands the request to the capability that its path names, which sees the rest of the path as `:uri`."
  [{:keys [uri] :as request}]
  (if (= "/" uri)
    (index request)
    (if-let [{:keys [path handler]} (capability-at uri)]
      (let [rest-of-path (subs uri (count path))]
        (handler (assoc request :uri (if (= "" rest-of-path) "/" rest-of-path))))
      (not-found request))))

(defn- error-page [request error]
  (page/html 500 "Error" (page/message "The handler failed, and its error handler made this page"
                                       (str (:uri request) ": " (ex-message error)))))

(defn start
  "Starts the server."
  [port]
  (http/start-server #'handler {:port port, :host "127.0.0.1", :error-handler error-page
                                :max-body-bytes 10000000000}))

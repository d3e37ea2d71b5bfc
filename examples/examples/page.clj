(ns examples.page
  "The pages of the showcase: plain HTML with the style sheet inside, nothing from elsewhere."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]))

(def ^:private style (delay (slurp (io/resource "examples/page.css"))))

(defn- escape [text]
  (str/escape (str text) {\& "&amp;", \< "&lt;", \> "&gt;", \" "&quot;", \' "&#39;"}))

(defn html
  "A response that is a page: `title` is text, `body` HTML."
  [status title body]
  {:status status
   :headers {"content-type" "text/html; charset=utf-8", "cache-control" "no-store"}
   :body (str "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
              "<title>" (escape title) "</title><style>" @style "</style></head><body>" body "</body></html>\n")})

(defn message
  "The HTML of a page that says one thing."
  [heading text]
  (str "<main class=\"message\"><h1>" (escape heading) "</h1><p>" (escape text) "</p><p><a href=\"/\">Back</a></p></main>"))

(defn command
  "The shell line of a row, for the server at `address` (host:port)."
  [{:keys [path curl before shell]} address]
  (let [[_ host port] (or (re-matches #"(.*):(\d+)" address) [nil address "80"])]
    (if shell
      (-> shell (str/replace "HOST" host) (str/replace "PORT" port))
      (str before "curl " (str/replace curl "URL" (str "http://" address path))))))

(defn- card [{:keys [title does path link] :as row} address]
  (let [url (str path link)]
    (str "<article><h2>" (escape title) "</h2><p>" (escape does) "</p>"
         (when-not (false? link) (str "<p><a href=\"" (escape url) "\">" (escape url) "</a></p>"))
         "<div class=\"line\"><code>" (escape (command row address)) "</code>"
         "<button type=\"button\" title=\"Copy\">copy</button></div></article>")))

(def ^:private script
  (str "<script>document.addEventListener('click',e=>{if(e.target.matches('button')){"
       "navigator.clipboard.writeText(e.target.previousSibling.textContent);e.target.textContent='copied';"
       "setTimeout(()=>e.target.textContent='copy',1200)}})</script>"))

(defn index
  "The HTML of the index page: a card for each row of `table`."
  [table address]
  (str "<header><h1>leat</h1><p>A leat brings water to a mill: it keeps the wheel turning at its own pace, and never"
       " floods it. This page comes from one; so does everything below.</p></header><main class=\"cards\">"
       (str/join (map #(card % address) table))
       "</main><footer><p>JDK " (System/getProperty "java.version") ", Clojure " (clojure-version)
       ". A new capability is a row in <code>examples/examples/capabilities.clj</code>.</p></footer>" script))

(ns examples.capabilities
  "The table of what the showcase shows. A row has
    :title, :does  what it is called, and what is to be seen
    :path          where it is; its handler sees what follows the path as :uri
    :link          what the index page links to below the path, \"\" if not given; false for no link
    :curl          the arguments of a curl line, with URL for the address of the path; or
    :shell         a whole line, with HOST and PORT
    :handler       a Ring handler
  A new capability is a new row here."
  (:require [examples.download :as download]
            [examples.hello :as hello]
            [examples.pressure :as pressure]
            [examples.routes :as routes]
            [examples.slow-sequence :as slow-sequence]
            [examples.small :as small]
            [examples.upload :as upload]))

(def table
  "The rows, in the order of the page."
  [{:path "/hello", :title "Hello", :curl "-i URL", :handler #'hello/handler
    :does "A Ring handler: a function from a request map to a response map."}
   {:path "/request", :title "The request map", :link "/a/path?q=1", :curl "-H 'X-Two: 1' -H 'X-Two: 2' -b 'a=1' 'URL/a/path?q=1'"
    :handler #'small/show-request, :does "What a handler gets: lazy, and like any other Clojure map."}
   {:path "/routes", :title "Routes", :link "/fruits", :curl "-X PUT -d 'yellow, long' URL/fruits/banana", :handler #'routes/handler
    :does "Routing by case. The link lists fruits; the curl line plants one."}
   {:path "/countdown", :title "A slow sequence", :curl "-N URL", :handler #'slow-sequence/handler
    :does "A lazy sequence as a body: each line is sent as soon as it is there."}
   {:path "/upload", :title "Upload with back-pressure", :link false
    :curl "-T - 'URL?ms=20'", :before "head -c 10000000 /dev/zero | ", :handler #'upload/handler
    :does "Ten megabytes in constant memory: the handler is slow on purpose, and the client has to wait for it."}
   {:path "/download", :title "A file", :curl "-i -r 60-119 URL", :handler #'download/handler
    :does "A file, or a region of it, from the disk to the socket without passing through the heap."}
   {:path "/echo", :title "Echo", :link false, :curl "-N -H 'Content-Type: text/plain' -d 'Is anybody there?' URL"
    :handler #'small/echo, :does "The body of the request as the body of the response, while it still arrives."}
   {:path "/later", :title "A response that comes later", :curl "-w '%{time_total} s\\n' URL", :handler #'small/later
    :does "The handler returns a CompletableFuture: no thread waits for the second that it takes."}
   {:path "/pressure", :title "Where pressure stands", :link "/", :curl "URL/mermaid", :handler #'pressure/handler
    :does "Streams that feed one another, drawn as they are. Let orders come in, and let the disk write them."}
   {:path "/cookies", :title "Several headers of one name", :curl "-i URL", :handler #'small/cookies
    :does "A vector of header values: two cookies."}
   {:path "/status", :title "Any status", :link "/418", :curl "-i URL/418", :handler #'small/status
    :does "The status of the response is the last part of the path."}
   {:path "/error", :title "An error page", :curl "-i URL", :handler #'small/fail
    :does "The handler throws; :error-handler makes the page, and the log has the trace."}
   {:path "/departures", :title "Clients that went away", :curl "-m 1 URL/wait ; curl URL", :handler #'small/departures
    :does "A handler that never answers sees its client go, without writing anything. The link shows how often it did."}
   {:path "/continue", :title "Expect: 100-continue", :link false, :curl "-v -H 'Expect: 100-continue' -d 'May I?' URL"
    :handler #'small/echo, :does "The client is told to go on when the handler first reads the body."}
   {:path "/strict", :title "Strictness", :link false, :shell "printf 'GET / HTTP/1.1\\r\\nHost : x\\r\\n\\r\\n' | nc HOST PORT"
    :handler #'hello/handler, :does "A space before a colon is how requests are smuggled: refused with 400."}])

-- wrk script: `CONNECTIONS=N wrk -cN ... -s plain.lua URL -- DEPTH` sends batches of DEPTH pipelined GETs and prints
-- one line to parse.
-- wrk takes the bytes of a batch from wrk.format once, so a batch costs the generator no Lua call.

function init(args)
  local depth = tonumber(args[1] or "1")
  local batch = string.rep(wrk.format("GET", "/"), depth)
  wrk.format = function() return batch end
end

-- wrk "corrects" its histogram before it calls done(): for each latency n of at least two mean intervals it adds samples
-- at n - interval, n - 2 interval, ..., as long as they are above the interval. That is made for generators with a fixed
-- rate, and it counts requests where pipelined batches were timed. Here it is taken back, from the longest latency down:
-- what was measured at n is the count at n, less all that was measured at n + interval, n + 2 interval, ...
local function measured_histogram(latency, interval)
  local count, above, longest = {}, {}, 0
  for i = 1, #latency do
    local micros, samples = latency(i)
    count[micros] = samples
    longest = math.max(longest, micros)
  end
  local measured, total = {}, 0
  for n = longest, 0, -1 do
    local added = 0
    if n > interval then
      added = (measured[n + interval] or 0) + (above[n + interval] or 0)
      above[n] = added
    end
    -- What wrk adds below the shortest latency, its iterator does not show.
    measured[n] = n >= latency.min and (count[n] or 0) - added or 0
    total = total + measured[n]
  end
  return measured, total, longest
end

local function percentile(measured, total, longest, percent)
  local seen = 0
  for n = 0, longest do
    seen = seen + (measured[n] or 0)
    if seen >= total * percent / 100 then return n end
  end
  return longest
end

function done(summary, latency)
  local e = summary.errors
  -- done() runs in another Lua state than init(), without arguments.
  local connections = tonumber(os.getenv("CONNECTIONS"))
  local interval = math.floor(summary.duration / math.floor(summary.requests / connections))
  local measured, total, longest = measured_histogram(latency, interval)
  print(string.format("RESULT requests=%d micros=%d bytes=%d failed=%d errors=%d samples=%d p50=%d p99=%d p999=%d max=%d",
    summary.requests, summary.duration, summary.bytes, e.status, e.connect + e.read + e.write + e.timeout, total,
    percentile(measured, total, longest, 50), percentile(measured, total, longest, 99),
    percentile(measured, total, longest, 99.9), longest))
end

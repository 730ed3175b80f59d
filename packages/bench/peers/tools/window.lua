-- One window of load by wrk. Arguments: method, body, file of bearer tokens, how many of its lines to use, and after which of
-- them to begin. Without a file every request is the same.
local METHOD, BODY, FILE, COUNT, FROM = 1, 2, 3, 4, 5
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  wrk.method = args[METHOD]
  if args[BODY] ~= '' then wrk.body = args[BODY] end
  if args[FILE] ~= '' then sendTokens(args[FILE], tonumber(args[COUNT]), tonumber(args[FROM])) end
  -- What was prepared here is kept until the end, and a request makes no garbage.
  collectgarbage('stop')
  prepared = os.clock()
end

function sendTokens(file, count, from)
  local requests = {}
  for token in io.lines(file) do
    if #requests == count then break end
    requests[#requests + 1] = wrk.format(nil, nil, { authorization = 'Bearer ' .. token })
  end
  local sent = from
  request = function()
    sent = sent % count + 1
    return requests[sent]
  end
end

-- The last line of the output is the report. Times are in microseconds, and in seconds for the processor time.
function done(summary, latency)
  local errors = summary.errors
  io.write(
    string.format(
      '{"requests":%d,"micros":%d,"p50Micros":%d,"p99Micros":%d,"cpuSeconds":%.6f,"refused":%d,"broken":%d}\n',
      summary.requests,
      summary.duration,
      latency:percentile(50),
      latency:percentile(99),
      os.clock() - threads[1]:get('prepared'),
      errors.status,
      errors.connect + errors.read + errors.write + errors.timeout
    )
  )
end

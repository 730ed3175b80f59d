// The load: autocannon as a process of its own. It reads one JSON order from standard input and prints one JSON report.
import { createHistogram } from 'node:perf_hooks'
import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'
import { tokensOf } from './tokens.js'

const order = JSON.parse(await text(process.stdin))
const { url, method, headers, body, connections, seconds, amount } = order
const tokens = tokensOf(order)
const micros = createHistogram({ figures: 3, highest: 600_000_000 })
const statuses = {}
const start = performance.now()
const seen = { total: 0, count: 0, first: start, last: start }
// The beginning does not count: this process is new, and its own compiler has to warm up.
const ramp =
  amount === undefined
    ? { seconds: Math.min(0.5, seconds / 4), requests: 0 }
    : { seconds: 0, requests: amount / 4 }
const cpu = process.cpuUsage()

let client = 0
const run = autocannon({
  url,
  method,
  headers,
  body,
  connections,
  timeout: 60,
  sampleInt: 100,
  ...(amount === undefined ? { duration: seconds + ramp.seconds } : { amount }),
  // Each connection has tokens of its own, in turn, so that no token is on its way twice at once.
  ...(tokens.length > 1 && {
    setupClient: (one) => {
      const own = tokens.filter((_token, index) => index % connections === client % connections)
      client += 1
      one.setRequests(own.map((token) => ({ headers: { authorization: `Bearer ${token}` } })))
    },
  }),
  ...(tokens.length === 1 && { headers: { ...headers, authorization: `Bearer ${tokens[0]}` } }),
})
run.on('response', (_client, status, _bytes, milliseconds) => {
  const now = performance.now()
  statuses[status] = (statuses[status] ?? 0) + 1
  seen.total += 1
  if (now - start < ramp.seconds * 1000 || seen.total <= ramp.requests) {
    // The answers that count begin after the last one that does not. Not when the first of them was asked for: it has
    // waited for those before it, and where one takes long that would be a good part of the time.
    seen.first = now
    return
  }
  seen.last = now
  seen.count += 1
  micros.record(Math.max(1, Math.round(milliseconds * 1000)))
})
const { errors } = await run

const elapsed = (seen.last - seen.first) / 1000
const { user, system } = process.cpuUsage(cpu)
process.stdout.write(
  JSON.stringify({
    total: seen.total,
    requests: seen.count,
    elapsed,
    p50: micros.percentile(50) / 1000,
    p99: micros.percentile(99) / 1000,
    statuses,
    errors,
    // How busy the generator itself was: above 0.95 it is what limits.
    busy: (user + system) / 1e3 / (seen.last - start),
  }),
)

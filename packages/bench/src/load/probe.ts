import { Agent, request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * A probe: sends requests one after another at fixed times, whether or not the earlier ones were answered, so that a
 * server that stalls cannot slow down the probe. Reads one order from standard input. Prints latencies in milliseconds,
 * counted from the time at which the request was due.
 */
export interface ProbeOrder {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly perSecond: number
  readonly seconds: number
}

/** The findings of a probe. */
export interface ProbeReport {
  readonly latencies: readonly number[]
  readonly failures: number
}

const order = JSON.parse(await text(process.stdin)) as ProbeOrder
process.stdout.write(JSON.stringify(await probe(order)))

async function probe({
  url,
  method,
  headers = {},
  body,
  perSecond,
  seconds,
}: ProbeOrder): Promise<ProbeReport> {
  const agent = new Agent({ keepAlive: true })
  const latencies: number[] = []
  let failures = 0
  const asked: Promise<void>[] = []
  const start = performance.now()

  for (let index = 0; index < perSecond * seconds; index++) {
    const due = start + (index * 1000) / perSecond
    const early = due - performance.now()
    if (early > 0) await pause(early)
    // When a timer is late, this process is the cause, not the server.
    const sent = Math.max(due, performance.now() - 1)
    asked.push(
      ask().then(
        (ok) => {
          if (ok) latencies.push(performance.now() - sent)
          else failures += 1
        },
        () => {
          failures += 1
        },
      ),
    )
  }
  await Promise.all(asked)
  agent.destroy()
  return { latencies, failures }

  function ask(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(url, { method, headers, agent, timeout: 60_000 }, (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode === 200))
        response.once('error', reject)
      })
      outgoing.once('error', reject)
      outgoing.end(body)
    })
  }
}

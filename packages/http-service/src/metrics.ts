import { type RequestObserver, routeOf } from './request-log.ts'

/** The values of a metric's labels: each from a closed set, never an id, or every user would be a time series. */
export type Labels = Readonly<Record<string, string>>

/** What one process measures. Made in `main` and passed down; there is no global one. */
export interface Metrics {
  /** Counts a request and how long it took, by route and status: an observer of the request log. */
  readonly countRequest: RequestObserver
  /** Adds a counter; the function it returns counts one more. */
  readonly counter: (
    name: string,
    options: { readonly help: string; readonly labels: readonly string[] },
  ) => (labels: Labels) => void
  /** Adds a gauge, read whenever somebody looks; `undefined` when there is nothing to tell. */
  readonly gauge: (
    name: string,
    options: { readonly help: string; readonly read: () => number | undefined },
  ) => void
  /** All of it, as Prometheus reads it. */
  readonly expose: () => Promise<{ readonly type: string; readonly text: string }>
  /** Forgets all of it. */
  readonly clear: () => void
}

/** In seconds: a document takes one or two milliseconds, a sign-in a tenth of a second or, in a queue, some seconds. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Creates the metrics of a process, with those of Node.js itself. The library is loaded here and not before: a process
 * that is not measured does not pay for it.
 */
export async function createMetrics(): Promise<Metrics> {
  const { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } = await import('prom-client')
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'http_request_seconds',
    help: 'How long requests took.',
    labelNames: ['route'],
    buckets: DURATIONS,
    registers,
  })

  return {
    countRequest: (ctx, milliseconds) => {
      const route = routeOf(ctx)
      requests.inc({ route, status: ctx.status })
      seconds.observe({ route }, milliseconds / 1000)
    },
    counter: (name, { help, labels }) => {
      const counter = new Counter({ name, help, labelNames: [...labels], registers })
      return (values) => counter.inc({ ...values })
    },
    gauge: (name, { help, read }) => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          const value = read()
          if (value === undefined) this.remove()
          else this.set(value)
        },
      })
    },
    expose: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    clear: () => registry.clear(),
  }
}

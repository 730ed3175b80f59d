import type { RequestListener } from 'node:http'
import type { Registry } from 'prom-client'
import { authority } from './authority.ts'
import { createHttpServer } from './http-server.ts'
import { listen } from './listen.ts'
import type { Logger } from './logger.ts'
import { type RequestObserver, routeOf } from './request-log.ts'

/**
 * The metrics of one process. Created in `main` and passed down; there is no global instance. `Counter` and `Gauge` come
 * from prom-client, which is loaded only with the first metrics, so a process without metrics does not pay for it. Give
 * each metric the registry, and labels from a closed set. Never use an id as a label: every user would become a time
 * series.
 */
export interface Metrics extends Pick<typeof import('prom-client'), 'Counter' | 'Gauge'> {
  readonly registry: Registry
  /** Counts a request and its duration by route and status. This is an observer of the request log. */
  readonly countRequest: RequestObserver
}

/** In seconds. A document takes one or two milliseconds; a sign-in takes a tenth of a second, or some seconds in a queue. */
const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Creates the metrics of a process, including those of Node.js itself. */
export async function createMetrics(): Promise<Metrics> {
  const { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })

  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'status'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'http_request_seconds',
    help: 'How long requests took.',
    labelNames: ['route'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  })

  return {
    Counter,
    Gauge,
    registry,
    countRequest: (ctx, milliseconds) => {
      const route = routeOf(ctx)
      requests.inc({ route, status: ctx.status })
      seconds.observe({ route }, milliseconds / 1000)
    },
  }
}

export interface MetricsServerOptions {
  readonly host: string
  /** Without a port, metrics are off. */
  readonly port: number | undefined
  readonly portSetting?: string
  readonly logger: Logger
}

/** More than there are scrapers. */
const MAX_CONNECTIONS = 64

/** At least the usual interval between two scrapes, in milliseconds. */
const KEEP_ALIVE_MS = 65_000

/** The metrics of a process and the server that offers them. */
export interface OpenMetrics {
  /** `undefined` when metrics are off. */
  readonly metrics: Metrics | undefined
  readonly close: () => Promise<void>
}

/**
 * Serves `GET /metrics` on a separate port, which must not be reachable from outside. Without a port, nothing is measured
 * and nothing listens. Throws `ListenError`.
 */
export async function openMetrics(options: MetricsServerOptions): Promise<OpenMetrics> {
  const { host, port, logger } = options
  if (port === undefined) return { metrics: undefined, close: async () => {} }

  const metrics = await createMetrics()
  const { registry } = metrics
  const { server, cut } = createHttpServer({
    handler: answerWith(registry, logger),
    mostConnections: MAX_CONNECTIONS,
    keepAlive: KEEP_ALIVE_MS,
  })
  const listening = await listen(server, { ...options, port })
  logger.info(`metrics on http://${authority(host, port)}/metrics`)

  return {
    metrics,
    close: async () => {
      const closed = listening.close()
      // A scraper keeps its connection open and returns every few seconds. The stop does not wait for it.
      cut()
      await closed
      registry.clear()
    },
  }
}

function answerWith(registry: Registry, logger: Logger): RequestListener {
  return async (request, response) => {
    response.setHeader('x-content-type-options', 'nosniff')
    if (request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
      return
    }
    try {
      const text = await registry.metrics()
      response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text)
    } catch (error) {
      logger.error({ err: error }, 'the metrics cannot be read')
      response.writeHead(500).end()
    }
  }
}

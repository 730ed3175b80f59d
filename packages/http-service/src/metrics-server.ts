import type { RequestListener } from 'node:http'
import { createHttpServer } from './http-server.ts'
import { listen } from './listen.ts'
import type { Logger } from './logger.ts'
import { createMetrics, type Metrics } from './metrics.ts'

export interface MetricsServerOptions {
  readonly host: string
  /** Without one nothing is measured. */
  readonly port: number | undefined
  readonly logger: Logger
}

/** More than there are scrapers. */
const MOST_CONNECTIONS = 64

/** In milliseconds: as long as most scrapers wait between two times. */
const KEEP_ALIVE = 65_000

/** The metrics of a process and where they can be read. */
export interface OpenMetrics {
  /** `undefined` when nothing is measured. */
  readonly metrics: Metrics | undefined
  readonly close: () => Promise<void>
}

/**
 * Serves `GET /metrics` on a port of its own, which stays inside: what is measured is nobody's business outside. Without
 * a port nothing is measured, and nothing listens. Throws `ListenError`.
 */
export async function openMetrics({ host, port, logger }: MetricsServerOptions): Promise<OpenMetrics> {
  if (port === undefined) return { metrics: undefined, close: async () => {} }

  const metrics = await createMetrics()
  const { server, cut } = createHttpServer({
    handler: answerWith(metrics, logger),
    mostConnections: MOST_CONNECTIONS,
    keepAlive: KEEP_ALIVE,
  })
  const listening = await listen(server, { host, port, logger })
  logger.info(`metrics on http://${host}:${port}/metrics`)

  return {
    metrics,
    close: async () => {
      const closed = listening.close()
      // A scraper keeps its connection; it comes back every few seconds and is not worth waiting for.
      cut()
      await closed
      metrics.clear()
    },
  }
}

function answerWith(metrics: Metrics, logger: Logger): RequestListener {
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
      const { type, text } = await metrics.expose()
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
    } catch (error) {
      logger.error({ err: error }, 'the metrics cannot be told')
      response.writeHead(500).end()
    }
  }
}

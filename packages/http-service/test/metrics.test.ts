import { createServer } from 'node:net'
import Router from '@koa/router'
import Koa from 'koa'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createLogger,
  createMetrics,
  ListenError,
  type Metrics,
  openMetrics,
  requestLog,
} from '../src/index.ts'
import { startApp } from './support/start-app.ts'

const logger = createLogger({ name: 'test', level: 'silent', format: 'json' })

/** The lines of one metric. */
async function linesOf(name: string, { registry }: Metrics) {
  const text = await registry.metrics()
  return text.split('\n').filter((line) => line.startsWith(name))
}

describe('metrics', () => {
  it('count requests by route and status, and never by what was asked for', async () => {
    const metrics = await createMetrics()
    const router = new Router()
    router.get('/users/:id', (ctx) => {
      ctx.body = ctx.params.id
    })
    router.get('/fault', () => {
      throw Object.assign(new Error('no'), { status: 503, expose: true })
    })
    const app = new Koa()
    app.use(requestLog(logger, [metrics.countRequest]))
    app.use(async (ctx, next) => {
      await next().catch(() => {
        ctx.status = 503
      })
    })
    app.use(router.routes())
    const url = await startApp(app)

    for (const path of ['/users/1', '/users/2', '/fault', '/nowhere?token=x']) {
      await (await fetch(url + path)).text()
    }

    expect(await linesOf('http_requests_total', metrics)).toEqual([
      'http_requests_total{route="/users/:id",status="200"} 2',
      'http_requests_total{route="/fault",status="503"} 1',
      'http_requests_total{route="(no route)",status="404"} 1',
    ])
    expect(await linesOf('http_request_seconds_count', metrics)).toEqual([
      'http_request_seconds_count{route="/users/:id"} 2',
      'http_request_seconds_count{route="/fault"} 1',
      'http_request_seconds_count{route="(no route)"} 1',
    ])
  })

  it('of one process know nothing of another’s', async () => {
    const [one, other] = [await createMetrics(), await createMetrics()]
    new one.Counter({ name: 'sheep_total', help: 'Sheep.', registers: [one.registry] }).inc()

    expect(await linesOf('sheep', one)).toEqual(['sheep_total 1'])
    expect(await linesOf('sheep', other)).toEqual([])
  })
})

describe('the metrics port', () => {
  it('serves them at /metrics and nothing else', async () => {
    const port = await freePort()
    const opened = await openMetrics({ host: '127.0.0.1', port, logger })
    onTestFinished(opened.close)

    const url = `http://127.0.0.1:${port}`
    const metrics = await fetch(`${url}/metrics`)

    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await metrics.text()).toContain('process_resident_memory_bytes ')
    expect((await fetch(url)).status).toBe(404)
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405)
  })

  it('is free again after a close, whoever kept a connection', async () => {
    const port = await freePort()
    for (let round = 0; round < 2; round++) {
      const opened = await openMetrics({ host: '127.0.0.1', port, logger })
      await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      await opened.close()
    }
  })

  it('is logged as an address that can be opened, IPv6 as well', async () => {
    const port = await freePort()
    const lines: string[] = []
    const listening = createLogger({
      name: 'test',
      level: 'info',
      format: 'json',
      destination: { write: (line) => void lines.push(line) },
    })

    const opened = await openMetrics({ host: '::1', port, logger: listening })
    onTestFinished(opened.close)

    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([`metrics on http://[::1]:${port}/metrics`])
    await expect(openMetrics({ host: '::1', port, logger })).rejects.toThrow(
      `Cannot listen on [::1]:${port}: `,
    )
  })

  it('measures nothing without one', async () => {
    const opened = await openMetrics({ host: '127.0.0.1', port: undefined, logger })

    expect(opened.metrics).toBeUndefined()
  })

  it('says which port is taken', async () => {
    const port = await freePort()
    const first = await openMetrics({ host: '127.0.0.1', port, logger })
    onTestFinished(first.close)

    await expect(
      openMetrics({ host: '127.0.0.1', port, portSetting: 'X_METRICS_PORT', logger }),
    ).rejects.toThrow(
      new ListenError(
        `Cannot listen on 127.0.0.1:${port}: something else listens there: stop it, or set X_METRICS_PORT to another port.`,
      ),
    )
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

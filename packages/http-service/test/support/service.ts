import { setTimeout as pause } from 'node:timers/promises'
import Router from '@koa/router'
import Koa from 'koa'
import { createHealth, createLogger, ListenError, requestLog, serve } from '../../src/index.ts'

/** A service with a slow and an endless route, to be stopped in the middle of them. */
const [port = '0', drainDelay = '0'] = process.argv.slice(2)
const say = (line: string) => void process.stdout.write(`${line}\n`)
const logger = createLogger({ name: 'service', level: 'info', format: 'json' })
const health = createHealth({}, () => {})

const router = new Router()
router.get('/livez', health.livez)
router.get('/readyz', health.readyz)
router.get('/slow', async (ctx) => {
  say('slow request began')
  await pause(300)
  ctx.body = 'done'
})
router.get('/never', async () => {
  say('endless request began')
  await pause(60_000, undefined, { ref: false })
})
const app = new Koa()
app.use(requestLog(logger))
app.use(router.routes())

try {
  const service = await serve({
    handler: app.callback(),
    host: '127.0.0.1',
    port: Number(port),
    logger,
    keepAlive: 65,
    drainDelay: Number(drainDelay),
    drain: health.drain,
    close: [async () => say('first closed'), () => say('second closed')],
  })
  say(`port ${service.address.port}`)
} catch (error) {
  say(error instanceof ListenError ? error.message : String(error))
  process.exitCode = 1
}

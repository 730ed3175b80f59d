import { Writable } from 'node:stream'
import Koa from 'koa'
import { expect, it } from 'vitest'
import { createLogger, noteForLog, type RequestObserver, requestLog } from '../src/index.ts'
import { startApp } from './support/start-app.ts'

/** An app with one answer and these observers, and what it logs. */
async function startObserved(observers: readonly RequestObserver[]) {
  const lines: unknown[] = []
  const destination = new Writable({
    write: (line, _encoding, done) => {
      lines.push(JSON.parse(String(line)))
      done()
    },
  })
  const logger = createLogger({ name: 'test', level: 'info', format: 'json', destination })
  const app = new Koa({ env: 'test' })
  app.silent = true
  app.use(requestLog(logger, observers))
  app.use((ctx) => {
    if (!ctx.path.startsWith('/nowhere')) ctx._matchedRoute = ctx.path
    ctx.body = 'done'
  })
  return { url: await startApp(app), lines }
}

it('tells the observers before it writes, so that they may add to the line', async () => {
  const { url, lines } = await startObserved([(ctx) => noteForLog(ctx, { clientId: 'web' })])

  await (await fetch(url)).text()

  expect(lines).toEqual([expect.objectContaining({ msg: 'request', status: 200, clientId: 'web' })])
})

it('writes nothing of a probe, which comes every few seconds', async () => {
  const { url, lines } = await startObserved([])

  for (const path of ['/readyz', '/livez', '/readyz/more']) await (await fetch(new URL(path, url))).text()

  expect(lines).toHaveLength(1)
})

it('writes the line of a request even when an observer fails', async () => {
  const failing = () => {
    throw new Error('cannot count')
  }
  const { url, lines } = await startObserved([failing])

  const { status } = await fetch(url)

  expect(status).toBe(500)
  expect(lines).toEqual([expect.objectContaining({ msg: 'request', method: 'GET' })])
})

it('shows the path where no route matched: its beginning, without the query, nothing unseen or secret in it', async () => {
  const { url, lines } = await startObserved([])
  const token = `eyJ${'a'.repeat(30)}.eyJ${'b'.repeat(90)}`

  for (const path of [
    '/nowhere/.env?password=hunter2',
    `/nowhere/${'x'.repeat(200)}`,
    `/nowhere/cs_${'s'.repeat(43)}/${token}`,
    '/nowhere/hunter2/v1/users_me',
    '/known?password=hunter2',
  ]) {
    await (await fetch(new URL(path, url))).text()
  }

  expect(lines).toMatchObject([
    { route: '(no route)', path: '/nowhere/.env' },
    { route: '(no route)', path: `/nowhere/${'x'.repeat(91)}…` },
    { route: '(no route)', path: '/nowhere/[redacted]/[redacted]' },
    { route: '(no route)', path: '/nowhere/[redacted]/v1/users_me' },
    { route: '/known' },
  ])
  expect(lines[4]).not.toHaveProperty('path')
  expect(JSON.stringify(lines)).not.toContain('hunter2')
})

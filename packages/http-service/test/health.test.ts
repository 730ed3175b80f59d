import Koa from 'koa'
import { describe, expect, it } from 'vitest'
import { createHealth } from '../src/index.ts'
import { startApp } from './support/start-app.ts'

describe('readiness', () => {
  it('runs each check once for all who ask while it is under way', async () => {
    let runs = 0
    let finish = () => {}
    const slow = () => {
      runs += 1
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    }
    const ask = await startProbe({ slow })

    const probes = Promise.all(Array.from({ length: 20 }, ask))
    while (ask.arrived() < 20) await new Promise(setImmediate)
    finish()

    expect(await probes).toEqual(Array(20).fill({ status: 200, body: { status: 'ready' } }))
    expect(runs).toBe(1)
  })

  it('asks anew once the checks have ended, whatever came of them', async () => {
    let runs = 0
    const ask = await startProbe({
      first: async () => {
        runs += 1
        if (runs === 1) throw new Error('not yet')
      },
    })

    expect(await ask()).toEqual({ status: 503, body: { status: 'not ready', failed: ['first'] } })
    expect(await ask()).toEqual({ status: 200, body: { status: 'ready' } })
  })

  it('waits two seconds for a check, and no longer', async () => {
    const ask = await startProbe({ hung: () => new Promise(() => {}) })
    const start = performance.now()

    const answer = await ask()

    expect(answer).toEqual({ status: 503, body: { status: 'not ready', failed: ['hung'] } })
    expect(performance.now() - start).toBeLessThan(4000)
  })
})

/** A server with nothing but its health; the function asks whether it is ready. */
async function startProbe(checks: Parameters<typeof createHealth>[0]) {
  let arrived = 0
  const app = new Koa()
  app.use((_ctx, next) => {
    arrived += 1
    return next()
  })
  app.use(createHealth(checks, () => {}).readyz)
  const url = await startApp(app)

  const ask = async () => {
    const response = await fetch(`${url}/readyz`)
    return { status: response.status, body: await response.json() }
  }
  return Object.assign(ask, { arrived: () => arrived })
}

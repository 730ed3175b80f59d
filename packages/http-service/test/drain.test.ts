import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { startService } from './support/start-service.ts'

/** As a load balancer: probes on connections of its own, sends to whoever is ready on connections it keeps, retries nothing. */
class Balancer {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #ready = new Set<number>()
  #turn = 0

  watch(port: number): void {
    const probe = async (): Promise<void> => {
      const answer = await ask(port, '/readyz', new Agent()).catch(() => undefined)
      if (answer?.status === 200) this.#ready.add(port)
      else this.#ready.delete(port)
    }
    const timer = setInterval(probe, 100)
    onTestFinished(() => clearInterval(timer))
  }

  async untilReady(port: number): Promise<void> {
    while (!this.#ready.has(port)) await pause(10)
  }

  async send(): Promise<number | string | undefined> {
    const ready = [...this.#ready]
    this.#turn += 1
    const port = ready[this.#turn % ready.length]
    if (port === undefined) return 'nobody is ready'
    return ask(port, '/livez', this.#agent).then(
      ({ status }) => status,
      (error) => error.code,
    )
  }
}

function ask(port: number, path: string, agent: Agent) {
  return new Promise<{ status: number | undefined; connection: string | undefined }>((resolve, reject) => {
    const sent = request({ port, path, agent, host: '127.0.0.1' }, (response) => {
      response.resume()
      response.on('end', () =>
        resolve({ status: response.statusCode, connection: response.headers.connection }),
      )
    })
    sent.on('error', reject).end()
  })
}

/** A service that is not ready for a second before it stops listening. */
const start = () => startService('0', '1')

it('a service that stops is seen to be not ready, and answers meanwhile whoever asks', async () => {
  const service = await start()
  service.child.kill('SIGTERM')
  while (!service.output().includes('stopping')) await once(service.child.stdout, 'data')
  // Ctrl-C comes twice.
  service.child.kill('SIGINT')

  const ready = await ask(service.port, '/readyz', new Agent({ keepAlive: true }))
  const alive = await ask(service.port, '/livez', new Agent({ keepAlive: true }))

  expect(ready).toEqual({ status: 503, connection: 'close' })
  expect(alive).toEqual({ status: 200, connection: 'close' })
  expect(await service.exit).toBe(0)
})

it('a rolling restart behind a proxy that probes loses no request', async () => {
  const proxy = new Balancer()
  const services = [await start(), await start()]
  for (const { port } of services) {
    proxy.watch(port)
    await proxy.untilReady(port)
  }
  let isOver = false
  const outcomes: (number | string | undefined)[] = []
  const load = Array.from({ length: 8 }, async () => {
    while (!isOver) outcomes.push(await proxy.send())
  })

  for (const old of services) {
    const successor = await start()
    proxy.watch(successor.port)
    await proxy.untilReady(successor.port)
    old.child.kill('SIGTERM')
    expect(await old.exit).toBe(0)
  }
  isOver = true
  await Promise.all(load)

  expect(outcomes.length).toBeGreaterThan(100)
  expect(outcomes.filter((outcome) => outcome !== 200)).toEqual([])
})

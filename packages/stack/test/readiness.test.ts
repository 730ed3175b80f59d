import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { isTaken, waitUntilReady } from '../src/readiness.ts'

/** A server that answers these statuses, one after the other, and the last one ever after. */
async function aServer(statuses: readonly number[]) {
  let asked = 0
  const server = createServer((request, response) => {
    const status = request.url === '/readyz' ? statuses[Math.min(asked, statuses.length - 1)] : undefined
    asked += 1
    response.writeHead(status ?? 404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  onTestFinished(async () => void (await close()))
  return { url: `http://127.0.0.1:${port}`, listener: { host: '127.0.0.1', port: String(port) }, close }
}

it('waits until both are ready', async () => {
  const [one, other] = [await aServer([200]), await aServer([503, 503, 200])]

  expect(await waitUntilReady([one.url, other.url], new AbortController().signal)).toBe(true)
})

it('gives up when it is time to stop', async () => {
  const { url } = await aServer([503])
  const stopping = new AbortController()

  const waiting = waitUntilReady([url], stopping.signal)
  stopping.abort()

  expect(await waiting).toBe(false)
})

it('knows a port somebody listens on, one that is free, and one that is none', async () => {
  const { listener, close } = await aServer([200])

  const taken = await isTaken(listener)
  await close()

  expect([taken, await isTaken(listener), await isTaken({ host: '127.0.0.1', port: 'abc' })]).toEqual([
    true,
    false,
    false,
  ])
})

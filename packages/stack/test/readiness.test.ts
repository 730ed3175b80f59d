import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { isTaken, type WaitedFor, waitUntilReady } from '../src/readiness.ts'

const waitedFor = (url: string): WaitedFor => ({ name: 'test server', url, setting: 'TEST_URL' })
const nobody = () => {}

/** A server that answers these statuses, one after the other, and the last one ever after. */
async function aServer(statuses: readonly number[]) {
  let asked = 0
  const server = createServer((request, response) => {
    const status = request.url === '/readyz' ? statuses[Math.min(asked, statuses.length - 1)] : undefined
    asked += 1
    response.writeHead(status ?? 404).end(JSON.stringify({ failed: ['database', 'rest'] }))
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

  const servers = [waitedFor(one.url), waitedFor(other.url)]

  expect(await waitUntilReady(servers, new AbortController().signal, nobody)).toBe(true)
})

it('gives up when it is time to stop', async () => {
  const { url } = await aServer([503])
  const stopping = new AbortController()

  const waiting = waitUntilReady([waitedFor(url)], stopping.signal, nobody)
  stopping.abort()

  expect(await waiting).toBe(false)
})

it('says again and again for what it waits, and which setting is behind it', async () => {
  const { url, close } = await aServer([503])
  const stopping = new AbortController()
  const said: string[] = []
  const say = (sentence: string) => {
    said.push(sentence)
    if (said.length === 2) void close()
    if (said.at(-1)?.includes('does not listen')) stopping.abort()
  }

  await waitUntilReady([waitedFor(url)], stopping.signal, say, 1)

  const notReady = `Waiting for the test server at ${url}: not ready (database: see AUTH_DATABASE_URL, rest).`
  expect(said.slice(0, 2)).toEqual([notReady, notReady])
  expect(said.at(-1)).toBe(`Waiting for the test server at ${url}: it does not listen yet (see TEST_URL).`)
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

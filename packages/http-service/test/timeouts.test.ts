import { describe, expect, it } from 'vitest'
import { createHttpServer } from '../src/http-server.ts'
import { type Client, startHttpServer } from './support/start-http-server.ts'

/** The answer to a request that did not arrive in time, and nothing after it. */
async function expectTimeout(client: Client): Promise<void> {
  const [head = '', body = ''] = (await client.closed).split('\r\n\r\n')

  expect(head).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  expect(head).toMatch(/^content-type: application\/json; charset=utf-8\r$/m)
  expect(head).toMatch(/^cache-control: no-store\r$/m)
  expect(head).toMatch(/^connection: close$/m)
  expect(JSON.parse(body)).toEqual({
    error: 'invalid_request',
    error_description: 'The request did not arrive in time: send it again.',
  })
}

describe('a request that does not arrive', () => {
  it('has 15 seconds for its headers and 30 for all of it, and an answer 30 to be read', () => {
    const { server, timeouts } = createHttpServer({
      handler: () => {},
      mostConnections: 8,
      keepAlive: 65_000,
    })

    expect(server).toMatchObject({ headersTimeout: 15_000, requestTimeout: 30_000 })
    expect(timeouts.unread).toBe(30_000)
  })

  it('is answered 408 when its headers take too long, although bytes arrive', async () => {
    const { connect } = await startHttpServer({ timeouts: { headers: 200 } })
    const client = await connect()

    client.socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ')
    const dripping = setInterval(() => client.socket.write('a'), 50)
    await client.until('408')
    clearInterval(dripping)

    await expectTimeout(client)
  })

  it('is answered 408 when its body takes too long, although it is being read', async () => {
    const { connect } = await startHttpServer({
      handler: (request) => void request.resume(),
      timeouts: { headers: 200, request: 400 },
    })
    const client = await connect()

    client.socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n')
    const dripping = setInterval(() => client.socket.write('a'), 50)
    await client.until('408')
    clearInterval(dripping)

    await expectTimeout(client)
  })
})

describe('an answer that is not read', () => {
  /** More than the system keeps for a reader. */
  const LARGE = 'x'.repeat(16_000_000)

  it('is cut after a while', async () => {
    const { connect, server } = await startHttpServer({
      handler: (_request, response) => void response.end(LARGE),
      timeouts: { unread: 500 },
    })
    const cut = new Promise((resolve) => server.once('connection', (socket) => socket.once('close', resolve)))
    const client = await connect()
    client.socket.pause()

    client.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await cut
    client.socket.resume()

    expect((await client.closed).length).toBeLessThan(LARGE.length)
  })

  it('leaves the connection of whoever reads it late alone', async () => {
    const { connect } = await startHttpServer({
      handler: (_request, response) => void response.end(LARGE),
      timeouts: { unread: 30_000 },
    })
    const client = await connect()
    client.socket.pause()
    client.socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    while (client.socket.readableLength === 0) await new Promise(setImmediate)

    client.socket.resume()

    expect((await client.closed).split('\r\n\r\n')[1]).toHaveLength(LARGE.length)
  })
})

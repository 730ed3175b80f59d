import type { ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { type Client, startHttpServer } from './support/start-http-server.ts'

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`

/** A body of which reading 60 KB takes a millisecond or two, and which is refused. */
const CRUMBS = `POST /crumbs HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(10_000)}`

async function untilHeld(held: readonly unknown[], count: number): Promise<void> {
  while (held.length < count) await new Promise(setImmediate)
}

/** Whether the server still answers on a connection. */
async function isOpen(client: Client): Promise<boolean> {
  client.socket.write(get('/still'))
  await Promise.race([client.until('/still'), client.closed])
  return client.received().includes('/still')
}

describe('requests that are sent ahead [RFC 9112 §9.3.2]', () => {
  it('are taken one at a time, in order, each with its body', async () => {
    const taken: { readonly body: Promise<string>; readonly response: ServerResponse }[] = []
    const { connect } = await startHttpServer({
      handler: (request, response) => void taken.push({ body: text(request), response }),
    })
    const client = await connect()
    const post = (body: string) => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n${body}`

    client.socket.write(post('abc') + post('def') + get('/', 'connection: close\r\n'))
    const takenBeforeAnswer: number[] = []
    for (let n = 0; n < 3; n++) {
      await untilHeld(taken, n + 1)
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
      takenBeforeAnswer.push(taken.length)
      taken[n]?.response.end(`(${await taken[n]?.body})`)
    }

    expect(takenBeforeAnswer).toEqual([1, 2, 3])
    expect((await client.closed).match(/\(.*?\)/g)).toEqual(['(abc)', '(def)', '()'])
  })

  it('wait in small number; who sends more is told where the answers end', async () => {
    const { connect, held } = await startHttpServer()
    const client = await connect()

    client.socket.write(get('/hold') + get('/next').repeat(1000))
    await untilHeld(held, 1)
    held[0]?.response.end('/first')
    const answers = (await client.closed).split('HTTP/1.1 200 OK').slice(1)

    expect(answers).toHaveLength(65)
    expect(answers.filter((answer) => /connection: close/i.test(answer))).toEqual([answers.at(-1)])
  })

  it('are answered to whoever closes its half after them', async () => {
    const { connect, held } = await startHttpServer()
    const client = await connect()

    client.socket.end(get('/hold') + get('/two'))
    await untilHeld(held, 1)
    held[0]?.response.end('/one')

    expect(await client.closed).toMatch(/\/one[\s\S]*\/two$/)
  })
})

describe('what arrives on many connections at once', () => {
  it('is read in several turns of the event loop, and somebody from another address is among the first', async () => {
    let read = -401
    let readThisTurn = 0
    let mostInTurn = 0
    const { server, connect } = await startHttpServer({ mostConnections: 500 })
    server.on('request', () => {
      read += 1
      if (readThisTurn === 0) {
        setImmediate(() => {
          readThisTurn = 0
        })
      }
      readThisTurn += 1
      mostInTurn = Math.max(mostInTurn, readThisTurn)
    })
    const crowd = await Promise.all(Array.from({ length: 400 }, (_, n) => connect(`127.0.0.${2 + (n % 20)}`)))
    const modest = await connect('127.0.0.50')
    for (const client of [...crowd, modest]) {
      client.socket.write(get('/first'))
      await client.until('/first')
    }
    mostInTurn = 0

    for (const { socket } of crowd) socket.write(CRUMBS)
    modest.socket.write(get('/modest'))

    await modest.until('/modest')
    const before = read
    await Promise.all(crowd.map(({ closed }) => closed))

    expect(read).toBe(401)
    expect(mostInTurn).toBeLessThan(300)
    expect(before).toBeLessThan(300)
  })
})

describe('when all places are taken', () => {
  it('the address with most of them gives way, its oldest connection without a request first', async () => {
    const { connect, held } = await startHttpServer({ mostConnections: 4 })
    const busy = await connect('127.0.0.2')
    busy.socket.write(get('/hold'))
    await untilHeld(held, 1)
    const idle = await connect('127.0.0.2')
    const halfSent = await connect('127.0.0.2')
    halfSent.socket.write('GET / HTTP/1.1\r\nhost')
    const modest = await connect('127.0.0.3')

    const newcomers = [await connect('127.0.0.4'), await connect('127.0.0.5')]
    await Promise.all([idle.closed, halfSent.closed])
    held[0]?.response.end('/held')

    for (const client of [busy, modest, ...newcomers]) expect(await isOpen(client)).toBe(true)
  })

  it('a newcomer of that address gets a place that one of its own does not need, or none', async () => {
    const { connect, held } = await startHttpServer({ mostConnections: 2 })
    const first = await connect('127.0.0.2')
    const second = await connect('127.0.0.2')

    const third = await connect('127.0.0.2')
    await first.closed
    second.socket.write(get('/hold'))
    third.socket.write(get('/hold'))
    await untilHeld(held, 2)
    const fourth = await connect('127.0.0.2')

    expect(await fourth.closed).toBe('')
    for (const { response } of held) response.end('/held')
    expect(await isOpen(second)).toBe(true)
    expect(await isOpen(third)).toBe(true)
  })

  it('requests are cut off for another address when there is nothing else', async () => {
    const { connect, held } = await startHttpServer({ mostConnections: 2 })
    const clients = [await connect('127.0.0.2'), await connect('127.0.0.2')]
    for (const client of clients) client.socket.write(get('/hold'))
    await untilHeld(held, 2)

    const newcomer = await connect('127.0.0.3')

    expect(await isOpen(newcomer)).toBe(true)
    await clients[0]?.closed
    held[1]?.response.end('/held')
    await clients[1]?.until('/held')
  })
})

describe('large bodies that wait for their answers', () => {
  it('are limited to the share of their address; small ones and those of others are taken', async () => {
    const { connect, held } = await startHttpServer({ mostConnections: 512 })
    const post = async (address: string, length: number) => {
      const client = await connect(address)
      client.socket.write(`POST /hold HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`)
      return client
    }
    for (let n = 0; n < 256; n++) await post('127.0.0.2', 65_536)
    await untilHeld(held, 256)

    const refused = await post('127.0.0.2', 65_536)
    await refused.until('\r\n\r\n{')
    await post('127.0.0.2', 4096)
    await post('127.0.0.3', 65_536)
    await untilHeld(held, 258)

    expect(refused.received()).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(refused.received()).toMatch(/^retry-after: 1\r$/m)
    expect(refused.received()).toMatch(/^connection: close\r$/m)
    expect(JSON.parse(refused.received().split('\r\n\r\n')[1] ?? '')).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'Too much is being sent at once: try again in a second.',
    })
  })
})

describe('behind a proxy', () => {
  it('an address gets its share of the requests under way, and the others theirs', async () => {
    const { connect, held } = await startHttpServer({
      mostConnections: 8,
      addressOf: (request) => String(request.headers['x-from']),
    })
    const ask = async (from: string, path: string) => {
      const client = await connect()
      client.socket.write(get(path, `x-from: ${from}\r\n`))
      return client
    }
    for (let n = 0; n < 4; n++) await ask('192.0.2.1', '/hold')
    await untilHeld(held, 4)

    const refused = await ask('192.0.2.1', '/more')
    const modest = await ask('192.0.2.2', '/modest')
    await refused.until('\r\n\r\n{')
    await modest.until('/modest')

    expect(refused.received()).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(refused.received()).toMatch(/^retry-after: 1\r$/m)
    expect(JSON.parse(refused.received().split('\r\n\r\n')[1] ?? '')).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'Too many requests from this address are under way: try again in a second.',
    })
    held[0]?.response.end()
    while (!(held[0]?.response.closed ?? false)) await new Promise(setImmediate)
    const again = await ask('192.0.2.1', '/again')
    await again.until('/again')
  })
})

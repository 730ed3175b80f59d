import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { startTestServer } from '../support/test-server.ts'

const FORM = 'grant_type=password&username=alice&password=secret'

describe('a body whose sender goes away', () => {
  it.each([
    ['as it is', 'identity', Buffer.from(FORM)],
    ['compressed', 'gzip', gzipSync(FORM)],
  ])('is refused and logged, sent %s', async (_name, encoding, body) => {
    const server = await startTestServer()
    const socket = connect(Number(new URL(server.issuer).port), '127.0.0.1')
    await once(socket, 'connect')

    socket.write(
      `POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`,
    )
    await once(socket, 'data')
    socket.write(body.subarray(0, 20), () => socket.destroy())
    const lines = () => server.logs.filter(({ msg }) => msg === 'request')
    while (lines().length === 0) await new Promise(setImmediate)

    expect(lines()).toEqual([
      expect.objectContaining({
        msg: 'request',
        route: '/token',
        status: 400,
        error: 'invalid_request',
        detail: 'request aborted',
      }),
    ])
  })
})

describe('a path', () => {
  it.each(['/TOKEN', '/token/', '/Livez', '/livez/', '/.well-known/jwks.json/'])(
    '%s is not ours',
    async (path) => {
      const server = await startTestServer()

      const answer = await server.get(path)

      expect(answer).toMatchObject({
        status: 404,
        body: { error: 'invalid_request', error_description: 'There is nothing at this address.' },
      })
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    },
  )
})

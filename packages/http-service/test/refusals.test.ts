import { describe, expect, it } from 'vitest'
import { startHttpServer } from './support/start-http-server.ts'

/** Sends bytes and reads what comes until the server closes. */
async function send(text: string): Promise<{ status: string; headers: string; body: string }> {
  const { connect } = await startHttpServer()
  const client = await connect()
  client.socket.write(text)
  const [head = '', body = ''] = (await client.closed).split('\r\n\r\n')
  const [status = '', ...headers] = head.split('\r\n')
  return { status, headers: headers.join('\n').toLowerCase(), body }
}

const CHUNKED = 'host: x\r\ntransfer-encoding: chunked\r\n'

describe('a request that no application sees', () => {
  it.each([
    [
      'without a Host [RFC 9112 §3.2]',
      'GET / HTTP/1.1\r\n\r\n',
      '400 Bad Request',
      'Send exactly one Host header.',
    ],
    [
      'with two Hosts [RFC 9112 §3.2]',
      'GET / HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n',
      '400 Bad Request',
      'Send exactly one Host header.',
    ],
    [
      'with two Hosts in HTTP/1.0',
      'GET / HTTP/1.0\r\nhost: a\r\nhost: a\r\n\r\n',
      '400 Bad Request',
      'Send exactly one Host header.',
    ],
    ...['http://[:::/', 'http://%@a/', 'http://user@a/', 'ftp://a/', '//a@[#b', '/a#b'].map((target) => [
      `for ${target} [RFC 9112 §3.2]`,
      `GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`,
      '400 Bad Request',
      'The target of this request is neither a path nor a URL that begins with http:// or https://.',
    ]),
    [
      'with an expectation nobody knows [RFC 9110 §10.1.1]',
      'GET / HTTP/1.1\r\nhost: x\r\nexpect: miracles\r\n\r\n',
      '417 Expectation Failed',
      'The only expectation this server meets is 100-continue.',
    ],
    [
      'for a tunnel [RFC 9110 §9.3.6]',
      'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n',
      '405 Method Not Allowed',
      'This server opens no tunnels.',
    ],
    [
      'with a length and chunks [RFC 9112 §6.1]',
      `POST / HTTP/1.1\r\n${CHUNKED}content-length: 3\r\n\r\n`,
      '400 Bad Request',
      'This is not a well-formed HTTP request.',
    ],
    [
      'with endless extensions of a chunk',
      `POST /hold HTTP/1.1\r\n${CHUNKED}\r\n1;${'x'.repeat(20_000)}`,
      '413 Payload Too Large',
      'The extensions of the chunks of this body are larger than 16 KiB.',
    ],
    [
      'with its body in crumbs',
      `POST /hold HTTP/1.1\r\n${CHUNKED}\r\n${'1\r\na\r\n'.repeat(10_000)}`,
      '400 Bad Request',
      'This body comes in too many pieces: send it at once, or in larger chunks.',
    ],
    [
      'with more headers than anybody sends [RFC 6585 §5]',
      `GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(100)}\r\n`,
      '431 Request Header Fields Too Large',
      'This request has more than 100 headers: send fewer.',
    ],
    ['that is none', 'junk\r\n\r\n', '400 Bad Request', 'This is not a well-formed HTTP request.'],
  ])('%s is answered in our form', async (_name, text, status, description) => {
    const answer = await send(text)

    expect(answer.status).toBe(`HTTP/1.1 ${status}`)
    expect(answer.headers).toContain('content-type: application/json; charset=utf-8')
    expect(answer.headers).toContain('cache-control: no-store')
    expect(answer.headers).toContain('x-content-type-options: nosniff')
    expect(answer.headers).toContain('connection: close')
    expect(answer.headers).toMatch(/^x-request-id: [\da-f-]{36}$/m)
    expect(JSON.parse(answer.body)).toEqual({ error: 'invalid_request', error_description: description })
  })

  it.each(['/a?b=http://c/d\\e', '//a/b', '*', 'http://a.example:80/b?c', 'HTTPS://[::1]/', 'http://a'])(
    'is not one for %s [RFC 9112 §3.2]',
    async (target) => {
      const { status, body } = await send(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)

      expect([status, body]).toEqual(['HTTP/1.1 200 OK', expect.stringContaining(target)])
    },
  )

  it('needs no Host in HTTP/1.0, which knew none', async () => {
    expect(await send('GET /old HTTP/1.0\r\n\r\n')).toMatchObject({ status: 'HTTP/1.1 200 OK', body: '/old' })
  })

  it('is answered after the good ones before it', async () => {
    const { connect, held } = await startHttpServer()
    const client = await connect()

    client.socket.write(
      'GET /one HTTP/1.1\r\nhost: x\r\n\r\nGET /hold HTTP/1.1\r\nhost: x\r\n\r\njunk\r\n\r\n',
    )
    await client.until('/one')
    while (held.length === 0) await new Promise(setImmediate)
    held[0]?.response.end('/two')

    expect(await client.closed).toMatch(
      /^HTTP\/1.1 200 OK[\s\S]*\/oneHTTP\/1.1 200 OK[\s\S]*\/twoHTTP\/1.1 400 Bad Request/,
    )
  })

  it('frees its place although its sender keeps the connection', async () => {
    const { connect, server } = await startHttpServer()
    const client = await connect()

    client.socket.write('junk\r\n\r\n')
    await client.until('400 Bad Request')
    let connections = 1
    while (connections > 0) {
      await new Promise(setImmediate)
      connections = await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))
    }

    expect(client.socket.writable).toBe(true)
  })
})

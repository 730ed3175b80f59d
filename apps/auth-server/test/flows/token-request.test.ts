import { request } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { addOrdinaryRows } from '../support/rows.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }
const FORM = 'application/x-www-form-urlencoded'

describe('a token request [RFC 6749 §3.2]', () => {
  it.each(['grant_type', 'username', 'password'])('needs %s', async (name) => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    const without = Object.fromEntries(Object.entries(SIGN_IN).filter(([key]) => key !== name))

    const absent = await server.post('/token', without)
    const empty = await server.post('/token', { ...SIGN_IN, [name]: '' })

    for (const answer of [absent, empty]) {
      expect(answer).toMatchObject({
        status: 400,
        body: { error: 'invalid_request', error_description: `The parameter ${name} is missing.` },
      })
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })

  it.each(['grant_type', 'client_id', 'username', 'password', 'scope', 'refresh_token', 'code'])(
    'may not repeat %s',
    async (name) => {
      const server = await startTestServer()
      await addOrdinaryRows(server)

      const answer = await server.post('/token', [...Object.entries(SIGN_IN), [name, 'a'], [name, 'b']])

      expect(answer).toMatchObject({
        status: 400,
        body: {
          error: 'invalid_request',
          error_description: `The parameter ${name} comes more than once: send it once.`,
        },
      })
    },
  )

  it('may hold empty and unknown parameters, as often as it likes', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answer = await server.post('/token', [
      ...Object.entries(SIGN_IN),
      ['scope', ''],
      ['username', ''],
      ['colour', 'blue'],
      ['colour', 'red'],
      ['a[b][c]', 'd'],
    ])

    expect(answer.status).toBe(200)
  })

  it.each([
    ['username', 'a'.repeat(201), 'The parameter username is longer than 200 characters.'],
    ['password', 'a'.repeat(1025), 'The parameter password is longer than 1024 characters.'],
    ['username', 'al\0ice', 'The parameter username holds a control character.'],
    ['scope', 'profile\n', 'The parameter scope holds a control character.'],
  ])('is refused when %s is out of bounds', async (name, value, description) => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answer = await server.post('/token', { ...SIGN_IN, [name]: value })

    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: description },
    })
  })

  it('is refused when it has more parameters than any request', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    const known = Object.entries(SIGN_IN)
    const unknown = (count: number): [string, string][] => Array.from({ length: count }, () => ['a', '1'])

    const most = await server.post('/token', [...known, ...unknown(1_000 - known.length)])
    const answer = await server.post('/token', [...known, ...unknown(1_001 - known.length)])

    expect(most.status).toBe(200)
    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'The form has more than 1000 parameters.' },
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it.each([
    ['application/json', JSON.stringify(SIGN_IN)],
    ['multipart/form-data; boundary=x', '--x--'],
    ['text/plain', new URLSearchParams(SIGN_IN).toString()],
  ])('must be a form, not %s', async (type, body) => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answer = await server.post('/token', body, { 'content-type': type })

    expect(answer).toMatchObject({
      status: 415,
      body: {
        error: 'invalid_request',
        error_description: `Send the parameters as a form: content-type ${FORM}.`,
      },
    })
  })

  it('must be a form even when it is empty', async () => {
    const server = await startTestServer()

    const answer = await raw(server, { method: 'POST', headers: {} })

    expect(answer).toMatchObject({ status: 415, body: { error: 'invalid_request' } })
  })

  it('may name a charset beside the content type', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answer = await server.post('/token', new URLSearchParams(SIGN_IN).toString(), {
      'content-type': `${FORM};charset=UTF-8`,
    })

    expect(answer.status).toBe(200)
  })

  it('may be compressed with gzip, and with nothing else', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    const form = new URLSearchParams(SIGN_IN).toString()

    const good = await compressed(server, 'gzip', gzipSync(form))
    const broken = await compressed(server, 'gzip', Buffer.from('abcde'))
    const cut = await compressed(server, 'gzip', gzipSync(form).subarray(0, 20))
    const other = await compressed(server, 'br', brotliCompressSync(form))

    expect(good.status).toBe(200)
    for (const answer of [broken, cut]) {
      expect(answer).toMatchObject({
        status: 400,
        body: { error: 'invalid_request', error_description: 'The body is not the gzip it says it is.' },
      })
    }
    expect(other).toMatchObject({
      status: 415,
      body: {
        error: 'invalid_request',
        error_description: 'Send the body as UTF-8, compressed with gzip or not at all.',
      },
    })
  })

  it('may have 64 KiB and no more', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    const form = `${new URLSearchParams(SIGN_IN)}&padding=`

    const fits = await server.post('/token', form.padEnd(65_536, 'x'), { 'content-type': FORM })
    const tooLarge = await server.post('/token', form.padEnd(65_537, 'x'), { 'content-type': FORM })

    expect(fits.status).toBe(200)
    expect(tooLarge).toMatchObject({
      status: 413,
      body: { error: 'invalid_request', error_description: 'The body is larger than 64 KiB.' },
    })
  })

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'is a POST, not a %s [RFC 6749 §3.2]',
    async (method) => {
      const server = await startTestServer()

      const answer = await raw(server, { method, headers: {} })

      expect(answer).toMatchObject({
        status: 405,
        headers: { allow: 'POST', 'cache-control': 'no-store', 'x-request-id': expect.any(String) },
        body: { error: 'invalid_request', error_description: 'This address takes POST.' },
      })
    },
  )

  it.each(['POST', 'PROPFIND'])('at an unknown address is answered 404 as JSON, as a %s', async (method) => {
    const server = await startTestServer()

    const answer = await fetch(`${server.issuer}/tokens`, { method })

    expect(answer.status).toBe(404)
    expect(answer.headers.get('allow')).toBeNull()
    expect(await answer.json()).toEqual({
      error: 'invalid_request',
      error_description: 'There is nothing at this address.',
    })
  })
})

describe('a page of another origin', () => {
  it('may ask for tokens where the operator lets every origin', async () => {
    const server = await startTestServer()

    const answer = await raw(server, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    })

    expect(answer).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET,POST' },
    })
  })

  it('may not where the operator names others', async () => {
    const server = await startTestServer({ corsOrigins: ['https://app.example.com'] })
    await addOrdinaryRows(server)

    const allowed = await server.post('/token', SIGN_IN, { origin: 'https://app.example.com' })
    const other = await server.post('/token', SIGN_IN, { origin: 'https://evil.example.com' })

    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
  })
})

async function compressed(server: TestServer, encoding: string, body: Buffer) {
  const headers = { 'content-type': FORM, 'content-encoding': encoding }
  const response = await fetch(`${server.issuer}/token`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
  })
  return { status: response.status, body: await response.json() }
}

/** A request that fetch would not send as it stands. */
function raw(server: TestServer, options: { method: string; headers: Record<string, string> }) {
  return new Promise<{ status: number | undefined; headers: object; body: unknown }>((resolve, reject) => {
    const sent = request(`${server.issuer}/token`, options, async (response) => {
      const text = (await response.toArray()).join('')
      resolve({
        status: response.statusCode,
        headers: response.headers,
        body: text === '' ? undefined : JSON.parse(text),
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

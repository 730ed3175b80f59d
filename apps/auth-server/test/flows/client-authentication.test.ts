import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { hashSecret } from '../../src/oauth/secret.ts'
import { aClient, aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { startTestServer } from '../support/test-server.ts'

const GRANT = { grant_type: 'password', username: 'alice', password: 'secret' }
const UNPROVEN = {
  error: 'invalid_client',
  error_description: 'The client is unknown, or did not authenticate as it is registered to.',
}

function basic(id: string, secret: string): Record<string, string> {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}` }
}

describe('a confidential client [RFC 6749 §2.3.1]', () => {
  it('authenticates by Basic, its id and secret form-urlencoded inside', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aConfidentialClient({ id: 'web:app+1' }))

    const answer = await server.post('/token', GRANT, basic('web:app+1', CLIENT_SECRET))

    expect(answer.status).toBe(200)
  })

  it.each([
    ['web', 'a+secret/of+openssl=rand=base64=0123456789=='],
    ['web', '100%-of-a-secret-that-was-made-by-a-person'],
    ['web', 'a%20secret%2Bthat%25looks%41as-if-encoded-0123'],
    ['web', 'sécrèt:with:colons+and ümlauts-0123456789'],
    ['web+app', 'an-ordinary-secret-of-32-characters'],
    ['web%app', 'an-ordinary-secret-of-32-characters'],
  ])('authenticates by Basic as %s with %s, encoded or as it is', async (id, secret) => {
    const server = await startTestServer()
    const authentication = { kind: 'secret', hash: hashSecret(secret) } as const
    await addOrdinaryRows(server, aConfidentialClient({ id, authentication }))
    const asItIs = (text: string) => ({
      authorization: `Basic ${Buffer.from(`${id}:${text}`).toString('base64')}`,
    })

    const encoded = await server.post('/token', GRANT, basic(id, secret))
    const plain = await server.post('/token', GRANT, asItIs(secret))
    const asked = await server.post('/introspect', { token: 'unknown' }, asItIs(secret))
    const wrong = await server.post('/token', GRANT, asItIs(`${secret}+`))
    const broken = await server.post('/token', GRANT, asItIs('%zz'))

    expect([encoded.status, plain.status, asked.status]).toEqual([200, 200, 200])
    expect(wrong).toMatchObject({ status: 401, body: UNPROVEN })
    expect(broken).toMatchObject({ status: 401, body: UNPROVEN })
  })

  it('authenticates in the body', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aConfidentialClient())

    const answer = await server.post('/token', { ...GRANT, client_id: 'app', client_secret: CLIENT_SECRET })

    expect(answer.status).toBe(200)
  })

  it('may repeat its client_id beside Basic, and no other', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aConfidentialClient())

    const same = await server.post('/token', { ...GRANT, client_id: 'app' }, basic('app', CLIENT_SECRET))
    const other = await server.post('/token', { ...GRANT, client_id: 'other' }, basic('app', CLIENT_SECRET))

    expect(same.status).toBe(200)
    expect(other).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description: 'The client_id of the body is not that of the Authorization header.',
      },
    })
  })

  it.each([
    ['no secret', { client_id: 'app' }, {}],
    ['a wrong secret in the body', { client_id: 'app', client_secret: 'wrong' }, {}],
    ['a wrong secret by Basic', {}, basic('app', 'wrong')],
    ['an unknown id', { client_id: 'unknown' }, {}],
    ['an unknown id with a secret', {}, basic('unknown', CLIENT_SECRET)],
    ['an unknown id with an empty secret', {}, basic('unknown', '')],
    ['the name of the secret’s hash column', { client_id: 'app', client_secret: 'undefined' }, {}],
  ])(
    'is refused with invalid_client and a challenge for %s [RFC 6749 §5.2]',
    async (_what, body, headers) => {
      const server = await startTestServer()
      await addOrdinaryRows(server, aConfidentialClient())

      const answer = await server.post('/token', { ...GRANT, ...body } as Record<string, string>, headers)

      expect(answer).toMatchObject({ status: 401, body: UNPROVEN })
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="countersign"')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(server.logs).toContainEqual(expect.objectContaining({ event: 'client_authentication_failed' }))
    },
  )

  it.each([
    'Basic',
    'Basic !!!',
    `Basic ${Buffer.from('no colon').toString('base64')}`,
    `Basic ${Buffer.from(':secret').toString('base64')}`,
    'Bearer token',
  ])('is refused with invalid_client for the header %j', async (authorization) => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aConfidentialClient())

    const answer = await server.post('/token', GRANT, { authorization })

    expect(answer).toMatchObject({
      status: 401,
      body: {
        error: 'invalid_client',
        error_description:
          'The Authorization header is not well-formed: write Basic, then base64 of client_id:client_secret, each form-urlencoded.',
      },
    })
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="countersign"')
  })

  it('authenticates once: two methods are invalid_request [RFC 6749 §2.3]', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aConfidentialClient())

    const answer = await server.post(
      '/token',
      { ...GRANT, client_id: 'app', client_secret: CLIENT_SECRET },
      basic('app', CLIENT_SECRET),
    )

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description:
          'Authenticate the client once: in the Authorization header, by a secret in the body, or by an assertion.',
      },
    })
  })

  it('sends one Authorization header: two are invalid_request', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aConfidentialClient())
    const { authorization } = basic('app', CLIENT_SECRET)

    const status = await new Promise((resolve) => {
      const sent = request(`${server.issuer}/token`, { method: 'POST' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.setHeader('content-type', 'application/x-www-form-urlencoded')
      sent.setHeader('authorization', [authorization!, authorization!])
      sent.end(new URLSearchParams(GRANT).toString())
    })

    expect(status).toBe(400)
  })

  it('needs its client_id beside a secret in the body', async () => {
    const server = await startTestServer({ defaultClient: 'app' })
    await addOrdinaryRows(server)

    const answer = await server.post('/token', { ...GRANT, client_secret: CLIENT_SECRET })

    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'A client_secret needs its client_id beside it.' },
    })
  })
})

describe('a secret that was rotated', () => {
  const previous = 'the secret before, also of more than 32 characters'

  it('counts as long as it was promised, and not a second longer', async () => {
    const server = await startTestServer()
    const until = server.now() + 100
    const authentication = {
      kind: 'secret',
      hash: hashSecret(CLIENT_SECRET),
      previous: { hash: hashSecret(previous), until },
    } as const
    await addOrdinaryRows(server, aClient({ authentication }))
    const use = async (secret: string) => (await server.post('/token', GRANT, basic('app', secret))).status

    server.clock.advance(99)
    const before = [await use(CLIENT_SECRET), await use(previous)]
    server.clock.advance(1)
    const after = [await use(CLIENT_SECRET), await use(previous)]

    expect(before).toEqual([200, 200])
    expect(after).toEqual([200, 401])
  })
})

describe('a public client', () => {
  it('is refused when it shows a secret it does not have', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answers = await Promise.all(
      ['wrong', ' '].map((client_secret) =>
        server.post('/token', { ...GRANT, client_id: 'app', client_secret }),
      ),
    )

    for (const answer of answers) expect(answer).toMatchObject({ status: 401, body: UNPROVEN })
  })
})

describe('a request without any client identification', () => {
  it('is the default client’s', async () => {
    const server = await startTestServer({ defaultClient: 'app' })
    await addOrdinaryRows(server)

    const answer = await server.post('/token', GRANT)

    expect(answer.status).toBe(200)
  })

  it('is invalid_client when there is no default client', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answer = await server.post('/token', GRANT)

    expect(answer).toMatchObject({
      status: 401,
      body: {
        error: 'invalid_client',
        error_description:
          'Which client is asking? Send its client_id, and authenticate it if it has a secret.',
      },
    })
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="countersign"')
  })

  it('is refused when the default client turns out to be confidential', async () => {
    const server = await startTestServer({ defaultClient: 'app' })
    await addOrdinaryRows(server, aConfidentialClient())

    const answer = await server.post('/token', GRANT)

    expect(answer).toMatchObject({ status: 401, body: UNPROVEN })
  })
})

describe('a disabled client', () => {
  it('is unknown from the next request on', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await saveClient(server.db, aClient({ id: 'other' }), { now: server.now(), demo: 0 })
    await server.db
      .updateTable('clients')
      .set({ disabled_at: server.now() })
      .where('id', '=', 'app')
      .execute()

    const disabled = await server.post('/token', { ...GRANT, client_id: 'app' })
    const other = await server.post('/token', { ...GRANT, client_id: 'other' })

    expect(disabled).toMatchObject({ status: 401, body: UNPROVEN })
    expect(other.status).toBe(200)
  })
})

import { MAX_ACCESS_TOKEN_BYTES } from '@countersign/shared'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { aClient, aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { AUDIENCE, startTestServer, type TestServer } from '../support/test-server.ts'

const SIGN_IN = { grant_type: 'password', username: 'alice', password: 'secret' }
const SECOND = 'https://second.example.com'
const EMPTY_BASIC = { authorization: 'Basic Og==' }

/** A client that is registered for two resources. */
async function startWithTwoResources(): Promise<TestServer> {
  const server = await startTestServer()
  await addOrdinaryRows(server, aClient({ audiences: [AUDIENCE, SECOND] }))
  await saveResource(
    server.db,
    {
      audience: SECOND,
      scope: ['profile'],
      introspectors: [],
      tokenType: 'at+jwt' as const,
      descriptions: {},
    },
    { demo: 0 },
  )
  return server
}

async function audienceOf(server: TestServer, named: readonly (readonly [string, string])[]) {
  const answer = await server.post('/token', [...Object.entries({ ...SIGN_IN, client_id: 'app' }), ...named])
  expect(answer.status).toBe(200)
  return decodeJwt((answer.body as { access_token: string }).access_token).aud
}

describe('a Basic header with an empty id and an empty secret', () => {
  it('is no client identification: the default client asks', async () => {
    const server = await startTestServer({ defaultClient: 'app' })
    await addOrdinaryRows(server)

    const answer = await server.post('/token', SIGN_IN, EMPTY_BASIC)
    const revoked = await server.post('/revoke', { token: 'rt_unknown' }, EMPTY_BASIC)

    expect(answer.status).toBe(200)
    expect(revoked.status).toBe(200)
  })

  it('leaves room for a client that names itself in the body', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    const confidential = aConfidentialClient({ id: 'confidential', grantTypes: ['client_credentials'] })
    await saveClient(server.db, confidential, { now: server.now(), demo: 0 })
    const named = { client_id: 'confidential', client_secret: CLIENT_SECRET }

    const publicOne = await server.post('/token', { ...SIGN_IN, client_id: 'app' }, EMPTY_BASIC)
    const machine = await server.post('/token', { grant_type: 'client_credentials', ...named }, EMPTY_BASIC)
    const asked = await server.post('/introspect', { token: 'unknown', ...named }, EMPTY_BASIC)

    expect([publicOne.status, machine.status, asked.status]).toEqual([200, 200, 200])
  })

  it.each(['/token', '/revoke', '/introspect'])(
    'is refused at %s as no identification is, where there is no default client [RFC 6749 §5.2]',
    async (path) => {
      const server = await startTestServer()
      await addOrdinaryRows(server)

      const answer = await server.post(path, { ...SIGN_IN, token: 'unknown' }, EMPTY_BASIC)

      expect(answer).toMatchObject({
        status: 401,
        body: {
          error: 'invalid_client',
          error_description:
            'Which client is asking? Send its client_id, and authenticate it if it has a secret.',
        },
      })
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="countersign"')
    },
  )

  it('does not stand for a client with a secret that is named beside it', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aConfidentialClient())

    const answer = await server.post('/token', { ...SIGN_IN, client_id: 'app' }, EMPTY_BASIC)

    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })
})

describe('the parameter audience', () => {
  it('means the same as resource [RFC 8707 §2]', async () => {
    const server = await startWithTwoResources()

    expect(await audienceOf(server, [['audience', SECOND]])).toBe(SECOND)
    expect(
      await audienceOf(server, [
        ['audience', AUDIENCE],
        ['audience', SECOND],
      ]),
    ).toEqual([AUDIENCE, SECOND])
    expect(
      await audienceOf(server, [
        ['resource', SECOND],
        ['audience', SECOND],
      ]),
    ).toBe(SECOND)
  })

  it('is refused with invalid_target when it is not for this client to name', async () => {
    const server = await startWithTwoResources()

    const answer = await server.post('/token', {
      ...SIGN_IN,
      client_id: 'app',
      audience: 'https://other.example.com',
    })

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_target',
        error_description:
          'The resource https://other.example.com is not one this client may have tokens for.',
      },
    })
    expect(await server.db.selectFrom('authorizations').selectAll().execute()).toEqual([])
  })

  it('narrows a refresh as resource does [RFC 8707 §2.2]', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(
      server,
      aClient({ audiences: [AUDIENCE, SECOND], grantTypes: ['password', 'refresh_token'] }),
    )
    await saveResource(
      server.db,
      {
        audience: SECOND,
        scope: ['profile'],
        introspectors: [],
        tokenType: 'at+jwt' as const,
        descriptions: {},
      },
      { demo: 0 },
    )
    const first = await server.post('/token', [
      ...Object.entries({ ...SIGN_IN, client_id: 'app' }),
      ['audience', AUDIENCE],
      ['audience', SECOND],
    ])

    const refreshed = await server.post('/token', {
      grant_type: 'refresh_token',
      client_id: 'app',
      refresh_token: (first.body as { refresh_token: string }).refresh_token,
      audience: SECOND,
    })

    expect(decodeJwt((refreshed.body as { access_token: string }).access_token).aud).toBe(SECOND)
  })
})

describe('a preflight', () => {
  it('allows the headers that API pages and tracing clients add', async () => {
    const server = await startTestServer()

    const response = await fetch(`${server.issuer}/token`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-request-id,x-requested-with',
      },
    })

    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'authorization,content-type,x-requested-with,x-request-id',
    )
  })
})

describe('an access token that no resource server would take', () => {
  /** Scope values of 100 characters each, and a client that may have all of them. */
  async function startWithScopeValues(count: number): Promise<TestServer> {
    const scope = Array.from({ length: count }, (_, index) => `${index}`.padStart(100, 's'))
    const server = await startTestServer()
    await addOrdinaryRows(server, aClient({ scope }))
    await saveResource(
      server.db,
      { audience: AUDIENCE, scope, introspectors: [], tokenType: 'at+jwt' as const, descriptions: {} },
      { demo: 0 },
    )
    return server
  }

  it('is refused with invalid_scope, and one that asks for fewer is not [RFC 6749 §5.2]', async () => {
    const server = await startWithScopeValues(60)
    const fewer = Array.from({ length: 50 }, (_, index) => `${index}`.padStart(100, 's')).join(' ')

    const refused = await server.post('/token', { ...SIGN_IN, client_id: 'app' })
    const narrow = await server.post('/token', { ...SIGN_IN, client_id: 'app', scope: fewer.slice(0, 1009) })
    const large = await startWithScopeValues(50)
    const issued = await large.post('/token', { ...SIGN_IN, client_id: 'app' })

    expect(refused).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_scope',
        error_description:
          'The access token would be larger than 8 KiB, which no resource server takes: ask for fewer scope values or resources.',
      },
    })
    expect(narrow.status).toBe(200)
    const { access_token } = issued.body as { access_token: string }
    expect(access_token.length).toBeGreaterThan(7000)
    expect(access_token.length).toBeLessThanOrEqual(MAX_ACCESS_TOKEN_BYTES)
  })
})

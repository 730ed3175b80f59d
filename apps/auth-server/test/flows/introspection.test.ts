import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { aClient, aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { AUDIENCE, startTestServer, type TestServer } from '../support/test-server.ts'

const CLIENT = { client_id: 'app', client_secret: CLIENT_SECRET }
const API = { client_id: 'api', client_secret: CLIENT_SECRET }

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function start(): Promise<{ server: TestServer; tokens: Tokens }> {
  const server = await startTestServer()
  await addOrdinaryRows(server, aConfidentialClient({ grantTypes: ['password', 'refresh_token'] }))
  await saveClient(server.db, aConfidentialClient({ id: 'api', grantTypes: [] }), {
    now: server.now(),
    demo: 0,
  })
  const signedIn = await server.post('/token', {
    ...CLIENT,
    grant_type: 'password',
    username: 'alice',
    password: 'secret',
  })
  return { server, tokens: signedIn.body as Tokens }
}

function introspector(server: TestServer) {
  return saveResource(
    server.db,
    {
      audience: AUDIENCE,
      scope: ['profile'],
      introspectors: ['api'],
      tokenType: 'at+jwt' as const,
      descriptions: {},
    },
    { demo: 0 },
  )
}

describe('introspection [RFC 7662]', () => {
  it('tells a client about its own access token', async () => {
    const { server, tokens } = await start()

    const answer = await server.post('/introspect', { ...CLIENT, token: tokens.access_token })

    const claims = decodeJwt(tokens.access_token)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.body).toEqual({
      active: true,
      iss: server.issuer,
      sub: claims.sub,
      client_id: 'app',
      aud: AUDIENCE,
      scope: 'profile',
      token_type: 'Bearer',
      jti: claims.jti,
      iat: claims.iat,
      exp: claims.exp,
    })
  })

  it('tells a client about its own refresh token', async () => {
    const { server, tokens } = await start()

    const answer = await server.post('/introspect', { ...CLIENT, token: tokens.refresh_token })

    expect(answer.body).toEqual({
      active: true,
      iss: server.issuer,
      sub: decodeJwt(tokens.access_token).sub,
      client_id: 'app',
      aud: AUDIENCE,
      scope: 'profile',
      iat: server.now(),
      exp: server.now() + server.refreshTokenIdleLifetime,
    })
  })

  it('tells an introspector about access tokens for its resource, and about no refresh token', async () => {
    const { server, tokens } = await start()
    await introspector(server)

    const access = await server.post('/introspect', { ...API, token: tokens.access_token })
    const refresh = await server.post('/introspect', { ...API, token: tokens.refresh_token })

    expect(access.body).toMatchObject({ active: true, client_id: 'app' })
    expect(refresh).toMatchObject({ status: 200, body: { active: false } })
  })

  it('tells an introspector of a token for several resources what concerns its own', async () => {
    const { server } = await start()
    await introspector(server)
    const other = {
      audience: 'urn:other',
      scope: ['profile', 'admin'],
      introspectors: [],
      tokenType: 'at+jwt' as const,
      descriptions: {},
    }
    await saveResource(server.db, other, { demo: 0 })
    await saveClient(
      server.db,
      aConfidentialClient({ scope: ['profile', 'admin'], audiences: [AUDIENCE, 'urn:other'] }),
      { now: server.now(), demo: 0 },
    )
    const signedIn = await server.post('/token', [
      ...Object.entries({ ...CLIENT, grant_type: 'password', username: 'alice', password: 'secret' }),
      ['resource', AUDIENCE],
      ['resource', 'urn:other'],
    ])

    const token = (signedIn.body as Tokens).access_token
    const own = await server.post('/introspect', { ...CLIENT, token })
    const told = await server.post('/introspect', { ...API, token })

    expect(own.body).toMatchObject({ aud: [AUDIENCE, 'urn:other'], scope: 'profile' })
    expect(told.body).toMatchObject({ active: true, aud: AUDIENCE, scope: 'profile' })
  })

  it('tells any other client exactly what it tells about no token at all [RFC 7662 §2.2]', async () => {
    const { server, tokens } = await start()

    const answers = await Promise.all(
      [tokens.access_token, tokens.refresh_token, 'nonsense', 'rt_unknown', `${tokens.access_token}x`].map(
        (token) => server.post('/introspect', { ...API, token }),
      ),
    )

    for (const answer of answers) {
      expect(answer.status).toBe(200)
      expect(answer.body).toEqual({ active: false })
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })

  it('calls expired, revoked and spent tokens not active', async () => {
    const { server, tokens } = await start()
    const ask = async (token: string) => (await server.post('/introspect', { ...CLIENT, token })).body

    const next = await server.post('/token', {
      ...CLIENT,
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
    })
    const spent = await ask(tokens.refresh_token)
    server.clock.advance(1800)
    const expired = await ask(tokens.access_token)
    await server.post('/revoke', { ...CLIENT, token: (next.body as Tokens).refresh_token })
    const revoked = await ask((next.body as Tokens).refresh_token)

    expect([spent, expired, revoked]).toEqual([{ active: false }, { active: false }, { active: false }])
  })

  it('is closed to whoever does not authenticate [RFC 7662 §2.1]', async () => {
    const { server, tokens } = await start()
    await saveClient(server.db, aClient({ id: 'spa' }), { now: server.now(), demo: 0 })

    const nobody = await server.post('/introspect', { token: tokens.access_token })
    const unproven = await server.post('/introspect', { client_id: 'app', token: tokens.access_token })
    const open = await server.post('/introspect', { client_id: 'spa', token: tokens.access_token })

    for (const answer of [nobody, unproven, open]) {
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="countersign"')
    }
    expect(open.body).toEqual({
      error: 'invalid_client',
      error_description: 'A public client may not introspect: use a client that authenticates.',
    })
  })

  it('is not for the default client', async () => {
    const { server, tokens } = await start()
    const open = await startTestServer({ ...server, defaultClient: 'app' })

    const answer = await open.post('/introspect', { token: tokens.access_token })

    expect(answer.status).toBe(401)
  })

  it('needs a token', async () => {
    const { server } = await start()

    expect(await server.post('/introspect', CLIENT)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'The parameter token is missing.' },
    })
  })
})

import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { revokeAuthorizationsOf } from '../../src/domain/authorizations/revoke-authorizations.ts'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { aClient, aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { AUDIENCE, startTestServer, type TestServer } from '../support/test-server.ts'

const REQUEST = { grant_type: 'client_credentials', client_id: 'app', client_secret: CLIENT_SECRET }
const MACHINE = { grantTypes: ['client_credentials', 'refresh_token'] } as const

async function start(config: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(config)
  await addOrdinaryRows(server, aConfidentialClient(MACHINE))
  return server
}

async function claimsOf(server: TestServer, more: Record<string, string> = {}) {
  const { body } = await server.post('/token', { ...REQUEST, ...more })
  return decodeJwt((body as { access_token: string }).access_token)
}

function authorizations(server: TestServer) {
  return server.db.selectFrom('authorizations').selectAll().execute()
}

describe('the client credentials grant [RFC 6749 §4.4]', () => {
  it('answers with a token whose subject is the client, and no refresh token [RFC 9068 §2.2]', async () => {
    const server = await start()

    const answer = await server.post('/token', REQUEST)

    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(Object.keys(answer.body as object).sort()).toEqual([
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ])
    expect(decodeJwt((answer.body as { access_token: string }).access_token)).toEqual({
      iss: server.issuer,
      sub: 'app',
      aud: AUDIENCE,
      client_id: 'app',
      iat: server.now(),
      exp: server.now() + 1800,
      jti: expect.any(String),
      scope: 'profile',
      status: { status_list: { idx: expect.any(Number), uri: expect.stringContaining('/status-lists/sl_') } },
    })
  })

  it('writes no row per token: the tokens of a client for an audience share one authorization', async () => {
    const server = await start()

    const tokens = await Promise.all(Array.from({ length: 8 }, () => claimsOf(server)))
    const narrower = await claimsOf(server, { scope: 'profile' })

    expect(await authorizations(server)).toHaveLength(1)
    expect(new Set([...tokens, narrower].map(({ jti }) => jti!.slice(0, 25))).size).toBe(1)
    expect(new Set(tokens.map(({ jti }) => jti)).size).toBe(8)
  })

  it('remembers until when its tokens can live, moved on once a lifetime', async () => {
    const server = await start()
    await claimsOf(server)
    const [first] = await authorizations(server)
    server.clock.advance(1800)
    await claimsOf(server)
    const [same] = await authorizations(server)
    server.clock.advance(1)
    const last = await claimsOf(server)
    const [moved] = await authorizations(server)

    expect(first!.tokens_expire_at).toBe(server.now() - 1801 + 3600)
    expect(same).toEqual(first)
    expect(moved!.tokens_expire_at).toBe(last.exp! + 1800)
  })

  it('is refused to a public client', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aClient(MACHINE))

    const answer = await server.post('/token', { grant_type: 'client_credentials', client_id: 'app' })

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'unauthorized_client',
        error_description: 'A public client may not use the client_credentials grant.',
      },
    })
  })

  it('is refused to a client that is not registered for it', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aConfidentialClient())

    const answer = await server.post('/token', REQUEST)

    expect(answer).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } })
  })
})

describe('a client authorization', () => {
  it('is revoked as a whole by the operator, and the next request opens a new one', async () => {
    const server = await start()
    const first = await server.post('/token', REQUEST)

    await revokeAuthorizationsOf(server.db, { by: 'client', value: 'app' }, { now: server.now() })
    const ask = (token: string) => server.post('/introspect', { ...REQUEST, token })
    const revoked = await ask((first.body as { access_token: string }).access_token)
    const next = await server.post('/token', REQUEST)
    const active = await ask((next.body as { access_token: string }).access_token)

    expect(revoked.body).toEqual({ active: false })
    expect(active.body).toMatchObject({ active: true })
  })

  it('is another one for another client', async () => {
    const server = await start()
    await saveClient(server.db, aConfidentialClient({ ...MACHINE, id: 'other' }), {
      now: server.now(),
      demo: 0,
    })

    await claimsOf(server)
    await claimsOf(server, { client_id: 'other' })

    expect(await authorizations(server)).toHaveLength(2)
  })
})

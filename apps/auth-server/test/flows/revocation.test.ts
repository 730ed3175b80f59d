import { describe, expect, it } from 'vitest'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { aClient, aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const GRANTS = ['password', 'refresh_token'] as const
const CLIENT = { client_id: 'app', client_secret: CLIENT_SECRET }

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function start(): Promise<TestServer> {
  const server = await startTestServer()
  await addOrdinaryRows(server, aConfidentialClient({ grantTypes: GRANTS }))
  return server
}

async function signIn(server: TestServer): Promise<Tokens> {
  const form = { ...CLIENT, grant_type: 'password', username: 'alice', password: 'secret' }
  return (await server.post('/token', form)).body as Tokens
}

function refresh(server: TestServer, token: string) {
  return server.post('/token', { ...CLIENT, grant_type: 'refresh_token', refresh_token: token })
}

async function isActive(server: TestServer, token: string): Promise<boolean> {
  return ((await server.post('/introspect', { ...CLIENT, token })).body as { active: boolean }).active
}

describe('revocation [RFC 7009]', () => {
  it.each(['access_token', 'refresh_token'] as const)(
    'of the %s ends the whole authorization',
    async (kind) => {
      const server = await start()
      const tokens = await signIn(server)
      const untouched = await signIn(server)

      const answer = await server.post('/revoke', { ...CLIENT, token: tokens[kind] })

      expect(answer.status).toBe(200)
      expect(answer.body).toEqual({})
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(await isActive(server, tokens.access_token)).toBe(false)
      expect((await refresh(server, tokens.refresh_token)).status).toBe(400)
      expect(await isActive(server, untouched.access_token)).toBe(true)
    },
  )

  it('takes the token for what it is, whatever the hint says [RFC 7009 §2.1]', async () => {
    const server = await start()
    const tokens = await signIn(server)

    const answer = await server.post('/revoke', {
      ...CLIENT,
      token: tokens.refresh_token,
      token_type_hint: 'access_token',
    })

    expect(answer.status).toBe(200)
    expect(await isActive(server, tokens.access_token)).toBe(false)
  })

  it('revokes the authorization of a refresh token that was spent', async () => {
    const server = await start()
    const tokens = await signIn(server)
    const next = (await refresh(server, tokens.refresh_token)).body as Tokens

    const answer = await server.post('/revoke', { ...CLIENT, token: tokens.refresh_token })

    expect(answer.status).toBe(200)
    expect(await isActive(server, next.access_token)).toBe(false)
  })

  it.each(['nonsense', 'rt_unknown', 'eyJhbGciOiJub25lIn0.e30.'])(
    'answers 200 to %s, which is no token [RFC 7009 §2.2]',
    async (token) => {
      const server = await start()

      expect(await server.post('/revoke', { ...CLIENT, token })).toMatchObject({
        status: 200,
        body: {},
      })
    },
  )

  it('answers 200 to an expired token, and revokes nothing', async () => {
    const server = await start()
    const tokens = await signIn(server)
    server.clock.advance(1800)

    const answer = await server.post('/revoke', { ...CLIENT, token: tokens.access_token })

    expect(answer.status).toBe(200)
    expect((await refresh(server, tokens.refresh_token)).status).toBe(200)
  })

  it.each(['access_token', 'refresh_token'] as const)(
    'refuses another client’s %s, and ends nothing [RFC 7009 §2.1]',
    async (kind) => {
      const server = await start()
      await saveClient(server.db, aConfidentialClient({ id: 'thief' }), { now: server.now(), demo: 0 })
      const tokens = await signIn(server)

      const answer = await server.post('/revoke', { ...CLIENT, client_id: 'thief', token: tokens[kind] })

      expect(answer).toMatchObject({
        status: 400,
        body: {
          error: 'invalid_grant',
          error_description: 'This token was issued to another client: nothing was revoked.',
        },
      })
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(await isActive(server, tokens.access_token)).toBe(true)
    },
  )

  it('needs a token, and a client that authenticates', async () => {
    const server = await start()

    const missing = await server.post('/revoke', CLIENT)
    const unproven = await server.post('/revoke', { client_id: 'app', token: 'x' })

    expect(missing).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'The parameter token is missing.' },
    })
    expect(unproven).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(unproven.headers.get('www-authenticate')).toBe('Basic realm="countersign"')
  })

  it('is open to a public client, named or by default, for its own tokens', async () => {
    const server = await startTestServer({ defaultClient: 'app' })
    await addOrdinaryRows(server, aClient({ grantTypes: GRANTS }))
    const signedIn = await server.post('/token', {
      grant_type: 'password',
      username: 'alice',
      password: 'secret',
    })
    const tokens = signedIn.body as Tokens

    const answer = await server.post('/revoke', { token: tokens.refresh_token })
    const afterwards = await server.post('/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
    })

    expect(answer.status).toBe(200)
    expect(afterwards).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('refuses the token a client got for itself, which all its instances share [RFC 7009 §2.2.1]', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aConfidentialClient({ grantTypes: ['client_credentials'] }))
    await saveClient(server.db, aConfidentialClient({ id: 'thief' }), { now: server.now(), demo: 0 })
    const grant = { ...CLIENT, grant_type: 'client_credentials' }
    const token = ((await server.post('/token', grant)).body as Tokens).access_token

    const own = await server.post('/revoke', { ...CLIENT, token })
    const foreign = await server.post('/revoke', { ...CLIENT, client_id: 'thief', token })
    const active = await isActive(server, token)
    server.clock.advance(1800)
    const expired = await server.post('/revoke', { ...CLIENT, token })

    expect(own).toMatchObject({
      status: 400,
      body: {
        error: 'unsupported_token_type',
        error_description: 'A token that a client got for itself is not revoked here: it expires by itself.',
      },
    })
    expect(own.headers.get('content-type')).toMatch(/^application\/json/)
    expect(own.headers.get('cache-control')).toBe('no-store')
    expect(foreign).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(active).toBe(true)
    expect(expired).toMatchObject({ status: 200, body: {} })
    expect(server.logs).not.toContainEqual(expect.objectContaining({ event: 'token_revoked' }))
  })

  it('is logged with the authorization that was revoked', async () => {
    const server = await start()
    const tokens = await signIn(server)

    await server.post('/revoke', { ...CLIENT, token: tokens.access_token })

    expect(server.logs).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        event: 'token_revoked',
        clientId: 'app',
        authorizationId: expect.stringMatching(/^az_/),
        requestId: expect.any(String),
      }),
    )
  })

  it('is logged once, by the request that did it, however many say it at once or again', async () => {
    const server = await start()
    const tokens = await signIn(server)
    const revoke = (token: string) => server.post('/revoke', { ...CLIENT, token })

    const answers = await Promise.all([
      ...Array.from({ length: 8 }, () => revoke(tokens.access_token)),
      ...Array.from({ length: 8 }, () => revoke(tokens.refresh_token)),
    ])
    const again = await revoke(tokens.refresh_token)

    expect([...answers, again].map((answer) => answer.status)).toEqual(Array(17).fill(200))
    expect(server.logs.filter((line) => line.event === 'token_revoked')).toHaveLength(1)
  })
})

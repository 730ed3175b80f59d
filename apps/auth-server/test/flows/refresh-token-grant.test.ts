import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { aClient, addOrdinaryRows } from '../support/rows.ts'
import { type Answer, AUDIENCE, startTestServer, type TestServer } from '../support/test-server.ts'

const REFRESHING = { grantTypes: ['password', 'refresh_token'], scope: ['profile', 'email'] } as const
const NOT_VALID = {
  error: 'invalid_grant',
  error_description: 'This refresh token is not valid: sign in again.',
}
const USED_BEFORE = {
  error: 'invalid_grant',
  error_description: 'This refresh token was used before: sign in again.',
}
const EXPIRED = {
  error: 'invalid_grant',
  error_description: 'This refresh token has expired: sign in again.',
}

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope?: string
}

async function signIn(server: TestServer, more: Record<string, string> = {}): Promise<Tokens> {
  const form = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret', ...more }
  return (await server.post('/token', form)).body as Tokens
}

function refresh(server: TestServer, token: string, more: Record<string, string> = {}): Promise<Answer> {
  return server.post('/token', {
    grant_type: 'refresh_token',
    client_id: 'app',
    refresh_token: token,
    ...more,
  })
}

async function start(config: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(config)
  await addOrdinaryRows(server, aClient(REFRESHING))
  return server
}

describe('a refresh token [RFC 6749 §6]', () => {
  it('is issued to a client that is registered for it, and to no other', async () => {
    const server = await start()
    await saveClient(server.db, aClient({ id: 'other' }), { now: server.now(), demo: 0 })

    const own = await signIn(server)
    const other = await signIn(server, { client_id: 'other' })

    expect(own.refresh_token).toMatch(/^rt_[\w-]{97}$/)
    expect(other).not.toHaveProperty('refresh_token')
  })

  it('is remembered together with its authorization: neither is there without the other', async () => {
    const server = await start()
    await server.db.schema.dropTable('refresh_tokens').execute()

    const answer = await server.post('/token', {
      grant_type: 'password',
      client_id: 'app',
      username: 'alice',
      password: 'secret',
    })

    expect(answer.status).toBe(500)
    expect(await server.db.selectFrom('authorizations').selectAll().execute()).toEqual([])
  })

  it('buys the next pair for the same user, and keeps when they signed in', async () => {
    const server = await start()
    const first = await signIn(server)
    server.clock.advance(60)

    const answer = await refresh(server, first.refresh_token)

    expect(answer).toMatchObject({
      status: 200,
      body: {
        token_type: 'Bearer',
        expires_in: 1800,
        scope: 'profile email',
        refresh_token: expect.stringMatching(/^rt_/),
      },
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const [before, after] = [decodeJwt(first.access_token), decodeJwt((answer.body as Tokens).access_token)]
    expect(after).toEqual({ ...before, iat: server.now(), exp: server.now() + 1800, jti: expect.any(String) })
    expect(after.jti).not.toBe(before.jti)
    expect((answer.body as Tokens).refresh_token).not.toBe(first.refresh_token)
  })

  it('revokes its authorization when it comes back after use [RFC 9700 §4.14.2]', async () => {
    const server = await start()
    const { refresh_token } = await signIn(server)
    const { body } = await refresh(server, refresh_token)

    const again = await refresh(server, refresh_token)
    const successor = await refresh(server, (body as Tokens).refresh_token)

    expect(again).toMatchObject({ status: 400, body: USED_BEFORE })
    expect(successor).toMatchObject({ status: 400, body: NOT_VALID })
    expect(server.logs).toContainEqual(
      expect.objectContaining({
        event: 'refresh_token_reused',
        clientId: 'app',
        sub: expect.stringMatching(/^usr_/),
      }),
    )
  })

  it('has one winner of sixteen at once, and a revoked authorization afterwards', async () => {
    const server = await start()
    const { refresh_token } = await signIn(server)

    const answers = await Promise.all(Array.from({ length: 16 }, () => refresh(server, refresh_token)))
    const winners = answers.filter((answer) => answer.status === 200)
    const next = await refresh(server, (winners[0]!.body as Tokens).refresh_token)

    expect(winners).toHaveLength(1)
    expect(next).toMatchObject({ status: 400, body: NOT_VALID })
  })

  it('is of no use to another client, and nothing is consumed or revoked by its try', async () => {
    const server = await start()
    await saveClient(server.db, aClient({ ...REFRESHING, id: 'thief' }), { now: server.now(), demo: 0 })
    const { refresh_token } = await signIn(server)

    const stolen = await refresh(server, refresh_token, { client_id: 'thief' })
    const { body } = await refresh(server, refresh_token)
    const spent = await refresh(server, refresh_token, { client_id: 'thief' })
    const own = await refresh(server, (body as Tokens).refresh_token)

    expect([stolen, spent]).toMatchObject([
      { status: 400, body: NOT_VALID },
      { status: 400, body: NOT_VALID },
    ])
    expect(own.status).toBe(200)
  })

  it('is refused when nobody knows it', async () => {
    const server = await start()

    const answer = await refresh(server, 'rt_unknown')

    expect(answer).toMatchObject({ status: 400, body: NOT_VALID })
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('is missing from a request that has none', async () => {
    const server = await start()

    const answer = await refresh(server, '')

    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'The parameter refresh_token is missing.' },
    })
  })
})

describe('the lifetime of a refresh token', () => {
  it('ends when it is not used for the idle lifetime, to the second', async () => {
    const server = await start({ refreshTokenIdleLifetime: 100 })
    const [one, other] = [await signIn(server), await signIn(server)]

    server.clock.advance(99)
    const inTime = await refresh(server, one.refresh_token)
    server.clock.advance(1)
    const tooLate = await refresh(server, other.refresh_token)

    expect(inTime.status).toBe(200)
    expect(tooLate).toMatchObject({ status: 400, body: EXPIRED })
  })

  it('ends for good with the absolute lifetime, however busy it was', async () => {
    const server = await start({ refreshTokenLifetime: 250, refreshTokenIdleLifetime: 100 })
    let { refresh_token } = await signIn(server)

    const statuses: number[] = []
    for (let i = 0; i < 3; i++) {
      server.clock.advance(90)
      const answer = await refresh(server, refresh_token)
      statuses.push(answer.status)
      refresh_token = (answer.body as Tokens).refresh_token ?? refresh_token
    }

    expect(statuses).toEqual([200, 200, 400])
  })
})

describe('narrowing [RFC 6749 §6, RFC 8707 §2.2]', () => {
  it('gives the token less, and keeps what was granted for the next one', async () => {
    const server = await start()
    const { refresh_token } = await signIn(server)

    const less = (await refresh(server, refresh_token, { scope: 'email' })).body as Tokens
    const all = (await refresh(server, less.refresh_token)).body as Tokens

    expect(less.scope).toBe('email')
    expect(decodeJwt(less.access_token)).toMatchObject({ scope: 'email' })
    expect(all.scope).toBe('profile email')
  })

  it('never gives more than was granted, and a refused request consumes nothing', async () => {
    const server = await start()
    await saveResource(
      server.db,
      {
        audience: 'urn:other',
        scope: ['profile'],
        introspectors: [],
        tokenType: 'at+jwt' as const,
        descriptions: {},
      },
      { demo: 0 },
    )
    const { refresh_token } = await signIn(server, { scope: 'profile' })

    const scope = await refresh(server, refresh_token, { scope: 'profile email' })
    const malformed = await refresh(server, refresh_token, { scope: 'a  b' })
    const target = await refresh(server, refresh_token, { resource: 'urn:other' })
    const afterwards = await refresh(server, refresh_token)

    expect([scope, malformed, target]).toMatchObject([
      { status: 400, body: { error: 'invalid_scope' } },
      { status: 400, body: { error: 'invalid_scope' } },
      { status: 400, body: { error: 'invalid_target' } },
    ])
    expect(afterwards.status).toBe(200)
  })

  it('gives one of several resources on request', async () => {
    const server = await start()
    await saveResource(
      server.db,
      {
        audience: 'urn:other',
        scope: ['profile'],
        introspectors: [],
        tokenType: 'at+jwt' as const,
        descriptions: {},
      },
      { demo: 0 },
    )
    await saveClient(server.db, aClient({ ...REFRESHING, audiences: [AUDIENCE, 'urn:other'] }), {
      now: server.now(),
      demo: 0,
    })
    const signedIn = await server.post('/token', [
      ['grant_type', 'password'],
      ['client_id', 'app'],
      ['username', 'alice'],
      ['password', 'secret'],
      ['resource', AUDIENCE],
      ['resource', 'urn:other'],
    ])

    const one = await refresh(server, (signedIn.body as Tokens).refresh_token, { resource: 'urn:other' })
    const both = await refresh(server, (one.body as Tokens).refresh_token)

    expect(decodeJwt((one.body as Tokens).access_token)).toMatchObject({
      aud: 'urn:other',
      scope: 'profile email',
    })
    expect(decodeJwt((both.body as Tokens).access_token)).toMatchObject({ aud: [AUDIENCE, 'urn:other'] })
  })

  it('takes away what the client is no longer registered for', async () => {
    const server = await start()
    const { refresh_token } = await signIn(server)
    await saveClient(server.db, aClient({ ...REFRESHING, scope: ['email'] }), { now: server.now(), demo: 0 })

    const { body } = await refresh(server, refresh_token)

    expect(body).toMatchObject({ scope: 'email' })
  })
})

describe('a user or client that is turned off', () => {
  it.each([
    ['a disabled user', (server: TestServer) => server.db.updateTable('users').set({ disabled_at: 1 })],
    ['a deleted user', (server: TestServer) => server.db.deleteFrom('users')],
  ])('%s gets nothing more', async (_who, change) => {
    const server = await start()
    const { refresh_token } = await signIn(server)
    await change(server).execute()

    const answer = await refresh(server, refresh_token)

    expect(answer).toMatchObject({ status: 400, body: NOT_VALID })
  })

  it('a disabled client is unknown', async () => {
    const server = await start()
    const { refresh_token } = await signIn(server)
    await server.db.updateTable('clients').set({ disabled_at: 1 }).execute()

    const answer = await refresh(server, refresh_token)

    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  it('a client that lost the grant is told so', async () => {
    const server = await start()
    const { refresh_token } = await signIn(server)
    await saveClient(server.db, aClient(), { now: server.now(), demo: 0 })

    const answer = await refresh(server, refresh_token)

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'unauthorized_client',
        error_description: 'This client may not use the refresh_token grant.',
      },
    })
  })
})

describe('the reuse grace', () => {
  it('gives a client that lost the answer the same successor again, and a fresh access token', async () => {
    const server = await start({ refreshReuseGrace: 30 })
    const { refresh_token } = await signIn(server)
    const lost = (await refresh(server, refresh_token)).body as Tokens
    server.clock.advance(29)

    const retry = (await refresh(server, refresh_token)).body as Tokens
    const next = await refresh(server, retry.refresh_token)

    expect(retry.refresh_token).toBe(lost.refresh_token)
    expect(retry.access_token).not.toBe(lost.access_token)
    expect(next.status).toBe(200)
  })

  it('is over after its time: then it is reuse', async () => {
    const server = await start({ refreshReuseGrace: 30 })
    const { refresh_token } = await signIn(server)
    const { body } = await refresh(server, refresh_token)
    server.clock.advance(30)

    const late = await refresh(server, refresh_token)
    const successor = await refresh(server, (body as Tokens).refresh_token)

    expect(late).toMatchObject({ status: 400, body: USED_BEFORE })
    expect(successor).toMatchObject({ status: 400, body: NOT_VALID })
  })

  it('is over once the successor was used: then it is reuse', async () => {
    const server = await start({ refreshReuseGrace: 30 })
    const { refresh_token } = await signIn(server)
    const { body } = await refresh(server, refresh_token)
    const { body: third } = await refresh(server, (body as Tokens).refresh_token)

    const again = await refresh(server, refresh_token)
    const chain = await refresh(server, (third as Tokens).refresh_token)

    expect(again).toMatchObject({ status: 400, body: USED_BEFORE })
    expect(chain).toMatchObject({ status: 400, body: NOT_VALID })
  })

  it('keeps one chain however many ask at once: all get the same successor', async () => {
    const server = await start({ refreshReuseGrace: 30 })
    const { refresh_token } = await signIn(server)

    const answers = await Promise.all(Array.from({ length: 16 }, () => refresh(server, refresh_token)))
    const successors = answers.map((answer) => (answer.body as Tokens).refresh_token)
    const next = await refresh(server, successors[0]!)

    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    expect(new Set(successors).size).toBe(1)
    expect(next.status).toBe(200)
  })
})

import { describe, expect, it } from 'vitest'
import { insertRefreshToken } from '../../src/domain/authorizations/refresh-token-store.ts'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { prune } from '../../src/jobs/prune.ts'
import { hashSecret, mintSecret } from '../../src/oauth/secret.ts'
import { DATABASES, freshDatabase } from '../support/databases.ts'
import { aRefreshToken } from '../support/records.ts'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { type Answer, startTestServer, type TestServer } from '../support/test-server.ts'

const CLIENT = { client_id: 'app', client_secret: CLIENT_SECRET }
const GRANTS = ['password', 'refresh_token'] as const
const refusedAs = (error_description: string) => ({
  status: 400,
  body: { error: 'invalid_grant', error_description },
})
const NOT_VALID = refusedAs('This refresh token is not valid: sign in again.')
const USED_BEFORE = refusedAs('This refresh token was used before: sign in again.')
const EXPIRED = refusedAs('This refresh token has expired: sign in again.')

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function start(config: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(config)
  await addOrdinaryRows(server, aConfidentialClient({ grantTypes: GRANTS }))
  return server
}

async function signIn(server: TestServer): Promise<Tokens> {
  const form = { ...CLIENT, grant_type: 'password', username: 'alice', password: 'secret' }
  return (await server.post('/token', form)).body as Tokens
}

function refresh(server: TestServer, refresh_token: string, client = CLIENT): Promise<Answer> {
  return server.post('/token', { ...client, grant_type: 'refresh_token', refresh_token })
}

async function next(server: TestServer, token: string): Promise<string> {
  return ((await refresh(server, token)).body as Tokens).refresh_token
}

/** A chain of three: what was used twice ago, what was used last, and what can be used. */
async function chain(server: TestServer): Promise<readonly [string, string, string]> {
  const first = (await signIn(server)).refresh_token
  const second = await next(server, first)
  return [first, second, await next(server, second)]
}

async function rows(server: TestServer): Promise<number> {
  return (await server.db.selectFrom('refresh_tokens').selectAll().execute()).length
}

describe.each([0, 30])('a spent token whose row is gone, with a grace of %i s', (refreshReuseGrace) => {
  it('revokes its authorization like any other [RFC 9700 §4.14.2]', async () => {
    const server = await start({ refreshReuseGrace })
    const [first, , last] = await chain(server)

    const reused = await refresh(server, first)
    const afterwards = await refresh(server, last)

    expect(reused).toMatchObject(USED_BEFORE)
    expect(afterwards).toMatchObject(NOT_VALID)
  })

  it('does so for its own client alone', async () => {
    const server = await start({ refreshReuseGrace })
    await saveClient(server.db, aConfidentialClient({ id: 'thief', grantTypes: GRANTS }), {
      now: server.now(),
      demo: 0,
    })
    const [first, , last] = await chain(server)

    const stolen = await refresh(server, first, { ...CLIENT, client_id: 'thief' })
    const revocation = await server.post('/revoke', { ...CLIENT, client_id: 'thief', token: first })

    expect(stolen).toMatchObject(NOT_VALID)
    expect(revocation).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await refresh(server, last)).status).toBe(200)
  })

  it('revokes nothing once it has expired: it is only late', async () => {
    const server = await start({ refreshReuseGrace, refreshTokenIdleLifetime: 100 })
    const first = (await signIn(server)).refresh_token
    server.clock.advance(99)
    const last = await next(server, await next(server, first))
    server.clock.advance(1)

    const late = await refresh(server, first)
    const revocation = await server.post('/revoke', { ...CLIENT, token: first })

    expect(late).toMatchObject(EXPIRED)
    expect(revocation).toMatchObject({ status: 200, body: {} })
    expect((await refresh(server, last)).status).toBe(200)
    expect(server.logs).not.toContainEqual(expect.objectContaining({ event: 'refresh_token_reused' }))
  })

  it('can be revoked with, and is not active', async () => {
    const server = await start({ refreshReuseGrace })
    const [first, , last] = await chain(server)

    const introspection = await server.post('/introspect', { ...CLIENT, token: first })
    const revocation = await server.post('/revoke', { ...CLIENT, token: first })

    expect(introspection).toMatchObject({ status: 200, body: { active: false } })
    expect(revocation).toMatchObject({ status: 200, body: {} })
    expect(await refresh(server, last)).toMatchObject(NOT_VALID)
  })
})

describe.each(DATABASES)('a replica of the version before, on %s', (kind) => {
  it('leaves a successor that a retry cannot read here: refused, and nothing is revoked', async () => {
    const server = await start({ db: await freshDatabase(kind), refreshReuseGrace: 60 })
    const first = (await signIn(server)).refresh_token
    const successor = await next(server, first)
    // As that version wrote it: nonce, ciphertext and tag, base64url.
    await server.db
      .updateTable('refresh_tokens')
      .set({ sealed_successor: Buffer.alloc(160, 7).toString('base64url') })
      .where('hash', '=', hashSecret(first))
      .execute()

    const retry = await refresh(server, first)

    expect(retry).toMatchObject(NOT_VALID)
    expect((await refresh(server, successor)).status).toBe(200)
  })
})

describe('what looks like a spent token', () => {
  it.each([
    ['another secret', (token: string) => `rt_${token[3] === 'A' ? 'B' : 'A'}${token.slice(4)}`],
    ['a later expiry', (token: string) => `${token.slice(0, 46)}z${token.slice(47)}`],
    ['another tag', (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
    ['no tag', (token: string) => token.slice(0, -22)],
    ['more behind it', (token: string) => `${token}A`],
    ['what no id holds in its authorization', (token: string) => `${token.slice(0, 60)}%${token.slice(61)}`],
  ])('with %s is nobody’s, and revokes nothing', async (_what, change) => {
    const server = await start()
    const [first, , last] = await chain(server)

    const invented = await refresh(server, change(first))
    const revocation = await server.post('/revoke', { ...CLIENT, token: change(first) })

    expect(invented).toMatchObject(NOT_VALID)
    expect(revocation).toMatchObject({ status: 200, body: {} })
    expect((await refresh(server, last)).status).toBe(200)
  })

  it('under the tag of another chain is nobody’s', async () => {
    const server = await start()
    const [one, other] = [await chain(server), await chain(server)]

    const mixed = await refresh(server, `${one[0].slice(0, -22)}${other[0].slice(-22)}`)

    expect(mixed).toMatchObject(NOT_VALID)
    expect((await refresh(server, one[2])).status).toBe(200)
    expect((await refresh(server, other[2])).status).toBe(200)
  })
})

describe('sixteen at once', () => {
  it.each([0, 30])('with one token leave one chain and no row more, with a grace of %i s', async (grace) => {
    const server = await start({ refreshReuseGrace: grace })
    const { refresh_token } = await signIn(server)

    const answers = await Promise.all(Array.from({ length: 16 }, () => refresh(server, refresh_token)))

    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(grace === 0 ? 1 : 16)
    expect(await rows(server)).toBe(grace === 0 ? 1 : 2)
  })
})

describe('a token from before tokens said whose they are', () => {
  async function olderToken(server: TestServer): Promise<string> {
    await signIn(server)
    const token = mintSecret('rt')
    const { id } = await server.db.selectFrom('authorizations').select('id').executeTakeFirstOrThrow()
    await server.db.deleteFrom('refresh_tokens').execute()
    const now = server.now()
    await insertRefreshToken(
      server.db,
      aRefreshToken({
        hash: hashSecret(token),
        authorizationId: id,
        issuedAt: now,
        expiresAt: now + 100,
        chainKey: undefined,
      }),
    )
    return token
  }

  it('works, and is known by its row when it comes back, however long its chain has become', async () => {
    const server = await start()
    const older = await olderToken(server)
    const last = await next(server, await next(server, await next(server, older)))

    const kept = await rows(server)
    const reused = await refresh(server, older)

    expect(kept).toBe(2)
    expect(reused).toMatchObject(USED_BEFORE)
    expect(await refresh(server, last)).toMatchObject(NOT_VALID)
  })

  it('is forgotten when it has expired, like any other', async () => {
    const server = await start()
    const last = await next(server, await olderToken(server))
    server.clock.advance(100 + 3600 + 1)

    await prune(server.db, server.now)

    expect(await rows(server)).toBe(1)
    expect((await refresh(server, last)).status).toBe(200)
  })
})

it('refresh tokens go with their authorization, an hour after its last access token when it was revoked', async () => {
  const server = await start()
  const [, , last] = await chain(server)
  await server.post('/revoke', { ...CLIENT, token: last })

  server.clock.advance(1800 + 3600)
  await prune(server.db, server.now)
  const before = await rows(server)
  server.clock.advance(1)
  await prune(server.db, server.now)

  expect(before).toBe(1)
  expect(await rows(server)).toBe(0)
  expect(await refresh(server, last)).toMatchObject(NOT_VALID)
})

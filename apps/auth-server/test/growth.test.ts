import { describe, expect, it } from 'vitest'
import { AUTHORIZATION_LIMIT } from '../src/domain/authorizations/limit-authorizations.ts'
import { examineRefreshToken } from '../src/domain/authorizations/presented-refresh-token.ts'
import { rotateRefreshToken } from '../src/domain/authorizations/rotate-refresh-token.ts'
import { saveClient } from '../src/domain/clients/client-store.ts'
import { saveResource } from '../src/domain/resources/resource-store.ts'
import { prune } from '../src/jobs/prune.ts'
import { DATABASES, type DatabaseKind, freshDatabase } from './support/databases.ts'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from './support/rows.ts'
import { type Answer, startTestServer, type TestServer } from './support/test-server.ts'

const CLIENT = { client_id: 'app', client_secret: CLIENT_SECRET }
const GRANTS = ['password', 'refresh_token'] as const

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function start(
  kind: DatabaseKind,
  config: Parameters<typeof startTestServer>[0] = {},
): Promise<TestServer> {
  const server = await startTestServer({ db: await freshDatabase(kind), ...config })
  await addOrdinaryRows(server, aConfidentialClient({ grantTypes: GRANTS }))
  return server
}

async function signIn(server: TestServer, client_id = 'app'): Promise<Tokens> {
  const form = { ...CLIENT, client_id, grant_type: 'password', username: 'alice', password: 'secret' }
  return (await server.post('/token', form)).body as Tokens
}

function refresh(server: TestServer, refresh_token: string): Promise<Answer> {
  return server.post('/token', { ...CLIENT, grant_type: 'refresh_token', refresh_token })
}

/** Rotates the token of a chain so many times, without the signatures that go with it, and resolves to the last. */
async function rotateOften(server: TestServer, first: string, times: number): Promise<string> {
  let token = first
  for (let i = 0; i < times; i++) {
    const presented = await examineRefreshToken(server, token, CLIENT.client_id)
    if (presented.kind !== 'usable') throw new Error(presented.kind)
    const rotation = await rotateRefreshToken(server, presented)
    if (rotation.kind !== 'rotated') throw new Error(rotation.kind)
    token = rotation.successor
  }
  return token
}

async function count(server: TestServer, table: 'authorizations' | 'refresh_tokens'): Promise<number> {
  return (await server.db.selectFrom(table).selectAll().execute()).length
}

/** The authorizations that new tokens can come from. */
async function countOpen(server: TestServer): Promise<number> {
  const rows = await server.db.selectFrom('authorizations').selectAll().execute()
  return rows.filter((row) => row.refresh_expires_at !== null || row.standing_for !== null).length
}

describe.each(DATABASES)('on %s, hundreds of refreshes', (kind) => {
  it.each([
    { refreshReuseGrace: 0, rows: 8 },
    { refreshReuseGrace: 30, rows: 16 },
  ])('of eight chains leave $rows rows with a grace of $refreshReuseGrace s', async ({ rows, ...config }) => {
    const server = await start(kind, config)
    const first = await Promise.all(Array.from({ length: 8 }, () => signIn(server)))

    const last = await Promise.all(first.map((one) => rotateOften(server, one.refresh_token, 60)))
    const kept = await count(server, 'refresh_tokens')
    const next = await Promise.all(last.map((token) => rotateOften(server, token, 1)))

    expect(kept).toBe(rows)
    expect(new Set(next).size).toBe(8)
  })

  it('let nobody use the first token again, who is noticed as on the first day', async () => {
    const server = await start(kind)
    const { refresh_token } = await signIn(server)
    const last = await rotateOften(server, refresh_token, 25)

    const reused = await refresh(server, refresh_token)
    const afterwards = await refresh(server, last)

    expect(reused).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description: 'This refresh token was used before: sign in again.',
      },
    })
    expect(reused.headers.get('cache-control')).toBe('no-store')
    expect(afterwards).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(server.logs.filter((line) => line.event === 'refresh_token_reused')).toHaveLength(1)
  })
})

describe.each(DATABASES)('on %s, of a client that signs a user in all the time', (kind) => {
  it('a hundred authorizations stand beside those of other clients, and soon nothing is left of the rest', async () => {
    const server = await start(kind)
    await saveClient(server.db, aConfidentialClient({ id: 'other', grantTypes: GRANTS }), {
      now: server.now(),
      demo: 0,
    })
    await signIn(server, 'other')

    // Eight at once, and the clock stands still meanwhile: whoever is late makes room for who was early.
    for (let round = 0; round < 15; round++) {
      await Promise.all(Array.from({ length: 8 }, () => signIn(server)))
      server.clock.advance(1)
    }
    const last = await signIn(server)
    const open = await countOpen(server)
    server.clock.advance(1800 + 3600 + 1)
    await prune(server.db, server.now)

    expect(open).toBe(AUTHORIZATION_LIMIT + 1)
    expect(await count(server, 'authorizations')).toBe(AUTHORIZATION_LIMIT + 1)
    expect(await count(server, 'refresh_tokens')).toBe(AUTHORIZATION_LIMIT + 1)
    expect((await refresh(server, last.refresh_token)).status).toBe(200)
  })

  it('those that were used last stay, however old they are', async () => {
    const server = await start(kind)
    const [used, unused] = [await signIn(server), await signIn(server)]
    let token = used.refresh_token

    for (let i = 0; i < AUTHORIZATION_LIMIT + 10; i++) {
      server.clock.advance(1)
      await signIn(server)
      if (i % 50 === 0) token = await rotateOften(server, token, 1)
    }
    const [stays, closed] = [await refresh(server, token), await refresh(server, unused.refresh_token)]
    const about = await server.post('/introspect', { ...CLIENT, token: unused.access_token })
    const aboutRefresh = await server.post('/introspect', { ...CLIENT, token: unused.refresh_token })

    expect(stays.status).toBe(200)
    // The access token is good until it expires: whoever uses it loses nothing.
    expect(about.body).toMatchObject({ active: true })
    expect(aboutRefresh.body).toEqual({ active: false })
    expect(closed).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description: 'This refresh token is not valid: sign in again.',
      },
    })
  })
})

describe.each(DATABASES)('on %s, of a client that names every set of its resources', (kind) => {
  it('a hundred client authorizations are kept', async () => {
    const audiences = Array.from({ length: 7 }, (_, i) => `urn:r:${i}`)
    const server = await startTestServer({ db: await freshDatabase(kind) })
    for (const audience of audiences) {
      await saveResource(
        server.db,
        { audience, scope: [], introspectors: [], tokenType: 'at+jwt' as const, descriptions: {} },
        { demo: 0 },
      )
    }
    const client = aConfidentialClient({ grantTypes: ['client_credentials'], scope: [], audiences })
    await saveClient(server.db, client, { now: server.now(), demo: 0 })

    const statuses = new Set<number>()
    for (let set = 1; set < 2 ** audiences.length; set++) {
      const resources = audiences.filter((_, i) => (set >> i) % 2 === 1)
      const answer = await server.post('/token', [
        ['grant_type', 'client_credentials'],
        ...Object.entries(CLIENT),
        ...resources.map((resource) => ['resource', resource] as const),
      ])
      statuses.add(answer.status)
    }

    expect(statuses).toEqual(new Set([200]))
    expect(await countOpen(server)).toBe(AUTHORIZATION_LIMIT)
  })
})

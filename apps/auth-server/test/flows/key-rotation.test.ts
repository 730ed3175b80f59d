import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { replicasOfOneDatabase } from '../support/databases.ts'
import { keyDeps, openReplica } from '../support/key-rotation.ts'
import { addOrdinaryRows } from '../support/rows.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

/** Keys sign for 24 seconds and are published 8 before; the key set may be kept for 2; a token lives for 15. */
const POLICY = { lifetime: 24, lead: 8 }
const TOKEN_LIFETIME = 15

/** Two servers on one database, and what their jobs do every second. */
async function startServers(clock: TestClock) {
  const databases = await replicasOfOneDatabase('SQLite', 2)
  const replicas = [
    await openReplica(keyDeps(databases[0]!, clock.now, { policy: POLICY })),
    await openReplica(keyDeps(databases[1]!, clock.now, { policy: POLICY })),
  ] as const
  const start = (index: 0 | 1) =>
    startTestServer({
      db: databases[index]!,
      keyRing: replicas[index].ring,
      now: clock.now,
      accessTokenLifetime: TOKEN_LIFETIME,
      keyPublishLead: POLICY.lead,
    })
  return { replicas, servers: [await start(0), await start(1)] as const }
}

/** A verifier that believes a key set for as long as it may, and asks for no key it does not know. */
function createCache(server: TestServer, clock: TestClock) {
  let held: { readonly keySet: JSONWebKeySet; readonly until: number } | undefined
  return async (): Promise<JSONWebKeySet> => {
    if (held && clock.now() < held.until) return held.keySet
    const { body, headers } = await server.get('/.well-known/jwks.json')
    const maxAge = Number(/max-age=(\d+)/.exec(headers.get('cache-control') ?? '')?.[1])
    held = { keySet: body as JSONWebKeySet, until: clock.now() + maxAge }
    return held.keySet
  }
}

async function issueToken(server: TestServer): Promise<string> {
  const answer = await server.post('/token', {
    grant_type: 'password',
    client_id: 'app',
    username: 'alice',
    password: 'secret',
  })
  expect(answer.status).toBe(200)
  return (answer.body as { access_token: string }).access_token
}

describe('while keys are rotated', () => {
  it('every token verifies at every instant, for verifiers that keep the key set as long as they may', async () => {
    const clock = createTestClock()
    const { replicas, servers } = await startServers(clock)
    await addOrdinaryRows(servers[0])
    const caches = [createCache(servers[0], clock), createCache(servers[1], clock)]
    const signers = new Set<string | undefined>()
    let tokens: readonly string[] = []

    for (let second = 0; second < 56; second++) {
      // One cache is a second out of step with the other.
      if (second === 1) caches.push(createCache(servers[1], clock))
      tokens = [
        ...tokens.filter((token) => (decodeJwt(token).exp ?? 0) > clock.now()),
        ...(await Promise.all(servers.map(issueToken))),
      ]
      for (const cache of caches) {
        const keySet = createLocalJWKSet(await cache())
        for (const token of tokens) {
          const { protectedHeader } = await jwtVerify(token, keySet, {
            currentDate: new Date(clock.now() * 1000),
          })
          signers.add(protectedHeader.kid)
        }
      }
      clock.advance(1)
      await Promise.all(replicas.map((replica) => replica.rotate()))
    }

    expect(signers.size).toBe(3)
  })

  it('the key set shows a standby from the beginning, and a retired key for as long as its tokens live', async () => {
    const clock = createTestClock()
    const { replicas, servers } = await startServers(clock)
    await addOrdinaryRows(servers[0])
    await issueToken(servers[0])
    const sizes: number[] = []

    for (const seconds of [0, 24, 15, 120]) {
      clock.advance(seconds)
      await replicas[0].rotate()
      await replicas[1].ring.refresh()
      const { body } = await servers[1].get('/.well-known/jwks.json')
      sizes.push((body as JSONWebKeySet).keys.length)
    }

    // Active and standby; beside them, once a rotation is through, the one before, until its tokens have expired.
    expect(sizes).toEqual([2, 3, 3, 2])
  })

  it('a server that slept shows the new key set at once', async () => {
    const clock = createTestClock()
    const { replicas, servers } = await startServers(clock)
    clock.advance(1_000)
    await replicas[0].rotate()

    const answers = await Promise.all(servers.map((server) => server.get('/.well-known/jwks.json')))

    expect(answers[1]!.body).toEqual(answers[0]!.body)
    expect((answers[1]!.body as JSONWebKeySet).keys).toHaveLength(2)
  })

  it('the key set is shown while the database is away', async () => {
    const clock = createTestClock()
    const { replicas, servers } = await startServers(clock)
    await replicas[1].deps.db.destroy()
    clock.advance(1_000)

    const { status, body } = await servers[1].get('/.well-known/jwks.json')

    expect(status).toBe(200)
    expect((body as JSONWebKeySet).keys).toHaveLength(1)
  })
})

import { describe, expect, it } from 'vitest'
import { findAuthorization } from '../src/domain/authorizations/authorization-store.ts'
import { changeClient, changeResource } from '../src/domain/authorizations/change-registration.ts'
import { findOrOpenClientAuthorization } from '../src/domain/authorizations/client-authorization.ts'
import { openUserAuthorization } from '../src/domain/authorizations/open-authorization.ts'
import type { Client } from '../src/domain/clients/client.ts'
import { saveClient, updateClient } from '../src/domain/clients/client-store.ts'
import { saveResource } from '../src/domain/resources/resource-store.ts'
import { insertUser } from '../src/domain/users/user-store.ts'
import type { Database } from '../src/storage/database.ts'
import { DATABASES, type DatabaseKind, replicasOfOneDatabase } from './support/databases.ts'
import { aResource, aUser } from './support/records.ts'
import { runInto } from './support/rivals.ts'
import { aConfidentialClient } from './support/rows.ts'
import { AUDIENCE } from './support/test-server.ts'

const ORIGIN = { now: 1, demo: 0 } as const
const OTHER_AUDIENCE = 'https://other.example.com'
const LIFETIMES = { accessTokenLifetime: 60, refreshTokenLifetime: 600, refreshTokenIdleLifetime: 300 }

/** As every request under way has read it. */
const CLIENT = aConfidentialClient({
  grantTypes: ['client_credentials', 'password', 'refresh_token'],
  scope: ['profile', 'email'],
  audiences: [AUDIENCE, OTHER_AUDIENCE],
})
const ACCESS = { audience: [AUDIENCE], scope: ['profile', 'email'], tokenType: 'at+jwt' as const }
const NARROW_ACCESS = { ...ACCESS, scope: ['profile'] }

async function replicas(kind: DatabaseKind, count: number): Promise<readonly Database[]> {
  const all = await replicasOfOneDatabase(kind, count)
  for (const audience of [AUDIENCE, OTHER_AUDIENCE])
    await saveResource(all[0]!, aResource({ audience, scope: ['profile', 'email'] }), { demo: 0 })
  await saveClient(all[0]!, CLIENT, ORIGIN)
  await insertUser(all[0]!, aUser(), ORIGIN)
  return all
}

function ask(db: Database, access = ACCESS) {
  return findOrOpenClientAuthorization({ db, now: () => 1_000, ...LIFETIMES }, CLIENT, access)
}

async function narrow(db: Database, noun: 'client' | 'resource'): Promise<number | undefined> {
  const change = async <Noun extends { scope: readonly string[] }>(one: Noun) => ({
    ...one,
    scope: ['profile'],
  })
  const outcome = await (noun === 'client'
    ? changeClient(db, { id: 'app', change }, { now: 2 })
    : changeResource(db, { audience: AUDIENCE, change }, { now: 2 }))
  return outcome?.revoked
}

describe.each(DATABASES)('on %s, a request that has read what a client may have', (kind) => {
  it.each([
    ['client', [AUDIENCE], 'invalid_client'],
    ['resource', [AUDIENCE], 'invalid_target'],
    ['resource', [AUDIENCE, OTHER_AUDIENCE], 'invalid_target'],
  ] as const)('before the %s was narrowed gets no token at %j opened since', async (noun, at, reason) => {
    const [db, other] = await replicas(kind, 2)
    const [wide, narrower] = [ACCESS, NARROW_ACCESS].map((access) => ({ ...access, audience: [...at] }))
    const before = await ask(db!, wide)

    const revoked = await narrow(db!, noun)
    const since = await ask(other!, narrower)
    const late = await ask(other!, wide).catch((error: unknown) => error)

    expect(revoked).toBe(1)
    expect((await findAuthorization(db!, before.id))?.revoked).toBe(true)
    expect(since.id).not.toBe(before.id)
    expect(late).toMatchObject({ reason })
    expect((await findAuthorization(db!, since.id))?.revoked).toBe(false)
  })

  it.each(['client', 'resource'] as const)(
    'holds no token that stays when the %s is narrowed beside it, however the two fall',
    async (noun) => {
      const all = await replicas(kind, 4)
      for (let round = 0; round < 5; round++) {
        await saveClient(all[0]!, CLIENT, ORIGIN)
        await saveResource(all[0]!, aResource({ scope: ['profile', 'email'] }), { demo: 0 })

        const asking = Array.from({ length: 24 }, (_, caller) =>
          ask(all[caller % 3]!, caller % 4 === 0 ? NARROW_ACCESS : ACCESS),
        )
        const [settled] = await Promise.all([Promise.allSettled(asking), narrow(all[3]!, noun)])
        const [since, late] = await Promise.allSettled([ask(all[0]!, NARROW_ACCESS), ask(all[1]!)])

        const opened = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
        for (const { id } of opened.filter(({ scope }) => scope.includes('email')))
          expect((await findAuthorization(all[0]!, id))?.revoked).toBe(true)
        expect([since?.status, late?.status]).toEqual(['fulfilled', 'rejected'])
      }
    },
    20_000,
  )

  it('opens nothing by a grant that is taken away meanwhile', async () => {
    const [db, other] = await replicas(kind, 2)
    const without: Client = { ...CLIENT, grantTypes: ['password'] }
    const signIn = { client: CLIENT, user: aUser(), access: ACCESS }

    const own = await runInto(
      db!,
      (transaction) => updateClient(transaction, without),
      () => ask(other!).catch((error: unknown) => error),
    )
    const refreshing = await openUserAuthorization({ db: other!, now: () => 1_000, ...LIFETIMES }, signIn)

    expect(own).toMatchObject({ reason: 'invalid_client' })
    expect(refreshing).toBeUndefined()
  })

  it('has its own authorizations revoked with the change itself: a command that is stopped leaves none', async () => {
    const [db] = await replicas(kind, 1)
    const { id } = await ask(db!)
    const stop = new Error('stopped')
    const onProgress = () => {
      throw stop
    }

    const change = async (client: Client) => ({ ...client, scope: ['profile'] })
    await changeClient(db!, { id: 'app', change }, { now: 2, onProgress }).catch(() => {})

    expect((await findAuthorization(db!, id))?.revoked).toBe(true)
  })
})

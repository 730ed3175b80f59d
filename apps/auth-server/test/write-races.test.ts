import { describe, expect, it } from 'vitest'
import {
  extendTokensExpireAt,
  insertAuthorization,
} from '../src/domain/authorizations/authorization-store.ts'
import { changeClient, changeResource } from '../src/domain/authorizations/change-registration.ts'
import { findOrOpenClientAuthorization } from '../src/domain/authorizations/client-authorization.ts'
import { openUserAuthorization } from '../src/domain/authorizations/open-authorization.ts'
import { deleteResource, revokeAuthorization } from '../src/domain/authorizations/revoke-authorizations.ts'
import {
  findClient,
  lockEnabledClient,
  markClientDisabled,
  replaceClientSecret,
  saveClient,
} from '../src/domain/clients/client-store.ts'
import { activateKey, insertSigningKey } from '../src/domain/keys/key-store.ts'
import { removeResource, saveResource } from '../src/domain/resources/resource-store.ts'
import {
  findUser,
  insertUser,
  lockUnchangedUser,
  markUserDisabled,
  setPasswordHash,
  upgradePasswordHash,
} from '../src/domain/users/user-store.ts'
import type { Database } from '../src/storage/database.ts'
import { DATABASES, type DatabaseKind, replicasOfOneDatabase } from './support/databases.ts'
import { anAuthorization, aResource, aSigningKey, aUser } from './support/records.ts'
import { runInto } from './support/rivals.ts'
import { aClient, aConfidentialClient } from './support/rows.ts'
import { AUDIENCE } from './support/test-server.ts'

const ORIGIN = { now: 1, demo: 0 } as const
/** A scope value of its own: those of the issuer stay whatever a resource knows. */
const RESOURCE = aResource({ scope: ['orders'] })
const REFRESHING = aClient({
  grantTypes: ['client_credentials', 'password', 'refresh_token'],
  scope: RESOURCE.scope,
})
const ACCESS = { audience: [AUDIENCE], scope: RESOURCE.scope, tokenType: 'at+jwt' as const }

/** Two replicas of a database with the ordinary rows. */
async function twoReplicas(kind: DatabaseKind): Promise<readonly [Database, Database]> {
  const [db, other] = await replicasOfOneDatabase(kind, 2)
  await saveResource(db!, RESOURCE, { demo: 0 })
  await saveClient(db!, REFRESHING, ORIGIN)
  await insertUser(db!, aUser(), ORIGIN)
  return [db!, other!]
}

function open(db: Database) {
  const lifetimes = { accessTokenLifetime: 60, refreshTokenLifetime: 600, refreshTokenIdleLifetime: 300 }
  const deps = { db, now: () => 1_000, ...lifetimes }
  return openUserAuthorization(deps, { client: REFRESHING, user: aUser(), access: ACCESS })
}

/** Takes a resource from its only client, without revoking anything, and deletes it. */
async function withdraw(db: Database) {
  await saveClient(db, { ...REFRESHING, audiences: [] }, ORIGIN)
  return deleteResource(db, AUDIENCE, { now: 2 })
}

async function countStanding(db: Database): Promise<number> {
  const rows = await db.selectFrom('authorizations').select('id').where('ended_at', 'is', null).execute()
  return rows.length
}

describe.each(DATABASES)('on %s, whoever waits for another writer', (kind) => {
  it('does not put a better hash over a new password', async () => {
    const [db, other] = await twoReplicas(kind)

    const upgraded = await runInto(
      db,
      (transaction) => setPasswordHash(transaction, 'usr_alice', 'new password'),
      () => upgradePasswordHash(other, 'usr_alice', { from: aUser().passwordHash, to: 'better hash' }),
    )

    expect(upgraded).toBe(false)
    expect((await findUser(db, 'usr_alice'))?.passwordHash).toBe('new password')
  })

  it('puts a new password over a better hash', async () => {
    const [db, other] = await twoReplicas(kind)

    await runInto(
      db,
      (transaction) =>
        upgradePasswordHash(transaction, 'usr_alice', { from: aUser().passwordHash, to: 'better hash' }),
      () => setPasswordHash(other, 'usr_alice', 'new password'),
    )

    expect((await findUser(db, 'usr_alice'))?.passwordHash).toBe('new password')
  })

  it('sees that a user or a client was disabled', async () => {
    const [db, other] = await twoReplicas(kind)

    const user = await runInto(
      db,
      (transaction) => markUserDisabled(transaction, 'usr_alice', 2),
      () => other.transaction().execute((transaction) => lockUnchangedUser(transaction, aUser(), 3)),
    )
    const client = await runInto(
      db,
      (transaction) => markClientDisabled(transaction, 'app', 2),
      () =>
        other
          .transaction()
          .execute((transaction) => lockEnabledClient(transaction, 'app', { ...ACCESS, grant: undefined })),
    )

    expect([user, client]).toEqual([false, false])
  })

  it('prolongs nothing that was revoked', async () => {
    const [db, other] = await twoReplicas(kind)
    await insertAuthorization(db, anAuthorization(), 1)

    const prolonged = await runInto(
      db,
      (transaction) => revokeAuthorization(transaction, 'az_one', 2),
      () => extendTokensExpireAt(other, 'az_one', 9_000),
    )

    expect(prolonged).toBe(false)
  })

  it('opens nothing for a resource that is deleted meanwhile', async () => {
    const [db, other] = await twoReplicas(kind)

    const user = await runInto(
      db,
      (transaction) => removeResource(transaction, AUDIENCE),
      () => open(other).catch((error: unknown) => error),
    )
    const standing = await findOrOpenClientAuthorization(
      { db: other, now: () => 1_000, accessTokenLifetime: 60 },
      REFRESHING,
      ACCESS,
    ).catch((error: unknown) => error)

    expect([user, standing]).toMatchObject([{ reason: 'invalid_target' }, { reason: 'invalid_target' }])
    expect(await countStanding(db)).toBe(0)
  })
})

describe.each(DATABASES)('on %s, of eight callers at once', (kind) => {
  it('one gives a client another secret, and one lets a key sign', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)
    const [db] = replicas
    const hash = 'hash 0'
    await saveClient(db!, aConfidentialClient({ authentication: { kind: 'secret', hash } }), ORIGIN)
    await insertSigningKey(db!, aSigningKey({ activatedAt: undefined }))
    const callers = Array.from({ length: 8 }, (_, caller) => replicas[caller % 4]!)

    const rotated = await Promise.all(
      callers.map((one, caller) =>
        replaceClientSecret(one, 'app', { from: hash, to: { kind: 'secret', hash: `hash of ${caller}` } }),
      ),
    )
    const activated = await Promise.all(callers.map((one, caller) => activateKey(one, 'key', 2_000 + caller)))

    expect(rotated.filter((won) => won)).toHaveLength(1)
    expect(activated.filter((won) => won)).toHaveLength(1)
  })

  it.each(['client', 'resource'])('none gets a scope value that another takes from the %s', async (noun) => {
    for (let round = 0; round < 3; round++) {
      const replicas = await replicasOfOneDatabase(kind, 4)
      const [db] = replicas
      await saveResource(db!, RESOURCE, { demo: 0 })
      await saveClient(db!, REFRESHING, ORIGIN)
      await insertUser(db!, aUser(), ORIGIN)
      const narrow = async <Noun extends { scope: readonly string[] }>(one: Noun) => ({ ...one, scope: [] })

      const calls = Array.from({ length: 7 }, (_, caller) => open(replicas[caller % 4]!))
      const change =
        noun === 'client'
          ? changeClient(replicas[3]!, { id: 'app', change: narrow }, { now: 2 })
          : changeResource(replicas[3]!, { audience: AUDIENCE, change: narrow }, { now: 2 })
      const [outcome] = await Promise.all([change, Promise.allSettled(calls)])

      expect(outcome?.changed.scope).toEqual([])
      expect(await countStanding(db!)).toBe(0)
    }
  })

  it('none loses a rotated secret to another change of its client', async () => {
    const replicas = await replicasOfOneDatabase(kind, 2)
    const [db, other] = replicas
    const from = 'hash 0'
    await saveResource(db!, RESOURCE, { demo: 0 })
    await saveClient(db!, aConfidentialClient({ authentication: { kind: 'secret', hash: from } }), ORIGIN)

    // The rotation comes after the change has read the client, and before it writes.
    const rotate = () => replaceClientSecret(other!, 'app', { from, to: { kind: 'secret', hash: 'new' } })
    let rotated: Promise<boolean> | undefined
    await changeClient(
      db!,
      {
        id: 'app',
        change: async (client) => {
          rotated = rotate()
          if (kind === 'PostgreSQL') await rotated
          return { ...client, scope: [] }
        },
      },
      { now: 2 },
    )

    expect(await rotated).toBe(true)
    expect((await findClient(db!, 'app'))?.authentication).toMatchObject({ hash: 'new' })
  })

  it('none leaves an authorization behind for a resource that another deletes', async () => {
    for (let round = 0; round < 5; round++) {
      const replicas = await replicasOfOneDatabase(kind, 4)
      const [db] = replicas
      await saveResource(db!, RESOURCE, { demo: 0 })
      await saveClient(db!, REFRESHING, ORIGIN)
      await insertUser(db!, aUser(), ORIGIN)

      const standing = { now: () => 1_000, accessTokenLifetime: 60 }
      const [deletion, ...openings] = await Promise.allSettled([
        withdraw(replicas[3]!),
        ...Array.from({ length: 7 }, (_, caller) => {
          const replica = replicas[caller % 4]!
          return caller % 2 === 0
            ? open(replica)
            : findOrOpenClientAuthorization({ db: replica, ...standing }, REFRESHING, ACCESS)
        }),
      ])
      const refusals = openings.flatMap((opening) => (opening.status === 'rejected' ? [opening.reason] : []))

      expect(deletion).toMatchObject({ status: 'fulfilled', value: { kind: 'deleted' } })
      for (const refusal of refusals) expect(['invalid_client', 'invalid_target']).toContain(refusal.reason)
      expect(await countStanding(db!)).toBe(0)
    }
  })
})

import { describe, expect, it } from 'vitest'
import { findOrOpenClientAuthorization } from '../src/domain/authorizations/client-authorization.ts'
import { openUserAuthorization } from '../src/domain/authorizations/open-authorization.ts'
import { examineRefreshToken } from '../src/domain/authorizations/presented-refresh-token.ts'
import { pruneAuthorizations } from '../src/domain/authorizations/prune-authorizations-store.ts'
import {
  deleteClient,
  deleteResource,
  disableClient,
  disableUser,
  revokeAuthorization,
  revokeAuthorizationsOf,
} from '../src/domain/authorizations/revoke-authorizations.ts'
import { rotateRefreshToken } from '../src/domain/authorizations/rotate-refresh-token.ts'
import { findClientRecord, saveClient } from '../src/domain/clients/client-store.ts'
import { saveResource } from '../src/domain/resources/resource-store.ts'
import { readStatusList } from '../src/domain/status/read-status-list.ts'
import { insertUser } from '../src/domain/users/user-store.ts'
import type { Database } from '../src/storage/database.ts'
import { DATABASES, replicasOfOneDatabase } from './support/databases.ts'
import { aResource, aUser } from './support/records.ts'
import { aClient } from './support/rows.ts'
import { isRevokedAt } from './support/status-bit.ts'
import { AUDIENCE } from './support/test-server.ts'

const NOW = 100_000
const ACCESS = { audience: [AUDIENCE], scope: ['profile'], tokenType: 'at+jwt' as const }
const CLIENT = aClient({ grantTypes: ['password', 'refresh_token', 'client_credentials'] })
const LIFETIMES = { accessTokenLifetime: 1800, refreshTokenLifetime: 9_000, refreshTokenIdleLifetime: 9_000 }

function depsOf(db: Database) {
  return { db, now: () => NOW, ...LIFETIMES, refreshReuseGrace: 0 }
}

async function open(db: Database, client = CLIENT, user = aUser()) {
  const deps = depsOf(db)
  return openUserAuthorization(deps, { client, user, access: ACCESS })
}

async function start(kind: (typeof DATABASES)[number]): Promise<readonly Database[]> {
  const replicas = await replicasOfOneDatabase(kind, 4)
  const [db] = replicas
  await saveResource(db!, aResource(), { demo: 0 })
  for (const id of ['app', 'other']) await saveClient(db!, { ...CLIENT, id }, { now: NOW, demo: 0 })
  await insertUser(db!, aUser(), { now: NOW, demo: 0 })
  await insertUser(db!, aUser({ id: 'usr_bob', username: 'bob' }), { now: NOW, demo: 0 })
  return replicas
}

/** Eight callers again and again, and in the midst of them somebody who revokes. */
function raceWith<Result>(
  replicas: readonly Database[],
  revoke: (db: Database) => Promise<unknown>,
  call: (db: Database, caller: number) => Promise<Result>,
): Promise<readonly (Result | 'refused')[]> {
  const callers = Array.from({ length: 8 }, async (_, caller) => {
    const outcomes: (Result | 'refused')[] = []
    for (let turn = 0; turn < 4; turn++) {
      if (caller === 3 && turn === 1) await revoke(replicas[0]!)
      outcomes.push(await call(replicas[caller % replicas.length]!, caller))
    }
    return outcomes
  })
  return Promise.all(callers).then((outcomes) => outcomes.flat())
}

async function standingOf(db: Database, clientId = 'app'): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('authorizations')
    .select('id')
    .where('client_id', '=', clientId)
    .where('ended_at', 'is', null)
    .execute()
  return rows.map((row) => row.id)
}

describe.each(DATABASES)('on %s, revoking beside eight others', (kind) => {
  it.each(['client', 'user'] as const)('misses no sign-in when a %s is disabled', async (who) => {
    const replicas = await start(kind)
    for (let i = 0; i < 20; i++) await open(replicas[0]!)

    const opened = await raceWith(
      replicas,
      (db) =>
        who === 'client'
          ? disableClient(db, 'app', { now: NOW })
          : disableUser(db, 'usr_alice', { now: NOW }),
      (db) => open(db),
    )

    expect(opened).toContain(undefined)
    expect(await standingOf(replicas[0]!)).toEqual([])
  })

  it('misses no token that is rotated', async () => {
    const replicas = await start(kind)
    const tokens = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => (await open(replicas[i % 4]!))!.refreshToken!),
    )

    const rotated = await raceWith(
      replicas,
      (db) => disableClient(db, 'app', { now: NOW }),
      async (db, caller) => {
        const presented = await examineRefreshToken(depsOf(db), tokens[caller]!, 'app')
        if (presented.kind !== 'usable') return presented.kind
        const rotation = await rotateRefreshToken(depsOf(db), presented)
        if (rotation.kind === 'rotated') tokens[caller] = rotation.successor
        return rotation.kind
      },
    )

    expect([...new Set(rotated)].sort()).toEqual(['refused', 'rotated'])
    expect(await standingOf(replicas[0]!)).toEqual([])
  })

  it("misses no client's own authorization", async () => {
    const replicas = await start(kind)

    const opened = await raceWith(
      replicas,
      (db) => disableClient(db, 'app', { now: NOW }),
      (db) =>
        findOrOpenClientAuthorization(depsOf(db), CLIENT, ACCESS).then(
          () => 'opened',
          () => 'refused',
        ),
    )

    expect(opened).toContain('refused')
    expect(await standingOf(replicas[0]!)).toEqual([])
  })

  it('and pruning the same rows hold up nobody, and do each once', async () => {
    const replicas = await start(kind)
    for (let i = 0; i < 60; i++) await open(replicas[0]!)
    await replicas[0]!
      .updateTable('authorizations')
      .set({ remembered_until: 1, tokens_expire_at: 1 })
      .execute()

    const done = await Promise.all(
      Array.from({ length: 8 }, (_, caller) => {
        const db = replicas[caller % 4]!
        return caller % 2 === 0
          ? revokeAuthorizationsOf(db, { by: 'client', value: 'app' }, { now: NOW })
          : pruneAuthorizations(db, { before: 5, now: 5, limit: 25 })
      }),
    )

    const revoked = done.filter((_, caller) => caller % 2 === 0).reduce((sum, one) => sum + one)
    expect(revoked).toBeLessThanOrEqual(60)
    expect(await standingOf(replicas[0]!)).toEqual([])
  })

  it('lets the users of another client sign in, and each keeps what it opened', async () => {
    const replicas = await start(kind)
    for (let i = 0; i < 40; i++) await open(replicas[0]!)
    const other = { ...CLIENT, id: 'other' }

    const opened = await raceWith(
      replicas,
      (db) => deleteClient(db, 'app', { now: NOW }),
      (db) => open(db, other, aUser({ id: 'usr_bob' })),
    )

    expect(opened).not.toContain(undefined)
    expect(await standingOf(replicas[0]!)).toEqual([])
    expect(await standingOf(replicas[0]!, 'other')).toHaveLength(32)
    expect(await findClientRecord(replicas[0]!, 'app')).toBeUndefined()
  })

  it('is in every list of a version after it', async () => {
    const replicas = await start(kind)
    const opened = await Promise.all(Array.from({ length: 32 }, (_, i) => open(replicas[i % 4]!)))
    const { list } = opened[0]!.status!

    const missing = await Promise.all(
      Array.from({ length: 8 }, async (_, caller) => {
        const db = replicas[caller % 4]!
        const lacking: string[] = []
        for (const authorization of opened.slice(caller * 4, caller * 4 + 4)) {
          await revokeAuthorization(db, authorization!.id, NOW)
          const read = await readStatusList(db, list)
          if (!isRevokedAt(read!.bytes, authorization!.status!.index)) lacking.push(authorization!.id)
        }
        return lacking
      }),
    )

    expect(missing.flat()).toEqual([])
    expect((await readStatusList(replicas[0]!, list))!.version).toBe(33)
  })
})

describe.each(DATABASES)('on %s, revoking that was interrupted', (kind) => {
  it('goes on when it is called again, whatever was to be turned off', async () => {
    const [db] = await start(kind)
    for (let i = 0; i < 3; i++) await open(db!)
    const stop = new Error('stopped')
    const interrupted = {
      now: NOW,
      onProgress: () => {
        throw stop
      },
    }

    await expect(disableClient(db!, 'app', interrupted)).rejects.toBe(stop)
    await db!.updateTable('authorizations').set({ ended_at: null }).execute()
    const again = await disableClient(db!, 'app', { now: NOW })
    await db!.updateTable('authorizations').set({ ended_at: null }).execute()
    await expect(deleteClient(db!, 'app', interrupted)).rejects.toBe(stop)
    const deleted = [await deleteClient(db!, 'app', { now: NOW }), await findClientRecord(db!, 'app')]

    expect(again).toBe(3)
    expect(deleted).toEqual([0, undefined])
  })

  it('goes on for a resource that is gone', async () => {
    const [db] = await start(kind)
    await open(db!)
    for (const id of ['app', 'other']) await deleteClient(db!, id, { now: NOW })
    await deleteResource(db!, AUDIENCE, { now: NOW })
    await db!.updateTable('authorizations').set({ ended_at: null }).execute()

    expect(await deleteResource(db!, AUDIENCE, { now: NOW })).toEqual({ kind: 'deleted', revoked: 1 })
  })
})

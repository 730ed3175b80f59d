import { describe, expect, it } from 'vitest'
import {
  findFamiliarNetwork,
  pruneFamiliarNetworks,
  saveFamiliarNetwork,
} from '../src/domain/attempts/familiar-network-store.ts'
import {
  extendTokensExpireAt,
  findAuthorization,
  findClientAuthorization,
  insertAuthorization,
  insertClientAuthorization,
} from '../src/domain/authorizations/authorization-store.ts'
import { pruneAuthorizations } from '../src/domain/authorizations/prune-authorizations-store.ts'
import { insertRefreshToken, pruneRefreshTokens } from '../src/domain/authorizations/refresh-token-store.ts'
import { consumeAssertion, pruneAssertions } from '../src/domain/clients/client-assertion-store.ts'
import { saveClient } from '../src/domain/clients/client-store.ts'
import { allocateStatusIndex } from '../src/domain/status/allocate-status-index.ts'
import { STATUS_LIST_CAPACITY } from '../src/domain/status/status-list.ts'
import { dropEmptyStatusLists, openNextStatusList } from '../src/domain/status/status-list-store.ts'
import type { Database } from '../src/storage/database.ts'
import { DATABASES, replicasOfOneDatabase } from './support/databases.ts'
import { anAuthorization, aRefreshToken } from './support/records.ts'
import { runInto } from './support/rivals.ts'
import { aClient } from './support/rows.ts'

const BATCH = { before: 5_000, now: 8_600, limit: 500 }

/** Runs something at once on four replicas, twice on each. */
function race<Result>(
  replicas: readonly Database[],
  run: (db: Database, caller: number) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(
    Array.from({ length: 8 }, (_, caller) => run(replicas[caller % replicas.length]!, caller)),
  )
}

describe.each(DATABASES)('on %s, pruning', (kind) => {
  it('keeps an authorization that is prolonged while it waits for the row', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    await insertAuthorization(db!, anAuthorization({ tokensExpireAt: 10, refreshExpiresAt: undefined }), 1)

    const pruned = await runInto(
      db!,
      (transaction) => extendTokensExpireAt(transaction, 'az_one', 9_000),
      () => pruneAuthorizations(other!, BATCH),
    )

    expect(pruned).toBe(0)
    expect(await findAuthorization(db!, 'az_one')).toMatchObject({ tokensExpireAt: 9_000, revoked: false })
  })

  it('forgets the others of the batch all the same', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    for (const id of ['az_one', 'az_two', 'az_three']) {
      await insertAuthorization(
        db!,
        anAuthorization({ id, tokensExpireAt: 10, refreshExpiresAt: undefined }),
        1,
      )
    }

    const pruned = await runInto(
      db!,
      (transaction) => extendTokensExpireAt(transaction, 'az_two', 9_000),
      () => pruneAuthorizations(other!, BATCH),
    )

    expect(pruned).toBe(2)
    expect(await findAuthorization(db!, 'az_two')).toBeDefined()
  })

  it('keeps a network that somebody comes from again while it waits for the row', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    const network = { subjectHash: 'alice', slot: 1, networkHash: 'home' }
    await saveFamiliarNetwork(db!, network, 10)

    const pruned = await runInto(
      db!,
      (transaction) => saveFamiliarNetwork(transaction, network, 9_000),
      () => pruneFamiliarNetworks(other!, BATCH),
    )

    expect(pruned).toBe(0)
    expect(await findFamiliarNetwork(db!, network)).toBe(9_000)
  })

  it('lets nobody prolong what it has deleted: the caller is told', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    await insertAuthorization(db!, anAuthorization({ tokensExpireAt: 10, refreshExpiresAt: undefined }), 1)

    const prolonged = await runInto(
      db!,
      (transaction) => pruneAuthorizations(transaction, BATCH),
      () => extendTokensExpireAt(other!, 'az_one', 9_000),
    )

    expect(prolonged).toBe(false)
  })

  it('never takes a row from eight who prolong it, and each knows whether it stands', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)
    await saveClient(replicas[0]!, aClient(), { now: 1, demo: 0 })
    for (let round = 0; round < 20; round++) {
      const record = anAuthorization({
        id: `az_${round}`,
        tokensExpireAt: 10,
        refreshExpiresAt: undefined,
      })
      await insertClientAuthorization(replicas[0]!, record, { key: `key ${round}`, now: 1 })

      const prolonged = await race(replicas, (db, caller) =>
        caller % 2 === 0
          ? pruneAuthorizations(db, BATCH).then(() => undefined)
          : extendTokensExpireAt(db, record.id, 9_000),
      )

      const stands = (await findClientAuthorization(replicas[0]!, `key ${round}`)) !== undefined
      expect(prolonged.filter((one) => one !== undefined)).toEqual(Array(4).fill(stands))
    }
  })

  it('keeps every status list that somebody takes a place in meanwhile', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)
    const [db] = replicas
    await openNextStatusList(db!, { id: 'sl_full', now: 1 })

    const openIn = (one: Database, id: string) =>
      allocateStatusIndex(one, 1, async (transaction, status) =>
        (await insertAuthorization(transaction, anAuthorization({ id, status }), 1))
          ? { kind: 'done', result: undefined }
          : { kind: 'taken' },
      )

    for (let round = 0; round < 10; round++) {
      // Some open in a list that is full, and closed and dropped, in this very moment.
      await race<unknown>(replicas, async (one, caller) => {
        if (caller % 2 === 0) return dropEmptyStatusLists(one)
        if (caller === 5)
          await one.updateTable('status_lists').set({ entries: STATUS_LIST_CAPACITY }).execute()
        return openIn(one, `${round}-${caller}`)
      })
    }

    const lists = await db!.selectFrom('status_lists').select('id').execute()
    const named = await db!.selectFrom('authorizations').select('status_list').distinct().execute()
    expect(named.length).toBeGreaterThanOrEqual(10)
    expect(lists.map((list) => list.id)).toEqual(
      expect.arrayContaining(named.map((authorization) => authorization.status_list)),
    )
  })

  it('forgets expired refresh tokens and assertions once, however many do it at once', async () => {
    const replicas = await replicasOfOneDatabase(kind, 4)
    for (let i = 0; i < 40; i++) {
      const token = aRefreshToken({ hash: `hash ${i}` })
      await insertRefreshToken(replicas[0]!, { ...token, expiresAt: i < 30 ? 10 : 9_000 })
      const assertion = { clientId: 'app', jti: `${i}` }
      await consumeAssertion(replicas[0]!, { ...assertion, expiresAt: i < 30 ? 10 : 9_000 })
    }

    const tokens = await race(replicas, (db) => pruneRefreshTokens(db, BATCH))
    const assertions = await race(replicas, (db) => pruneAssertions(db, BATCH))

    expect(tokens.reduce((sum, one) => sum + one)).toBe(30)
    expect(assertions.reduce((sum, one) => sum + one)).toBe(30)
    expect(await replicas[0]!.selectFrom('refresh_tokens').select('hash').execute()).toHaveLength(10)
  })
})

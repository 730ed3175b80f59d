import { setTimeout as pause } from 'node:timers/promises'
import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import {
  type AuthorizationSelection,
  listStanding,
  revokeAuthorizations,
} from './revoke-authorizations-store.ts'

/** What revoking many is told besides whose. */
export interface Revoking {
  readonly now: Seconds
  /** Told how many are revoked so far, after every batch. */
  readonly onProgress?: (revoked: number) => void
}

/** How many rows a batch has at first, at least and at most. */
const BATCH = { first: 200, least: 200, most: 2_000 } as const

/**
 * How long a batch should take, in milliseconds. On SQLite every other writer waits for it, on PostgreSQL only who uses
 * one of its rows.
 */
const BATCH_TIME_MS = { sqlite: 40, postgres: 150 } as const

/** Others get their turn between two batches: those that SQLite lets in try every 5 ms. In milliseconds. */
const PAUSE_MS = 20

/**
 * Revokes every authorization of a selection, in batches, each a transaction of its own; says how many. Interrupted and
 * called again it goes on with what still stands. What is opened while it runs may be missed: whoever must not miss any
 * keeps them from being opened first.
 */
export async function revokeAuthorizationsOf(
  db: Database,
  selection: AuthorizationSelection,
  { now, onProgress }: Revoking,
): Promise<number> {
  const goal = isPostgres(db) ? BATCH_TIME_MS.postgres : BATCH_TIME_MS.sqlite
  let [revoked, limit]: [number, number] = [0, BATCH.first]
  let after: string | undefined = ''
  while (after !== undefined) {
    const { ids, next } = await listStanding(db, selection, { after, limit })
    const start = performance.now()
    revoked += await revokeAuthorizations(db, ids, now)
    const took = performance.now() - start
    onProgress?.(revoked)

    after = next
    if (ids.length > 0 && next !== undefined) await pause(PAUSE_MS)
    limit = nextLimit(limit, took / goal)
  }
  return revoked
}

/** Doubled or halved only: each size is a statement of its own, to be prepared and kept. */
function nextLimit(limit: number, shareOfGoal: number): number {
  if (shareOfGoal > 1) return Math.max(Math.floor(limit / 2), BATCH.least)
  return shareOfGoal < 1 / 3 ? Math.min(limit * 2, BATCH.most) : limit
}

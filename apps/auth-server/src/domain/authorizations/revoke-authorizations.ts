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

/** How many rows a batch has at first, at least and at most. On SQLite 25 cost a third more for each. */
const BATCH = { first: 50, least: 50, most: 1_600 } as const

/**
 * How long a batch should take and how long others get their turn after it, in milliseconds. On SQLite every other writer
 * waits for a batch, and a sign-in writes more than once: they get as long as it took, which on a busy machine is long
 * because they want the same cores and the same disk. On PostgreSQL only who uses one of its rows waits.
 */
const PACE = {
  sqlite: { goal: 30, rest: (took: number) => Math.min(Math.max(took, 20), 60) },
  postgres: { goal: 150, rest: () => 20 },
} as const

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
  const { goal, rest } = PACE[isPostgres(db) ? 'postgres' : 'sqlite']
  let [revoked, limit]: [number, number] = [0, BATCH.first]
  let after: string | undefined = ''
  while (after !== undefined) {
    const { ids, next } = await listStanding(db, selection, { after, limit })
    const start = performance.now()
    revoked += await revokeAuthorizations(db, ids, now)
    const took = performance.now() - start
    onProgress?.(revoked)

    after = next
    if (ids.length > 0 && next !== undefined) await pause(rest(took))
    limit = nextLimit(limit, took / goal)
  }
  return revoked
}

/** Doubled or halved only: each size is a statement of its own, to be prepared and kept. */
function nextLimit(limit: number, shareOfGoal: number): number {
  if (shareOfGoal > 1) return Math.max(Math.floor(limit / 2), BATCH.least)
  return shareOfGoal < 1 / 3 ? Math.min(limit * 2, BATCH.most) : limit
}

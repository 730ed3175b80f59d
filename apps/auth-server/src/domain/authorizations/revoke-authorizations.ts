import type { Seconds } from '@countersign/shared'
import { createBatches } from '../../storage/batches.ts'
import type { Database } from '../../storage/database.ts'
import {
  type AuthorizationSelection,
  revokeAuthorizations,
  walkStanding,
} from './revoke-authorizations-store.ts'

/** What revoking many is told besides whose. */
export interface Revoking {
  readonly now: Seconds
  /** Told how many are revoked so far, after every batch. */
  readonly onProgress?: (revoked: number) => void
}

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
  const batches = createBatches(db)
  let revoked = 0
  for await (const standing of walkStanding(db, selection)) {
    for (let done = 0; done < standing.length; ) {
      const ids = standing.slice(done, done + batches.size())
      revoked += await batches.run((transaction) => revokeAuthorizations(transaction, ids, now))
      done += ids.length
      onProgress?.(revoked)
    }
  }
  return revoked
}
